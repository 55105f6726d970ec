//! What a command is about where its arguments leave that open: the project, the merge request
//! and pipeline of a CI job, the branch.

use super::error::ConfigError;
use super::file::ConfigFile;
use super::git::{Branch, Repository};
use super::settings::Settings;
use super::source::{Setting, Source};
use super::{ci, variable};
use crate::model::address::{BaseUrl, presentable};
use crate::model::project::ProjectRef;
use crate::model::remote::Remote;
use crate::model::web_link::{BadLink, WebLink, looks_like_link};
use crate::system::environment::Environment;

/// The branch that a command is about if nothing else is named.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceBranch {
    /// Its name in the project that it is pushed to.
    pub name: String,
    /// The project that it is pushed to, unless that is the project in use. It may be the project
    /// in use under another name.
    pub pushed_to: Option<ProjectRef>,
    /// The merge request that the local branch was fetched from: its project and its number.
    pub merge_request: Option<(ProjectRef, u64)>,
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
            .ok_or_else(|| ConfigError::NoProject {
                instance: self.instance.value.to_string(),
                remotes: self.remotes_elsewhere(),
            })
    }

    /// The merge request that this CI job belongs to, unless `-R` names another project.
    pub fn merge_request_from_ci(
        &self,
        env: &Environment,
    ) -> Result<Option<(ProjectRef, u64)>, ConfigError> {
        if !ci::is_at_home(env, &self.instance.value)? {
            return Ok(None);
        }
        let Some(found) = ci::merge_request(env)? else {
            return Ok(None);
        };
        let flag = self.repo_flag()?;
        let is_meant = |owner: &Setting<ProjectRef>| {
            flag.as_ref().is_none_or(|flag| flag.value.is_same(&owner.value))
        };
        let mut owners = found.project.iter().filter(|owner| is_meant(owner));
        Ok(owners.next().map(|owner| (owner.value.clone(), found.iid.value)))
    }

    /// The pipeline that this CI job belongs to, by its global id.
    pub fn own_pipeline(&self, env: &Environment) -> Result<Option<u64>, ConfigError> {
        if !ci::is_at_home(env, &self.instance.value)? {
            return Ok(None);
        }
        variable::number(env, "CI_PIPELINE_ID")
    }

    /// The same if the job runs in this project.
    pub fn pipeline_from_ci(
        &self,
        env: &Environment,
        project: &ProjectRef,
    ) -> Result<Option<u64>, ConfigError> {
        let own = ci::own_project(env)?;
        let is_here = own.is_empty() || own.iter().any(|own| own.value.is_same(project));
        Ok(self.own_pipeline(env)?.filter(|_| is_here))
    }

    /// The branch that this CI job runs for, else the one that is checked out.
    pub fn current_branch(
        &self,
        env: &Environment,
        project: &Setting<ProjectRef>,
    ) -> Result<Option<SourceBranch>, ConfigError> {
        if let Some(branch) = ci::branch(env)? {
            let is_home = ci::is_at_home(env, &self.instance.value)?;
            let is_project = |name: &Setting<ProjectRef>| name.value.is_same(&project.value);
            let other = is_home && !branch.project.iter().any(is_project);
            let pushed_to = branch.project.into_iter().next().filter(|_| other);
            let pushed_to = pushed_to.map(|project| project.value);
            return Ok(Some(SourceBranch { name: branch.name, pushed_to, merge_request: None }));
        }
        let branch = self.repository.as_ref().and_then(Repository::current_branch);
        Ok(branch.map(|branch| self.source_branch(branch, project)))
    }

    /// The name of that branch.
    pub fn current_branch_name(&self, env: &Environment) -> Option<String> {
        let of_job = ci::branch(env).ok().flatten().map(|branch| branch.name);
        of_job.or_else(|| Some(self.repository.as_ref()?.current_branch()?.name))
    }

    /// The branch of this name, in the project unless the clone has one that is pushed elsewhere.
    pub fn named_branch(&self, name: &str, project: &Setting<ProjectRef>) -> SourceBranch {
        let local = self.repository.as_ref().and_then(|repository| repository.local_branch(name));
        let source = local.map(|branch| self.source_branch(branch, project)).unwrap_or_default();
        SourceBranch { name: name.to_owned(), ..source }
    }

    fn source_branch(&self, branch: Branch, project: &Setting<ProjectRef>) -> SourceBranch {
        let on_instance = |urls: &[String]| {
            let mut remotes = urls.iter().filter_map(|url| Remote::parse(url));
            remotes.find_map(|remote| remote.project_on(&self.instance.value))
        };
        let pushed_to = on_instance(&branch.push_urls);
        // What was named explicitly is not replaced by what the clone says.
        let fits = |fetched: &ProjectRef| match (&project.value, &project.source) {
            (_, Source::GitRemote(_)) => true,
            (ProjectRef::Id(_), source) => !matches!(source, Source::Flag(_) | Source::Env(_)),
            (path, _) => path.is_same(fetched),
        };
        let merge_request = branch.merge_request.and_then(|(urls, iid)| {
            let fetched = on_instance(&urls).filter(fits)?;
            Some((fetched, iid))
        });
        SourceBranch {
            name: branch.name,
            pushed_to: pushed_to.filter(|pushed_to| !pushed_to.is_same(&project.value)),
            merge_request,
        }
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
        let text = with_scheme(&text, instance).unwrap_or(text);
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
            None => match ProjectRef::parse(text.trim().trim_end_matches(".git")) {
                Ok(project) => Ok(Setting::new(project, from)),
                Err(reason) => Err(ConfigError::Project { from, reason }),
            },
        }
    }

    fn ci_project(&self, env: &Environment) -> Found<ProjectRef> {
        if env.is_gitlab_ci() && ci::is_at_home(env, &self.instance.value)? {
            Ok(ci::own_project(env)?.into_iter().next())
        } else {
            Ok(None)
        }
    }

    /// The remotes, and why each is not one of the instance.
    fn remotes_elsewhere(&self) -> Vec<String> {
        let remotes = self.repository.as_ref().map(Repository::remotes).unwrap_or_default();
        let reason = |(name, url): (String, String)| match Remote::parse(&url) {
            Some(remote) => {
                let reason = remote.locate(&self.instance.value).err()?;
                Some(format!("{name} ({}) {reason}", presentable(&url)))
            }
            None => Some(format!("{name} ({}) is not the address of a server", presentable(&url))),
        };
        remotes.into_iter().filter_map(reason).collect()
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

/// `host/group/project` as an address, if the host is the instance's.
fn with_scheme(text: &str, instance: &BaseUrl) -> Option<String> {
    let authority = match instance.port() {
        Some(port) => format!("{}:{port}", instance.host()),
        None => instance.host().to_owned(),
    };
    let text = text.trim();
    let (host, rest) = text.split_once('/')?;
    let is_host = host.eq_ignore_ascii_case(&authority) && rest.trim_matches('/').contains('/');
    is_host.then(|| format!("{}/{rest}", instance.origin()))
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
    fn a_project_is_named_in_every_form_that_people_copy() {
        let mut world = World::new();
        for text in [
            "g/p",
            "g/p.git",
            "gitlab.com/g/p",
            "GitLab.com/g/p.git",
            "https://gitlab.com/g/p/-/merge_requests/5.diff",
            "https://gitlab.com/g/p/tree/main",
            "[git@gitlab.com:2323]:g/p.git",
        ] {
            world.flags.repo = Some(text.into());
            assert_eq!(project(&world).expect(text), "g/p", "{text}");
        }
        world.flags.instance = Some("http://localhost:3000/gitlab".into());
        for text in ["localhost:3000/gitlab/g/p", "http://localhost:3000/gitlab/g/p"] {
            world.flags.repo = Some(text.into());
            assert_eq!(project(&world).expect(text), "g/p", "{text}");
        }
        world.flags.repo = Some("http://localhost:3000/gitlab/groups/acme/-/issues".into());
        let told = project(&world).expect_err("a group").to_string();
        assert!(told.contains("the group acme"), "{told}");
    }

    #[test]
    fn the_error_lists_the_remotes_and_why_they_do_not_match() {
        let world = World::new();
        world.repository(
            "[remote \"origin\"]\nurl = https://me:tok@github.com/g/p.git\n\
             [remote \"disk\"]\nurl = /srv/git/p.git\n",
        );
        let told = project(&world).expect_err("no project").to_string();
        assert_eq!(
            told,
            "no project is known on https://gitlab.com; git remotes: origin (https://github.com/g/p.git) \
             is on github.com, disk (/srv/git/p.git) is not the address of a server"
        );
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
            let own = ProjectRef::Id(2);
            let pipeline = settings.pipeline_from_ci(env, &own).expect("no error");
            (pipeline, settings.merge_request_from_ci(env).expect("no error"))
        };
        assert_eq!(project(&world).expect("CI"), "2");
        assert_eq!(numbers(&world), (Some(3), Some((ProjectRef::Id(5), 4))));
        world.flags.repo = Some("f/f".into());
        assert_eq!(numbers(&world).1, None, "-R names another project");
        world.env("CI_MERGE_REQUEST_PROJECT_PATH", "F/f");
        assert_eq!(numbers(&world).1, Some((ProjectRef::Path("F/f".into()), 4)));
        world.flags.repo = None;
        world.flags.instance = Some("gitlab.com".into());
        assert!(matches!(project(&world), Err(ConfigError::NoProject { .. })));
        assert_eq!(numbers(&world), (None, None));
    }

    fn branch(world: &World) -> Option<SourceBranch> {
        let (settings, env) = (world.settings().expect("settings"), &world.system.env);
        let project = settings.project(env, None).expect("a project");
        settings.current_branch(env, &project).expect("no error")
    }

    fn source(name: &str, pushed_to: Option<&str>) -> SourceBranch {
        let pushed_to = pushed_to.map(|text| ProjectRef::parse(text).expect("a project"));
        SourceBranch { name: name.to_owned(), pushed_to, merge_request: None }
    }

    const REMOTES: &str = "[remote \"origin\"]\nurl = https://gitlab.com/g/p.git\n\
        [remote \"fork\"]\nurl = git@gitlab.com:me/p.git\n\
        [remote \"mirror\"]\nurl = https://github.com/g/p.git\n";

    #[test]
    fn the_branch_is_the_jobs_else_the_one_checked_out() {
        let mut world = World::new();
        world.env("GITLAB_REPO", "g/p");
        assert_eq!(branch(&world), None);
        world.repository("[branch \"main\"]\nremote = origin\nmerge = refs/heads/trunk\n");
        assert_eq!(branch(&world), Some(source("trunk", None)));
        world.env("CI_COMMIT_BRANCH", "feature");
        assert_eq!(branch(&world), Some(source("trunk", None)), "no CI job");
        world.env("GITLAB_CI", "true");
        world.env("CI_PROJECT_ID", "9");
        assert_eq!(branch(&world), Some(source("feature", Some("9"))));
        world.env("CI_PROJECT_PATH", "G/P");
        assert_eq!(branch(&world), Some(source("feature", None)));
    }

    #[test]
    fn a_branch_belongs_to_the_project_that_it_is_pushed_to() {
        for (config, pushed_to) in [
            ("", None),
            ("[branch \"main\"]\npushRemote = fork\n", Some("me/p")),
            ("[remote]\npushDefault = fork\n", Some("me/p")),
            ("[remote]\npushDefault = mirror\n", None),
        ] {
            let mut world = World::new();
            world.repository(&format!("{REMOTES}{config}"));
            assert_eq!(branch(&world), Some(source("main", pushed_to)), "{config}");
            world.flags.repo = Some("101".into());
            let other = branch(&world).expect("a branch").pushed_to;
            assert_eq!(other.is_some(), config != "[remote]\npushDefault = mirror\n", "{config}");
        }
    }

    #[test]
    fn a_fetched_merge_request_counts_unless_another_project_is_named() {
        let mut world = World::new();
        let config = "[branch \"main\"]\nremote = origin\nmerge = refs/merge-requests/42/head\n";
        world.repository(&format!("{REMOTES}{config}"));
        let found = |world: &World| branch(world).and_then(|branch| branch.merge_request);
        let expected = Some((ProjectRef::Path("g/p".into()), 42));
        assert_eq!(found(&world), expected);
        world.flags.repo = Some("G/p".into());
        assert_eq!(found(&world), expected);
        world.flags.repo = Some("me/p".into());
        assert_eq!(found(&world), None);
        world.flags.repo = Some("7".into());
        assert_eq!(found(&world), None);
    }
}
