//! Proof that who redeems a code is who asked for it (RFC 7636, method S256).

use ring::digest;

use super::super::grants::base64url;

/// Whether it is a SHA-256 in base64url without padding: 43 of its digits.
pub(super) fn is_challenge(text: &str) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    text.len() == 43 && text.bytes().all(is_digit)
}

/// Whether it has the form of a verifier (§4.1) and the challenge is made of it (§4.6).
pub(super) fn proves(verifier: &str, challenge: &str) -> bool {
    let is_unreserved =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    (43..=128).contains(&verifier.len())
        && verifier.bytes().all(is_unreserved)
        && base64url(digest::digest(&digest::SHA256, verifier.as_bytes())) == challenge
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7636, appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn the_example_of_the_rfc_proves_itself_and_nothing_else() {
        assert!(is_challenge(CHALLENGE) && proves(VERIFIER, CHALLENGE));
        assert!(!proves(CHALLENGE, CHALLENGE), "the plain method");
        assert!(!proves(&VERIFIER.replace('d', "e"), CHALLENGE));
        assert!(
            !is_challenge(&format!("{CHALLENGE}=")) && !is_challenge(&CHALLENGE.replace('-', "+"))
        );
    }

    #[test]
    fn a_verifier_has_its_length_and_its_alphabet() {
        for wrong in ["a".repeat(42), "a".repeat(129), "ä".repeat(30), " ".repeat(50)] {
            let challenge = base64url(digest::digest(&digest::SHA256, wrong.as_bytes()));
            assert!(!proves(&wrong, &challenge), "{wrong}");
        }
    }
}
