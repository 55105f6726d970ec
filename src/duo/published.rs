//! The models that GitLab Duo publishes, as data. Provider names drift with GitLab's releases:
//! `gitlab.models` in the user's configuration adds to this table and overrides it.

use std::borrow::Cow;

use super::catalogue::{Dialect, Model, ModelStatus, WorkflowModel};
use Dialect::{Anthropic, OpenaiChat, OpenaiResponses};

/// What the gateway's own table says of a model: its name there, and its limits in thousand
/// tokens.
#[derive(Clone, Copy)]
struct Listed {
    identifier: Option<&'static str>,
    context: Option<u64>,
    max_output: Option<u64>,
    status: Option<ModelStatus>,
}

/// Published by a client, and in no version of the gateway that was seen.
const UNCONFIRMED: Listed = Listed {
    identifier: None,
    context: None,
    max_output: None,
    status: Some(ModelStatus::Unconfirmed),
};

const fn known(identifier: &'static str, context: u64, max_output: u64) -> Listed {
    Listed {
        identifier: Some(identifier),
        context: Some(context * 1_000),
        max_output: Some(max_output * 1_000),
        status: None,
    }
}

const fn deprecated(identifier: &'static str, context: u64, max_output: u64) -> Listed {
    Listed { status: Some(ModelStatus::Deprecated), ..known(identifier, context, max_output) }
}

const fn chat(
    id: &'static str,
    name: &'static str,
    dialect: Dialect,
    backend: &'static str,
    facts: Listed,
    description: &'static str,
) -> Model {
    let identifier = match facts.identifier {
        Some(identifier) => Some(Cow::Borrowed(identifier)),
        None => None,
    };
    Model {
        id: Cow::Borrowed(id),
        name: Cow::Borrowed(name),
        description: Cow::Borrowed(description),
        backend: Cow::Borrowed(backend),
        dialect,
        identifier,
        context: facts.context,
        max_output: facts.max_output,
        status: facts.status,
    }
}

const fn workflow(
    id: &'static str,
    name: &'static str,
    reference: &'static str,
    description: &'static str,
) -> WorkflowModel {
    WorkflowModel {
        id: Cow::Borrowed(id),
        name: Cow::Borrowed(name),
        description: Cow::Borrowed(description),
        reference: Cow::Borrowed(reference),
    }
}

/// The chat models, those of GitLab Duo's documentation first.
#[rustfmt::skip]
pub(super) const CHAT: &[Model] = &[
    chat("duo-chat-haiku-4-5", "Claude Haiku 4.5", Anthropic, "claude-haiku-4-5-20251001", known("claude_haiku_4_5_20251001", 200, 64), "Fast, lightweight model for quick responses"),
    chat("duo-chat-sonnet-4-5", "Claude Sonnet 4.5", Anthropic, "claude-sonnet-4-5-20250929", known("claude_sonnet_4_5_20250929", 200, 64), "Balanced model for general coding tasks"),
    chat("duo-chat-opus-4-5", "Claude Opus 4.5", Anthropic, "claude-opus-4-5-20251101", known("claude_opus_4_5_20251101", 200, 64), "Premium model for complex reasoning"),
    chat("duo-chat-fable-5-1", "Claude Fable 5.1", Anthropic, "claude-fable-5-1", UNCONFIRMED, "Claude Fable 5.1 by Anthropic"),
    chat("duo-chat-fable-5", "Claude Fable 5", Anthropic, "claude-fable-5", known("claude_fable_5", 1000, 128), "Claude Fable 5 by Anthropic"),
    chat("duo-chat-opus-5", "Claude Opus 5", Anthropic, "claude-opus-5", known("claude_opus_5", 1000, 128), "Claude Opus 5 by Anthropic"),
    chat("duo-chat-opus-4-8", "Claude Opus 4.8", Anthropic, "claude-opus-4-8", known("claude_opus_4_8", 1000, 128), "Claude Opus 4.8 by Anthropic"),
    chat("duo-chat-opus-4-7", "Claude Opus 4.7", Anthropic, "claude-opus-4-7", known("claude_opus_4_7", 1000, 128), "Claude Opus 4.7 by Anthropic"),
    chat("duo-chat-opus-4-6", "Claude Opus 4.6", Anthropic, "claude-opus-4-6", known("claude_opus_4_6_20260205", 1000, 128), "Claude Opus 4.6 by Anthropic"),
    chat("duo-chat-sonnet-5", "Claude Sonnet 5", Anthropic, "claude-sonnet-5", known("claude_sonnet_5", 1000, 64), "Claude Sonnet 5 by Anthropic"),
    chat("duo-chat-sonnet-4-6", "Claude Sonnet 4.6", Anthropic, "claude-sonnet-4-6", known("claude_sonnet_4_6", 1000, 64), "Claude Sonnet 4.6 by Anthropic"),
    chat("duo-chat-gpt-6-astra", "GPT-6 Astra", OpenaiResponses, "gpt-6-astra", UNCONFIRMED, "GPT-6 Astra by OpenAI"),
    chat("duo-chat-gpt-5-1", "GPT-5.1", OpenaiChat, "gpt-5.1-2025-11-13", known("gpt_5", 400, 128), "GPT-5.1 by OpenAI"),
    chat("duo-chat-gpt-5-2", "GPT-5.2", OpenaiChat, "gpt-5.2-2025-12-11", known("gpt_5_2", 400, 128), "GPT-5.2 by OpenAI"),
    chat("duo-chat-gpt-5-4", "GPT-5.4", OpenaiChat, "gpt-5.4-2026-03-05", known("gpt_5_4", 1050, 128), "GPT-5.4 by OpenAI"),
    chat("duo-chat-gpt-5-5", "GPT-5.5", OpenaiChat, "gpt-5.5-2026-04-23", known("gpt_5_5", 1050, 128), "GPT-5.5 by OpenAI"),
    chat("duo-chat-gpt-5-mini", "GPT-5 mini", OpenaiChat, "gpt-5-mini-2025-08-07", deprecated("gpt_5_mini", 400, 128), "GPT-5 mini by OpenAI"),
    chat("duo-chat-gpt-5-4-mini", "GPT-5.4 mini", OpenaiChat, "gpt-5.4-mini", known("gpt_5_4_mini", 400, 128), "GPT-5.4 mini by OpenAI"),
    chat("duo-chat-gpt-5-4-nano", "GPT-5.4 nano", OpenaiChat, "gpt-5.4-nano", known("gpt_5_4_nano", 400, 128), "GPT-5.4 nano by OpenAI"),
    chat("duo-chat-gpt-5-6-sol", "GPT-5.6 Sol", OpenaiResponses, "gpt-5.6-sol", known("gpt_5_6_sol", 1050, 128), "GPT-5.6 Sol by OpenAI"),
    chat("duo-chat-gpt-5-6-terra", "GPT-5.6 Terra", OpenaiResponses, "gpt-5.6-terra", known("gpt_5_6_terra", 1050, 128), "GPT-5.6 Terra by OpenAI"),
    chat("duo-chat-gpt-5-6-luna", "GPT-5.6 Luna", OpenaiResponses, "gpt-5.6-luna", known("gpt_5_6_luna", 1050, 128), "GPT-5.6 Luna by OpenAI"),
    chat("duo-chat-gpt-5-3-codex", "GPT-5.3 Codex", OpenaiResponses, "gpt-5.3-codex", known("gpt_5_3_codex", 400, 128), "GPT-5.3 Codex by OpenAI"),
];

/// The workflow models. The two without a provider's name leave the choice to GitLab.
#[rustfmt::skip]
pub(super) const WORKFLOW: &[WorkflowModel] = &[
    workflow("duo-workflow", "Default", "default", "GitLab's agent with the model that the group chose"),
    workflow("duo-workflow-default", "Default", "default", "GitLab's agent with the model that the group chose"),
    workflow("duo-workflow-codegen", "Code generation", "default", "GitLab's software development flow, for code generation"),
    workflow("duo-workflow-sonnet-4-5", "Claude Sonnet 4.5", "anthropic/claude-sonnet-4-5-20250929", "GitLab's agent with Claude Sonnet 4.5"),
    workflow("duo-workflow-sonnet-5", "Claude Sonnet 5", "claude_sonnet_5", "GitLab's agent with Claude Sonnet 5"),
    workflow("duo-workflow-opus-5", "Claude Opus 5", "claude_opus_5", "GitLab's agent with Claude Opus 5"),
    workflow("duo-workflow-sonnet-4-6", "Claude Sonnet 4.6", "claude_sonnet_4_6", "GitLab's agent with Claude Sonnet 4.6"),
    workflow("duo-workflow-opus-4-5", "Claude Opus 4.5", "anthropic/claude-opus-4-5-20251101", "GitLab's agent with Claude Opus 4.5"),
    workflow("duo-workflow-haiku-4-5", "Claude Haiku 4.5", "claude_haiku_4_5_20251001", "GitLab's agent with Claude Haiku 4.5"),
    workflow("duo-workflow-opus-4-6", "Claude Opus 4.6", "claude_opus_4_6_20260205", "GitLab's agent with Claude Opus 4.6"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_published_id_is_there_once_and_the_documented_ones_come_first() {
        let ids = CHAT.iter().map(|model| &model.id).chain(WORKFLOW.iter().map(|model| &model.id));
        let mut ids: Vec<&str> = ids.map(AsRef::as_ref).collect();
        assert_eq!(ids[..3], ["duo-chat-haiku-4-5", "duo-chat-sonnet-4-5", "duo-chat-opus-4-5"]);
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 33);
    }

    #[test]
    fn models_that_answer_on_responses_only_are_asked_there() {
        for model in CHAT {
            let newer = ["codex", "gpt-5-6", "gpt-6"].iter().any(|sign| model.id.contains(sign));
            assert_eq!(model.dialect == OpenaiResponses, newer, "{}", model.id);
        }
    }
}
