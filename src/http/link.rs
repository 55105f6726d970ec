//! The `Link` header field (RFC 8288 §3), for the one thing it is read for: a relation's target.

use std::borrow::Cow;

/// The field is not a list of links.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BadLink;

/// The target of the first link of that relation. Links about another page (`anchor`) do not
/// count; empty list elements do no harm (RFC 9110 §5.6.1).
pub(super) fn target<'a>(field: &'a str, relation: &str) -> Result<Option<&'a str>, BadLink> {
    let mut rest = field;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        if rest.is_empty() {
            return Ok(None);
        }
        let opened = rest.strip_prefix('<').ok_or(BadLink)?;
        let (target, after) = opened.split_once('>').ok_or(BadLink)?;
        let (link, after) = Parameters::read(after)?;
        if !link.has_anchor && link.is(relation) {
            return Ok(Some(target.trim()));
        }
        rest = after;
    }
}

/// What of a link's parameters matters.
#[derive(Default)]
struct Parameters<'a> {
    /// The first `rel`; later ones do not count (RFC 8288 §3.3).
    relations: Option<Cow<'a, str>>,
    has_anchor: bool,
}

impl<'a> Parameters<'a> {
    fn read(mut rest: &'a str) -> Result<(Self, &'a str), BadLink> {
        let mut parameters = Self::default();
        loop {
            rest = without_space(rest);
            if rest.is_empty() || rest.starts_with(',') {
                return Ok((parameters, rest));
            }
            rest = without_space(rest.strip_prefix(';').ok_or(BadLink)?);
            let (name, after) = split_token(rest);
            rest = without_space(after);
            if let Some(after) = rest.strip_prefix('=') {
                let (value, after) = value(without_space(after))?;
                rest = after;
                parameters.take(name, value);
            }
        }
    }

    fn take(&mut self, name: &str, value: Cow<'a, str>) {
        if name.eq_ignore_ascii_case("rel") {
            self.relations.get_or_insert(value);
        } else if name.eq_ignore_ascii_case("anchor") {
            self.has_anchor = true;
        }
    }

    fn is(&self, relation: &str) -> bool {
        let relations = self.relations.as_deref().unwrap_or_default();
        // Some servers quote with apostrophes, which RFC 8288 does not know.
        let relations = relations.trim_matches('\'').split_ascii_whitespace();
        relations.into_iter().any(|one| one.eq_ignore_ascii_case(relation))
    }
}

fn without_space(text: &str) -> &str {
    text.trim_start_matches([' ', '\t'])
}

fn split_token(text: &str) -> (&str, &str) {
    text.split_at(text.find(['=', ';', ',', ' ', '\t']).unwrap_or(text.len()))
}

/// A token, or a quoted string without its quotes and escapes (RFC 9110 §5.6.4).
fn value(text: &str) -> Result<(Cow<'_, str>, &str), BadLink> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = match text.strip_prefix('\'').and_then(|quoted| quoted.find('\'')) {
            Some(end) => end + 2,
            None => text.find([';', ',', ' ', '\t']).unwrap_or(text.len()),
        };
        let (token, rest) = text.split_at(end);
        return Ok((Cow::Borrowed(token), rest));
    };
    let mut plain = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return Ok((Cow::Owned(plain), &quoted[at + 1..])),
            '\\' => plain.push(characters.next().ok_or(BadLink)?.1),
            c => plain.push(c),
        }
    }
    Err(BadLink)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(field: &str) -> Result<Option<&str>, BadLink> {
        target(field, "next")
    }

    #[test]
    fn the_next_link_is_found_among_others() {
        let field = r#"<https://h/p?page=1>; rel="prev", <https://h/p?page=3>; rel="next""#;
        assert_eq!(next(field), Ok(Some("https://h/p?page=3")));
        assert_eq!(next(r#"<https://h/p?page=1>; rel="first""#), Ok(None));
        assert_eq!(next(""), Ok(None));
    }

    #[test]
    fn commas_quotes_cases_and_several_relations_are_understood() {
        assert_eq!(next("<u?a=1,2;3>;REL=NEXT"), Ok(Some("u?a=1,2;3")));
        assert_eq!(next("<u>; rel='next'"), Ok(Some("u")));
        assert_eq!(next("<u>; rel='last next', <v>; rel='prev'"), Ok(Some("u")));
        assert_eq!(next("<u>; rel='prev', <v>;rel=next;x"), Ok(Some("v")));
        let field = r#", <u>; title="a, <b>; rel=\"next\""; rel="prev", <v> ;rel = "last next""#;
        assert_eq!(next(field), Ok(Some("v")));
        assert_eq!(next(r#"<u>; crossorigin; rel="next"; rel="prev""#), Ok(Some("u")));
    }

    #[test]
    fn only_the_first_relation_of_a_link_about_this_page_counts() {
        assert_eq!(next("<u>; rel=prev; rel=next"), Ok(None));
        assert_eq!(next("<u>; rel=next; anchor=\"#x\""), Ok(None));
        assert_eq!(next("<u>; rel=nextish; title=next"), Ok(None));
    }

    #[test]
    fn what_is_no_list_of_links_is_refused() {
        for bad in ["https://h/p; rel=next", "<u", "<u> rel=next", r#"<u>; rel="next"#] {
            assert_eq!(next(bad), Err(BadLink), "{bad}");
        }
    }
}
