//! What the script in the agent's place does: one of three, chosen by the words of the goal.
//! Each step follows from the goal and what the tools answered so far, so that a workflow can go
//! on over another connection.

use super::action::Call;

/// A goal with one of these words is about a change of files.
const EDITING: [&str; 12] = [
    "add",
    "change",
    "create",
    "edit",
    "fix",
    "implement",
    "refactor",
    "remove",
    "rename",
    "replace",
    "update",
    "write",
];
/// And with one of these, about running things.
const RUNNING: [&str; 9] =
    ["api", "branch", "build", "command", "commit", "execute", "git", "run", "test"];
/// What an edit is tried on; no file that anybody has.
pub(super) const NOTES: &str = "glduo-sandbox-notes.md";
const DRAFT: &str = "# Notes of the sandbox's script\n\nstatus: draft\n";
const LINES: u64 = 20;
/// As much of the goal is looked at for names.
const HEAD: usize = 400;

/// One of the scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Looks at the working directory.
    Investigation,
    /// Writes a file, then edits it.
    Edit,
    /// Asks git, runs a command, asks the instance.
    Commands,
}

/// What a workflow works at.
#[derive(Debug, Clone)]
pub(super) struct Turn {
    pub(super) goal: String,
    /// How many steps are done.
    pub(super) step: usize,
    /// Every tool that was thought of, and what became of it.
    pub(super) done: Vec<Done>,
    /// The tool that waits for approval.
    pub(super) waits: Option<Call>,
}

/// A tool and what became of it.
#[derive(Debug, Clone)]
pub(super) struct Done {
    pub(super) call: Call,
    pub(super) outcome: Outcome,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// What the client answered.
    Answered(Result<String, String>),
    /// Approval was refused, with these words.
    Rejected(String),
    /// The workflow was created without the privilege.
    NotPrivileged,
}

/// What the script needs to know of the client and the place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Surroundings<'a> {
    pub(super) has_shell: bool,
    pub(super) project: u64,
    pub(super) repository: &'a str,
}

impl Turn {
    pub(super) fn new(goal: &str) -> Self {
        Self { goal: goal.to_owned(), step: 0, done: Vec::new(), waits: None }
    }

    pub(super) fn kind(&self) -> Kind {
        let goal = self.goal.to_lowercase();
        let has = |words: &[&str]| {
            let mut given = goal.split(|letter: char| !letter.is_alphanumeric());
            given.any(|word| words.contains(&word))
        };
        match () {
            () if has(&EDITING) => Kind::Edit,
            () if has(&RUNNING) => Kind::Commands,
            () => Kind::Investigation,
        }
    }

    /// The tools of the next step, which go out at once; none may be left of a step, and there
    /// may be no more step.
    pub(super) fn next(&self, surroundings: Surroundings<'_>) -> Option<Vec<Call>> {
        match self.kind() {
            Kind::Investigation => self.investigate(),
            Kind::Edit => self.edit(),
            Kind::Commands => self.run(surroundings),
        }
    }

    fn investigate(&self) -> Option<Vec<Call>> {
        let name = self.file_name().map(|path| path.rsplit('/').next().unwrap_or(path));
        match self.step {
            0 => Some(vec![Call::list("."), Call::find(name.unwrap_or("README*"))]),
            1 => Some(vec![Call::grep(self.longest_word().unwrap_or("TODO"), ".")]),
            2 => Some(self.found().map(|path| Call::read(path, 0, LINES)).into_iter().collect()),
            _ => None,
        }
    }

    fn edit(&self) -> Option<Vec<Call>> {
        match self.step {
            0 => Some(vec![Call::list(".")]),
            1 => Some(vec![Call::write(NOTES, DRAFT)]),
            2 if self.went_well() => Some(vec![Call::edit(NOTES, "status: draft", "status: done")]),
            3 if self.went_well() => Some(vec![Call::read(NOTES, 0, LINES)]),
            _ => None,
        }
    }

    fn run(&self, surroundings: Surroundings<'_>) -> Option<Vec<Call>> {
        let line = quoted(self.head()).unwrap_or("echo hello from the sandbox");
        match self.step {
            0 => Some(vec![Call::git("status", "--short", surroundings.repository)]),
            1 => Some(vec![Call::command(line, surroundings.has_shell)]),
            2 => Some(vec![Call::get(&format!("/api/v4/projects/{}", surroundings.project))]),
            _ => None,
        }
    }

    fn went_well(&self) -> bool {
        let last = self.done.last().map(|done| &done.outcome);
        matches!(last, Some(Outcome::Answered(Ok(_))))
    }

    fn head(&self) -> &str {
        let end = self.goal.char_indices().nth(HEAD).map_or(self.goal.len(), |(end, _)| end);
        &self.goal[..end]
    }

    /// A word of the goal that looks like a file.
    fn file_name(&self) -> Option<&str> {
        let words = self.head().split_whitespace();
        let mut words = words.map(|word| {
            word.trim_matches(|letter: char| !letter.is_alphanumeric() && letter != '.')
                .trim_end_matches('.')
        });
        words.find(|word| {
            let parts = word.rsplit_once('.');
            !word.contains(':')
                && parts.is_some_and(|(_, end)| end.chars().all(char::is_alphanumeric))
        })
    }

    fn longest_word(&self) -> Option<&str> {
        let words = self.head().split(|letter: char| !letter.is_alphanumeric());
        let words: Vec<&str> = words.filter(|word| word.chars().count() > 3).collect();
        // Of equally long ones the last would win.
        words.into_iter().rev().max_by_key(|word| word.len())
    }

    /// The first file that was found, else the first one of the list.
    fn found(&self) -> Option<&str> {
        let lines = |tool: &str| {
            let done = self.done.iter().find(|done| done.call.tool == tool);
            let answer = done.and_then(|done| match &done.outcome {
                Outcome::Answered(Ok(text)) => Some(text.as_str()),
                _ => None,
            });
            answer.unwrap_or_default().lines()
        };
        let is_file = |line: &&str| !line.is_empty() && !line.ends_with(['/', '@', ']']);
        lines("find_files").find(is_file).or_else(|| lines("list_dir").find(is_file))
    }
}

/// What stands between the first two backticks.
fn quoted(text: &str) -> Option<&str> {
    text.split('`')
        .nth(1)
        .filter(|quoted| !quoted.trim().is_empty() && text.matches('`').count() > 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Surroundings<'_> =
        Surroundings { has_shell: true, project: 7, repository: "https://host/a/b.git" };

    fn answered(mut turn: Turn, answers: &[(Call, Result<&str, &str>)]) -> Turn {
        turn.done.extend(answers.iter().map(|(call, answer)| Done {
            call: call.clone(),
            outcome: Outcome::Answered(answer.map(str::to_owned).map_err(str::to_owned)),
        }));
        turn.step += 1;
        turn
    }

    #[test]
    fn whole_words_choose_the_script() {
        let kind = |goal| Turn::new(goal).kind();
        assert_eq!(kind("Why is the cart slow?"), Kind::Investigation);
        assert_eq!(kind("Fix the rounding."), Kind::Edit);
        assert_eq!(kind("Run `make test`, please"), Kind::Commands);
        assert_eq!(kind("What are prefixes and gits?"), Kind::Investigation);
    }

    #[test]
    fn an_investigation_reads_what_it_found() {
        let turn = Turn::new("What does src/cart/total.ts round?");
        let step = turn.next(HERE).expect("a step");
        assert_eq!(step, [Call::list("."), Call::find("total.ts")]);
        let found = "src/cart/total.ts\n";
        let turn = answered(turn, &[(step[0].clone(), Ok("a/\n")), (step[1].clone(), Ok(found))]);
        assert_eq!(turn.next(HERE), Some(vec![Call::grep("total", ".")]));
        let turn = answered(turn, &[(Call::grep("total", "."), Err("no"))]);
        assert_eq!(turn.next(HERE), Some(vec![Call::read("src/cart/total.ts", 0, 20)]));
        let turn = answered(turn, &[(Call::read("x", 0, 20), Ok(""))]);
        assert_eq!(turn.next(HERE), None);
    }

    #[test]
    fn an_edit_ends_where_it_is_not_let() {
        let turn = answered(Turn::new("Fix it"), &[(Call::list("."), Ok("[empty]\n"))]);
        let write = turn.next(HERE).expect("a step");
        assert!(write[0].needs_approval);
        let refused = answered(turn.clone(), &[(write[0].clone(), Err("denied"))]);
        assert_eq!(refused.next(HERE), None);
        let went = answered(turn, &[(write[0].clone(), Ok("written"))]);
        assert_eq!(went.next(HERE).expect("a step")[0].tool, "edit_file");
    }

    #[test]
    fn a_command_in_backticks_is_the_one_that_is_run() {
        let line = |goal| {
            let mut turn = Turn::new(goal);
            turn.step = 1;
            turn.next(HERE).expect("a step")[0].about()
        };
        assert_eq!(line("Run `make -k test`."), "make -k test");
        assert_eq!(line("Run it ` now"), "echo hello from the sandbox");
    }
}
