//! The pages that the browser shows after a login. Nothing from a request is ever part of one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{SHA256, digest};

/// The style of every page.
const STYLE: &str = include_str!("page.css");

/// Removes the authorization code from the address bar, and with it from the history.
const SCRIPT: &str = "history.replaceState(null,'',location.pathname)";

/// Fields of every response.
const HEADERS: &str = "Content-Type: text/html; charset=utf-8\r\n\
    Cache-Control: no-store\r\n\
    Referrer-Policy: no-referrer\r\n\
    X-Content-Type-Options: nosniff\r\n\
    X-Frame-Options: DENY\r\n\
    Connection: close\r\n";

/// What the person reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Page {
    /// The login succeeded.
    Success {
        /// The instance.
        instance: String,
        /// The account; `None` if the scopes do not allow reading it.
        account: Option<String>,
    },
    /// The person refused.
    Refused,
    /// The login failed; the terminal says why.
    Failed,
    /// A request that does not belong to this login, with its status.
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
    /// The complete response, head and body.
    pub(super) fn response(&self) -> Vec<u8> {
        let body = match self {
            // The method may have been HEAD, whose responses have no body.
            Self::Ignored(Status::MethodNotAllowed) => String::new(),
            _ => self.html(),
        };
        let status = match self {
            Self::Ignored(status) => status.line(),
            Self::Success { .. } | Self::Refused | Self::Failed => "200 OK",
        };
        let (policy, length) = (self.policy(), body.len());
        format!("HTTP/1.1 {status}\r\n{HEADERS}{policy}Content-Length: {length}\r\n\r\n{body}")
            .into_bytes()
    }

    /// Allows the style by its hash, and on the success page the script.
    fn policy(&self) -> String {
        let hash = |text: &str| STANDARD.encode(digest(&SHA256, text.as_bytes()));
        let script = match self {
            Self::Success { .. } => format!("script-src 'sha256-{}'; ", hash(SCRIPT)),
            _ => String::new(),
        };
        format!(
            "Content-Security-Policy: default-src 'none'; {script}style-src 'sha256-{}'; \
             base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n",
            hash(STYLE)
        )
    }

    fn html(&self) -> String {
        let (class, mark, title, text) = match self {
            Self::Success { instance, account } => {
                let account = account.as_ref().map(|name| format!(" as {name}"));
                let text = format!(
                    "glduo is connected to {instance}{}. You can close this page and go back to the terminal.",
                    account.unwrap_or_default()
                );
                ("success", "✓", "You are logged in", text)
            }
            Self::Refused => (
                "refused",
                "–",
                "Login refused",
                "glduo was not given access, and nothing was changed. You can close this page."
                    .to_owned(),
            ),
            Self::Failed => (
                "failed",
                "!",
                "Login failed",
                "glduo is not connected. The terminal says why; you can close this page."
                    .to_owned(),
            ),
            Self::Ignored(_) => (
                "ignored",
                "?",
                "Nothing to see here",
                "This request does not belong to the login that glduo is waiting for.".to_owned(),
            ),
        };
        let script = match self {
            Self::Success { .. } => format!("<script>{SCRIPT}</script>\n"),
            _ => String::new(),
        };
        let text = escape(&text);
        format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <title>{title} · glduo</title>\n<style>{STYLE}</style>\n{script}</head>\n<body>\n\
             <main class=\"{class}\">\n<p class=\"mark\" aria-hidden=\"true\">{mark}</p>\n\
             <h1>{title}</h1>\n<p>{text}</p>\n</main>\n</body>\n</html>\n"
        )
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn success(account: &str) -> Page {
        let account = Some(account.to_owned()).filter(|account| !account.is_empty());
        Page::Success { instance: "https://gitlab.example.com".to_owned(), account }
    }

    fn parts(page: &Page) -> (String, String) {
        let response = String::from_utf8(page.response()).expect("UTF-8");
        let (head, body) = response.split_once("\r\n\r\n").expect("head and body");
        (head.to_owned(), body.to_owned())
    }

    #[test]
    fn every_page_is_complete_and_only_the_success_page_has_a_script() {
        let ignored = Page::Ignored(Status::NotFound);
        for page in [success("mira"), Page::Refused, Page::Failed, ignored] {
            let (head, body) = parts(&page);
            assert!(head.contains(&format!("Content-Length: {}", body.len())), "{head}");
            assert!(body.ends_with("</html>\n") && body.contains("lang=\"en\""), "{body}");
            let is_success = matches!(page, Page::Success { .. });
            assert_eq!(body.contains("<script"), is_success, "{body}");
            assert_eq!(head.contains("script-src"), is_success, "{head}");
            assert_eq!(head.matches("'sha256-").count(), if is_success { 2 } else { 1 });
        }
    }

    #[test]
    fn the_success_page_names_instance_and_account_and_forgets_the_code() {
        let (_, body) = parts(&success("mira.okafor"));
        let text = "connected to https://gitlab.example.com as mira.okafor. You can";
        assert!(body.contains(text) && body.contains("history.replaceState"), "{body}");
        let (_, body) = parts(&success(""));
        assert!(body.contains("https://gitlab.example.com. You can"), "{body}");
        let (_, body) = parts(&success("<script>&"));
        assert!(body.contains("&lt;script&gt;&amp;") && body.matches("<script").count() == 1);
    }

    #[test]
    fn only_the_answers_to_this_login_are_good() {
        let first = |page: Page| page.response()[..12].to_vec();
        assert_eq!(first(success("")), b"HTTP/1.1 200");
        assert_eq!(first(Page::Ignored(Status::MethodNotAllowed)), b"HTTP/1.1 405");
    }
}
