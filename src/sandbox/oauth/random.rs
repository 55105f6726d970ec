//! Values that nobody can guess, from the operating system's generator.

use std::fmt::Write as _;

use ring::rand::{SecureRandom as _, SystemRandom};

use super::refusal::Refusal;

/// Consonants only, so that no code is a word (RFC 8628 §6.1).
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";

/// 64 hexadecimal digits, as GitLab's codes and tokens have.
pub(super) fn hex() -> Result<String, Refusal> {
    let bytes: [u8; 32] = bytes()?;
    Ok(bytes.iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

/// Eight letters that a person can type.
pub(super) fn user_code() -> Result<String, Refusal> {
    let mut code = String::with_capacity(8);
    while code.len() < 8 {
        let [byte] = bytes()?;
        // Every letter has the same chance only below a multiple of their number.
        if byte < 240 {
            code.push(char::from(LETTERS[usize::from(byte) % LETTERS.len()]));
        }
    }
    Ok(code)
}

fn bytes<const COUNT: usize>() -> Result<[u8; COUNT], Refusal> {
    let mut bytes = [0; COUNT];
    let filled = SystemRandom::new().fill(&mut bytes);
    filled.map_err(|_| Refusal::new("server_error", "There are no random numbers to be had"))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_their_form_and_do_not_come_twice() {
        let (one, two) = (hex().expect("hex"), hex().expect("hex"));
        assert_ne!(one, two);
        assert_eq!(one.len(), 64);
        assert!(one.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')));
        let code = user_code().expect("a code");
        assert_eq!(code.len(), 8);
        assert!(code.bytes().all(|byte| LETTERS.contains(&byte)), "{code}");
    }
}
