//! A connection with an instance: a token, what is known of it, and what renews it.

use std::time::{Duration, SystemTime};

use super::error::AuthError;
use crate::model::address::BaseUrl;
use crate::model::credential::{Credential, CredentialSource, Scheme};
use crate::model::secret::Secret;

/// A token with less than that left is renewed before it is used.
const EARLY: Duration = Duration::from_mins(5);

/// Which kind of token a connection has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// A personal, project or group access token.
    PersonalAccessToken,
    /// An OAuth access token.
    OAuth,
}

impl TokenKind {
    /// Its name in the store and in JSON output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PersonalAccessToken => "pat",
            Self::OAuth => "oauth",
        }
    }
}

/// A connection, from the store or from opencode's file.
#[derive(Debug, Clone)]
pub struct Connection {
    /// The instance; the token goes to its origin and nowhere else.
    pub instance: BaseUrl,
    /// The kind of the token.
    pub kind: TokenKind,
    /// The token.
    pub access_token: Secret,
    /// When the token ends, by this machine's clock; `None` where that is not known.
    pub expires_at: Option<SystemTime>,
    /// When the token was received, by this machine's clock; `None` for one that was pasted.
    pub received_at: Option<SystemTime>,
    /// The scopes of the token; `None` where they are not known.
    pub scopes: Option<Vec<String>>,
    /// Whose it is; `None` where its scopes do not tell.
    pub username: Option<String>,
    /// The number of that user.
    pub user_id: Option<u64>,
    /// When the login was.
    pub connected_at: Option<SystemTime>,
    /// What renews an OAuth token.
    pub renewal: Option<Renewal>,
    /// Where it is kept.
    pub source: CredentialSource,
}

/// What goes with the refresh of a session: what made it.
#[derive(Debug, Clone)]
pub struct Renewal {
    /// Good for one use. The device grant may come without one.
    pub refresh_token: Option<Secret>,
    /// The application that the session was made with.
    pub client_id: String,
    /// Its secret, where it is a confidential one.
    pub client_secret: Option<Secret>,
    /// The redirect URI of the login, to the letter; the device grant has none.
    pub redirect_uri: Option<String>,
    /// GitLab said that the refresh token is no longer good.
    pub ended: bool,
}

/// Tokens as they were just received.
#[derive(Debug, Clone)]
pub(super) struct Tokens {
    /// The access token.
    pub(super) access_token: Secret,
    /// The refresh token; none means that an old one stays good.
    pub(super) refresh_token: Option<Secret>,
    /// When they were received, by this machine's clock.
    pub(super) received_at: SystemTime,
    /// When the access token ends, by the same clock.
    pub(super) expires_at: Option<SystemTime>,
    /// The scopes, where they were told.
    pub(super) scopes: Option<Vec<String>>,
}

impl Connection {
    /// The connection that a pasted token makes.
    pub fn of_token(instance: BaseUrl, kind: TokenKind, token: Secret, now: SystemTime) -> Self {
        Self {
            instance,
            kind,
            access_token: token,
            expires_at: None,
            received_at: None,
            scopes: None,
            username: None,
            user_id: None,
            connected_at: Some(now),
            renewal: None,
            source: CredentialSource::File,
        }
    }

    /// The connection that a login makes; the application goes with it for as long as it lasts.
    pub(super) fn of_login(
        instance: BaseUrl,
        tokens: Tokens,
        application: Application,
        redirect_uri: Option<String>,
        now: SystemTime,
    ) -> Self {
        let renewal = Renewal {
            refresh_token: None,
            client_id: application.id,
            client_secret: application.secret,
            redirect_uri,
            ended: false,
        };
        Self {
            renewal: Some(renewal),
            ..Self::of_token(instance, TokenKind::OAuth, tokens.access_token.clone(), now)
        }
        .renewed(tokens)
    }

    /// The token for `http`.
    pub fn credential(&self) -> Credential {
        Credential {
            secret: self.access_token.clone(),
            scheme: Scheme::Bearer,
            origin: self.instance.origin(),
            source: self.source.clone(),
        }
    }

    /// Whether the token is good at a time, as far as the clock can tell.
    pub fn is_good_at(&self, time: SystemTime) -> bool {
        self.expires_at.is_none_or(|end| time < end)
    }

    /// Whether the token should be renewed before it is used: five minutes before its end, or
    /// in the last tenth of a life that is so short that it would be renewed at every use.
    pub(super) fn is_old_at(&self, now: SystemTime) -> bool {
        let life = self.expires_at.zip(self.received_at);
        let life = life.and_then(|(end, start)| end.duration_since(start).ok());
        !self.is_good_at(now + life.map_or(EARLY, |life| EARLY.min(life / 10)))
    }

    /// The same connection with new tokens; what they do not tell stays as it was.
    #[must_use]
    pub(super) fn renewed(&self, tokens: Tokens) -> Self {
        let renewal = self.renewal.clone().map(|renewal| Renewal {
            refresh_token: tokens.refresh_token.or(renewal.refresh_token),
            ended: false,
            ..renewal
        });
        Self {
            access_token: tokens.access_token,
            expires_at: tokens.expires_at,
            received_at: Some(tokens.received_at),
            scopes: tokens.scopes.or_else(|| self.scopes.clone()),
            renewal,
            ..self.clone()
        }
    }

    /// Every secret in it, for the redactor.
    pub fn secrets(&self) -> impl Iterator<Item = &Secret> {
        let renewal = self.renewal.iter();
        let behind = renewal.flat_map(|it| [it.refresh_token.as_ref(), it.client_secret.as_ref()]);
        std::iter::once(&self.access_token).chain(behind.flatten())
    }
}

/// An application as it is registered on the instance.
#[derive(Debug, Clone)]
pub struct Application {
    /// Its id.
    pub id: String,
    /// Its secret, where it is a confidential one.
    pub secret: Option<Secret>,
    /// Its redirect URI, to the letter.
    pub callback_url: String,
}

impl Application {
    /// Whether [`Self::settle`] finds an id for this instance.
    pub fn is_known(instance: &BaseUrl, id: Option<&str>) -> bool {
        id.is_some() || packaged_id(instance).is_some()
    }

    /// The application with this id, or the one that the packager of this program registered
    /// on GitLab.com. A secret goes only with the id that it was given for.
    pub fn settle(
        instance: &BaseUrl,
        id: Option<&str>,
        secret: Option<Secret>,
        callback_url: &str,
        scopes: &[String],
    ) -> Result<Self, AuthError> {
        let (id, secret) = match (id, packaged_id(instance)) {
            (Some(id), _) => (id, secret),
            (None, Some(packaged)) => (packaged, None),
            (None, None) => {
                return Err(AuthError::NoApplicationId {
                    instance: Box::new(instance.clone()),
                    callback_url: callback_url.to_owned(),
                    scopes: scopes.to_vec(),
                });
            }
        };
        Ok(Self { id: id.to_owned(), secret, callback_url: callback_url.to_owned() })
    }
}

/// The application id that was baked in when this program was built, for GitLab.com only.
fn packaged_id(instance: &BaseUrl) -> Option<&'static str> {
    let id = option_env!("GLDUO_OAUTH_APP_ID").filter(|id| !id.is_empty())?;
    (instance.to_string() == "https://gitlab.com").then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_an_id_the_error_knows_what_to_register() {
        let instance = BaseUrl::parse("gitlab.example.com").expect("a base");
        let scopes = ["ai_features".to_owned()];
        let settled = Application::settle(&instance, None, None, "http://localhost:1/x", &scopes);
        let Err(AuthError::NoApplicationId { callback_url, scopes: asked, .. }) = settled else {
            panic!("{settled:?}");
        };
        assert_eq!(
            (callback_url.as_str(), asked.as_slice()),
            ("http://localhost:1/x", &scopes[..])
        );
    }

    #[test]
    fn a_given_id_keeps_its_secret() {
        let instance = BaseUrl::parse("gitlab.com").expect("a base");
        let secret = Some(Secret::new("gloas-x"));
        let settled =
            Application::settle(&instance, Some("id"), secret, "u", &[]).expect("settled");
        assert_eq!((settled.id.as_str(), settled.secret.is_some()), ("id", true));
    }
}
