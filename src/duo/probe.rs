//! Finding out whether models would answer, without a question: who is at the gateway's address,
//! whether GitLab gives out its token, and whether the gateway passes a model's name on.

use serde_json::{Value, json};

use super::ask::Duo;
use super::catalogue::{Dialect, Model};
use super::error::{self, DuoError};
use super::gateway_token::GatewayAccess;
use super::refusal;
use crate::http::{Client, HttpError, Request, Resend};
use crate::model::address::{BaseUrl, presentable};

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
    /// It is what a gateway answers to a stranger.
    pub is_gateway: bool,
}

/// Looks at what answers at a gateway's address, as a stranger. The gateway's own errors are
/// JSON objects (`{"detail":…}`, `{"error":…}`), and one for a path that it has not is a 404.
pub fn look(client: &Client, gateway: &BaseUrl) -> Result<GatewayFace, HttpError> {
    let url =
        gateway.join(["ai", "v1"].into_iter().chain(Dialect::Anthropic.path().iter().copied()));
    let answer = client.look(&Request::get(url))?;
    let is_object = matches!(serde_json::from_slice(&answer.body), Ok(Value::Object(_)));
    let is_html = answer.header("content-type").is_some_and(|kind| kind.contains("html"));
    Ok(GatewayFace {
        url: presentable(answer.url.as_str()),
        status: answer.status,
        is_html,
        is_gateway: is_object && !is_html && answer.status != 404 && answer.status < 500,
    })
}

impl Duo<'_> {
    /// Asks GitLab for the gateway's token; one of an earlier run is not used.
    pub fn pass(&self) -> Result<Pass, DuoError> {
        let access =
            self.gitlab.direct_access(refusal::token_advice).map_err(error::from_direct_access)?;
        Ok(Pass(GatewayAccess::new(access, self.gateway)))
    }

    /// Whether the gateway passes this model's name on: it is sent a request without a question,
    /// which the gateway refuses where it does not offer the model, and the provider otherwise,
    /// before a token is used.
    pub fn offers(&self, model: &Model, Pass(access): &Pass) -> Result<(), DuoError> {
        let url =
            self.gateway.join(["ai", "v1"].into_iter().chain(model.dialect.path().iter().copied()));
        let body = match model.dialect {
            Dialect::Anthropic => {
                json!({ "model": model.backend, "max_tokens": 1, "messages": [] })
            }
            Dialect::OpenaiChat => json!({ "model": model.backend, "messages": [] }),
            // The least that is taken is 16.
            Dialect::OpenaiResponses => {
                json!({ "model": model.backend, "input": [], "max_output_tokens": 1 })
            }
        };
        let mut request =
            Request::post_json(url, body.to_string().into_bytes(), Resend::WhenNotTaken)
                .with_credential(Some(access.credential.clone()));
        let own = model.dialect.header().map(|(name, value)| (name.to_owned(), value.to_owned()));
        request.headers.extend(own.into_iter().chain(access.headers.clone()));
        match self.client.send(&request) {
            Err(error) if error::is_providers_refusal(&error) => Ok(()),
            other => other.map(drop).map_err(error::from_gateway),
        }
    }
}
