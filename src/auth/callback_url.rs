//! The redirect URI of a login: to the letter for GitLab, and in parts for the listener.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::error::AuthError;
use crate::model::address::{Url, is_loopback_host};

/// A redirect URI on this machine (RFC 8252 §7.3).
#[derive(Debug, Clone)]
pub(super) struct CallbackUrl {
    text: String,
    url: Url,
    pub(super) port: u16,
}

impl CallbackUrl {
    /// Reads a URL that a browser on this machine can be sent back to.
    pub(super) fn parse(text: &str) -> Result<Self, AuthError> {
        let refuse = |reason| AuthError::CallbackUrl { text: text.to_owned(), reason };
        let url = Url::parse(text).map_err(|_| refuse("it is not a URL"))?;
        let port = url.port_or_known_default().unwrap_or_default();
        let host = url.host_str().unwrap_or_default();
        let objections = [
            (url.scheme() != "http", "only plain http can be listened on"),
            (!is_loopback_host(host), "its host is not localhost, 127.0.0.1 or [::1]"),
            (!url.username().is_empty() || url.password().is_some(), "it has user info in it"),
            (url.query().is_some() || url.fragment().is_some(), "it has a query or a fragment"),
            (port == 0, "its port is 0"),
        ];
        match objections.into_iter().find(|(holds, _)| *holds) {
            Some((_, reason)) => Err(refuse(reason)),
            None => Ok(Self { text: text.to_owned(), url, port }),
        }
    }

    /// To the letter as it was given: GitLab compares it as text.
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// The path that a browser asks for.
    pub(super) fn path(&self) -> &str {
        self.url.path()
    }

    /// What a browser sends as `Host`: without the port where it is the scheme's own.
    pub(super) fn host_field(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        self.url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// The addresses a browser may look for it at, one of each family: `localhost` can mean
    /// either.
    pub(super) fn addresses(&self) -> [IpAddr; 2] {
        let host = self.url.host_str().unwrap_or_default();
        let named = host.parse().unwrap_or(Ipv4Addr::LOCALHOST);
        [IpAddr::V4(named), IpAddr::V6(Ipv6Addr::LOCALHOST)]
    }

    /// The query parameters of a request's target that has this path.
    pub(super) fn parameters(&self, target: &str) -> Vec<(String, String)> {
        let mut url = self.url.clone();
        url.set_query(target.split_once('?').map(|(_, query)| query));
        url.query_pairs().into_owned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(text: &str) -> Option<&'static str> {
        match CallbackUrl::parse(text) {
            Err(AuthError::CallbackUrl { reason, .. }) => Some(reason),
            _ => None,
        }
    }

    #[test]
    fn it_is_kept_to_the_letter() {
        let url = CallbackUrl::parse("HTTP://LocalHost:42456/callback/").expect("a callback URL");
        assert_eq!(url.as_str(), "HTTP://LocalHost:42456/callback/");
        assert_eq!((url.host_field().as_str(), url.path()), ("localhost:42456", "/callback/"));
        assert_eq!(url.addresses(), [IpAddr::from([127, 0, 0, 1]), Ipv6Addr::LOCALHOST.into()]);
        let plain = CallbackUrl::parse("http://127.0.0.1").expect("a callback URL");
        assert_eq!((plain.host_field().as_str(), plain.path(), plain.port), ("127.0.0.1", "/", 80));
    }

    #[test]
    fn what_cannot_be_listened_on_is_refused() {
        assert_eq!(reason("http://[::1]:7171/auth/redirect"), None);
        assert_eq!(reason("localhost"), Some("it is not a URL"));
        assert_eq!(reason("https://localhost:1/"), Some("only plain http can be listened on"));
        let elsewhere = Some("its host is not localhost, 127.0.0.1 or [::1]");
        assert_eq!(reason("http://localhost.example.com:1/"), elsewhere);
        assert_eq!(reason("http://0.0.0.0:1/"), elsewhere);
        assert_eq!(reason("http://u@localhost:1/"), Some("it has user info in it"));
        assert_eq!(reason("http://localhost:1/?a"), Some("it has a query or a fragment"));
        assert_eq!(reason("http://localhost:0/"), Some("its port is 0"));
    }
}
