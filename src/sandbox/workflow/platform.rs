//! What every call of the Duo Agent Platform checks: the seat, the body, the place.

use serde_json::Value;

use super::super::call::{World, is_below};
use super::super::received::Received;
use super::super::reply::Reply;
use super::super::seed::{Group, Person, Project};
use super::fields::Wrong;

/// A person without a Duo seat may not.
pub(super) fn check_seat(person: &Person) -> Result<(), Reply> {
    if person.duo { Ok(()) } else { Err(Reply::message(403, "403 Forbidden")) }
}

/// The JSON of a request that must be JSON.
pub(super) fn body(request: &Received) -> Result<Value, Reply> {
    let kind = request.header("content-type").and_then(|value| value.split(';').next());
    if kind.map(str::trim) != Some("application/json") {
        return Err(Reply::error(415, "The provided content-type is not supported."));
    }
    request.json().ok_or_else(|| Reply::error(400, "The request body is no JSON"))
}

/// A wrong field in the words of GitLab's parameter checks.
pub(super) fn refusal(wrong: Wrong) -> Reply {
    let words = match wrong {
        Wrong::Type(name) => format!("{name} is invalid"),
        Wrong::Missing(name) => format!("{name} is missing"),
        Wrong::Unknown(name) => format!("{name} is not a parameter that the sandbox knows here"),
        Wrong::Value(words) => words,
    };
    Reply::error(400, &words)
}

/// A project by its number, also in a text, or its path.
pub(super) fn project<'p>(
    mut projects: impl Iterator<Item = &'p Project>,
    id: &Value,
) -> Result<&'p Project, Reply> {
    let (number, path) = named(id, "project_id")?;
    let found = projects.find(|one| Some(one.id) == number || one.path.eq_ignore_ascii_case(path));
    found.ok_or_else(|| Reply::message(404, "404 Project Not Found"))
}

/// A number, also in a text, or a path.
pub(super) fn named<'v>(id: &'v Value, name: &str) -> Result<(Option<u64>, &'v str), Reply> {
    match id {
        Value::Number(number) if number.is_u64() => Ok((number.as_u64(), "")),
        Value::String(text) if !text.is_empty() => Ok((text.parse().ok(), text)),
        _ => Err(Reply::error(400, &format!("{name} is invalid"))),
    }
}

/// The group that a project lies in.
pub(super) fn namespace<'w>(world: &'w World, project: &Project) -> Option<&'w Group> {
    let (path, _) = project.path.rsplit_once('/')?;
    world.seed.groups.iter().find(|group| group.path == path)
}

/// The top-level group above a group.
pub(super) fn root<'w>(world: &'w World, group: &Group) -> Option<&'w Group> {
    let top = group.path.split('/').next()?;
    world.seed.groups.iter().find(|group| group.path == top)
}

/// Whether one of the projects lies in a group.
pub(super) fn sees<'p>(mut projects: impl Iterator<Item = &'p Project>, group: &Group) -> bool {
    projects.any(|project| is_below(&project.path, &group.path))
}
