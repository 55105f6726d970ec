//! Everything a run is told, settled once: a flag, else a variable, else a file, else a default.

use std::path::{Path, PathBuf};

use super::ceilings::{self, Workflow};
use super::error::ConfigError;
use super::file::{ConfigFile, Files, PROJECT_FILE};
use super::flags::Flags;
use super::git::Repository;
use super::instructions::Instructions;
use super::keys::{DefaultView, Values};
use super::network::{Limits, Proxies, Trust};
use super::oauth::{self, OAuth};
use super::source::{FileLevel, Setting, Source};
use super::{credentials, instance, variable};
use crate::model::address::BaseUrl;
use crate::model::configured_model::ConfiguredModel;
use crate::model::secret::Secret;
use crate::system::System;
use crate::system::environment::Environment;
use crate::system::notes::{Notes, Verbosity};

const DEFAULT_MODEL: &str = "duo-chat-sonnet-4-5";
const DEFAULT_SMALL_MODEL: &str = "duo-chat-haiku-4-5";
const ALLOW_INSECURE_VARIABLE: &str = "GLDUO_ALLOW_INSECURE_HTTP";

/// What holds for this run, each value with its origin.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The GitLab.
    pub instance: Setting<BaseUrl>,
    /// The AI gateway.
    pub gateway: Setting<BaseUrl>,
    /// The model of a chat.
    pub model: Setting<String>,
    /// The model of `--small`.
    pub small_model: Setting<String>,
    /// Models that the files describe, the nearest file's last.
    pub models: Vec<ConfiguredModel>,
    /// The list that bare `glduo` shows.
    pub default_view: Option<Setting<DefaultView>>,
    /// What stands before everything else in every model request.
    pub instructions: Instructions,
    /// The OAuth application.
    pub oauth: OAuth,
    /// Time limits and repeats.
    pub limits: Limits,
    /// Certificates.
    pub trust: Trust,
    /// Proxies.
    pub proxies: Proxies,
    /// Whether plain http to other machines is allowed.
    pub allow_insecure_http: Setting<bool>,
    /// What the tools of a workflow may do.
    pub workflow: Workflow,
    /// Whether conversations may be kept.
    pub save_conversations: Setting<bool>,
    /// Never prompt: `--no-input`, or a GitLab CI job.
    pub no_input: bool,
    /// Neither read nor write caches.
    pub no_cache: bool,
    /// The files that were read.
    pub files: Files,
    /// The user's file, whether or not it exists; `None` without a home.
    pub user_file: Option<PathBuf>,
    /// The git repository around the working directory.
    pub repository: Option<Repository>,
    /// `-R` as it was given.
    pub(super) repo: Option<String>,
}

impl Settings {
    /// Settles everything but the project, which not every command needs. `connections` gives
    /// the instances that there are stored connections for, the last connected first, and is
    /// called only where nothing else names one.
    pub fn load(
        flags: &Flags,
        system: &System,
        notes: &Notes,
        connections: impl FnOnce() -> Vec<BaseUrl>,
    ) -> Result<Self, ConfigError> {
        learn_secrets(&system.env, notes);
        let named = instance::named(flags, &system.env)?;
        let user_file = user_file(flags, system);
        let repository = Repository::discover(&system.working_directory, &system.env);
        let mut files = Files {
            project: project_file(&system.working_directory, repository.as_ref())?,
            user: user_file.as_ref().map_or(Ok(None), read_user_file)?,
            administrator: None,
        };
        if !instance::is_sandboxed(named.as_ref(), &system.env) {
            files.administrator = read_administrator_file(system)?;
        }
        tell_of(&files, notes);
        let gateway = instance::gateway(&system.env, &files)?;
        let user_file = user_file.map(|file| file.value);
        let found = Found { named, gateway, files, user_file, repository };
        let settings = Self::settle(flags, system, found, connections)?;
        for base in [&settings.instance, &settings.gateway] {
            instance::check_plain_http(base, &settings.allow_insecure_http, notes)?;
        }
        settings.learn_secret(notes);
        Ok(settings)
    }

    /// Settles what the files leave open.
    pub(super) fn settle(
        flags: &Flags,
        system: &System,
        found: Found,
        connections: impl FnOnce() -> Vec<BaseUrl>,
    ) -> Result<Self, ConfigError> {
        let env = &system.env;
        let Found { named, gateway, files, user_file, repository } = found;
        let instance = instance::settle(named, env, &files, repository.as_ref(), connections)?;
        Ok(Self {
            model: model(flags, env, &files)?,
            small_model: small_model(env, &files)?,
            models: models(&files),
            default_view: files.nearest(|values| values.default_view),
            instructions: Instructions::settle(env, &files)?,
            oauth: OAuth::settle(flags, env, &files, &instance.value)?,
            limits: Limits::settle(flags),
            trust: Trust::settle(env, &files, &system.working_directory),
            proxies: Proxies::settle(env),
            workflow: Workflow::settle(&files),
            save_conversations: ceilings::save_conversations(&files),
            no_input: flags.no_input || env.is_gitlab_ci() || env.get("CI") == Some("true"),
            no_cache: env.is_on("GLDUO_NO_CACHE"),
            repo: flags.repo.clone(),
            allow_insecure_http: allow_insecure_http(env, &files),
            user_file,
            instance,
            gateway,
            files,
            repository,
        })
    }

    /// Keeps the application's secret out of everything that is said.
    pub(super) fn learn_secret(&self, notes: &Notes) {
        if let Some(secret) = &self.oauth.app_secret {
            notes.redactor().learn(&secret.value);
        }
    }
}

/// What is read before the rest is settled.
pub(super) struct Found {
    pub(super) named: Option<Setting<BaseUrl>>,
    pub(super) gateway: Setting<BaseUrl>,
    pub(super) files: Files,
    pub(super) user_file: Option<PathBuf>,
    pub(super) repository: Option<Repository>,
}

/// Before anything can fail and be told of.
pub(super) fn learn_secrets(env: &Environment, notes: &Notes) {
    let names = credentials::TOKEN_VARIABLES.into_iter();
    for name in names.chain([credentials::JOB_TOKEN_VARIABLE, oauth::APP_SECRET_VARIABLE]) {
        if let Some(text) = env.get(name) {
            notes.redactor().learn(&Secret::new(text.trim()));
        }
    }
}

/// Where the user's file is, and who says so; `None` without a home.
pub fn user_file(flags: &Flags, system: &System) -> Option<Setting<PathBuf>> {
    let named = |path: &Path, source| Setting::new(system.working_directory.join(path), source);
    if let Some(path) = &flags.config {
        return Some(named(path, Source::Flag("--config")));
    }
    if let Some(path) = system.env.get_os("GLDUO_CONFIG") {
        return Some(named(path.as_ref(), Source::Env("GLDUO_CONFIG")));
    }
    let place = system.env.config_directory()?.join("config.json");
    Some(Setting::new(place, Source::Default))
}

/// A file that was named must be there; the usual place may be empty.
pub(super) fn read_user_file(place: &Setting<PathBuf>) -> Result<Option<ConfigFile>, ConfigError> {
    let file = ConfigFile::read(&place.value, FileLevel::User)?;
    if file.is_none() && place.source != Source::Default {
        let (path, named_by) = (place.value.clone(), place.source.clone());
        return Err(ConfigError::Missing { path, named_by });
    }
    Ok(file)
}

pub(super) fn read_administrator_file(system: &System) -> Result<Option<ConfigFile>, ConfigError> {
    ConfigFile::read(&system.administrator_file, FileLevel::Administrator)
}

/// The nearest one between the working directory and the root of its repository; outside a
/// repository only the working directory's own, since a folder above may belong to anybody.
pub(super) fn project_file(
    working_directory: &Path,
    repository: Option<&Repository>,
) -> Result<Option<ConfigFile>, ConfigError> {
    let root = repository.map_or(working_directory, |repository| repository.root.as_path());
    for folder in working_directory.ancestors() {
        let file = ConfigFile::read(&folder.join(PROJECT_FILE), FileLevel::Project)?;
        if file.is_some() || folder == root {
            return Ok(file);
        }
    }
    Ok(None)
}

/// The nearest project file, or the place for one: the root of the repository, outside one the
/// working directory.
pub fn project_file_place(working_directory: &Path) -> PathBuf {
    let repository = Repository::discover(working_directory, &Environment::default());
    let root = repository.as_ref().map_or(working_directory, |found| found.root.as_path());
    let mut between = working_directory.ancestors();
    let folders = between.by_ref().take_while(|folder| *folder != root).chain([root]);
    let mut places = folders.map(|folder| folder.join(PROJECT_FILE));
    places.find(|place| place.exists()).unwrap_or_else(|| root.join(PROJECT_FILE))
}

fn tell_of(files: &Files, notes: &Notes) {
    for file in files.nearest_first() {
        let path = file.path.display();
        if !file.ignored.is_empty() {
            let keys = file.ignored.join(", ");
            notes.note(&format!("{path}: ignored in a {} file: {keys}", file.level));
        }
        if !file.unknown.is_empty() {
            let keys = file.unknown.join(", ");
            notes.trace(Verbosity::Requests, &format!("{path}: unknown keys: {keys}"));
        }
    }
}

fn allow_insecure_http(env: &Environment, files: &Files) -> Setting<bool> {
    if env.get_os(ALLOW_INSECURE_VARIABLE).is_some() {
        let source = Source::Env(ALLOW_INSECURE_VARIABLE);
        return Setting::new(env.is_on(ALLOW_INSECURE_VARIABLE), source);
    }
    files
        .nearest(|values| values.allow_insecure_http)
        .unwrap_or(Setting::new(false, Source::Default))
}

fn model(flags: &Flags, env: &Environment, files: &Files) -> Result<Setting<String>, ConfigError> {
    let flag = flags.model.as_ref().map(|id| ("--model", id));
    let configured = files.nearest(|values: &Values| values.model.clone());
    let model = variable::settle(flag, env, &["GITLAB_DUO_MODEL"], configured)?;
    Ok(model.unwrap_or_else(|| Setting::new(DEFAULT_MODEL.to_owned(), Source::Default)))
}

fn small_model(env: &Environment, files: &Files) -> Result<Setting<String>, ConfigError> {
    let configured = files.nearest(|values: &Values| values.small_model.clone());
    let model = variable::settle(None, env, &["GITLAB_SMALL_MODEL"], configured)?;
    Ok(model.unwrap_or_else(|| Setting::new(DEFAULT_SMALL_MODEL.to_owned(), Source::Default)))
}

fn models(files: &Files) -> Vec<ConfiguredModel> {
    files.nearest_first().rev().flat_map(|file| file.values.models.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::world::World;
    use super::*;

    fn model(world: &World) -> String {
        world.settings().expect("settings").model.value
    }

    #[test]
    fn the_nearer_file_wins_and_variables_and_flags_come_before() {
        let mut world = World::new();
        assert_eq!(model(&world), "duo-chat-sonnet-4-5");
        world.administrator(r#"{ "gitlab": { "model": "a" } }"#);
        assert_eq!(model(&world), "a");
        world.user(r#"{ "gitlab": { "model": "u" } }"#);
        assert_eq!(model(&world), "u");
        world.project(r#"{ "gitlab": { "model": "p" } }"#);
        assert_eq!(model(&world), "p");
        world.env("GITLAB_DUO_MODEL", "e");
        assert_eq!(model(&world), "e");
        world.flags.model = Some("f".into());
        assert_eq!(model(&world), "f");
        assert_eq!(world.settings().expect("settings").small_model.value, "duo-chat-haiku-4-5");
    }

    #[test]
    fn a_project_file_is_looked_for_up_to_the_root_of_the_repository() {
        let mut world = World::new();
        world.write(".glduo.json", r#"{ "gitlab": { "model": "above" } }"#);
        assert_eq!(model(&world), "duo-chat-sonnet-4-5", "outside a repository");
        world.repository("");
        assert_eq!(model(&world), "duo-chat-sonnet-4-5", "above the root");
        world.project(r#"{ "gitlab": { "model": "root" } }"#);
        world.go_to("work/deep/er");
        assert_eq!(model(&world), "root");
        world.write("work/deep/.glduo.json", r#"{ "gitlab": { "model": "deep" } }"#);
        assert_eq!(model(&world), "deep");
    }

    #[test]
    fn a_named_file_must_exist_and_stands_for_the_usual_one() {
        let mut world = World::new();
        world.user(r#"{ "gitlab": { "model": "usual" } }"#);
        world.env("GLDUO_CONFIG", "other.json");
        let error = world.settings().expect_err("missing");
        assert!(matches!(error, ConfigError::Missing { named_by: Source::Env(_), .. }));
        world.write("work/other.json", r#"{ "gitlab": { "model": "other" } }"#);
        assert_eq!(model(&world), "other");
        world.flags.config = Some("flag.json".into());
        let error = world.settings().expect_err("missing");
        assert!(matches!(error, ConfigError::Missing { named_by: Source::Flag("--config"), .. }));
        world.write("work/flag.json", "{ broken");
        assert!(matches!(world.settings(), Err(ConfigError::Syntax { line: 1, .. })));
    }

    #[test]
    fn without_a_home_there_is_no_user_file() {
        let mut world = World::new();
        world.user(r#"{ "gitlab": { "model": "u" } }"#);
        world.env("HOME", "");
        let settings = world.settings().expect("settings");
        assert_eq!((settings.model.source, settings.user_file), (Source::Default, None));
    }

    #[test]
    fn ignored_keys_are_noted_and_unknown_ones_are_said_only_when_asked() {
        let mut world = World::new();
        world.project(r#"{ "gitlab": { "instanceUrl": "evil.example" }, "plugin": [] }"#);
        let settings = world.settings().expect("settings");
        assert_eq!(settings.instance.source, Source::Default);
        let said = world.said();
        assert!(said.contains("ignored in a project file: gitlab.instanceUrl"), "{said}");
        assert!(!said.contains("plugin"), "{said}");
        world.verbosity = Verbosity::Requests;
        world.settings().expect("settings");
        assert!(world.said().contains("unknown keys: plugin"));
    }

    #[test]
    fn secrets_of_the_environment_are_out_of_sight_at_once() {
        let mut world = World::new();
        world.env("GITLAB_TOKEN", "unprefixed-secret\n");
        world.env("GITLAB_HOST", "http://x/unprefixed-secret");
        world.env("GLDUO_ALLOW_INSECURE_HTTP", "1");
        world.settings().expect("settings");
        assert!(world.said().contains("http://x/[redacted]"), "{}", world.said());
    }
}
