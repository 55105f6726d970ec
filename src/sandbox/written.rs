//! Notes that were written while the sandbox runs; they live as long as it does.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::notes::Noteable;
use super::reviews::Draft;
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
    drafts: Vec<Draft>,
    /// The last change of each discussion: who resolved it and when, or that it is open again.
    resolved: HashMap<String, Option<(String, String)>>,
}

#[derive(Debug)]
struct Entry {
    /// What it is on.
    on: (&'static str, u64),
    individual: bool,
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
        self.add_entry(on, true, note)
    }

    /// The same as the first note of a discussion.
    pub(super) fn add_discussion(&self, on: &Noteable<'_>, note: Note) -> Note {
        self.add_entry(on, false, note)
    }

    fn add_entry(&self, on: &Noteable<'_>, individual: bool, note: Note) -> Note {
        let mut book = self.book();
        let number = u64::try_from(book.added.len()).unwrap_or_default();
        let note = Note { id: FIRST_ID + 17 * number, ..note };
        book.added.push(Entry { on: on.key(), individual, note: note.clone() });
        note
    }

    /// Resolves a discussion, or opens it again.
    pub(super) fn resolve(&self, discussion: &str, by: Option<(String, String)>) {
        self.book().resolved.insert(discussion.to_owned(), by);
    }

    pub(super) fn drafts(&self) -> Vec<Draft> {
        self.book().drafts.clone()
    }

    /// Adds a draft, with an id of its own, and returns it.
    pub(super) fn add_draft(&self, draft: Draft) -> Draft {
        let mut book = self.book();
        let last = book.drafts.last().map_or(0, |draft| draft.id);
        let draft = Draft { id: last + 1, ..draft };
        book.drafts.push(draft.clone());
        draft
    }

    pub(super) fn change_draft(&self, changed: &Draft) {
        let mut book = self.book();
        for draft in book.drafts.iter_mut().filter(|draft| draft.id == changed.id) {
            draft.clone_from(changed);
        }
    }

    pub(super) fn take_drafts(&self, is_wanted: impl Fn(&Draft) -> bool) -> Vec<Draft> {
        self.book().drafts.extract_if(.., |draft| is_wanted(draft)).collect()
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
            individual: entry.individual,
            notes: vec![entry.note.clone()],
        });
        let mut all: Vec<Discussion> = on.discussions.iter().cloned().chain(added).collect();
        for discussion in &mut all {
            let Some(by) = book.resolved.get(&discussion.id) else { continue };
            for note in discussion.notes.iter_mut().filter(|note| note.resolvable) {
                note.resolved_by = by.as_ref().map(|(by, _)| by.clone());
                note.resolved_at = by.as_ref().map(|(_, at)| at.clone());
            }
        }
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
