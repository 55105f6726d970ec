//! Offset pages with GitLab's headers (GitLab documentation, "REST API: Pagination").

use super::call::Call;
use super::object;
use super::query::Params;
use super::reply::Reply;
use crate::model::address::Url;

const DEFAULT: usize = 20;
const MOST: usize = 100;
/// Above this many rows GitLab counts no further.
const COUNTED: usize = 10_000;

/// Which part of a list is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    page: usize,
    per_page: usize,
}

impl Window {
    /// Reads `page` and `per_page`; more than 100 rows become 100, as GitLab does.
    pub(super) fn read(params: &mut Params<'_>) -> Self {
        let page = params.integer("page").unwrap_or(1);
        let per_page = params.integer("per_page");
        if per_page == Some(0) {
            params.problem("per_page has a value not allowed".to_owned());
        }
        Self {
            page: usize::try_from(page).unwrap_or(1).max(1),
            per_page: per_page
                .and_then(|rows| usize::try_from(rows).ok())
                .map_or(DEFAULT, |rows| rows.clamp(1, MOST)),
        }
    }

    fn rows<'a, T>(&self, all: &'a [T]) -> &'a [T] {
        let from = (self.page - 1).saturating_mul(self.per_page).min(all.len());
        &all[from..all.len().min(from + self.per_page)]
    }

    /// The neighbours and the last page.
    fn place(&self, total: usize) -> Place {
        let last = total.div_ceil(self.per_page).max(1);
        Place {
            previous: (self.page > 1 && self.page <= last).then(|| self.page - 1),
            next: (self.page < last).then_some(self.page + 1),
            last,
        }
    }
}

/// How a list that has keyset pages is asked for (GitLab documentation, "REST API:
/// Keyset-based pagination").
pub(super) struct Keyset<'a> {
    wanted: bool,
    cursor: Option<&'a str>,
    orders: &'static [&'static str],
    kind: &'static str,
}

/// The farthest row that offset pages reach where there are keyset pages.
const FARTHEST: usize = 50_000;

impl<'a> Keyset<'a> {
    /// Reads `pagination` and `cursor`. Rows of this kind can be ordered by these fields.
    pub(super) fn read(
        params: &mut Params<'a>,
        orders: &'static [&'static str],
        kind: &'static str,
    ) -> Self {
        let wanted = params.one_of("pagination", &["offset", "keyset"]) == Some("keyset");
        let cursor = params.text("cursor");
        Self { wanted, cursor, orders, kind }
    }

    /// The asked part of a list in either way. The place of a keyset page is the row before it.
    pub(super) fn page<T>(
        &self,
        call: &Call<'_>,
        window: Window,
        order: &str,
        all: &[T],
        id: fn(&T) -> u64,
        render: impl Fn(&T) -> String,
    ) -> Result<Reply, Reply> {
        if !self.wanted {
            if (window.page - 1).saturating_mul(window.per_page) > FARTHEST {
                let kind = self.kind;
                return Err(Reply::error(
                    405,
                    &format!(
                        "Offset pagination has a maximum allowed offset of {FARTHEST} for requests that return objects of type {kind}. Remaining records can be retrieved using keyset pagination."
                    ),
                ));
            }
            return Ok(page(call, window, all, render));
        }
        if !self.orders.contains(&order) {
            let words = "Keyset pagination is not yet available for this type of request";
            return Err(Reply::error(405, words));
        }
        let from = match self.cursor {
            None => 0,
            Some(cursor) => match all.iter().position(|row| self.cursor_of(id(row)) == cursor) {
                Some(before) => before + 1,
                None => return Err(Reply::error(400, "cursor is invalid")),
            },
        };
        let rows = &all[from..all.len().min(from + window.per_page)];
        let reply = Reply::json(200, object::array(rows.iter().map(render)))
            .with_header("x-per-page", window.per_page.to_string());
        Ok(match rows.last().filter(|_| from + rows.len() < all.len()) {
            Some(last) => {
                let cursor = self.cursor_of(id(last));
                let next = address(call, window, ("cursor", cursor));
                reply.with_header("link", format!("<{next}>; rel=\"next\""))
            }
            None => reply,
        })
    }

    /// Opaque to clients.
    fn cursor_of(&self, id: u64) -> String {
        format!("{}-{id:x}", self.kind.to_ascii_lowercase())
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Place {
    previous: Option<usize>,
    next: Option<usize>,
    last: usize,
}

/// The asked part of a list, each row made JSON by `render`.
pub(super) fn page<T>(
    call: &Call<'_>,
    window: Window,
    all: &[T],
    render: impl Fn(&T) -> String,
) -> Reply {
    let place = window.place(all.len());
    let shown = |page: Option<usize>| page.map(|page| page.to_string()).unwrap_or_default();
    let body = object::array(window.rows(all).iter().map(render));
    let reply = Reply::json(200, body)
        .with_header("link", links(call, window, &place, all.len()))
        .with_header("x-next-page", shown(place.next))
        .with_header("x-page", window.page.to_string())
        .with_header("x-per-page", window.per_page.to_string())
        .with_header("x-prev-page", shown(place.previous));
    if all.len() > COUNTED {
        return reply;
    }
    reply
        .with_header("x-total", all.len().to_string())
        .with_header("x-total-pages", place.last.to_string())
}

fn links(call: &Call<'_>, window: Window, place: &Place, total: usize) -> String {
    let counted = (total <= COUNTED).then_some(place.last);
    let relations =
        [("prev", place.previous), ("next", place.next), ("first", Some(1)), ("last", counted)];
    let link = |(relation, page): (&str, Option<usize>)| {
        Some(format!(
            "<{}>; rel=\"{relation}\"",
            address(call, window, ("page", page?.to_string()))
        ))
    };
    relations.into_iter().filter_map(link).collect::<Vec<_>>().join(", ")
}

/// The request's own address with another page or cursor; the path stays as it came, the
/// parameters are sorted, as Rails does.
fn address(call: &Call<'_>, window: Window, (name, value): (&str, String)) -> String {
    let mut pairs = call.pairs.clone();
    // GitLab does not repeat a token in its links.
    pairs.retain(|(given, _)| given != name && given != "per_page" && !given.ends_with("_token"));
    pairs.push((name.to_owned(), value));
    pairs.push(("per_page".to_owned(), window.per_page.to_string()));
    pairs.sort();
    let plain = format!("{}{}", call.world.base, call.request.path());
    match Url::parse(&plain) {
        Ok(mut url) => {
            url.query_pairs_mut().extend_pairs(pairs);
            url.into()
        }
        Err(_) => plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::query::pairs;

    fn window(query: &str) -> Window {
        let pairs = pairs(query).expect("a query");
        Window::read(&mut Params::new(&pairs))
    }

    #[test]
    fn sizes_have_a_default_and_a_ceiling() {
        assert_eq!(window(""), Window { page: 1, per_page: 20 });
        assert_eq!(window("per_page=500&page=3"), Window { page: 3, per_page: 100 });
        assert_eq!(window("per_page=-5&page=0"), Window { page: 1, per_page: 20 });
    }

    #[test]
    fn neighbours_are_empty_at_both_ends_and_beyond() {
        let all: Vec<u32> = (0..45).collect();
        let last = window("page=3");
        assert_eq!(last.rows(&all), [40, 41, 42, 43, 44]);
        assert_eq!(last.place(45), Place { previous: Some(2), next: None, last: 3 });
        assert_eq!(window("").place(45), Place { previous: None, next: Some(2), last: 3 });
        let beyond = window("page=9");
        assert!(beyond.rows(&all).is_empty());
        assert_eq!(beyond.place(45), Place { previous: None, next: None, last: 3 });
        assert_eq!(window("").place(0), Place { previous: None, next: None, last: 1 });
        assert!(window("page=9223372036854775807").rows(&all).is_empty());
    }

    #[test]
    fn a_list_that_ends_with_a_full_page_has_no_next_one() {
        assert_eq!(window("page=2").place(40).next, None);
    }
}
