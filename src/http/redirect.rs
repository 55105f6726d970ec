//! Which redirects are followed: reads only, never away from a credential's
//! origin, never from https to http.

use super::error::{HttpErrorKind, place};
use super::request::{Method, Request};
use crate::model::address::{Origin, Url};

/// The most redirects followed for one request.
const MOST: usize = 5;

/// Whether a status with a `Location` sends the client elsewhere.
pub(super) fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

/// Where to go from `from`, after `followed` redirects.
pub(super) fn next(
    request: &Request,
    from: &Url,
    location: &str,
    followed: usize,
) -> Result<Url, HttpErrorKind> {
    let refuse = |location: String, reason| Err(HttpErrorKind::Redirect { location, reason });
    let Ok(mut to) = from.join(location) else {
        return refuse(String::new(), "the location is not a URL");
    };
    to.set_fragment(None);
    match objection(request, from, &to, followed) {
        Some(reason) => refuse(place(&to), reason),
        None => Ok(to),
    }
}

fn objection(request: &Request, from: &Url, to: &Url, followed: usize) -> Option<&'static str> {
    let leaves = Origin::of(from) != Origin::of(to);
    let reasons = [
        (request.method != Method::Get, "only reads follow redirects"),
        (!matches!(to.scheme(), "http" | "https"), "the location is no web address"),
        (!to.username().is_empty() || to.password().is_some(), "the location has user info in it"),
        (from.scheme() == "https" && to.scheme() == "http", "it goes from https to plain http"),
        (to.path().ends_with("/users/sign_in"), "it goes to a login page"),
        (leaves && request.credential.is_some(), "it leaves the server the credential is for"),
        (leaves && to.scheme() != "https", "it goes to another server by plain http"),
        (followed >= MOST, "there are too many redirects"),
    ];
    reasons.into_iter().find_map(|(holds, reason)| holds.then_some(reason))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::credential::{Credential, CredentialSource, Scheme};
    use crate::model::secret::Secret;

    fn url(text: &str) -> Url {
        Url::parse(text).expect("a URL")
    }

    /// The place gone to, or the reason why not.
    fn follow(request: &Request, location: &str) -> String {
        match next(request, &request.url, location, 0) {
            Ok(to) => to.to_string(),
            Err(HttpErrorKind::Redirect { location, reason }) => format!("{location}: {reason}"),
            Err(other) => panic!("{other}"),
        }
    }

    fn with_credential(text: &str) -> Request {
        let url = url(text);
        let credential = Credential {
            secret: Secret::new("glpat-x"),
            scheme: Scheme::Bearer,
            origin: Origin::of(&url).expect("an origin"),
            source: CredentialSource::Env("GITLAB_TOKEN"),
        };
        Request::get(url).with_credential(Some(credential))
    }

    #[test]
    fn a_credential_stays_on_its_origin() {
        let request = with_credential("https://h/a/b?x=1");
        assert_eq!(follow(&request, "/projects/7?y=2#z"), "https://h/projects/7?y=2");
        assert_eq!(follow(&request, "c"), "https://h/a/c");
        let leaves = "it leaves the server the credential is for";
        assert_eq!(follow(&request, "https://evil/x?t=1"), format!("https://evil/x: {leaves}"));
        assert_eq!(follow(&request, "https://h:8443/"), format!("https://h:8443/: {leaves}"));
        assert_eq!(follow(&request, "//h.evil/"), format!("https://h.evil/: {leaves}"));
        let up = follow(&with_credential("http://h/"), "https://h/");
        assert_eq!(up, format!("https://h/: {leaves}"));
    }

    #[test]
    fn without_one_any_https_server_will_do() {
        let request = Request::get(url("https://h/a"));
        assert_eq!(follow(&request, "https://storage/log?sig=1"), "https://storage/log?sig=1");
        assert_eq!(follow(&request, "http://h/"), "http://h/: it goes from https to plain http");
        let plain = Request::get(url("http://127.0.0.1:1/"));
        assert_eq!(follow(&plain, "/b"), "http://127.0.0.1:1/b");
        let other = "http://127.0.0.1:2/: it goes to another server by plain http";
        assert_eq!(follow(&plain, "http://127.0.0.1:2/"), other);
    }

    #[test]
    fn odd_places_are_refused() {
        let request = Request::get(url("https://h/a"));
        assert_eq!(follow(&request, "ftp://h/"), "ftp://h/: the location is no web address");
        assert_eq!(
            follow(&request, "https://u:p@h/"),
            "https://h/: the location has user info in it"
        );
        assert_eq!(follow(&request, "https://"), ": the location is not a URL");
        let login = "https://h/users/sign_in: it goes to a login page";
        assert_eq!(follow(&request, "/users/sign_in?x=1"), login);
    }

    #[test]
    fn writes_do_not_follow_and_reads_not_for_ever() {
        let post = Request { method: Method::Post, ..Request::get(url("https://h/a")) };
        assert_eq!(follow(&post, "/b"), "https://h/b: only reads follow redirects");
        let get = Request::get(url("https://h/a"));
        assert!(next(&get, &get.url, "/b", MOST - 1).is_ok());
        assert!(next(&get, &get.url, "/b", MOST).is_err());
    }
}
