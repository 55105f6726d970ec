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
    /// It is the page of a group.
    #[error("{link} names the group {group}, not a project")]
    Group {
        /// What was given.
        link: String,
        /// The group's full path.
        group: String,
    },
}

/// Whether a text is meant as an address.
pub fn looks_like_link(text: &str) -> bool {
    text.starts_with("https://") || text.starts_with("http://")
}

impl WebLink {
    /// Reads an address of a page on the instance.
    pub fn parse(text: &str, instance: &BaseUrl) -> Result<Self, BadLink> {
        let path = path_on(text, instance)?;
        if let Some(group) = group_in(&path) {
            return Err(BadLink::Group { link: presentable(text), group: group.to_owned() });
        }
        let (project, page) = match path.split_once("/-/") {
            Some((project, page)) => (project, page),
            None => old_page(&path),
        };
        let project = ProjectRef::parse(project.trim_end_matches(".git"))
            .map_err(|_| BadLink::NoProject { link: presentable(text) })?;
        Ok(Self { project, target: target(page) })
    }

    /// Reads an address, or a reference such as `group/project!5` and `group/project#7`; `None`
    /// for any other text.
    pub fn named(text: &str, instance: &BaseUrl) -> Option<Result<Self, BadLink>> {
        if looks_like_link(text) {
            return Some(Self::parse(text, instance));
        }
        let at = text.rfind(['!', '#'])?;
        let (Ok(project @ ProjectRef::Path(_)), Ok(number)) =
            (ProjectRef::parse(&text[..at]), text[at + 1..].parse())
        else {
            return None;
        };
        let is_issue = text[at..].starts_with('#');
        let target = if is_issue { Target::Issue(number) } else { Target::MergeRequest(number) };
        Some(Ok(Self { project, target }))
    }
}

/// The full path of the group whose page this is; a project's address names its group.
pub fn group_of(text: &str, instance: &BaseUrl) -> Result<String, BadLink> {
    let path = path_on(text, instance)?;
    let path = group_in(&path).unwrap_or(&path);
    Ok(path.split("/-/").next().unwrap_or(path).to_owned())
}

/// The path below the instance, without slashes around it.
fn path_on(text: &str, instance: &BaseUrl) -> Result<String, BadLink> {
    let other =
        || BadLink::OtherInstance { link: presentable(text), instance: instance.to_string() };
    let url = Url::parse(text.trim()).map_err(|_| other())?;
    if Origin::of(&url).as_ref() != Some(&instance.origin()) {
        return Err(other());
    }
    let path = url.path().trim_matches('/');
    let below = match instance.prefix() {
        "" => Some(path),
        prefix => path.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('/')),
    };
    below.map(str::to_owned).ok_or_else(other)
}

fn group_in(path: &str) -> Option<&str> {
    let group = path.strip_prefix("groups/")?;
    Some(group.split("/-/").next().unwrap_or(group).trim_end_matches("/-"))
}

/// The page in an address without `/-/`, as GitLab had them before 16.0.
fn old_page(path: &str) -> (&str, &str) {
    let mut end = 0;
    for (at, segment) in path.split('/').enumerate() {
        if at >= 2 {
            let page = &path[end..];
            let is_page = match segment {
                "tree" | "blob" | "raw" | "blame" | "commits" | "edit" | "wikis" => true,
                _ => target(page) != Target::Project,
            };
            if is_page {
                return (&path[..end - 1], page);
            }
        }
        end += segment.len() + 1;
    }
    (path, "")
}

fn target(page: &str) -> Target {
    let mut parts = page.split('/');
    let kind = parts.next().unwrap_or_default();
    let mut next = parts.next().unwrap_or_default();
    if (kind, next) == ("issues", "incident") {
        next = parts.next().unwrap_or_default();
    }
    let number = next.trim_end_matches(".diff").trim_end_matches(".patch");
    match (kind, number.parse().ok()) {
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
        let target = |text: &str| read(text, "https://host/gitlab").map(|link| link.target);
        assert_eq!(target("https://host/gitlab/a/b/-/work_items/7"), Ok(Target::Issue(7)));
        assert_eq!(target("https://host/gitlab/a/b/-/pipelines/9"), Ok(Target::Pipeline(9)));
        assert_eq!(target("https://host/gitlab/a/b/-/jobs/9"), Ok(Target::Job(9)));
        assert_eq!(target("https://host/gitlab/a/b.git"), Ok(Target::Project));
        let page = |page: &str| target(&format!("https://host/gitlab/a/b/{page}"));
        for mr in ["-/merge_requests/5.diff", "-/merge_requests/5.patch", "merge_requests/5/diffs"]
        {
            assert_eq!(page(mr), Ok(Target::MergeRequest(5)), "{mr}");
        }
        for issue in ["-/issues/incident/10", "issues/10", "-/work_items/10"] {
            assert_eq!(page(issue), Ok(Target::Issue(10)), "{issue}");
        }
        assert_eq!(page("pipelines/9"), Ok(Target::Pipeline(9)));
    }

    #[test]
    fn the_project_of_a_page_without_its_mark_is_found() {
        let project = |text: &str| read(text, "host").map(|link| link.project.to_string());
        for page in ["", "/tree/main/src", "/merge_requests/5", "/-/tree/main", "/jobs/9/raw"] {
            let link = format!("https://host/a/sub/b{page}");
            assert_eq!(project(&link).as_deref(), Ok("a/sub/b"), "{page}");
        }
    }

    #[test]
    fn references_name_their_project() {
        let instance = BaseUrl::parse("host").expect("an instance");
        let named = |text| {
            let link = WebLink::named(text, &instance)?.expect("on the instance");
            Some((link.project.to_string(), link.target))
        };
        assert_eq!(named("a/b!5"), Some(("a/b".into(), Target::MergeRequest(5))));
        assert_eq!(named("a/sub/b#7"), Some(("a/sub/b".into(), Target::Issue(7))));
        for other in ["!5", "#7", "a!5", "a/b!x", "a/b", "feature/x!", "7!5"] {
            assert_eq!(named(other), None, "{other}");
        }
    }

    #[test]
    fn pages_of_groups_name_the_group() {
        let instance = BaseUrl::parse("https://host/gitlab").expect("an instance");
        let group = |path: &str| group_of(&format!("https://host/gitlab/{path}"), &instance);
        for path in ["acme/sub", "groups/acme/sub", "groups/acme/sub/-/merge_requests", "acme/sub/"]
        {
            assert_eq!(group(path).as_deref(), Ok("acme/sub"), "{path}");
        }
        assert!(matches!(
            read("https://host/groups/acme/-/issues", "host"),
            Err(BadLink::Group { group, .. }) if group == "acme"
        ));
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
