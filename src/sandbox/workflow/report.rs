//! What the default scripts say at the end: what they are, what reached them, what every tool
//! answered.

use super::super::attachments::{counted, excerpt};
use super::agent::Agent;
use super::script::Outcome;

/// The message, as Markdown.
pub(super) fn text(agent: &Agent<'_, '_>) -> String {
    let intention = match agent.workflow.turn.kind() {
        "(edit)" => "your goal is about a change, so that it wrote a file and edited it.",
        "(commands)" => {
            "your goal is about running something, so that it asked git, a command and GitLab."
        }
        _ => "your goal named no change and nothing to run, so that it only looked around.",
    };
    let lines = |lines: Vec<String>| -> String { format!("- {}\n", lines.join("\n- ")) };
    format!(
        "This is the sandbox's scripted workflow, not an AI: {intention}\n\n\
         **What left your machine**\n\n{}\n**What the tools answered**\n\n{}",
        lines(received(agent)),
        lines(answered(agent)),
    )
}

fn received(agent: &Agent<'_, '_>) -> Vec<String> {
    let Agent { world, workflow, start, opened, .. } = agent;
    let order = &workflow.order;
    let project = order.project.and_then(|id| world.project(id));
    let project = project.map_or("none".to_owned(), |one| format!("{} ({})", one.path, one.id));
    let characters = |text: &str| counted(text.chars().count(), "character");
    let listed = |items: &[String]| or_none(items.join(", "));
    let numbers = |items: &[u64]| listed(&items.iter().map(u64::to_string).collect::<Vec<_>>());
    let git = |name: &str| or_none(start.git(name));
    let mut lines = vec![
        format!("goal: {}: “{}”", characters(&start.goal), excerpt(&start.goal, 120)),
        format!(
            "privileges: {}; approved beforehand: {}; tools by name: {}",
            numbers(&order.privileges),
            numbers(&order.pre_approved),
            listed(&start.preapproved_tools)
        ),
        format!("project: {project}, namespace {}", order.namespace),
        format!(
            "git: remote {}, branch {}, commit {}",
            git("git_url"),
            git("git_branch"),
            git("git_sha")
        ),
        format!(
            "client: {} with {}; tools of its own: {}",
            start.version,
            listed(&start.capabilities),
            listed(&start.tools())
        ),
        format!("model: {}", opened.model.as_deref().unwrap_or("GitLab's default")),
        format!("turn {} of workflow {}, {}", workflow.turns, workflow.id, order.definition),
    ];
    lines.extend(start.additional_context.iter().map(|entry| {
        let content = entry.content.as_deref().unwrap_or_default();
        let name = entry.id.as_ref().unwrap_or(&entry.category);
        format!("context `{name}`: {}: “{}”", characters(content), excerpt(content, 160))
    }));
    lines
}

fn answered(agent: &Agent<'_, '_>) -> Vec<String> {
    let lines = agent.workflow.turn.done.iter().map(|(call, outcome)| {
        let subject = match excerpt(&call.subject(), 60) {
            subject if subject.is_empty() => String::new(),
            subject => format!("(`{}`) ", subject.replace('`', "'")),
        };
        let said = match outcome {
            Outcome::Answered(Ok(text)) => {
                let lines = counted(text.lines().count(), "line");
                format!("answered {lines}: “{}”", excerpt(text, 80))
            }
            Outcome::Answered(Err(error)) => format!("failed: “{}”", excerpt(error, 120)),
            Outcome::Rejected(message) => format!("was not approved: “{}”", excerpt(message, 120)),
            Outcome::Missing => "was not asked for: the workflow lacks the privilege".to_owned(),
        };
        format!("`{}` {subject}{said}", call.tool)
    });
    lines.collect()
}

fn or_none(text: String) -> String {
    if text.is_empty() { "none".to_owned() } else { text }
}
