//! Merge requests: the three lists, one of them, and its diffs (GitLab documentation, "Merge
//! requests API").

use super::call::{Answer, Call, is_below};
use super::diff::{self, FileChange};
use super::item_filter::{Order, Scope};
use super::merge_request_filter as filter;
use super::merge_request_json as json;
use super::object::Object;
use super::paging::{self, Window};
use super::query::Params;
use super::reply::Reply;
use super::seed::MergeRequest;

/// `GET /merge_requests`: only the caller's own unless `scope` says otherwise.
pub(super) fn of_instance(call: &Call<'_>) -> Answer {
    if !call.pairs.iter().any(|(name, value)| name == "scope" && value == "all") {
        call.caller()?;
    }
    list(call, Scope::CreatedByMe, call.params(), |_| true)
}

/// `GET /groups/:id/merge_requests`, subgroups included.
pub(super) fn of_group(call: &Call<'_>) -> Answer {
    let group = call.group()?;
    let mut params = call.params();
    params.boolean("non_archived");
    list(call, Scope::All, params, |mr| {
        let project = call.world.project(mr.project);
        project.is_some_and(|project| is_below(&project.path, &group.path))
    })
}

/// `GET /projects/:id/merge_requests`.
pub(super) fn of_project(call: &Call<'_>) -> Answer {
    let project = call.project()?;
    let mut params = call.params();
    let numbers = params.list("iids");
    let iids: Vec<u64> = numbers.iter().filter_map(|number| number.parse().ok()).collect();
    if iids.len() != numbers.len() {
        params.problem("iids is invalid".to_owned());
    }
    list(call, Scope::All, params, |mr| {
        mr.project == project.id && (numbers.is_empty() || iids.contains(&mr.iid))
    })
}

fn list<'a>(
    call: &'a Call<'_>,
    default: Scope,
    mut params: Params<'a>,
    is_here: impl Fn(&MergeRequest) -> bool,
) -> Answer {
    let conditions = filter::conditions(&mut params, call, default);
    let order = Order::read(&mut params, filter::ORDERS);
    let window = Window::read(&mut params);
    let details = params.boolean("with_labels_details").unwrap_or(false);
    let simple = params.one_of("view", &["simple"]).is_some();
    params.boolean("with_merge_status_recheck");
    params.finish()?;
    let visible: Vec<u64> = call.projects().map(|project| project.id).collect();
    let all: &[MergeRequest] = &call.world.seed.merge_requests;
    let mut found: Vec<&MergeRequest> = all
        .iter()
        .filter(|mr| visible.contains(&mr.project) && is_here(mr))
        .filter(|mr| conditions.iter().all(|condition| condition(mr)))
        .collect();
    order.sort(&mut found, &call.world.seed.milestones, filter::key);
    Ok(paging::page(call, window, &found, |mr| {
        if simple { json::simple(call.world, mr) } else { json::row(call.world, mr, details).end() }
    }))
}

/// `GET /projects/:id/merge_requests/:iid`.
pub(super) fn show(call: &Call<'_>) -> Answer {
    let mr = call.merge_request(call.project()?)?;
    let mut params = call.params();
    let diverged = params.boolean("include_diverged_commits_count").unwrap_or(false);
    let rebase = params.boolean("include_rebase_in_progress").unwrap_or(false);
    params.boolean("render_html");
    params.finish()?;
    let mut page = json::page(call.world, mr);
    if diverged {
        page = page.put("diverged_commits_count", 0);
    }
    if rebase {
        page = page.put("rebase_in_progress", false);
    }
    Ok(Reply::json(200, page.end()))
}

/// `GET …/diffs`: one object a file; the text starts at the first `@@`.
pub(super) fn diffs(call: &Call<'_>) -> Answer {
    let mr = call.merge_request(call.project()?)?;
    let mut params = call.params();
    let window = Window::read(&mut params);
    params.boolean("unidiff");
    params.finish()?;
    let files = diff::files(&mr.diff);
    Ok(paging::page(call, window, &files, |file| file_diff(mr, file)))
}

fn file_diff(mr: &MergeRequest, file: &FileChange<'_>) -> String {
    let collapsed = mr.collapsed.iter().any(|path| path == file.new_path);
    let too_large = mr.too_large.iter().any(|path| path == file.new_path);
    Object::new()
        .put("diff", if collapsed || too_large { "" } else { file.text })
        .put("collapsed", collapsed)
        .put("too_large", too_large)
        .put("new_path", file.new_path)
        .put("old_path", file.old_path)
        .put("a_mode", file.old_mode)
        .put("b_mode", file.new_mode)
        .put("new_file", file.is_new)
        .put("renamed_file", file.is_renamed)
        .put("deleted_file", file.is_deleted)
        .put("generated_file", file.new_path.ends_with("-lock.json"))
        .end()
}

/// `GET …/raw_diffs`: all of `git diff`.
pub(super) fn raw_diffs(call: &Call<'_>) -> Answer {
    let mr = call.merge_request(call.project()?)?;
    Ok(Reply::whole(200, "text/plain", mr.diff.as_str()))
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::Arc;

    use serde_json::Value;

    use crate::sandbox::call::World;
    use crate::sandbox::grants::Grants;
    use crate::sandbox::pipeline_run::Runs;
    use crate::sandbox::received::Received;
    use crate::sandbox::reply::Body;
    use crate::sandbox::rest;
    use crate::sandbox::seed::Seed;
    use crate::sandbox::workflow::Workflows;
    use crate::sandbox::written::Written;
    use crate::system::clock::RealClock;

    const STOREFRONT: &str = "projects/acme%2Fshop%2Fstorefront/merge_requests";

    pub(in crate::sandbox) fn ask(path: &str, query: &str) -> (u16, Value) {
        let seed = Seed::storefront().expect("the seed");
        let token = format!("Bearer {}", seed.tokens[0].value);
        let (base, clock) = ("http://127.0.0.1:1".into(), Arc::new(RealClock));
        let world = World {
            seed,
            base,
            clock,
            grants: Grants::default(),
            oauth: crate::sandbox::oauth::Ledger::default(),
            signed_in: None,
            workflows: Workflows::default(),
            written: Written::default(),
            runs: Runs::default(),
        };
        let request = Received {
            method: "GET".into(),
            target: format!("/api/v4/{path}?{query}"),
            headers: vec![("authorization".into(), token)],
            body: Vec::new(),
        };
        let reply = rest::answer(&world, &request, path);
        let Body::Whole(body) = reply.body else {
            return (reply.status, Value::Null);
        };
        (reply.status, serde_json::from_slice(&body).expect("JSON"))
    }

    /// The numbers of the rows in a list.
    pub(in crate::sandbox) fn listed(path: &str, query: &str) -> Vec<u64> {
        let (status, body) = ask(path, &format!("{query}&per_page=100"));
        assert_eq!(status, 200, "{query}: {body}");
        let rows = body.as_array().expect("an array");
        rows.iter().filter_map(|row| row["iid"].as_u64()).collect()
    }

    fn found(query: &str) -> Vec<u64> {
        listed(STOREFRONT, query)
    }

    #[test]
    fn every_filter_narrows_the_list() {
        for (query, expected) in [
            ("state=closed", vec![36, 32]),
            ("state=locked", vec![]),
            ("scope=created_by_me", vec![42, 41]),
            ("scope=assigned_to_me", vec![42, 41]),
            ("scope=reviews_for_me&state=opened", vec![39]),
            ("author_username=Sam-Whitfield", vec![40, 36]),
            ("author_id=10455118", vec![40, 36]),
            ("author_id=1", vec![]),
            ("assignee_username[]=t.alvarez", vec![39]),
            ("assignee_id=None&state=opened", vec![44, 43, 38]),
            ("reviewer_id=Any&state=opened", vec![44, 42, 40, 39, 38]),
            ("reviewer_username=jonas.lind&state=opened", vec![42, 40, 38]),
            ("merge_user_username=t.alvarez", vec![33]),
            ("labels=bug,cart", vec![42]),
            ("labels=None", vec![]),
            ("labels=Any&state=closed", vec![36, 32]),
            ("not[labels]=bug,frontend&state=opened", vec![44, 43, 40, 38]),
            ("milestone=3.9", vec![42, 40, 39, 37]),
            ("milestone=None&state=opened", vec![44, 43, 38]),
            ("not[milestone]=3.9&state=opened", vec![44, 43, 38]),
            ("source_branch=favicon", vec![39]),
            ("target_branch=nowhere", vec![]),
            ("source_project_id=61840217&state=opened&labels=community", vec![]),
            ("search=shipping discounts", vec![42]),
            ("search=shipping&in=description", vec![42]),
            ("search=mugs", vec![]),
            ("draft=true", vec![43, 37]),
            ("wip=no&state=opened", vec![44, 42, 40, 39, 38]),
            ("created_after=2026-11-20T00:00:00Z", vec![44, 43]),
            ("created_before=2026-11-10T00:00:00%2B01:00", vec![32, 31]),
            ("updated_after=2026-11-23", vec![42]),
            ("updated_before=2026-11-10T07:48:30.402Z", vec![31]),
            ("merged_after=2026-11-13", vec![41, 35]),
            ("iids[]=42&iids[]=7", vec![42]),
            (
                "not[author_username]=priya.raman&not[assignee_id]=Any&state=opened",
                vec![44, 43, 38],
            ),
            ("not[reviewer_username]=jonas.lind&state=opened&draft=false", vec![44, 39]),
        ] {
            assert_eq!(found(query), expected, "{query}");
        }
    }

    #[test]
    fn orders_go_both_ways_and_rows_without_a_value_come_last() {
        assert_eq!(found("state=opened"), [44, 43, 42, 40, 39, 38, 37]);
        assert_eq!(found("state=opened&sort=asc"), [37, 38, 39, 40, 42, 43, 44]);
        assert_eq!(found("state=opened&order_by=updated_at"), [42, 44, 40, 37, 43, 39, 38]);
        assert_eq!(found("state=opened&order_by=title&sort=asc"), [44, 37, 43, 39, 42, 40, 38]);
        assert_eq!(found("milestone=Any&order_by=milestone_due&sort=asc")[..4], [31, 33, 34, 37]);
        assert_eq!(found("order_by=merged_at")[..6], [41, 35, 34, 33, 31, 44]);
        assert_eq!(found("order_by=merged_at&sort=asc")[..6], [31, 33, 34, 35, 41, 32]);
    }

    #[test]
    fn values_that_gitlab_does_not_know_are_refused() {
        for query in [
            "scope=mine",
            "state=open",
            "order_by=iid",
            "sort=up",
            "draft=maybe",
            "author_id=x",
            "assignee_id=me",
            "labels=a&state=",
            "in=notes&search=x",
            "iids[]=x",
            "wip=maybe",
            "created_after=yesterday",
            "created_after=3d",
            "view=full",
            "per_page=0",
            "page=x",
            "author_id=1&author_username=a",
            "draft=true&wip=yes",
            "assignee_id=1&assignee_username[]=a",
            "source_project_id=x",
        ] {
            let (status, body) = ask(STOREFRONT, query);
            assert!(status == 400 && body["error"].is_string(), "{query}: {status} {body}");
        }
        let (_, body) = ask(STOREFRONT, "scope=mine");
        assert_eq!(body["error"], "scope does not have a valid value");
    }

    #[test]
    fn the_instance_lists_ones_own_and_a_group_all_below_it() {
        assert_eq!(listed("merge_requests", ""), [42, 41]);
        assert_eq!(listed("merge_requests", "scope=all&state=opened").len(), 8);
        assert_eq!(listed("groups/acme/merge_requests", "state=opened").len(), 8);
        assert_eq!(listed("projects/acme%2Fshop%2Fgift-cards/merge_requests", ""), [0; 0]);
    }

    #[test]
    fn a_diff_that_is_left_out_says_so_and_is_empty() {
        let (_, files) = ask(&format!("{STOREFRONT}/38/diffs"), "unidiff=true");
        let lock = &files[0];
        assert_eq!((&lock["new_path"], &lock["diff"]), (&"package-lock.json".into(), &"".into()));
        assert!(lock["collapsed"] == true && lock["too_large"] == false);
        assert!(files[1]["collapsed"] == false && files[1]["diff"] != "");
    }

    #[test]
    fn labels_have_details_and_rows_are_short_on_request() {
        let (_, rows) = ask(STOREFRONT, "iids[]=42&with_labels_details=true");
        assert_eq!(rows[0]["labels"][0]["color"], "#d9534f");
        let (_, rows) = ask(STOREFRONT, "iids[]=42&view=simple");
        assert!(rows[0]["title"].is_string() && rows[0]["author"].is_null());
    }
}
