//! What the settings decide about every request.

use std::path::PathBuf;
use std::time::Duration;

/// Limits, trust and the way out.
#[derive(Debug, Clone)]
pub struct Options {
    /// One request with its body (`--timeout`).
    pub total: Duration,
    /// Silence on a stream (`--timeout` where given, 120 s).
    pub idle: Duration,
    /// Making the connection.
    pub connect: Duration,
    /// Repeats after the first try (`--max-retries`).
    pub max_retries: u32,
    /// `SSL_CERT_FILE`: replaces the system's roots.
    pub only_roots: Option<CaFile>,
    /// PEM files whose certificates are trusted besides the roots.
    pub extra_roots: Vec<CaFile>,
    /// The way out.
    pub proxies: Proxies,
    /// Plain http to other machines is allowed (and was warned about).
    pub allow_insecure_http: bool,
}

/// A PEM file of certificates to trust.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaFile {
    /// Where it is.
    pub path: PathBuf,
    /// The variable or the configuration key that names it.
    pub setting: String,
}

/// Proxies as the environment names them; loopback never goes through one.
#[derive(Debug, Clone, Default)]
pub struct Proxies {
    /// For https URLs: the variable and its value.
    pub https: Option<(&'static str, String)>,
    /// For http URLs: the variable and its value.
    pub http: Option<(&'static str, String)>,
    /// Hosts that are reached directly, as in `NO_PROXY`.
    pub none: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            total: Duration::from_secs(30),
            idle: Duration::from_mins(2),
            connect: Duration::from_secs(10),
            max_retries: 3,
            only_roots: None,
            extra_roots: Vec::new(),
            proxies: Proxies::default(),
            allow_insecure_http: false,
        }
    }
}
