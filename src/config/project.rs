//! What a command is about where its arguments leave that open: the project, the merge request
//! and pipeline of a CI job, the branch.

use super::error::ConfigError;
use super::file::ConfigFile;
use super::git::Repository;
use super::settings::Settings;
use super::source::{Setting, Source};
use super::{ci, variable};
use crate::model::address::presentable;
use crate::model::project::ProjectRef;
use crate::model::remote::Remote;
use crate::model::web_link::{BadLink, WebLink, looks_like_link};
use crate::system::environment::Environment;

/// The merge request that a CI job belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CiMergeRequest {
    /// The project it is in, which for a fork's is not the job's own.
    pub project: Setting<ProjectRef>,
    /// Its number there.
    pub iid: Setting<u64>,
}

type Found<T> = Result<Option<Setting<T>>, ConfigError>;

impl Settings {
    /// The project: `-R`, the page given as an argument, `GITLAB_REPO`, the project file,
    /// `CI_PROJECT_ID`, a git remote on the instance, the user's or administrator's file.
    pub fn project(
        &self,
        env: &Environment,
        argument: Option<&WebLink>,
    ) -> Result<Setting<ProjectRef>, ConfigError> {
        if let Some(flag) = self.repo_flag()? {
            return Ok(flag);
        }
        if let Some(link) = argument {
            return Ok(Setting::new(link.project.clone(), Source::Argument));
        }
        if let Some(text) = variable::first(env, &["GITLAB_REPO"])? {
            return self.named_project(text);
        }
        if let Some(configured) = configured(self.files.project.as_ref()) {
            return Ok(configured);
        }
        if let Some(project) = self.ci_project(env)? {
            return Ok(project);
        }
        self.remote_project()
            .or_else(|| configured(self.files.user.as_ref()))
            .or_else(|| configured(self.files.administrator.as_ref()))
            .ok_or_else(|| ConfigError::NoProject { instance: self.instance.value.to_string() })
    }

    /// The merge request that this CI job belongs to. Its project is `-R`'s, then the one that
    /// owns it, then as [`Settings::project`] says.
    pub fn merge_request_from_ci(
        &self,
        env: &Environment,
    ) -> Result<Option<CiMergeRequest>, ConfigError> {
        if !ci::is_at_home(env, &self.instance.value)? {
            return Ok(None);
        }
        let Some(found) = ci::merge_request(env)? else {
            return Ok(None);
        };
        let project = match (self.repo_flag()?, found.project) {
            (Some(flag), _) => flag,
            (None, Some(owner)) => owner,
            (None, None) => self.project(env, None)?,
        };
        Ok(Some(CiMergeRequest { project, iid: found.iid }))
    }

    /// The pipeline that this CI job belongs to, by its global id.
    pub fn pipeline_from_ci(&self, env: &Environment) -> Found<u64> {
        if !ci::is_at_home(env, &self.instance.value)? {
            return Ok(None);
        }
        let name = "CI_PIPELINE_ID";
        let id = variable::number(env, name)?;
        Ok(id.map(|id| Setting::new(id, Source::Env(name))))
    }

    /// The branch that this CI job runs for, else the one that is checked out, by the name
    /// that it has on its remote.
    pub fn current_branch(&self, env: &Environment) -> Option<Setting<String>> {
        ci::branch(env).or_else(|| {
            let repository = self.repository.as_ref()?;
            let name = repository.pushed_name(repository.current_branch()?);
            Some(Setting::new(name, Source::GitBranch))
        })
    }

    fn repo_flag(&self) -> Found<ProjectRef> {
        let flag = |text: &String| Setting::new(text.clone(), Source::Flag("--repo"));
        self.repo.as_ref().map(flag).map(|text| self.named_project(text)).transpose()
    }

    /// A path, an id, or an address on the instance; one that a repository is cloned from will
    /// do as well.
    fn named_project(&self, text: Setting<String>) -> Result<Setting<ProjectRef>, ConfigError> {
        let (text, from) = (text.value, text.source);
        let instance = &self.instance.value;
        let link = if looks_like_link(text.trim()) {
            Some(WebLink::parse(&text, instance).map(|link| link.project))
        } else {
            let other = || BadLink::OtherInstance {
                link: presentable(&text),
                instance: instance.to_string(),
            };
            Remote::parse(&text).map(|remote| remote.project_on(instance).ok_or_else(other))
        };
        match link {
            Some(Ok(project)) => Ok(Setting::new(project, from)),
            Some(Err(reason)) => Err(ConfigError::Link { from, reason }),
            None => match ProjectRef::parse(&text) {
                Ok(project) => Ok(Setting::new(project, from)),
                Err(reason) => Err(ConfigError::Project { from, reason }),
            },
        }
    }

    fn ci_project(&self, env: &Environment) -> Found<ProjectRef> {
        if env.is_gitlab_ci() && ci::is_at_home(env, &self.instance.value)? {
            ci::project(env, "CI_PROJECT_ID")
        } else {
            Ok(None)
        }
    }

    /// The first remote whose host is the instance's.
    fn remote_project(&self) -> Option<Setting<ProjectRef>> {
        let remotes = self.repository.as_ref().map(Repository::remotes)?;
        remotes.into_iter().find_map(|(name, url)| {
            let project = Remote::parse(&url)?.project_on(&self.instance.value)?;
            Some(Setting::new(project, Source::GitRemote(name)))
        })
    }
}

fn configured(file: Option<&ConfigFile>) -> Option<Setting<ProjectRef>> {
    let file = file?;
    Some(Setting::new(file.values.project.clone()?, file.source()))
}

#[cfg(test)]
mod tests {
    use super::super::world::World;
    use super::*;
    use crate::model::web_link::Target;

    fn project(world: &World) -> Result<String, ConfigError> {
        let project = world.settings()?.project(&world.system.env, None)?;
        Ok(project.value.to_string())
    }

    #[test]
    fn the_nearest_word_names_the_project() {
        let mut world = World::new();
        let told = project(&world).expect_err("nothing names one");
        assert!(matches!(told, ConfigError::NoProject { .. }), "{told}");
        world.user(r#"{ "plugins": { "opencode-gitlab-plugin": { "projectId": 1 } } }"#);
        assert_eq!(project(&world).expect("user"), "1");
        world.repository(
            "[remote \"mirror\"]\nurl = https://github.com/o/r.git\n\
             [remote \"fork\"]\nurl = git@gitlab.com:me/r.git\n\
             [remote \"origin\"]\nurl = https://gitlab-ci-token:tok@gitlab.com/g/r.git\n",
        );
        assert_eq!(project(&world).expect("remote"), "g/r");
        world.env("CI_PROJECT_ID", "2");
        assert_eq!(project(&world).expect("no CI job"), "g/r");
        world.env("GITLAB_CI", "true");
        assert_eq!(project(&world).expect("CI"), "2");
        world.project(r#"{ "plugins": { "opencode-gitlab-plugin": { "projectId": "p/p" } } }"#);
        assert_eq!(project(&world).expect("project file"), "p/p");
        world.env("GITLAB_REPO", "https://gitlab.com/e/e/-/issues");
        assert_eq!(project(&world).expect("variable"), "e/e");
        world.flags.repo = Some("git@gitlab.com:f/f.git".into());
        assert_eq!(project(&world).expect("flag"), "f/f");
    }

    #[test]
    fn a_page_comes_after_the_flag_and_before_the_variable() {
        let mut world = World::new();
        world.env("GITLAB_REPO", "e/e");
        let link = WebLink { project: ProjectRef::Path("a/a".into()), target: Target::Issue(1) };
        let named = |world: &World| {
            let settings = world.settings().expect("settings");
            settings.project(&world.system.env, Some(&link)).expect("a project")
        };
        assert_eq!(named(&world).source, Source::Argument);
        world.flags.repo = Some("7".into());
        assert_eq!(named(&world), Setting::new(ProjectRef::Id(7), Source::Flag("--repo")));
    }

    #[test]
    fn an_address_of_another_instance_does_not_switch() {
        let mut world = World::new();
        for other in ["https://oauth2:tok@other.example/a/b", "ssh://me:tok@other.example/a/b.git"]
        {
            world.flags.repo = Some(other.into());
            let told = project(&world).expect_err("another instance");
            assert!(matches!(
                &told,
                ConfigError::Link { reason: BadLink::OtherInstance { .. }, .. }
            ));
            assert!(!told.to_string().contains("tok"), "{told}");
        }
        world.flags.repo = Some("alone".into());
        assert!(matches!(project(&world), Err(ConfigError::Project { .. })));
    }

    #[test]
    fn the_numbers_of_a_job_mean_nothing_on_another_server() {
        let mut world = World::new();
        for (name, value) in [
            ("GITLAB_CI", "true"),
            ("CI_SERVER_URL", "https://ci.example"),
            ("CI_PROJECT_ID", "2"),
            ("CI_PIPELINE_ID", "3"),
            ("CI_MERGE_REQUEST_IID", "4"),
            ("CI_MERGE_REQUEST_PROJECT_ID", "5"),
        ] {
            world.env(name, value);
        }
        let numbers = |world: &World| {
            let (settings, env) = (world.settings().expect("settings"), &world.system.env);
            let pipeline = settings.pipeline_from_ci(env).expect("no error").map(|id| id.value);
            let merge_request = settings.merge_request_from_ci(env).expect("no error");
            (pipeline, merge_request.map(|found| (found.project.value, found.iid.value)))
        };
        assert_eq!(project(&world).expect("CI"), "2");
        assert_eq!(numbers(&world), (Some(3), Some((ProjectRef::Id(5), 4))));
        world.flags.repo = Some("f/f".into());
        assert_eq!(numbers(&world).1, Some((ProjectRef::Path("f/f".into()), 4)));
        world.flags.repo = None;
        world.flags.instance = Some("gitlab.com".into());
        assert!(matches!(project(&world), Err(ConfigError::NoProject { .. })));
        assert_eq!(numbers(&world), (None, None));
    }

    #[test]
    fn the_branch_is_the_jobs_else_the_one_checked_out() {
        let mut world = World::new();
        let branch = |world: &World| {
            let settings = world.settings().expect("settings");
            settings.current_branch(&world.system.env).map(|branch| branch.value)
        };
        assert_eq!(branch(&world), None);
        world.repository("[branch \"main\"]\nremote = origin\nmerge = refs/heads/trunk\n");
        assert_eq!(branch(&world).as_deref(), Some("trunk"));
        world.env("CI_COMMIT_BRANCH", "feature");
        assert_eq!(branch(&world).as_deref(), Some("trunk"), "no CI job");
        world.env("GITLAB_CI", "true");
        assert_eq!(branch(&world).as_deref(), Some("feature"));
    }
}
