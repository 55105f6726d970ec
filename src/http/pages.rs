//! Lists that come in pages: the next one is where the server says, on the same server, and
//! never one that was there already.

use std::collections::HashSet;

use super::client::Client;
use super::error::{HttpError, HttpErrorKind};
use super::link;
use super::request::{Request, Response};
use crate::model::address::{Origin, Url};

/// One page of a list.
#[derive(Debug)]
pub struct Page {
    /// The page as it came, a JSON array.
    pub body: Vec<u8>,
    /// All rows of the list, where GitLab counts them: up to 10,000 (`x-total`).
    pub total: Option<u64>,
    /// Its number, from 1, where the server tells (`x-page`).
    pub number: Option<u64>,
    /// How many pages there are, where GitLab counts them (`x-total-pages`).
    pub pages: Option<u64>,
    /// The server names a further page.
    pub has_next: bool,
    /// The URL that answered.
    pub url: Url,
    /// GitLab's `x-request-id`.
    pub request_id: Option<String>,
}

/// The pages of a list in their order. After an error there are none.
pub struct Pages<'a> {
    client: &'a Client,
    origin: Option<Origin>,
    /// What to ask for next, or why that is not possible: known with the page before it, and
    /// an error only to who wants more than that.
    next: Option<Result<Request, HttpError>>,
    visited: HashSet<Url>,
}

impl<'a> Pages<'a> {
    pub(super) fn new(client: &'a Client, first: Request) -> Self {
        let origin = Origin::of(&first.url);
        Self { client, origin, next: Some(Ok(first)), visited: HashSet::new() }
    }

    /// Whether the next page is asked for by this number and no other mark.
    pub(super) fn goes_by_number(&self, number: u64) -> bool {
        let Some(Ok(next)) = &self.next else { return false };
        let mut pairs = next.url.query_pairs();
        pairs.any(|(name, value)| name == "page" && value == number.to_string())
    }

    pub(super) fn client(&self) -> &'a Client {
        self.client
    }

    /// What the last page says to ask for next.
    pub(super) fn next_request(&mut self) -> Option<Result<Request, HttpError>> {
        self.next.take()
    }

    /// The same request for the page of another number.
    pub(super) fn numbered(request: &Request, number: u64) -> Result<Request, HttpError> {
        let url = numbered(&request.url, &number.to_string())
            .map_err(|reason| HttpError::at(&request.url, HttpErrorKind::Pages { reason }))?;
        Ok(Request { url, ..request.clone() })
    }

    /// Takes in the answer to a request for a page.
    pub(super) fn accept(&mut self, response: Response, request: Request) -> Page {
        self.visited.insert(request.url.clone());
        self.next = match self.next_url(&response, &request.url) {
            Ok(next) => next.map(|url| Ok(Request { url, ..request })),
            Err(reason) => {
                let kind = HttpErrorKind::Pages { reason };
                let request_id = response.request_id.clone();
                Some(Err(HttpError { request_id, ..HttpError::at(&response.url, kind) }))
            }
        };
        let number = |name| response.header(name).and_then(|text| text.trim().parse().ok());
        Page {
            total: number("x-total"),
            number: number("x-page"),
            pages: number("x-total-pages"),
            has_next: self.next.is_some(),
            body: response.body,
            url: response.url,
            request_id: response.request_id,
        }
    }

    fn next_url(&self, page: &Response, asked: &Url) -> Result<Option<Url>, &'static str> {
        let mut url = match linked(page)? {
            Some(Linked::Next(url)) => url,
            Some(Linked::Last) => return Ok(None),
            None => match page.header("x-next-page").map(str::trim) {
                None | Some("") => return Ok(None),
                Some(number) => numbered(asked, number)?,
            },
        };
        url.set_fragment(None);
        if Origin::of(&url) != self.origin {
            return Err("the next page is on another server or goes by another scheme");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("the address of the next page has user info in it");
        }
        if self.visited.contains(&url) {
            return Err("the next page is one that was there already");
        }
        Ok(Some(url))
    }
}

/// A page that the server itself named and does not have: the list is cut short, while the same
/// answer to the first request means that there is no such list.
pub(super) fn missing(error: HttpError) -> HttpError {
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

/// `None` where the server sends no links, such as behind a proxy that drops them.
fn linked(page: &Response) -> Result<Option<Linked>, &'static str> {
    let mut found = None;
    for (_, field) in page.headers.iter().filter(|(name, _)| name == "link") {
        let target = link::target(field, "next").map_err(|_| "the Link header cannot be read")?;
        if let Some(target) = target {
            let url = page.url.join(target).map_err(|_| "the next page's address is no URL")?;
            return Ok(Some(Linked::Next(url)));
        }
        if !field.trim().is_empty() {
            found = Some(Linked::Last);
        }
    }
    Ok(found)
}

/// The same address with another `page`, the rest of the query byte for byte as it was.
fn numbered(asked: &Url, number: &str) -> Result<Url, &'static str> {
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("the x-next-page header is no number");
    }
    let mut url = asked.clone();
    let query = asked.query().unwrap_or_default();
    let kept = query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("page="));
    let page = format!("page={number}");
    let query: Vec<&str> = kept.chain([page.as_str()]).collect();
    url.set_query(Some(&query.join("&")));
    Ok(url)
}

impl Iterator for Pages<'_> {
    type Item = Result<Page, HttpError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.next.take()? {
            Ok(request) => {
                let response = self.client.send(&request);
                let is_first = self.visited.is_empty();
                let response =
                    response.map_err(|error| if is_first { error } else { missing(error) });
                Some(response.map(|response| self.accept(response, request)))
            }
            Err(error) => Some(Err(error)),
        }
    }
}
