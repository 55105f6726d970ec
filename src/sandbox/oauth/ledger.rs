//! Everything that was handed out in logins: pages' one-time values, codes and tokens.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use super::super::seed::{Token, TokenKind, TokenState};
use super::device::Device;
use super::random;
use super::refusal::Refusal;

/// How long an access token lives; GitLab has no setting for it.
pub(super) const TOKEN_LIFE: Duration = Duration::from_hours(2);
/// How long a code and a page wait to be used.
const CODE_LIFE: Duration = Duration::from_mins(10);
/// How long codes are remembered, so that a second use of one is seen.
const MEMORY: Duration = Duration::from_hours(24);

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
    /// The family of the tokens that it gave.
    pub(super) spent_on: Option<u64>,
}

/// An access token with its refresh token. Rotation, revocation and reuse end both together.
#[derive(Debug, Clone)]
pub(super) struct Pair {
    pub(super) access: String,
    pub(super) refresh: String,
    pub(super) grant: Grant,
    /// The login that it descends from.
    pub(super) family: u64,
    pub(super) made: SystemTime,
    pub(super) is_revoked: bool,
}

/// The ledger, opened.
#[derive(Debug, Default)]
pub(super) struct Entries {
    questions: Vec<(String, Question, SystemTime)>,
    codes: Vec<Code>,
    // These stay: a refresh token has no age, and a reused one must be known for what it is.
    pairs: Vec<Pair>,
    pub(super) devices: Vec<Device>,
    families: u64,
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
        Some(self.open().add_pair(grant, None, now).ok()?.access)
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
        let value = random::hex()?;
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
        self.codes.retain(|code| code.made + MEMORY > now);
        let value = random::hex()?;
        let spent_on = None;
        self.codes.push(Code { value: value.clone(), grant, challenge, made: now, spent_on });
        Ok(value)
    }

    /// A code by its value, spent or not, unless it is too old.
    pub(super) fn code(&mut self, value: &str, now: SystemTime) -> Option<&mut Code> {
        let mut codes = self.codes.iter_mut();
        // A spent one is known for longer, since its reuse has consequences.
        let is_known = |code: &Code| code.spent_on.is_some() || code.made + CODE_LIFE > now;
        codes.find(|code| code.value == value && is_known(code))
    }

    /// Makes a pair, the first of a family where none is given.
    pub(super) fn add_pair(
        &mut self,
        grant: Grant,
        family: Option<u64>,
        now: SystemTime,
    ) -> Result<Pair, Refusal> {
        let (access, refresh) = (random::hex()?, random::hex()?);
        let family = family.unwrap_or_else(|| {
            self.families += 1;
            self.families
        });
        let pair = Pair { access, refresh, grant, family, made: now, is_revoked: false };
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

    /// Ends every token of a login.
    pub(super) fn revoke_family(&mut self, family: u64) {
        self.pairs.iter_mut().filter(|pair| pair.family == family).for_each(|pair| {
            pair.is_revoked = true;
        });
    }
}
