//! Where servers are: origins, and the base URLs of an instance and its gateway.

use std::fmt;

pub use url::Url;

/// Scheme, host and port: what a credential belongs to. Compared exactly, never by prefix or
/// suffix (RFC 6454 §4).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin {
    scheme: String,
    host: String,
    port: u16,
}

impl Origin {
    /// The origin of a URL; `None` for one without host or known port.
    pub fn of(url: &Url) -> Option<Self> {
        Some(Self {
            scheme: url.scheme().to_owned(),
            host: url.host_str()?.to_ascii_lowercase(),
            port: url.port_or_known_default()?,
        })
    }

    /// Whether both name one machine's loopback, where plain http reaches nobody else.
    pub fn is_loopback(&self) -> bool {
        is_loopback_host(&self.host)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.host)?;
        match (self.scheme.as_str(), self.port) {
            ("https", 443) | ("http", 80) => Ok(()),
            (_, port) => write!(f, ":{port}"),
        }
    }
}

/// Loopback literals and exactly `localhost`; a name that merely resolves there does not count.
pub fn is_loopback_host(host: &str) -> bool {
    if host.eq_ignore_ascii_case("localhost") {
        return true;
    }
    let literal = host.trim_start_matches('[').trim_end_matches(']');
    literal.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// An address as it was given, fit for a message: without user info, query and fragment. Where
/// it is no URL, everything before the last `@` counts as user info.
pub fn presentable(text: &str) -> String {
    let start = text.find("://").map_or(0, |at| at + 3);
    let (scheme, rest) = text.split_at(start);
    let host_end = Url::parse(text).ok().and_then(|_| rest.find(['/', '?', '#']));
    let user_end = rest[..host_end.unwrap_or(rest.len())].rfind('@');
    let rest = user_end.map_or(rest, |at| &rest[at + 1..]);
    let end = rest.find(['?', '#']).unwrap_or(rest.len());
    format!("{scheme}{}", &rest[..end])
}

/// Why a text is not a usable base URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    /// It does not parse as a URL, or has no host.
    #[error("it is not a URL")]
    NotAUrl,
    /// Another scheme than http and https.
    #[error("its scheme is not http or https")]
    Scheme,
    /// `user:password@`, which would leak into logs.
    #[error("it has user info in it")]
    UserInfo,
    /// `?…` or `#…`.
    #[error("it has a query or a fragment")]
    QueryOrFragment,
    /// Characters that no host name has; the URL parser lets `$(…)` through.
    #[error("its host name is not valid")]
    Host,
}

/// The address of a GitLab instance or an AI gateway, its path prefix kept
/// (`https://host/gitlab`), without a trailing slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl(Url);

impl BaseUrl {
    /// Reads an address; a bare host (`gitlab.example.com`, `localhost:3000`) means https.
    pub fn parse(text: &str) -> Result<Self, BadAddress> {
        let text = text.trim();
        let with_scheme =
            if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
        if text.is_empty() || text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(BadAddress::NotAUrl);
        }
        let url = Url::parse(&with_scheme).map_err(|_| BadAddress::NotAUrl)?;
        Self::from_url(url)
    }

    fn from_url(mut url: Url) -> Result<Self, BadAddress> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(BadAddress::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BadAddress::UserInfo);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(BadAddress::QueryOrFragment);
        }
        let host = url.host_str().ok_or(BadAddress::NotAUrl)?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
        if host.is_empty() || !host.bytes().all(plain) {
            return Err(BadAddress::Host);
        }
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        Ok(Self(url))
    }

    /// The address below this one whose path segments are given, each percent-encoded as one
    /// segment (`group/project` becomes `group%2Fproject`).
    pub fn join<'a>(&self, segments: impl IntoIterator<Item = &'a str>) -> Url {
        let mut url = self.0.clone();
        // An http(s) URL always has path segments, so the error arm is never taken.
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }

    /// The address below `<base>/api/v4`.
    pub fn api<'a>(&self, segments: impl IntoIterator<Item = &'a str>) -> Url {
        self.join(["api", "v4"].into_iter().chain(segments))
    }

    /// What credentials for this address belong to.
    pub fn origin(&self) -> Origin {
        Origin {
            scheme: self.0.scheme().to_owned(),
            host: self.host().to_ascii_lowercase(),
            port: self.0.port_or_known_default().unwrap_or_default(),
        }
    }

    /// The host alone, IPv6 literals in brackets.
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// The port where it is not the scheme's own.
    pub fn port(&self) -> Option<u16> {
        self.0.port()
    }

    /// The path prefix without slashes around it; empty where there is none.
    pub fn prefix(&self) -> &str {
        self.0.path().trim_matches('/')
    }

    /// Whether traffic to it can be read on the way: plain http to anything but loopback.
    pub fn is_insecure(&self) -> bool {
        self.0.scheme() == "http" && !is_loopback_host(self.host())
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_host_means_https_and_a_prefix_is_kept() {
        let shown = |text| BaseUrl::parse(text).map(|base| base.to_string());
        assert_eq!(shown("gitlab.example.com"), Ok("https://gitlab.example.com".into()));
        assert_eq!(shown("localhost:3000"), Ok("https://localhost:3000".into()));
        assert_eq!(shown("https://host/gitlab/"), Ok("https://host/gitlab".into()));
        assert_eq!(shown("http://[::1]:8080"), Ok("http://[::1]:8080".into()));
    }

    #[test]
    fn a_path_is_one_encoded_segment_below_the_prefix() {
        let base = BaseUrl::parse("https://host/gitlab").expect("a base");
        let url = base.api(["projects", "group/sub/proj"]);
        assert_eq!(url.as_str(), "https://host/gitlab/api/v4/projects/group%2Fsub%2Fproj");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        assert_eq!(BaseUrl::parse("ftp://host"), Err(BadAddress::Scheme));
        assert_eq!(BaseUrl::parse("https://u:p@host"), Err(BadAddress::UserInfo));
        assert_eq!(BaseUrl::parse("https://host?x=1"), Err(BadAddress::QueryOrFragment));
        assert_eq!(BaseUrl::parse("https://$(id)"), Err(BadAddress::Host));
        assert_eq!(BaseUrl::parse("not a url"), Err(BadAddress::NotAUrl));
        assert_eq!(BaseUrl::parse(""), Err(BadAddress::NotAUrl));
    }

    #[test]
    fn a_presentable_address_has_no_user_info() {
        assert_eq!(presentable("https://u:p@host/a@b?token=x#y"), "https://host/a@b");
        assert_eq!(presentable("u:p@host"), "host");
        assert_eq!(presentable("https://u:p/w@host"), "https://host");
        assert_eq!(presentable("https://u:p?w@host"), "https://host");
        assert_eq!(presentable("not a url"), "not a url");
    }

    #[test]
    fn origins_compare_exactly() {
        let origin = |text| Origin::of(&Url::parse(text).expect("a URL"));
        assert_eq!(origin("https://a.example/x"), origin("https://A.example:443/y"));
        assert_ne!(origin("https://a.example"), origin("http://a.example"));
        assert_ne!(origin("https://a.example"), origin("https://a.example.evil"));
        assert!(is_loopback_host("[::1]") && is_loopback_host("127.0.0.1"));
        assert!(!is_loopback_host("localhost.example.com"));
    }
}
