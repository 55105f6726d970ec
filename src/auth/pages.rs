//! The fixed pages that the browser shows after a login. Nothing that came with a request is
//! ever part of one.

/// The style of every page; the policy in [`HEADERS`] allows it by its hash and nothing else.
const STYLE: &str = include_str!("page.css");

/// Fields of every answer. The hash is that of [`STYLE`], and a test says so.
const HEADERS: &str = "Content-Type: text/html; charset=utf-8\r\n\
    Cache-Control: no-store\r\n\
    Referrer-Policy: no-referrer\r\n\
    X-Content-Type-Options: nosniff\r\n\
    X-Frame-Options: DENY\r\n\
    Content-Security-Policy: default-src 'none'; \
    style-src 'sha256-dCl0MPA99NSEMUVwF+McpUvl/wMY0mYSSWYAje+Isjw='; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n\
    Connection: close\r\n";

/// What the person reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Page {
    /// The login is done.
    Success,
    /// The person refused.
    Refused,
    /// Something went wrong; the terminal says what.
    Failed,
    /// A request that has nothing to do with this login, with its status.
    Ignored(Status),
}

/// Why a request is not answered with what it asked for (RFC 9110 §15.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    BadRequest,
    Forbidden,
    NotFound,
    MethodNotAllowed,
    HeadTooLarge,
}

impl Status {
    fn line(self) -> &'static str {
        match self {
            Self::BadRequest => "400 Bad Request",
            Self::Forbidden => "403 Forbidden",
            Self::NotFound => "404 Not Found",
            Self::MethodNotAllowed => "405 Method Not Allowed\r\nAllow: GET",
            Self::HeadTooLarge => "431 Request Header Fields Too Large",
        }
    }
}

impl Page {
    /// The whole answer, head and body.
    pub(super) fn response(self) -> Vec<u8> {
        let body = match self {
            // The method may have been HEAD, whose answers have none.
            Self::Ignored(Status::MethodNotAllowed) => String::new(),
            _ => self.html(),
        };
        let status = match self {
            Self::Ignored(status) => status.line(),
            Self::Success | Self::Refused | Self::Failed => "200 OK",
        };
        let length = body.len();
        format!("HTTP/1.1 {status}\r\n{HEADERS}Content-Length: {length}\r\n\r\n{body}").into_bytes()
    }

    fn html(self) -> String {
        let (class, mark, title, text) = match self {
            Self::Success => (
                "success",
                "✓",
                "You are logged in",
                "glduo is connected to GitLab. You can close this page and go back to the terminal.",
            ),
            Self::Refused => (
                "refused",
                "–",
                "Login refused",
                "GitLab was told not to let glduo in, and nothing was changed. You can close this page.",
            ),
            Self::Failed => (
                "failed",
                "!",
                "Login failed",
                "glduo is not connected. The terminal says why; you can close this page.",
            ),
            Self::Ignored(_) => (
                "ignored",
                "?",
                "Nothing to see here",
                "This request does not belong to the login that glduo is waiting for.",
            ),
        };
        format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <title>{title} · glduo</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
             <main class=\"{class}\">\n<p class=\"mark\" aria-hidden=\"true\">{mark}</p>\n\
             <h1>{title}</h1>\n<p>{text}</p>\n</main>\n</body>\n</html>\n"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_names_the_hash_of_the_style() {
        let hash = ring::digest::digest(&ring::digest::SHA256, STYLE.as_bytes());
        let allowed = HEADERS.split("'sha256-").nth(1).and_then(|rest| rest.split_once('\''));
        let allowed = allowed.map(|(hash, _)| hash.replace('+', "-").replace('/', "_"));
        let expected = super::super::pkce::base64url(hash.as_ref()) + "=";
        assert_eq!(allowed, Some(expected));
    }

    #[test]
    fn every_page_is_whole_and_has_no_script() {
        let ignored = Page::Ignored(Status::NotFound);
        for page in [Page::Success, Page::Refused, Page::Failed, ignored] {
            let response = String::from_utf8(page.response()).expect("UTF-8");
            let (head, body) = response.split_once("\r\n\r\n").expect("head and body");
            assert!(head.contains(&format!("Content-Length: {}", body.len())), "{head}");
            assert!(!body.contains("<script") && body.ends_with("</html>\n"));
            assert!(body.contains("lang=\"en\"") && body.contains("<title>"));
        }
    }

    #[test]
    fn only_the_answers_to_this_login_are_good() {
        let first = |page: Page| page.response()[..12].to_vec();
        assert_eq!(first(Page::Success), b"HTTP/1.1 200");
        assert_eq!(first(Page::Ignored(Status::MethodNotAllowed)), b"HTTP/1.1 405");
    }
}
