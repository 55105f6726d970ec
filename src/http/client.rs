//! The door of the room: requests with their repeats.

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use super::answer::Answer;
use super::connector::Connector;
use super::error::{HttpError, HttpErrorKind, Phase, place};
use super::exchange::Exchange;
use super::failure::{self, Limits};
use super::options::Options;
use super::pages::Pages;
use super::renewal::with_renewal;
use super::request::{Advice, Method, Request, Response};
use super::retry;
use super::stream::Stream;
use crate::model::address::Url;
use crate::system::clock::{Clock, Deadline};
use crate::system::notes::Notes;

/// How long keep-alives and pings keep a stream open that has no content.
const KEPT_ALIVE: Duration = Duration::from_mins(10);

/// Sends requests to any host. Making one costs nothing; the connections' machinery comes with
/// the first request. It may be used from several threads at once.
pub struct Client {
    options: Options,
    clock: Arc<dyn Clock>,
    notes: Notes,
    connector: Arc<OnceLock<Connector>>,
    deadline: Option<Deadline>,
    last: Mutex<Option<LastAnswer>>,
}

/// The last good answer of a client, for an error in what was read of it. As a context of such an
/// error it adds no words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastAnswer {
    /// The status.
    pub status: u16,
    /// The URL without user info, query and fragment.
    pub url: String,
    /// GitLab's `x-request-id`.
    pub request_id: Option<String>,
}

impl fmt::Display for LastAnswer {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

/// Returns how often a request that failed this way may be sent again. A wait that the body names
/// becomes the error's, unless the server named one in a header.
fn most_repeats(request: &Request, kind: &mut HttpErrorKind, usual: u32) -> u32 {
    let (Some(read), HttpErrorKind::Status { status, body, retry_after, .. }) =
        (request.advice, kind)
    else {
        return usual;
    };
    match read(*status, body) {
        Advice::Usual => usual,
        Advice::After(wait) => {
            retry_after.get_or_insert(wait);
            usual
        }
        Advice::Once => usual.min(1),
        Advice::Never => 0,
    }
}

impl Client {
    /// A client with these settings.
    pub fn new(options: Options, clock: Arc<dyn Clock>, notes: Notes) -> Self {
        Self {
            options,
            clock,
            notes,
            connector: Arc::default(),
            deadline: None,
            last: Mutex::default(),
        }
    }

    /// A client with the same settings and its own connections, which close with it.
    #[must_use]
    pub fn apart(&self) -> Self {
        self.with_deadline(self.deadline)
    }

    /// A client with the same settings and its own connections, all of whose requests end by
    /// then.
    #[must_use]
    pub fn until(&self, deadline: Deadline) -> Self {
        self.with_deadline(Some(deadline))
    }

    /// A client with the same settings and the same connections.
    pub(super) fn share(&self) -> Self {
        let mut client = self.with_deadline(self.deadline);
        client.connector = Arc::clone(&self.connector);
        client
    }

    fn with_deadline(&self, deadline: Option<Deadline>) -> Self {
        Self {
            options: self.options.clone(),
            clock: Arc::clone(&self.clock),
            notes: self.notes.clone(),
            connector: Arc::default(),
            deadline,
            last: Mutex::default(),
        }
    }

    /// Sends and reads the whole answer, which has a good status (2xx), the kind of content
    /// that was asked for and at most `request.limit` bytes; everything else is an error.
    pub fn send(&self, request: &Request) -> Result<Response, HttpError> {
        let limits = self.limits(Phase::Total);
        let response = with_renewal(request, |request| {
            self.repeating(request, || self.good_answer(request, limits)?.into_response(request))
        })?;
        self.remember(&response);
        Ok(response)
    }

    pub(super) fn remember(&self, response: &Response) {
        let last = LastAnswer {
            status: response.status,
            url: place(&response.url),
            request_id: response.request_id.clone(),
        };
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(last);
    }

    /// The last good answer.
    pub fn last_answer(&self) -> Option<LastAnswer> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sends once and gives whatever answer comes, of any status and kind, with the beginning of
    /// its body: for finding out who answers there.
    pub fn look(&self, request: &Request) -> Result<Response, HttpError> {
        let answer = self.answer(request, self.limits(Phase::Total)).map(Answer::into_look);
        let answer = answer.map_err(|error| self.with_scheme(request, error))?;
        if failure::asks_for_https(&answer.url, answer.status, &answer.body) {
            let kind = HttpErrorKind::WrongScheme { speaks: "https" };
            return Err(HttpError::at(&answer.url, kind));
        }
        Ok(answer)
    }

    /// Sends and returns once the head of a good answer (2xx) is there. The body has an idle
    /// limit and no total one, nor one of size.
    pub fn open(&self, request: &Request) -> Result<Stream, HttpError> {
        let limits = self.limits(Phase::Idle);
        let content_limit = self.options.idle.max(KEPT_ALIVE);
        with_renewal(request, |request| {
            self.repeating(request, || {
                let clock = Arc::clone(&self.clock);
                self.good_answer(request, limits)?.into_stream(request, clock, content_limit)
            })
        })
    }

    /// The pages of a list, from the one that is given.
    pub fn pages(&self, first: Request) -> Pages<'_> {
        Pages::new(self, first)
    }

    pub(super) fn limits(&self, phase: Phase) -> Limits {
        let limit = match phase {
            Phase::Connect => self.options.connect,
            Phase::Total => self.options.total,
            Phase::Idle => self.options.idle,
        };
        let left = self.deadline.map_or(limit, |deadline| deadline.left());
        let (connect, deadline) = (self.options.connect, self.deadline);
        Limits { phase, limit: limit.min(left), connect, deadline }
    }

    pub(super) fn repeating<T>(
        &self,
        request: &Request,
        attempt: impl Fn() -> Result<T, HttpError>,
    ) -> Result<T, HttpError> {
        let mut repeats = 0;
        loop {
            let mut error = match attempt() {
                Err(error) => error,
                done => return done,
            };
            let most = most_repeats(request, &mut error.kind, self.options.max_retries);
            let wait = retry::wait(&error.kind, request.resend, repeats);
            let in_time = |wait: &Duration| self.deadline.is_none_or(|it| *wait < it.left());
            let Some(wait) = wait.filter(in_time).filter(|_| repeats < most) else {
                return Err(self.with_scheme(request, error));
            };
            repeats += 1;
            self.notes.note(&retry::announcement(&error.kind, wait, repeats, most));
            self.clock.sleep(wait);
        }
    }

    /// A plain request that a TLS port hung up on, like that of OpenSSL, is known from a handshake.
    /// It is tried last, for a read, and only if this client never had a good
    /// response.
    fn with_scheme(&self, request: &Request, error: HttpError) -> HttpError {
        let may_be_tls = matches!(error.kind, HttpErrorKind::Interrupted { .. })
            && request.url.scheme() == "http"
            && request.method == Method::Get
            && !request.confidential
            && self.last.lock().unwrap_or_else(PoisonError::into_inner).is_none();
        let connector = self.connector.get().filter(|_| may_be_tls);
        if connector.is_some_and(|connector| connector.speaks("https", &request.url)) {
            return HttpError { kind: HttpErrorKind::WrongScheme { speaks: "https" }, ..error };
        }
        error
    }

    fn good_answer<'a>(
        &'a self,
        request: &'a Request,
        limits: Limits,
    ) -> Result<Answer<'a>, HttpError> {
        let answer = self.answer(request, limits)?;
        if answer.is_good() {
            return Ok(answer);
        }
        let error = answer.into_error(self.clock.as_ref());
        match &error.kind {
            HttpErrorKind::Status { status, body, .. }
                if failure::asks_for_https(&request.url, *status, body) =>
            {
                Err(HttpError { kind: HttpErrorKind::WrongScheme { speaks: "https" }, ..error })
            }
            _ => Err(error),
        }
    }

    pub(super) fn answer<'a>(
        &'a self,
        request: &'a Request,
        limits: Limits,
    ) -> Result<Answer<'a>, HttpError> {
        let exchange = Exchange {
            connector: self.connector(&request.url)?,
            clock: self.clock.as_ref(),
            notes: &self.notes,
            request,
            limits,
            allow_insecure_http: self.options.allow_insecure_http,
        };
        exchange.run()
    }

    pub(super) fn clock(&self) -> &dyn Clock {
        self.clock.as_ref()
    }

    /// Where it says what it does.
    pub fn notes(&self) -> &Notes {
        &self.notes
    }

    fn connector(&self, url: &Url) -> Result<&Connector, HttpError> {
        if let Some(connector) = self.connector.get() {
            return Ok(connector);
        }
        let made: Result<_, HttpErrorKind> = Connector::new(&self.options, &self.notes);
        let connector = made.map_err(|kind| HttpError::at(url, kind))?;
        Ok(self.connector.get_or_init(|| connector))
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // The last client that shares them closes the connections.
        if let Some(connector) = Arc::get_mut(&mut self.connector).and_then(OnceLock::take) {
            connector.runtime.shut_down();
        }
    }
}
