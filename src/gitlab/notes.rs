//! Notes on merge requests and issues (GitLab documentation, "Notes API").

use std::borrow::Cow;

use serde::Deserialize;

use super::{Gitlab, GitlabError, JobToken, ListPages};
use crate::http::{Method, Request, Resend, Response};
use crate::model::address::Url;
use crate::model::project::ProjectRef;

/// The most characters that GitLab takes in a note.
pub const LONGEST_NOTE: usize = 1_000_000;

/// What a note is on.
#[derive(Debug, Clone, Copy)]
pub enum Noteable<'p> {
    /// A merge request by its number in a project.
    MergeRequest(&'p ProjectRef, u64),
    /// An issue by its number in a project.
    Issue(&'p ProjectRef, u64),
}

/// What became of a text that was sent as a note.
#[derive(Debug)]
pub enum Noted {
    /// It is one: its global id, and GitLab's object.
    Note {
        /// The global id.
        id: u64,
        /// GitLab's object.
        body: Vec<u8>,
    },
    /// It was quick actions only, which make no note.
    CommandsOnly {
        /// What GitLab says that they did, or why not.
        summary: String,
        /// GitLab's object.
        body: Vec<u8>,
    },
}

#[derive(Deserialize)]
struct NoteHead<'a> {
    id: u64,
    #[serde(borrow, default)]
    body: Cow<'a, str>,
    #[serde(default)]
    author: Option<Author>,
    #[serde(default)]
    system: Option<bool>,
}

#[derive(Deserialize)]
struct Author {
    id: u64,
}

#[derive(Deserialize)]
struct NoteId {
    id: u64,
}

#[derive(Deserialize)]
struct Commands {
    #[serde(default)]
    summary: serde_json::Value,
}

impl Gitlab<'_> {
    /// Comments and activity, oldest first: GitLab's own objects, all pages.
    pub fn notes(&self, on: Noteable<'_>) -> Result<Vec<u8>, GitlabError> {
        super::whole_list(self.notes_pages(on)?)
    }

    /// The oldest note of this account that `is_it` knows by its text, by its id.
    pub fn own_note(
        &self,
        on: Noteable<'_>,
        is_it: impl Fn(&str) -> bool,
    ) -> Result<Option<u64>, GitlabError> {
        let me = self.current_user()?.id;
        for page in self.notes_pages(on)? {
            let page = page?;
            let notes: Vec<NoteHead<'_>> = super::decode("the notes", &page.body)?;
            let own = |note: &&NoteHead<'_>| {
                note.author.as_ref().is_some_and(|author| author.id == me)
                    && note.system != Some(true)
                    && is_it(&note.body)
            };
            if let Some(found) = notes.iter().find(own) {
                return Ok(Some(found.id));
            }
        }
        Ok(None)
    }

    /// Writes a note; needs `api`. It is sent once and never again, since a second one could be
    /// a second note.
    pub fn create_note(&self, on: Noteable<'_>, text: &str) -> Result<Noted, GitlabError> {
        self.write_note(Method::Post, self.notes_url(on, None), text)
    }

    /// Gives a note another text; needs `api`.
    pub fn update_note(&self, on: Noteable<'_>, id: u64, text: &str) -> Result<Noted, GitlabError> {
        self.write_note(Method::Put, self.notes_url(on, Some(id)), text)
    }

    /// Refuses a credential that writes no notes, before anything else is asked.
    pub fn check_notes_can_be_written(&self) -> Result<(), GitlabError> {
        self.check(JobToken::Refused("writing a note"))
    }

    fn write_note(&self, method: Method, url: Url, text: &str) -> Result<Noted, GitlabError> {
        self.check_notes_can_be_written()?;
        let body = serde_json::json!({ "body": text }).to_string().into_bytes();
        let request = Request { method, ..Request::post_json(url, body, Resend::Never) };
        let answer = self.send(&self.identity.sign(request))?;
        noted(answer)
    }

    /// GitLab counts notes about what this user may not see, and omits them from the pages.
    fn notes_pages(&self, on: Noteable<'_>) -> Result<ListPages<'_>, GitlabError> {
        let mut url = self.notes_url(on, None);
        url.query_pairs_mut()
            .append_pair("sort", "asc")
            .append_pair("order_by", "created_at")
            .append_pair("per_page", "100");
        let job_token = match on {
            Noteable::MergeRequest(..) => JobToken::Reaches,
            Noteable::Issue(..) => JobToken::Refused("issues"),
        };
        let ListPages(pages) = self.pages(self.get(url, job_token)?);
        Ok(ListPages(pages.hiding_rows()))
    }

    fn notes_url(&self, on: Noteable<'_>, note: Option<u64>) -> Url {
        let (project, kind, iid) = match on {
            Noteable::MergeRequest(project, iid) => (project, "merge_requests", iid),
            Noteable::Issue(project, iid) => (project, "issues", iid),
        };
        let (iid, note) = (iid.to_string(), note.map(|note| note.to_string()));
        let mut below = vec![kind, iid.as_str(), "notes"];
        below.extend(note.as_deref());
        self.project_url(project, &below)
    }
}

/// Status 202 is GitLab's word for "the commands were taken, and there is no note".
fn noted(answer: Response) -> Result<Noted, GitlabError> {
    if answer.status == 202 {
        let commands: Commands = super::decode("the quick actions", &answer.body)?;
        let summary = super::error::words_of(&commands.summary);
        return Ok(Noted::CommandsOnly { summary, body: answer.body });
    }
    let NoteId { id } = super::decode("the note", &answer.body)?;
    Ok(Noted::Note { id, body: answer.body })
}
