//! Lists that come in pages. The next page is where the server says, on the same server; pages
//! are requested ahead if the server counts them; a list that ends too early is an error.

use std::collections::{HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::ops::Range;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

use super::client::Client;
use super::error::{HttpError, HttpErrorKind};
use super::link;
use super::request::{Request, Response};
use crate::model::address::{Origin, Url};
use crate::model::rows::{self, Row};

/// How many pages are requested at once: enough to hide the distance to a far server, few enough
/// to be no burden on it. It also bounds the memory.
const AT_ONCE: usize = 4;

/// Rows of a page if a request does not say (GitLab documentation, "REST API: Pagination").
const DEFAULT_PER_PAGE: u64 = 20;

/// One page of a list.
#[derive(Debug)]
pub struct Page {
    /// The page as it came, a JSON array of objects.
    pub body: Vec<u8>,
    /// Rows that no page before had, as ranges of the body.
    new: Vec<Range<usize>>,
    /// All rows of the list, if GitLab counts them: up to 10,000 (`x-total`).
    pub total: Option<u64>,
    /// There is more, or there should be.
    pub has_next: bool,
    /// The URL that answered.
    pub url: Url,
    /// GitLab's `x-request-id`.
    pub request_id: Option<String>,
}

impl Page {
    /// The rows that no page before had, each with its own bytes.
    pub fn rows(&self) -> impl Iterator<Item = &str> {
        let text = |range: &Range<usize>| std::str::from_utf8(&self.body[range.clone()]).ok();
        self.new.iter().filter_map(text)
    }
}

/// The pages of a list in their order. After an error there are none.
pub struct Pages<'a> {
    client: &'a Client,
    origin: Option<Origin>,
    /// What to request next, or why that is not possible: known with the page before it, and an
    /// error only for a caller that wants more than that.
    next: Option<Result<Request, HttpError>>,
    /// The requests under way, in order.
    ahead: VecDeque<(Url, Receiver<Result<Response, HttpError>>)>,
    /// The most pages that the caller needs.
    most: Option<u64>,
    /// How the list begins again if GitLab does not count its rows.
    keyset: Option<Request>,
    /// How it continues if the server has no keyset pages of this list.
    offset: Option<Request>,
    hides_rows: bool,
    visited: HashSet<Url>,
    seen: HashSet<u64>,
    /// Rows so far, repeated ones included, and those before the first page.
    rows: u64,
    previous: Option<u64>,
    had_nothing_new: bool,
}

impl<'a> Pages<'a> {
    pub(super) fn new(client: &'a Client, first: Request) -> Self {
        let number = parameter(&first.url, "page").unwrap_or(1);
        Self {
            client,
            origin: Origin::of(&first.url),
            rows: (number.saturating_sub(1)).saturating_mul(per_page(&first.url)),
            next: Some(Ok(first)),
            ahead: VecDeque::new(),
            most: None,
            keyset: None,
            offset: None,
            hides_rows: false,
            visited: HashSet::new(),
            seen: HashSet::new(),
            previous: None,
            had_nothing_new: false,
        }
    }

    /// Requests at most so many pages ahead of the caller.
    #[must_use]
    pub fn at_most(self, most: Option<u64>) -> Self {
        Self { most, ..self }
    }

    /// Begins again with this request if GitLab does not count the rows (over 10,000): offset
    /// pages end at 50,000 rows if the list has keyset pages. If the server refuses it, the
    /// offset pages continue.
    #[must_use]
    pub fn or_keyset(self, keyset: Request) -> Self {
        Self { keyset: Some(keyset), ..self }
    }

    /// GitLab counts rows of this list that it does not show to this user.
    #[must_use]
    pub fn hiding_rows(self) -> Self {
        Self { hides_rows: true, ..self }
    }

    fn request(&mut self, request: &Request) -> Result<Response, HttpError> {
        match self.ahead.pop_front() {
            Some((url, answer)) if is_same(&url, &request.url) => {
                let answer = answer.recv().unwrap_or_else(|_| self.client.send(request))?;
                self.client.remember(&answer);
                Ok(answer)
            }
            _ => {
                self.ahead.clear();
                self.client.send(request)
            }
        }
    }

    /// Requests the pages that come next, as far as the server counts them.
    fn look_ahead(&mut self, number: Option<u64>, pages: Option<u64>) {
        let (Some(Ok(next)), Some(number), Some(pages)) = (&self.next, number, pages) else {
            return;
        };
        if parameter(&next.url, "page") != Some(number + 1) || has_parameter(&next.url, "cursor") {
            return;
        }
        let wanted = self.most.map(|most| most.saturating_sub(self.visited.len() as u64));
        let last = wanted.map_or(pages, |wanted| pages.min(number.saturating_add(wanted)));
        // One page alone is not worth a thread.
        if self.ahead.is_empty() && last <= number + 1 {
            return;
        }
        let first = number + 1 + self.ahead.len() as u64;
        for number in (first..=last).take(AT_ONCE - self.ahead.len().min(AT_ONCE)) {
            let url = numbered(&next.url, number);
            let request = Request { url: url.clone(), ..next.clone() };
            let (sender, answer) = sync_channel(1);
            let client = self.client.share();
            // Without a thread, the page is requested when it is needed.
            let _ = thread::Builder::new().spawn(move || {
                // A list that ended needs no answer any more.
                let _ = sender.send(client.send(&request));
            });
            self.ahead.push_back((url, answer));
        }
    }

    fn accept(&mut self, response: Response, request: Request) -> Result<Page, HttpError> {
        let fail = |kind| {
            let request_id = response.request_id.clone();
            HttpError { request_id, ..HttpError::at(&response.url, kind) }
        };
        let all = rows::split(&response.body)
            .map_err(|shape| fail(HttpErrorKind::Malformed { reason: shape.to_string() }))?;
        let is_first = self.visited.is_empty();
        self.visited.insert(request.url.clone());
        self.rows = self.rows.saturating_add(all.len() as u64);
        let (new, is_repeat) = self.new_rows(&response.body, &all);
        let headers = Headers::read(&response);
        let step = self.next_url(&response, &request.url, &headers, all.len() as u64);
        let step = step.and_then(|next| self.check(next, &headers, new.len(), is_repeat));
        self.next = match step {
            Ok(next) => next.map(|url| Ok(Request { url, ..request })),
            Err(reason) => Some(Err(fail(HttpErrorKind::Pages { reason }))),
        };
        let is_uncounted = is_first && headers.total.is_none() && matches!(self.next, Some(Ok(_)));
        if let Some(keyset) = self.keyset.take().filter(|_| is_uncounted) {
            self.offset = self.next.replace(Ok(keyset)).and_then(Result::ok);
            (self.rows, self.previous) = (0, None);
        }
        self.look_ahead(headers.number, headers.pages);
        Ok(Page {
            new,
            total: headers.total,
            has_next: self.next.is_some(),
            body: response.body,
            url: response.url,
            request_id: response.request_id,
        })
    }

    /// The rows that are new, and whether the page is one that came before. The list can shift
    /// while its pages are requested, so that some rows come twice.
    fn new_rows(&mut self, body: &[u8], all: &[Row]) -> (Vec<Range<usize>>, bool) {
        let mut hasher = DefaultHasher::new();
        body.hash(&mut hasher);
        let is_same = self.previous.replace(hasher.finish()) == Some(hasher.finish());
        let is_new = |row: &&Row| row.id.map_or(!is_same, |id| self.seen.insert(id));
        let new: Vec<_> = all.iter().filter(is_new).map(|row| row.range.clone()).collect();
        // A single row comes again if one was added before it.
        (new, is_same && all.len() > 1)
    }

    fn next_url(
        &self,
        page: &Response,
        asked: &Url,
        headers: &Headers,
        rows: u64,
    ) -> Result<Option<Url>, &'static str> {
        let by_number = || -> Result<Option<Url>, &'static str> {
            match headers.next.as_deref() {
                None | Some("") => Ok(None),
                Some(number) => {
                    let number: u64 =
                        number.parse().map_err(|_| "the x-next-page header is no number")?;
                    Ok(Some(numbered(asked, number)))
                }
            }
        };
        let next = match linked(page, self.origin.as_ref()) {
            // A link elsewhere is never followed, and neither is one that cannot be read.
            Err(reason) => Some(by_number()?.ok_or(reason)?),
            Ok(Some(Linked::Next(url))) => Some(url),
            Ok(Some(Linked::Last)) => None,
            Ok(None) if headers.say_nothing() && rows > 0 && rows >= per_page(asked) => {
                Some(numbered(asked, parameter(asked, "page").unwrap_or(1).saturating_add(1)))
            }
            Ok(None) => by_number()?,
        };
        match next {
            Some(url) if self.visited.contains(&url) => {
                Err("the next page is one that was there already")
            }
            next => Ok(next),
        }
    }

    /// Compares what came with what the server says there is.
    fn check(
        &mut self,
        next: Option<Url>,
        headers: &Headers,
        new: usize,
        is_repeat: bool,
    ) -> Result<Option<Url>, &'static str> {
        let is_hidden = self.hides_rows && headers.number <= headers.pages;
        let had_nothing_new = std::mem::replace(&mut self.had_nothing_new, new == 0 && !is_hidden);
        if next.is_some() {
            let is_endless = had_nothing_new && self.had_nothing_new;
            return if is_endless { Err("its pages repeat themselves") } else { Ok(next) };
        }
        let counts_more = headers.total.is_some_and(|total| total > self.rows) && !self.hides_rows;
        let more_pages = headers.number.zip(headers.pages).is_some_and(|(at, all)| at < all);
        match (is_repeat, counts_more || more_pages) {
            (true, _) => Err("its last page repeats the one before"),
            (_, true) => Err("the server counts more rows than it sends"),
            _ => Ok(None),
        }
    }
}

/// What the header of a page says about the list.
struct Headers {
    /// `x-next-page`; empty on the last page.
    next: Option<String>,
    /// `x-page`, from 1.
    number: Option<u64>,
    total: Option<u64>,
    pages: Option<u64>,
}

impl Headers {
    fn read(response: &Response) -> Self {
        let text = |name| response.header(name).map(str::trim);
        let number = |name| text(name).and_then(|text| text.parse().ok());
        Self {
            next: text("x-next-page").map(str::to_owned),
            number: number("x-page"),
            total: number("x-total"),
            pages: number("x-total-pages"),
        }
    }

    /// Whether only a short page can tell that the list ends.
    fn say_nothing(&self) -> bool {
        self.next.is_none() && self.total.is_none() && self.pages.is_none()
    }
}

/// A page that the server itself named and does not have: the list is incomplete, while the same
/// answer to the first request means that there is no such list.
fn missing(error: HttpError) -> HttpError {
    match error.kind {
        HttpErrorKind::Status { status: 404 | 410, .. } => {
            let reason = "the next page that the server named is not there";
            HttpError { kind: HttpErrorKind::Pages { reason }, ..error }
        }
        _ => error,
    }
}

/// What the `Link` fields say.
enum Linked {
    Next(Url),
    Last,
}

/// `None` if the server sends no links, such as behind a proxy that drops them.
fn linked(page: &Response, origin: Option<&Origin>) -> Result<Option<Linked>, &'static str> {
    let mut found = None;
    for (_, field) in page.headers.iter().filter(|(name, _)| name == "link") {
        let target = link::target(field, "next").map_err(|_| "the Link header cannot be read")?;
        if let Some(target) = target {
            let url = page.url.join(target).map_err(|_| "the next page's address is no URL")?;
            return followable(url, origin).map(|url| Some(Linked::Next(url)));
        }
        if !field.trim().is_empty() {
            found = Some(Linked::Last);
        }
    }
    Ok(found)
}

fn followable(mut url: Url, origin: Option<&Origin>) -> Result<Url, &'static str> {
    url.set_fragment(None);
    if Origin::of(&url).as_ref() != origin {
        return Err("the next page is on another server or goes by another scheme");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("the address of the next page has user info in it");
    }
    Ok(url)
}

/// The same address with another `page`, the rest of the query byte for byte as it was.
fn numbered(asked: &Url, number: u64) -> Url {
    let mut url = asked.clone();
    let page = format!("page={number}");
    let is_page = |pair: &&str| pair.starts_with("page=");
    let pairs = asked.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
    let added = (!pairs.clone().any(|pair| is_page(&pair))).then_some(page.as_str());
    let replaced = pairs.map(|pair| if is_page(&pair) { page.as_str() } else { pair });
    let query: Vec<&str> = replaced.chain(added).collect();
    url.set_query(Some(&query.join("&")));
    url
}

/// Whether these request the same, whatever the order of their parameters.
fn is_same(one: &Url, other: &Url) -> bool {
    let sorted = |url: &Url| {
        let mut pairs: Vec<_> = url.query_pairs().into_owned().collect();
        pairs.sort_unstable();
        pairs
    };
    one.path() == other.path() && sorted(one) == sorted(other)
}

fn parameter(url: &Url, name: &str) -> Option<u64> {
    url.query_pairs().find(|(own, _)| own == name)?.1.parse().ok()
}

fn has_parameter(url: &Url, name: &str) -> bool {
    url.query_pairs().any(|(own, _)| own == name)
}

fn per_page(url: &Url) -> u64 {
    parameter(url, "per_page").unwrap_or(DEFAULT_PER_PAGE)
}

impl Iterator for Pages<'_> {
    type Item = Result<Page, HttpError>;

    fn next(&mut self) -> Option<Self::Item> {
        let request = match self.next.take()? {
            Ok(request) => request,
            Err(error) => return Some(Err(error)),
        };
        let response = match self.request(&request) {
            Err(error) if self.visited.is_empty() => return Some(Err(error)),
            Err(HttpError { kind: HttpErrorKind::Status { status: 400 | 405, .. }, .. })
                if self.offset.is_some() =>
            {
                self.next = self.offset.take().map(Ok);
                return self.next();
            }
            Err(error) => return Some(Err(missing(error))),
            Ok(response) => response,
        };
        Some(self.accept(response, request))
    }
}
