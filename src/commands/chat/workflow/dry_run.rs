//! `--dry-run` of a workflow: the requests that would begin it, credentials named but not shown.

use serde_json::{Value, json};

use super::model::Chosen;
use crate::commands::context::Context;
use crate::model::address::Url;
use crate::model::project::ProjectRef;
use crate::tools::Policy;
use crate::view::output::{Format, Printer};
use crate::workflow::Start;

/// What of a request is found out by requests that are not sent.
const LOOKED_UP: &str = "[looked up]";

struct RequestPreview {
    method: &'static str,
    url: Url,
    body: Value,
}

pub(super) fn run(
    start: &Start,
    model: &Chosen,
    (policy, plan): (&Policy, bool),
    project: &ProjectRef,
    printer: &mut Printer,
    context: &Context<'_>,
) -> anyhow::Result<u8> {
    let instance = &context.settings()?.instance.value;
    let mut socket = instance.api(["ai", "duo_workflows", "ws"]);
    if let Some(reference) = &model.reference {
        socket.query_pairs_mut().append_pair("user_selected_model_identifier", reference);
    }
    socket.query_pairs_mut().append_pair("workflow_definition", model.definition);
    let create = json!({
        "project_id": project.to_string(),
        "namespace_id": LOOKED_UP,
        "goal": start.goal(),
        "workflow_definition": model.definition,
        "environment": "ide",
        "agent_privileges": policy.privileges(),
        "pre_approved_agent_privileges": policy.pre_approved(),
        "allow_agent_to_request_user": plan,
    });
    let previews = [
        RequestPreview {
            method: "POST",
            url: instance.api(["ai", "duo_workflows", "workflows"]),
            body: create,
        },
        RequestPreview {
            method: "GET",
            url: socket,
            body: serde_json::from_str(&start.preview(policy))?,
        },
    ];
    if printer.format() == Format::Table {
        printer.text(&policy_text(&policy.summary()))?;
        for preview in &previews {
            let body = serde_json::to_string_pretty(&preview.body)?;
            let head =
                format!("{} {}\nauthorization: Bearer [GitLab token]", preview.method, preview.url);
            let text = format!("{head}\n\n{body}\n\n");
            printer.text(&context.notes().redactor().redact(&text))?;
        }
        return Ok(0);
    }
    let rows = previews.iter().enumerate().map(|(at, preview)| {
        let mut row = json!({
            "method": preview.method,
            "url": preview.url.as_str(),
            "headers": { "authorization": "Bearer [GitLab token]" },
            "body": preview.body,
        });
        if at == 0 {
            row["policy"] = policy.summary();
        }
        context.notes().redactor().redact(&row.to_string()).into_owned()
    });
    printer.objects(&rows.collect::<Vec<_>>())?;
    Ok(0)
}

/// The policy in a few lines.
fn policy_text(policy: &Value) -> String {
    let list = |name: &str| {
        let names = policy[name].as_array().into_iter().flatten().filter_map(Value::as_str);
        names.collect::<Vec<_>>().join(", ")
    };
    let lines = [
        ("allowed", list("allowed")),
        ("allowed commands", list("commands")),
        ("denied", list("denied")),
        ("everything else", if policy["asks"] == true { "asked" } else { "refused" }.to_owned()),
    ];
    let lines = lines.iter().filter(|(_, what)| !what.is_empty());
    let lines: Vec<String> = lines.map(|(name, what)| format!("  {name}: {what}")).collect();
    format!("policy\n{}\n\n", lines.join("\n"))
}
