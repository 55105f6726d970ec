//! The one GraphQL query that discovery needs, checked against the types it touches; problems
//! come with status 200, as GitLab's do (GitLab documentation, "GraphQL API").

use serde_json::{Map, Value, json};

use super::auth::{self, Access};
use super::call::World;
use super::graphql_query::{self, Field, Query};
use super::instance;
use super::received::Received;
use super::reply::Reply;

/// The path on the instance.
pub(super) const PATH: &str = "/api/graphql";

/// Types with their fields, and the types of these; an empty one is a scalar.
const TYPES: &[(&str, &[(&str, &str)])] = &[
    (
        "Query",
        &[
            ("metadata", "Metadata"),
            ("currentUser", "CurrentUser"),
            ("aiChatAvailableModels", "AiChatAvailableModels"),
        ],
    ),
    ("Metadata", &[("version", ""), ("revision", ""), ("featureFlags", "FeatureFlag")]),
    ("FeatureFlag", &[("name", ""), ("enabled", "")]),
    ("CurrentUser", &[("id", ""), ("username", ""), ("duoChatAvailable", "")]),
    (
        "AiChatAvailableModels",
        &[("defaultModel", "Model"), ("selectableModels", "Model"), ("pinnedModel", "Model")],
    ),
    ("Model", &[("name", ""), ("ref", "")]),
];

const NO_ACCESS: &str = "The resource that you are attempting to access does not exist or you don't have permission to perform this action";

/// Answers a query.
pub(super) fn answer(world: &World, request: &Received) -> Reply {
    handle(world, request).unwrap_or_else(|early| early)
}

fn handle(world: &World, request: &Received) -> Result<Reply, Reply> {
    if request.method != "POST" {
        return Err(Reply::error(404, "404 Not Found"));
    }
    let caller = auth::identify(world, request, Access::READ)?;
    let body = request.json().ok_or_else(|| Reply::error(400, "Invalid JSON"))?;
    let text = body["query"].as_str().unwrap_or_default();
    let query = graphql_query::parse(text)
        .map_err(|words| problems(None, vec![json!({ "message": words })]))?;
    let mut unknown = Vec::new();
    check("Query", &query.fields, &mut vec![query.name.clone()], &mut unknown);
    unknown.extend(unset(&query, &body["variables"]));
    if !unknown.is_empty() {
        return Err(problems(None, unknown));
    }
    let (mut data, mut wrong) = (Map::new(), Vec::new());
    for field in &query.fields {
        let whole = match (field.name.as_str(), &caller) {
            ("metadata", _) => metadata(field),
            ("currentUser", Some(caller)) => json!({
                "id": format!("gid://gitlab/User/{}", caller.person.id),
                "username": caller.person.username,
                "duoChatAvailable": caller.person.duo,
            }),
            ("aiChatAvailableModels", Some(caller)) if caller.person.duo => {
                if is_root_group(world, argument(field, &body["variables"])) {
                    models()
                } else {
                    wrong.push(json!({ "message": NO_ACCESS, "path": [field.name] }));
                    Value::Null
                }
            }
            _ => Value::Null,
        };
        data.insert(field.name.clone(), selected(&whole, &field.fields));
    }
    Ok(problems(Some(Value::Object(data)), wrong))
}

fn problems(data: Option<Value>, errors: Vec<Value>) -> Reply {
    let mut body = Map::new();
    body.extend(data.map(|data| ("data".to_owned(), data)));
    if !errors.is_empty() {
        body.insert("errors".to_owned(), Value::Array(errors));
    }
    Reply::json(200, Value::Object(body).to_string())
}

/// Names every field that its type does not have.
fn check(kind: &str, fields: &[Field], path: &mut Vec<String>, unknown: &mut Vec<Value>) {
    let own = TYPES.iter().find(|(name, _)| *name == kind).map_or(&[][..], |(_, fields)| fields);
    for field in fields {
        path.push(field.name.clone());
        match own.iter().find(|(name, _)| *name == field.name) {
            Some((_, below)) => check(below, &field.fields, path, unknown),
            None => unknown.push(json!({
                "message": format!("Field '{}' doesn't exist on type '{kind}'", field.name),
                "locations": [{ "line": 1, "column": 1 }],
                "path": path,
                "extensions": { "code": "undefinedField", "typeName": kind, "fieldName": field.name },
            })),
        }
        path.pop();
    }
}

/// Variables that are declared and have no value.
fn unset(query: &Query, variables: &Value) -> Vec<Value> {
    let missing = query.variables.iter().filter(|(name, _)| variables[name.as_str()].is_null());
    let words = missing.map(|(name, kind)| {
        json!({ "message": format!("Variable ${name} of type {kind} was provided invalid value") })
    });
    words.collect()
}

fn argument<'v>(field: &Field, variables: &'v Value) -> Option<&'v str> {
    let (_, value) = field.arguments.iter().find(|(name, _)| name == "rootNamespaceId")?;
    variables[value.strip_prefix('$')?].as_str()
}

fn is_root_group(world: &World, global_id: Option<&str>) -> bool {
    let id = global_id.and_then(|id| id.strip_prefix("gid://gitlab/Group/"));
    let group = world.seed.groups.iter().find(|group| Some(group.id.to_string().as_str()) == id);
    group.is_some_and(|group| !group.path.contains('/'))
}

fn metadata(field: &Field) -> Value {
    let flags = field.fields.iter().find(|below| below.name == "featureFlags");
    let names = flags.and_then(|flags| flags.arguments.iter().find(|(name, _)| name == "names"));
    let asked = names.is_some_and(|(_, names)| names.contains("ai_user_model_switching"));
    let flag = json!({ "name": "ai_user_model_switching", "enabled": true });
    json!({
        "version": instance::VERSION,
        "revision": "5a2db0c",
        "featureFlags": if asked { vec![flag] } else { Vec::new() },
    })
}

/// One of them is in no published table, as happens between releases.
fn models() -> Value {
    let model = |name: &str, reference: &str| json!({ "name": name, "ref": reference });
    json!({
        "pinnedModel": null,
        "defaultModel": model("Claude Sonnet 4.6", "claude_sonnet_4_6"),
        "selectableModels": [
            model("Claude Sonnet 4.6", "claude_sonnet_4_6"),
            model("Claude Sonnet 4.5", "anthropic/claude-sonnet-4-5-20250929"),
            model("Claude Haiku 4.5", "claude_haiku_4_5_20251001"),
            model("Sandbox Scripted 1", "sandbox_scripted_1"),
        ],
    })
}

/// Whether a workflow may have a model, by GitLab's name for it.
pub(super) fn offers(reference: &str) -> bool {
    let models = models();
    let mut all = models["selectableModels"].as_array().into_iter().flatten();
    all.any(|model| model["ref"] == reference)
}

/// Only what was asked for.
fn selected(whole: &Value, fields: &[Field]) -> Value {
    match whole {
        Value::Object(object) if !fields.is_empty() => fields
            .iter()
            .map(|field| {
                let value = object.get(&field.name).unwrap_or(&Value::Null);
                (field.name.clone(), selected(value, &field.fields))
            })
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(items) => items.iter().map(|item| selected(item, fields)).collect(),
        other => other.clone(),
    }
}
