//! Who asks, and whether they may: the header kinds, token states and scopes of GitLab's
//! REST API (GitLab documentation, "REST API authentication", "CI/CD job token").

use serde_json::json;

use super::call::World;
use super::query;
use super::received::Received;
use super::reply::Reply;
use super::seed::{Person, Project, Token, TokenKind, TokenState};

/// What a route takes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Access {
    /// Any one of these will do; an empty list takes any scope.
    scopes: &'static [&'static str],
    job_token: bool,
}

impl Access {
    pub(super) const READ: Self = Self { scopes: &["api", "read_api"], job_token: false };
    pub(super) const WRITE: Self = Self { scopes: &["api"], job_token: false };
    pub(super) const READ_OR_JOB: Self = Self { scopes: &["api", "read_api"], job_token: true };
    pub(super) const READ_USER: Self =
        Self { scopes: &["api", "read_api", "read_user"], job_token: false };
    pub(super) const DUO: Self = Self { scopes: &["api", "ai_features"], job_token: false };
    pub(super) const ANY_SCOPE: Self = Self { scopes: &[], job_token: false };
}

/// Who asks, and with what.
#[derive(Debug, Clone)]
pub(super) struct Caller<'a> {
    pub(super) person: &'a Person,
    pub(super) token: Token,
}

impl Caller<'_> {
    /// A job token sees its own project only.
    pub(super) fn may_see(&self, project: &Project) -> bool {
        project.is_open_to(&self.person.username)
            && (self.token.kind != TokenKind::Job || self.token.job_project == Some(project.id))
    }
}

/// Finds out who sent a request. A job token where none is taken counts as no token, as in
/// GitLab; everything else that is wrong with a token is an answer at once.
pub(super) fn identify<'a>(
    world: &'a World,
    request: &Received,
    access: Access,
) -> Result<Option<Caller<'a>>, Reply> {
    let pairs = query::pairs(request.query()).unwrap_or_default();
    let Some((value, kinds)) = credential(request, &pairs)? else {
        return Ok(None);
    };
    if kinds == [TokenKind::Job] && !access.job_token {
        return Ok(None);
    }
    let unauthorized = || Reply::message(401, "401 Unauthorized");
    let mut tokens = world.seed.tokens.iter();
    let seeded = tokens.find(|token| token.value == value).cloned();
    let token = seeded.or_else(|| world.oauth.token(value, world.clock.now()));
    let token = token.filter(|token| kinds.contains(&token.kind)).ok_or_else(unauthorized)?;
    check_state(&token)?;
    if token.kind != TokenKind::Job {
        check_scopes(&token, access)?;
    }
    let person = world.person(&token.user).ok_or_else(unauthorized)?;
    Ok(Some(Caller { person, token }))
}

/// The one credential of a request, in its header or its query, and which kinds of token may
/// come there.
fn credential<'r>(
    request: &'r Received,
    pairs: &'r query::Pairs,
) -> Result<Option<(&'r str, &'static [TokenKind])>, Reply> {
    use TokenKind::{Job, OAuth, Personal};
    let field = |name| request.header(name).filter(|value| !value.is_empty());
    let parameter = |name: &str| {
        let found = pairs.iter().find(|(given, value)| given == name && !value.is_empty());
        found.map(|(_, value)| value.as_str())
    };
    let given: [Option<(&str, &[TokenKind])>; 6] = [
        field("private-token").map(|value| (value, [Personal].as_slice())),
        field("authorization").map(|value| (bearer(value), [Personal, OAuth].as_slice())),
        field("job-token").map(|value| (value, [Job].as_slice())),
        parameter("private_token").map(|value| (value, [Personal].as_slice())),
        parameter("access_token").map(|value| (value, [Personal, OAuth].as_slice())),
        parameter("job_token").map(|value| (value, [Job].as_slice())),
    ];
    let mut given = given.into_iter().flatten();
    match (given.next(), given.next()) {
        (_, Some(_)) => {
            Err(Reply::message(400, "400 Bad request - two kinds of credentials at once"))
        }
        (one, None) => Ok(one),
    }
}

/// The token of `Bearer TOKEN`; another scheme gives an empty token, which nobody has.
pub(super) fn bearer(value: &str) -> &str {
    match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        _ => "",
    }
}

pub(super) fn check_state(token: &Token) -> Result<(), Reply> {
    let invalid = |why| Err(Reply::oauth_error(401, "invalid_token", why));
    match token.state {
        TokenState::Active => Ok(()),
        TokenState::Expired => {
            invalid("Token is expired. You can either do re-authorization or token refresh.")
        }
        TokenState::Revoked => {
            invalid("Token was revoked. You have to re-authorize from the user.")
        }
    }
}

/// The only scope that GitLab tells of a fine-grained token.
pub(super) const FINE_GRAINED: &str = "granular";

fn check_scopes(token: &Token, access: Access) -> Result<(), Reply> {
    if token.scopes == [FINE_GRAINED] {
        return check_permissions(access);
    }
    let enough = access.scopes.iter().any(|scope| token.scopes.iter().any(|has| has == scope));
    if enough || access.scopes.is_empty() {
        return Ok(());
    }
    let body = json!({
        "error": "insufficient_scope",
        "error_description": "The request requires higher privileges than provided by the access token.",
        "scope": access.scopes.join(" "),
    });
    Err(Reply::json(403, body.to_string()))
}

/// Every fine-grained token here has the permissions to read and no other one.
fn check_permissions(access: Access) -> Result<(), Reply> {
    let missing = match access.scopes {
        [] => return Ok(()),
        scopes if scopes.contains(&"read_api") => return Ok(()),
        scopes if scopes.contains(&"ai_features") => {
            "This operation doesn't support fine-grained personal access tokens."
        }
        _ => {
            "This operation requires a fine-grained personal access token with the following project permissions: [Note: Create]."
        }
    };
    let words = format!("Access denied: {missing}");
    Err(Reply::oauth_error(403, "insufficient_granular_scope", &words))
}
