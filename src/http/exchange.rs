//! One try of a request: where it may go, the hops it takes, and the answer at their end.

use std::time::Duration;

use reqwest::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};

use super::answer::Answer;
use super::connector::Connector;
use super::error::{HttpError, HttpErrorKind, Phase, place};
use super::failure::{self, Limits};
use super::incoming::Incoming;
use super::redirect;
use super::request::{Accept, Method, Request};
use super::runtime::{OutOfTime, catch_up};
use super::trace::Trace;
use crate::model::address::{Origin, Url};
use crate::system::clock::Clock;
use crate::system::notes::Notes;

fn is_loopback(url: &Url) -> bool {
    Origin::of(url).as_ref().is_some_and(Origin::is_loopback)
}

/// What a try is made with.
pub(super) struct Exchange<'a> {
    pub(super) connector: &'a Connector,
    pub(super) clock: &'a dyn Clock,
    pub(super) notes: &'a Notes,
    pub(super) request: &'a Request,
    pub(super) limits: Limits,
    pub(super) allow_insecure_http: bool,
}

impl<'a> Exchange<'a> {
    /// Goes from hop to hop until an answer that is no redirect.
    pub(super) fn run(&self) -> Result<Answer<'a>, HttpError> {
        let started = self.clock.now();
        let mut url = self.request.url.clone();
        let mut followed = 0;
        let mut with_headers = true;
        loop {
            let past = self.clock.now().duration_since(started).unwrap_or_default();
            let answer = self.hop(&url, with_headers, past)?;
            let Some(location) = answer.redirect() else {
                return Ok(answer);
            };
            answer.traced();
            let next = redirect::next(self.request, &url, &location, followed)
                .map_err(|kind| answer.error(kind))?;
            with_headers &= Origin::of(&next) == Origin::of(&url);
            followed += 1;
            url = next;
        }
    }

    fn hop(&self, url: &Url, with_headers: bool, past: Duration) -> Result<Answer<'a>, HttpError> {
        let fail = |kind| HttpError::at(url, kind);
        self.may_go_to(url).map_err(fail)?;
        let proxy = self.connector.prepare(url).map_err(fail)?;
        let request = self.prepared(url, with_headers, past).map_err(fail)?;
        let trace = Trace::start(self.notes, self.clock, &request, self.request.confidential);
        let runtime = &self.connector.runtime;
        let kind = match runtime.wait(self.limits.of_a_wait(), self.sent(request)) {
            Ok(Ok(response)) => {
                let incoming = Incoming::new(response, runtime.clone(), self.limits);
                return Ok(Answer::new(incoming, url.clone(), trace));
            }
            Ok(Err(error)) => match self.other_scheme(&error, url, proxy) {
                Some(speaks) => HttpErrorKind::WrongScheme { speaks },
                None => failure::of_request(&error, url, proxy, self.limits),
            },
            Err(OutOfTime) => self.limits.ran_out(),
        };
        trace.failed(&kind);
        Err(fail(kind))
    }

    async fn sent(&self, request: reqwest::Request) -> Result<reqwest::Response, reqwest::Error> {
        catch_up().await;
        self.connector.http.execute(request).await
    }

    /// The scheme that the server speaks instead of the URL's, if that is why the request failed.
    /// It is tried in plain text only if plain http is allowed.
    fn other_scheme(
        &self,
        error: &reqwest::Error,
        url: &Url,
        proxy: Option<&Url>,
    ) -> Option<&'static str> {
        let other = match url.scheme() {
            "http" if failure::is_no_http(error) => "https",
            "https" if proxy.is_none() && failure::is_no_handshake(error) => "http",
            _ => return None,
        };
        if other == "http" && !self.allow_insecure_http && !is_loopback(url) {
            return None;
        }
        self.connector.speaks(other, url).then_some(other)
    }

    /// The last check before anything leaves this machine, whoever chose the URL.
    fn may_go_to(&self, url: &Url) -> Result<(), HttpErrorKind> {
        let origin = Origin::of(url);
        if url.scheme() == "http" && !is_loopback(url) && !self.allow_insecure_http {
            return Err(HttpErrorKind::InsecureHttp);
        }
        match &self.request.credential {
            Some(credential) if origin.as_ref() != Some(&credential.origin) => {
                Err(HttpErrorKind::ForeignOrigin { owner: credential.origin.to_string() })
            }
            _ => Ok(()),
        }
    }

    fn prepared(
        &self,
        url: &Url,
        with_headers: bool,
        past: Duration,
    ) -> Result<reqwest::Request, HttpErrorKind> {
        let method = match self.request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Patch => reqwest::Method::PATCH,
            Method::Delete => reqwest::Method::DELETE,
        };
        let mut builder = self.connector.http.request(method, url.clone());
        if self.limits.phase == Phase::Total {
            builder = builder.timeout(self.limits.limit.saturating_sub(past));
        }
        if let Some((_, body)) = &self.request.body {
            builder = builder.body(body.clone());
        }
        builder
            .headers(self.headers(with_headers)?)
            .build()
            .map_err(|_| malformed(format!("no request can be made to {}", place(url))))
    }

    fn headers(&self, with_own: bool) -> Result<HeaderMap, HttpErrorKind> {
        let mut headers = HeaderMap::new();
        let accept = match self.request.accept {
            Accept::Json | Accept::Answer => "application/json",
            Accept::EventStream => "text/event-stream",
            Accept::Text => "text/plain, */*;q=0.5",
        };
        headers.insert(ACCEPT, HeaderValue::from_static(accept));
        if self.request.accept == Accept::EventStream {
            // A packer may hold events back until its block is full.
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        }
        if let Some((content_type, _)) = &self.request.body {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        let own = if with_own { self.request.headers.as_slice() } else { &[] };
        for (name, value) in own {
            set(&mut headers, name, value)?;
        }
        if let Some(credential) = &self.request.credential {
            self.notes.redactor().learn(&credential.secret);
            let (name, value) = credential.header();
            set(&mut headers, name, value.expose())?.set_sensitive(true);
        }
        Ok(headers)
    }
}

/// Sets a header field; an error names it and not its value.
fn set<'h>(
    headers: &'h mut HeaderMap,
    name: &str,
    value: &str,
) -> Result<&'h mut HeaderValue, HttpErrorKind> {
    let refuse = || malformed(format!("the header {name} cannot be sent"));
    let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| refuse())?;
    let value = HeaderValue::from_str(value).map_err(|_| refuse())?;
    headers.insert(key.clone(), value);
    headers.get_mut(key).ok_or_else(refuse)
}

fn malformed(reason: String) -> HttpErrorKind {
    HttpErrorKind::Malformed { reason }
}
