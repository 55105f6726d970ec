//! What the command line said, before anything else is known.

use std::path::PathBuf;
use std::time::Duration;

/// The flags that settings follow from; `Default` is a command line without any.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// `-R`, `--repo`: the project as path, id or URL.
    pub repo: Option<String>,
    /// `--instance`, `--hostname`.
    pub instance: Option<String>,
    /// `--config`: stands for the user configuration file.
    pub config: Option<PathBuf>,
    /// `--timeout`.
    pub timeout: Option<Duration>,
    /// `--max-retries`.
    pub max_retries: Option<u32>,
    /// `-m`, `--model`.
    pub model: Option<String>,
    /// `--callback-url`.
    pub callback_url: Option<String>,
    /// `--scopes`, separated by spaces or commas.
    pub scopes: Option<String>,
    /// `--no-input`.
    pub no_input: bool,
}
