//! The root of the namespace that a project lives in (GitLab documentation, "Projects API",
//! "Groups API").

use serde::Deserialize;

use super::{Gitlab, GitlabError, JobToken};
use crate::model::project::ProjectRef;

/// Where a project's namespace begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RootNamespace {
    /// A top-level group with its number.
    Group(u64),
    /// A person's own namespace, which has no group.
    Personal,
}

#[derive(Deserialize)]
struct Project {
    namespace: Namespace,
}

#[derive(Deserialize)]
struct Namespace {
    id: u64,
    #[serde(default)]
    kind: String,
    full_path: String,
    #[serde(default)]
    parent_id: Option<u64>,
}

#[derive(Deserialize)]
struct Numbered {
    id: u64,
}

impl Gitlab<'_> {
    /// The id of a project, which GitLab is asked for if only its path is known.
    pub fn project_id(&self, project: &ProjectRef) -> Result<u64, GitlabError> {
        if let ProjectRef::Id(id) = project {
            return Ok(*id);
        }
        let request = self.get(self.project_url(project, &[]), JobToken::Refused("a project"))?;
        let answer = self.send(&request)?;
        Ok(super::decode::<Numbered>("a project", &answer.body)?.id)
    }

    /// The root namespace of a project: one request, and a second one only where the project
    /// lies deeper than in a subgroup.
    pub fn root_namespace(&self, project: &ProjectRef) -> Result<RootNamespace, GitlabError> {
        let request = self.get(self.project_url(project, &[]), JobToken::Refused("a project"))?;
        let answer = self.send(&request)?;
        let namespace = super::decode::<Project>("a project", &answer.body)?.namespace;
        if namespace.kind == "user" {
            return Ok(RootNamespace::Personal);
        }
        let segments: Vec<&str> = namespace.full_path.split('/').collect();
        match (segments.as_slice(), namespace.parent_id) {
            ([_], _) | (_, None) => Ok(RootNamespace::Group(namespace.id)),
            ([_, _], Some(parent)) => Ok(RootNamespace::Group(parent)),
            ([root, ..], Some(_)) => {
                let url = self.instance.api(["groups", root]);
                let answer = self.send(&self.get(url, JobToken::Refused("a group"))?)?;
                Ok(RootNamespace::Group(super::decode::<Numbered>("a group", &answer.body)?.id))
            }
            ([], _) => Ok(RootNamespace::Personal),
        }
    }
}
