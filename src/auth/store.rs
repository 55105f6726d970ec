//! The credentials file, `$XDG_DATA_HOME/glduo/credentials.json`: one entry per instance. Every
//! change is made under one lock to the current content.

use std::path::Path;
use std::time::Duration;

use super::connection::Connection;
use super::document::Document;
use super::error::{AuthError, Purpose};
use crate::model::address::BaseUrl;
use crate::system::clock::Clock;
use crate::system::environment::Environment;
use crate::system::notes::Notes;
use crate::system::private_file::{LockError, LockedFile, PrivateFile};

/// The most bytes of the file: room for a thousand instances.
const LARGEST: u64 = 1 << 20;
/// How long to wait for the lock: as long as a refresh may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// The store. Without a home directory it is empty and cannot be written. A store that is open
/// to other users is closed when it is read or locked; if that fails, it is not used.
#[derive(Clone)]
pub struct Store {
    file: Option<PrivateFile>,
    notes: Notes,
    patience: Duration,
}

/// The store while no other process can change it.
#[derive(Debug)]
pub struct LockedStore {
    file: PrivateFile,
    locked: LockedFile,
}

impl Store {
    /// The store at its path; nothing is read yet. The notes say if it is closed to others.
    pub fn new(env: &Environment, notes: &Notes) -> Self {
        let path = env.data_home().map(|data| data.join("glduo").join("credentials.json"));
        let file = path.map(|path| PrivateFile::new(path, LARGEST));
        Self { file, notes: notes.clone(), patience: PATIENCE }
    }

    /// The same store, whose lock is waited for no longer than this.
    #[must_use]
    pub fn waiting_at_most(self, limit: Duration) -> Self {
        Self { patience: self.patience.min(limit), ..self }
    }

    /// Where it is; `None` without a home directory.
    pub fn path(&self) -> Option<&Path> {
        self.file.as_ref().map(PrivateFile::path)
    }

    /// The file, closed to other users; `None` without a home directory.
    fn closed_file(&self) -> Result<Option<&PrivateFile>, AuthError> {
        let Some(file) = &self.file else { return Ok(None) };
        for closed in file.close_to_others()? {
            self.notes.warn(&closed.to_string());
        }
        Ok(Some(file))
    }

    /// The connection with an instance.
    pub fn find(&self, instance: &BaseUrl) -> Result<Option<Connection>, AuthError> {
        match self.closed_file()? {
            Some(file) => find(file, instance),
            None => Ok(None),
        }
    }

    /// The instances that are connected, the last one connected to first.
    pub fn instances(&self) -> Result<Vec<BaseUrl>, AuthError> {
        match self.closed_file()? {
            Some(file) => Ok(read(file, Purpose::Read)?.instances()),
            None => Ok(Vec::new()),
        }
    }

    /// Every connection, the last one made first.
    pub fn connections(&self) -> Result<Vec<Connection>, AuthError> {
        let Some(file) = self.closed_file()? else {
            return Ok(Vec::new());
        };
        let document = read(file, Purpose::Read)?;
        let instances = document.instances();
        let found = instances.iter().filter_map(|it| document.find(it).transpose());
        found.collect::<Result<_, _>>().map_err(|reason| unreadable(file, reason, Purpose::Read))
    }

    /// Finds out whether a connection could be kept, before one is made.
    pub fn probe_writable(&self, clock: &dyn Clock) -> Result<(), AuthError> {
        self.lock(clock)?.probe_writable()
    }

    /// Keeps a new connection; from now on it is the last one.
    pub fn connect(&self, connection: &Connection, clock: &dyn Clock) -> Result<(), AuthError> {
        self.lock(clock)?.connect(connection)
    }

    /// Takes the lock of the store, and waits if another process holds it.
    pub fn lock(&self, clock: &dyn Clock) -> Result<LockedStore, AuthError> {
        let file = self.closed_file()?.cloned().ok_or(AuthError::NoHome)?;
        match file.lock(self.patience, clock) {
            Ok(locked) => Ok(LockedStore { file, locked }),
            Err(LockError::TimedOut { waited }) => {
                Err(AuthError::StoreLocked { path: file.path().to_owned(), waited })
            }
            Err(LockError::Io(error)) => Err(not_writable(&file, error)),
        }
    }
}

impl LockedStore {
    /// Where it is.
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// The connection with an instance, as it is now.
    pub fn find(&self, instance: &BaseUrl) -> Result<Option<Connection>, AuthError> {
        find(&self.file, instance)
    }

    /// Tries what keeping a connection would do, and changes nothing.
    pub fn probe_writable(&self) -> Result<(), AuthError> {
        read(&self.file, Purpose::Write)?;
        let probed = self.locked.probe_writable();
        probed.map_err(|error| not_writable(&self.file, error))
    }

    /// Keeps a new connection; from now on it is the last one.
    pub fn connect(&self, connection: &Connection) -> Result<(), AuthError> {
        self.change(|document| {
            document.put(connection);
            document.set_last(&connection.instance);
        })
    }

    /// Keeps what has changed of a connection.
    pub fn update(&self, connection: &Connection) -> Result<(), AuthError> {
        self.change(|document| document.put(connection))
    }

    /// Forgets the connection with an instance, a broken one too; false where there is none.
    pub fn remove(&self, instance: &BaseUrl) -> Result<bool, AuthError> {
        let mut document = read(&self.file, Purpose::Write)?;
        let removed = document.remove(instance);
        if removed {
            self.write(&document)?;
        }
        Ok(removed)
    }

    fn change(&self, change: impl FnOnce(&mut Document)) -> Result<(), AuthError> {
        let mut document = read(&self.file, Purpose::Write)?;
        change(&mut document);
        self.write(&document)
    }

    fn write(&self, document: &Document) -> Result<(), AuthError> {
        let written = self.locked.write(&document.to_bytes());
        written.map_err(|error| not_writable(&self.file, error))
    }
}

fn find(file: &PrivateFile, instance: &BaseUrl) -> Result<Option<Connection>, AuthError> {
    let found = read(file, Purpose::Read)?.find(instance);
    found.map_err(|reason| unreadable(file, reason, Purpose::Read))
}

fn read(file: &PrivateFile, purpose: Purpose) -> Result<Document, AuthError> {
    let document = match file.read() {
        Ok(None) => return Ok(Document::default()),
        Ok(Some(bytes)) => Document::parse(&bytes),
        Err(error) => Err(error.to_string()),
    };
    document.map_err(|reason| unreadable(file, reason, purpose))
}

fn unreadable(file: &PrivateFile, reason: String, purpose: Purpose) -> AuthError {
    let path = file.path().to_owned();
    AuthError::StoreUnreadable { path, reason, purpose }
}

fn not_writable(file: &PrivateFile, error: std::io::Error) -> AuthError {
    let path = file.path().to_owned();
    AuthError::StoreNotWritable { path, error }
}
