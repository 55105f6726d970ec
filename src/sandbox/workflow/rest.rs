//! Workflows over REST (`/ai/duo_workflows`): the access check, creating, reading, events and
//! states (Rails' workflow API, August 2026).

use serde_json::{Value, json};

use super::super::call::{Answer, Call, World, is_below};
use super::super::query::Params;
use super::super::reply::Reply;
use super::super::seed::{Person, Project};
use super::super::{controls, grants, query};
use super::ledger::{Order, Workflow};
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
const DEFAULT_PRIVILEGES: [u64; 6] = [1, 2, 3, 4, 5, 6];
const ENVIRONMENTS: [&str; 6] = ["ide", "web", "chat_partial", "chat", "ambient", "external"];
/// The types of events, of which a run reads `resume`, `message` and `stop`.
const EVENTS: [&str; 6] = ["pause", "resume", "stop", "message", "response", "require_input"];
/// In characters.
const LONGEST_GOAL: usize = 16_384;
const NO_NAMESPACE: &str =
    "Missing default GitLab Duo namespace. Choose one in your profile's preferences.";

/// `POST /ai/duo_workflows/direct_access`: whether this account may run workflows, and tokens.
pub(in super::super) fn direct_access(call: &Call<'_>) -> Answer {
    let person = may_run(call)?;
    let pairs = query::body(call.request)?;
    let params = Params::new(&pairs);
    // A namespace that is not found is none: the account's default one is checked instead.
    for name in ["workflow_definition", "root_namespace_id"] {
        params.text(name);
    }
    if let Some(id) = params.text("project_id") {
        project(call, id)?;
    }
    params.finish()?;
    let (host, now) = (call.world.base.trim_start_matches("http://"), call.world.clock.now());
    let expires = now + grants::LIFE;
    let grant = call.world.grants.issue(person, host.split(':').next().unwrap_or(host), now);
    let seconds = expires.duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs();
    let body = json!({
        "gitlab_rails": {
            "base_url": call.world.base,
            "token": call.world.oauth.issue(&person.username, &["api"], now),
            "token_expires_at": timestamp::to_iso_utc(expires),
        },
        "duo_workflow_service": {
            "base_url": host,
            "token": grant.token,
            "secure": false,
            "token_expires_at": seconds,
            "headers": grant.headers.iter().map(|(name, value)| ((*name).to_owned(), json!(value)))
                .collect::<serde_json::Map<_, _>>(),
        },
        "workflow_metadata": { "extended_logging": false, "is_team_member": null },
        "server_capabilities": [],
    });
    Ok(Reply::json(201, body.to_string()))
}

/// `POST /ai/duo_workflows/workflows`.
pub(in super::super) fn create(call: &Call<'_>) -> Answer {
    let person = may_run(call)?;
    let pairs = query::body(call.request)?;
    let mut params = Params::new(&pairs);
    let goal = params.text("goal").unwrap_or_default();
    if goal.chars().count() > LONGEST_GOAL {
        params.problem(format!("goal is too long (maximum is {LONGEST_GOAL} characters)"));
    }
    let knows_8 = !controls::asks(call.request, goal, "no-privilege-8");
    let privileges = privileges(&mut params, "agent_privileges", knows_8);
    let privileges = privileges.unwrap_or_else(|| DEFAULT_PRIVILEGES.to_vec());
    let name = "pre_approved_agent_privileges";
    let pre_approved = self::privileges(&mut params, name, knows_8).unwrap_or_default();
    if let Some(more) = pre_approved.iter().find(|one| !privileges.contains(one)) {
        params.problem(format!("{name} contains privilege {more} not present in agent_privileges"));
    }
    let (project_id, namespace_id) = (params.text("project_id"), params.text("namespace_id"));
    for name in ["ai_catalog_item_version_id", "issue_id", "merge_request_id"] {
        params.integer(name);
    }
    let definition = params.text("workflow_definition").unwrap_or("software_development");
    let environment = params.one_of("environment", &ENVIRONMENTS).unwrap_or("ide");
    let may_ask = params.boolean("allow_agent_to_request_user").unwrap_or(true);
    params.finish()?;
    let project = project_id.map(|id| self::project(call, id)).transpose()?;
    let order = Order {
        owner: person.username.clone(),
        project: project.map(|project| project.id),
        namespace: namespace(call, project, namespace_id)?,
        definition: definition.to_owned(),
        environment: environment.to_owned(),
        privileges,
        pre_approved,
        may_ask,
    };
    let workflow = call.world.workflows.add(order, call.world.clock.now());
    Ok(Reply::json(201, to_json(&workflow).to_string()))
}

/// `GET /ai/duo_workflows/workflows/:id`.
pub(in super::super) fn show(call: &Call<'_>) -> Answer {
    Ok(Reply::json(200, to_json(&find(call)?).to_string()))
}

/// `PATCH /ai/duo_workflows/workflows/:id` with a `status_event`.
pub(in super::super) fn update(call: &Call<'_>) -> Answer {
    let workflow = find(call)?;
    let pairs = query::body(call.request)?;
    let params = Params::new(&pairs);
    let event = params.text("status_event").unwrap_or_default();
    params.finish()?;
    if event.is_empty() {
        return Err(Reply::error(400, "status_event is missing"));
    }
    let fired = call.world.workflows.fire(workflow.id, event);
    fired.map_err(|words| Reply::message(400, &format!("400 Bad request - {words}")))?;
    show(call)
}

/// `POST /ai/duo_workflows/workflows/:id/events`.
pub(in super::super) fn create_event(call: &Call<'_>) -> Answer {
    let workflow = find(call)?;
    let pairs = query::body(call.request)?;
    let mut params = Params::new(&pairs);
    let kind = params.one_of("event_type", &EVENTS);
    params.text("correlation_id");
    params.text("message");
    let message = pairs.iter().find(|(name, _)| name == "message");
    for (name, is_missing) in [("event_type", kind.is_none()), ("message", message.is_none())] {
        if is_missing && !pairs.iter().any(|(given, _)| given == name) {
            params.problem(format!("{name} is missing"));
        }
    }
    params.finish()?;
    let (kind, message) = (kind.unwrap_or_default(), message.map_or("", |(_, text)| text));
    let event = (kind.to_owned(), message.to_owned());
    let id = call.world.workflows.change(workflow.id, |saved| {
        saved.events.push(event);
        saved.events.len()
    });
    let body =
        json!({ "id": id, "event_type": kind, "event_status": "queued", "message": message });
    Ok(Reply::json(201, body.to_string()))
}

/// `GET /ai/duo_workflows/workflows/:id/trace.jsonl`: the log, one entry per line.
pub(in super::super) fn trace(call: &Call<'_>) -> Answer {
    let entries = find(call)?.log.0;
    let lines: Vec<String> = entries.iter().map(Value::to_string).collect();
    Ok(Reply::whole(200, "application/x-ndjson", lines.join("\n")))
}

/// Who runs workflows: an account with a seat, unless the test wants another answer.
fn may_run<'c>(call: &'c Call<'_>) -> Result<&'c Person, Reply> {
    let person = call.caller()?.person;
    for (name, words) in [
        ("no-credits", "USAGE_QUOTA_EXCEEDED: the subscription's credits are used up"),
        ("no-billing", "USAGE_BILLING_FORBIDDEN: no seat for this feature"),
        ("no-namespace", NO_NAMESPACE),
    ] {
        if controls::asks(call.request, "", name) {
            return Err(Reply::message(403, &format!("403 Forbidden - {words}")));
        }
    }
    if person.duo { Ok(person) } else { Err(Reply::message(403, "403 Forbidden")) }
}

fn find(call: &Call<'_>) -> Result<Workflow, Reply> {
    let person = may_run(call)?;
    let id = call.captures.first().map_or("", String::as_str);
    let found = call.world.workflows.find(id, &person.username);
    found.ok_or_else(|| Reply::message(404, "404 Workflow Not Found"))
}

/// A project by number or path.
fn project<'a>(call: &Call<'a>, id: &str) -> Result<&'a Project, Reply> {
    let found = call.projects().find(|one| one.id.to_string() == id || one.path == id);
    found.ok_or_else(|| Reply::message(404, "404 Project Not Found"))
}

/// The namespace of a workflow: the project's, the one that was named, or the default one, which
/// is the account's first top-level group. A personal namespace has no Duo.
fn namespace(
    call: &Call<'_>,
    project: Option<&Project>,
    named: Option<&str>,
) -> Result<u64, Reply> {
    let groups = &call.world.seed.groups;
    if let Some(project) = project {
        let own = project_namespace(call.world, project);
        return own.ok_or_else(|| Reply::message(403, "403 Forbidden"));
    }
    let is_visible = |path: &str| call.projects().any(|project| is_below(&project.path, path));
    let mut visible = groups.iter().filter(|group| is_visible(&group.path));
    let found = match named {
        Some(id) => visible.find(|group| group.id.to_string() == id || group.path == id),
        None => visible.find(|group| !group.path.contains('/')),
    };
    found.map(|group| group.id).ok_or_else(|| match named {
        Some(_) => Reply::message(404, "404 Namespace Not Found"),
        None => Reply::message(400, &format!("400 Bad request - {NO_NAMESPACE}")),
    })
}

/// The id of the group that a project is in; `None` in a personal namespace.
pub(super) fn project_namespace(world: &World, project: &Project) -> Option<u64> {
    let (path, _) = project.path.rsplit_once('/')?;
    world.seed.groups.iter().find(|group| group.path == path).map(|group| group.id)
}

fn privileges(params: &mut Params<'_>, name: &'static str, knows_8: bool) -> Option<Vec<u64>> {
    let given = params.list(name);
    let known = |text: &&str| {
        let number = text.parse().ok()?;
        let known = PRIVILEGES.iter().any(|(known, _)| *known == number);
        (known && (knows_8 || number != 8)).then_some(number)
    };
    let numbers: Vec<u64> = given.iter().filter_map(known).collect();
    if let Some(unknown) = given.iter().find(|text| known(text).is_none()) {
        params.problem(format!("{name} contains an invalid value {unknown}"));
    }
    (!given.is_empty()).then_some(numbers)
}

fn to_json(workflow: &Workflow) -> Value {
    let Order { privileges, pre_approved, .. } = &workflow.order;
    let names = |numbers: &[u64]| {
        let named = PRIVILEGES.iter().filter(|(number, _)| numbers.contains(number));
        named.map(|(_, name)| *name).collect::<Vec<_>>()
    };
    json!({
        "id": workflow.id,
        "project_id": workflow.order.project,
        "namespace_id": workflow.order.namespace,
        "workflow_definition": workflow.order.definition,
        "status": workflow.status.name(),
        "environment": workflow.order.environment,
        "agent_privileges": privileges,
        "agent_privileges_names": names(privileges),
        "pre_approved_agent_privileges": pre_approved,
        "pre_approved_agent_privileges_names": names(pre_approved),
        "allow_agent_to_request_user": workflow.order.may_ask,
        "created_at": timestamp::to_iso_utc(workflow.created_at),
    })
}
