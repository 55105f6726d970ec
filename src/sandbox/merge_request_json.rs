//! A merge request as GitLab's REST API shows it, in a list and on its own, deprecated fields
//! included.

use serde_json::json;

use super::call::World;
use super::diff;
use super::labels;
use super::notes::Noteable;
use super::object::Object;
use super::pipelines;
use super::seed::MergeRequest;
use super::users;

/// What `view=simple` leaves.
pub(super) fn simple(world: &World, mr: &MergeRequest) -> String {
    identity(mr)
        .put("created_at", &mr.created_at)
        .put("updated_at", &mr.updated_at)
        .put("web_url", web_url(world, mr))
        .end()
}

/// One element of a list.
pub(super) fn row(world: &World, mr: &MergeRequest, labels_details: bool) -> Object {
    let merge_user = users::basic(world, mr.merge_user.as_ref());
    let history = identity(mr)
        .put("imported", false)
        .put("imported_from", "none")
        .raw("merged_by", &merge_user)
        .raw("merge_user", &merge_user)
        .put("merged_at", &mr.merged_at)
        .put("merge_after", None::<&str>)
        .raw("closed_by", &users::basic(world, mr.closed_by.as_ref()))
        .put("closed_at", &mr.closed_at)
        .put("created_at", &mr.created_at)
        .put("updated_at", &mr.updated_at);
    let people = people(history, world, mr);
    let sorted = people
        .put("source_project_id", (!mr.source_project_gone).then_some(mr.project))
        .put("target_project_id", mr.project)
        .raw("labels", &labels::names(world, &mr.labels, labels_details))
        .put("draft", mr.is_draft())
        .put("work_in_progress", mr.is_draft())
        .raw("milestone", &labels::milestone(world, mr.project, mr.milestone.as_ref()));
    links(merging(sorted, mr), world, mr)
}

fn identity(mr: &MergeRequest) -> Object {
    Object::new()
        .put("id", mr.id)
        .put("iid", mr.iid)
        .put("project_id", mr.project)
        .put("title", &mr.title)
        .put("description", &mr.description)
        .put("state", &mr.state)
}

fn people(object: Object, world: &World, mr: &MergeRequest) -> Object {
    object
        .put("target_branch", &mr.target_branch)
        .put("source_branch", &mr.source_branch)
        .put("user_notes_count", Noteable::of_merge_request(mr).comments(world))
        .put("upvotes", mr.upvotes)
        .put("downvotes", mr.downvotes)
        .raw("author", &users::basic(world, mr.author.as_ref()))
        .raw("assignees", &users::basics(world, &mr.assignees))
        .raw("assignee", &users::basic(world, mr.assignees.first()))
        .raw("reviewers", &users::basics(world, &mr.reviewers))
}

fn merging(object: Object, mr: &MergeRequest) -> Object {
    let detailed = detailed_merge_status(mr);
    object
        .put("merge_when_pipeline_succeeds", false)
        .put("merge_status", merge_status(detailed))
        .put("detailed_merge_status", detailed)
        .put("sha", &mr.sha)
        .put("merge_commit_sha", &mr.merge_commit_sha)
        .put("squash_commit_sha", None::<&str>)
        .put("discussion_locked", None::<bool>)
        .put("should_remove_source_branch", None::<bool>)
        .put("force_remove_source_branch", true)
        .put("prepared_at", &mr.created_at)
}

fn links(object: Object, world: &World, mr: &MergeRequest) -> Object {
    let path = world.project(mr.project).map_or("", |project| project.path.as_str());
    let short = format!("!{}", mr.iid);
    let unresolved = mr.notes().any(|(_, note)| note.resolvable && note.resolved_by.is_none());
    let (boxes, ticked) = mr.tasks;
    object
        .put("allow_collaboration", false)
        .put("allow_maintainer_to_push", false)
        .put("reference", &short)
        .put(
            "references",
            json!({ "short": short, "relative": short, "full": format!("{path}{short}") }),
        )
        .put("web_url", web_url(world, mr))
        .put("time_stats", labels::no_time_spent())
        .put("squash", mr.squash)
        .put("squash_on_merge", mr.squash)
        .put("task_completion_status", json!({ "count": boxes, "completed_count": ticked }))
        .put("has_conflicts", detailed_merge_status(mr) == "conflict")
        .put("blocking_discussions_resolved", !unresolved)
        .put("approvals_before_merge", None::<u64>)
}

/// A merge request on its own.
pub(super) fn page(world: &World, mr: &MergeRequest) -> Object {
    let changes = diff::files(&mr.diff).len().to_string();
    row(world, mr, false)
        .put("subscribed", true)
        .put("changes_count", changes)
        .put("latest_build_started_at", None::<&str>)
        .put("latest_build_finished_at", None::<&str>)
        .put("first_deployed_to_production_at", None::<&str>)
        .put("pipeline", None::<&str>)
        .raw("head_pipeline", &pipelines::head_of(world, mr))
        .put(
            "diff_refs",
            json!({
                "base_sha": mr.base_sha,
                "head_sha": mr.sha,
                "start_sha": mr.base_sha,
            }),
        )
        .put("merge_error", None::<&str>)
        .put("first_contribution", false)
        .put("user", json!({ "can_merge": true }))
}

/// The page in the browser.
pub(super) fn web_url(world: &World, mr: &MergeRequest) -> String {
    let path = world.project(mr.project).map_or("", |project| project.path.as_str());
    format!("{}/{path}/-/merge_requests/{}", world.base, mr.iid)
}

fn detailed_merge_status(mr: &MergeRequest) -> &str {
    let given = mr.detailed_merge_status.as_deref();
    given.unwrap_or(if mr.state == "opened" { "mergeable" } else { "not_open" })
}

/// The older word, as far as it follows from the newer one.
fn merge_status(detailed: &str) -> &'static str {
    match detailed {
        "conflict" => "cannot_be_merged",
        "checking" => "checking",
        "unchecked" | "preparing" => "unchecked",
        _ => "can_be_merged",
    }
}
