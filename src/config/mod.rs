//! Flags, environment and files made into settled settings, each value with its origin; and
//! the project, merge request and branch that a command is about.

mod ceilings;
mod ci;
mod credentials;
pub mod edit;
mod error;
mod file;
mod flags;
mod git;
mod git_config;
mod git_files;
mod in_force;
mod instance;
mod instructions;
mod keys;
mod network;
mod oauth;
mod project;
mod read;
mod settings;
mod source;
mod survey;
mod variable;
#[cfg(test)]
mod world;

pub use ceilings::Workflow;
pub use credentials::{JOB_TOKEN_VARIABLE, TOKEN_VARIABLES};
pub use error::ConfigError;
pub use file::{ConfigFile, Files, PROJECT_FILE};
pub use flags::Flags;
pub use git::Repository;
pub use in_force::InForce;
pub use instructions::Instructions;
pub use keys::{DefaultView, KEYS, Key, Values, find as key};
pub use network::{Limits, Proxies, Trust};
pub use oauth::OAuth;
pub use project::SourceBranch;
pub use settings::{Settings, project_file_place, user_file};
pub use source::{FileLevel, Setting, Source};
pub use survey::Survey;
