//! Tokens that the environment holds, bound to the one instance they may go to.

use super::error::ConfigError;
use super::settings::Settings;
use super::source::Source;
use super::{instance, variable};
use crate::model::credential::{Credential, CredentialSource, Scheme};
use crate::model::secret::Secret;
use crate::system::environment::Environment;

/// Variables with a token of a person or a project, in the order in which they count.
pub const TOKEN_VARIABLES: [&str; 2] = ["GITLAB_TOKEN", "GITLAB_ACCESS_TOKEN"];
/// The variable with the token of a CI job.
pub const JOB_TOKEN_VARIABLE: &str = "CI_JOB_TOKEN";

impl Settings {
    /// The token that the environment holds for the instance; it comes before every stored one.
    /// `None` as well where a repository named the instance.
    pub fn credential_from_env(
        &self,
        env: &Environment,
    ) -> Result<Option<Credential>, ConfigError> {
        let is_chosen = match self.instance.source {
            Source::Flag(_) | Source::Env(_) | Source::File(..) | Source::Default => true,
            Source::GitRemote(_) | Source::Argument | Source::Connection => false,
        };
        if is_chosen { self.credential(env, &TOKEN_VARIABLES, Scheme::Bearer) } else { Ok(None) }
    }

    /// The token of the running CI job, for the calls that take one; it comes after every
    /// stored one. `None` on any other instance than the one that runs the job.
    pub fn credential_from_job(
        &self,
        env: &Environment,
    ) -> Result<Option<Credential>, ConfigError> {
        let server = instance::ci_server(env)?;
        if server.is_some_and(|server| server.value.origin() == self.instance.value.origin()) {
            self.credential(env, &[JOB_TOKEN_VARIABLE], Scheme::JobToken)
        } else {
            Ok(None)
        }
    }

    fn credential(
        &self,
        env: &Environment,
        names: &[&'static str],
        scheme: Scheme,
    ) -> Result<Option<Credential>, ConfigError> {
        let Some((name, text)) = variable::named(env, names)? else {
            return Ok(None);
        };
        let refused = |reason| ConfigError::Token { from: Source::Env(name), reason };
        let secret = Secret::from_token_text(text).map_err(refused)?;
        let source = CredentialSource::Env(name);
        let origin = self.instance.value.origin();
        Ok(Some(Credential { secret, scheme, origin, source }))
    }
}

#[cfg(test)]
mod tests {
    use super::super::world::World;
    use super::*;

    type Found = Result<Option<Credential>, ConfigError>;

    fn own(world: &World) -> Found {
        world.settings().expect("settings").credential_from_env(&world.system.env)
    }

    fn of_job(world: &World) -> Found {
        world.settings().expect("settings").credential_from_job(&world.system.env)
    }

    fn shown(found: Found) -> Option<String> {
        let credential = found.expect("no error")?;
        let (source, origin) = (credential.source, credential.origin);
        Some(format!("{source} {} for {origin}", credential.secret.expose()))
    }

    #[test]
    fn a_token_goes_to_the_instance_that_was_chosen() {
        let mut world = World::new();
        assert_eq!(shown(own(&world)), None);
        world.env("GITLAB_ACCESS_TOKEN", " second\n");
        assert_eq!(
            shown(own(&world)).as_deref(),
            Some("env:GITLAB_ACCESS_TOKEN second for https://gitlab.com")
        );
        world.env("GITLAB_TOKEN", "first");
        world.flags.instance = Some("http://localhost:3000/gitlab".into());
        assert_eq!(
            shown(own(&world)).as_deref(),
            Some("env:GITLAB_TOKEN first for http://localhost:3000")
        );
    }

    #[test]
    fn a_token_never_goes_to_an_instance_that_a_repository_named() {
        let mut world = World::new();
        world.repository("[remote \"origin\"]\nurl = git@b.example:g/p.git\n");
        world.connections = vec!["b.example"];
        let settings = world.settings().expect("settings");
        assert_eq!(settings.instance.source, Source::GitRemote("origin".into()));
        let env = Environment::of([("GITLAB_TOKEN", "late")]);
        assert_eq!(shown(settings.credential_from_env(&env)), None);
    }

    #[test]
    fn a_line_break_inside_is_refused_without_being_shown() {
        let mut world = World::new();
        for bad in ["glpat-a\r\nb", "glpat-a\nb"] {
            world.env("GITLAB_TOKEN", bad);
            let error = own(&world).expect_err("refused").to_string();
            assert!(error.contains("GITLAB_TOKEN") && !error.contains("glpat"), "{error}");
        }
    }

    #[test]
    fn a_job_token_is_for_the_server_that_runs_the_job() {
        let mut world = World::new();
        world.env("CI_JOB_TOKEN", "glcbt-x");
        world.env("CI_SERVER_URL", "https://ci.example");
        assert_eq!(shown(of_job(&world)), None, "no CI job");
        world.env("GITLAB_CI", "true");
        assert_eq!(
            shown(of_job(&world)).as_deref(),
            Some("env:CI_JOB_TOKEN glcbt-x for https://ci.example")
        );
        world.env("GITLAB_HOST", "ci.example.evil");
        assert_eq!(shown(of_job(&world)), None);
    }
}
