//! What came of one check, and the exit code that goes with it.

use crate::commands::diagnosis::Diagnose;
use crate::view::doctor::Health;

/// What came of a check.
#[derive(Debug, Clone)]
pub(super) struct Finding {
    pub(super) health: Health,
    pub(super) detail: String,
    pub(super) hint: Option<String>,
    /// The exit code of a run that this ends; 0 where it does not.
    pub(super) exit: u8,
}

impl Finding {
    pub(super) fn ok(detail: impl Into<String>) -> Self {
        Self { health: Health::Ok, detail: detail.into(), hint: None, exit: 0 }
    }

    pub(super) fn warn(detail: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { health: Health::Warn, hint: Some(hint.into()), ..Self::ok(detail) }
    }

    pub(super) fn skip(detail: impl Into<String>) -> Self {
        Self { health: Health::Skip, ..Self::ok(detail) }
    }

    pub(super) fn fail(error: &anyhow::Error, diagnose: Diagnose) -> Self {
        let told = diagnose(error);
        Self { health: Health::Fail, detail: told.message, hint: told.hint, exit: told.exit }
    }

    /// With something to do about it.
    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}
