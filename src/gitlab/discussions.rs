//! Discussions and draft notes on a merge request, as a review writes them (GitLab documentation,
//! "Discussions API" and "Draft notes API").

use std::fmt::Write as _;

use ring::digest;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Gitlab, GitlabError, JobToken};
use crate::http::{Method, Request, Resend, Response};
use crate::model::address::Url;
use crate::model::diff_lines::{DiffLine, LineChange};
use crate::model::project::ProjectRef;
use crate::model::review::Side;

const WHAT: &str = "reviewing a merge request";

/// A merge request as a review needs it.
#[derive(Debug, Clone, Deserialize)]
pub struct ReviewedMergeRequest {
    #[serde(default)]
    pub state: String,
    #[serde(default)]
    pub web_url: String,
    /// `None` while GitLab prepares the merge request.
    #[serde(default)]
    pub diff_refs: Option<DiffRefs>,
}

/// The commits that a diff lies between.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct DiffRefs {
    pub base_sha: String,
    pub start_sha: String,
    pub head_sha: String,
}

/// A thread of notes; a plain note is a discussion of one.
#[derive(Debug, Deserialize)]
pub struct Discussion {
    /// Hexadecimal.
    pub id: String,
    #[serde(default)]
    pub notes: Vec<DiscussionNote>,
}

#[derive(Debug, Deserialize)]
pub struct DiscussionNote {
    pub id: u64,
    #[serde(default)]
    pub body: Option<String>,
    /// Null for deleted users.
    #[serde(default)]
    pub author: Option<NoteUser>,
    /// An activity line, not a comment.
    #[serde(default)]
    pub system: Option<bool>,
    /// Absent for notes that cannot be resolved.
    #[serde(default)]
    pub resolved: Option<bool>,
    #[serde(default)]
    pub resolved_by: Option<NoteUser>,
    /// Absent for notes that are not on a diff.
    #[serde(default)]
    pub position: Option<NotePosition>,
}

#[derive(Debug, Deserialize)]
pub struct NoteUser {
    pub id: u64,
}

/// Where on the diff an existing note is.
#[derive(Debug, Default, Deserialize)]
pub struct NotePosition {
    #[serde(default)]
    pub new_path: Option<String>,
    #[serde(default)]
    pub old_path: Option<String>,
    #[serde(default)]
    pub new_line: Option<i64>,
    #[serde(default)]
    pub old_line: Option<i64>,
}

/// A note that only its author sees until it is published.
#[derive(Debug, Deserialize)]
pub struct DraftNote {
    pub id: u64,
    #[serde(default)]
    pub note: Option<String>,
    #[serde(default)]
    pub position: Option<NotePosition>,
}

/// A request that changes something, as it is sent and as `--dry-run` shows it.
#[derive(Debug)]
pub struct ReviewRequest {
    pub method: Method,
    pub url: Url,
    pub body: Value,
}

/// Where on the diff a new note goes: GitLab's `position` object.
#[derive(Debug, Clone, PartialEq)]
pub struct Position(Value);

impl Position {
    /// A note on a whole file (GitLab 16.4).
    pub fn on_file(refs: &DiffRefs, (old_path, new_path): (&str, &str)) -> Self {
        Self(position(refs, "file", (old_path, new_path)))
    }

    /// A note on a line, or on the lines from `start` to `line`. GitLab identifies an added line
    /// by its new number, a removed one by its old number and an unchanged one by both.
    pub fn on_line(
        refs: &DiffRefs,
        (old_path, new_path): (&str, &str),
        line: &DiffLine<'_>,
        start: Option<&DiffLine<'_>>,
    ) -> Self {
        let mut position = position(refs, "text", (old_path, new_path));
        add_numbers(&mut position, line);
        if let Some(start) = start {
            let end =
                |line| line_range_end(if new_path.is_empty() { old_path } else { new_path }, line);
            position["line_range"] = json!({ "start": end(start), "end": end(line) });
        }
        Self(position)
    }
}

fn position(refs: &DiffRefs, position_type: &str, (old_path, new_path): (&str, &str)) -> Value {
    json!({
        "position_type": position_type,
        "base_sha": refs.base_sha,
        "start_sha": refs.start_sha,
        "head_sha": refs.head_sha,
        "old_path": old_path,
        "new_path": new_path,
    })
}

fn add_numbers(object: &mut Value, line: &DiffLine<'_>) {
    for (name, side) in [("old_line", Side::Old), ("new_line", Side::New)] {
        if let Some(number) = line.number(side) {
            object[name] = number.into();
        }
    }
}

fn line_range_end(path: &str, line: &DiffLine<'_>) -> Value {
    let kind = if line.change == LineChange::Added { "new" } else { "old" };
    let mut end = json!({ "line_code": line_code(path, line), "type": kind });
    add_numbers(&mut end, line);
    end
}

/// GitLab's name for a line of a diff: SHA-1 of the path and both numbers.
fn line_code(path: &str, line: &DiffLine<'_>) -> String {
    let hash = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, path.as_bytes());
    format!("{}_{}_{}", hexadecimal(hash.as_ref()), line.old, line.new)
}

/// Identifies a remark across runs by its file, the text of its line without regard to white
/// space, and its own text.
pub fn fingerprint(path: &str, line: &str, body: &str) -> String {
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = format!("{path}\0{}\0{}", words(line), words(body));
    let hash = digest::digest(&digest::SHA256, text.as_bytes());
    hexadecimal(&hash.as_ref()[..16])
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl Gitlab<'_> {
    pub fn reviewed_merge_request(
        &self,
        project: &ProjectRef,
        iid: u64,
    ) -> Result<ReviewedMergeRequest, GitlabError> {
        super::decode("the merge request", &self.merge_request(project, iid)?.body)
    }

    /// All discussions, oldest first.
    pub fn discussions(
        &self,
        project: &ProjectRef,
        iid: u64,
    ) -> Result<Vec<Discussion>, GitlabError> {
        let mut url = self.review_url(project, iid, &["discussions"]);
        url.query_pairs_mut().append_pair("per_page", "100");
        let pages = self.pages(self.get(url, JobToken::Refused(WHAT))?);
        super::decode("the discussions", &super::whole_list(pages)?)
    }

    /// This account's drafts; GitLab sends them on one page. Empty on servers before 15.9, which
    /// have none.
    pub fn draft_notes(
        &self,
        project: &ProjectRef,
        iid: u64,
    ) -> Result<Vec<DraftNote>, GitlabError> {
        let url = self.review_url(project, iid, &["draft_notes"]);
        match self.send(&self.get(url, JobToken::Refused(WHAT))?) {
            Ok(response) => super::decode("the draft notes", &response.body),
            Err(GitlabError::Refused(refusal)) if refusal.status == 404 => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// Starts a discussion, on the diff if there is a position.
    pub fn new_discussion(
        &self,
        (project, iid): (&ProjectRef, u64),
        text: &str,
        position: &Position,
    ) -> ReviewRequest {
        let url = self.review_url(project, iid, &["discussions"]);
        let body = json!({ "body": text, "position": position.0 });
        ReviewRequest { method: Method::Post, url, body }
    }

    pub fn new_draft_note(
        &self,
        (project, iid): (&ProjectRef, u64),
        text: &str,
        position: Option<&Position>,
    ) -> ReviewRequest {
        let url = self.review_url(project, iid, &["draft_notes"]);
        let mut body = json!({ "note": text });
        if let Some(position) = position {
            body["position"] = position.0.clone();
        }
        ReviewRequest { method: Method::Post, url, body }
    }

    pub fn change_draft_note(
        &self,
        (project, iid): (&ProjectRef, u64),
        id: u64,
        text: &str,
    ) -> ReviewRequest {
        let url = self.review_url(project, iid, &["draft_notes", &id.to_string()]);
        ReviewRequest { method: Method::Put, url, body: json!({ "note": text }) }
    }

    /// Creates the note with the summary, or changes it.
    pub fn summary_note(
        &self,
        (project, iid): (&ProjectRef, u64),
        id: Option<u64>,
        text: &str,
    ) -> ReviewRequest {
        let id = id.map(|id| id.to_string());
        let mut below = vec!["notes"];
        below.extend(id.as_deref());
        let url = self.review_url(project, iid, &below);
        let method = if id.is_some() { Method::Put } else { Method::Post };
        ReviewRequest { method, url, body: json!({ "body": text }) }
    }

    /// Resolves a discussion, or opens it again.
    pub fn resolve_discussion(
        &self,
        (project, iid): (&ProjectRef, u64),
        discussion: &str,
        resolved: bool,
    ) -> ReviewRequest {
        let url = self.review_url(project, iid, &["discussions", discussion]);
        ReviewRequest { method: Method::Put, url, body: json!({ "resolved": resolved }) }
    }

    /// Sends it once; a second note could be the result of sending it again.
    pub fn send_review_request(&self, request: &ReviewRequest) -> Result<Response, GitlabError> {
        self.check(JobToken::Refused(WHAT))?;
        let body = request.body.to_string().into_bytes();
        let sent = Request::post_json(request.url.clone(), body, Resend::Never);
        self.send(&self.identity.sign(Request { method: request.method, ..sent }))
    }

    fn review_url(&self, project: &ProjectRef, iid: u64, below: &[&str]) -> Url {
        let iid = iid.to_string();
        let path: Vec<&str> =
            ["merge_requests", iid.as_str()].into_iter().chain(below.iter().copied()).collect();
        self.project_url(project, &path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::diff_lines::diff_lines;

    fn refs() -> DiffRefs {
        let sha = |name: &str| name.repeat(40);
        DiffRefs { base_sha: sha("b"), start_sha: sha("a"), head_sha: sha("c") }
    }

    #[test]
    fn each_kind_of_line_is_identified_as_gitlab_does() {
        let lines = diff_lines("@@ -3,3 +3,3 @@\n same\n-gone\n+come\n rest\n");
        let number = |line: usize| {
            let Position(value) = Position::on_line(&refs(), ("old", "new"), &lines[line], None);
            (value["old_line"].clone(), value["new_line"].clone())
        };
        assert_eq!(number(0), (json!(3), json!(3)));
        assert_eq!(number(1), (json!(4), Value::Null));
        assert_eq!(number(2), (Value::Null, json!(4)));
        let Position(file) = Position::on_file(&refs(), ("old", "new"));
        assert_eq!((&file["position_type"], &file["old_path"]), (&json!("file"), &json!("old")));
        assert_eq!(file.get("new_line"), None);
    }

    #[test]
    fn a_range_names_both_ends_by_their_line_codes() {
        let lines = diff_lines("@@ -3,3 +3,3 @@\n same\n-gone\n+come\n rest\n");
        let position = Position::on_line(&refs(), ("x", "x"), &lines[2], Some(&lines[0]));
        let range = &position.0["line_range"];
        // SHA-1 of "x".
        let code = "11f6ad8ec52a2984abaafd7c3b516503785c2072";
        assert_eq!(
            range["start"],
            json!({ "line_code": format!("{code}_3_3"), "type": "old", "old_line": 3, "new_line": 3 })
        );
        assert_eq!(
            range["end"],
            json!({ "line_code": format!("{code}_5_4"), "type": "new", "new_line": 4 })
        );
    }

    #[test]
    fn a_fingerprint_survives_reindentation_only() {
        let print = fingerprint("a.rs", "  let x = 1;", "Why?");
        assert_eq!(print, fingerprint("a.rs", "\tlet x  = 1;", "Why?"));
        assert_ne!(print, fingerprint("a.rs", "let y = 1;", "Why?"));
        assert_ne!(print, fingerprint("b.rs", "let x = 1;", "Why?"));
        assert_ne!(print, fingerprint("a.rs", "let x = 1;", "What?"));
        assert_eq!(print.len(), 32);
    }
}
