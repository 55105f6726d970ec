//! The redirect URI of a login, and whether a request to it is the one callback of this login.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::error::AuthError;
use super::pages::Status;
use super::pkce::State;
use crate::model::address::{Url, is_loopback_host};
use crate::model::secret::Secret;

/// A redirect URI on this machine (RFC 8252 §7.3).
#[derive(Debug, Clone)]
pub(super) struct CallbackUrl {
    text: String,
    url: Url,
    pub(super) port: u16,
}

impl CallbackUrl {
    /// Parses a URL to which a browser on this machine can be redirected. Fails with the reason
    /// if none can.
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

    /// Exactly as it was given, because GitLab compares it as text.
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// The path that a browser requests.
    pub(super) fn path(&self) -> &str {
        self.url.path()
    }

    /// Whether a `Host` field, or an origin without its scheme, names this URL. Every spelling of
    /// the loopback address does: a browser may replace one with another, and a page of another
    /// site has none of them.
    fn is_at(&self, authority: &str) -> bool {
        let port = self.url.port().map_or_else(String::new, |port| format!(":{port}"));
        let names = ["localhost", "127.0.0.1", "[::1]"];
        names.iter().any(|name| authority.eq_ignore_ascii_case(&format!("{name}{port}")))
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

/// The answer to the authorization request (RFC 6749 §4.1.2).
#[derive(Debug)]
pub(super) enum Callback {
    /// The person agreed.
    Code(Secret),
    /// Somebody did not.
    Error { error: String, description: Option<String> },
}

/// Why a request was ignored. None of these changes anything: a page must be able neither to
/// complete a login nor to cancel one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ignored {
    /// It is no HTTP request.
    NotHttp,
    /// Its head is too large.
    TooLarge,
    /// Another method than GET.
    Method,
    /// Another path than the callback's.
    Path,
    /// A `Host` that is not the callback's.
    Host,
    /// An `Origin` of another site: a page sent the request, not the person's navigation.
    Origin,
    /// A state that is not this login's, or none.
    State,
    /// The right state with neither a code nor an error, or with something twice.
    Parameters,
}

impl Ignored {
    pub(super) fn status(self) -> Status {
        match self {
            Self::NotHttp | Self::Host | Self::Parameters => Status::BadRequest,
            Self::TooLarge => Status::HeadTooLarge,
            Self::Method => Status::MethodNotAllowed,
            Self::Path => Status::NotFound,
            Self::State | Self::Origin => Status::Forbidden,
        }
    }
}

impl fmt::Display for Ignored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotHttp => "it is not an HTTP request",
            Self::TooLarge => "its header is too large",
            Self::Method => "its method is not GET",
            Self::Path => "its path is not the callback's",
            Self::Host => "its Host is not the callback's",
            Self::Origin => "a page of another site sent it (Origin)",
            Self::State => "its state is not that of this login",
            Self::Parameters => "it has neither one code nor one error",
        })
    }
}

/// Judges the head of a request: everything up to the blank line.
pub(super) fn judge(head: &[u8], url: &CallbackUrl, state: &State) -> Result<Callback, Ignored> {
    let head = RequestHead::parse(head).ok_or(Ignored::NotHttp)?;
    if head.method != "GET" {
        return Err(Ignored::Method);
    }
    if head.target.split('?').next() != Some(url.path()) {
        return Err(Ignored::Path);
    }
    if !url.is_at(head.host) {
        return Err(Ignored::Host);
    }
    let is_own = |origin: &&str| origin.strip_prefix("http://").is_some_and(|at| url.is_at(at));
    if !head.origins.iter().all(is_own) {
        return Err(Ignored::Origin);
    }
    let parameters = url.parameters(head.target);
    // The state comes first: a page that does not know it must not even get its error heard.
    match only(&parameters, "state") {
        Ok(Some(given)) if state.is(given) => {}
        _ => return Err(Ignored::State),
    }
    match (only(&parameters, "code")?, only(&parameters, "error")?) {
        (Some(code), None) if !code.is_empty() => Ok(Callback::Code(Secret::new(code))),
        (None, Some(error)) => Ok(Callback::Error {
            error: error.to_owned(),
            description: only(&parameters, "error_description")?.map(str::to_owned),
        }),
        _ => Err(Ignored::Parameters),
    }
}

/// Parameters must not come twice (RFC 6749 §3.1).
fn only<'a>(parameters: &'a [(String, String)], name: &str) -> Result<Option<&'a str>, Ignored> {
    let mut values = parameters.iter().filter(|(key, _)| key == name);
    match (values.next(), values.next()) {
        (_, Some(_)) => Err(Ignored::Parameters),
        (value, None) => Ok(value.map(|(_, value)| value.as_str())),
    }
}

struct RequestHead<'a> {
    method: &'a str,
    target: &'a str,
    host: &'a str,
    /// A browser's navigation has none.
    origins: Vec<&'a str>,
}

impl<'a> RequestHead<'a> {
    /// Request line and fields of HTTP/1 (RFC 9112 §3 and §5), with exactly one `Host`.
    fn parse(head: &'a [u8]) -> Option<Self> {
        let mut lines = std::str::from_utf8(head).ok()?.split("\r\n");
        let mut line = lines.next()?.split(' ');
        let (method, target, version) = (line.next()?, line.next()?, line.next()?);
        if !version.starts_with("HTTP/1.") || line.next().is_some() {
            return None;
        }
        let fields: Vec<_> = lines.filter_map(|line| line.split_once(':')).collect();
        let values = |name: &str| -> Vec<&'a str> {
            let named = fields.iter().filter(|(field, _)| field.eq_ignore_ascii_case(name));
            named.map(|(_, value)| value.trim()).collect()
        };
        let [host] = values("host")[..] else { return None };
        Some(Self { method, target, host, origins: values("origin") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(request: &str) -> String {
        let url = CallbackUrl::parse("http://localhost:42456/callback").expect("a URL");
        match judge(request.as_bytes(), &url, &State::of("right")) {
            Ok(Callback::Code(code)) => format!("code {}", code.expose()),
            Ok(Callback::Error { error, description }) => format!("{error} {description:?}"),
            Err(ignored) => format!("{ignored:?}"),
        }
    }

    fn get(target: &str) -> String {
        outcome(&format!("GET {target} HTTP/1.1\r\nHost: localhost:42456\r\nCookie: a=b"))
    }

    #[test]
    fn the_code_and_the_error_of_this_login_are_taken() {
        assert_eq!(get("/callback?code=a%2Bb+c&state=right"), "code a+b c");
        let refused = get("/callback?error=access_denied&error_description=No%21&state=right");
        assert_eq!(refused, "access_denied Some(\"No!\")");
        let upper = "GET /callback?state=right&code=c HTTP/1.0\r\nHOST:LocalHost:42456";
        assert_eq!(outcome(upper), "code c");
    }

    #[test]
    fn an_error_with_a_foreign_state_is_not_even_heard() {
        assert_eq!(get("/callback?error=access_denied&state=wrong"), "State");
        assert_eq!(get("/callback?error=access_denied"), "State");
        assert_eq!(get("/callback?code=c&state="), "State");
        assert_eq!(get("/callback?code=c&state=right&state=right"), "State");
    }

    #[test]
    fn what_is_unclear_is_ignored() {
        for query in ["state=right", "state=right&code=", "state=right&code=a&code=b"] {
            assert_eq!(get(&format!("/callback?{query}")), "Parameters", "{query}");
        }
        assert_eq!(get("/callback?state=right&code=a&error=b"), "Parameters");
    }

    #[test]
    fn method_path_and_host_are_exact() {
        let target = "/callback?code=c&state=right";
        let with =
            |method: &str, host: &str| outcome(&format!("{method} {target} HTTP/1.1\r\n{host}"));
        for method in ["HEAD", "POST", "get", "OPTIONS"] {
            assert_eq!(with(method, "Host: localhost:42456"), "Method");
        }
        for host in
            ["localhost", "127.0.0.1", "localhost:42456.evil", "evil:42456", "127.0.0.2:42456"]
        {
            let field = format!("Host: {host}");
            assert_eq!(with("GET", &field), "Host");
        }
        for path in ["/", "/callback/", "/Callback", "/x/../callback", "//callback", "/favicon.ico"]
        {
            assert_eq!(get(&format!("{path}?code=c&state=right")), "Path", "{path}");
        }
        let absolute = "http://localhost:42456/callback?code=c&state=right";
        assert_eq!(get(absolute), "Path");
    }

    #[test]
    fn every_spelling_of_the_loopback_host_is_the_callbacks() {
        for host in ["localhost", "127.0.0.1", "[::1]", "LOCALHOST"] {
            let head = format!("GET /callback?code=c&state=right HTTP/1.1\r\nHost: {host}:42456");
            assert_eq!(outcome(&head), "code c", "{host}");
        }
    }

    #[test]
    fn a_request_that_a_page_of_another_site_sends_is_ignored() {
        let with = |origin: &str| {
            let target = "GET /callback?code=c&state=right HTTP/1.1";
            outcome(&format!("{target}\r\nHost: localhost:42456\r\norigin: {origin}"))
        };
        for own in ["http://localhost:42456", "http://127.0.0.1:42456"] {
            assert_eq!(with(own), "code c", "{own}");
        }
        for foreign in [
            "https://evil.example",
            "null",
            "",
            "http://localhost:1",
            "https://localhost:42456",
            "http://localhost:42456\r\nOrigin: https://evil.example",
        ] {
            assert_eq!(with(foreign), "Origin", "{foreign}");
        }
    }

    #[test]
    fn other_protocols_are_no_requests() {
        let two_hosts = "GET / HTTP/1.1\r\nHost: a\r\nHost: a";
        for text in ["", "GET /", "GET / HTTP/2", "GET  / HTTP/1.1", "GET / HTTP/1.1", two_hosts] {
            assert_eq!(outcome(text), "NotHttp", "{text}");
        }
    }

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
        assert!(url.is_at("localhost:42456") && url.path() == "/callback/");
        assert_eq!(url.addresses(), [IpAddr::from([127, 0, 0, 1]), Ipv6Addr::LOCALHOST.into()]);
        let plain = CallbackUrl::parse("http://127.0.0.1").expect("a callback URL");
        assert!(plain.is_at("127.0.0.1") && !plain.is_at("127.0.0.1:80"));
        assert_eq!((plain.path(), plain.port), ("/", 80));
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
