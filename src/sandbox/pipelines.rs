//! Pipelines: the list, one, the newest of a branch and of a merge request (GitLab
//! documentation, "Pipelines API").

use serde_json::json;

use super::call::{Answer, Call, World};
use super::object;
use super::paging::{self, Window};
use super::pipeline_json::{page, row};
use super::pipeline_run::Run;
use super::query::Params;
use super::reply::Reply;
use super::seed::{MergeRequest, Pipeline, Project};
use crate::model::pipeline::STATUSES;
use crate::model::timestamp;

const SCOPES: &[&str] = &["running", "pending", "finished", "branches", "tags"];
const ORDERS: &[&str] = &["id", "status", "ref", "updated_at", "user_id"];

/// `GET …/pipelines`: newest first; child pipelines only where their source is asked for.
pub(super) fn list(call: &Call<'_>) -> Answer {
    let project = call.project()?;
    let mut params = call.params();
    let statuses: Vec<&str> = STATUSES.iter().map(|(word, _)| *word).collect();
    let scope = params.one_of("scope", SCOPES);
    let status = params.one_of("status", &statuses);
    let source = params.text("source");
    let texts = [params.text("ref"), params.text("sha"), params.text("name")];
    let username = params.text("username");
    let yaml_errors = params.boolean("yaml_errors");
    let order = params.one_of("order_by", ORDERS).unwrap_or("id");
    let ascending = params.one_of("sort", &["asc", "desc"]) == Some("asc");
    let window = Window::read(&mut params);
    let is_in_time = times(&mut params, call.world);
    params.finish()?;
    let mut found: Vec<&Pipeline> = of_project(call.world, project)
        .filter(|one| match source {
            Some(source) => one.source == source,
            None => one.source != "parent_pipeline",
        })
        .filter(|one| {
            let own = [Some(&one.reference), Some(&one.sha), one.name.as_ref()];
            let fits = |(asked, own): (Option<&str>, Option<&String>)| {
                asked.is_none_or(|asked| own.is_some_and(|own| own == asked))
            };
            texts.into_iter().zip(own).all(fits)
        })
        .filter(|one| username.is_none_or(|name| one.user.eq_ignore_ascii_case(name)))
        .filter(|one| status.is_none_or(|status| Run::now(call.world, one).status() == status))
        .filter(|_| yaml_errors != Some(true))
        .filter(|one| is_in_time(one))
        .collect();
    narrow(&mut found, scope, call.world);
    found.sort_by_cached_key(|one| key(order, one, call.world));
    if !ascending {
        found.reverse();
    }
    Ok(paging::page(call, window, &found, |one| row(call.world, one).end()))
}

fn of_project<'a>(world: &'a World, project: &Project) -> impl Iterator<Item = &'a Pipeline> {
    let id = project.id;
    world.seed.pipelines.iter().filter(move |one| one.project == id)
}

fn times<'a>(params: &mut Params<'_>, world: &'a World) -> impl Fn(&Pipeline) -> bool + 'a {
    let created = (params.time("created_after"), params.time("created_before"));
    let updated = (params.time("updated_after"), params.time("updated_before"));
    move |one| {
        let run = Run::now(world, one);
        [(run.created_at(), created), (run.updated_at(), updated)].iter().all(
            |(own, (after, before))| {
                let own = own.as_deref().and_then(timestamp::parse_iso);
                after.is_none_or(|after| own > Some(after))
                    && before.is_none_or(|before| own < Some(before))
            },
        )
    }
}

/// `branches` and `tags` leave the newest of each.
fn narrow(found: &mut Vec<&Pipeline>, scope: Option<&str>, world: &World) {
    let newest = |one: &Pipeline, all: &[&Pipeline]| {
        !all.iter().any(|other| other.reference == one.reference && other.id > one.id)
    };
    let all = found.clone();
    found.retain(|one| match scope {
        None => true,
        Some("finished") => Run::now(world, one).is_over(),
        Some("branches") => !one.tag && !one.reference.starts_with("refs/") && newest(one, &all),
        Some("tags") => one.tag && newest(one, &all),
        Some(status) => Run::now(world, one).status() == status,
    });
}

fn key(order: &str, one: &Pipeline, world: &World) -> (String, u64) {
    let run = Run::now(world, one);
    let first = match order {
        "status" => run.status().to_owned(),
        "ref" => one.reference.clone(),
        "updated_at" => run.updated_at().unwrap_or_default(),
        "user_id" => format!("{:020}", world.person(&one.user).map_or(0, |person| person.id)),
        _ => String::new(),
    };
    (first, one.id)
}

/// `GET …/pipelines/latest`: 403 where the newest commit of the branch has none.
pub(super) fn latest(call: &Call<'_>) -> Answer {
    let project = call.project()?;
    let params = call.params();
    let reference = params.text("ref").or(project.default_branch.as_deref());
    params.finish()?;
    let head = |one: &&Pipeline| {
        // Where a merge request tells the branch's newest commit, an older one's do not count.
        let mut requests = call.world.seed.merge_requests.iter();
        let request = requests
            .find(|mr| mr.project == project.id && Some(mr.source_branch.as_str()) == reference);
        request.is_none_or(|mr| mr.sha == one.sha)
    };
    let mine = of_project(call.world, project);
    let found = mine
        .filter(|one| Some(one.reference.as_str()) == reference && one.source != "parent_pipeline")
        .filter(head)
        .max_by_key(|one| one.id);
    let one = found.ok_or_else(|| Reply::message(403, "403 Forbidden"))?;
    call.world.runs.begin(one, call.world.clock.now());
    Ok(Reply::json(200, page(call.world, one)))
}

/// `GET …/pipelines/:pipeline`.
pub(super) fn show(call: &Call<'_>) -> Answer {
    let one = find(call, call.project()?)?;
    Ok(Reply::json(200, page(call.world, one)))
}

/// The pipeline that the path names; looking at one that moves begins it.
pub(super) fn find<'a>(call: &Call<'a>, project: &Project) -> Result<&'a Pipeline, Reply> {
    let number = call.captures.get(1).map_or("", String::as_str);
    let id: u64 = number.parse().map_err(|_| Reply::error(400, "pipeline_id is invalid"))?;
    let found = of_project(call.world, project).find(|one| one.id == id);
    let one = found.ok_or_else(|| Reply::message(404, "404 Not found"))?;
    call.world.runs.begin(one, call.world.clock.now());
    Ok(one)
}

/// `GET …/merge_requests/:iid/pipelines`: newest first.
pub(super) fn of_merge_request(call: &Call<'_>) -> Answer {
    let mr = call.merge_request(call.project()?)?;
    let mut params = call.params();
    let window = Window::read(&mut params);
    params.finish()?;
    let mut found: Vec<&Pipeline> = of_request(call.world, mr).collect();
    found.sort_by_key(|one| std::cmp::Reverse(one.id));
    Ok(paging::page(call, window, &found, |one| row(call.world, one).end()))
}

fn of_request<'a>(world: &'a World, mr: &'a MergeRequest) -> impl Iterator<Item = &'a Pipeline> {
    let own = format!("refs/merge-requests/{}/head", mr.iid);
    world.seed.pipelines.iter().filter(move |one| {
        one.project == mr.project && (one.reference == own || one.reference == mr.source_branch)
    })
}

/// The newest pipeline of the newest commit, as the merge request's page shows it.
pub(super) fn head_of(world: &World, mr: &MergeRequest) -> String {
    let newest = of_request(world, mr).filter(|one| one.sha == mr.sha).max_by_key(|one| one.id);
    newest.map_or_else(|| "null".to_owned(), |one| page(world, one))
}

/// `GET …/test_report_summary`.
pub(super) fn test_report_summary(call: &Call<'_>) -> Answer {
    let one = find(call, call.project()?)?;
    let run = Run::now(call.world, one);
    let mut sums = [0; 4];
    let mut suites = Vec::new();
    for (at, job) in one.jobs.iter().enumerate() {
        let Some((passed, failed, skipped)) = job.tests else { continue };
        if job.retried || run.job_times(job).1.is_none() {
            continue;
        }
        for (sum, count) in sums.iter_mut().zip([job.took, passed, failed, skipped]) {
            *sum += count;
        }
        suites.push(
            json!({
                "name": job.name,
                "total_time": job.took,
                "total_count": passed + failed + skipped,
                "success_count": passed,
                "failed_count": failed,
                "skipped_count": skipped,
                "error_count": 0,
                "build_ids": [one.job_id(at)],
                "suite_error": null,
            })
            .to_string(),
        );
    }
    let [time, passed, failed, skipped] = sums;
    let total = json!({
        "time": time,
        "count": passed + failed + skipped,
        "success": passed,
        "failed": failed,
        "skipped": skipped,
        "error": 0,
        "suite_error": null,
    });
    let body = object::Object::new().put("total", total).raw("test_suites", &object::array(suites));
    Ok(Reply::json(200, body.end()))
}
