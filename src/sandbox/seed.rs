//! What is in the sandbox at the start: the project that ships ([`Seed::storefront`]), or what
//! a test makes of it.

mod issue;
mod json;

pub use super::pipeline_seed::{Pipeline, PipelineJob};
pub use issue::Issue;
pub(super) use json::read;

/// Everything the sandbox knows. Times are ISO 8601 in UTC with milliseconds, which also sorts
/// them; people are named by user name.
#[derive(Debug, Clone, Default)]
pub struct Seed {
    /// Accounts.
    pub people: Vec<Person>,
    /// What they identify with.
    pub tokens: Vec<Token>,
    /// Programs that people may log in to with their account.
    pub applications: Vec<Application>,
    /// Groups, parents before their subgroups.
    pub groups: Vec<Group>,
    /// Projects, the one to try things with first.
    pub projects: Vec<Project>,
    /// Labels of all projects.
    pub labels: Vec<Label>,
    /// Milestones of all projects.
    pub milestones: Vec<Milestone>,
    /// Merge requests of all projects.
    pub merge_requests: Vec<MergeRequest>,
    /// Issues of all projects.
    pub issues: Vec<Issue>,
    /// Pipelines of all projects.
    pub pipelines: Vec<Pipeline>,
}

/// An account.
#[derive(Debug, Clone, Default)]
pub struct Person {
    /// The global id.
    pub id: u64,
    /// The login name.
    pub username: String,
    /// The full name.
    pub name: String,
    /// The address.
    pub email: String,
    /// Since when.
    pub created_at: String,
    /// Made for a program.
    pub bot: bool,
    /// Whether there is a Duo seat.
    pub duo: bool,
}

/// Whether a token still works.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TokenState {
    /// It does.
    #[default]
    Active,
    /// Its last day is over.
    Expired,
    /// Someone took it back.
    Revoked,
}

/// What a token was made for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TokenKind {
    /// A person's own.
    #[default]
    Personal,
    /// A running CI job's.
    Job,
    /// An application's, got by a login; the seed has none.
    OAuth,
}

/// A token and what it may do.
#[derive(Debug, Clone, Default)]
pub struct Token {
    /// What the token is called here, and its title in GitLab.
    pub name: String,
    /// What is sent.
    pub value: String,
    /// Whose it is.
    pub user: String,
    /// Its scopes; a job token has none.
    pub scopes: Vec<String>,
    /// Whether it works.
    pub state: TokenState,
    /// What it was made for.
    pub kind: TokenKind,
    /// The day on which it ends, `YYYY-MM-DD`.
    pub expires_at: Option<String>,
    /// The project whose job has it.
    pub job_project: Option<u64>,
}

/// An OAuth application, as someone registered it with the instance.
#[derive(Debug, Clone, Default)]
pub struct Application {
    /// The client id.
    pub uid: String,
    /// What people see.
    pub name: String,
    /// The secret of a confidential application; a public one has none and must use PKCE.
    pub secret: Option<String>,
    /// Where it may be called back, to the letter.
    pub redirect_uris: Vec<String>,
    /// All that it may ask for.
    pub scopes: Vec<String>,
}

/// A group.
#[derive(Debug, Clone, Default)]
pub struct Group {
    /// The global id.
    pub id: u64,
    /// The title.
    pub name: String,
    /// The full path.
    pub path: String,
    /// One line.
    pub description: String,
}

/// A private project.
#[derive(Debug, Clone, Default)]
pub struct Project {
    /// The global id.
    pub id: u64,
    /// The title.
    pub name: String,
    /// The full path; its parent is one of the groups.
    pub path: String,
    /// Full paths that it had before and that redirect.
    pub former_paths: Vec<String>,
    /// One line.
    pub description: Option<String>,
    /// `None` for an empty repository.
    pub default_branch: Option<String>,
    /// Since when.
    pub created_at: String,
    /// The last change.
    pub last_activity_at: String,
    /// Subjects.
    pub topics: Vec<String>,
    /// Who may see it.
    pub members: Vec<String>,
}

/// A label.
#[derive(Debug, Clone, Default)]
pub struct Label {
    /// The global id.
    pub id: u64,
    /// The text on it.
    pub name: String,
    /// `#rrggbb`.
    pub color: String,
    /// `#rrggbb`.
    pub text_color: String,
    /// One line.
    pub description: Option<String>,
}

/// A milestone.
#[derive(Debug, Clone, Default)]
pub struct Milestone {
    /// The global id.
    pub id: u64,
    /// The number in its project.
    pub iid: u64,
    /// The id of its project.
    pub project: u64,
    /// One line.
    pub title: String,
    /// Markdown.
    pub description: String,
    /// `active` or `closed`.
    pub state: String,
    /// First day.
    pub start_date: Option<String>,
    /// Last day.
    pub due_date: Option<String>,
    /// Since when.
    pub created_at: String,
    /// Last change.
    pub updated_at: String,
}

/// A merge request. Draft, counters and the deprecated fields follow from these.
#[derive(Debug, Clone, Default)]
pub struct MergeRequest {
    /// The global id.
    pub id: u64,
    /// The number in its project.
    pub iid: u64,
    /// The id of its project.
    pub project: u64,
    /// One line; a draft begins with `Draft:`.
    pub title: String,
    /// Markdown.
    pub description: Option<String>,
    /// `opened`, `closed`, `merged` or `locked`.
    pub state: String,
    /// `None` where the account was deleted.
    pub author: Option<String>,
    /// Who works on it.
    pub assignees: Vec<String>,
    /// Who reviews it.
    pub reviewers: Vec<String>,
    /// Label names.
    pub labels: Vec<String>,
    /// The title of a milestone of its project.
    pub milestone: Option<String>,
    /// The branch to be merged.
    pub source_branch: String,
    /// The branch merged into.
    pub target_branch: String,
    /// Since when.
    pub created_at: String,
    /// Last change.
    pub updated_at: String,
    /// Who merged it.
    pub merge_user: Option<String>,
    /// When.
    pub merged_at: Option<String>,
    /// The commit that came of it.
    pub merge_commit_sha: Option<String>,
    /// Who closed it.
    pub closed_by: Option<String>,
    /// When.
    pub closed_at: Option<String>,
    /// The newest commit of the source branch.
    pub sha: String,
    /// The commit of the target branch that the diff starts from.
    pub base_sha: String,
    /// The fork that it came from was deleted.
    pub source_project_gone: bool,
    /// Commits are made one when merging.
    pub squash: bool,
    /// Thumbs up.
    pub upvotes: u64,
    /// Thumbs down.
    pub downvotes: u64,
    /// Check boxes in the description, and how many are ticked.
    pub tasks: (u64, u64),
    /// GitLab's word for whether it can be merged; follows from the state where not given.
    pub detailed_merge_status: Option<String>,
    /// The whole of `git diff --full-index`, paths unquoted.
    pub diff: String,
    /// Paths whose diff `/diffs` leaves out since the whole is long.
    pub collapsed: Vec<String>,
    /// Paths whose diff `/diffs` leaves out since it is long itself.
    pub too_large: Vec<String>,
    /// Comments and activity, oldest first.
    pub discussions: Vec<Discussion>,
    /// What the scripted model has to say about this change.
    pub review: Option<String>,
}

/// Notes that belong together.
#[derive(Debug, Clone, Default)]
pub struct Discussion {
    /// Forty hexadecimal digits.
    pub id: String,
    /// A single note that takes no replies.
    pub individual: bool,
    /// Oldest first.
    pub notes: Vec<Note>,
}

/// A comment or an activity line.
#[derive(Debug, Clone, Default)]
pub struct Note {
    /// The global id.
    pub id: u64,
    /// `None` where the account was deleted.
    pub author: Option<String>,
    /// When.
    pub created_at: String,
    /// When it was edited; else it changes when its thread is resolved.
    pub updated_at: Option<String>,
    /// Markdown.
    pub body: String,
    /// An activity line.
    pub system: bool,
    /// For members only.
    pub internal: bool,
    /// Part of a thread that can be resolved.
    pub resolvable: bool,
    /// Who resolved it.
    pub resolved_by: Option<String>,
    /// When.
    pub resolved_at: Option<String>,
    /// The line that the thread is about, on its first note.
    pub position: Option<Position>,
}

/// A place on a diff.
#[derive(Debug, Clone, Default)]
pub struct Position {
    /// The path before.
    pub old_path: String,
    /// The path after.
    pub new_path: String,
    /// The line before.
    pub old_line: Option<u64>,
    /// The line after.
    pub new_line: Option<u64>,
    /// The lines of a remark on several, as GitLab's JSON has them, or null.
    pub line_range: serde_json::Value,
    /// On the whole file.
    pub is_file: bool,
}

impl Project {
    /// Whether someone may see it.
    pub(super) fn is_open_to(&self, username: &str) -> bool {
        self.members.iter().any(|member| member == username)
    }
}

impl MergeRequest {
    /// Whether the title says that it is not done.
    pub(super) fn is_draft(&self) -> bool {
        ["draft:", "[draft]", "(draft)"].iter().any(|mark| {
            self.title.get(..mark.len()).is_some_and(|start| start.eq_ignore_ascii_case(mark))
        })
    }

    /// Every note, oldest discussion first.
    pub(super) fn notes(&self) -> impl Iterator<Item = (&Discussion, &Note)> {
        notes(&self.discussions)
    }
}

/// Every note with the discussion that it belongs to.
pub(super) fn notes(discussions: &[Discussion]) -> impl Iterator<Item = (&Discussion, &Note)> {
    discussions.iter().flat_map(|all| all.notes.iter().map(move |note| (all, note)))
}

impl Note {
    /// When it changed last.
    pub(super) fn updated_at(&self) -> &str {
        let changed = self.updated_at.as_deref().or(self.resolved_at.as_deref());
        changed.unwrap_or(&self.created_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_says_so_at_the_start_of_its_title() {
        let draft =
            |title: &str| MergeRequest { title: title.into(), ..Default::default() }.is_draft();
        assert!(draft("Draft: x") && draft("draft: x") && draft("[Draft] x"));
        assert!(!draft("Drafting table") && !draft("No draft: here") && !draft("é"));
    }
}
