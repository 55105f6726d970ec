//! How far a word is from the one that was meant.

/// Levenshtein's distance between two words, in characters.
pub fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_counts_what_must_be_put_in_left_out_or_changed() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("lst", "list"), 1);
        assert_eq!(distance("", "äöü"), 3);
        assert_eq!(distance("same", "same"), 0);
    }
}
