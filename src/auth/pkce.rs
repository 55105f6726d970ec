//! Proof Key for Code Exchange (RFC 7636), the state that ties a callback to its login, and the
//! random numbers behind both.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom as _, SystemRandom};

use super::error::AuthError;
use crate::model::secret::Secret;

/// Random bytes in a verifier and in a state: 256 bits, 43 characters (RFC 7636 §4.1).
const RANDOM_BYTES: usize = 32;

/// What the authorization request promises and the token request shows.
#[derive(Debug, Clone)]
pub(super) struct Verifier(Secret);

impl Verifier {
    pub(super) fn random() -> Result<Self, AuthError> {
        random_text().map(Self)
    }

    pub(super) fn secret(&self) -> &Secret {
        &self.0
    }

    /// The S256 challenge (RFC 7636 §4.2).
    pub(super) fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(digest(&SHA256, self.0.expose().as_bytes()).as_ref())
    }
}

/// The value that comes back with the callback of this login and of no other.
#[derive(Debug, Clone)]
pub(super) struct State(Secret);

impl State {
    pub(super) fn random() -> Result<Self, AuthError> {
        random_text().map(Self)
    }

    #[cfg(test)]
    pub(super) fn of(text: &str) -> Self {
        Self(Secret::new(text))
    }

    pub(super) fn secret(&self) -> &Secret {
        &self.0
    }

    /// Compares in a time that does not tell how much of it was right.
    pub(super) fn is(&self, text: &str) -> bool {
        let (own, other) = (self.0.expose().as_bytes(), text.as_bytes());
        let differences = own.iter().zip(other).fold(0, |all, (a, b)| all | (a ^ b));
        own.len() == other.len() && std::hint::black_box(differences) == 0
    }
}

fn random_text() -> Result<Secret, AuthError> {
    let mut bytes = [0; RANDOM_BYTES];
    SystemRandom::new().fill(&mut bytes).map_err(|_| AuthError::NoRandomness)?;
    Ok(Secret::new(URL_SAFE_NO_PAD.encode(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_the_one_of_the_documentation() {
        let verifier = Verifier(Secret::new("ks02i3jdikdo2k0dkfodf3m39rjfjsdk0wk349rj3jrhf"));
        assert_eq!(verifier.challenge(), "2i0WFA-0AerkjQm4X4oDEhqA17QIAKNjXpagHBXmO_U");
        let verifier = Verifier(Secret::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
        assert_eq!(verifier.challenge(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn every_login_has_its_own_long_random_values() {
        let texts: Vec<String> = (0..20)
            .map(|_| Verifier::random().expect("randomness").0.expose().to_owned())
            .collect();
        assert!(texts.iter().all(|text| text.len() == 43));
        assert_eq!(texts.iter().collect::<std::collections::BTreeSet<_>>().len(), 20);
    }

    #[test]
    fn only_the_whole_state_is_right() {
        let state = State(Secret::new("abcdef"));
        assert!(state.is("abcdef"));
        for wrong in ["", "abcde", "abcdefg", "abcdeF", "Abcdef"] {
            assert!(!state.is(wrong), "{wrong}");
        }
    }
}
