//! The store's JSON: a version, the last instance, and one entry an instance, filed under its
//! base URL. An entry is written field by field into what is there, so that fields of a newer
//! version of this program are kept.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value};

use super::connection::{Connection, Renewal, TokenKind};
use super::server::parse_scopes;
use crate::model::address::BaseUrl;
use crate::model::credential::CredentialSource;
use crate::model::secret::Secret;

/// The layout that this program writes; it changes only where an older program would go wrong.
const VERSION: u64 = 1;

/// The whole content. What is not known here stays as it is.
#[derive(Default)]
pub(super) struct Document {
    last: Option<String>,
    connections: Map<String, Value>,
    other: Map<String, Value>,
}

impl Document {
    /// Reads it; the error shows nothing of the content.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let mut other = match serde_json::from_slice(bytes) {
            Ok(Value::Object(content)) => content,
            Ok(_) => return Err("it is not a JSON object".to_owned()),
            Err(error) => return Err(error.to_string()),
        };
        match other.remove("version").map(|version| version.as_u64()) {
            Some(Some(VERSION)) => {}
            Some(Some(version)) => {
                return Err(format!("it has version {version}, and only {VERSION} is known"));
            }
            _ => return Err("it has no version".to_owned()),
        }
        let connections = match other.remove("connections") {
            None => Map::new(),
            Some(Value::Object(connections)) => connections,
            Some(_) => return Err("connections is not a JSON object".to_owned()),
        };
        let last = other.remove("last");
        let last = last.and_then(|last| last.as_str().map(str::to_owned));
        Ok(Self { last, connections, other })
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut content = self.other.clone();
        content.insert("version".to_owned(), VERSION.into());
        content.insert("last".to_owned(), self.last.clone().into());
        content.insert("connections".to_owned(), self.connections.clone().into());
        format!("{:#}\n", Value::Object(content)).into_bytes()
    }

    /// The connection with an instance.
    pub(super) fn find(&self, instance: &BaseUrl) -> Result<Option<Connection>, String> {
        let key = instance.to_string();
        let Some(entry) = self.connections.get(&key) else {
            return Ok(None);
        };
        let connection = match entry {
            Value::Object(record) => read(instance, record),
            _ => Err("it is not a JSON object"),
        };
        match connection {
            Ok(connection) => Ok(Some(connection)),
            Err(reason) => Err(format!("the entry {key} is broken: {reason}")),
        }
    }

    /// The instances, the last one connected to first.
    pub(super) fn instances(&self) -> Vec<BaseUrl> {
        let connected_at = |entry: &Value| entry.get("connected_at").and_then(Value::as_u64);
        let mut entries: Vec<(&String, &Value)> = self.connections.iter().collect();
        entries.sort_by_key(|(key, entry)| {
            std::cmp::Reverse((Some(*key) == self.last.as_ref(), connected_at(entry)))
        });
        let bases = entries.into_iter().map(|(key, _)| BaseUrl::parse(key));
        bases.flatten().collect()
    }

    /// Files a connection in place of what was there.
    pub(super) fn put(&mut self, connection: &Connection) {
        let key = connection.instance.to_string();
        let mut record = match self.connections.remove(&key) {
            Some(Value::Object(record)) => record,
            _ => Record::new(),
        };
        write(connection, &mut record);
        self.connections.insert(key, Value::Object(record));
    }

    /// Makes this the instance that was connected to last.
    pub(super) fn set_last(&mut self, instance: &BaseUrl) {
        self.last = Some(instance.to_string());
    }

    /// Removes an entry, a broken one too; false where there is none.
    pub(super) fn remove(&mut self, instance: &BaseUrl) -> bool {
        let key = instance.to_string();
        self.last.take_if(|last| *last == key);
        self.connections.remove(&key).is_some()
    }
}

/// One entry of the store.
type Record = Map<String, Value>;

/// Reads the entry of an instance; the error says what is wrong and shows no value.
fn read(instance: &BaseUrl, record: &Record) -> Result<Connection, &'static str> {
    let text = |name: &str| record.get(name).and_then(Value::as_str);
    // A token is sent only to the server that issued it, whatever key its entry has.
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
fn write(connection: &Connection, record: &mut Record) {
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
