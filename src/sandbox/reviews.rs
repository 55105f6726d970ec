//! Discussions on lines of a diff and draft notes (GitLab documentation, "Discussions API",
//! "Draft notes API").

use serde_json::{Map, Value, json};

use super::call::{Answer, Call};
use super::diff::{self, FileChange};
use super::note_text::Commands;
use super::notes::{self, Noteable};
use super::reply::Reply;
use super::seed::{MergeRequest, Note, Position};
use crate::model::diff_lines::{DiffLine, diff_lines};
use crate::model::review::Side;

/// A note that only its author sees.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) id: u64,
    pub(super) merge_request: u64,
    pub(super) author: String,
    pub(super) note: String,
    pub(super) position: Option<Position>,
}

/// `POST …/discussions`, with a position on the diff or without.
pub(super) fn create_discussion(call: &Call<'_>) -> Answer {
    let author = call.caller()?.person;
    let mr = call.merge_request(call.project()?)?;
    let fields = object(call)?;
    let body = text(&fields, "body")?;
    let position = position(&fields, mr, |problem| {
        Reply::message(400, &format!("400 Bad request - Note {{{problem}}}"))
    })?;
    let on = Noteable::of_merge_request(mr);
    let note = Note {
        author: Some(author.username.clone()),
        created_at: notes::now(call),
        body: Commands::read(&body).rest,
        resolvable: true,
        position,
        ..Note::default()
    };
    let note = call.world.written.add_discussion(&on, note);
    let id = format!("{:040x}", note.id);
    Ok(Reply::json(201, notes::discussion_json(call, &on, &id)?))
}

/// `PUT …/discussions/:id`: resolves the discussion, or opens it again.
pub(super) fn resolve(call: &Call<'_>) -> Answer {
    let me = call.caller()?.person;
    let on = Noteable::of_merge_request(call.merge_request(call.project()?)?);
    let fields = object(call)?;
    let resolved = match fields.get("resolved").map(|value| value.as_bool().ok_or(value.as_str())) {
        Some(Ok(resolved)) => resolved,
        Some(Err(Some("true" | "1"))) => true,
        Some(Err(Some("false" | "0"))) => false,
        None => return Err(Reply::error(400, "resolved is missing")),
        Some(Err(_)) => return Err(Reply::error(400, "resolved is invalid")),
    };
    let id = call.captures.get(2).map_or("", String::as_str);
    let all = call.world.written.discussions(&on);
    let found = all.iter().find(|discussion| discussion.id == id);
    let found = found.ok_or_else(|| Reply::message(404, "404 Discussion Not Found"))?;
    if !found.notes.iter().any(|note| note.resolvable) {
        return Err(Reply::message(403, "403 Forbidden"));
    }
    let by = resolved.then(|| (me.username.clone(), notes::now(call)));
    call.world.written.resolve(id, by);
    Ok(Reply::json(200, notes::discussion_json(call, &on, id)?))
}

/// `GET …/draft_notes`: the caller's own, on one page.
pub(super) fn drafts(call: &Call<'_>) -> Answer {
    let me = call.caller()?.person;
    let mr = call.merge_request(call.project()?)?;
    let mine = call.world.written.drafts();
    let mine = mine.iter().filter(|draft| draft.is_of(mr, &me.username));
    let all: Vec<Value> = mine.map(|draft| draft_json(mr, me.id, draft)).collect();
    Ok(Reply::json(200, Value::Array(all).to_string()))
}

/// `POST …/draft_notes`.
pub(super) fn create_draft(call: &Call<'_>) -> Answer {
    let me = call.caller()?.person;
    let mr = call.merge_request(call.project()?)?;
    let fields = object(call)?;
    let note = text(&fields, "note")?;
    let position = position(&fields, mr, |problem| {
        Reply::json(400, json!({ "message": problem }).to_string())
    })?;
    let draft = Draft { id: 0, merge_request: mr.id, author: me.username.clone(), note, position };
    let draft = call.world.written.add_draft(draft);
    Ok(Reply::json(201, draft_json(mr, me.id, &draft).to_string()))
}

/// `PUT …/draft_notes/:id`.
pub(super) fn update_draft(call: &Call<'_>) -> Answer {
    let me = call.caller()?.person;
    let mr = call.merge_request(call.project()?)?;
    let note = text(&object(call)?, "note")?;
    let draft = draft(call, mr)?;
    let draft = Draft { note, ..draft };
    call.world.written.change_draft(&draft);
    Ok(Reply::json(200, draft_json(mr, me.id, &draft).to_string()))
}

/// `POST …/draft_notes/bulk_publish`.
pub(super) fn publish(call: &Call<'_>) -> Answer {
    let me = call.caller()?.person;
    let mr = call.merge_request(call.project()?)?;
    let on = Noteable::of_merge_request(mr);
    for draft in call.world.written.take_drafts(|draft| draft.is_of(mr, &me.username)) {
        let note = Note {
            author: Some(draft.author),
            created_at: notes::now(call),
            body: draft.note,
            resolvable: draft.position.is_some(),
            position: draft.position,
            ..Note::default()
        };
        if note.position.is_some() {
            call.world.written.add_discussion(&on, note);
        } else {
            call.world.written.add(&on, note);
        }
    }
    Ok(Reply::whole(204, "application/json", ""))
}

fn draft(call: &Call<'_>, mr: &MergeRequest) -> Result<Draft, Reply> {
    let me = call.caller()?.person;
    let id: Option<u64> = call.captures.get(2).and_then(|id| id.parse().ok());
    let mut all = call.world.written.drafts().into_iter();
    all.find(|draft| Some(draft.id) == id && draft.is_of(mr, &me.username))
        .ok_or_else(|| Reply::message(404, "404 Not found"))
}

impl Draft {
    fn is_of(&self, mr: &MergeRequest, username: &str) -> bool {
        self.merge_request == mr.id && self.author == username
    }
}

fn draft_json(mr: &MergeRequest, author: u64, draft: &Draft) -> Value {
    json!({
        "id": draft.id,
        "author_id": author,
        "merge_request_id": mr.id,
        "resolve_discussion": false,
        "discussion_id": null,
        "note": draft.note,
        "commit_id": null,
        "line_code": null,
        "position": draft.position.as_ref().map(|position| position_json(mr, position)),
    })
}

/// GitLab's `position` object.
pub(super) fn position_json(mr: &MergeRequest, position: &Position) -> Value {
    notes::position_json((&mr.base_sha, &mr.sha), position)
}

fn object(call: &Call<'_>) -> Result<Map<String, Value>, Reply> {
    match call.request.json() {
        Some(Value::Object(fields)) => Ok(fields),
        _ => Err(Reply::error(400, "The request body could not be parsed")),
    }
}

fn text(fields: &Map<String, Value>, name: &str) -> Result<String, Reply> {
    let text = fields.get(name).and_then(Value::as_str);
    let text = text.ok_or_else(|| Reply::error(400, &format!("{name} is missing")))?;
    if text.trim().is_empty() {
        return Err(Reply::error(400, &format!("{name} is empty")));
    }
    Ok(text.to_owned())
}

/// The position, which has to name a line that the diff shows; GitLab finds no line code for any
/// other. `refuse` makes the reply of the words for it.
fn position(
    fields: &Map<String, Value>,
    mr: &MergeRequest,
    refuse: impl Fn(&str) -> Reply,
) -> Result<Option<Position>, Reply> {
    let Some(Value::Object(given)) = fields.get("position").filter(|value| !value.is_null()) else {
        return Ok(None);
    };
    let word = |name: &str| given.get(name).and_then(Value::as_str).unwrap_or_default();
    for name in ["base_sha", "start_sha", "head_sha", "position_type"] {
        if word(name).is_empty() {
            return Err(Reply::error(400, &format!("position[{name}] is missing")));
        }
    }
    let number = |name: &str| given.get(name).and_then(Value::as_u64);
    let position = Position {
        old_path: word("old_path").to_owned(),
        new_path: word("new_path").to_owned(),
        old_line: number("old_line"),
        new_line: number("new_line"),
        line_range: given.get("line_range").cloned().unwrap_or_default(),
        is_file: word("position_type") == "file",
    };
    let is_current = word("head_sha") == mr.sha && word("base_sha") == mr.base_sha;
    let files = diff::files(&mr.diff);
    let is_file = |file: &&FileChange<'_>| {
        file.new_path == position.new_path && file.old_path == position.old_path
    };
    let file = files.iter().find(is_file).filter(|_| is_current);
    let is_there = file.is_some_and(|file| position.is_file || has_line(file, &position));
    if is_there {
        return Ok(Some(position));
    }
    Err(refuse(r#":line_code=>["can't be blank", "must be a valid line code"]"#))
}

fn has_line(file: &FileChange<'_>, position: &Position) -> bool {
    let is_it = |line: &DiffLine<'_>| {
        line.number(Side::Old) == position.old_line && line.number(Side::New) == position.new_line
    };
    (position.old_line.is_some() || position.new_line.is_some())
        && diff_lines(file.text).iter().any(is_it)
}
