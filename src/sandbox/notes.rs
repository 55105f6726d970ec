//! Comments and activity of merge requests and issues (GitLab documentation, "Notes API",
//! "Discussions API").

use serde_json::json;

use super::call::{Answer, Call, World};
use super::note_text::{self, Commands};
use super::object::{self, Object};
use super::paging::{self, Window};
use super::reply::Reply;
use super::seed::{self, Discussion, Issue, MergeRequest, Note, Position};
use super::users;
use crate::model::timestamp;

/// What notes are on.
pub(super) struct Noteable<'a> {
    kind: &'static str,
    id: u64,
    iid: u64,
    project: u64,
    /// What the seed has.
    pub(super) discussions: &'a [Discussion],
    /// The commits that a merge request compares, base and head.
    commits: Option<(&'a str, &'a str)>,
}

impl<'a> Noteable<'a> {
    pub(super) fn of_merge_request(mr: &'a MergeRequest) -> Self {
        Self {
            kind: "MergeRequest",
            id: mr.id,
            iid: mr.iid,
            project: mr.project,
            discussions: &mr.discussions,
            commits: Some((&mr.base_sha, &mr.sha)),
        }
    }

    pub(super) fn of_issue(issue: &'a Issue) -> Self {
        Self {
            kind: "Issue",
            id: issue.id,
            iid: issue.iid,
            project: issue.project,
            discussions: &issue.discussions,
            commits: None,
        }
    }

    /// What the path names: `projects/:id/issues/:iid/…` or the same of merge requests.
    fn of(call: &Call<'a>) -> Result<Self, Reply> {
        let project = call.project()?;
        if call.request.path().split('/').nth(5) == Some("issues") {
            Ok(Self::of_issue(call.issue(project)?))
        } else {
            Ok(Self::of_merge_request(call.merge_request(project)?))
        }
    }

    /// What no other has.
    pub(super) fn key(&self) -> (&'static str, u64) {
        (self.kind, self.id)
    }

    /// How many comments there are, activity left out.
    pub(super) fn comments(&self, world: &World) -> usize {
        let seeded = seed::notes(self.discussions).filter(|(_, note)| !note.system).count();
        seeded + world.written.count(self)
    }
}

/// `GET …/notes`: newest first unless asked otherwise.
pub(super) fn list(call: &Call<'_>) -> Answer {
    let on = Noteable::of(call)?;
    let mut params = call.params();
    let ascending = params.one_of("sort", &["asc", "desc"]) == Some("asc");
    let by_update = params.one_of("order_by", &["created_at", "updated_at"]) == Some("updated_at");
    let filters = ["all_notes", "only_comments", "only_activity"];
    let only = params.one_of("activity_filter", &filters).unwrap_or("all_notes");
    let window = Window::read(&mut params);
    params.finish()?;
    let discussions = call.world.written.discussions(&on);
    let mut notes: Vec<(&Discussion, &Note)> = seed::notes(&discussions)
        .filter(|(_, note)| only == "all_notes" || note.system == (only == "only_activity"))
        .collect();
    notes.sort_by_key(|(_, note)| {
        (if by_update { note.updated_at() } else { note.created_at.as_str() }, note.id)
    });
    if !ascending {
        notes.reverse();
    }
    Ok(paging::page(call, window, &notes, |(all, note)| json_of(call.world, &on, all, note)))
}

/// `GET …/discussions`: oldest first.
pub(super) fn discussions(call: &Call<'_>) -> Answer {
    let on = Noteable::of(call)?;
    let mut params = call.params();
    let window = Window::read(&mut params);
    params.finish()?;
    let discussions = call.world.written.discussions(&on);
    Ok(paging::page(call, window, &discussions, |all| discussion_object(call.world, &on, all)))
}

/// The discussion of that id.
pub(super) fn discussion_json(
    call: &Call<'_>,
    on: &Noteable<'_>,
    id: &str,
) -> Result<String, Reply> {
    let discussions = call.world.written.discussions(on);
    let found = discussions.iter().find(|discussion| discussion.id == id);
    let found = found.ok_or_else(|| Reply::message(404, "404 Discussion Not Found"))?;
    Ok(discussion_object(call.world, on, found))
}

fn discussion_object(world: &World, on: &Noteable<'_>, all: &Discussion) -> String {
    let notes = all.notes.iter().map(|note| json_of(world, on, all, note));
    Object::new()
        .put("id", &all.id)
        .put("individual_note", all.individual)
        .raw("notes", &object::array(notes))
        .end()
}

/// GitLab's `position` object; `commits` are base and head.
pub(super) fn position_json((base, head): (&str, &str), position: &Position) -> serde_json::Value {
    json!({
        "base_sha": base,
        "start_sha": base,
        "head_sha": head,
        "old_path": position.old_path,
        "new_path": position.new_path,
        "position_type": if position.is_file { "file" } else { "text" },
        "old_line": position.old_line,
        "new_line": position.new_line,
        "line_range": position.line_range,
    })
}

/// `POST …/notes`. A text of nothing but quick actions makes no note; the sandbox says what
/// GitLab would do, and does not do it.
pub(super) fn create(call: &Call<'_>) -> Answer {
    let author = call.caller()?.person;
    let on = Noteable::of(call)?;
    let fields = call.fields()?;
    let text = note_text::of_new(&fields)?;
    let commands = Commands::read(&text.body);
    if commands.are_all() {
        return Ok(Reply::json(202, commands.as_json()));
    }
    let note = Note {
        author: Some(author.username.clone()),
        created_at: now(call),
        body: commands.rest,
        internal: text.internal,
        ..Note::default()
    };
    let note = call.world.written.add(&on, note);
    let alone = Discussion { individual: true, ..Discussion::default() };
    Ok(Reply::json(201, json_of(call.world, &on, &alone, &note)))
}

/// `GET …/notes/:id`.
pub(super) fn show(call: &Call<'_>) -> Answer {
    let on = Noteable::of(call)?;
    let discussions = call.world.written.discussions(&on);
    let (all, note) = find(call, &discussions)?;
    Ok(Reply::json(200, json_of(call.world, &on, all, note)))
}

/// `PUT …/notes/:id`: one's own notes only. GitLab lets maintainers change those of others; a
/// client that relies on it is better found out.
pub(super) fn update(call: &Call<'_>) -> Answer {
    let me = call.caller()?.person;
    let on = Noteable::of(call)?;
    let fields = call.fields()?;
    let body = note_text::of_edit(&fields)?;
    let discussions = call.world.written.discussions(&on);
    let (all, note) = find(call, &discussions)?;
    if note.system || note.author.as_ref() != Some(&me.username) {
        return Err(Reply::message(403, "403 Forbidden"));
    }
    let at = now(call);
    call.world.written.edit(note.id, body.clone(), at.clone());
    let note = Note { body, updated_at: Some(at), ..note.clone() };
    Ok(Reply::json(200, json_of(call.world, &on, all, &note)))
}

/// The note that the path names by its id.
fn find<'d>(
    call: &Call<'_>,
    discussions: &'d [Discussion],
) -> Result<(&'d Discussion, &'d Note), Reply> {
    let number = call.captures.get(2).map_or("", String::as_str);
    let id: u64 = number.parse().map_err(|_| Reply::error(400, "note_id is invalid"))?;
    let found = seed::notes(discussions).find(|(_, note)| note.id == id);
    found.ok_or_else(|| Reply::message(404, "404 Note Not Found"))
}

/// With milliseconds, as all times here are.
pub(super) fn now(call: &Call<'_>) -> String {
    let time = timestamp::to_iso_utc(call.world.clock.now()).unwrap_or_default();
    time.replace('Z', ".000Z")
}

fn json_of(world: &World, on: &Noteable<'_>, discussion: &Discussion, note: &Note) -> String {
    let position = discussion.notes.first().and_then(|first| first.position.as_ref());
    let kind = match (discussion.individual, position) {
        (true, _) => None,
        (false, Some(_)) => Some("DiffNote"),
        (false, None) => Some("DiscussionNote"),
    };
    let mut object = Object::new()
        .put("id", note.id)
        .put("type", kind)
        .put("body", &note.body)
        .raw("author", &users::basic(world, note.author.as_ref()))
        .put("created_at", &note.created_at)
        .put("updated_at", note.updated_at())
        .put("system", note.system)
        .put("noteable_id", on.id)
        .put("noteable_type", on.kind)
        .put("project_id", on.project);
    if let (Some(position), Some(commits)) = (position, on.commits) {
        let position = position_json(commits, position);
        object = object.put("commit_id", None::<&str>).put("position", position);
    }
    object = object.put("resolvable", note.resolvable);
    if note.resolvable {
        object = object
            .put("resolved", note.resolved_by.is_some())
            .raw("resolved_by", &users::basic(world, note.resolved_by.as_ref()))
            .put("resolved_at", &note.resolved_at);
    }
    object
        .put("confidential", note.internal)
        .put("internal", note.internal)
        .put("imported", false)
        .put("imported_from", "none")
        .put("noteable_iid", on.iid)
        .put("commands_changes", json!({}))
        .put("attachment", None::<&str>)
        .end()
}
