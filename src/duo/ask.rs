//! One question to a model and its answer as it comes, whatever protocol carries it.

use super::catalogue::{Dialect, Model};
use super::error::{self, DuoError};
use super::gateway::{GatewayAddress, MountCache};
use super::gateway_token::GatewayAccess;
use super::prompt::SystemPrompt;
use super::refusal;
use super::reply::Reply;
use super::token_cache::TokenCache;
use crate::gitlab::{DIRECT_ACCESS_BODY, Gitlab};
use crate::http::{Accept, Client, HttpError, Request, Resend};
use crate::model::address::{BaseUrl, Url};
use crate::model::conversation::Conversation;

/// More characters than a token has on average in any input that makes sense.
const CHARACTERS_A_TOKEN: u64 = 8;

/// A question to a model.
pub struct Question<'q> {
    /// The model.
    pub model: &'q Model,
    /// Compliance instructions first.
    pub system: &'q SystemPrompt,
    /// The turns, the last one the user's.
    pub conversation: &'q Conversation,
    /// Whether the answer is wanted piece by piece.
    pub stream: bool,
    /// The most tokens of the answer; the provider's or our default if `None`.
    pub max_tokens: Option<u32>,
    /// The sampling temperature, 0 to 2; the provider's default if `None`.
    pub temperature: Option<f64>,
    /// The reasoning effort; the provider's default if `None`.
    pub effort: Option<Effort>,
    /// Whether what the model thinks is wanted too.
    pub reasoning: bool,
}

/// How hard a model is to think before it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// Not at all.
    None,
    /// A little.
    Low,
    /// Some.
    Medium,
    /// Much.
    High,
    /// Very much.
    Xhigh,
    /// As much as it can.
    Max,
}

impl Effort {
    /// The providers' word.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Xhigh => "xhigh",
            Self::Max => "max",
        }
    }
}

/// A request that would be sent, for `--dry-run`; credentials are named, not shown.
pub struct RequestPreview {
    /// The method.
    pub method: &'static str,
    /// Where to.
    pub url: Url,
    /// The headers.
    pub headers: Vec<(&'static str, String)>,
    /// The JSON body.
    pub body: Vec<u8>,
}

/// GitLab Duo by way of its gateway.
pub struct Duo<'a> {
    /// Sends.
    pub client: &'a Client,
    /// Gives out the gateway token.
    pub gitlab: &'a Gitlab<'a>,
    /// The gateway.
    pub gateway: &'a BaseUrl,
    /// Gateway tokens of earlier runs.
    pub tokens: TokenCache,
}

impl Duo<'_> {
    /// Asks; the answer is read from the [`Reply`].
    pub fn ask(&self, question: &Question<'_>) -> Result<Reply, DuoError> {
        check_length(question)?;
        let dialect = question.model.dialect;
        let request = request(question, GatewayAddress::new(self.gateway).first_url(dialect));
        let stream = self.send(dialect, &request, None, |request| self.client.open(request))?;
        Ok(Reply::new(dialect, stream))
    }

    /// Sends a model request with a token that the gateway accepts, to the prefix of its API: a
    /// stale token is replaced once, and the other prefix is tried once if nothing is there.
    pub(super) fn send<T>(
        &self,
        dialect: Dialect,
        request: &Request,
        access: Option<GatewayAccess>,
        attempt: impl Fn(&Request) -> Result<T, HttpError>,
    ) -> Result<T, DuoError> {
        let address = GatewayAddress::new(self.gateway);
        let cache = MountCache::new(self.tokens.directory(), self.gitlab.instance(), &address);
        let remembered = cache.get().filter(|known| address.mounts().any(|mount| mount == *known));
        let mut mount = remembered.unwrap_or(address.first);
        let mut access = match access.or_else(|| self.kept_access()) {
            Some(access) => access,
            None => self.new_access()?,
        };
        let mut is_renewed = false;
        let mut elsewhere = None;
        loop {
            let url = address.api(mount, dialect.path());
            let mut request = Request { url, ..request.clone() };
            request.headers.extend(access.headers.clone());
            let request = request.with_credential(Some(access.credential.clone()));
            let error = match attempt(&request) {
                Ok(answer) => {
                    if mount != address.first || remembered.is_some() {
                        cache.put(mount);
                    }
                    return Ok(answer);
                }
                Err(error) => error,
            };
            let other = address.other(mount).filter(|_| error::is_not_found(&error));
            if error::is_stale_token(&error) {
                self.tokens.forget(self.gitlab);
                if !std::mem::replace(&mut is_renewed, true) {
                    access = self.new_access()?;
                    continue;
                }
            } else if let Some(other) = other.filter(|_| elsewhere.is_none()) {
                cache.forget();
                mount = other;
                elsewhere = Some(error);
                continue;
            }
            // If nothing is at either, the address as it was configured is what to report.
            let first = elsewhere.filter(|_| error::is_not_found(&error));
            return Err(error::from_gateway(first.unwrap_or(error)));
        }
    }

    fn kept_access(&self) -> Option<GatewayAccess> {
        Some(GatewayAccess::new(self.tokens.get(self.gitlab)?, self.gateway))
    }

    /// With a token that GitLab gives out now.
    fn new_access(&self) -> Result<GatewayAccess, DuoError> {
        let access = self.gitlab.direct_access(refusal::token_advice);
        let access = access.map_err(error::from_direct_access)?;
        // What cannot be kept is requested again.
        let _ = self.tokens.put(self.gitlab, &access);
        Ok(GatewayAccess::new(access, self.gateway))
    }
}

/// Refuses what cannot fit. Nobody but the provider counts tokens exactly: prose and code have
/// three to five characters a token, and only what is too long at twice that is refused here.
fn check_length(question: &Question<'_>) -> Result<(), DuoError> {
    let Some(context) = question.model.context else { return Ok(()) };
    let turns = question.conversation.messages.iter().map(|message| message.text.as_str());
    let texts = || turns.clone().chain([question.system.text()]);
    // Characters are counted only if the bytes, never fewer, leave a doubt.
    let bytes: u64 = texts().map(|text| text.len() as u64).sum();
    if bytes / CHARACTERS_A_TOKEN <= context {
        return Ok(());
    }
    let characters: u64 = texts().map(|text| text.chars().count() as u64).sum();
    let least = characters / CHARACTERS_A_TOKEN;
    if least <= context {
        return Ok(());
    }
    Err(DuoError::TooLong { characters, context })
}

/// The request to the gateway, less what comes with its token.
fn request(question: &Question<'_>, url: Url) -> Request {
    let dialect = question.model.dialect;
    let accept = if question.stream { Accept::EventStream } else { Accept::Answer };
    let mut request = Request::post_json(url, dialect.body(question), Resend::WhenNotTaken);
    let header = dialect.header().map(|(name, value)| (name.to_owned(), value.to_owned()));
    request.headers.extend(header);
    request.advice = Some(refusal::advice);
    request.accepting(accept)
}

/// The requests that [`Duo::ask`] would send, in order.
pub fn preview_requests(
    question: &Question<'_>,
    instance: &BaseUrl,
    gateway: &BaseUrl,
) -> [RequestPreview; 2] {
    let url = GatewayAddress::new(gateway).first_url(question.model.dialect);
    let request = request(question, url);
    let json = ("content-type", "application/json".to_owned());
    let token = |whose: &str| ("authorization", format!("Bearer [{whose}]"));
    let accept = if question.stream { "text/event-stream" } else { "application/json" };
    let own = question.model.dialect.header().map(|(name, value)| (name, value.to_owned()));
    let mut headers = vec![token("gateway token"), json.clone(), ("accept", accept.to_owned())];
    headers.extend(own);
    headers.push(("x-gitlab-*", "[as GitLab gives them with the gateway token]".to_owned()));
    [
        RequestPreview {
            method: "POST",
            url: Gitlab::direct_access_url(instance),
            headers: vec![token("GitLab token"), json],
            body: DIRECT_ACCESS_BODY.as_bytes().to_vec(),
        },
        RequestPreview {
            method: "POST",
            url: request.url,
            headers,
            body: request.body.map(|(_, body)| body).unwrap_or_default(),
        },
    ]
}
