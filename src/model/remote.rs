//! Git remote addresses in all the forms that git takes.

use super::address::{BaseUrl, Origin, Url};
use super::project::ProjectRef;

/// A remote's address without its user info.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remote {
    host: String,
    transport: Transport,
    path: String,
}

/// How the remote is reached, as far as it tells about the instance.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Transport {
    /// http or https, with the port if it is not the scheme's own.
    Http(Origin, Option<u16>),
    /// ssh, whose port is not the instance's and whose paths come without its prefix.
    Ssh,
}

impl Remote {
    /// Reads `https://…`, `ssh://git@host:port/…`, `git@host:path` and `[git@host:port]:path` (git
    /// documentation, "Git URLs"). `None` for local paths and other transports.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.contains("://") {
            let url = Url::parse(text).ok()?;
            let transport = match url.scheme() {
                "https" | "http" => Transport::Http(Origin::of(&url)?, url.port()),
                "ssh" | "git+ssh" | "ssh+git" => Transport::Ssh,
                _ => return None,
            };
            return Self::new(url.host_str()?, transport, url.path());
        }
        let (host, path) = scp(text)?;
        let is_path = host.contains('/') || path.starts_with(':') || path.starts_with('\\');
        if is_path || host.len() < 2 {
            return None;
        }
        Self::new(&host, Transport::Ssh, path)
    }

    fn new(host: &str, transport: Transport, path: &str) -> Option<Self> {
        let path = path.trim_matches('/');
        let path = path.strip_suffix(".git").unwrap_or(path);
        let usable = !host.is_empty() && !path.is_empty();
        usable.then(|| Self { host: host.to_ascii_lowercase(), transport, path: path.to_owned() })
    }

    /// The project on the instance, if this remote's host is the instance's; the instance's
    /// path prefix is not part of it.
    pub fn project_on(&self, instance: &BaseUrl) -> Option<ProjectRef> {
        self.locate(instance).ok()
    }

    /// The same, or why there is no such project, as a part of a sentence about the remote.
    pub fn locate(&self, instance: &BaseUrl) -> Result<ProjectRef, String> {
        if !self.host.eq_ignore_ascii_case(instance.host()) {
            return Err(format!("is on {}", self.host));
        }
        let outside = || format!("is outside of the path prefix {}", instance.prefix());
        let path = match (&self.transport, instance.prefix()) {
            (Transport::Http(origin, port), _) if *port != instance.port() => {
                return Err(format!("is on {origin}"));
            }
            (_, "") => self.path.as_str(),
            (Transport::Http(..), prefix) => below(&self.path, prefix).ok_or_else(outside)?,
            (Transport::Ssh, prefix) => {
                below(&self.path, prefix).filter(|rest| rest.contains('/')).unwrap_or(&self.path)
            }
        };
        match ProjectRef::parse(path) {
            Ok(ProjectRef::Path(path)) => Ok(ProjectRef::Path(path)),
            _ => Err("has a path that is not a project's".to_owned()),
        }
    }

    /// Whether a credential for the instance is one for this remote: an http or https remote has
    /// exactly its origin, an ssh remote its host.
    pub fn belongs_to(&self, instance: &BaseUrl) -> bool {
        let same_origin = match &self.transport {
            Transport::Http(origin, _) => *origin == instance.origin(),
            Transport::Ssh => true,
        };
        same_origin && self.project_on(instance).is_some()
    }

    /// Its host in lower case.
    pub fn host(&self) -> &str {
        &self.host
    }
}

/// Host and path of the form that is like scp's. Brackets around the host keep its port, or the
/// colons of an IPv6 address, apart from the path.
fn scp(text: &str) -> Option<(String, &str)> {
    let user_end = text.find("@[").map_or(0, |at| at + 1);
    let Some(opened) = text[user_end..].strip_prefix('[') else {
        let (host, path) = text.split_once(':')?;
        let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
        return Some((host.to_owned(), path));
    };
    let (inside, path) = opened.split_once(']')?;
    let path = path.strip_prefix(':')?;
    let host = inside.rsplit_once('@').map_or(inside, |(_, host)| host);
    let host = match host.matches(':').count() {
        0 => host.to_owned(),
        1 => host.split_once(':')?.0.to_owned(),
        _ => format!("[{host}]"),
    };
    Some((host, path))
}

fn below<'p>(path: &'p str, prefix: &str) -> Option<&'p str> {
    path.strip_prefix(prefix)?.strip_prefix('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(remote: &str, instance: &str) -> Option<String> {
        let instance = BaseUrl::parse(instance).expect("an instance");
        Remote::parse(remote)?.project_on(&instance).map(|project| project.to_string())
    }

    #[test]
    fn every_form_of_git_names_the_project() {
        for remote in [
            "https://gitlab.example.com/group/sub/proj.git",
            "https://oauth2:glpat-secret@GitLab.example.com/group/sub/proj",
            "ssh://git@gitlab.example.com:2222/group/sub/proj.git",
            "git@gitlab.example.com:group/sub/proj.git",
            "gitlab.example.com:/group/sub/proj.git/",
            "[git@gitlab.example.com:2323]:group/sub/proj.git",
            "[gitlab.example.com]:group/sub/proj.git",
            "[gitlab.example.com:22]:/group/sub/proj",
            "git@[gitlab.example.com:2323]:group/sub/proj.git",
        ] {
            let found = project(remote, "gitlab.example.com");
            assert_eq!(found.as_deref(), Some("group/sub/proj"), "{remote}");
        }
    }

    #[test]
    fn the_prefix_of_the_instance_is_taken_off() {
        let instance = "https://host/gitlab";
        assert_eq!(project("https://host/gitlab/a/b.git", instance).as_deref(), Some("a/b"));
        assert_eq!(project("git@host:a/b.git", instance).as_deref(), Some("a/b"));
        assert_eq!(project("https://host/a/b.git", instance), None);
    }

    #[test]
    fn other_hosts_ports_and_local_paths_do_not_count() {
        assert_eq!(project("https://github.com/a/b.git", "gitlab.com"), None);
        assert_eq!(project("http://localhost:1/a/b", "http://localhost:2"), None);
        assert_eq!(project("https://gitlab.com.evil/a/b", "gitlab.com"), None);
        for local in ["/srv/git/a/b.git", "../a/b", "file:///a/b", "C:\\a\\b", "ext::sh -c x"] {
            assert_eq!(project(local, "gitlab.com"), None, "{local}");
        }
    }

    #[test]
    fn brackets_hold_an_address_of_ipv6_too() {
        assert_eq!(project("[::1]:a/b.git", "http://[::1]:3000").as_deref(), Some("a/b"));
        assert_eq!(project("git@[::1]:a/b.git", "http://[::1]").as_deref(), Some("a/b"));
        for bad in ["[host", "[host]", "[host]a/b", "[]:a/b"] {
            assert_eq!(project(bad, "host"), None, "{bad}");
        }
    }

    #[test]
    fn a_connection_is_one_of_exactly_the_origin_except_by_ssh() {
        let belongs = |remote: &str, instance: &str| {
            let instance = BaseUrl::parse(instance).expect("an instance");
            Remote::parse(remote).expect("a remote").belongs_to(&instance)
        };
        assert!(belongs("https://host/a/b", "https://host:443"));
        assert!(!belongs("http://host/a/b", "https://host"));
        assert!(!belongs("https://host:8443/a/b", "https://host"));
        assert!(belongs("git@host:a/b", "https://host:8443"));
        assert!(belongs("ssh://git@host:2222/a/b", "http://host"));
    }

    #[test]
    fn the_reason_why_a_remote_does_not_match_is_told() {
        let reason = |remote: &str, instance: &str| {
            let instance = BaseUrl::parse(instance).expect("an instance");
            Remote::parse(remote).expect("a remote").locate(&instance).expect_err("another place")
        };
        assert_eq!(reason("git@github.com:a/b", "gitlab.com"), "is on github.com");
        assert_eq!(reason("https://host:1/a/b", "https://host:2"), "is on https://host:1");
        assert_eq!(reason("https://h/a/b", "https://h/x"), "is outside of the path prefix x");
        assert_eq!(reason("https://h/b", "https://h"), "has a path that is not a project's");
    }
}
