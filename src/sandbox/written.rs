//! Notes that were written while the sandbox runs; they live as long as it does.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::notes::Noteable;
use super::seed::{Discussion, Note};

/// The first note written here; those of the seed are older.
const FIRST_ID: u64 = 2_880_000_017;

/// What was written, and what was changed in it.
#[derive(Debug, Default)]
pub(super) struct Written(Mutex<Book>);

#[derive(Debug, Default)]
struct Book {
    added: Vec<Entry>,
    edited: Vec<Edit>,
}

#[derive(Debug)]
struct Entry {
    /// What it is on.
    on: (&'static str, u64),
    note: Note,
}

#[derive(Debug)]
struct Edit {
    note: u64,
    body: String,
    at: String,
}

impl Written {
    /// Adds a note, with an id of its own, and gives it back.
    pub(super) fn add(&self, on: &Noteable<'_>, note: Note) -> Note {
        let mut book = self.book();
        let number = u64::try_from(book.added.len()).unwrap_or_default();
        let note = Note { id: FIRST_ID + 17 * number, ..note };
        book.added.push(Entry { on: on.key(), note: note.clone() });
        note
    }

    /// Changes a note's text.
    pub(super) fn edit(&self, note: u64, body: String, at: String) {
        let mut book = self.book();
        book.edited.retain(|edit| edit.note != note);
        book.edited.push(Edit { note, body, at });
    }

    /// The seed's discussions with everything that was written since.
    pub(super) fn discussions(&self, on: &Noteable<'_>) -> Vec<Discussion> {
        let book = self.book();
        let added = book.added.iter().filter(|entry| entry.on == on.key());
        let added = added.map(|entry| Discussion {
            id: format!("{:040x}", entry.note.id),
            individual: true,
            notes: vec![entry.note.clone()],
        });
        let mut all: Vec<Discussion> = on.discussions.iter().cloned().chain(added).collect();
        for note in all.iter_mut().flat_map(|discussion| &mut discussion.notes) {
            if let Some(edit) = book.edited.iter().find(|edit| edit.note == note.id) {
                note.body.clone_from(&edit.body);
                note.updated_at = Some(edit.at.clone());
            }
        }
        all
    }

    /// How many notes were added.
    pub(super) fn count(&self, on: &Noteable<'_>) -> usize {
        self.book().added.iter().filter(|entry| entry.on == on.key()).count()
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
