//! Comments and activity of merge requests (GitLab documentation, "Notes API", "Discussions
//! API").

use serde_json::json;

use super::call::{Answer, Call, World};
use super::object::{self, Object};
use super::paging::{self, Window};
use super::seed::{Discussion, MergeRequest, Note};
use super::users;

/// `GET …/notes`: newest first unless asked otherwise.
pub(super) fn list(call: &Call<'_>) -> Answer {
    let mr = call.merge_request(call.project()?)?;
    let mut params = call.params();
    let ascending = params.one_of("sort", &["asc", "desc"]) == Some("asc");
    let by_update = params.one_of("order_by", &["created_at", "updated_at"]) == Some("updated_at");
    let filters = ["all_notes", "only_comments", "only_activity"];
    let only = params.one_of("activity_filter", &filters).unwrap_or("all_notes");
    let window = Window::read(&mut params);
    params.finish()?;
    let mut notes: Vec<(&Discussion, &Note)> = mr
        .notes()
        .filter(|(_, note)| only == "all_notes" || note.system == (only == "only_activity"))
        .collect();
    notes.sort_by_key(|(_, note)| {
        (if by_update { updated_at(note) } else { note.created_at.as_str() }, note.id)
    });
    if !ascending {
        notes.reverse();
    }
    Ok(paging::page(call, window, &notes, |(all, note)| json_of(call.world, mr, all, note)))
}

/// `GET …/discussions`: oldest first.
pub(super) fn discussions(call: &Call<'_>) -> Answer {
    let mr = call.merge_request(call.project()?)?;
    let mut params = call.params();
    let window = Window::read(&mut params);
    params.finish()?;
    Ok(paging::page(call, window, &mr.discussions, |all| {
        let notes = all.notes.iter().map(|note| json_of(call.world, mr, all, note));
        Object::new()
            .put("id", &all.id)
            .put("individual_note", all.individual)
            .raw("notes", &object::array(notes))
            .end()
    }))
}

/// A note changes when its thread is resolved.
fn updated_at(note: &Note) -> &str {
    note.resolved_at.as_deref().unwrap_or(&note.created_at)
}

fn json_of(world: &World, mr: &MergeRequest, discussion: &Discussion, note: &Note) -> String {
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
        .put("updated_at", updated_at(note))
        .put("system", note.system)
        .put("noteable_id", mr.id)
        .put("noteable_type", "MergeRequest")
        .put("project_id", mr.project);
    if let Some(position) = position {
        let position = json!({
            "base_sha": mr.base_sha,
            "start_sha": mr.base_sha,
            "head_sha": mr.sha,
            "old_path": position.old_path,
            "new_path": position.new_path,
            "position_type": "text",
            "old_line": position.old_line,
            "new_line": position.new_line,
            "line_range": null,
        });
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
        .put("noteable_iid", mr.iid)
        .put("commands_changes", json!({}))
        .put("attachment", None::<&str>)
        .end()
}
