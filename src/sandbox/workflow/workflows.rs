//! Creating, looking at and stopping workflows (`/ai/duo_workflows/workflows`). GitLab does not
//! document it; the fields are those that published clients send.

use serde_json::{Value, json};

use super::super::call::{Answer, Call};
use super::super::reply::Reply;
use super::super::seed::{Group, Project};
use super::fields::{Fields, Wrong};
use super::ledger::{Order, Status, Workflow};
use super::start::Verdict;
use super::{DEFINITIONS, platform};
use crate::model::timestamp;

/// Privileges by GitLab's numbers.
const PRIVILEGES: [(u64, &str); 8] = [
    (1, "read_write_files"),
    (2, "read_only_gitlab"),
    (3, "read_write_gitlab"),
    (4, "run_commands"),
    (5, "use_git"),
    (6, "run_mcp_tools"),
    (7, "start_flows"),
    (8, "read_only_files"),
];
/// What a workflow has where nothing is said.
const DEFAULT_PRIVILEGES: [u64; 2] = [1, 2];
const ENVIRONMENTS: [&str; 5] = ["ide", "web", "ambient", "chat", "chat_partial"];
/// Characters.
const LONGEST_GOAL: usize = 16_384;

/// `POST /ai/duo_workflows/workflows`.
pub(in super::super) fn create(call: &Call<'_>) -> Answer {
    let caller = call.caller()?;
    call.no_params()?;
    platform::check_seat(caller.person)?;
    let body = platform::body(call.request)?;
    let mut fields = Fields::of(&body, "the body").map_err(platform::refusal)?;
    let project = fields.any("project_id");
    let project = project.map(|id| platform::project(call.projects(), id)).transpose()?;
    let namespace = fields.any("namespace_id").map(|id| namespace(call, id)).transpose()?;
    let namespace = place(call, project, namespace)?;
    let order = read(&mut fields, &caller.person.username, project, namespace)
        .and_then(|order| fields.finish().map(|()| order))
        .map_err(platform::refusal)?;
    let workflow = call.world.workflows.add(order, call.world.clock.now());
    Ok(Reply::json(201, as_json(&workflow).to_string()))
}

/// `GET /ai/duo_workflows/workflows/:id`.
pub(in super::super) fn show(call: &Call<'_>) -> Answer {
    call.no_params()?;
    Ok(Reply::json(200, as_json(&find(call)?).to_string()))
}

/// `PATCH /ai/duo_workflows/workflows/:id` with `{"status_event": "stop"}`.
pub(in super::super) fn update(call: &Call<'_>) -> Answer {
    call.no_params()?;
    let mut workflow = find(call)?;
    let body = platform::body(call.request)?;
    let mut fields = Fields::of(&body, "the body").map_err(platform::refusal)?;
    let event = fields.one_of("status_event", &["stop"]).map_err(platform::refusal)?;
    fields.finish().map_err(platform::refusal)?;
    if event.is_none() {
        return Err(Reply::error(400, "status_event is missing"));
    }
    if matches!(workflow.status, Status::Finished | Status::Stopped) {
        return Err(Reply::message(400, "400 Bad request - Can not stop workflow"));
    }
    call.world.workflows.set_status(workflow.id, Status::Stopped);
    workflow.status = Status::Stopped;
    Ok(Reply::json(200, as_json(&workflow).to_string()))
}

/// `POST /ai/duo_workflows/workflows/:id/events`: a decision on what the workflow waits for.
pub(in super::super) fn decide(call: &Call<'_>) -> Answer {
    call.no_params()?;
    let workflow = find(call)?;
    let body = platform::body(call.request)?;
    let mut fields = Fields::of(&body, "the body").map_err(platform::refusal)?;
    let event = fields.one_of("event_type", &["resume", "message", "stop"]);
    let event = event.map_err(platform::refusal)?.unwrap_or_default();
    let message = fields.words("message").map_err(platform::refusal)?.to_owned();
    fields.finish().map_err(platform::refusal)?;
    let waits = workflow.turn.as_ref().and_then(|turn| turn.waits.clone());
    let Some(waits) = waits else { return Err(Reply::error(400, "the workflow does not wait")) };
    match event {
        "stop" => call.world.workflows.set_status(workflow.id, Status::Stopped),
        "message" => {
            call.world.workflows.decide(workflow.id, Verdict::Rejected { message });
        }
        _ => call.world.workflows.decide(
            workflow.id,
            Verdict::Approved {
                tool: waits.tool.to_owned(),
                arguments: waits.arguments,
                remember: false,
            },
        ),
    }
    Ok(Reply::json(201, json!({}).to_string()))
}

fn find(call: &Call<'_>) -> Result<Workflow, Reply> {
    let caller = call.caller()?;
    platform::check_seat(caller.person)?;
    let id = call.captures.first().map_or("", String::as_str);
    let found = call.world.workflows.find(id, &caller.person.username);
    found.ok_or_else(|| Reply::message(404, "404 Workflow Not Found"))
}

fn namespace<'a>(call: &Call<'a>, id: &Value) -> Result<&'a Group, Reply> {
    let (number, path) = platform::named(id, "namespace_id")?;
    let mut all = call.world.seed.groups.iter();
    let found = all.find(|one| Some(one.id) == number || one.path.eq_ignore_ascii_case(path));
    let visible = |group: &&Group| platform::sees(call.projects(), group);
    found.filter(visible).ok_or_else(|| Reply::message(404, "404 Namespace Not Found"))
}

/// The namespace of a workflow; a project's must be the one that it lies in.
fn place(
    call: &Call<'_>,
    project: Option<&Project>,
    namespace: Option<&Group>,
) -> Result<u64, Reply> {
    let own = project.and_then(|project| platform::namespace(call.world, project));
    match (own, namespace) {
        (Some(own), Some(given)) if own.id != given.id => {
            Err(Reply::error(400, "namespace_id is not the namespace of the project"))
        }
        (Some(own), _) => Ok(own.id),
        (None, Some(given)) => Ok(given.id),
        (None, None) => Err(Reply::error(
            400,
            "project_id, namespace_id are missing, at least one parameter must be provided",
        )),
    }
}

fn read(
    fields: &mut Fields<'_>,
    owner: &str,
    project: Option<&Project>,
    namespace: u64,
) -> Result<Order, Wrong> {
    if fields.words("goal")?.chars().count() > LONGEST_GOAL {
        let words = format!("goal is too long (maximum is {LONGEST_GOAL} characters)");
        return Err(Wrong::Value(words));
    }
    let definition = fields.one_of("workflow_definition", &DEFINITIONS)?;
    let definition = definition.ok_or_else(|| Wrong::Missing("workflow_definition".to_owned()))?;
    if fields.number("ai_catalog_item_version_id")?.is_some() {
        // There is no catalogue here.
        let words = "ai_catalog_item_version_id does not have a valid value";
        return Err(Wrong::Value(words.to_owned()));
    }
    let privileges = privileges(fields, "agent_privileges")?;
    let privileges = privileges.unwrap_or_else(|| DEFAULT_PRIVILEGES.to_vec());
    let pre_approved = privileges_within(fields, &privileges)?;
    Ok(Order {
        owner: owner.to_owned(),
        project: project.map(|project| project.id),
        namespace,
        definition: definition.to_owned(),
        environment: fields.one_of("environment", &ENVIRONMENTS)?.unwrap_or("ide").to_owned(),
        privileges,
        pre_approved,
        may_ask: fields.flag("allow_agent_to_request_user")?.unwrap_or(true),
    })
}

fn privileges(fields: &mut Fields<'_>, name: &'static str) -> Result<Option<Vec<u64>>, Wrong> {
    if fields.any(name).is_none() {
        return Ok(None);
    }
    let known = |value: &Value| {
        value.as_u64().filter(|number| PRIVILEGES.iter().any(|(known, _)| known == number))
    };
    let numbers: Option<Vec<u64>> = fields.list(name)?.iter().map(known).collect();
    numbers.map(Some).ok_or_else(|| Wrong::Value(format!("{name} does not have a valid value")))
}

fn privileges_within(fields: &mut Fields<'_>, all: &[u64]) -> Result<Vec<u64>, Wrong> {
    let name = "pre_approved_agent_privileges";
    let given = privileges(fields, name)?.unwrap_or_default();
    match given.iter().find(|number| !all.contains(number)) {
        Some(more) => Err(Wrong::Value(format!("{name} has {more}, agent_privileges has not"))),
        None => Ok(given),
    }
}

fn as_json(workflow: &Workflow) -> Value {
    let Order { privileges, pre_approved, .. } = &workflow.order;
    let created_at = timestamp::to_iso_utc(workflow.created_at);
    json!({
        "id": workflow.id,
        "project_id": workflow.order.project,
        "namespace_id": workflow.order.namespace,
        "workflow_definition": workflow.order.definition,
        "status": workflow.status.word().to_ascii_lowercase(),
        "environment": workflow.order.environment,
        "agent_privileges": privileges,
        "agent_privileges_names": names(privileges),
        "pre_approved_agent_privileges": pre_approved,
        "pre_approved_agent_privileges_names": names(pre_approved),
        "allow_agent_to_request_user": workflow.order.may_ask,
        "created_at": created_at,
    })
}

fn names(numbers: &[u64]) -> Vec<&'static str> {
    let named = PRIVILEGES.iter().filter(|(number, _)| numbers.contains(number));
    named.map(|(_, name)| *name).collect()
}
