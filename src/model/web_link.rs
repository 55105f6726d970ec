//! What a GitLab web address points at, as copied from a browser.

use super::address::{BaseUrl, Origin, Url, presentable};
use super::project::ProjectRef;

/// A page of the instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebLink {
    /// The project the page belongs to.
    pub project: ProjectRef,
    /// What the page shows.
    pub target: Target,
}

/// What a page of a project shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The project itself, or a page of it that no command shows.
    Project,
    /// A merge request by its number in the project.
    MergeRequest(u64),
    /// An issue by its number in the project; newer servers call it a work item.
    Issue(u64),
    /// A pipeline by its global id.
    Pipeline(u64),
    /// A job by its global id.
    Job(u64),
}

/// Why an address is no page that can be used here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadLink {
    /// It belongs to another server than the instance in use.
    #[error("{link} is not on {instance}")]
    OtherInstance {
        /// What was given.
        link: String,
        /// The instance in use.
        instance: String,
    },
    /// It is on the instance but names no project.
    #[error("{link} names no project")]
    NoProject {
        /// What was given.
        link: String,
    },
}

/// Whether a text is meant as an address.
pub fn looks_like_link(text: &str) -> bool {
    text.starts_with("https://") || text.starts_with("http://")
}

impl WebLink {
    /// Reads an address of a page on the instance.
    pub fn parse(text: &str, instance: &BaseUrl) -> Result<Self, BadLink> {
        let other =
            || BadLink::OtherInstance { link: presentable(text), instance: instance.to_string() };
        let url = Url::parse(text.trim()).map_err(|_| other())?;
        if Origin::of(&url).as_ref() != Some(&instance.origin()) {
            return Err(other());
        }
        let path = url.path().trim_matches('/');
        let below = match instance.prefix() {
            "" => path,
            prefix => path
                .strip_prefix(prefix)
                .and_then(|rest| rest.strip_prefix('/'))
                .ok_or_else(other)?,
        };
        let (project, page) = below.split_once("/-/").unwrap_or((below, ""));
        let project = ProjectRef::parse(project.trim_end_matches(".git"))
            .map_err(|_| BadLink::NoProject { link: presentable(text) })?;
        Ok(Self { project, target: target(page) })
    }
}

fn target(page: &str) -> Target {
    let mut parts = page.split('/');
    let kind = parts.next().unwrap_or_default();
    match (kind, parts.next().and_then(|number| number.parse().ok())) {
        ("merge_requests", Some(iid)) => Target::MergeRequest(iid),
        ("issues" | "work_items", Some(iid)) => Target::Issue(iid),
        ("pipelines", Some(id)) => Target::Pipeline(id),
        ("jobs", Some(id)) => Target::Job(id),
        _ => Target::Project,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, instance: &str) -> Result<WebLink, BadLink> {
        WebLink::parse(text, &BaseUrl::parse(instance).expect("an instance"))
    }

    #[test]
    fn pages_of_the_instance_are_understood() {
        let link = read("https://host/a/b/-/merge_requests/42/diffs?x=1#note_3", "host");
        let expected =
            WebLink { project: ProjectRef::Path("a/b".into()), target: Target::MergeRequest(42) };
        assert_eq!(link, Ok(expected));
        let target = |text| read(text, "https://host/gitlab").map(|link| link.target);
        assert_eq!(target("https://host/gitlab/a/b/-/work_items/7"), Ok(Target::Issue(7)));
        assert_eq!(target("https://host/gitlab/a/b/-/pipelines/9"), Ok(Target::Pipeline(9)));
        assert_eq!(target("https://host/gitlab/a/b/-/jobs/9"), Ok(Target::Job(9)));
        assert_eq!(target("https://host/gitlab/a/b.git"), Ok(Target::Project));
    }

    #[test]
    fn pages_elsewhere_are_refused() {
        let other =
            |text, instance| matches!(read(text, instance), Err(BadLink::OtherInstance { .. }));
        assert!(other("https://evil/a/b/-/issues/1", "host"));
        assert!(other("http://host/a/b", "https://host"));
        assert!(other("https://host/a/b", "https://host/gitlab"));
        assert!(other("https://host/gitlabby/a/b", "https://host/gitlab"));
        assert!(matches!(read("https://host/a", "host"), Err(BadLink::NoProject { .. })));
    }

    #[test]
    fn a_refusal_does_not_repeat_user_info() {
        let refused =
            read("https://oauth2:glpat-x@evil/a/b", "host").expect_err("another instance");
        assert_eq!(refused.to_string(), "https://evil/a/b is not on https://host");
    }
}
