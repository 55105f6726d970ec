//! What the script says at the end: what it is, what reached it, what every tool answered.

use std::fmt::Write as _;

use super::super::attachments::{counted, excerpt};
use super::super::call::World;
use super::handshake::Opened;
use super::ledger::Workflow;
use super::script::{Done, Kind, Outcome, Turn};
use super::start::Start;

/// The context that reaches the model in every definition.
const INSTRUCTIONS: &str = "agents-md-user-instructions";

/// The whole message, as Markdown.
pub(super) fn text(
    world: &World,
    workflow: &Workflow,
    turn: &Turn,
    start: &Start,
    opened: &Opened,
) -> String {
    let mut text = format!(
        "This is the sandbox's scripted workflow, not an AI: {}\n\n**What left your machine**\n\n",
        intention(turn.kind())
    );
    for line in received(world, workflow, start, opened) {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "- {line}");
    }
    text.push_str("\n**What the tools answered**\n\n");
    for done in &turn.done {
        let _ = writeln!(text, "- `{}` {}", done.call.tool, outcome(done));
    }
    text
}

/// What a script is for, and how it is chosen.
pub(super) fn intention(kind: Kind) -> &'static str {
    match kind {
        Kind::Investigation => {
            "your goal named no change and nothing to run, so that it only looked around."
        }
        Kind::Edit => "your goal is about a change, so that it wrote a file and edited it.",
        Kind::Commands => {
            "your goal is about running something, so that it asked git, a command and GitLab."
        }
    }
}

fn received(world: &World, workflow: &Workflow, start: &Start, opened: &Opened) -> Vec<String> {
    let order = &workflow.order;
    let project = world.project(opened.project).map_or("", |project| project.path.as_str());
    let characters = |text: &str| counted(text.chars().count(), "character");
    let mut lines = vec![
        format!("goal: {}: “{}”", characters(&start.goal), excerpt(&start.goal, 120)),
        instructions(start),
        format!(
            "privileges: {}; approved beforehand: {}; tools by name: {}",
            numbers(&order.privileges),
            numbers(&order.pre_approved),
            listed(&start.preapproved)
        ),
        format!("project: {project} ({}), namespace {}", opened.project, order.namespace),
        format!(
            "git: remote {}, branch {}, commit {}",
            or_none(&start.git.url),
            or_none(&start.git.branch),
            or_none(&start.git.commit)
        ),
        format!(
            "client: {} with {}; tools of its own: {}",
            start.version,
            listed(&start.capabilities),
            listed(&start.tools)
        ),
        format!("model: {}", opened.model.as_deref().unwrap_or("GitLab's default")),
        format!("turn {} of workflow {}, {}", workflow.turns, workflow.id, order.definition),
    ];
    let others = start.context.iter().filter(|context| context.id != INSTRUCTIONS);
    lines.extend(others.map(|context| {
        format!("context `{}`: {}", context.category, characters(&context.content))
    }));
    lines
}

fn instructions(start: &Start) -> String {
    let first = start.context.first().filter(|context| context.id == INSTRUCTIONS);
    match first.map(|context| context.content.as_str()).filter(|text| !text.is_empty()) {
        Some(text) => {
            let count = counted(text.chars().count(), "character");
            format!("instructions (system prompt): {count}: “{}”", excerpt(text, 160))
        }
        None => "instructions (system prompt): none".to_owned(),
    }
}

fn outcome(done: &Done) -> String {
    let about = match done.call.about() {
        about if about.is_empty() => String::new(),
        about => format!("(`{}`) ", excerpt(&about, 60).replace('`', "'")),
    };
    let said = match &done.outcome {
        Outcome::Answered(Ok(text)) => {
            format!("answered {}: “{}”", counted(text.lines().count(), "line"), excerpt(text, 80))
        }
        Outcome::Answered(Err(error)) => format!("failed: “{}”", excerpt(error, 120)),
        Outcome::Rejected(message) => format!("was not approved: “{}”", excerpt(message, 120)),
        Outcome::NotPrivileged => {
            format!("was not asked for: the workflow has no privilege {}", done.call.privilege)
        }
    };
    about + &said
}

fn numbers(numbers: &[u64]) -> String {
    listed(&numbers.iter().map(u64::to_string).collect::<Vec<_>>())
}

fn listed(items: &[String]) -> String {
    if items.is_empty() { "none".to_owned() } else { items.join(", ") }
}

fn or_none(text: &str) -> &str {
    if text.is_empty() { "none" } else { text }
}
