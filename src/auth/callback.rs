//! What a request to the loopback listener is: the one callback of this login, or nothing to
//! do with it.

use std::fmt;

use super::callback_url::CallbackUrl;
use super::pages::Status;
use super::pkce::State;
use crate::model::secret::Secret;

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
            Self::State => Status::Forbidden,
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
    if !head.host.eq_ignore_ascii_case(&url.host_field()) {
        return Err(Ignored::Host);
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
        let fields = lines.filter_map(|line| line.split_once(':'));
        let mut hosts = fields.filter(|(name, _)| name.eq_ignore_ascii_case("host"));
        let host = hosts.next()?.1.trim();
        hosts.next().is_none().then_some(Self { method, target, host })
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
        for host in ["localhost", "127.0.0.1:42456", "localhost:42456.evil", "evil:42456"] {
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
    fn other_protocols_are_no_requests() {
        let two_hosts = "GET / HTTP/1.1\r\nHost: a\r\nHost: a";
        for text in ["", "GET /", "GET / HTTP/2", "GET  / HTTP/1.1", "GET / HTTP/1.1", two_hosts] {
            assert_eq!(outcome(text), "NotHttp", "{text}");
        }
    }
}
