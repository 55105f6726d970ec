//! What can be known whatever is wrong with the configuration: for finding out what is.

use super::error::ConfigError;
use super::file::{ConfigFile, Files};
use super::flags::Flags;
use super::git::Repository;
use super::instance;
use super::settings::{
    Found, Settings, learn_secrets, project_file, read_administrator_file, read_user_file,
    user_file,
};
use super::source::Source;
use crate::model::address::BaseUrl;
use crate::system::System;
use crate::system::notes::{Notes, Verbosity};

/// The settings as far as they can be had, and what stands in the way of the rest.
#[derive(Debug, Default)]
pub struct Survey {
    /// As if what is broken were not there; `None` where there are none without it.
    pub settings: Option<Settings>,
    /// Everything that is wrong, the nearest file first.
    pub problems: Vec<ConfigError>,
    /// The files that do read.
    pub files: Files,
    /// Whether the gateway is the one that is meant.
    pub is_gateway_known: bool,
    /// Whether the files of user and administrator read, which may name servers and models.
    pub is_whole: bool,
}

impl Survey {
    /// Surveys what [`Settings::load`] loads. Nothing is said.
    pub fn of(
        flags: &Flags,
        system: &System,
        notes: &Notes,
        connections: impl FnOnce() -> Vec<BaseUrl>,
    ) -> Self {
        learn_secrets(&system.env, notes);
        let mut survey = Self { is_gateway_known: true, is_whole: true, ..Self::default() };
        if let Err(error) = survey.look(flags, system, notes, connections) {
            survey.problems.push(error);
        }
        survey
    }

    /// Whether a setting that nothing names, or a file that is read, is certain to be meant: a
    /// broken file could have said otherwise.
    pub fn is_certain(&self, source: &Source) -> bool {
        self.is_whole || matches!(source, Source::Flag(_) | Source::Env(_) | Source::Argument)
    }

    fn look(
        &mut self,
        flags: &Flags,
        system: &System,
        notes: &Notes,
        connections: impl FnOnce() -> Vec<BaseUrl>,
    ) -> Result<(), ConfigError> {
        let named = instance::named(flags, &system.env)?;
        let repository = Repository::discover(&system.working_directory, &system.env);
        let place = user_file(flags, system);
        let project = project_file(&system.working_directory, repository.as_ref());
        let user = place.as_ref().map_or(Ok(None), read_user_file);
        let administrator = if instance::is_sandboxed(named.as_ref(), &system.env) {
            Ok(None)
        } else {
            read_administrator_file(system)
        };
        self.is_whole = user.is_ok() && administrator.is_ok();
        self.files = Files {
            project: self.sound(project),
            user: self.sound(user),
            administrator: self.sound(administrator),
        };
        let gateway = match instance::gateway(&system.env, &self.files) {
            Ok(gateway) => gateway,
            Err(error) => {
                self.problems.push(error);
                self.is_gateway_known = false;
                instance::default_gateway()?
            }
        };
        self.is_gateway_known &= self.is_certain(&gateway.source);
        let (files, user_file) = (self.files.clone(), place.map(|file| file.value));
        let found = Found { named, gateway, files, user_file, repository };
        let settings = Settings::settle(flags, system, found, connections)?;
        settings.learn_secret(notes);
        for base in [&settings.instance, &settings.gateway] {
            let quiet = notes.at(Verbosity::Quiet);
            let checked = instance::check_plain_http(base, &settings.allow_insecure_http, &quiet);
            self.problems.extend(checked.err());
        }
        self.settings = Some(settings);
        Ok(())
    }

    fn sound(&mut self, file: Result<Option<ConfigFile>, ConfigError>) -> Option<ConfigFile> {
        file.unwrap_or_else(|error| {
            self.problems.push(error);
            None
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::world::World;
    use super::*;

    fn survey(world: &World) -> Survey {
        let stderr = crate::system::streams::Output::new(std::io::sink());
        let notes =
            Notes::new(stderr, Verbosity::Normal, crate::model::redact::Redactor::default());
        Survey::of(&world.flags, &world.system, &notes, Vec::new)
    }

    #[test]
    fn a_broken_user_file_leaves_open_which_servers_are_meant() {
        let mut world = World::new();
        world.user("{ broken");
        let found = survey(&world);
        let settings = found.settings.as_ref().expect("settings");
        assert!(!found.is_certain(&settings.instance.source) && !found.is_gateway_known);
        assert!(matches!(found.problems.as_slice(), [ConfigError::Syntax { line: 1, .. }]));
        world.env("GITLAB_HOST", "gitlab.example.com");
        world.env("GITLAB_AI_GATEWAY_URL", "gateway.example.com");
        let found = survey(&world);
        let settings = found.settings.as_ref().expect("settings");
        assert!(found.is_certain(&settings.instance.source) && found.is_gateway_known);
    }

    #[test]
    fn a_broken_project_file_leaves_the_servers_as_they_are() {
        let world = World::new();
        world.project("[]");
        let found = survey(&world);
        assert!(found.is_whole && found.is_gateway_known && found.problems.len() == 1);
    }

    #[test]
    fn a_wrong_gateway_leaves_the_instance() {
        let mut world = World::new();
        world.env("GITLAB_AI_GATEWAY_URL", "https://me:pw@host");
        let found = survey(&world);
        assert!(found.settings.is_some() && !found.is_gateway_known);
        assert!(!found.problems[0].to_string().contains("pw"), "{:?}", found.problems);
        world.env("GITLAB_HOST", "ftp://x");
        assert!(survey(&world).settings.is_none());
    }
}
