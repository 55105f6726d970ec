//! Limits, trust and the way out of every request, as flags, variables and files name them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::file::Files;
use super::flags::Flags;
use super::source::{Setting, Source};
use crate::system::environment::Environment;

/// Limits of one request.
#[derive(Debug, Clone)]
pub struct Limits {
    /// A request with its body, repeats not counted.
    pub total: Setting<Duration>,
    /// Silence on a stream.
    pub idle: Setting<Duration>,
    /// Making the connection.
    pub connect: Duration,
    /// Repeats after the first try.
    pub max_retries: Setting<u32>,
}

impl Limits {
    pub(super) fn settle(flags: &Flags) -> Self {
        let seconds = |default| {
            let flag = flags.timeout.map(|given| Setting::new(given, Source::Flag("--timeout")));
            flag.unwrap_or(Setting::new(Duration::from_secs(default), Source::Default))
        };
        let retries = flags.max_retries;
        let retries = retries.map(|given| Setting::new(given, Source::Flag("--max-retries")));
        Self {
            total: seconds(30),
            idle: seconds(120),
            connect: Duration::from_secs(10),
            max_retries: retries.unwrap_or(Setting::new(3, Source::Default)),
        }
    }
}

/// Whose certificates are trusted.
#[derive(Debug, Clone)]
pub struct Trust {
    /// Replaces the system's roots.
    pub only_roots: Option<Setting<PathBuf>>,
    /// PEM files that add to the roots.
    pub extra_roots: Vec<Setting<PathBuf>>,
}

impl Trust {
    /// A relative path in a file starts from that file, one in a variable from the working
    /// directory.
    pub(super) fn settle(env: &Environment, files: &Files, working_directory: &Path) -> Self {
        let variable = |name: &'static str| {
            let path = working_directory.join(env.get_os(name)?);
            Some(Setting::new(path, Source::Env(name)))
        };
        let configured = files.nearest_first().find_map(|file| {
            let path = file.values.ca_file.as_ref()?;
            let folder = file.path.parent().unwrap_or(working_directory);
            Some(Setting::new(folder.join(path), file.source()))
        });
        let from_variables = ["CI_SERVER_TLS_CA_FILE", "NODE_EXTRA_CA_CERTS"].map(variable);
        Self {
            only_roots: variable("SSL_CERT_FILE"),
            extra_roots: configured
                .into_iter()
                .chain(from_variables.into_iter().flatten())
                .collect(),
        }
    }
}

/// Proxies as the environment names them.
#[derive(Debug, Clone, Default)]
pub struct Proxies {
    /// For https URLs: the variable and its value, which may hold a password.
    pub https: Option<(&'static str, String)>,
    /// For http URLs: the variable and its value, which may hold a password.
    pub http: Option<(&'static str, String)>,
    /// Hosts that are reached directly.
    pub none: Option<String>,
}

impl Proxies {
    /// A web server passes a request's `Proxy` header on as `HTTP_PROXY` (CVE-2016-5385), so
    /// that name does not count below one.
    pub(super) fn settle(env: &Environment) -> Self {
        let first =
            |names: &[&'static str]| env.first(names).map(|(name, value)| (name, value.to_owned()));
        let http: &[&'static str] = match env.get("REQUEST_METHOD") {
            Some(_) => &["http_proxy", "ALL_PROXY", "all_proxy"],
            None => &["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"],
        };
        Self {
            https: first(&["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]),
            http: first(http),
            none: first(&["NO_PROXY", "no_proxy"]).map(|(_, hosts)| hosts),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::world::World;
    use super::*;

    #[test]
    fn a_timeout_holds_for_requests_and_for_silence() {
        let mut world = World::new();
        let limits = |world: &World| {
            let limits = world.settings().expect("settings").limits;
            (limits.total.value.as_secs(), limits.idle.value.as_secs(), limits.max_retries.value)
        };
        assert_eq!(limits(&world), (30, 120, 3));
        world.flags.timeout = Some(Duration::from_secs(5));
        world.flags.max_retries = Some(0);
        assert_eq!(limits(&world), (5, 5, 0));
    }

    #[test]
    fn certificates_add_up_and_a_relative_file_starts_from_its_configuration() {
        let mut world = World::new();
        world.user(r#"{ "gitlab": { "caFile": "corp.pem" } }"#);
        world.env("SSL_CERT_FILE", "/only.pem");
        world.env("NODE_EXTRA_CA_CERTS", "node.pem");
        let trust = world.settings().expect("settings").trust;
        assert_eq!(trust.only_roots.map(|only| only.value), Some("/only.pem".into()));
        let extra: Vec<PathBuf> = trust.extra_roots.into_iter().map(|root| root.value).collect();
        assert_eq!(extra, [world.path("home/.config/glduo/corp.pem"), world.path("work/node.pem")]);
    }

    #[test]
    fn both_cases_of_a_proxy_count_but_not_below_a_web_server() {
        let env = Environment::of([("HTTP_PROXY", "h"), ("all_proxy", "a"), ("no_proxy", "n")]);
        let proxies = Proxies::settle(&env);
        assert_eq!(proxies.http, Some(("HTTP_PROXY", "h".into())));
        assert_eq!(proxies.https, Some(("all_proxy", "a".into())));
        assert_eq!(proxies.none.as_deref(), Some("n"));
        let env = Environment::of([("HTTP_PROXY", "h"), ("REQUEST_METHOD", "GET")]);
        assert_eq!(Proxies::settle(&env).http, None);
    }
}
