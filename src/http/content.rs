//! Whether a good answer is of the kind that was asked for, or a login or proxy page.

use super::error::HttpErrorKind;
use super::request::Accept;

/// Checks a whole body.
pub(super) fn check(
    accept: Accept,
    status: u16,
    content_type: Option<&str>,
    body: &[u8],
) -> Result<(), HttpErrorKind> {
    let json = accept == Accept::Json;
    if body.is_empty() && (!json || matches!(status, 202 | 204)) {
        return Ok(());
    }
    if json && body.trim_ascii().is_empty() {
        return Err(HttpErrorKind::Malformed { reason: "the body is empty".to_owned() });
    }
    let looks_wrong = if json { !starts_like_json(body) } else { starts_like_html(body) };
    if content_type.is_none() && looks_wrong {
        return wrong(accept, None);
    }
    check_type(accept, content_type)
}

/// Checks the type alone, for a body that has not come yet. Streams are mislabeled often enough:
/// what is no page is told by its first bytes.
pub(super) fn check_type(accept: Accept, content_type: Option<&str>) -> Result<(), HttpErrorKind> {
    let fits = match (accept, content_type.map(essence)) {
        (_, None) => true,
        (Accept::Json, Some(essence)) => is_json(&essence),
        (Accept::EventStream | Accept::Answer | Accept::Text, Some(essence)) => {
            !is_html_type(&essence)
        }
    };
    if fits { Ok(()) } else { wrong(accept, content_type) }
}

/// Whether the body is a web page, by its type or, without one, by how it begins.
pub(super) fn is_html(content_type: Option<&str>, body: &[u8]) -> bool {
    content_type.map_or_else(|| starts_like_html(body), |value| is_html_type(&essence(value)))
}

fn wrong(accept: Accept, content_type: Option<&str>) -> Result<(), HttpErrorKind> {
    let expected = match accept {
        Accept::Json => "JSON",
        Accept::EventStream | Accept::Answer => "an event stream",
        Accept::Text => "text",
    };
    let content_type = content_type.unwrap_or("none").to_owned();
    Err(HttpErrorKind::WrongContent { content_type, expected })
}

/// `text/html; charset=utf-8` → `text/html`.
fn essence(content_type: &str) -> String {
    let end = content_type.find(';').unwrap_or(content_type.len());
    content_type[..end].trim().to_ascii_lowercase()
}

fn is_json(essence: &str) -> bool {
    essence == "application/json" || essence.ends_with("+json")
}

fn is_html_type(essence: &str) -> bool {
    matches!(essence, "text/html" | "application/xhtml+xml")
}

fn starts_like_json(body: &[u8]) -> bool {
    body.trim_ascii_start().first().is_some_and(|byte| b"{[\"-0123456789tfn".contains(byte))
}

fn starts_like_html(body: &[u8]) -> bool {
    let start = body.trim_ascii_start();
    let begins = |tag: &[u8]| start.get(..tag.len()).is_some_and(|it| it.eq_ignore_ascii_case(tag));
    begins(b"<!doctype html") || begins(b"<html")
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: Option<&str> = Some("application/json");

    fn verdict(accept: Accept, content_type: Option<&str>, body: &str) -> &'static str {
        match check(accept, 200, content_type, body.as_bytes()) {
            Ok(()) => "fine",
            Err(HttpErrorKind::WrongContent { .. }) => "wrong",
            Err(HttpErrorKind::Malformed { .. }) => "malformed",
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn json_says_so_or_looks_like_it() {
        let json = |content_type, body| verdict(Accept::Json, content_type, body);
        assert_eq!(json(JSON, "[]"), "fine");
        assert_eq!(json(Some("Application/JSON; charset=utf-8"), "{}"), "fine");
        assert_eq!(json(Some("application/problem+json"), "{}"), "fine");
        assert_eq!(json(None, " \n[1]"), "fine");
        assert_eq!(json(Some("text/html; charset=utf-8"), "<html>"), "wrong");
        assert_eq!(json(Some("text/plain"), "{}"), "wrong");
        assert_eq!(json(Some("application/jsonp"), "{}"), "wrong");
        assert_eq!(json(None, "<!DOCTYPE html>"), "wrong");
    }

    #[test]
    fn an_empty_body_is_no_json_unless_the_status_says_so() {
        assert_eq!(verdict(Accept::Json, JSON, ""), "malformed");
        assert_eq!(verdict(Accept::Json, JSON, " \n"), "malformed");
        assert_eq!(verdict(Accept::Json, None, ""), "malformed");
        assert!(check(Accept::Json, 204, None, b"").is_ok());
        assert!(check(Accept::Json, 202, Some("text/html"), b"").is_ok());
    }

    #[test]
    fn text_is_anything_but_a_page() {
        let text = |content_type, body| verdict(Accept::Text, content_type, body);
        assert_eq!(text(Some("text/plain"), "<html>"), "fine");
        assert_eq!(text(None, ""), "fine");
        assert_eq!(text(Some("text/x-diff"), " \n"), "fine");
        assert_eq!(text(Some("TEXT/HTML"), "diff"), "wrong");
        assert_eq!(text(None, "\n<!doctype HTML><p>"), "wrong");
    }

    #[test]
    fn a_stream_may_have_any_type_but_that_of_a_page() {
        let fits = |content_type| check_type(Accept::EventStream, content_type).is_ok();
        assert!(fits(Some("Text/Event-Stream; charset=utf-8")) && fits(JSON));
        assert!(fits(Some("text/plain")) && fits(None));
        assert!(!fits(Some("text/html")) && !fits(Some("TEXT/HTML; charset=utf-8")));
    }
}
