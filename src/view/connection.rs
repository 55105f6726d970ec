//! Connections for people, and the shape of their JSON.

use std::time::SystemTime;

use serde::Serialize;

use super::stdout::{OutputError, Stdout};
use super::style::Paint;
use super::table::push_line;
use super::time::relative_text;
use crate::model::scopes::Abilities;

/// Whether a credential works, and for what; the members in the documented order.
#[derive(Debug, Clone, Serialize)]
pub struct Status {
    /// The instance.
    pub instance_url: String,
    /// Whether GitLab takes the credential.
    pub authenticated: bool,
    /// The error code of what makes it unusable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    /// Whose it is; null where its scopes do not tell.
    pub username: Option<String>,
    /// `pat`, `oauth` or `job_token`; null where there is none.
    pub auth: Option<&'static str>,
    /// `env:NAME`, `file` or `opencode`; null where there is none.
    pub source: Option<String>,
    /// Null if they are not known, as for fine-grained tokens.
    pub scopes: Option<Vec<String>>,
    /// ISO 8601; null if it does not expire or that is not known.
    pub expires_at: Option<String>,
    /// The AI gateway that chats go to.
    pub gateway_url: String,
    /// What its scopes allow.
    pub can: Abilities,
}

/// A connection as it is stored.
#[derive(Debug, Clone, Serialize)]
pub struct Stored {
    /// The instance.
    pub instance_url: String,
    /// Whose it is; null where that is not known.
    pub username: Option<String>,
    /// `pat` or `oauth`.
    pub auth: &'static str,
    /// Null if they are not known, as for fine-grained tokens.
    pub scopes: Option<Vec<String>>,
    /// ISO 8601.
    pub expires_at: Option<String>,
    /// Whether commands would use it now.
    pub current: bool,
}

/// Prints one status as a few lines.
pub fn print_status(
    status: &Status,
    now: SystemTime,
    stdout: &mut Stdout,
) -> Result<(), OutputError> {
    let (word, paint) = match status.reason {
        None => ("connected".to_owned(), Paint::Opened),
        Some(reason) => (format!("not usable: {}", reason.replace('_', " ")), Paint::Closed),
    };
    let heading = format!("{}: ", status.instance_url);
    let style = stdout.style;
    stdout.text(heading.as_bytes())?;
    stdout.exact(style.paint(paint, &word).as_bytes())?;
    stdout.exact(b"\n")?;
    let expiry = status.expires_at.as_deref().map(|time| relative_text(time, now).into_owned());
    for (label, value) in [
        ("account", status.username.clone().unwrap_or_default()),
        ("token", status.auth.unwrap_or_default().to_owned()),
        ("source", status.source.clone().unwrap_or_default()),
        ("scopes", scopes(status.scopes.as_deref())),
        ("expires", expiry.unwrap_or_default()),
        ("gateway", status.gateway_url.clone()),
        ("can", can(status.can)),
    ] {
        if !value.is_empty() {
            stdout.exact(style.paint(Paint::Dim, &format!("  {label:<8} ")).as_bytes())?;
            stdout.text(value.as_bytes())?;
            stdout.exact(b"\n")?;
        }
    }
    stdout.flush()
}

fn scopes(scopes: Option<&[String]>) -> String {
    scopes.map(|scopes| scopes.join(" ")).unwrap_or_default()
}

fn can(abilities: Abilities) -> String {
    let Abilities { chat, read, write, workflow } = abilities;
    if [chat, read, write, workflow] == [None; 4] {
        return "unknown; GitLab does not tell it for this token".to_owned();
    }
    let all = [(chat, "chat"), (read, "read"), (write, "write"), (workflow, "workflow")];
    let can = all.into_iter().filter(|(can, _)| *can == Some(true)).map(|(_, word)| word);
    can.collect::<Vec<_>>().join(", ")
}

/// Prints stored connections, one a line, tab-separated: instance, account, kind, scopes, end,
/// and `current` for the one in use.
pub fn print_stored(rows: &[Stored], stdout: &mut Stdout) -> Result<(), OutputError> {
    for row in rows {
        let mut line = String::new();
        push_line(
            &mut line,
            &[
                row.instance_url.as_str().into(),
                row.username.as_deref().unwrap_or_default().into(),
                row.auth.into(),
                scopes(row.scopes.as_deref()).into(),
                row.expires_at.as_deref().unwrap_or_default().into(),
                if row.current { "current" } else { "" }.into(),
            ],
        );
        stdout.exact(line.as_bytes())?;
    }
    stdout.flush()
}
