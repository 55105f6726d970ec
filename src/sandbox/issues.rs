//! Issues: the three lists and one of them (GitLab documentation, "Issues API").

use serde_json::json;

use super::call::{Answer, Call, World, is_below};
use super::issue_filter as filter;
use super::item_filter::{Order, Scope};
use super::labels;
use super::notes::Noteable;
use super::object::Object;
use super::paging::{self, Keyset, Window};
use super::query::Params;
use super::reply::Reply;
use super::seed::Issue;
use super::users;

/// `GET /issues`: only the caller's own unless `scope` says otherwise.
pub(super) fn of_instance(call: &Call<'_>) -> Answer {
    if !call.pairs.iter().any(|(name, value)| name == "scope" && value == "all") {
        call.caller()?;
    }
    list(call, Scope::CreatedByMe, call.params(), None, |_| true)
}

/// `GET /groups/:id/issues`, subgroups included.
pub(super) fn of_group(call: &Call<'_>) -> Answer {
    let group = call.group()?;
    let mut params = call.params();
    params.boolean("non_archived");
    list(call, Scope::All, params, None, |issue| {
        let project = call.world.project(issue.project);
        project.is_some_and(|project| is_below(&project.path, &group.path))
    })
}

/// `GET /projects/:id/issues`, the only list that comes in keyset pages too.
pub(super) fn of_project(call: &Call<'_>) -> Answer {
    let project = call.project()?;
    let mut params = call.params();
    let keyset = Keyset::read(&mut params, filter::KEYSET_ORDERS, "Issue");
    list(call, Scope::All, params, Some(keyset), |issue| issue.project == project.id)
}

fn list<'a>(
    call: &'a Call<'_>,
    default: Scope,
    mut params: Params<'a>,
    keyset: Option<Keyset<'a>>,
    is_here: impl Fn(&Issue) -> bool,
) -> Answer {
    let conditions = filter::conditions(&mut params, call, default);
    let order = Order::read(&mut params, filter::ORDERS);
    let window = Window::read(&mut params);
    let details = params.boolean("with_labels_details").unwrap_or(false);
    let numbers = params.list("iids");
    let iids: Vec<u64> = numbers.iter().filter_map(|number| number.parse().ok()).collect();
    if iids.len() != numbers.len() {
        params.problem("iids is invalid".to_owned());
    }
    params.finish()?;
    let visible: Vec<u64> = call.projects().map(|project| project.id).collect();
    let all: &[Issue] = &call.world.seed.issues;
    let mut found: Vec<&Issue> = all
        .iter()
        .filter(|issue| visible.contains(&issue.project) && is_here(issue))
        .filter(|issue| numbers.is_empty() || iids.contains(&issue.iid))
        .filter(|issue| conditions.iter().all(|condition| condition(issue)))
        .collect();
    order.sort(&mut found, &call.world.seed.milestones, filter::key);
    let render = |issue: &&Issue| row(call.world, issue, details).end();
    match keyset {
        Some(keyset) => keyset.page(call, window, order.by, &found, |issue| issue.id, render),
        None => Ok(paging::page(call, window, &found, render)),
    }
}

/// `GET /projects/:id/issues/:iid`.
pub(super) fn show(call: &Call<'_>) -> Answer {
    let issue = call.issue(call.project()?)?;
    Ok(Reply::json(200, row(call.world, issue, false).put("subscribed", true).end()))
}

/// One element of a list.
fn row(world: &World, issue: &Issue, labels_details: bool) -> Object {
    let history = Object::new()
        .put("id", issue.id)
        .put("iid", issue.iid)
        .put("project_id", issue.project)
        .put("title", &issue.title)
        .put("description", &issue.description)
        .put("state", &issue.state)
        .put("created_at", &issue.created_at)
        .put("updated_at", &issue.updated_at)
        .put("closed_at", &issue.closed_at)
        .raw("closed_by", &users::basic(world, issue.closed_by.as_ref()));
    let milestone = labels::milestone(world, issue.project, issue.milestone.as_ref());
    let people = history
        .raw("labels", &labels::names(world, &issue.labels, labels_details))
        .raw("milestone", &milestone)
        .raw("assignees", &users::basics(world, &issue.assignees))
        .raw("author", &users::basic(world, issue.author.as_ref()))
        .put("type", issue.kind().to_ascii_uppercase())
        .raw("assignee", &users::basic(world, issue.assignees.first()));
    links(counts(people, world, issue), world, issue)
}

fn counts(object: Object, world: &World, issue: &Issue) -> Object {
    let (boxes, ticked) = issue.tasks;
    object
        .put("user_notes_count", Noteable::of_issue(issue).comments(world))
        .put("merge_requests_count", issue.merge_requests_count)
        .put("upvotes", issue.upvotes)
        .put("downvotes", issue.downvotes)
        .put("start_date", None::<&str>)
        .put("due_date", &issue.due_date)
        .put("confidential", issue.confidential)
        .put("discussion_locked", None::<bool>)
        .put("issue_type", issue.kind())
        .put("web_url", web_url(world, issue))
        .put("time_stats", labels::no_time_spent())
        .put("task_completion_status", json!({ "count": boxes, "completed_count": ticked }))
        .put("weight", issue.weight)
        .put("blocking_issues_count", 0)
        .put("has_tasks", boxes > 0)
        .put("task_status", format!("{ticked} of {boxes} checklist items completed"))
}

fn links(object: Object, world: &World, issue: &Issue) -> Object {
    let path = world.project(issue.project).map_or("", |project| project.path.as_str());
    let short = format!("#{}", issue.iid);
    let project = format!("{}/api/v4/projects/{}", world.base, issue.project);
    let own = format!("{project}/issues/{}", issue.iid);
    object
        .put(
            "_links",
            json!({
                "self": own,
                "notes": format!("{own}/notes"),
                "award_emoji": format!("{own}/award_emoji"),
                "project": project,
                "closed_as_duplicate_of": null,
            }),
        )
        .put(
            "references",
            json!({ "short": short, "relative": short, "full": format!("{path}{short}") }),
        )
        .put("severity", issue.severity.as_deref().unwrap_or("UNKNOWN"))
        .put("moved_to_id", None::<u64>)
        .put("imported", false)
        .put("imported_from", "none")
        .put("service_desk_reply_to", None::<&str>)
        .put("epic_iid", None::<u64>)
        .put("epic", None::<u64>)
        .put("iteration", None::<u64>)
        .put("health_status", None::<&str>)
}

/// The page in the browser.
fn web_url(world: &World, issue: &Issue) -> String {
    let path = world.project(issue.project).map_or("", |project| project.path.as_str());
    format!("{}/{path}/-/issues/{}", world.base, issue.iid)
}

#[cfg(test)]
mod tests {
    use crate::sandbox::merge_requests::tests::{ask, listed};

    const STOREFRONT: &str = "projects/acme%2Fshop%2Fstorefront/issues";

    fn found(query: &str) -> Vec<u64> {
        listed(STOREFRONT, query)
    }

    #[test]
    fn every_filter_narrows_the_list() {
        for (query, expected) in [
            ("state=closed", vec![29, 21, 19]),
            ("scope=created_by_me", vec![31, 23, 21]),
            ("scope=assigned_to_me&state=opened", vec![27, 24, 23]),
            ("author_username=t.alvarez", vec![25]),
            ("author_id=9881230", vec![25]),
            ("not[author_username]=mira.okafor&state=closed", vec![29, 19]),
            ("assignee_id=None&state=opened", vec![28, 26, 25]),
            ("assignee_username[]=jonas.lind", vec![21, 18]),
            ("closed_by_id=9881230", vec![29]),
            ("labels=bug,cart", vec![27, 24]),
            ("labels=Any&not[labels]=bug,frontend&state=opened", vec![31, 26, 25, 23]),
            ("milestone=3.9", vec![31, 27, 24, 22]),
            ("milestone_id=None&state=closed", vec![29, 19]),
            ("milestone_id=Any&state=closed", vec![21]),
            ("issue_type=incident", vec![21]),
            ("issue_type=test_case", vec![26]),
            ("issue_type=requirement", vec![]),
            ("confidential=true", vec![24]),
            ("due_date=any", vec![31, 23, 22]),
            ("due_date=0&state=closed", vec![29, 21, 19]),
            ("search=shipping", vec![31, 27]),
            ("search=shipping&in=title", vec![31, 27]),
            ("search=TypeError&in=title", vec![]),
            ("search=TypeError&in=description", vec![22]),
            ("created_after=2026-11-18T00:00:00Z", vec![31, 29]),
            ("updated_before=2026-11-01", vec![19]),
            ("iids[]=27&iids[]=4", vec![27]),
        ] {
            assert_eq!(found(query), expected, "{query}");
        }
    }

    #[test]
    fn orders_go_both_ways_and_rows_without_a_value_come_last() {
        assert_eq!(found("state=opened"), [31, 28, 27, 26, 25, 24, 23, 22, 18]);
        assert_eq!(found("order_by=due_date&sort=asc")[..3], [31, 22, 23]);
        assert_eq!(found("order_by=weight")[..2], [24, 27]);
        assert_eq!(found("order_by=popularity")[..2], [28, 25]);
        assert_eq!(found("order_by=updated_at&state=opened")[..2], [31, 24]);
    }

    #[test]
    fn values_that_gitlab_does_not_know_are_refused() {
        for query in [
            "state=merged",
            "state=locked",
            "scope=reviews_for_me",
            "issue_type=ISSUE",
            "issue_type=bug",
            "confidential=maybe",
            "due_date=2026-11-23",
            "milestone_id=3",
            "milestone=3.9&milestone_id=Any",
            "order_by=merged_at",
            "in=notes&search=x",
            "iids[]=x",
            "author_id=1&author_username=a",
            "pagination=cursor",
            "pagination=keyset&cursor=x",
        ] {
            let (status, body) = ask(STOREFRONT, query);
            assert!(status == 400 && body["error"].is_string(), "{query}: {status} {body}");
        }
    }

    #[test]
    fn the_instance_lists_ones_own_and_a_group_all_below_it() {
        assert_eq!(listed("issues", ""), [31, 23, 21]);
        assert_eq!(listed("issues", "scope=all&state=closed").len(), 4);
        assert_eq!(listed("groups/acme/issues", "").len(), 14);
        assert_eq!(listed("projects/acme%2Fshop%2Fgift-cards/issues", ""), [0; 0]);
    }
}
