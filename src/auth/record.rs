//! A connection as it is written in the store. Written field by field into what is there, so
//! that fields of a newer version of this program are kept.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value};

use super::connection::{Connection, Renewal, TokenKind};
use super::server::parse_scopes;
use crate::model::address::BaseUrl;
use crate::model::credential::CredentialSource;
use crate::model::secret::Secret;

/// One entry of the store.
pub(super) type Record = Map<String, Value>;

/// Reads the entry of an instance; the error says what is wrong and shows no value.
pub(super) fn read(instance: &BaseUrl, record: &Record) -> Result<Connection, &'static str> {
    let text = |name: &str| record.get(name).and_then(Value::as_str);
    // A token goes where it was received and nowhere else, whatever its entry is filed under.
    if text("origin") != Some(instance.origin().to_string().as_str()) {
        return Err("origin is not that of the instance");
    }
    let kind = match text("kind") {
        Some("pat") => TokenKind::PersonalAccessToken,
        Some("oauth") => TokenKind::OAuth,
        _ => return Err("kind is neither pat nor oauth"),
    };
    Ok(Connection {
        instance: instance.clone(),
        kind,
        access_token: token(record, "access_token")?.ok_or("access_token is missing")?,
        expires_at: time(record, "expires_at"),
        received_at: time(record, "received_at"),
        scopes: record.get("scopes").and_then(parse_scopes),
        username: text("username").map(str::to_owned),
        user_id: record.get("user_id").and_then(Value::as_u64),
        connected_at: time(record, "connected_at"),
        renewal: renewal(record)?,
        source: CredentialSource::File,
    })
}

fn renewal(record: &Record) -> Result<Option<Renewal>, &'static str> {
    let text = |name: &str| record.get(name).and_then(Value::as_str).map(str::to_owned);
    let Some(client_id) = text("client_id") else {
        return Ok(None);
    };
    Ok(Some(Renewal {
        refresh_token: token(record, "refresh_token")?,
        client_id,
        client_secret: text("client_secret").map(Secret::new),
        redirect_uri: text("redirect_uri"),
        ended: record.get("ended").and_then(Value::as_bool) == Some(true),
    }))
}

fn token(record: &Record, name: &str) -> Result<Option<Secret>, &'static str> {
    match record.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => match Secret::from_token_text(text) {
            Ok(token) => Ok(Some(token)),
            Err(_) => Err("a token in it is not one"),
        },
        Some(_) => Err("a token in it is not a string"),
    }
}

/// Whole seconds since 1970, UTC.
fn time(record: &Record, name: &str) -> Option<SystemTime> {
    let seconds = record.get(name)?.as_u64()?;
    UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

/// Writes a connection into its entry.
pub(super) fn write(connection: &Connection, record: &mut Record) {
    let secret = |secret: Option<&Secret>| secret.map(|secret| secret.expose().to_owned());
    let seconds = |time: Option<SystemTime>| {
        let since = time?.duration_since(UNIX_EPOCH).ok()?;
        Some(since.as_secs())
    };
    let renewal = connection.renewal.as_ref();
    let with = |get: fn(&Renewal) -> Option<&Secret>| secret(renewal.and_then(get));
    let fields: [(&str, Value); 14] = [
        ("origin", connection.instance.origin().to_string().into()),
        ("kind", connection.kind.as_str().into()),
        ("access_token", secret(Some(&connection.access_token)).into()),
        ("expires_at", seconds(connection.expires_at).into()),
        ("received_at", seconds(connection.received_at).into()),
        ("scopes", connection.scopes.clone().into()),
        ("username", connection.username.clone().into()),
        ("user_id", connection.user_id.into()),
        ("connected_at", seconds(connection.connected_at).into()),
        ("refresh_token", with(|it| it.refresh_token.as_ref()).into()),
        ("client_id", renewal.map(|it| it.client_id.clone()).into()),
        ("client_secret", with(|it| it.client_secret.as_ref()).into()),
        ("redirect_uri", renewal.and_then(|it| it.redirect_uri.clone()).into()),
        ("ended", renewal.map(|it| it.ended).filter(|ended| *ended).into()),
    ];
    for (name, value) in fields {
        if value.is_null() {
            record.remove(name);
        } else {
            record.insert(name.to_owned(), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instance() -> BaseUrl {
        BaseUrl::parse("https://gitlab.example.com/gitlab").expect("a base")
    }

    fn session() -> Connection {
        Connection {
            expires_at: Some(UNIX_EPOCH + Duration::from_secs(1_700_000_000)),
            received_at: Some(UNIX_EPOCH + Duration::from_secs(1_699_992_800)),
            scopes: Some(vec!["api".to_owned(), "openid".to_owned()]),
            username: Some("root".to_owned()),
            user_id: Some(1),
            renewal: Some(Renewal {
                refresh_token: Some(Secret::new("refresh")),
                client_id: "id".to_owned(),
                client_secret: Some(Secret::new("gloas-x")),
                redirect_uri: Some("http://localhost:42456/callback".to_owned()),
                ended: true,
            }),
            ..Connection::of_token(
                instance(),
                TokenKind::OAuth,
                Secret::new("access"),
                UNIX_EPOCH + Duration::from_secs(5),
            )
        }
    }

    #[test]
    fn what_is_written_is_read_and_unknown_fields_stay() {
        let mut record = Record::new();
        record.insert("future".to_owned(), "kept".into());
        write(&session(), &mut record);
        let mut again = Record::new();
        let read = read(&instance(), &record).expect("a connection");
        write(&read, &mut again);
        assert_eq!(record.remove("future"), Some("kept".into()));
        assert_eq!(record, again);
        assert_eq!(record["origin"], "https://gitlab.example.com");
        assert_eq!(record["expires_at"], 1_700_000_000);
        assert_eq!(record["ended"], true);
    }

    #[test]
    fn a_new_login_leaves_nothing_of_the_old_one() {
        let mut record = Record::new();
        write(&session(), &mut record);
        let kind = TokenKind::PersonalAccessToken;
        let plain = Connection::of_token(instance(), kind, Secret::new("glpat-x"), UNIX_EPOCH);
        write(&plain, &mut record);
        let names: Vec<&str> = record.keys().map(String::as_str).collect();
        assert_eq!(names, ["access_token", "connected_at", "kind", "origin"]);
    }

    #[test]
    fn an_entry_that_was_moved_to_another_host_is_refused() {
        let mut record = Record::new();
        write(&session(), &mut record);
        let other = BaseUrl::parse("https://evil.example").expect("a base");
        assert_eq!(read(&other, &record).err(), Some("origin is not that of the instance"));
        record.insert("access_token".to_owned(), "a\r\nb".into());
        assert_eq!(read(&instance(), &record).err(), Some("a token in it is not one"));
    }
}
