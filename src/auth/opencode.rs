//! opencode's own file of credentials, the last place where a stored credential is looked for.
//! It is only read: refreshing its pair of tokens would log opencode out.

use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use super::connection::{Connection, TokenKind};
use crate::model::address::BaseUrl;
use crate::model::credential::CredentialSource;
use crate::model::secret::Secret;
use crate::system::environment::Environment;
use crate::system::private_file::PrivateFile;

/// The most bytes that are read.
const LARGEST: u64 = 1 << 20;

/// What the file has for an instance.
#[derive(Debug)]
pub enum Opencode {
    /// Nothing: no file, no GitLab in it, or another GitLab.
    Nothing,
    /// A session that is over; opencode renews it when it runs.
    Expired,
    /// A credential that can be used as it is.
    Usable(Box<Connection>),
    /// The file cannot be understood and is ignored, which people should be told.
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

/// Looks for a credential of this instance.
pub fn find(env: &Environment, instance: &BaseUrl, now: SystemTime) -> Opencode {
    let Some(path) = path(env) else {
        return Opencode::Nothing;
    };
    let found = match PrivateFile::new(path.clone(), LARGEST).read() {
        Ok(None) => return Opencode::Nothing,
        Ok(Some(bytes)) => parse(&bytes, instance, now),
        Err(error) => Err(error.to_string()),
    };
    found.unwrap_or_else(|reason| Opencode::Broken { path, reason })
}

fn path(env: &Environment) -> Option<PathBuf> {
    if cfg!(windows) {
        let home = env.get_os("USERPROFILE")?;
        return Some(PathBuf::from(home).join(".opencode").join("auth.json"));
    }
    Some(env.data_home()?.join("opencode").join("auth.json"))
}

fn parse(bytes: &[u8], instance: &BaseUrl, now: SystemTime) -> Result<Opencode, String> {
    let content: Value = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let Some(entry) = content.get("gitlab") else {
        return Ok(Opencode::Nothing);
    };
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let stated = text(entry.get("metadata").and_then(|it| it.get("instanceUrl")))
        .or_else(|| text(entry.get("enterpriseUrl")))
        .or_else(|| text(entry.get("instanceUrl")))
        .unwrap_or_else(|| "https://gitlab.com".to_owned());
    let owner = BaseUrl::parse(&stated).map_err(|_| "its GitLab instance is not a URL")?;
    if owner.origin() != instance.origin() {
        return Ok(Opencode::Nothing);
    }
    let (kind, token) = match text(entry.get("type")).as_deref() {
        Some("api") => (TokenKind::PersonalAccessToken, "key"),
        Some("oauth") => (TokenKind::OAuth, "access"),
        _ => return Err("its GitLab credential is of an unknown type".to_owned()),
    };
    let token = text(entry.get(token)).ok_or("its GitLab credential has no token")?;
    let token = Secret::from_token_text(&token).map_err(|error| error.to_string())?;
    let expires = entry.get("expires").and_then(Value::as_u64);
    let connection = Connection {
        expires_at: expires.and_then(|it| UNIX_EPOCH.checked_add(Duration::from_millis(it))),
        connected_at: None,
        source: CredentialSource::Opencode,
        ..Connection::of_token(instance.clone(), kind, token, now)
    };
    // Without its end an OAuth token cannot be told to be good.
    let is_good = connection.expires_at.is_some() && connection.is_good_at(now);
    if kind == TokenKind::OAuth && !is_good {
        return Ok(Opencode::Expired);
    }
    Ok(Opencode::Usable(Box::new(connection)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(content: &str, instance: &str) -> String {
        let instance = BaseUrl::parse(instance).expect("a base");
        let now = UNIX_EPOCH + Duration::from_secs(1_000);
        match parse(content.as_bytes(), &instance, now) {
            Ok(Opencode::Usable(it)) => {
                format!("{} {} {}", it.source, it.kind.as_str(), it.access_token.expose())
            }
            Ok(other) => format!("{other:?}"),
            Err(reason) => reason,
        }
    }

    #[test]
    fn a_personal_token_is_used_as_it_is_on_its_own_origin() {
        let content = r#"{"gitlab":{"type":"api","key":"glpat-x",
            "metadata":{"instanceUrl":"https://h.example/gitlab"},"enterpriseUrl":"https://no"}}"#;
        assert_eq!(found(content, "https://h.example"), "opencode pat glpat-x");
        assert_eq!(found(content, "https://no"), "Nothing");
        assert_eq!(found(content, "http://h.example"), "Nothing");
    }

    #[test]
    fn a_session_is_used_only_while_it_is_good() {
        let with = |expires: &str| {
            let rest = format!(r#""access":"a1","refresh":"r1"{expires}"#);
            let content = format!(r#"{{"gitlab":{{"type":"oauth",{rest}}}}}"#);
            found(&content, "https://gitlab.com")
        };
        assert_eq!(with(r#","expires":1000001"#), "opencode oauth a1");
        assert_eq!(with(r#","expires":1000000"#), "Expired");
        assert_eq!(with(""), "Expired");
    }

    #[test]
    fn other_content_is_nothing_or_broken() {
        assert_eq!(found("{}", "https://gitlab.com"), "Nothing");
        assert_eq!(found("[1]", "https://gitlab.com"), "Nothing");
        assert!(found("{", "https://gitlab.com").contains("EOF"));
        let no_token = r#"{"gitlab":{"type":"api"}}"#;
        assert_eq!(found(no_token, "https://gitlab.com"), "its GitLab credential has no token");
        let elsewhere = r#"{"gitlab":{"type":"api","key":"k","instanceUrl":"ftp://x"}}"#;
        assert_eq!(found(elsewhere, "https://gitlab.com"), "its GitLab instance is not a URL");
    }
}
