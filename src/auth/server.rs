//! An instance as OAuth's authorization server: its token endpoint and its errors (RFC 6749 §5).

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use serde_json::Value;

use super::connection::{Application, Connection, Renewal, Tokens};
use super::error::AuthError;
use crate::http::{Client, HttpError, HttpErrorKind, Method, Phase, Request, Resend, Response};
use crate::model::address::{BaseUrl, Url};
use crate::model::redact::Redactor;
use crate::model::scopes;
use crate::model::secret::Secret;
use crate::system::clock::Clock;

/// The most bytes of an answer that are taken.
const LARGEST_ANSWER: u64 = 1 << 20;
/// How often a request is sent again whose connection was never made, and after how long.
const REPEATS: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(1)];
/// A token that is said to live longer than this was not said to live anything credible.
const LONGEST_LIFE: Duration = Duration::from_hours(400 * 24);

/// An instance and what it takes to speak to it.
#[derive(Clone, Copy)]
pub struct AuthorizationServer<'a> {
    /// The instance.
    pub instance: &'a BaseUrl,
    /// Sends the requests.
    pub http: &'a Client,
    /// Tells when a token ends.
    pub clock: &'a dyn Clock,
    /// Learns every secret before it is sent and as it is received.
    pub redactor: &'a Redactor,
    /// The refresh tokens that this run has sent.
    pub sent: &'a SentRefreshes,
}

/// The refresh tokens that this run has sent. Each is good for one use, so none is sent a second
/// time, whatever became of the first request. Clones share the list.
#[derive(Debug, Clone, Default)]
pub struct SentRefreshes(Arc<Mutex<Vec<Secret>>>);

impl SentRefreshes {
    pub(super) fn contains(&self, token: &Secret) -> bool {
        let sent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sent.iter().any(|one| one.expose() == token.expose())
    }

    fn add(&self, token: &Secret) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(token.clone());
    }
}

/// The fields of a form, names and values.
pub(super) type Form<'f> = Vec<(&'f str, &'f str)>;

impl AuthorizationServer<'_> {
    /// An address below `<instance>/oauth`.
    pub(super) fn endpoint(&self, name: &str) -> Url {
        self.instance.join(["oauth", name])
    }

    /// The code grant's second step (RFC 6749 §4.1.3, RFC 7636 §4.5).
    pub(super) fn exchange(
        &self,
        application: &Application,
        code: &Secret,
        verifier: &Secret,
    ) -> Result<Tokens, AuthError> {
        self.learn([code, verifier]);
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code.expose()),
            ("redirect_uri", &application.callback_url),
            ("code_verifier", verifier.expose()),
        ];
        self.identify(&mut form, &application.id, application.secret.as_ref());
        self.tokens(&form)
    }

    /// The refresh grant (RFC 6749 §6), with the redirect URI that GitLab also expects. To be
    /// called once for each token: a request that reached the server may have used it up.
    pub(super) fn refresh(
        &self,
        refresh_token: &Secret,
        renewal: &Renewal,
    ) -> Result<Tokens, AuthError> {
        self.learn([refresh_token]);
        let mut form =
            vec![("grant_type", "refresh_token"), ("refresh_token", refresh_token.expose())];
        let redirect_uri = renewal.redirect_uri.as_deref();
        form.extend(redirect_uri.map(|redirect_uri| ("redirect_uri", redirect_uri)));
        self.identify(&mut form, &renewal.client_id, renewal.client_secret.as_ref());
        let tokens = self.tokens(&form);
        if !matches!(&tokens, Err(AuthError::Http(error)) if was_never_sent(&error.kind)) {
            self.sent.add(refresh_token);
        }
        tokens
    }

    /// Revocation (RFC 7009); tokens that the server does not know are fine with it.
    pub(super) fn revoke(&self, token: &Secret, renewal: &Renewal) -> Result<(), AuthError> {
        self.learn([token]);
        let mut form = vec![("token", token.expose())];
        self.identify(&mut form, &renewal.client_id, renewal.client_secret.as_ref());
        self.post("revoke", &form).map(drop)
    }

    /// What a login that has just succeeded makes.
    pub(super) fn connection(
        &self,
        tokens: Tokens,
        application: Application,
        redirect_uri: Option<String>,
    ) -> Connection {
        let (instance, now) = (self.instance.clone(), self.clock.now());
        Connection::of_login(instance, tokens, application, redirect_uri, now)
    }

    /// Adds who asks.
    pub(super) fn identify<'f>(
        &self,
        form: &mut Form<'f>,
        id: &'f str,
        secret: Option<&'f Secret>,
    ) {
        form.push(("client_id", id));
        if let Some(secret) = secret {
            self.learn([secret]);
            form.push(("client_secret", secret.expose()));
        }
    }

    pub(super) fn learn<'s>(&self, secrets: impl IntoIterator<Item = &'s Secret>) {
        secrets.into_iter().for_each(|secret| self.redactor.learn(secret));
    }

    /// Asks the token endpoint.
    pub(super) fn tokens(&self, form: &Form<'_>) -> Result<Tokens, AuthError> {
        let response = self.post("token", form)?;
        let tokens = parse_tokens(&response.body, self.clock.now());
        let tokens = tokens.map_err(|reason| bad_answer(&response, reason))?;
        self.learn(std::iter::once(&tokens.access_token).chain(&tokens.refresh_token));
        Ok(tokens)
    }

    /// Posts a form. What came of a request that was sent is not known without its answer, so
    /// it is sent again only where no connection was made.
    pub(super) fn post(&self, endpoint: &str, form: &Form<'_>) -> Result<Response, AuthError> {
        let request = form_request(self.endpoint(endpoint), form);
        let mut sent = self.http.send(&request);
        for pause in REPEATS {
            match &sent {
                Err(error) if was_never_connected(&error.kind) => self.clock.sleep(pause),
                _ => break,
            }
            sent = self.http.send(&request);
        }
        sent.map_err(refusal)
    }
}

fn form_request(url: Url, form: &Form<'_>) -> Request {
    let mut encoder = url.clone();
    encoder.query_pairs_mut().clear().extend_pairs(form);
    let body = encoder.query().unwrap_or_default().as_bytes().to_vec();
    Request {
        method: Method::Post,
        body: Some(("application/x-www-form-urlencoded", body)),
        resend: Resend::Never,
        limit: LARGEST_ANSWER,
        ..Request::get(url).confidential()
    }
}

/// The request did not leave this machine.
fn was_never_sent(kind: &HttpErrorKind) -> bool {
    use HttpErrorKind::{CaFile, ForeignOrigin, InsecureHttp, Proxy, Timeout};
    was_never_connected(kind)
        || matches!(
            kind,
            CaFile { .. }
                | ForeignOrigin { .. }
                | InsecureHttp
                | Proxy { .. }
                | Timeout { phase: Phase::Connect, .. }
        )
}

/// A connect timeout is not among these: other processes wait for the lock in the meantime.
fn was_never_connected(kind: &HttpErrorKind) -> bool {
    matches!(kind, HttpErrorKind::Dns { .. } | HttpErrorKind::Connect { .. })
}

pub(super) fn bad_answer(response: &Response, reason: &'static str) -> AuthError {
    let url = response.url.to_string();
    AuthError::BadAnswer { url, reason }
}

/// A 4xx in OAuth's own words becomes them (RFC 6749 §5.2); a server's own trouble stays one.
fn refusal(error: HttpError) -> AuthError {
    let HttpErrorKind::Status { status: 400..=428 | 430..=499, body, .. } = &error.kind else {
        return error.into();
    };
    let Ok(body) = serde_json::from_slice::<Value>(body) else {
        return error.into();
    };
    let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
    match text("error") {
        // Besides OAuth's codes GitLab has sentences such as "404 Not Found" there.
        Some(code) if is_error_code(&code) => {
            AuthError::OAuth { error: code, description: text("error_description") }
        }
        _ => error.into(),
    }
}

fn is_error_code(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

/// Reads the answer of the token endpoint (RFC 6749 §5.1).
fn parse_tokens(body: &[u8], now: SystemTime) -> Result<Tokens, &'static str> {
    let body: Value = serde_json::from_slice(body).map_err(|_| "it is not JSON")?;
    match body.get("token_type") {
        None | Some(Value::Null) => {}
        Some(Value::String(kind)) if kind.eq_ignore_ascii_case("bearer") => {}
        Some(_) => return Err("the token is not a bearer token"),
    }
    let token = |name: &str| match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => {
            Secret::from_token_text(text).map(Some).map_err(|_| "a token in it is not one")
        }
        Some(_) => Err("a token in it is not a string"),
    };
    Ok(Tokens {
        access_token: token("access_token")?.ok_or("it has no access token")?,
        refresh_token: token("refresh_token")?,
        received_at: now,
        expires_at: end_of_life(body.get("expires_in"), now),
        scopes: body.get("scope").and_then(parse_scopes),
    })
}

/// When something ends that lives for a number of seconds; `None` for what is not credible.
pub(super) fn end_of_life(expires_in: Option<&Value>, now: SystemTime) -> Option<SystemTime> {
    let life = Duration::from_secs(expires_in?.as_u64()?);
    let is_credible = !life.is_zero() && life <= LONGEST_LIFE;
    is_credible.then(|| now.checked_add(life)).flatten()
}

/// Reads scopes: a string in a token response, a list in token information and in the store.
/// `None` for those of a fine-grained token, too.
pub(super) fn parse_scopes(value: &Value) -> Option<Vec<String>> {
    let texts = match value {
        Value::String(text) => text.split_ascii_whitespace().map(str::to_owned).collect(),
        Value::Array(list) => list.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => return None,
    };
    scopes::known(texts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::UNIX_EPOCH;

    fn tokens(body: &str) -> Result<Tokens, &'static str> {
        parse_tokens(body.as_bytes(), UNIX_EPOCH)
    }

    fn refused(status: u16, body: &str) -> AuthError {
        refusal(HttpError {
            url: String::new(),
            request_id: None,
            answer: None,
            kind: HttpErrorKind::Status {
                status,
                body: body.as_bytes().to_vec(),
                retry_after: None,
                is_html: false,
            },
        })
    }

    #[test]
    fn the_end_is_counted_from_our_own_clock() {
        let answer = r#"{"access_token":"a","token_type":"Bearer","expires_in":7200,
            "refresh_token":"r","scope":"api openid","created_at":1607635748}"#;
        let tokens = tokens(answer).expect("tokens");
        assert_eq!(tokens.expires_at, Some(UNIX_EPOCH + Duration::from_hours(2)));
        assert_eq!(tokens.scopes, Some(vec!["api".to_owned(), "openid".to_owned()]));
        assert!(tokens.refresh_token.is_some());
    }

    #[test]
    fn what_is_missing_or_absurd_is_unknown() {
        for life in ["null", "0", "-5", "\"soon\"", "99999999999999999999", "1e9", "99999999"] {
            let answer = format!(r#"{{"access_token":"a","expires_in":{life}}}"#);
            let tokens = tokens(&answer).expect("tokens");
            assert_eq!(tokens.expires_at, None, "{life}");
            assert!(tokens.refresh_token.is_none() && tokens.scopes.is_none());
        }
    }

    #[test]
    fn a_token_that_cannot_be_one_is_refused() {
        assert_eq!(tokens("{}").err(), Some("it has no access token"));
        assert_eq!(tokens("[]").err(), Some("it has no access token"));
        let two_headers = r#"{"access_token":"a\r\nX: y"}"#;
        assert_eq!(tokens(two_headers).err(), Some("a token in it is not one"));
        for kind in [r#""mac""#, r#"["Bearer"]"#, r#"{"Bearer":1}"#, "1", "true", r#""""#] {
            let answer = format!(r#"{{"access_token":"a","token_type":{kind}}}"#);
            assert_eq!(tokens(&answer).err(), Some("the token is not a bearer token"), "{kind}");
        }
    }

    #[test]
    fn only_a_4xx_with_an_error_code_is_oauths_no() {
        let no = refused(400, r#"{"error":"invalid_grant","error_description":"used"}"#);
        assert!(matches!(no, AuthError::OAuth { error, .. } if error == "invalid_grant"));
        for (status, body) in [
            (500, r#"{"error":"invalid_grant"}"#),
            (429, r#"{"error":"slow_down"}"#),
            (404, r#"{"error":"404 Not Found"}"#),
            (400, "<html>"),
        ] {
            assert!(matches!(refused(status, body), AuthError::Http(_)), "{status} {body}");
        }
    }

    #[test]
    fn a_form_is_encoded_and_never_traced() {
        let url = Url::parse("https://h/gitlab/oauth/token").expect("a URL");
        let request = form_request(url, &vec![("a", "1 +&="), ("redirect_uri", "http://x/y")]);
        let body = request.body.map(|(_, body)| String::from_utf8(body).expect("UTF-8"));
        assert_eq!(body.as_deref(), Some("a=1+%2B%26%3D&redirect_uri=http%3A%2F%2Fx%2Fy"));
        assert_eq!(request.url.as_str(), "https://h/gitlab/oauth/token");
        assert!(request.confidential && request.resend == Resend::Never);
    }
}
