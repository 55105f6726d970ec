//! What a review changes on a merge request that may carry remarks of an earlier run.

use std::collections::HashMap;

use crate::commands::note::Key;
use crate::gitlab::{Discussion, DraftNote, NotePosition};

/// What `--replace KEY` finds of earlier runs.
#[derive(Debug, Default)]
pub(super) struct EarlierReview {
    remarks: HashMap<String, Vec<Remark>>,
    pub(super) summary: Option<EarlierSummary>,
    pub(super) draft_summary: Option<EarlierSummary>,
}

#[derive(Debug)]
pub(super) struct EarlierSummary {
    pub(super) note_id: u64,
    pub(super) text: String,
}

/// A remark of an earlier run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Remark {
    pub(super) note_id: u64,
    pub(super) path: String,
    pub(super) line: Option<i64>,
    pub(super) state: RemarkState,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RemarkState {
    /// Not published yet.
    Draft,
    Open {
        discussion: String,
        has_replies: bool,
    },
    /// Resolved by an earlier run.
    ResolvedByMe {
        discussion: String,
    },
    /// Resolved by another person, who does not need to read it again.
    ResolvedByOthers,
}

/// What becomes of a remark that is reported again.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reuse {
    Keep(Remark),
    Reopen(Remark, String),
    /// There is none.
    Post,
}

/// The markers of one key; they stand on the last line of a note, and GitLab does not show them.
pub(super) struct Markers<'k>(pub(super) &'k Key);

impl Markers<'_> {
    pub(super) fn marked(&self, text: &str, name: &str) -> String {
        format!("{}\n\n{}{name} -->", text.trim_end(), self.lead())
    }

    fn lead(&self) -> String {
        format!("<!-- glduo:review {} ", self.0)
    }

    /// The name in the marker of a note: a fingerprint, or [`SUMMARY`].
    fn name<'b>(&self, body: &'b str) -> Option<&'b str> {
        let last = body.trim_end().lines().next_back()?.trim();
        last.strip_prefix(&self.lead())?.strip_suffix(" -->")
    }
}

/// Stands in the marker of the summary instead of a fingerprint.
pub(super) const SUMMARY: &str = "summary";

impl EarlierReview {
    /// Sorts out my notes that carry the marker of this key; `me` is my user id.
    pub(super) fn find(
        markers: &Markers<'_>,
        me: u64,
        discussions: Vec<Discussion>,
        drafts: Vec<DraftNote>,
    ) -> Self {
        let mut earlier = Self::default();
        for discussion in discussions {
            let is_mine = |user: Option<u64>| user == Some(me);
            let mut notes = discussion.notes.into_iter().filter(|note| note.system != Some(true));
            let Some(first) = notes.next() else { continue };
            let body = first.body.unwrap_or_default();
            let Some(name) = markers.name(&body).map(str::to_owned) else { continue };
            if !is_mine(first.author.as_ref().map(|user| user.id)) {
                continue;
            }
            if name == SUMMARY {
                earlier.summary.get_or_insert(EarlierSummary { note_id: first.id, text: body });
                continue;
            }
            let replies = notes.any(|note| !is_mine(note.author.as_ref().map(|user| user.id)));
            let state = match (first.resolved, first.resolved_by.map(|user| user.id)) {
                (Some(true), by) if is_mine(by) => {
                    RemarkState::ResolvedByMe { discussion: discussion.id }
                }
                (Some(true), _) => RemarkState::ResolvedByOthers,
                _ => RemarkState::Open { discussion: discussion.id, has_replies: replies },
            };
            earlier.add(name, Remark::new(first.id, first.position, state));
        }
        for draft in drafts {
            let text = draft.note.unwrap_or_default();
            let Some(name) = markers.name(&text).map(str::to_owned) else { continue };
            if name == SUMMARY {
                earlier.draft_summary.get_or_insert(EarlierSummary { note_id: draft.id, text });
            } else {
                earlier.add(name, Remark::new(draft.id, draft.position, RemarkState::Draft));
            }
        }
        earlier
    }

    fn add(&mut self, fingerprint: String, remark: Remark) {
        let remarks = self.remarks.entry(fingerprint).or_default();
        remarks.push(remark);
        remarks.sort_by_key(|remark| match remark.state {
            RemarkState::Open { .. } => 0,
            RemarkState::ResolvedByOthers => 1,
            RemarkState::Draft => 2,
            RemarkState::ResolvedByMe { .. } => 3,
        });
    }

    /// Takes one earlier remark of this fingerprint, so that two equal remarks need two.
    pub(super) fn take(&mut self, fingerprint: &str, as_draft: bool) -> Reuse {
        let Some(remarks) = self.remarks.get_mut(fingerprint).filter(|all| !all.is_empty()) else {
            return Reuse::Post;
        };
        let remark = remarks.remove(0);
        match remark.state.clone() {
            // A draft changes nothing that others see.
            RemarkState::ResolvedByMe { .. } if as_draft => Reuse::Post,
            RemarkState::ResolvedByMe { discussion } => Reuse::Reopen(remark, discussion),
            _ => Reuse::Keep(remark),
        }
    }

    /// Takes what is left: the open discussions without a reply, oldest first, each with
    /// its id, and the number of drafts.
    pub(super) fn take_obsolete(&mut self) -> (Vec<(Remark, String)>, usize) {
        let (mut open, mut drafts) = (Vec::new(), 0);
        for remark in std::mem::take(&mut self.remarks).into_values().flatten() {
            match remark.state.clone() {
                RemarkState::Open { discussion, has_replies: false } => {
                    open.push((remark, discussion));
                }
                RemarkState::Draft => drafts += 1,
                _ => {}
            }
        }
        open.sort_by_key(|(remark, _)| remark.note_id);
        (open, drafts)
    }
}

impl Remark {
    fn new(note_id: u64, position: Option<NotePosition>, state: RemarkState) -> Self {
        let NotePosition { new_path, old_path, new_line, old_line } = position.unwrap_or_default();
        let path = new_path.filter(|path| !path.is_empty()).or(old_path).unwrap_or_default();
        Self { note_id, path, line: new_line.or(old_line), state }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn key() -> Key {
        "duo-review".parse().expect("a key")
    }

    fn discussion(id: u64, print: &str, author: u64, more: &serde_json::Value) -> Discussion {
        let body = Markers(&key()).marked("Remark", print);
        let mut note =
            json!({ "id": id, "body": body, "author": { "id": author }, "resolved": false });
        let mut notes = Vec::new();
        for (name, value) in more.as_object().into_iter().flatten() {
            if name == "replies" {
                notes = value.as_array().expect("replies").clone();
            } else {
                note[name] = value.clone();
            }
        }
        notes.insert(0, note);
        serde_json::from_value(json!({ "id": format!("d{id}"), "notes": notes })).expect("one")
    }

    fn found(discussions: Vec<Discussion>) -> EarlierReview {
        EarlierReview::find(&Markers(&key()), 7, discussions, Vec::new())
    }

    #[test]
    fn a_remark_is_kept_reopened_or_posted_by_what_became_of_the_earlier_one() {
        let mine = json!({ "resolved": true, "resolved_by": { "id": 7 } });
        let theirs = json!({ "resolved": true, "resolved_by": { "id": 8 } });
        for (more, kept) in [(json!({}), true), (mine, false), (theirs, true)] {
            let mut earlier = found(vec![discussion(1, "f", 7, &more)]);
            let reuse = earlier.take("f", false);
            assert_eq!(matches!(reuse, Reuse::Keep(_)), kept);
            assert_eq!(matches!(reuse, Reuse::Reopen(..)), !kept);
            assert_eq!(earlier.take("f", false), Reuse::Post, "each is taken once");
        }
        assert_eq!(found(vec![discussion(1, "f", 8, &json!({}))]).take("f", false), Reuse::Post);
    }

    #[test]
    fn an_open_one_goes_before_one_that_i_resolved() {
        let resolved = json!({ "resolved": true, "resolved_by": { "id": 7 } });
        let all = vec![discussion(1, "f", 7, &resolved), discussion(2, "f", 7, &json!({}))];
        let Reuse::Keep(remark) = found(all).take("f", false) else { panic!("kept") };
        assert_eq!(remark.note_id, 2);
    }

    #[test]
    fn only_open_ones_without_replies_are_obsolete() {
        let replied = json!({ "replies": [{ "id": 20, "author": { "id": 8 } }] });
        let activity = json!({ "replies": [{ "id": 21, "author": { "id": 8 }, "system": true }] });
        let resolved = json!({ "resolved": true, "resolved_by": { "id": 8 } });
        let (open, drafts) = found(vec![
            discussion(3, "c", 7, &activity),
            discussion(1, "a", 7, &json!({})),
            discussion(2, "b", 7, &replied),
            discussion(4, "d", 7, &resolved),
        ])
        .take_obsolete();
        let ids: Vec<_> = open.iter().map(|(remark, id)| (remark.note_id, id.as_str())).collect();
        assert_eq!((ids.as_slice(), drafts), ([(1, "d1"), (3, "d3")].as_slice(), 0));
    }

    #[test]
    fn another_key_and_a_quoted_marker_are_not_mine() {
        let body = |text: &str| {
            let note = json!({ "id": 1, "body": text, "author": { "id": 7 } });
            serde_json::from_value(json!({ "id": "d", "notes": [note] })).expect("one")
        };
        let marker = Markers(&key()).marked("", "f");
        let quoted = format!("{marker}\n\nmore");
        let other = marker.replace("duo-review ", "duo-review-2 ");
        for text in [quoted, other, "Remark".to_owned()] {
            assert_eq!(found(vec![body(&text)]).take("f", false), Reuse::Post, "{text}");
        }
        let summary = Markers(&key()).marked("All fine", SUMMARY);
        assert_eq!(found(vec![body(&summary)]).summary.expect("the summary").note_id, 1);
    }
}
