//! What a command works with, each part made when it is first needed: settings, client,
//! credential, printer.

use std::cell::{Cell, OnceCell};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::credential::Search;
use super::diagnosis::Diagnose;
use super::globals::{Color, Globals, OutputFormat};
use super::usage::UsageError;
use crate::auth::{AuthorizationServer, SentRefreshes, Store};
use crate::config::{Flags, Instructions, Setting, Settings, Source, Survey};
use crate::duo::{Catalogue, Duo, TokenCache};
use crate::gitlab::Gitlab;
use crate::http::{CaFile, Client, LastAnswer, Options, Proxies};
use crate::model::address::BaseUrl;
use crate::model::project::ProjectRef;
use crate::model::scopes::Need;
use crate::model::web_link::WebLink;
use crate::system::System;
use crate::system::browser::Browser;
use crate::system::clock::Clock;
use crate::system::environment::Environment;
use crate::system::hardening::Hardening;
use crate::system::interrupt::Interrupts;
use crate::system::notes::{Notes, Verbosity};
use crate::system::private_file;
use crate::system::progress::Progress;
use crate::system::prompt::{Nobody, Prompt};
use crate::system::terminal::Terminal;
use crate::view::jq::Filter;
use crate::view::json::Fields;
use crate::view::output::{Format, Printer};
use crate::view::stdout::{OutputError, Stdout};
use crate::view::style::ColorChoice;

/// The run of one command.
pub(super) struct Context<'w> {
    globals: Globals,
    system: &'w mut System,
    notes: Notes,
    /// Where the run began, for the paths in its arguments.
    began_in: PathBuf,
    settings: OnceCell<Settings>,
    client: OnceCell<Client>,
    sent: SentRefreshes,
    need: Cell<Option<Need>>,
    /// How long anything may take, in a run that surveys.
    longest: OnceCell<Duration>,
    caches: OnceCell<Option<PathBuf>>,
    diagnose: Diagnose,
}

impl<'w> Context<'w> {
    pub(super) fn new(
        globals: Globals,
        system: &'w mut System,
        notes: &Notes,
        diagnose: Diagnose,
    ) -> Self {
        let notes = notes.at(verbosity(&globals, &system.env));
        let began_in = system.working_directory.clone();
        Self {
            globals,
            system,
            notes,
            began_in,
            settings: OnceCell::new(),
            client: OnceCell::new(),
            sent: SentRefreshes::default(),
            need: Cell::default(),
            longest: OnceCell::new(),
            caches: OnceCell::new(),
            diagnose,
        }
    }

    /// Flags, environment and files, settled.
    pub(super) fn settings(&self) -> anyhow::Result<&Settings> {
        if let Some(settings) = self.settings.get() {
            return Ok(settings);
        }
        let flags = self.flags();
        let connections = || self.stored_instances();
        let settings = Settings::load(&flags, self.system, &self.notes, connections)?;
        Ok(self.settings.get_or_init(|| settings))
    }

    /// Goes to another directory, whose project, repository and files the run is about; the
    /// paths in its arguments stay what they were. Before the settings are read.
    pub(super) fn enter(&mut self, directory: &Path) -> Result<(), UsageError> {
        let place = self.began_in.join(directory);
        if !place.is_dir() {
            let message = format!("{} is not a directory", directory.display());
            return Err(UsageError::new(message, "name one that there is with --cwd"));
        }
        self.system.working_directory = place;
        Ok(())
    }

    /// The settings as far as they can be had, with requests that are sent once and take no
    /// longer than this; they hold for the rest of the run.
    pub(super) fn survey(&self, longest: Duration) -> Survey {
        let timeout = self.globals.timeout.map_or(longest, |given| given.min(longest));
        let flags = Flags { timeout: Some(timeout), max_retries: Some(0), ..self.flags() };
        let connections = || self.stored_instances();
        let _ = self.longest.set(timeout);
        let survey = Survey::of(&flags, self.system, &self.notes, connections);
        if let Some(settings) = &survey.settings {
            // A command that surveys has asked for no settings before.
            let _ = self.settings.set(settings.clone());
        }
        survey
    }

    /// Records what the command needs of the token, for the hint of an error.
    pub(super) fn needs(&self, need: Need) {
        self.need.set(Some(need));
    }

    /// What the command needs of the token, if it needs one.
    pub(super) fn need(&self) -> Option<Need> {
        self.need.get()
    }

    /// The stored connections. A survey's limit holds for their lock too.
    pub(super) fn store(&self) -> Store {
        let store = Store::new(&self.system.env, &self.notes);
        match self.longest.get() {
            Some(longest) => store.waiting_at_most(*longest),
            None => store,
        }
    }

    /// The instances of the stored connections. A store that cannot be read is reported when a
    /// credential is needed.
    fn stored_instances(&self) -> Vec<BaseUrl> {
        self.store().instances().unwrap_or_default()
    }

    /// What finds out what an error comes down to.
    pub(super) fn diagnose(&self) -> Diagnose {
        self.diagnose
    }

    fn flags(&self) -> Flags {
        Flags {
            repo: self.globals.repo.clone(),
            instance: self.globals.instance.clone(),
            config: self.globals.config.as_ref().map(|path| self.began_in.join(path)),
            timeout: self.globals.timeout,
            max_retries: self.globals.max_retries,
            no_input: self.globals.no_input,
            ..Flags::default()
        }
    }

    /// Where the user's configuration file is, also where no settings can be made of it.
    pub(super) fn user_file(&self) -> Option<PathBuf> {
        crate::config::user_file(&self.flags(), self.system).map(|place| place.value)
    }

    /// Says where the instructions hold a token, if the run has read any: it would leave with
    /// every model request. A chat refuses instead.
    pub(super) fn warn_of_tokens(&self) {
        let instructions = self.settings.get().map(|settings| &settings.instructions);
        if let Some((kind, place)) = instructions.and_then(Instructions::token) {
            self.notes.warn(&format!(
                "the instructions of {place} hold a {kind}; chat will refuse until it is taken out"
            ));
        }
    }

    /// The models that can be named.
    pub(super) fn catalogue(&self) -> anyhow::Result<Catalogue> {
        Ok(Catalogue::new(&self.settings()?.models)?)
    }

    /// The way to servers.
    pub(super) fn client(&self) -> anyhow::Result<&Client> {
        let settings = self.settings()?;
        Ok(self.client.get_or_init(|| {
            Client::new(options(settings), Arc::clone(&self.system.clock), self.notes.clone())
        }))
    }

    /// The last good answer of that client.
    pub(super) fn last_answer(&self) -> Option<LastAnswer> {
        self.client.get().and_then(Client::last_answer)
    }

    /// GitLab, as the owner of the credential that the settings find.
    pub(super) fn gitlab(&self) -> anyhow::Result<Gitlab<'_>> {
        self.gitlab_by(self.client()?)
    }

    /// The models behind the gateway of that GitLab.
    pub(super) fn duo<'d>(&'d self, gitlab: &'d Gitlab<'d>) -> anyhow::Result<Duo<'d>> {
        let tokens = TokenCache::new(self.cache_directory()?, Arc::clone(&self.system.clock));
        let gateway = &self.settings()?.gateway.value;
        Ok(Duo { client: self.client()?, gitlab, gateway, tokens })
    }

    /// The directory of the caches, closed to other users; `None` if no caches are to be used.
    pub(super) fn cache_directory(&self) -> anyhow::Result<Option<PathBuf>> {
        let is_wanted = !self.settings()?.no_cache;
        Ok(self.caches.get_or_init(|| self.closed_caches().filter(|_| is_wanted)).clone())
    }

    fn closed_caches(&self) -> Option<PathBuf> {
        let directory = self.system.env.cache_directory()?;
        match private_file::close_directory(&directory) {
            Ok(closed) => {
                if let Some(closed) = closed {
                    self.notes.warn(&closed.to_string());
                }
                Some(directory)
            }
            Err(open) => {
                self.notes.warn(&format!("no caches are used: {open}"));
                None
            }
        }
    }

    /// A way to servers for what is of use only at once.
    pub(super) fn client_that_tries_once(&self) -> anyhow::Result<Client> {
        let options = Options { max_retries: 0, ..options(self.settings()?) };
        Ok(Client::new(options, Arc::clone(&self.system.clock), self.notes.clone()))
    }

    /// GitLab by another way than [`Context::client`].
    pub(super) fn gitlab_by<'d>(&'d self, client: &'d Client) -> anyhow::Result<Gitlab<'d>> {
        let settings = self.settings()?;
        let found = self.credentials()?.find()?;
        Ok(Gitlab::new(client, &settings.instance.value, found.identity))
    }

    /// Where credentials are looked for.
    pub(super) fn credentials(&self) -> anyhow::Result<Search<'_>> {
        Ok(Search {
            store: self.store(),
            settings: self.settings()?,
            env: &self.system.env,
            http: self.client()?,
            clock: &self.system.clock,
            notes: &self.notes,
            sent: &self.sent,
        })
    }

    /// The refresh tokens that this run has sent.
    pub(super) fn sent_refreshes(&self) -> &SentRefreshes {
        &self.sent
    }

    /// An instance as the server that issues and revokes tokens.
    pub(super) fn server<'s>(
        &'s self,
        instance: &'s BaseUrl,
    ) -> anyhow::Result<AuthorizationServer<'s>> {
        Ok(self.credentials()?.server(instance))
    }

    /// Whether someone is there to answer, and may be asked.
    pub(super) fn can_prompt(&self) -> anyhow::Result<bool> {
        Ok(self.system.terminal.can_prompt() && !self.settings()?.no_input)
    }

    /// Whether someone is at the controlling terminal, sees what is shown there, and may be
    /// asked; standard input may be anything.
    pub(super) fn can_ask_on_terminal(&self) -> anyhow::Result<bool> {
        let Terminal { stdout, stderr, .. } = self.system.terminal;
        let may_ask = stdout && stderr && !self.settings()?.no_input;
        Ok(may_ask && self.system.prompt.has_terminal())
    }

    /// What asks the person, for a thread of its own; nobody can be asked any more without it.
    pub(super) fn take_prompt(&mut self) -> Box<dyn Prompt> {
        std::mem::replace(&mut self.system.prompt, Box::new(Nobody))
    }

    /// Asks the person who is there.
    pub(super) fn ask(&mut self, question: &str) -> std::io::Result<String> {
        self.system.prompt.line(question)
    }

    /// Asks the person who is there for something that is not to be shown.
    pub(super) fn ask_hidden(&mut self, question: &str) -> std::io::Result<String> {
        self.system.prompt.hidden(question)
    }

    /// The line on standard error that tells what is waited for.
    pub(super) fn progress(&self) -> Progress {
        self.notes.progress()
    }

    /// The project, found as the contract says.
    pub(super) fn project(&self, link: Option<&WebLink>) -> anyhow::Result<ProjectRef> {
        let project = self.settings()?.project(&self.system.env, link)?.value;
        if let (ProjectRef::Path(flag), Some(ProjectRef::Path(page))) =
            (&project, link.map(|link| &link.project))
            && !flag.eq_ignore_ascii_case(page)
        {
            self.notes.note(&format!("--repo {flag} goes before the URL's project {page}"));
        }
        Ok(project)
    }

    /// The printer that the flags ask for; the jq expression is compiled here, before any
    /// request.
    pub(super) fn printer(&self) -> anyhow::Result<Printer> {
        let format = match self.globals.output {
            Some(OutputFormat::Json) => Format::Json,
            Some(OutputFormat::Ndjson) => Format::Ndjson,
            None if self.globals.json.is_some() => Format::Json,
            None | Some(OutputFormat::Table) => Format::Table,
        };
        let fields = self.globals.json.clone().and_then(|fields| Fields::new(fields.0));
        let compile = |expression| Filter::compile(expression, Some(self.notes.clone()));
        let filter = self.globals.jq.as_deref().map(compile).transpose()?;
        let color = match self.globals.color.unwrap_or_default() {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        };
        Ok(Printer::new(format, fields, filter, Stdout::new(self.system, color)))
    }

    /// Writes the whole answer of a command that has no other form.
    pub(super) fn write(&self, bytes: &[u8]) -> Result<(), OutputError> {
        write(self.system, bytes)
    }

    pub(super) fn env(&self) -> &Environment {
        &self.system.env
    }

    /// Where relative paths in arguments begin.
    pub(super) fn working_directory(&self) -> &Path {
        &self.began_in
    }

    /// The directory that the run is about, the same unless another was entered.
    pub(super) fn project_directory(&self) -> &Path {
        &self.system.working_directory
    }

    pub(super) fn notes(&self) -> &Notes {
        &self.notes
    }

    pub(super) fn clock(&self) -> &dyn Clock {
        &*self.system.clock
    }

    /// For what outlives the borrow of a moment.
    pub(super) fn shared_clock(&self) -> &Arc<dyn Clock> {
        &self.system.clock
    }

    pub(super) fn terminal(&self) -> Terminal {
        self.system.terminal
    }

    pub(super) fn browser(&self) -> &dyn Browser {
        &*self.system.browser
    }

    pub(super) fn hardening(&self) -> &Hardening {
        &self.system.hardening
    }

    pub(super) fn interrupts(&self) -> &Interrupts {
        &self.system.interrupts
    }

    pub(super) fn executable(&self) -> Option<&Path> {
        self.system.executable.as_deref()
    }

    /// Where errors and notes go, for a line of its own.
    pub(super) fn stderr(&self) -> crate::system::streams::Output {
        self.system.stderr.clone()
    }

    /// Standard input, once.
    pub(super) fn take_stdin(&mut self) -> Option<Box<dyn Read + Send>> {
        self.system.stdin.take()
    }
}

/// Writes the whole answer of a command that has no other form.
pub(super) fn write(system: &System, bytes: &[u8]) -> Result<(), OutputError> {
    let mut stdout = Stdout::new(system, ColorChoice::Never);
    stdout.exact(bytes)?;
    stdout.flush()
}

fn verbosity(globals: &Globals, env: &Environment) -> Verbosity {
    match globals.verbose {
        _ if globals.quiet => Verbosity::Quiet,
        0 if env.is_on("GLDUO_DEBUG") => Verbosity::Requests,
        0 => Verbosity::Normal,
        1 => Verbosity::Requests,
        _ => Verbosity::Bodies,
    }
}

fn options(settings: &Settings) -> Options {
    Options {
        total: settings.limits.total.value,
        idle: settings.limits.idle.value,
        connect: settings.limits.connect,
        max_retries: settings.limits.max_retries.value,
        only_roots: settings.trust.only_roots.as_ref().map(ca_file),
        extra_roots: settings.trust.extra_roots.iter().map(ca_file).collect(),
        proxies: Proxies {
            https: settings.proxies.https.clone(),
            http: settings.proxies.http.clone(),
            none: settings.proxies.none.clone(),
        },
        allow_insecure_http: settings.allow_insecure_http.value,
    }
}

fn ca_file(setting: &Setting<PathBuf>) -> CaFile {
    let name = match &setting.source {
        Source::File(..) => format!("gitlab.caFile, {}", setting.source),
        source => source.to_string(),
    };
    CaFile { path: setting.value.clone(), setting: name }
}
