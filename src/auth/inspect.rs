//! What a token is: its kind, scopes and end, and whose it is, as the instance tells them.

use std::time::SystemTime;

use serde_json::Value;

use super::connection::{Connection, TokenKind};
use super::error::AuthError;
use super::server::{AuthorizationServer, end_of_life, parse_scopes};
use crate::http::{AnswerHead, HttpError, HttpErrorKind, Identity, Request};
use crate::model::address::Url;
use crate::model::timestamp;

/// What the instance tells of a token.
#[derive(Debug, Clone, Default)]
pub struct TokenFacts {
    /// Its kind; `None` where the instance answers neither question about it.
    pub kind: Option<TokenKind>,
    /// Its scopes; `None` where the instance does not tell.
    pub scopes: Option<Vec<String>>,
    /// When it ends; `None` where it does not, or the instance does not tell.
    pub expires_at: Option<SystemTime>,
    /// Whose it is; `None` where its scopes do not let that be known.
    pub username: Option<String>,
    /// The number of that user.
    pub user_id: Option<u64>,
}

impl TokenFacts {
    /// The connection with what was learned about its token.
    #[must_use]
    pub fn complete(&self, connection: Connection) -> Connection {
        Connection {
            kind: self.kind.unwrap_or(connection.kind),
            scopes: self.scopes.clone().or(connection.scopes),
            expires_at: connection.expires_at.or(self.expires_at),
            username: self.username.clone().or(connection.username),
            user_id: self.user_id.or(connection.user_id),
            ..connection
        }
    }
}

/// The kind that a token's own text tells: `glpat-…` is a personal (or project or group) access
/// token, 64 hexadecimal digits are an OAuth token; instances may set prefixes of their own.
pub fn kind_of(token: &str) -> Option<TokenKind> {
    let is_hex = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f');
    if token.starts_with("glpat-") {
        Some(TokenKind::PersonalAccessToken)
    } else if token.len() == 64 && token.bytes().all(is_hex) {
        Some(TokenKind::OAuth)
    } else {
        None
    }
}

/// Asks the instance about a token, whose `kind` is given if it is known. Fails with the
/// instance's 401 if it rejects the token and nothing renews it.
pub fn inspect(
    server: &AuthorizationServer<'_>,
    identity: &Identity,
    kind: Option<TokenKind>,
) -> Result<TokenFacts, AuthError> {
    let kind = kind.or_else(|| kind_of(identity.credential().secret.expose()));
    let inspection = Inspection { server, identity, kind };
    let token = inspection.token()?;
    let (username, user_id) = inspection.user(&token)?;
    Ok(TokenFacts { username, user_id: user_id.or(token.user_id), ..token })
}

struct Inspection<'a> {
    server: &'a AuthorizationServer<'a>,
    identity: &'a Identity,
    /// What is known before the instance is asked.
    kind: Option<TokenKind>,
}

impl Inspection<'_> {
    /// Asks about tokens of each kind, the likelier kind first.
    fn token(&self) -> Result<TokenFacts, AuthError> {
        use TokenKind::{OAuth, PersonalAccessToken};
        let kinds = match self.kind {
            Some(OAuth) => [OAuth, PersonalAccessToken],
            _ => [PersonalAccessToken, OAuth],
        };
        for kind in kinds {
            let refused = match self.ask(self.information_url(kind)) {
                Ok(answer) => return Ok(self.facts(kind, &answer)),
                Err(error) => error,
            };
            let is_final = match status(&refused) {
                // Also said of a token of the other kind.
                Some(401) => self.kind == Some(kind),
                Some(400 | 403 | 404 | 405) => false,
                _ => true,
            };
            if is_final {
                return Err(refused.into());
            }
        }
        Ok(TokenFacts { kind: self.kind, ..TokenFacts::default() })
    }

    /// `GET /personal_access_tokens/self` (GitLab 15.5) and `GET /oauth/token/info`.
    fn information_url(&self, kind: TokenKind) -> Url {
        let instance = self.server.instance;
        match kind {
            TokenKind::PersonalAccessToken => instance.api(["personal_access_tokens", "self"]),
            TokenKind::OAuth => instance.join(["oauth", "token", "info"]),
        }
    }

    fn facts(&self, kind: TokenKind, answer: &Value) -> TokenFacts {
        let field = |name: &str| answer.get(name).filter(|value| !value.is_null());
        let now = self.server.clock.now();
        let (expires_at, user_id) = match kind {
            // A date means its first moment, UTC.
            TokenKind::PersonalAccessToken => {
                let date = field("expires_at").and_then(Value::as_str);
                (date.and_then(|it| timestamp::parse_given(it, now)), field("user_id"))
            }
            TokenKind::OAuth => {
                let life = field("expires_in").or_else(|| field("expires_in_seconds"));
                (end_of_life(life, now), field("resource_owner_id"))
            }
        };
        let is_fine_grained = field("granular") == Some(&Value::Bool(true));
        let scopes = field("scopes").or_else(|| field("scope")).filter(|_| !is_fine_grained);
        TokenFacts {
            kind: Some(kind),
            scopes: scopes.and_then(parse_scopes),
            expires_at,
            username: None,
            user_id: user_id.and_then(Value::as_u64),
        }
    }

    /// Name and number of the user, as far as the scopes let them be known.
    fn user(&self, token: &TokenFacts) -> Result<(Option<String>, Option<u64>), AuthError> {
        let scopes = token.scopes.as_ref();
        let has = |wanted: &[&str]| {
            scopes.is_none_or(|scopes| scopes.iter().any(|scope| wanted.contains(&scope.as_str())))
        };
        let is_of_api = has(&["api", "read_api", "read_user"]);
        let answer = if is_of_api {
            self.ask(self.server.instance.api(["user"]))
        } else if has(&["openid"]) {
            self.ask(self.server.endpoint("userinfo"))
        } else {
            return Ok((None, None));
        };
        match answer {
            Ok(answer) => Ok(user_of(&answer)),
            // Every GitLab knows this path; one that answers nothing about the token is none.
            Err(error) if status(&error) == Some(404) && scopes.is_none() => Err(HttpError {
                kind: HttpErrorKind::Malformed { reason: "it has no API".to_owned() },
                ..error
            }
            .into()),
            Err(error) => match status(&error) {
                Some(404) => Ok((None, None)),
                Some(403) if !is_of_api || lacks_scope(&error) => Ok((None, None)),
                _ => Err(error.into()),
            },
        }
    }

    fn ask(&self, url: Url) -> Result<Value, HttpError> {
        let request = self.identity.sign(Request::get(url));
        let response = self.server.http.send(&request)?;
        serde_json::from_slice(&response.body).map_err(|error| HttpError {
            url: request.url.to_string(),
            request_id: response.request_id,
            answer: Some(Box::new(AnswerHead { status: response.status, content_type: None })),
            kind: HttpErrorKind::Malformed { reason: error.to_string() },
        })
    }
}

/// The user of `GET /user`, or of OpenID Connect's user information.
fn user_of(answer: &Value) -> (Option<String>, Option<u64>) {
    let text = |name: &str| answer.get(name).and_then(Value::as_str);
    let username = ["username", "nickname", "preferred_username"];
    let id = answer.get("id").and_then(Value::as_u64);
    (
        username.into_iter().find_map(text).map(str::to_owned),
        id.or_else(|| text("sub")?.parse().ok()),
    )
}

/// A 403 that is about the scopes, as `insufficient_scope` (RFC 6750 §3.1). Any other one is
/// about the account, such as one that is blocked.
fn lacks_scope(error: &HttpError) -> bool {
    let HttpErrorKind::Status { status: 403, body, .. } = &error.kind else {
        return false;
    };
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let code = body.get("error").and_then(Value::as_str);
    code.is_some_and(|code| code.starts_with("insufficient_"))
}

fn status(error: &HttpError) -> Option<u16> {
    match error.kind {
        HttpErrorKind::Status { status, .. } => Some(status),
        _ => None,
    }
}
