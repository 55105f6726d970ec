//! Labels, milestones and times spent, as merge requests and issues carry them.

use serde_json::{Value, json};

use super::call::World;
use super::object::{self, Object};
use super::seed::Milestone;

/// Label names, or objects with `with_labels_details`.
pub(super) fn names(world: &World, names: &[String], details: bool) -> String {
    if !details {
        return json!(names).to_string();
    }
    let known = world.seed.labels.iter().filter(|label| names.contains(&label.name));
    object::array(known.map(|label| {
        Object::new()
            .put("id", label.id)
            .put("name", &label.name)
            .put("color", &label.color)
            .put("text_color", &label.text_color)
            .put("description", &label.description)
            .put("description_html", label.description.as_deref().unwrap_or_default())
            .put("archived", false)
            .end()
    }))
}

/// A milestone of a project by its title; `null` without one.
pub(super) fn milestone(world: &World, project: u64, title: Option<&String>) -> String {
    let is_it = |one: &&Milestone| one.project == project && Some(&one.title) == title;
    let Some(found) = world.seed.milestones.iter().find(is_it) else {
        return "null".to_owned();
    };
    let path = world.project(project).map_or("", |project| project.path.as_str());
    Object::new()
        .put("id", found.id)
        .put("iid", found.iid)
        .put("project_id", found.project)
        .put("title", &found.title)
        .put("description", &found.description)
        .put("state", &found.state)
        .put("created_at", &found.created_at)
        .put("updated_at", &found.updated_at)
        .put("due_date", &found.due_date)
        .put("start_date", &found.start_date)
        .put("expired", found.state == "closed")
        .put("web_url", format!("{}/{path}/-/milestones/{}", world.base, found.iid))
        .end()
}

/// Nobody in the sandbox writes down hours.
pub(super) fn no_time_spent() -> Value {
    json!({
        "time_estimate": 0,
        "total_time_spent": 0,
        "human_time_estimate": null,
        "human_total_time_spent": null,
    })
}
