//! Which GitLab and which AI gateway are talked to.

use super::error::ConfigError;
use super::file::Files;
use super::flags::Flags;
use super::git::Repository;
use super::source::{Setting, Source};
use super::{credentials, variable};
use crate::model::address::{BaseUrl, presentable};
use crate::model::remote::Remote;
use crate::system::environment::Environment;
use crate::system::notes::Notes;

/// Where nothing names an instance.
const DEFAULT_INSTANCE: &str = "https://gitlab.com";
/// Where nothing names a gateway (GitLab documentation, "GitLab AI gateway").
const DEFAULT_GATEWAY: &str = "https://cloud.gitlab.com";

const INSTANCE_VARIABLES: [&str; 3] = ["GITLAB_INSTANCE_URL", "GITLAB_HOST", "GITLAB_URL"];
const GATEWAY_VARIABLE: &str = "GITLAB_AI_GATEWAY_URL";

/// Reads an address; the error shows it without user info.
fn address(text: Setting<String>) -> Result<Setting<BaseUrl>, ConfigError> {
    match BaseUrl::parse(&text.value) {
        Ok(base) => Ok(Setting::new(base, text.source)),
        Err(reason) => {
            let shown = presentable(text.value.trim());
            Err(ConfigError::Address { shown, from: text.source, reason })
        }
    }
}

/// The same for an instance, whose address may be given with that of its API.
fn instance_address(text: Setting<String>) -> Result<Setting<BaseUrl>, ConfigError> {
    let trimmed = text.value.trim().trim_end_matches('/');
    let base = trimmed.strip_suffix("/api/v4").unwrap_or(&text.value).to_owned();
    address(Setting::new(base, text.source))
}

/// The instance that a flag or a variable names.
pub(super) fn named(
    flags: &Flags,
    env: &Environment,
) -> Result<Option<Setting<BaseUrl>>, ConfigError> {
    let flag = flags.instance.as_ref().map(|text| ("--instance", text));
    match variable::settle(flag, env, &INSTANCE_VARIABLES, None)? {
        Some(text) => instance_address(text).map(Some),
        None => ci_server(env),
    }
}

/// The instance that runs this CI job.
pub(super) fn ci_server(env: &Environment) -> Result<Option<Setting<BaseUrl>>, ConfigError> {
    if !env.is_gitlab_ci() {
        return Ok(None);
    }
    variable::first(env, &["CI_SERVER_URL"])?.map(instance_address).transpose()
}

/// Settles the instance. The connections, the last one first, are asked for only where nothing
/// names an instance and the environment has no token: a token that was meant for one instance
/// must not follow a repository to another.
pub(super) fn settle(
    named: Option<Setting<BaseUrl>>,
    env: &Environment,
    files: &Files,
    repository: Option<&Repository>,
    connections: impl FnOnce() -> Vec<BaseUrl>,
) -> Result<Setting<BaseUrl>, ConfigError> {
    if let Some(named) = named {
        return Ok(named);
    }
    if let Some(configured) = files.nearest(|values| values.instance_url.clone()) {
        return instance_address(configured);
    }
    if env.first(&credentials::TOKEN_VARIABLES).is_none()
        && let Some(connected) = connected(&connections(), repository)
    {
        return Ok(connected);
    }
    address(Setting::new(DEFAULT_INSTANCE.to_owned(), Source::Default))
}

/// The connection that a git remote belongs to, else the last one.
fn connected(connections: &[BaseUrl], repository: Option<&Repository>) -> Option<Setting<BaseUrl>> {
    let last = connections.first()?;
    let remotes = repository.map(Repository::remotes).unwrap_or_default();
    let of_remote = remotes.into_iter().find_map(|(name, url)| {
        let remote = Remote::parse(&url)?;
        let base = connections.iter().find(|base| remote.belongs_to(base))?;
        Some(Setting::new(base.clone(), Source::GitRemote(name)))
    });
    of_remote.or_else(|| Some(Setting::new(last.clone(), Source::Connection)))
}

/// Settles the gateway.
pub(super) fn gateway(env: &Environment, files: &Files) -> Result<Setting<BaseUrl>, ConfigError> {
    let configured = files.nearest(|values| values.gateway_url.clone());
    match variable::settle(None, env, &[GATEWAY_VARIABLE], configured)? {
        Some(text) => address(text),
        None => default_gateway(),
    }
}

/// The gateway where nothing names one.
pub(super) fn default_gateway() -> Result<Setting<BaseUrl>, ConfigError> {
    address(Setting::new(DEFAULT_GATEWAY.to_owned(), Source::Default))
}

/// Whether this run talks to nothing but the sandbox that started it, where the
/// administrator's file is none of its business. Only flags and variables are looked at, and
/// both servers must be that one http server on loopback: otherwise the variable would be a way
/// round the administrator's instructions.
pub(super) fn is_sandboxed(named: Option<&Setting<BaseUrl>>, env: &Environment) -> bool {
    let read = |name| env.get(name).and_then(|text| BaseUrl::parse(text).ok());
    let (Some(named), Some(sandbox)) = (named, read("GLDUO_SANDBOX_URL")) else {
        return false;
    };
    let Some(gateway) = read(GATEWAY_VARIABLE) else {
        return false;
    };
    let origin = sandbox.origin();
    named.value == sandbox
        && gateway.origin() == origin
        && origin.is_loopback()
        && sandbox.to_string().starts_with("http://")
}

/// Refuses plain http to other machines unless it was allowed, and then warns every time.
pub(super) fn check_plain_http(
    base: &Setting<BaseUrl>,
    allowed: &Setting<bool>,
    notes: &Notes,
) -> Result<(), ConfigError> {
    if !base.value.is_insecure() {
        return Ok(());
    }
    let (address, from) = (base.value.to_string(), base.source.clone());
    if !allowed.value {
        return Err(ConfigError::PlainHttp { address, from });
    }
    let why = &allowed.source;
    notes.warn(&format!(
        "{address} is plain http: tokens and answers can be read on the way (allowed by {why})"
    ));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::source::FileLevel;
    use super::super::world::World;
    use super::*;

    fn instance(world: &World) -> String {
        let settings = world.settings().expect("settings");
        format!("{} ({})", settings.instance.value, settings.instance.source)
    }

    #[test]
    fn flags_come_before_variables_before_files_before_the_default() {
        let mut world = World::new();
        assert_eq!(instance(&world), "https://gitlab.com (default)");
        world.administrator(r#"{ "gitlab": { "instanceUrl": "a.example" } }"#);
        assert!(instance(&world).starts_with("https://a.example ("));
        world.user(r#"{ "gitlab": { "instanceUrl": "u.example/gitlab/" } }"#);
        assert!(instance(&world).starts_with("https://u.example/gitlab ("));
        world.env("CI_SERVER_URL", "https://ci.example");
        assert!(instance(&world).starts_with("https://u.example/gitlab ("));
        world.env("GITLAB_CI", "true");
        assert_eq!(instance(&world), "https://ci.example (CI_SERVER_URL)");
        world.env("GITLAB_URL", "url.example");
        world.env("GITLAB_HOST", "host.example");
        world.env("GITLAB_INSTANCE_URL", "");
        assert_eq!(instance(&world), "https://host.example (GITLAB_HOST)");
        world.flags.instance = Some("http://localhost:3000".into());
        assert_eq!(instance(&world), "http://localhost:3000 (--instance)");
    }

    #[test]
    fn a_repository_chooses_only_among_connections_and_only_without_a_token() {
        let mut world = World::new();
        world.repository("[remote \"origin\"]\nurl = git@b.example:g/p.git\n");
        assert_eq!(instance(&world), "https://gitlab.com (default)");
        world.connections = vec!["a.example", "b.example"];
        assert_eq!(instance(&world), "https://b.example (git remote origin)");
        world.connections = vec!["a.example"];
        assert_eq!(instance(&world), "https://a.example (the last connection)");
        world.repository("[remote \"origin\"]\nurl = http://b.example/g/p.git\n");
        world.connections = vec!["a.example", "b.example"];
        assert_eq!(instance(&world), "https://a.example (the last connection)", "plain http");
        world.env("GITLAB_TOKEN", "glpat-x");
        assert_eq!(instance(&world), "https://gitlab.com (default)");
    }

    #[test]
    fn the_path_of_the_api_is_no_part_of_an_instance() {
        let mut world = World::new();
        for (given, instance_url) in [
            ("https://a.example/api/v4", "https://a.example"),
            ("a.example/gitlab/api/v4/", "https://a.example/gitlab"),
            ("https://a.example/api", "https://a.example/api"),
        ] {
            world.flags.instance = Some(given.into());
            assert_eq!(instance(&world), format!("{instance_url} (--instance)"), "{given}");
        }
        world.flags.instance = None;
        world.user(r#"{ "gitlab": { "instanceUrl": "https://u.example/api/v4" } }"#);
        assert!(instance(&world).starts_with("https://u.example ("));
    }

    #[test]
    fn a_bad_address_is_told_without_its_user_info() {
        let mut world = World::new();
        world.env("GITLAB_HOST", "https://me:hunter2@host");
        let error = world.settings().expect_err("user info").to_string();
        assert_eq!(
            error,
            "\"https://host\" is not a usable address (GITLAB_HOST): it has user info in it"
        );
        world.flags.instance = Some(String::new());
        let error = world.settings().expect_err("empty");
        assert!(matches!(error, ConfigError::Address { from: Source::Flag("--instance"), .. }));
    }

    #[test]
    fn plain_http_to_others_needs_leave_and_is_warned_of() {
        let mut world = World::new();
        world.env("GITLAB_HOST", "http://gitlab.example.com");
        world.project(r#"{ "gitlab": { "allowInsecureHttp": true } }"#);
        assert!(matches!(world.settings(), Err(ConfigError::PlainHttp { .. })));
        world.user(r#"{ "gitlab": { "allowInsecureHttp": true } }"#);
        let settings = world.settings().expect("allowed");
        assert!(matches!(settings.allow_insecure_http.source, Source::File(FileLevel::User, _)));
        assert!(world.said().contains("warning: http://gitlab.example.com is plain http"));
        world.env("GLDUO_ALLOW_INSECURE_HTTP", "0");
        assert!(matches!(world.settings(), Err(ConfigError::PlainHttp { .. })));
    }

    #[test]
    fn the_gateway_keeps_its_path() {
        let mut world = World::new();
        let gateway = |world: &World| world.settings().expect("settings").gateway.value.to_string();
        assert_eq!(gateway(&world), "https://cloud.gitlab.com");
        world.user(r#"{ "gitlab": { "aiGatewayUrl": "https://h/-/ai_gateway/" } }"#);
        assert_eq!(gateway(&world), "https://h/-/ai_gateway");
        world.env("GITLAB_AI_GATEWAY_URL", "https://g.example");
        assert_eq!(gateway(&world), "https://g.example");
    }

    #[test]
    fn the_sandbox_is_no_way_round_the_administrator() {
        let mut world = World::new();
        world.administrator(r#"{ "gitlab": { "instructions": "comply" } }"#);
        let is_free = |world: &World| {
            let settings = world.settings().expect("settings");
            settings.files.administrator.is_none() && settings.instructions.text().is_none()
        };
        world.env("GLDUO_SANDBOX_URL", "http://127.0.0.1:4000");
        assert!(!is_free(&world), "the instance is gitlab.com");
        world.env("GITLAB_INSTANCE_URL", "http://127.0.0.1:4000");
        assert!(!is_free(&world), "the gateway is the real one");
        world.env("GITLAB_AI_GATEWAY_URL", "http://127.0.0.1:4001/gateway");
        assert!(!is_free(&world), "the gateway is another server");
        world.env("GITLAB_AI_GATEWAY_URL", "http://127.0.0.1:4000/gateway");
        assert!(is_free(&world));
        world.flags.instance = Some("http://127.0.0.1:4001".into());
        assert!(!is_free(&world), "a flag names another instance");
    }
}
