//! Logging in on a machine without a browser: the device authorization grant (RFC 8628).

use std::time::Duration;

use serde_json::Value;

use super::connection::{Application, Connection};
use super::error::{AuthError, Way};
use super::server::{AuthorizationServer, Form, bad_answer};
use super::waiting::{Event, Waiting};
use crate::http::{HttpError, HttpErrorKind};
use crate::model::address::Url;
use crate::model::secret::Secret;

const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// The time between two questions where none is said (RFC 8628 §3.2).
const INTERVAL: Duration = Duration::from_secs(5);
/// How much is added to it whenever the server finds that too often (RFC 8628 §3.5).
const SLOWER: Duration = Duration::from_secs(5);
/// The life of a code where none is said: GitLab's own.
const LIFE: Duration = Duration::from_mins(5);

/// A login that waits for the person to enter a code somewhere else.
#[derive(Debug)]
pub struct DeviceLogin {
    application: Application,
    device_code: Secret,
    user_code: String,
    page: Url,
    life: Duration,
    interval: Duration,
}

impl DeviceLogin {
    /// Asks for a code.
    pub fn start(
        server: &AuthorizationServer<'_>,
        application: Application,
        scopes: &[String],
    ) -> Result<Self, AuthError> {
        let scope = scopes.join(" ");
        let mut form = vec![("scope", scope.as_str())];
        server.identify(&mut form, &application.id, application.secret.as_ref());
        let response = server.post("authorize_device", &form).map_err(|error| {
            if is_unsupported(&error) {
                let instance = server.instance.clone();
                AuthError::DeviceUnsupported { instance }
            } else {
                error
            }
        })?;
        let started = parse(&response.body, application);
        let started = started.map_err(|reason| bad_answer(&response, reason))?;
        server.learn([&started.device_code]);
        Ok(started)
    }

    /// What the person enters.
    pub fn user_code(&self) -> &str {
        &self.user_code
    }

    /// Where they enter it.
    pub fn page(&self) -> &Url {
        &self.page
    }

    /// Asks until the person has decided. The connection is not kept yet.
    pub fn wait(
        self,
        server: &AuthorizationServer<'_>,
        limit: Duration,
        watch: &mut dyn FnMut(Event),
    ) -> Result<Connection, AuthError> {
        let mut waiting = Waiting::begin(server.clock, limit.min(self.life), watch);
        let mut interval = self.interval;
        loop {
            waiting.sleep(interval);
            if waiting.is_over() {
                return Err(over(self.life, limit));
            }
            match server.tokens(&self.question()) {
                Ok(tokens) => return Ok(server.connection(tokens, self.application, None)),
                Err(error) => match Reply::of(&error) {
                    Reply::Pending => {}
                    Reply::SlowDown => {
                        interval += SLOWER;
                        (waiting.watch)(Event::SlowingDown { interval });
                    }
                    Reply::Trouble => {
                        // RFC 8628 §3.5 wants the questions to become rarer after a timeout.
                        interval = interval.saturating_mul(2);
                        (waiting.watch)(Event::AskingAgain);
                    }
                    Reply::Expired => return Err(AuthError::DeviceExpired),
                    Reply::Denied => return Err(AuthError::Refused),
                    Reply::Other => return Err(error),
                },
            }
        }
    }

    fn question(&self) -> Form<'_> {
        let mut form = vec![
            ("grant_type", GRANT_TYPE),
            ("device_code", self.device_code.expose()),
            ("client_id", self.application.id.as_str()),
        ];
        let secret = self.application.secret.as_ref();
        form.extend(secret.map(|secret| ("client_secret", secret.expose())));
        form
    }
}

/// Which of the two times ran out.
fn over(life: Duration, limit: Duration) -> AuthError {
    if life <= limit {
        return AuthError::DeviceExpired;
    }
    AuthError::WaitOver { limit, way: Way::Device }
}

/// What an answer that is no token means (RFC 8628 §3.5).
enum Reply {
    Pending,
    SlowDown,
    Expired,
    Denied,
    /// The server or the way to it has trouble that may pass.
    Trouble,
    Other,
}

impl Reply {
    fn of(error: &AuthError) -> Self {
        match error {
            AuthError::OAuth { error, .. } => match error.as_str() {
                "authorization_pending" => Self::Pending,
                "slow_down" => Self::SlowDown,
                "expired_token" => Self::Expired,
                "access_denied" => Self::Denied,
                _ => Self::Other,
            },
            AuthError::Http(error) if may_pass(error) => Self::Trouble,
            _ => Self::Other,
        }
    }
}

fn may_pass(error: &HttpError) -> bool {
    use HttpErrorKind::{Connect, Dns, Interrupted, Status, Timeout};
    matches!(
        error.kind,
        Connect { .. }
            | Dns { .. }
            | Interrupted { .. }
            | Timeout { .. }
            | Status { status: 429 | 500.., .. }
    )
}

/// Instances before 17.1 do not know the address: they say 404 or send the browser to log in.
/// With the grant switched off they refuse the grant or the client's right to it.
fn is_unsupported(error: &AuthError) -> bool {
    match error {
        AuthError::OAuth { error, .. } => {
            matches!(error.as_str(), "unsupported_grant_type" | "unauthorized_client")
        }
        AuthError::Http(error) => matches!(
            error.kind,
            HttpErrorKind::Status { status: 404 | 405, .. } | HttpErrorKind::Redirect { .. }
        ),
        _ => false,
    }
}

fn parse(body: &[u8], application: Application) -> Result<DeviceLogin, &'static str> {
    let body: Value = serde_json::from_slice(body).map_err(|_| "it is not JSON")?;
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let seconds = |name: &str| Some(Duration::from_secs(body.get(name)?.as_u64()?));
    let page = |name: &str| {
        let url = Url::parse(text(name)?).ok()?;
        matches!(url.scheme(), "http" | "https").then_some(url)
    };
    let device_code = text("device_code").ok_or("it has no device code")?;
    // People are shown it, on the line that tells them where to go.
    let is_code = |code: &&str| !code.is_empty() && !code.contains(char::is_control);
    let user_code = text("user_code").filter(is_code);
    Ok(DeviceLogin {
        application,
        device_code: Secret::new(device_code),
        user_code: user_code.ok_or("it has no user code")?.to_owned(),
        page: page("verification_uri").ok_or("it has no page to enter the code on")?,
        life: seconds("expires_in").unwrap_or(LIFE),
        interval: seconds("interval").unwrap_or(INTERVAL).max(Duration::from_secs(1)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn application() -> Application {
        Application { id: "app".to_owned(), secret: None, callback_url: String::new() }
    }

    #[test]
    fn the_documented_answer_is_read() {
        let answer = r#"{"device_code":"GmRh","user_code":"0A44L90H",
            "verification_uri":"https://gitlab.example.com/oauth/device",
            "verification_uri_complete":"https://gitlab.example.com/oauth/device?user_code=0A44L90H",
            "expires_in":300,"interval":7}"#;
        let login = parse(answer.as_bytes(), application()).expect("a login");
        assert_eq!((login.user_code(), login.interval.as_secs()), ("0A44L90H", 7));
        assert_eq!(login.page().as_str(), "https://gitlab.example.com/oauth/device");
    }

    #[test]
    fn what_may_be_missing_has_the_standards_value_and_the_rest_may_not() {
        let least = r#"{"device_code":"d","user_code":"u","verification_uri":"https://h/"}"#;
        let login = parse(least.as_bytes(), application()).expect("a login");
        assert_eq!((login.interval, login.life), (INTERVAL, LIFE));
        let script = least.replace("https:", "javascript:");
        let refused = parse(script.as_bytes(), application()).err();
        assert_eq!(refused, Some("it has no page to enter the code on"));
        let two_lines = least.replace(r#""u""#, r#""u\nglduo: done""#);
        assert_eq!(parse(two_lines.as_bytes(), application()).err(), Some("it has no user code"));
    }

    #[test]
    fn the_shorter_time_is_the_one_that_ran_out() {
        let seconds = Duration::from_secs;
        assert!(matches!(over(seconds(300), seconds(300)), AuthError::DeviceExpired));
        assert!(matches!(over(seconds(300), seconds(60)), AuthError::WaitOver { .. }));
    }
}
