//! What an answer of OpenAI's used, under the names of either of its protocols.

use serde::Deserialize;

use super::Usage;

/// Servers of this shape send the names of both protocols at once, so these are no aliases.
/// Cached input is counted in already.
#[derive(Deserialize)]
pub(super) struct RawUsage {
    input_tokens: Option<u64>,
    prompt_tokens: Option<u64>,
    output_tokens: Option<u64>,
    completion_tokens: Option<u64>,
    input_tokens_details: Option<Details>,
    prompt_tokens_details: Option<Details>,
}

#[derive(Deserialize)]
struct Details {
    cached_tokens: Option<u64>,
}

impl From<RawUsage> for Usage {
    fn from(raw: RawUsage) -> Self {
        let details = raw.input_tokens_details.or(raw.prompt_tokens_details);
        Self {
            input_tokens: raw.input_tokens.or(raw.prompt_tokens),
            output_tokens: raw.output_tokens.or(raw.completion_tokens),
            cache_read_tokens: details.and_then(|details| details.cached_tokens),
            cache_write_tokens: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_name_counts_and_both_at_once_do_no_harm() {
        let used = |json: &str| Usage::from(serde_json::from_str::<RawUsage>(json).expect("usage"));
        let expected = Usage {
            input_tokens: Some(9),
            output_tokens: Some(4),
            cache_read_tokens: Some(2),
            cache_write_tokens: None,
        };
        for json in [
            r#"{"prompt_tokens":9,"completion_tokens":4,"prompt_tokens_details":{"cached_tokens":2}}"#,
            r#"{"input_tokens":9,"output_tokens":4,"input_tokens_details":{"cached_tokens":2}}"#,
            r#"{"input_tokens":9,"prompt_tokens":9,"output_tokens":4,"completion_tokens":4,"prompt_tokens_details":{"cached_tokens":2},"input_tokens_details":null}"#,
        ] {
            assert_eq!(used(json), expected, "{json}");
        }
    }
}
