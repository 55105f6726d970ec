//! Projects and the groups they are in.

use serde_json::{Value, json};

use super::call::{Answer, Call, World};
use super::object::Object;
use super::reply::Reply;
use super::seed::{Group, Project};

/// `GET /projects/:id`.
pub(super) fn show(call: &Call<'_>) -> Answer {
    Ok(Reply::json(200, to_json(call.world, call.project()?)))
}

/// `GET /groups/:id`.
pub(super) fn show_group(call: &Call<'_>) -> Answer {
    Ok(Reply::json(200, group_json(call.world, call.group()?)))
}

pub(super) fn group_json(world: &World, group: &Group) -> String {
    Object::new()
        .put("id", group.id)
        .put("web_url", group_page(world, group))
        .put("name", &group.name)
        .put("path", last_segment(&group.path))
        .put("description", &group.description)
        .put("visibility", "private")
        .put("avatar_url", None::<&str>)
        .put("full_name", full_name(world, &group.path))
        .put("full_path", &group.path)
        .put("created_at", "2021-03-08T09:20:00.000Z")
        .put("parent_id", parent(world, &group.path).map(|parent| parent.id))
        .put("archived", false)
        .put("duo_features_enabled", true)
        .end()
}

pub(super) fn to_json(world: &World, project: &Project) -> String {
    let page = format!("{}/{}", world.base, project.path);
    let host = world.base.trim_start_matches("http://");
    let readme =
        project.default_branch.as_ref().map(|branch| format!("{page}/-/blob/{branch}/README.md"));
    let own = format!("{}/api/v4/projects/{}", world.base, project.id);
    Object::new()
        .put("id", project.id)
        .put("description", &project.description)
        .put("name", &project.name)
        .put("name_with_namespace", full_name(world, &project.path))
        .put("path", last_segment(&project.path))
        .put("path_with_namespace", &project.path)
        .put("created_at", &project.created_at)
        .put("default_branch", &project.default_branch)
        .put("tag_list", &project.topics)
        .put("topics", &project.topics)
        .put("ssh_url_to_repo", format!("ssh://git@{host}/{}.git", project.path))
        .put("http_url_to_repo", format!("{page}.git"))
        .put("web_url", &page)
        .put("readme_url", readme)
        .put("forks_count", 0)
        .put("avatar_url", None::<&str>)
        .put("star_count", 3)
        .put("last_activity_at", &project.last_activity_at)
        .put("visibility", "private")
        .put("namespace", namespace(world, &project.path))
        .put("empty_repo", project.default_branch.is_none())
        .put("archived", false)
        .put("issues_enabled", true)
        .put("merge_requests_enabled", true)
        .put("jobs_enabled", true)
        .put("merge_requests_access_level", "enabled")
        .put("merge_method", "merge")
        .put("squash_option", "default_off")
        .put("only_allow_merge_if_pipeline_succeeds", false)
        .put("duo_features_enabled", true)
        .put(
            "permissions",
            json!({
                "project_access": null,
                "group_access": { "access_level": 40, "notification_level": 3 },
            }),
        )
        .put("_links", json!({ "self": own, "merge_requests": format!("{own}/merge_requests") }))
        .end()
}

fn namespace(world: &World, path: &str) -> Value {
    let Some(group) = parent(world, path) else {
        return personal_namespace(world, path);
    };
    json!({
        "id": group.id,
        "name": group.name,
        "path": last_segment(&group.path),
        "kind": "group",
        "full_path": group.path,
        "parent_id": parent(world, &group.path).map(|above| above.id),
        "avatar_url": null,
        "web_url": group_page(world, group),
    })
}

/// The namespace of an account, which is no group.
fn personal_namespace(world: &World, path: &str) -> Value {
    let owner = path.split('/').next().and_then(|username| world.person(username));
    owner.map_or(Value::Null, |person| {
        json!({
            "id": 9_000_000 + person.id,
            "name": person.name,
            "path": person.username,
            "kind": "user",
            "full_path": person.username,
            "parent_id": null,
            "avatar_url": null,
            "web_url": format!("{}/{}", world.base, person.username),
        })
    })
}

fn group_page(world: &World, group: &Group) -> String {
    format!("{}/groups/{}", world.base, group.path)
}

fn parent<'w>(world: &'w World, path: &str) -> Option<&'w Group> {
    let (above, _) = path.rsplit_once('/')?;
    world.seed.groups.iter().find(|group| group.path == above)
}

fn last_segment(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// `Acme / Shop / Storefront`.
fn full_name(world: &World, path: &str) -> String {
    let groups = world.seed.groups.iter().map(|group| (&group.path, &group.name));
    let projects = world.seed.projects.iter().map(|project| (&project.path, &project.name));
    let known: Vec<_> = groups.chain(projects).collect();
    let ends = path.match_indices('/').map(|(end, _)| end).chain([path.len()]);
    let names = ends.filter_map(|end| {
        known.iter().find(|(full, _)| full.as_str() == &path[..end]).map(|(_, name)| name.as_str())
    });
    names.collect::<Vec<_>>().join(" / ")
}
