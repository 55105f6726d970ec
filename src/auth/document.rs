//! The store's JSON: a version, the last instance, and one entry an instance, filed under its
//! base URL.

use serde_json::{Map, Value};

use super::connection::Connection;
use super::record::{self, Record};
use crate::model::address::BaseUrl;

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
            Value::Object(record) => record::read(instance, record),
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
        record::write(connection, &mut record);
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
