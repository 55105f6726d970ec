//! GitLab Duo's models: the catalogue, the gateway token, and one way to ask whatever the
//! provider behind the gateway speaks.

mod ask;
pub mod catalogue;
mod conversations;
mod definitions;
mod dialect;
mod discovery;
mod error;
mod gateway;
mod gateway_token;
mod probe;
pub mod prompt;
mod published;
mod refusal;
mod reply;
mod seal;
mod session_name;
mod token_cache;

pub use ask::{Duo, Effort, Question, RequestPreview, preview_requests};
pub use catalogue::{Catalogue, Dialect, Model, ModelError, ModelStatus, WorkflowModel};
pub use conversations::{ConversationError, Conversations, Kept};
pub use definitions::{Definitions, definitions};
pub use discovery::{Discovery, Offer};
pub use error::{Cause, DuoError, Shortfall, from_direct_access};
pub use probe::{GatewayFace, Pass, look};
pub use prompt::SystemPrompt;
pub use reply::{Event, FinishReason, Outcome, Reply, Usage};
pub use session_name::{BadSessionName, SessionName};
pub use token_cache::TokenCache;
