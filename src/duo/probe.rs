//! Finding out whether models would answer, without a question: who is at the gateway's address,
//! whether GitLab gives out its token, and whether the gateway passes a model's name on.

use serde_json::{Value, json};

use super::ask::Duo;
use super::catalogue::{Dialect, Model};
use super::error::{self, DuoError};
use super::gateway::GatewayAddress;
use super::gateway_token::GatewayAccess;
use super::refusal;
use crate::http::{Accept, Client, HttpError, Request, Resend, Response};
use crate::model::address::{BaseUrl, Url, presentable};

/// The key to the gateway, for [`Duo::offers`].
#[derive(Debug)]
pub struct Pass(GatewayAccess);

/// Who answered where the gateway should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayFace {
    /// The address that answered in the end, without user info and query.
    pub url: String,
    /// Its status.
    pub status: u16,
    /// It is a page for people.
    pub is_html: bool,
    /// It is what a gateway answers without a token.
    pub is_gateway: bool,
}

impl GatewayFace {
    fn new(answer: &Response, is_gateway: bool) -> Self {
        let is_html = answer.header("content-type").is_some_and(|kind| kind.contains("html"));
        Self {
            url: presentable(answer.url.as_str()),
            status: answer.status,
            is_html,
            is_gateway: is_gateway && !is_html,
        }
    }
}

/// Looks at what answers at a gateway's address, without a token: its health, which a proxy in
/// front may hide, and its refusal of a model request. A gateway's own errors are JSON objects
/// (`{"detail":…}`, `{"error":…}`); for a path that it does not have it is a 404.
pub fn look(client: &Client, gateway: &BaseUrl) -> Result<GatewayFace, HttpError> {
    let address = GatewayAddress::new(gateway);
    let look = |url: Url| client.look(&Request::get(url));
    let mut first = None;
    for mount in address.mounts() {
        let answer = look(address.api(mount, Dialect::Anthropic.path()))?;
        let body = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
        let is_error = ["detail", "error"].iter().any(|name| body.get(name).is_some());
        let face =
            GatewayFace::new(&answer, is_error && answer.status != 404 && answer.status < 500);
        if face.is_gateway {
            return Ok(face);
        }
        first.get_or_insert(face);
        let answer = look(address.below(mount, &["monitoring", "healthz"]))?;
        let is_object = matches!(serde_json::from_slice(&answer.body), Ok(Value::Object(_)));
        let face = GatewayFace::new(&answer, is_object && answer.status == 200);
        if face.is_gateway {
            return Ok(face);
        }
    }
    // There is at least one prefix.
    first.map_or_else(
        || look(address.first_url(Dialect::Anthropic)).map(|it| GatewayFace::new(&it, false)),
        Ok,
    )
}

impl Duo<'_> {
    /// Requests the gateway's token from GitLab; one of an earlier run is not used.
    pub fn pass(&self) -> Result<Pass, DuoError> {
        let access = self.gitlab.direct_access(refusal::token_advice);
        let access = access.map_err(error::from_direct_access)?;
        Ok(Pass(GatewayAccess::new(access, self.gateway)))
    }

    /// Whether the gateway passes this model's name on. It is sent a request without a question,
    /// the way that a chat is: the gateway refuses it if it does not offer the model, and the
    /// provider otherwise, before a token is used.
    pub fn offers(&self, model: &Model, Pass(access): &Pass) -> Result<(), DuoError> {
        let body = match model.dialect {
            Dialect::Anthropic => {
                json!({ "model": model.backend, "max_tokens": 1, "messages": [], "stream": true })
            }
            Dialect::OpenaiChat => {
                json!({ "model": model.backend, "messages": [], "stream": true })
            }
            // The least that is taken is 16.
            Dialect::OpenaiResponses => {
                json!({ "model": model.backend, "input": [], "max_output_tokens": 1, "stream": true })
            }
        };
        let url = GatewayAddress::new(self.gateway).first_url(model.dialect);
        let body = body.to_string().into_bytes();
        let request = Request::post_json(url, body, Resend::WhenNotTaken);
        let mut request = request.accepting(Accept::EventStream);
        let own = model.dialect.header().map(|(name, value)| (name.to_owned(), value.to_owned()));
        request.headers.extend(own);
        let attempt = |request: &Request| match self.client.open(request) {
            Err(error) if error::is_providers_refusal(&error) => Ok(()),
            other => other.map(drop),
        };
        self.send(model.dialect, &request, Some(access.clone()), attempt)
    }
}
