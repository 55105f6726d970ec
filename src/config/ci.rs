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
    /// The project that owns it, by id, by path, or by both.
    pub(super) project: Vec<Setting<ProjectRef>>,
    /// Its number there.
    pub(super) iid: Setting<u64>,
}

/// The branch that the job runs for.
pub(super) struct Branch {
    /// Its name.
    pub(super) name: String,
    /// The project that it is in, by id, by path, or by both.
    pub(super) project: Vec<Setting<ProjectRef>>,
}

/// Whether the job's numbers mean anything on this instance: they do where no other server is
/// known to run the job.
pub(super) fn is_at_home(env: &Environment, instance: &BaseUrl) -> Result<bool, ConfigError> {
    let server = instance::ci_server(env)?;
    Ok(server.is_none_or(|server| server.value == *instance))
}

/// One project by the two variables that CI names it with, the id first.
fn project(
    env: &Environment,
    id: &'static str,
    path: &'static str,
) -> Result<Vec<Setting<ProjectRef>>, ConfigError> {
    let by_id = variable::number(env, id)?.map(|number| (ProjectRef::Id(number), id));
    let by_path = variable::named(env, &[path])?;
    let by_path = by_path.and_then(|(name, text)| Some((ProjectRef::parse(text).ok()?, name)));
    let named = by_id.into_iter().chain(by_path);
    Ok(named.map(|(project, name)| Setting::new(project, Source::Env(name))).collect())
}

/// The project that the job runs in.
pub(super) fn own_project(env: &Environment) -> Result<Vec<Setting<ProjectRef>>, ConfigError> {
    project(env, "CI_PROJECT_ID", "CI_PROJECT_PATH")
}

/// The merge request of a merge request pipeline, else the only open one of a branch pipeline.
/// A number without its project is none.
pub(super) fn merge_request(env: &Environment) -> Result<Option<MergeRequest>, ConfigError> {
    let name = "CI_MERGE_REQUEST_IID";
    let mut found = match variable::number(env, name)? {
        Some(iid) => MergeRequest {
            project: project(env, "CI_MERGE_REQUEST_PROJECT_ID", "CI_MERGE_REQUEST_PROJECT_PATH")?,
            iid: Setting::new(iid, Source::Env(name)),
        },
        None => match env.get(OPEN_MERGE_REQUESTS).and_then(only_open) {
            Some(found) => found,
            None => return Ok(None),
        },
    };
    let own = own_project(env)?;
    if found.project.iter().any(|one| own.iter().any(|other| other.value == one.value)) {
        found.project.extend(own);
    }
    Ok(Some(found).filter(|found| !found.project.is_empty()))
}

/// `group/project!333`; with a comma there are several and none is meant.
fn only_open(entries: &str) -> Option<MergeRequest> {
    let (path, iid) = entries.trim().rsplit_once('!')?;
    let source = Source::Env(OPEN_MERGE_REQUESTS);
    let project = ProjectRef::parse(path).ok().filter(|_| !path.contains(','))?;
    Some(MergeRequest {
        project: vec![Setting::new(project, source.clone())],
        iid: Setting::new(iid.parse().ok()?, source),
    })
}

/// The branch that the job runs for; none for a tag. In the pipeline of a merge request it is in
/// the project that the merge request comes from.
pub(super) fn branch(env: &Environment) -> Result<Option<Branch>, ConfigError> {
    if !env.is_gitlab_ci() {
        return Ok(None);
    }
    let found = |name: &str, project| Ok(Some(Branch { name: name.to_owned(), project }));
    if let Some(name) = env.get("CI_COMMIT_BRANCH") {
        return found(name, own_project(env)?);
    }
    if let Some(name) = env.get("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME") {
        let (id, path) =
            ("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "CI_MERGE_REQUEST_SOURCE_PROJECT_PATH");
        return found(name, project(env, id, path)?);
    }
    match env.get("CI_COMMIT_REF_NAME").filter(|_| env.get("CI_COMMIT_TAG").is_none()) {
        Some(name) => found(name, own_project(env)?),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_one_open_merge_request_is_the_one() {
        let read = |entries| {
            only_open(entries).map(|found| (found.project[0].value.to_string(), found.iid.value))
        };
        assert_eq!(read("a/b!333"), Some(("a/b".into(), 333)));
        for none in ["a/b!333,c/d!7", "a/b", "a/b!x", "!3", ""] {
            assert_eq!(read(none), None, "{none}");
        }
    }

    #[test]
    fn a_tag_is_no_branch() {
        let branch = |pairs: &[(&str, &str)]| {
            let env = Environment::of(pairs.iter().copied().chain([("GITLAB_CI", "true")]));
            branch(&env).expect("no error").map(|branch| branch.name)
        };
        assert_eq!(branch(&[("CI_COMMIT_REF_NAME", "r")]), Some("r".into()));
        assert_eq!(branch(&[("CI_COMMIT_REF_NAME", "v1"), ("CI_COMMIT_TAG", "v1")]), None);
        let of_merge_request =
            [("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "m"), ("CI_COMMIT_REF_NAME", "r")];
        assert_eq!(branch(&of_merge_request), Some("m".into()));
    }
}
