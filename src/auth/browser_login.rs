//! Logging in with the browser: the authorization code grant with PKCE on a loopback port
//! (RFC 6749 §4.1, RFC 7636, RFC 8252).

use std::time::Duration;

use super::callback::{Callback, CallbackUrl};
use super::connection::{Application, Connection};
use super::error::AuthError;
use super::listener::{Listener, Visitor};
use super::pages::Page;
use super::pkce::{State, Verifier};
use super::server::AuthorizationServer;
use super::waiting::{Event, Waiting};
use crate::model::address::{BaseUrl, Url};
use crate::model::redact::Redactor;
use crate::model::secret::Secret;
use crate::system::clock::Clock;

/// A login whose port is open, so that the person can be sent to [`BrowserLogin::url`].
#[derive(Debug)]
pub struct BrowserLogin {
    application: Application,
    callback_url: CallbackUrl,
    state: State,
    verifier: Verifier,
    listener: Listener,
    url: Url,
}

impl BrowserLogin {
    /// Opens the callback's port.
    pub fn start(
        instance: &BaseUrl,
        application: Application,
        scopes: &[String],
        redactor: &Redactor,
    ) -> Result<Self, AuthError> {
        let callback_url = CallbackUrl::parse(&application.callback_url)?;
        let (state, verifier) = (State::random()?, Verifier::random()?);
        redactor.learn(verifier.secret());
        let listener = Listener::bind(&callback_url)?;
        let mut url = instance.join(["oauth", "authorize"]);
        url.query_pairs_mut()
            .append_pair("client_id", &application.id)
            .append_pair("redirect_uri", callback_url.as_str())
            .append_pair("response_type", "code")
            .append_pair("state", state.secret().expose())
            .append_pair("scope", &scopes.join(" "))
            .append_pair("code_challenge", &verifier.challenge())
            .append_pair("code_challenge_method", "S256");
        Ok(Self { application, callback_url, state, verifier, listener, url })
    }

    /// The page where the person agrees or refuses.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Waits for the browser to come back. The port is free when this returns; the browser
    /// waits for the outcome of the login.
    pub fn wait(
        self,
        limit: Duration,
        clock: &dyn Clock,
        watch: &mut dyn FnMut(Event),
    ) -> Result<Consent, AuthError> {
        let mut waiting = Waiting::begin(clock, limit, watch);
        let (callback, visitor) =
            self.listener.wait(&self.callback_url, &self.state, &mut waiting)?;
        match callback {
            Callback::Code(code) => Ok(Consent {
                application: self.application,
                code,
                verifier: self.verifier,
                visitor,
            }),
            Callback::Error { error, .. } if error == "access_denied" => {
                visitor.show(&Page::Refused);
                Err(AuthError::Refused)
            }
            Callback::Error { error, description } => Err(AuthError::OAuth { error, description }),
        }
    }
}

/// The person agreed, and their browser waits for its last page.
#[derive(Debug)]
pub struct Consent {
    application: Application,
    code: Secret,
    verifier: Verifier,
    visitor: Visitor,
}

impl Consent {
    /// Exchanges the code for tokens. The connection is not kept yet, and the browser still
    /// waits to be told how that goes.
    pub fn exchange(
        self,
        server: &AuthorizationServer<'_>,
    ) -> Result<(Connection, Farewell), AuthError> {
        let tokens = server.exchange(&self.application, &self.code, self.verifier.secret())?;
        let redirect_uri = self.application.callback_url.clone();
        let connection = server.connection(tokens, self.application, Some(redirect_uri));
        Ok((connection, Farewell(self.visitor)))
    }
}

/// The browser that waits for its last page. It is told that the login failed unless
/// [`Farewell::logged_in`] is called.
#[derive(Debug)]
pub struct Farewell(Visitor);

impl Farewell {
    /// Shows that the login succeeded, and with what.
    pub fn logged_in(self, connection: &Connection) {
        let instance = connection.instance.to_string();
        self.0.show(&Page::Success { instance, account: connection.username.clone() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn the_page_is_asked_for_everything_and_nothing_secret() {
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .and_then(|socket| socket.local_addr())
            .expect("a port")
            .port();
        let application = Application {
            id: "app".to_owned(),
            secret: Some(Secret::new("gloas-secret")),
            callback_url: format!("http://LOCALHOST:{port}/callback"),
        };
        let instance = BaseUrl::parse("https://h/gitlab").expect("a base");
        let scopes = ["ai_features".to_owned(), "openid".to_owned()];
        let redactor = Redactor::default();
        let login = BrowserLogin::start(&instance, application, &scopes, &redactor);
        let login = login.expect("a login");
        let url = login.url();
        assert_eq!(url.path(), "/gitlab/oauth/authorize");
        let pairs: BTreeMap<_, _> = url.query_pairs().into_owned().collect();
        assert_eq!(pairs["redirect_uri"], format!("http://LOCALHOST:{port}/callback"));
        assert_eq!(pairs["scope"], "ai_features openid");
        assert_eq!((pairs["response_type"].as_str(), pairs.len()), ("code", 7));
        assert_eq!(pairs["code_challenge"], login.verifier.challenge());
        assert!(!url.as_str().contains(login.verifier.secret().expose()));
        assert!(!url.as_str().contains("gloas-secret"));
    }
}
