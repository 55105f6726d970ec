//! Sealing what one account keeps on disk: only who holds the same instance token can open it.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};
use ring::rand::{SecureRandom as _, SystemRandom};

use crate::gitlab::Gitlab;

/// Changes with the format, so that an older one is not understood.
const SALT: &[u8] = b"glduo cache 1";

/// The account behind a credential on its instance, known by the token alone.
pub(super) struct Account {
    secret: Prk,
    instance: String,
    id: String,
}

/// How many bytes of an account's id are enough to tell accounts apart.
struct IdLength;

impl KeyType for IdLength {
    fn len(&self) -> usize {
        16
    }
}

impl Account {
    /// The account that this calls as.
    pub(super) fn of(gitlab: &Gitlab<'_>) -> Option<Self> {
        Self::new(gitlab.credential().secret.expose(), gitlab.instance().to_string())
    }

    /// `None` where the cryptography refuses, which leaves the cache unused.
    fn new(token: &str, instance: String) -> Option<Self> {
        let secret = Salt::new(HKDF_SHA256, SALT).extract(token.as_bytes());
        let id = id_of(&secret, &[b"account", instance.as_bytes()])?;
        Some(Self { secret, instance, id })
    }

    /// Names one thing among several of the account's.
    pub(super) fn id_below(&self, name: &str) -> Option<String> {
        id_of(&self.secret, &[b"name", self.instance.as_bytes(), b"\n", name.as_bytes()])
    }

    /// Names the account on this machine; nothing about the token can be learnt from it.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// Nonce, then the sealed text.
    pub(super) fn seal(&self, mut plain: Vec<u8>) -> Option<Vec<u8>> {
        let mut nonce = [0; NONCE_LEN];
        SystemRandom::new().fill(&mut nonce).ok()?;
        let once = Nonce::assume_unique_for_key(nonce);
        self.key()?.seal_in_place_append_tag(once, self.bound(), &mut plain).ok()?;
        Some([&nonce[..], &plain].concat())
    }

    /// What was sealed; `None` for what was not, or not by this account.
    pub(super) fn open(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let mut text = sealed.to_vec();
        let once = Nonce::assume_unique_for_key(*nonce);
        let length = self.key()?.open_in_place(once, self.bound(), &mut text).ok()?.len();
        text.truncate(length);
        Some(text)
    }

    fn key(&self) -> Option<LessSafeKey> {
        let key = self.secret.expand(&[b"key"], &AES_256_GCM).ok()?;
        Some(LessSafeKey::new(UnboundKey::from(key)))
    }

    /// What is sealed for one instance and account opens for no other.
    fn bound(&self) -> Aad<Vec<u8>> {
        Aad::from(format!("{}\n{}", self.instance, self.id).into_bytes())
    }
}

fn id_of(secret: &Prk, info: &[&[u8]]) -> Option<String> {
    let mut id = [0; 16];
    secret.expand(info, IdLength).ok()?.fill(&mut id).ok()?;
    Some(format!("{:032x}", u128::from_be_bytes(id)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(token: &str, instance: &str) -> Account {
        Account::new(token, instance.to_owned()).expect("an account")
    }

    #[test]
    fn only_the_same_token_on_the_same_instance_opens_it() {
        let mine = account("glpat-1", "https://a");
        let sealed = mine.seal(b"text".to_vec()).expect("sealed");
        assert_eq!(mine.open(&sealed).as_deref(), Some(&b"text"[..]));
        assert_eq!(account("glpat-2", "https://a").open(&sealed), None);
        assert_eq!(account("glpat-1", "https://b").open(&sealed), None);
        assert!(!sealed.windows(4).any(|part| part == b"text"));
        assert_ne!(mine.seal(b"text".to_vec()), Some(sealed), "a nonce is used once");
    }

    #[test]
    fn what_was_damaged_does_not_open() {
        let mine = account("glpat-1", "https://a");
        let sealed = mine.seal(b"text".to_vec()).expect("sealed");
        for at in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[at] ^= 1;
            assert_eq!(mine.open(&damaged), None, "byte {at}");
            assert_eq!(mine.open(&sealed[..at]), None, "{at} bytes");
        }
    }

    #[test]
    fn accounts_have_different_ids_on_different_instances() {
        let id = |token, instance| account(token, instance).id().to_owned();
        assert_ne!(id("glpat-1", "https://a"), id("glpat-1", "https://b"));
        assert_ne!(id("glpat-1", "https://a"), id("glpat-2", "https://a"));
        assert_eq!(id("glpat-1", "https://a").len(), 32);
    }
}
