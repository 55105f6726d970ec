//! The models that can be named: the published ones, with what the user adds or overrides.

use std::borrow::Cow;

use super::published;
use crate::model::configured_model::ConfiguredModel;
use crate::model::spelling::distance;

/// What a chat model's id begins with; it may be left out.
const CHAT_PREFIX: &str = "duo-chat-";
/// What a workflow model's id begins with; it may be left out.
const WORKFLOW_PREFIX: &str = "duo-workflow-";

/// Which protocol a chat model is reached by, behind the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Anthropic's Messages API.
    Anthropic,
    /// OpenAI's Chat Completions API.
    OpenaiChat,
    /// OpenAI's Responses API.
    OpenaiResponses,
}

impl Dialect {
    /// The provider's name in JSON.
    pub fn provider(self) -> &'static str {
        match self {
            Self::Anthropic => "anthropic",
            Self::OpenaiChat | Self::OpenaiResponses => "openai",
        }
    }

    /// The dialect of that name in a configuration file.
    fn named(word: &str) -> Option<Self> {
        match word {
            "anthropic" => Some(Self::Anthropic),
            "openai_chat" => Some(Self::OpenaiChat),
            "openai_responses" => Some(Self::OpenaiResponses),
            _ => None,
        }
    }
}

/// A model that answers through the gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    /// The id that users name.
    pub id: Cow<'static, str>,
    /// The name for people.
    pub name: Cow<'static, str>,
    /// For whom it is.
    pub description: Cow<'static, str>,
    /// What the provider calls it.
    pub backend: Cow<'static, str>,
    /// How it is reached.
    pub dialect: Dialect,
    /// The gateway's name for it, in its own list of models.
    pub identifier: Option<Cow<'static, str>>,
    /// The longest input and answer together, in tokens.
    pub context: Option<u64>,
    /// The longest answer, in tokens.
    pub max_output: Option<u64>,
    /// What is wrong with it.
    pub status: Option<ModelStatus>,
}

/// What is wrong with a model that can be named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModelStatus {
    /// The gateway will remove it.
    Deprecated,
    /// Published by a client, not by a gateway.
    Unconfirmed,
}

impl ModelStatus {
    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deprecated => "deprecated",
            Self::Unconfirmed => "unconfirmed",
        }
    }
}

/// A model that works as GitLab's agent, reached through the Duo Workflow Service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkflowModel {
    /// The id that users name.
    pub id: Cow<'static, str>,
    /// The name for people.
    pub name: Cow<'static, str>,
    /// For whom it is.
    pub description: Cow<'static, str>,
    /// What GitLab calls it.
    pub reference: Cow<'static, str>,
}

/// Every model that can be named.
#[derive(Debug, Clone)]
pub struct Catalogue {
    /// Those of the gateway, the documented ones first.
    pub chat: Vec<Model>,
    /// Those of the Duo Workflow Service.
    pub workflow: Vec<WorkflowModel>,
}

/// A name that no chat can use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// No model has it.
    #[error("there is no model {name:?}")]
    Unknown {
        /// The name that was given.
        name: String,
        /// The ids that look most like it, best first.
        nearest: Vec<String>,
    },
    /// It is a workflow model's.
    #[error("{id} is a workflow model")]
    Workflow {
        /// Which.
        id: String,
    },
    /// It is a workflow model that the project's group does not offer, or not to choose.
    #[error("{id} is not offered here")]
    NotOffered {
        /// Which.
        id: String,
        /// The name of the model that would be used, if it is known.
        given: Option<String>,
    },
    /// The configuration describes a model that cannot be asked.
    #[error("the model {id:?} of the configuration {wrong}")]
    Configured {
        /// Which.
        id: String,
        /// What is wrong with it, after its name.
        wrong: &'static str,
    },
}

impl Catalogue {
    /// The published models, changed and added to as the configuration says.
    pub fn new(configured: &[ConfiguredModel]) -> Result<Self, ModelError> {
        let mut chat = published::CHAT.to_vec();
        for given in configured {
            let at = chat.iter().position(|model| model.id == given.id);
            let model = settled(at.map(|at| &chat[at]), given)?;
            match at {
                Some(at) => chat[at] = model,
                None => chat.push(model),
            }
        }
        Ok(Self { chat, workflow: published::WORKFLOW.to_vec() })
    }

    /// The chat model of that id; the prefix may be left out.
    pub fn find(&self, name: &str) -> Result<&Model, ModelError> {
        let wanted = normal(name);
        let mut chat = self.chat.iter();
        if let Some(model) = chat.find(|model| is_named(&model.id, CHAT_PREFIX, &wanted)) {
            return Ok(model);
        }
        match self.find_workflow(&wanted) {
            Some(model) => Err(ModelError::Workflow { id: model.id.to_string() }),
            None if wanted.starts_with(WORKFLOW_PREFIX) => Err(ModelError::Workflow { id: wanted }),
            None => Err(self.unknown(name)),
        }
    }

    /// The workflow model of that id; the prefix may be left out where no chat model has the
    /// rest of the name.
    pub fn find_workflow(&self, name: &str) -> Option<&WorkflowModel> {
        let wanted = normal(name);
        self.workflow.iter().find(|model| is_named(&model.id, WORKFLOW_PREFIX, &wanted))
    }

    /// The error for a name that nothing has.
    pub fn unknown(&self, name: &str) -> ModelError {
        let wanted = normal(name);
        let chat = self.chat.iter().map(|model| &model.id);
        let ids = chat.chain(self.workflow.iter().map(|model| &model.id));
        let mut ids: Vec<(usize, &str)> =
            ids.map(|id| (distance(short(&wanted), short(id)), id.as_ref())).collect();
        ids.sort_by_key(|(distance, _)| *distance);
        let nearest = ids.into_iter().take(3).map(|(_, id)| id.to_owned()).collect();
        ModelError::Unknown { name: name.to_owned(), nearest }
    }
}

/// A published model with the changes of the configuration, or a new one.
fn settled(published: Option<&Model>, given: &ConfiguredModel) -> Result<Model, ModelError> {
    let wrong = |wrong| ModelError::Configured { id: given.id.clone(), wrong };
    let dialect = match (&given.dialect, published) {
        (Some(word), _) => Dialect::named(word).ok_or_else(|| {
            wrong("has a dialect other than anthropic, openai_chat and openai_responses")
        })?,
        (None, Some(model)) => model.dialect,
        (None, None) => return Err(wrong("has no dialect")),
    };
    let own = |text: &Option<String>| text.clone().map(Cow::Owned);
    let backend = own(&given.backend).or_else(|| published.map(|model| model.backend.clone()));
    let description =
        own(&given.description).or_else(|| published.map(|model| model.description.clone()));
    Ok(Model {
        id: Cow::Owned(given.id.clone()),
        name: published.map_or_else(|| Cow::Owned(given.id.clone()), |model| model.name.clone()),
        description: description.unwrap_or_default(),
        backend: backend.ok_or_else(|| wrong("has no backend_model"))?,
        dialect,
        identifier: published.and_then(|model| model.identifier.clone()),
        context: given.context.or_else(|| published.and_then(|model| model.context)),
        max_output: published.and_then(|model| model.max_output),
        status: published.and_then(|model| model.status).filter(|_| given.backend.is_none()),
    })
}

fn normal(name: &str) -> String {
    name.trim().to_ascii_lowercase()
}

fn is_named(id: &str, prefix: &str, wanted: &str) -> bool {
    id.eq_ignore_ascii_case(wanted)
        || id.strip_prefix(prefix).is_some_and(|short| short.eq_ignore_ascii_case(wanted))
}

fn short(id: &str) -> &str {
    id.strip_prefix(CHAT_PREFIX).or_else(|| id.strip_prefix(WORKFLOW_PREFIX)).unwrap_or(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalogue() -> Catalogue {
        Catalogue::new(&[]).expect("the published models")
    }

    #[test]
    fn a_model_is_found_with_and_without_its_prefix() {
        let id = |name| catalogue().find(name).map(|model| model.id.clone().into_owned());
        assert_eq!(id("duo-chat-opus-4-5"), Ok("duo-chat-opus-4-5".into()));
        assert_eq!(id(" Haiku-4-5\n"), Ok("duo-chat-haiku-4-5".into()));
        assert_eq!(id("gpt-5-1"), Ok("duo-chat-gpt-5-1".into()));
    }

    #[test]
    fn an_unknown_name_comes_with_the_nearest() {
        let Err(ModelError::Unknown { nearest, .. }) =
            catalogue().find("duo-chat-sonet-4-5").cloned()
        else {
            panic!("it was found")
        };
        assert_eq!(nearest[0], "duo-chat-sonnet-4-5");
    }

    #[test]
    fn a_workflow_model_is_told_from_an_unknown_one() {
        for name in ["duo-workflow", "default", "duo-workflow-sonnet-5", "duo-workflow-new"] {
            let found = catalogue().find(name).cloned();
            assert!(matches!(found, Err(ModelError::Workflow { .. })), "{name}");
        }
    }

    #[test]
    fn the_configuration_changes_published_models_and_adds_its_own() {
        let changed = ConfiguredModel {
            id: "duo-chat-gpt-5-1".into(),
            backend: Some("gpt-5.1-2027".into()),
            ..ConfiguredModel::default()
        };
        let added = ConfiguredModel {
            id: "ours".into(),
            dialect: Some("openai_responses".into()),
            backend: Some("m".into()),
            context: Some(9),
            ..ConfiguredModel::default()
        };
        let catalogue = Catalogue::new(&[changed, added]).expect("models");
        let model = catalogue.find("gpt-5-1").expect("it is there");
        assert_eq!((&*model.backend, model.dialect), ("gpt-5.1-2027", Dialect::OpenaiChat));
        let model = catalogue.find("Ours").expect("it is there");
        assert_eq!((model.dialect, model.context), (Dialect::OpenaiResponses, Some(9)));
        for (dialect, backend) in
            [(None, Some("m")), (Some("other"), Some("m")), (Some("anthropic"), None)]
        {
            let broken = ConfiguredModel {
                id: "x".into(),
                dialect: dialect.map(str::to_owned),
                backend: backend.map(str::to_owned),
                ..ConfiguredModel::default()
            };
            assert!(matches!(Catalogue::new(&[broken]), Err(ModelError::Configured { .. })));
        }
    }
}
