//! What the variables of a GitLab CI job say about its project, merge request and branch
//! (GitLab documentation, "Predefined CI/CD variables").

use super::error::ConfigError;
use super::source::{Setting, Source};
use super::{instance, variable};
use crate::model::address::BaseUrl;
use crate::model::project::ProjectRef;
use crate::system::environment::Environment;

const OPEN_MERGE_REQUESTS: &str = "CI_OPEN_MERGE_REQUESTS";

/// A merge request that the job belongs to.
pub(super) struct MergeRequest {
    /// The project that owns it, where that is said.
    pub(super) project: Option<Setting<ProjectRef>>,
    /// Its number there.
    pub(super) iid: Setting<u64>,
}

/// Whether the job's numbers mean anything on this instance: they do where no other server is
/// known to run the job.
pub(super) fn is_at_home(env: &Environment, instance: &BaseUrl) -> Result<bool, ConfigError> {
    let server = instance::ci_server(env)?;
    Ok(server.is_none_or(|server| server.value == *instance))
}

/// The project named by a variable of CI.
pub(super) fn project(
    env: &Environment,
    name: &'static str,
) -> Result<Option<Setting<ProjectRef>>, ConfigError> {
    let project = |id| Setting::new(ProjectRef::Id(id), Source::Env(name));
    Ok(variable::number(env, name)?.map(project))
}

/// The merge request of a merge request pipeline, else the only open one of a branch pipeline.
pub(super) fn merge_request(env: &Environment) -> Result<Option<MergeRequest>, ConfigError> {
    let name = "CI_MERGE_REQUEST_IID";
    if let Some(iid) = variable::number(env, name)? {
        let project = project(env, "CI_MERGE_REQUEST_PROJECT_ID")?;
        return Ok(Some(MergeRequest { project, iid: Setting::new(iid, Source::Env(name)) }));
    }
    Ok(env.get(OPEN_MERGE_REQUESTS).and_then(only_open))
}

/// `group/project!333`; with a comma there are several and none is meant.
fn only_open(entries: &str) -> Option<MergeRequest> {
    let (path, iid) = entries.trim().rsplit_once('!')?;
    let source = Source::Env(OPEN_MERGE_REQUESTS);
    let project = ProjectRef::parse(path).ok().filter(|_| !path.contains(','))?;
    Some(MergeRequest {
        project: Some(Setting::new(project, source.clone())),
        iid: Setting::new(iid.parse().ok()?, source),
    })
}

/// The branch that the job runs for; none for a tag.
pub(super) fn branch(env: &Environment) -> Option<Setting<String>> {
    if !env.is_gitlab_ci() {
        return None;
    }
    let named = ["CI_COMMIT_BRANCH", "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME"];
    let reference =
        || env.first(&["CI_COMMIT_REF_NAME"]).filter(|_| env.get("CI_COMMIT_TAG").is_none());
    let (name, branch) = env.first(&named).or_else(reference)?;
    Some(Setting::new(branch.to_owned(), Source::Env(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_one_open_merge_request_is_the_one() {
        let read = |entries| {
            only_open(entries)
                .map(|found| (found.project.map(|p| p.value.to_string()), found.iid.value))
        };
        assert_eq!(read("a/b!333"), Some((Some("a/b".into()), 333)));
        for none in ["a/b!333,c/d!7", "a/b", "a/b!x", "!3", ""] {
            assert_eq!(read(none), None, "{none}");
        }
    }

    #[test]
    fn a_tag_is_no_branch() {
        let branch = |pairs: &[(&str, &str)]| {
            let env = Environment::of(pairs.iter().copied().chain([("GITLAB_CI", "true")]));
            branch(&env).map(|branch| branch.value)
        };
        assert_eq!(branch(&[("CI_COMMIT_REF_NAME", "r")]), Some("r".into()));
        assert_eq!(branch(&[("CI_COMMIT_REF_NAME", "v1"), ("CI_COMMIT_TAG", "v1")]), None);
        let of_merge_request =
            [("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "m"), ("CI_COMMIT_REF_NAME", "r")];
        assert_eq!(branch(&of_merge_request), Some("m".into()));
    }
}
