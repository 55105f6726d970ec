//! The conversation that a question belongs to, and whether it is kept.

use super::arguments::ChatArgs;
use crate::commands::context::Context;
use crate::commands::usage::UsageError;
use crate::duo::{ConversationError, Conversations, Kept, SessionName};
use crate::model::conversation::{Conversation, Message, Role};

/// The answer stands, but the conversation does not have it.
#[derive(Debug, thiserror::Error)]
#[error("the conversation was not saved")]
pub(crate) struct NotSaved {
    /// Why.
    #[source]
    pub(crate) source: ConversationError,
}

/// A conversation before the question.
pub(super) struct Session {
    /// `None` where the conversation neither goes on nor is kept.
    store: Option<Conversations>,
    name: Option<SessionName>,
    earlier: Option<Kept>,
    keeps: bool,
    /// By flag: otherwise a conversation that cannot be kept is no failure.
    wanted: bool,
}

impl Session {
    /// Finds the conversation. Kept is what a person asks at a terminal, or what belongs to a
    /// conversation by its flags.
    pub(super) fn open(args: &ChatArgs, context: &Context<'_>) -> anyhow::Result<Self> {
        let settings = context.settings()?;
        let wanted = args.session.goes_on || args.session.name.is_some();
        let allowed = settings.save_conversations.value && !args.session.no_save;
        let keeps = allowed && (wanted || context.terminal().stdout);
        let place = Conversations::new(
            context.env().data_home(),
            &settings.instance.value,
            context.notes(),
        );
        let mut session =
            Self { store: None, name: args.session.name.clone(), earlier: None, keeps, wanted };
        session.store = match place {
            _ if !wanted && !keeps => None,
            Err(_) if !wanted => None,
            place => Some(place?),
        };
        if wanted && !settings.save_conversations.value {
            context.notes().note("the conversation is not kept: saveConversations is false");
        }
        session.find(args.session.goes_on, context)?;
        Ok(session)
    }

    fn find(&mut self, goes_on: bool, context: &Context<'_>) -> Result<(), ConversationError> {
        let Some(store) = &self.store else { return Ok(()) };
        if let Some(name) = &self.name {
            self.earlier = store.named(name)?;
        } else if goes_on {
            let Some((name, kept)) = store.last()? else {
                let note = "there is no conversation to go on with: this begins one";
                context.notes().note(note);
                return Ok(());
            };
            self.name = Some(name);
            self.earlier = Some(kept);
        }
        Ok(())
    }

    /// The model that answered last.
    pub(super) fn model(&self) -> Option<&str> {
        self.earlier.as_ref().map(|kept| kept.model.as_str())
    }

    /// The workflow that it goes on in.
    pub(super) fn workflow(&self) -> Option<&str> {
        self.earlier.as_ref().and_then(|kept| kept.workflow.as_deref())
    }

    /// The last question and its answer.
    pub(super) fn last_turn(&self) -> Option<(&str, &str)> {
        let messages = &self.earlier.as_ref()?.messages;
        let of = |role| {
            let message = messages.iter().rev().find(|message| message.role == role);
            message.map_or("", |message| message.text.as_str())
        };
        (!messages.is_empty()).then(|| (of(Role::User), of(Role::Assistant)))
    }

    /// Refuses to go on with another kind of model: what a workflow knows of its turns is on
    /// the server, and what a chat knows is here.
    pub(super) fn check_kind(&self, is_workflow: bool) -> Result<(), UsageError> {
        let Some(kept) = self.earlier.as_ref() else { return Ok(()) };
        if kept.workflow.is_some() == is_workflow {
            return Ok(());
        }
        let name = self.name.as_ref().map(ToString::to_string).unwrap_or_default();
        let (kind, other) = if is_workflow { ("chat", "workflow") } else { ("workflow", "chat") };
        Err(UsageError::new(
            format!(
                "the conversation {name} is one with the {kind} model {}, which no {other} model can go on with",
                kept.model
            ),
            "leave -m out, or begin another with --session NAME",
        ))
    }

    /// What was said, and the question.
    pub(super) fn with_question(&self, question: &str) -> Conversation {
        let messages = self.earlier.as_ref().map(|kept| kept.messages.clone()).unwrap_or_default();
        Conversation { messages }.with(Role::User, question)
    }

    /// Whether the answer has to be at hand when it is whole.
    pub(super) fn keeps(&self) -> bool {
        self.keeps && self.store.is_some()
    }

    /// Keeps question and answer; the name that they are kept under.
    pub(super) fn keep(
        &self,
        (model, workflow): (&str, Option<&str>),
        question: String,
        answer: &str,
        context: &Context<'_>,
    ) -> Result<Option<SessionName>, NotSaved> {
        let says_something = !answer.trim().is_empty();
        // No provider takes a turn without text, so that one would end the conversation.
        let Some(store) =
            self.store.as_ref().filter(|_| self.keeps && (says_something || workflow.is_some()))
        else {
            return Ok(None);
        };
        let turn = [
            Message { role: Role::User, text: question },
            Message { role: Role::Assistant, text: answer.to_owned() },
        ];
        let (name, clock) = (self.name.as_ref(), context.clock());
        let kept = match workflow {
            Some(workflow) => store.keep_workflow(name, (model, workflow), turn, clock),
            None => store.keep(name, model, turn, clock),
        };
        match kept {
            Ok(name) => Ok(Some(name)),
            Err(source) if self.wanted => Err(NotSaved { source }),
            Err(source) => {
                context.notes().warn(&format!("the conversation was not saved: {source}"));
                Ok(None)
            }
        }
    }
}
