//! Conversations kept between runs: one private file each, which holds what was said and never
//! the instructions, since those are added anew to every request.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::session_name::SessionName;
use crate::model::address::BaseUrl;
use crate::model::conversation::Message;
use crate::model::timestamp;
use crate::system::clock::Clock;
use crate::system::notes::Notes;
use crate::system::private_file::{
    LockError, LockedFile, OpenToOthers, PrivateFile, close_directory,
};

/// The most bytes of a conversation that are kept; far over every model's context. The oldest
/// turns give way.
const LARGEST: usize = 8 << 20;
/// The most bytes of a file: every byte may have become an escape.
const LARGEST_FILE: u64 = 64 << 20;
/// How many conversations without a name of the user's are kept; the oldest give way.
const UNNAMED: usize = 100;
/// How long another run that is writing is waited for.
const PATIENCE: Duration = Duration::from_secs(5);
const SUFFIX: &str = ".json";

/// The conversations with one instance.
pub struct Conversations {
    directory: PathBuf,
    instance: String,
    notes: Notes,
}

/// A conversation as it was kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The instance whose gateway was asked; what was said goes to no other.
    pub instance: String,
    /// The model that answered last.
    pub model: String,
    /// The workflow that it goes on in; `None` where a chat model answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow: Option<String>,
    /// Questions and answers in turn, oldest first.
    pub messages: Vec<Message>,
}

/// A conversation that cannot be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum ConversationError {
    /// No home directory and no `XDG_DATA_HOME`.
    #[error("there is no place for conversations: neither XDG_DATA_HOME nor HOME is set")]
    NoPlace,
    /// A file or the directory.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// The operating system's words.
        source: io::Error,
    },
    /// The file is none of ours, or was damaged.
    #[error("{} holds no conversation: {reason}", path.display())]
    Malformed {
        /// Which.
        path: PathBuf,
        /// The parser's words.
        reason: String,
    },
    /// It was held with another instance.
    #[error("the conversation {name} is one with {instance}")]
    OtherInstance {
        /// Its name.
        name: SessionName,
        /// The instance.
        instance: String,
    },
    /// Other users can read or change it.
    #[error(transparent)]
    Open(#[from] OpenToOthers),
    /// No name begins so.
    #[error("conversation {text}: not found")]
    NotFound {
        /// A name, or the start of one.
        text: String,
    },
    /// Several names begin so.
    #[error("conversation {text}: the start of several names: {}", .names.join(", "))]
    Ambiguous {
        /// The start.
        text: String,
        /// The names.
        names: Vec<String>,
    },
    /// Another run is writing.
    #[error("{}: {source}", path.display())]
    Locked {
        /// The directory.
        path: PathBuf,
        /// Why there is no lock.
        source: LockError,
    },
}

impl Conversations {
    /// Those below the user's data directory, `$XDG_DATA_HOME`. The notes say if something
    /// there was open to other users.
    pub fn new(
        data_home: Option<PathBuf>,
        instance: &BaseUrl,
        notes: &Notes,
    ) -> Result<Self, ConversationError> {
        let data_home = data_home.ok_or(ConversationError::NoPlace)?;
        let directory = data_home.join("glduo").join("conversations");
        Ok(Self { directory, instance: instance.to_string(), notes: notes.clone() })
    }

    /// The conversation of that name; `None` where there is none yet.
    pub fn named(&self, name: &SessionName) -> Result<Option<Kept>, ConversationError> {
        match self.read(name)? {
            Some(kept) if kept.instance != self.instance => {
                let instance = kept.instance;
                Err(ConversationError::OtherInstance { name: name.clone(), instance })
            }
            found => Ok(found),
        }
    }

    /// The conversation that was last added to.
    pub fn last(&self) -> Result<Option<(SessionName, Kept)>, ConversationError> {
        for (_, name) in self.newest_first()? {
            match self.read(&name)? {
                Some(kept) if kept.instance == self.instance => return Ok(Some((name, kept))),
                _ => {}
            }
        }
        Ok(None)
    }

    /// Returns all of them with the time of the last turn, newest first. A file that is none of ours
    /// is skipped.
    pub fn all(&self) -> Result<Vec<(SystemTime, SessionName, Kept)>, ConversationError> {
        let mut all = Vec::new();
        for (time, name) in self.newest_first()? {
            match self.read(&name) {
                Ok(Some(kept)) if kept.instance == self.instance => all.push((time, name, kept)),
                Ok(_) | Err(ConversationError::Malformed { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(all)
    }

    /// Finds a conversation by its name or by the start of it. Fails if there is none or more than
    /// one.
    pub fn find(&self, text: &str) -> Result<(SessionName, Kept), ConversationError> {
        if let Ok(name) = SessionName::parse(text)
            && let Some(kept) = self.named(&name)?
        {
            return Ok((name, kept));
        }
        let begins = |name: &SessionName| !text.is_empty() && name.to_string().starts_with(text);
        let mut found: Vec<_> =
            self.all()?.into_iter().filter(|(_, name, _)| begins(name)).collect();
        let text = text.to_owned();
        match (found.pop(), found.is_empty()) {
            (Some((_, name, kept)), true) => Ok((name, kept)),
            (None, _) => Err(ConversationError::NotFound { text }),
            (Some(last), false) => {
                let names = found.iter().chain([&last]).map(|(_, name, _)| name.to_string());
                Err(ConversationError::Ambiguous { text, names: names.collect() })
            }
        }
    }

    /// Deletes the conversation of that name; a run that is adding to it is waited for.
    pub fn delete(&self, name: &SessionName, clock: &dyn Clock) -> Result<(), ConversationError> {
        let _lock = self.lock(clock)?;
        let path = self.path(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(ConversationError::File { path, source: error })
            }
            _ => Ok(()),
        }
    }

    /// Adds a question and its answer to the conversation of that name, or to a new one. What
    /// another run added meanwhile stays.
    pub fn keep(
        &self,
        name: Option<&SessionName>,
        model: &str,
        turn: [Message; 2],
        clock: &dyn Clock,
    ) -> Result<SessionName, ConversationError> {
        self.keep_turn(name, (model, None), turn, clock)
    }

    /// The same of a workflow, by its id.
    pub fn keep_workflow(
        &self,
        name: Option<&SessionName>,
        (model, workflow): (&str, &str),
        turn: [Message; 2],
        clock: &dyn Clock,
    ) -> Result<SessionName, ConversationError> {
        self.keep_turn(name, (model, Some(workflow)), turn, clock)
    }

    fn keep_turn(
        &self,
        name: Option<&SessionName>,
        (model, workflow): (&str, Option<&str>),
        turn: [Message; 2],
        clock: &dyn Clock,
    ) -> Result<SessionName, ConversationError> {
        let _lock = self.lock(clock)?;
        let name = name.cloned().unwrap_or_else(|| self.free_name(clock));
        let earlier = self.named(&name)?.map(|kept| kept.messages).unwrap_or_default();
        let messages = bounded(earlier.into_iter().chain(turn).collect());
        let kept = Kept {
            instance: self.instance.clone(),
            model: model.to_owned(),
            workflow: workflow.map(str::to_owned),
            messages,
        };
        let path = self.path(&name);
        let json = serde_json::to_vec(&kept).map_err(io::Error::from);
        let file = PrivateFile::new(path.clone(), LARGEST_FILE);
        let written = json.and_then(|json| file.write(&json));
        written.map_err(|source| ConversationError::File { path, source })?;
        self.tidy();
        Ok(name)
    }

    fn read(&self, name: &SessionName) -> Result<Option<Kept>, ConversationError> {
        let path = self.path(name);
        let file = PrivateFile::new(path.clone(), LARGEST_FILE);
        self.close_to_others(&file)?;
        match file.read() {
            Ok(None) => Ok(None),
            Ok(Some(bytes)) => serde_json::from_slice(&bytes)
                .map(Some)
                .map_err(|error| ConversationError::Malformed { path, reason: error.to_string() }),
            Err(source) => Err(ConversationError::File { path, source }),
        }
    }

    /// One lock for all: it is held for a moment only, and the choice of a free name needs it.
    fn lock(&self, clock: &dyn Clock) -> Result<LockedFile, ConversationError> {
        let file = PrivateFile::new(self.directory.join("conversations"), 0);
        self.close_to_others(&file)?;
        file.lock(PATIENCE, clock)
            .map_err(|source| ConversationError::Locked { path: self.directory.clone(), source })
    }

    /// With both directories: theirs and the one that glduo's files are in.
    fn close_to_others(&self, file: &PrivateFile) -> Result<(), OpenToOthers> {
        let above = self.directory.parent().map(close_directory).transpose()?.flatten();
        for closed in above.into_iter().chain(file.close_to_others()?) {
            self.notes.warn(&closed.to_string());
        }
        Ok(())
    }

    fn path(&self, name: &SessionName) -> PathBuf {
        self.directory.join(format!("{name}{SUFFIX}"))
    }

    fn free_name(&self, clock: &dyn Clock) -> SessionName {
        let now = timestamp::to_iso_utc(clock.now()).unwrap_or_default();
        let mut names = (1..).map(|count| SessionName::automatic(&now, count));
        // There are more numbers than files.
        names
            .find(|name| !self.path(name).exists())
            .unwrap_or_else(|| SessionName::automatic(&now, 0))
    }

    /// When each was added to, and its name; none where nothing was ever kept.
    fn newest_first(&self) -> Result<Vec<(SystemTime, SessionName)>, ConversationError> {
        let failed = |source| ConversationError::File { path: self.directory.clone(), source };
        let entries = match fs::read_dir(&self.directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed(error)),
        };
        let mut found: Vec<_> =
            entries.flatten().filter_map(|entry| conversation(&entry)).collect();
        found.sort_by(|one, other| other.cmp(one));
        Ok(found)
    }

    /// Removes the oldest of those without a name of the user's, and what killed writers left.
    /// What cannot be removed does no harm.
    fn tidy(&self) {
        let unnamed = self.newest_first().unwrap_or_default().into_iter().map(|(_, name)| name);
        for name in unnamed.filter(SessionName::is_automatic).skip(UNNAMED) {
            let _ = fs::remove_file(self.path(&name));
        }
        for entry in fs::read_dir(&self.directory).into_iter().flatten().flatten() {
            if is_leftover(&entry.path()) {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

fn conversation(entry: &fs::DirEntry) -> Option<(SystemTime, SessionName)> {
    let file = entry.file_name().into_string().ok()?;
    let name = SessionName::parse(file.strip_suffix(SUFFIX)?).ok()?;
    Some((entry.metadata().ok()?.modified().ok()?, name))
}

/// Under the lock there is no living writer whose temporary file it could be.
fn is_leftover(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with('.') && path.extension().is_some_and(|extension| extension == "tmp")
}

/// The newest turns that fit, a question first; the last turn always stays.
fn bounded(messages: Vec<Message>) -> Vec<Message> {
    let mut room = LARGEST;
    let mut from = messages.len();
    for (at, turn) in messages.chunks(2).enumerate().rev() {
        let size: usize = turn.iter().map(|message| message.text.len()).sum();
        if size > room && from < messages.len() {
            break;
        }
        room = room.saturating_sub(size);
        from = at * 2;
    }
    messages.into_iter().skip(from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::conversation::Role;
    use crate::model::redact::Redactor;
    use crate::system::clock::RealClock;
    use crate::system::notes::Verbosity;
    use crate::system::streams::Output;

    fn turn(question: &str, answer: &str) -> [Message; 2] {
        [
            Message { role: Role::User, text: question.into() },
            Message { role: Role::Assistant, text: answer.into() },
        ]
    }

    fn store(folder: &tempfile::TempDir, instance: &str) -> Conversations {
        let instance = BaseUrl::parse(instance).expect("an address");
        let (stderr, redactor) = (Output::new(io::sink()), Redactor::default());
        let notes = Notes::new(stderr, Verbosity::Quiet, redactor);
        Conversations::new(Some(folder.path().to_owned()), &instance, &notes).expect("a place")
    }

    fn name(text: &str) -> SessionName {
        SessionName::parse(text).expect("a name")
    }

    #[test]
    fn turns_add_up_and_the_last_conversation_is_found() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = store(&folder, "https://one.example");
        assert_eq!(store.last().expect("no error"), None);
        store.keep(Some(&name("a")), "m1", turn("q1", "a1"), &RealClock).expect("kept");
        let unnamed = store.keep(None, "m1", turn("x", "y"), &RealClock).expect("kept");
        assert!(unnamed.is_automatic());
        assert_ne!(store.keep(None, "m1", turn("x", "y"), &RealClock).expect("kept"), unnamed);
        store.keep(Some(&name("a")), "m2", turn("q2", "a2"), &RealClock).expect("kept");
        let (last, kept) = store.last().expect("no error").expect("one");
        assert_eq!((last, kept.model.as_str()), (name("a"), "m2"));
        let texts: Vec<&str> = kept.messages.iter().map(|message| message.text.as_str()).collect();
        assert_eq!(texts, ["q1", "a1", "q2", "a2"]);
    }

    #[test]
    fn turns_of_runs_side_by_side_are_all_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = store(&folder, "https://one.example");
        let keep = || store.keep(Some(&name("a")), "m", turn("q", "a"), &RealClock).expect("kept");
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(keep);
            }
        });
        let kept = store.named(&name("a")).expect("no error").expect("one");
        assert_eq!(kept.messages.len(), 16);
    }

    #[test]
    fn what_was_said_to_one_instance_goes_to_no_other() {
        let folder = tempfile::tempdir().expect("a folder");
        store(&folder, "https://one.example")
            .keep(Some(&name("a")), "m", turn("q", "a"), &RealClock)
            .expect("kept");
        let other = store(&folder, "https://other.example");
        assert!(matches!(other.named(&name("a")), Err(ConversationError::OtherInstance { .. })));
        assert_eq!(other.last().expect("no error"), None);
        let refused = other.keep(Some(&name("a")), "m", turn("q", "a"), &RealClock);
        assert!(matches!(refused, Err(ConversationError::OtherInstance { .. })));
    }

    #[test]
    fn a_damaged_file_is_named_and_left_as_it_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = store(&folder, "https://one.example");
        store.keep(Some(&name("a")), "m", turn("q", "a"), &RealClock).expect("kept");
        let path = store.path(&name("a"));
        fs::write(&path, "{").expect("damaged");
        assert!(matches!(store.named(&name("a")), Err(ConversationError::Malformed { .. })));
        assert!(store.keep(Some(&name("a")), "m", turn("q", "a"), &RealClock).is_err());
        assert_eq!(fs::read_to_string(path).expect("the file"), "{");
    }

    #[test]
    fn old_turns_and_old_unnamed_conversations_give_way() {
        let long = "x".repeat(LARGEST - 3);
        let messages = bounded([turn("1", "1"), turn(&long, ""), turn("3", "3")].concat());
        assert_eq!(messages.len(), 4);
        assert_eq!(bounded([turn("1", "1"), turn(&long, &long)].concat()).len(), 2);
        let folder = tempfile::tempdir().expect("a folder");
        let store = store(&folder, "https://one.example");
        store.keep(Some(&name("mine")), "m", turn("q", "a"), &RealClock).expect("kept");
        fs::write(store.directory.join(".mine.json.kIlL.tmp"), "half").expect("a leftover");
        for _ in 0..=UNNAMED {
            store.keep(None, "m", turn("q", "a"), &RealClock).expect("kept");
        }
        assert_eq!(store.newest_first().expect("a list").len(), UNNAMED + 1);
        assert!(store.named(&name("mine")).expect("no error").is_some());
        assert!(!store.directory.join(".mine.json.kIlL.tmp").exists());
    }
}
