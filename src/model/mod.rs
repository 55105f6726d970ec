//! Plain data and pure functions that every room may use: addresses, projects, secrets and
//! what keeps them out of sight, GitLab's objects and conversations.

pub mod address;
pub mod change;
pub mod configured_model;
pub mod conversation;
pub mod credential;
pub mod diff_lines;
pub mod fenced;
pub mod harmless;
pub mod issue;
pub mod lenient;
pub mod merge_request;
pub mod pipeline;
pub mod project;
pub mod quick_actions;
pub mod redact;
pub mod remote;
pub mod review;
pub mod rows;
pub mod scopes;
pub mod secret;
pub mod spelling;
pub mod timestamp;
pub mod token_shape;
pub mod web_link;
