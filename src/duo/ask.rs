//! One question to a model and its answer as it comes, whatever protocol carries it.

use super::catalogue::Model;
use super::error::{self, DuoError};
use super::gateway_token::GatewayAccess;
use super::prompt::SystemPrompt;
use super::refusal;
use super::reply::Reply;
use super::token_cache::TokenCache;
use crate::gitlab::{DIRECT_ACCESS_BODY, DirectAccess, Gitlab};
use crate::http::{Accept, Client, HttpError, Request, Resend, Stream};
use crate::model::address::{BaseUrl, Url};
use crate::model::conversation::Conversation;

/// More characters than a token has on average in any input that makes sense.
const CHARACTERS_A_TOKEN: u64 = 8;

/// What is asked, and of whom.
pub struct Question<'q> {
    /// The model.
    pub model: &'q Model,
    /// Compliance instructions first.
    pub system: &'q SystemPrompt,
    /// The turns, the last one the user's.
    pub conversation: &'q Conversation,
    /// Whether the answer is wanted piece by piece.
    pub stream: bool,
    /// The most tokens of the answer; the provider's or our default where `None`.
    pub max_tokens: Option<u32>,
    /// How far the answer may wander, 0 to 2; the provider's default where `None`.
    pub temperature: Option<f64>,
    /// How hard the model is to think; the provider's default where `None`.
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
    pub(super) fn word(self) -> &'static str {
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
pub struct Sketch {
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
    /// Asks; the answer is read from the [`Reply`]. A gateway token that is not good any more
    /// is renewed once.
    pub fn ask(&self, question: &Question<'_>) -> Result<Reply, DuoError> {
        check_length(question)?;
        let request = request(question, self.gateway);
        let first = match self.tokens.get(self.gitlab) {
            Some(access) => self.open(&request, access),
            None => self.open_anew(&request),
        };
        let answer = match first {
            Err(Failure::Gateway(error)) if error::is_stale_token(&error) => {
                self.tokens.forget(self.gitlab);
                self.open_anew(&request)
            }
            other => other,
        };
        match answer {
            Ok(stream) => Ok(Reply::new(question.model.dialect, stream)),
            Err(Failure::Gateway(error)) => {
                if error::is_stale_token(&error) {
                    self.tokens.forget(self.gitlab);
                }
                Err(error::from_gateway(error))
            }
            Err(Failure::Access(error)) => Err(*error),
        }
    }

    /// With a token that GitLab gives out now.
    fn open_anew(&self, request: &Request) -> Result<Stream, Failure> {
        let access = self.gitlab.direct_access(refusal::token_advice);
        let access =
            access.map_err(|error| Failure::Access(Box::new(error::from_direct_access(error))))?;
        // What cannot be kept is asked for again.
        let _ = self.tokens.put(self.gitlab, &access);
        self.open(request, access)
    }

    fn open(&self, request: &Request, access: DirectAccess) -> Result<Stream, Failure> {
        let access = GatewayAccess::new(access, self.gateway);
        let mut request = request.clone();
        request.headers.extend(access.headers);
        let request = request.with_credential(Some(access.credential));
        self.client.open(&request).map_err(Failure::Gateway)
    }
}

/// Refuses what cannot fit. Nobody but the provider counts tokens exactly: prose and code have
/// three to five characters a token, and only what is too long at twice that is refused here.
fn check_length(question: &Question<'_>) -> Result<(), DuoError> {
    let Some(context) = question.model.context else { return Ok(()) };
    let turns = question.conversation.messages.iter().map(|message| message.text.as_str());
    let texts = || turns.clone().chain([question.system.text()]);
    // Characters are counted only where the bytes, never fewer, leave a doubt.
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

enum Failure {
    Access(Box<DuoError>),
    Gateway(HttpError),
}

/// The request to the gateway, less what comes with its token.
fn request(question: &Question<'_>, gateway: &BaseUrl) -> Request {
    let dialect = question.model.dialect;
    let accept = if question.stream { Accept::EventStream } else { Accept::Answer };
    let url = gateway.join(["ai", "v1"].into_iter().chain(dialect.path().iter().copied()));
    let mut request = Request::post_json(url, dialect.body(question), Resend::WhenNotTaken);
    let header = dialect.header().map(|(name, value)| (name.to_owned(), value.to_owned()));
    request.headers.extend(header);
    request.advice = Some(refusal::advice);
    request.accepting(accept)
}

/// The requests that [`Duo::ask`] would send, in order.
pub fn sketch(question: &Question<'_>, instance: &BaseUrl, gateway: &BaseUrl) -> [Sketch; 2] {
    let request = request(question, gateway);
    let json = ("content-type", "application/json".to_owned());
    let token = |whose: &str| ("authorization", format!("Bearer [{whose}]"));
    let accept = if question.stream { "text/event-stream" } else { "application/json" };
    let own = question.model.dialect.header().map(|(name, value)| (name, value.to_owned()));
    let mut headers = vec![token("gateway token"), json.clone(), ("accept", accept.to_owned())];
    headers.extend(own);
    headers.push(("x-gitlab-*", "[as GitLab gives them with the gateway token]".to_owned()));
    [
        Sketch {
            method: "POST",
            url: Gitlab::direct_access_url(instance),
            headers: vec![token("GitLab token"), json],
            body: DIRECT_ACCESS_BODY.as_bytes().to_vec(),
        },
        Sketch {
            method: "POST",
            url: request.url,
            headers,
            body: request.body.map(|(_, body)| body).unwrap_or_default(),
        },
    ]
}
