//! Everything that was handed out in logins: pages' one-time values, codes and tokens, made of
//! random numbers of the operating system.

use std::fmt::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use ring::rand::{SecureRandom as _, SystemRandom};

use super::super::seed::{Token, TokenKind, TokenState};
use super::Refusal;
use super::login::Device;

/// How long an access token lives; GitLab has no setting for it.
pub(super) const TOKEN_LIFE: Duration = Duration::from_hours(2);
/// How long a code and a page wait to be used.
const CODE_LIFE: Duration = Duration::from_mins(10);

/// The ledger; one lock makes every use of a one-time value a single step.
#[derive(Debug, Default)]
pub(in super::super) struct Ledger(Mutex<Entries>);

/// What someone allowed an application.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Grant {
    /// The application's id.
    pub(super) application: String,
    /// Where the code went; the device grant has no such place.
    pub(super) redirect_uri: Option<String>,
    pub(super) scopes: Vec<String>,
    pub(super) username: String,
}

/// What an authorization page asks for.
#[derive(Debug, Clone)]
pub(super) struct Wish {
    pub(super) grant: Grant,
    pub(super) redirect_uri: String,
    pub(super) state: Option<String>,
    pub(super) challenge: Option<String>,
}

/// What a page's buttons decide about.
#[derive(Debug, Clone)]
pub(super) enum Question {
    Authorization(Wish),
    /// By its user code.
    Device(String),
}

/// An authorization code.
#[derive(Debug)]
pub(super) struct Code {
    value: String,
    pub(super) grant: Grant,
    pub(super) challenge: Option<String>,
    made: SystemTime,
    /// It gave its tokens.
    pub(super) is_spent: bool,
}

/// An access token with its refresh token. Rotation and revocation end both together.
#[derive(Debug, Clone)]
pub(super) struct Pair {
    pub(super) access: String,
    pub(super) refresh: String,
    pub(super) grant: Grant,
    pub(super) made: SystemTime,
    pub(super) is_revoked: bool,
}

/// The ledger, opened.
#[derive(Debug, Default)]
pub(super) struct Entries {
    questions: Vec<(String, Question, SystemTime)>,
    codes: Vec<Code>,
    // These stay, because a refresh token does not expire.
    pairs: Vec<Pair>,
    pub(super) devices: Vec<Device>,
}

impl Ledger {
    pub(super) fn open(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An access token as the REST API sees it.
    pub(in super::super) fn token(&self, value: &str, now: SystemTime) -> Option<Token> {
        let entries = self.open();
        entries.pairs.iter().find(|pair| pair.access == value).map(|pair| pair.as_token(now))
    }

    /// An access token of the instance's own making; `None` where there are no random numbers.
    pub(in super::super) fn issue(
        &self,
        username: &str,
        scopes: &[&str],
        now: SystemTime,
    ) -> Option<String> {
        let grant = Grant {
            username: username.to_owned(),
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            ..Grant::default()
        };
        Some(self.open().add_pair(grant, now).ok()?.access)
    }
}

impl Pair {
    pub(super) fn as_token(&self, now: SystemTime) -> Token {
        let state = match () {
            () if self.is_revoked => TokenState::Revoked,
            () if self.made + TOKEN_LIFE <= now => TokenState::Expired,
            () => TokenState::Active,
        };
        Token {
            name: self.grant.application.clone(),
            value: self.access.clone(),
            user: self.grant.username.clone(),
            scopes: self.grant.scopes.clone(),
            state,
            kind: TokenKind::OAuth,
            ..Token::default()
        }
    }
}

impl Entries {
    /// Keeps what a page asks; its buttons send the value back.
    pub(super) fn ask(&mut self, question: Question, now: SystemTime) -> Result<String, Refusal> {
        self.questions.retain(|(_, _, made)| *made + CODE_LIFE > now);
        let value = hex()?;
        self.questions.push((value.clone(), question, now));
        Ok(value)
    }

    /// What a page asked, once.
    pub(super) fn answered(&mut self, value: &str, now: SystemTime) -> Option<Question> {
        self.questions.retain(|(_, _, made)| *made + CODE_LIFE > now);
        let at = self.questions.iter().position(|(asked, _, _)| asked == value)?;
        Some(self.questions.remove(at).1)
    }

    /// Makes an authorization code.
    pub(super) fn add_code(
        &mut self,
        grant: Grant,
        challenge: Option<String>,
        now: SystemTime,
    ) -> Result<String, Refusal> {
        self.codes.retain(|code| code.made + CODE_LIFE > now);
        let value = hex()?;
        let is_spent = false;
        self.codes.push(Code { value: value.clone(), grant, challenge, made: now, is_spent });
        Ok(value)
    }

    /// A code by its value, spent or not, unless it is too old.
    pub(super) fn code(&mut self, value: &str, now: SystemTime) -> Option<&mut Code> {
        let mut codes = self.codes.iter_mut();
        codes.find(|code| code.value == value && code.made + CODE_LIFE > now)
    }

    /// Makes a pair.
    pub(super) fn add_pair(&mut self, grant: Grant, now: SystemTime) -> Result<Pair, Refusal> {
        let (access, refresh) = (hex()?, hex()?);
        let pair = Pair { access, refresh, grant, made: now, is_revoked: false };
        self.pairs.push(pair.clone());
        Ok(pair)
    }

    pub(super) fn pair_of_access(&self, value: &str) -> Option<&Pair> {
        self.pairs.iter().find(|pair| pair.access == value)
    }

    pub(super) fn pair_of_refresh(&mut self, value: &str) -> Option<&mut Pair> {
        self.pairs.iter_mut().find(|pair| pair.refresh == value)
    }

    /// The pair that either token is of.
    pub(super) fn pair_of(&mut self, value: &str) -> Option<&mut Pair> {
        self.pairs.iter_mut().find(|pair| pair.access == value || pair.refresh == value)
    }
}

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
