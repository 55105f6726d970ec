//! Git remote addresses in all the forms that git takes.

use super::address::{BaseUrl, Url};
use super::project::ProjectRef;

/// A remote's address without its user info.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remote {
    host: String,
    transport: Transport,
    path: String,
}

/// How the remote is reached, as far as it tells about the instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Transport {
    /// http or https, with the port where it is not the scheme's own.
    Http(Option<u16>),
    /// ssh, whose port is not the instance's and whose paths come without its prefix.
    Ssh,
}

impl Remote {
    /// Reads `https://…`, `ssh://git@host:port/…` and `git@host:path` (git documentation,
    /// "Git URLs"). Local paths and other transports are none of ours.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.contains("://") {
            let url = Url::parse(text).ok()?;
            let transport = match url.scheme() {
                "https" | "http" => Transport::Http(url.port()),
                "ssh" | "git+ssh" | "ssh+git" => Transport::Ssh,
                _ => return None,
            };
            return Self::new(url.host_str()?, transport, url.path());
        }
        let (host, path) = text.split_once(':')?;
        let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
        let is_path = host.contains('/') || path.starts_with(':') || path.starts_with('\\');
        if is_path || host.len() < 2 {
            return None;
        }
        Self::new(host, Transport::Ssh, path)
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
        let same_port = match self.transport {
            Transport::Http(port) => port == instance.port(),
            Transport::Ssh => true,
        };
        if !self.host.eq_ignore_ascii_case(instance.host()) || !same_port {
            return None;
        }
        let path = match (self.transport, instance.prefix()) {
            (_, "") => self.path.as_str(),
            (Transport::Http(_), prefix) => self.path.strip_prefix(prefix)?.strip_prefix('/')?,
            (Transport::Ssh, prefix) => self
                .path
                .strip_prefix(prefix)
                .and_then(|rest| rest.strip_prefix('/'))
                .filter(|rest| rest.contains('/'))
                .unwrap_or(&self.path),
        };
        match ProjectRef::parse(path) {
            Ok(ProjectRef::Path(path)) => Some(ProjectRef::Path(path)),
            _ => None,
        }
    }

    /// Its host in lower case.
    pub fn host(&self) -> &str {
        &self.host
    }
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
}
