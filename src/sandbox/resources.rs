//! Lists that are rows and nothing more: projects, groups, users, branches, labels, milestones,
//! jobs. A resource is a path, its rows as GitLab's JSON, and what its parameters compare; one
//! engine filters, orders and pages them, and finds one row by its key.

use serde_json::{Value, json};

use super::auth::Access;
use super::call::{Answer, Call, is_below};
use super::paging::{self, Window};
use super::reply::Reply;
use super::{job_json, labels, projects, users};

/// One list.
pub(super) struct Resource {
    pub(super) path: &'static str,
    pub(super) access: Access,
    rows: fn(&Call<'_>) -> Result<Vec<String>, Reply>,
    /// The members that name one row below the path.
    keys: &'static [&'static str],
    /// Parameters and the member that each must equal; several values mean any of them.
    filters: &'static [(&'static str, &'static str)],
    /// The members that `search` looks in.
    searched: &'static [&'static str],
}

const fn resource(
    path: &'static str,
    rows: fn(&Call<'_>) -> Result<Vec<String>, Reply>,
    keys: &'static [&'static str],
) -> Resource {
    Resource { path, access: Access::READ, rows, keys, filters: &[], searched: &["name"] }
}

pub(super) const RESOURCES: &[Resource] = &[
    Resource {
        filters: &[("visibility", "visibility")],
        searched: &["name", "path_with_namespace"],
        ..resource("projects", all_projects, &["id"])
    },
    Resource {
        searched: &["name", "full_path"],
        ..resource("groups", all_groups, &["id", "full_path"])
    },
    resource("groups/:id/projects", projects_of_group, &["id"]),
    Resource {
        access: Access::READ_USER,
        filters: &[("username", "username")],
        searched: &["name", "username"],
        ..resource("users", all_users, &["id"])
    },
    resource("projects/:id/repository/branches", branches, &["name"]),
    resource("projects/:id/labels", all_labels, &["id", "name"]),
    Resource {
        filters: &[("state", "state"), ("title", "title"), ("iids", "iid")],
        searched: &["title"],
        ..resource("projects/:id/milestones", milestones, &["id"])
    },
    Resource { filters: &[("scope", "status")], ..resource("projects/:id/jobs", jobs, &["id"]) },
];

impl Resource {
    /// The whole list, page by page.
    pub(super) fn list(&self, call: &Call<'_>) -> Answer {
        let mut params = call.params();
        let window = Window::read(&mut params);
        let descending = params.one_of("sort", &["asc", "desc"]) == Some("desc");
        let order = params.text("order_by");
        let search = params.text("search").map(str::to_lowercase);
        let wanted: Vec<(&str, Vec<&str>)> = self
            .filters
            .iter()
            .map(|(name, member)| (*member, params.list(name)))
            .filter(|(_, values)| !values.is_empty())
            .collect();
        params.finish()?;
        let mut rows = self.values(call)?;
        rows.retain(|row| {
            let is_found = |search: &String| {
                self.searched.iter().any(|name| text(row, name).to_lowercase().contains(search))
            };
            search.as_ref().is_none_or(is_found)
                && wanted.iter().all(|(name, values)| values.contains(&text(row, name).as_str()))
        });
        if let Some(order) = order {
            rows.sort_by_cached_key(|row| match &row[order] {
                Value::Number(number) => format!("{:020}", number.as_u64().unwrap_or_default()),
                _ => text(row, order),
            });
            if descending {
                rows.reverse();
            }
        }
        Ok(paging::page(call, window, &rows, Value::to_string))
    }

    /// The row that the last segment of the path names.
    pub(super) fn show(&self, call: &Call<'_>) -> Answer {
        let key = call.captures.last().map_or("", String::as_str);
        let is_it = |row: &Value| self.keys.iter().any(|name| text(row, name) == key);
        let found = self.values(call)?.into_iter().find(is_it);
        let row = found.ok_or_else(|| Reply::message(404, "404 Not found"))?;
        Ok(Reply::json(200, row.to_string()))
    }

    fn values(&self, call: &Call<'_>) -> Result<Vec<Value>, Reply> {
        let rows = (self.rows)(call)?;
        Ok(rows.iter().filter_map(|row| serde_json::from_str(row).ok()).collect())
    }
}

fn text(row: &Value, name: &str) -> String {
    match &row[name] {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn all_projects(call: &Call<'_>) -> Result<Vec<String>, Reply> {
    call.caller()?;
    Ok(call.projects().map(|project| projects::to_json(call.world, project)).collect())
}

fn projects_of_group(call: &Call<'_>) -> Result<Vec<String>, Reply> {
    let group = call.group()?;
    let below = call.projects().filter(|project| is_below(&project.path, &group.path));
    Ok(below.map(|project| projects::to_json(call.world, project)).collect())
}

fn all_groups(call: &Call<'_>) -> Result<Vec<String>, Reply> {
    call.caller()?;
    let groups = call.world.seed.groups.iter();
    let visible =
        groups.filter(|group| call.projects().any(|project| is_below(&project.path, &group.path)));
    Ok(visible.map(|group| projects::group_json(call.world, group)).collect())
}

fn all_users(call: &Call<'_>) -> Result<Vec<String>, Reply> {
    call.caller()?;
    let people = call.world.seed.people.iter();
    Ok(people.map(|person| users::basic(call.world, Some(&person.username))).collect())
}

/// The branches that merge requests name, and the default one.
fn branches(call: &Call<'_>) -> Result<Vec<String>, Reply> {
    let project = call.project()?;
    let requests = call.world.seed.merge_requests.iter().filter(|mr| mr.project == project.id);
    let mut branches: Vec<(&str, &str)> = Vec::new();
    for mr in requests {
        for branch in
            [(mr.target_branch.as_str(), mr.base_sha.as_str()), (&mr.source_branch, &mr.sha)]
        {
            if !branches.iter().any(|(name, _)| *name == branch.0) {
                branches.push(branch);
            }
        }
    }
    branches.sort_unstable();
    let default = project.default_branch.as_deref();
    let row = |(name, sha): (&str, &str)| {
        let page = format!("{}/{}/-/tree/{name}", call.world.base, project.path);
        json!({
            "name": name,
            "commit": { "id": sha, "short_id": sha.get(..8), "title": name, "parent_ids": [] },
            "merged": false,
            "protected": default == Some(name),
            "developers_can_push": default != Some(name),
            "developers_can_merge": true,
            "can_push": true,
            "default": default == Some(name),
            "web_url": page,
        })
    };
    Ok(branches.into_iter().map(|branch| row(branch).to_string()).collect())
}

fn all_labels(call: &Call<'_>) -> Result<Vec<String>, Reply> {
    call.project()?;
    let row = |label: &super::seed::Label| {
        json!({
            "id": label.id,
            "name": label.name,
            "description": label.description,
            "text_color": label.text_color,
            "color": label.color,
            "subscribed": false,
            "priority": null,
            "is_project_label": true,
            "archived": false,
        })
    };
    Ok(call.world.seed.labels.iter().map(|label| row(label).to_string()).collect())
}

fn milestones(call: &Call<'_>) -> Result<Vec<String>, Reply> {
    let project = call.project()?.id;
    let own = call.world.seed.milestones.iter().filter(|one| one.project == project);
    Ok(own.map(|one| labels::milestone(call.world, project, Some(&one.title))).collect())
}

/// Newest first, bridges never among them.
fn jobs(call: &Call<'_>) -> Result<Vec<String>, Reply> {
    let project = call.project()?.id;
    let mut rows = Vec::new();
    for pipeline in call.world.seed.pipelines.iter().filter(|one| one.project == project) {
        for (at, job) in pipeline.jobs.iter().enumerate().filter(|(_, job)| !job.bridge) {
            rows.push((pipeline.job_id(at), job_json::job(call.world, pipeline, at, job)));
        }
    }
    rows.sort_by_key(|(id, _)| std::cmp::Reverse(*id));
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}
