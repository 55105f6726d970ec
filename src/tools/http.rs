//! Which addresses the service may have requested in the user's name: those of the instance's
//! own API. Who holds the connection sends the request.

use crate::model::address::{BaseUrl, Origin, Url};

use super::error::ToolError;

/// The address of a request, resolved against the instance and compared after that: same
/// origin, below `/api/`, no user info. Redirects are not for this to follow.
pub fn api_address(instance: &BaseUrl, path: &str) -> Result<Url, ToolError> {
    let foreign = || ToolError::ForeignAddress { path: path.to_owned() };
    let prefix = match instance.prefix() {
        "" => String::new(),
        prefix => format!("/{prefix}"),
    };
    let base = instance.join([""]);
    let below = path.strip_prefix('/').filter(|rest| !rest.starts_with(['/', '\\']));
    // GitLab's paths start at the instance, which need not be the top of its host.
    let address = match below {
        Some(rest) if !path.starts_with(&format!("{prefix}/api/")) => base.join(rest),
        _ => base.join(path),
    };
    let address = address.map_err(|_| foreign())?;
    let same = Origin::of(&address).is_some_and(|origin| origin == instance.origin());
    let user = !address.username().is_empty() || address.password().is_some();
    let api = address.path().starts_with(&format!("{prefix}/api/"));
    if same && api && !user { Ok(address) } else { Err(foreign()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(instance: &str, path: &str) -> Option<String> {
        let instance = BaseUrl::parse(instance).expect("an instance");
        api_address(&instance, path).ok().map(String::from)
    }

    #[test]
    fn a_path_stays_below_the_api_of_the_instance() {
        let of = |path| address("https://gitlab.example.com", path);
        let expected = Some("https://gitlab.example.com/api/v4/user?a=b".to_owned());
        assert_eq!(of("/api/v4/user?a=b"), expected);
        assert_eq!(of("api/v4/user?a=b"), expected);
        assert_eq!(of("https://gitlab.example.com/api/v4/user?a=b"), expected);
        for path in [
            "https://evil.example/api/v4/user",
            "//evil.example/api/v4/user",
            "/\\evil.example/api/v4/user",
            "https://gitlab.example.com:444/api/v4/user",
            "http://gitlab.example.com/api/v4/user",
            "https://gitlab.example.com@evil.example/api/v4/user",
            "https://me:pw@gitlab.example.com/api/v4/user",
            "/api/../admin",
            "/api/%2e%2e/admin",
            "/users/sign_in",
            "file:///etc/passwd",
            "http://127.0.0.1/api/v4/user",
            "",
        ] {
            assert_eq!(of(path), None, "{path}");
        }
    }

    #[test]
    fn the_instances_own_path_is_kept() {
        let of = |path| address("https://example.com/gitlab", path);
        let expected = Some("https://example.com/gitlab/api/v4/user".to_owned());
        assert_eq!(of("/api/v4/user"), expected);
        assert_eq!(of("api/v4/user"), expected);
        assert_eq!(of("/gitlab/api/v4/user"), expected);
        assert_eq!(of("/api/../../api/v4/user"), None);
    }
}
