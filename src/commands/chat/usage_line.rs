//! What an answer used, added up and as a line for people (`-u`).

use crate::duo::Usage;

/// Both together; what neither provider's answer tells stays unknown.
pub(super) fn sum(one: Usage, other: Usage) -> Usage {
    let add = |one: Option<u64>, other: Option<u64>| match (one, other) {
        (None, None) => None,
        (one, other) => Some(one.unwrap_or(0).saturating_add(other.unwrap_or(0))),
    };
    Usage {
        input_tokens: add(one.input_tokens, other.input_tokens),
        output_tokens: add(one.output_tokens, other.output_tokens),
        cache_read_tokens: add(one.cache_read_tokens, other.cache_read_tokens),
        cache_write_tokens: add(one.cache_write_tokens, other.cache_write_tokens),
    }
}

/// `1200 tokens in (1000 from the cache), 56 out`; `None` where nothing is known.
pub(super) fn of(usage: &Usage) -> Option<String> {
    let count = |tokens: Option<u64>| tokens.map_or_else(|| "?".to_owned(), |n| n.to_string());
    if usage.input_tokens.is_none() && usage.output_tokens.is_none() {
        return None;
    }
    let cached = match usage.cache_read_tokens {
        Some(tokens) if tokens > 0 => format!(" ({tokens} from the cache)"),
        _ => String::new(),
    };
    Some(format!(
        "{} tokens in{cached}, {} out",
        count(usage.input_tokens),
        count(usage.output_tokens)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_tries_add_up_and_what_is_unknown_stays_so() {
        let one = Usage { input_tokens: Some(10), output_tokens: Some(2), ..Usage::default() };
        let both = sum(one, Usage { cache_read_tokens: Some(5), ..one });
        assert_eq!(of(&both).as_deref(), Some("20 tokens in (5 from the cache), 4 out"));
        assert_eq!(both.cache_write_tokens, None);
        assert_eq!(
            of(&Usage { output_tokens: Some(1), ..Usage::default() }).as_deref(),
            Some("? tokens in, 1 out")
        );
        assert_eq!(of(&Usage::default()), None);
    }
}
