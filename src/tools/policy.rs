//! Which tools may run: settled before the first message of the service, and widened by nothing
//! that a server says.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::call::{Call, Tool, describe};
use super::command_line::{CommandRule, LineFault, plain_words};

/// What `--allow` takes besides `run:COMMAND`; `--deny` takes these and the names of tools.
const GROUPS: [(&str, &[Tool]); 6] = [
    ("read", &[Tool::Read, Tool::List, Tool::Find, Tool::Grep]),
    ("write", &[Tool::Write, Tool::Edit, Tool::Mkdir]),
    ("git", &[Tool::Git]),
    ("shell", &[Tool::Command, Tool::Shell]),
    ("gitlab", &[Tool::Http]),
    ("all", &Tool::ALL),
];
/// What a permission for one command line begins with.
const RUN: &str = "run:";

/// What the person, the configuration and the administrator settled.
#[derive(Debug, Clone)]
pub struct Policy {
    allowed: BTreeSet<Tool>,
    /// Command lines that are allowed whatever `allowed` says of commands.
    commands: Vec<CommandRule>,
    /// With the name that denied it.
    denied: BTreeMap<Tool, String>,
    /// Requests that change something need `gitlab` by name, which `all` is not.
    changes_gitlab: bool,
    /// What a person allowed for the rest of the run.
    remembered: BTreeSet<Kind>,
    person: bool,
}

/// What a person's "this tool" stands for: a request that changes GitLab is not one that only
/// reads there, and a tool that runs in GitLab is no other one, and no request either.
type Kind = (Tool, bool, Option<String>);

/// A permission that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PermissionError {
    /// A name that is neither group nor tool.
    #[error("`{name}` names no tools; known are {}", .known.join(", "))]
    Unknown {
        /// As it was given.
        name: String,
        /// What could have been given.
        known: Vec<&'static str>,
    },
    /// A `run:` rule that is more or less than one command line.
    #[error("`run:{rule}` is not one command line: {why}")]
    Rule {
        /// What follows `run:`.
        rule: String,
        /// What is wrong with it.
        why: LineFault,
    },
}

/// What is to happen with a call.
#[derive(Debug)]
pub enum Decision {
    /// It may be run.
    Allowed(Permit),
    /// It may not.
    Denied(Refusal),
    /// A person is there to be asked. No answer is a no.
    Ask(Question),
}

/// The right to run exactly one call, once.
#[derive(Debug)]
pub struct Permit {
    asked: Call,
    /// A narrower call that does the same, if only that is allowed: a program instead of a shell
    /// line, or git behind its fences.
    instead: Option<Call>,
}

/// A call that is refused.
#[derive(Debug, thiserror::Error)]
#[error("{}: {why}", .call.tool().name())]
pub struct Refusal {
    /// What was asked for.
    pub call: Call,
    /// Why not.
    pub why: Why,
}

/// Why a call is refused. Its words go to the workflow service.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// A flag, the configuration or the administrator denies it.
    #[error("denied by the user's settings (`{name}`)")]
    Denied {
        /// The group or tool that was denied.
        name: String,
    },
    /// It is not allowed, and there is no terminal to ask on.
    #[error("not allowed in this run, and there is nobody to ask")]
    NotAllowed,
    /// The person said no.
    #[error("the user refused it")]
    Refused,
}

/// A call that a person decides on.
#[derive(Debug)]
pub struct Question(Call);

impl Policy {
    /// What is allowed besides `read`, by group or as `run:COMMAND`; what is denied, by group or
    /// tool, which takes precedence; and whether there is a person to ask.
    pub fn new<A: AsRef<str>, D: AsRef<str>>(
        allow: impl IntoIterator<Item = A>,
        deny: impl IntoIterator<Item = D>,
        person: bool,
    ) -> Result<Self, PermissionError> {
        let mut policy = Self {
            allowed: group("read").unwrap_or_default().iter().copied().collect(),
            commands: Vec::new(),
            denied: BTreeMap::new(),
            changes_gitlab: false,
            remembered: BTreeSet::new(),
            person,
        };
        for name in allow {
            let name = name.as_ref();
            if let Some(rule) = name.strip_prefix(RUN) {
                let parsed = CommandRule::parse(rule);
                let error = |why| PermissionError::Rule { rule: rule.to_owned(), why };
                policy.commands.push(parsed.map_err(error)?);
                continue;
            }
            let tools = group(name).ok_or_else(|| unknown(name, &[]))?;
            policy.allowed.extend(tools);
            policy.changes_gitlab |= name == "gitlab";
        }
        for name in deny {
            let name = name.as_ref();
            let one = Tool::ALL.iter().position(|tool| tool.name() == name);
            let tools = group(name)
                .or_else(|| one.map(|at| &Tool::ALL[at..=at]))
                .ok_or_else(|| unknown(name, &Tool::ALL))?;
            policy.denied.extend(tools.iter().map(|tool| (*tool, name.to_owned())));
        }
        Ok(policy)
    }

    /// The policy for people and records: the tools and command lines that run without a question,
    /// those that never run, and whether a person is asked about the rest.
    pub fn summary(&self) -> Value {
        let names = |holds: &dyn Fn(Tool) -> bool| -> Vec<&str> {
            Tool::ALL.into_iter().filter(|tool| holds(*tool)).map(Tool::name).collect()
        };
        let rules = self.commands.iter().filter(|_| !self.denied.contains_key(&Tool::Command));
        json!({
            "allowed": names(&|tool| self.allows(tool)),
            "commands": rules.map(CommandRule::text).collect::<Vec<_>>(),
            "changes_gitlab": self.allows(Tool::Http) && self.changes_gitlab,
            "denied": names(&|tool| self.denied.contains_key(&tool)),
            "asks": self.person,
        })
    }

    /// Decides on a call.
    pub fn decide(&self, call: Call) -> Decision {
        if let Some(name) = call.tools().into_iter().find_map(|tool| self.denied.get(&tool)) {
            let why = Why::Denied { name: name.clone() };
            return Decision::Denied(Refusal { call, why });
        }
        let named =
            self.allowed.contains(&call.tool()) && (!call.changes_gitlab() || self.changes_gitlab);
        if named || self.remembered.contains(&kind(&call)) {
            return Decision::Allowed(Permit { asked: call, instead: None });
        }
        if let Some(instead) = self.narrower(&call) {
            return Decision::Allowed(Permit { asked: call, instead: Some(instead) });
        }
        if self.person {
            Decision::Ask(Question(call))
        } else {
            Decision::Denied(Refusal { call, why: Why::NotAllowed })
        }
    }

    /// The call as one program with its arguments, if a rule allows that, or as git that reads, if
    /// git is allowed.
    fn narrower(&self, call: &Call) -> Option<Call> {
        let line = command_line(call)?;
        let by_rule = self.has_rule_for(&line);
        let (program, arguments) = line.split_first()?;
        let call = Call::program(program.clone(), arguments.to_vec(), call.timeout());
        (by_rule || self.allows(Tool::Git) && call.tool() == Tool::Git).then_some(call)
    }

    /// Whether a rule allows this line; rules fall with the commands that they are part of.
    fn has_rule_for(&self, line: &[String]) -> bool {
        !self.denied.contains_key(&Tool::Command)
            && self.commands.iter().any(|rule| rule.allows(line))
    }

    /// Whether a `run:` rule names this command line, so that it may run as often as it comes.
    pub fn names_command(&self, call: &Call) -> bool {
        let denied = call.tools().iter().any(|tool| self.denied.contains_key(tool));
        !denied && command_line(call).is_some_and(|line| self.has_rule_for(&line))
    }

    /// A person's "this tool, for this run".
    pub fn remember(&mut self, question: &Question) {
        self.remembered.insert(kind(&question.0));
    }

    /// Whether calls of this tool run without anybody being asked; requests to GitLab, those
    /// that only read.
    pub fn allows(&self, tool: Tool) -> bool {
        self.allowed.contains(&tool) && !self.denied.contains_key(&tool)
    }

    /// Whether the agent gets a shell for its commands: if it could run lines of any kind, or those
    /// of a rule. Otherwise it names programs, such as git, and their arguments.
    pub fn offers_shell(&self) -> bool {
        let can = self.person || self.allowed.contains(&Tool::Shell) || !self.commands.is_empty();
        can && !self.denied.contains_key(&Tool::Shell)
    }

    /// Those of [`Policy::privileges`] that the service need not ask approval for: all that they
    /// stand for runs without a question. Number 1 covers reading and writing files and needs
    /// both; number 8 covers reading alone. Commands without a person need no question either:
    /// the policy here allows git or a rule's command line, and refuses the rest at once.
    pub fn pre_approved(&self) -> Vec<u8> {
        let all = |name: &str| {
            group(name).is_some_and(|tools| tools.iter().all(|tool| self.allows(*tool)))
        };
        let is_free = |number: &u8| match number {
            1 => all("read") && all("write"),
            // What the agent changes in GitLab does not pass through this machine.
            3 => all("gitlab") && self.changes_gitlab,
            4 => !self.person || all("shell"),
            5 => all("git"),
            8 => all("read"),
            _ => true,
        };
        self.privileges().into_iter().filter(is_free).collect()
    }

    /// The agent privileges to be told to the service when the workflow is created, ascending:
    /// what could be allowed in this run. 1 READ_WRITE_FILES, 2 READ_ONLY_GITLAB,
    /// 3 READ_WRITE_GITLAB, 4 RUN_COMMANDS, 5 USE_GIT, 8 READ_ONLY_FILES. 2 is what the service
    /// itself reads in GitLab for the user, and touches nothing here. `chat` and
    /// `software_development` run git as a command, so git needs 4 too.
    pub fn privileges(&self) -> Vec<u8> {
        let can = |tool: Tool| {
            !self.denied.contains_key(&tool) && (self.person || self.allowed.contains(&tool))
        };
        let any = |name: &str| group(name).is_some_and(|tools| tools.iter().any(|tool| can(*tool)));
        let writes_gitlab = can(Tool::Http) && (self.person || self.changes_gitlab);
        [
            (1, any("write")),
            (2, !self.denied.contains_key(&Tool::Http)),
            (3, writes_gitlab),
            (4, any("shell") || any("git") || self.offers_shell()),
            (5, any("git")),
            (8, any("read")),
        ]
        .into_iter()
        .filter_map(|(number, held)| held.then_some(number))
        .collect()
    }
}

impl Permit {
    /// The call to run, and the end of the right to run it.
    pub(super) fn spend(self) -> Call {
        self.instead.unwrap_or(self.asked)
    }

    /// The call as the service asked for it.
    pub fn call(&self) -> &Call {
        &self.asked
    }
}

impl Question {
    /// What a person is asked about.
    pub fn call(&self) -> &Call {
        &self.0
    }

    /// Exactly what would be run, fit for a terminal.
    pub fn text(&self) -> String {
        describe(&self.0)
    }

    /// The person said yes, to this one call.
    pub fn approve(self) -> Permit {
        Permit { asked: self.0, instead: None }
    }

    /// The person said no, or nothing.
    pub fn refuse(self) -> Refusal {
        Refusal { call: self.0, why: Why::Refused }
    }
}

fn kind(call: &Call) -> Kind {
    let name = match call {
        Call::Elsewhere { name, .. } => Some(name.clone()),
        _ => None,
    };
    (call.tool(), call.changes_gitlab(), name)
}

/// The program and arguments of a call that is nothing else.
fn command_line(call: &Call) -> Option<Vec<String>> {
    match call {
        Call::Shell { command, .. } => plain_words(command).ok(),
        Call::Command { program, arguments, .. } => {
            Some([std::slice::from_ref(program), arguments].concat())
        }
        Call::Git { command, arguments } => {
            Some([&["git".to_owned(), command.clone()], arguments.as_slice()].concat())
        }
        _ => None,
    }
}

/// The smallest group that the tool of this name is in.
pub fn group_of(tool: &str) -> Option<&'static str> {
    let has = |tools: &[Tool]| tools.iter().any(|one| one.name() == tool);
    GROUPS.iter().find(|(_, tools)| has(tools)).map(|(name, _)| *name)
}

fn group(name: &str) -> Option<&'static [Tool]> {
    GROUPS.iter().find(|(group, _)| *group == name).map(|(_, tools)| *tools)
}

fn unknown(name: &str, tools: &[Tool]) -> PermissionError {
    let mut known: Vec<_> = GROUPS.iter().map(|(group, _)| *group).collect();
    for tool in tools.iter().map(|tool| tool.name()) {
        if !known.contains(&tool) {
            known.push(tool);
        }
    }
    if tools.is_empty() {
        known.push("run:COMMAND");
    }
    PermissionError::Unknown { name: name.to_owned(), known }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::Timeout;

    const NONE: [&str; 0] = [];

    fn of(tool: Tool) -> Call {
        let text = String::new;
        match tool {
            Tool::Read => Call::Read { path: text(), offset: None, limit: None },
            Tool::List => Call::List { path: text() },
            Tool::Find => Call::Find { pattern: text() },
            Tool::Grep => {
                Call::Grep { keywords: Vec::new(), directory: text(), case_insensitive: false }
            }
            Tool::Write => Call::Write { path: text(), contents: text() },
            Tool::Edit => Call::Edit { path: text(), old: text(), new: text() },
            Tool::Mkdir => Call::Mkdir { path: text() },
            Tool::Git => Call::Git { command: text(), arguments: Vec::new() },
            Tool::Command => Call::program(text(), Vec::new(), Timeout::default()),
            Tool::Shell => shell(""),
            Tool::Http => http("GET"),
        }
    }

    fn shell(line: &str) -> Call {
        Call::Shell { command: line.to_owned(), timeout: Timeout::default() }
    }

    fn program(line: &str) -> Call {
        let mut words = line.split(' ').map(str::to_owned);
        let program = words.next().expect("a program");
        Call::program(program, words.collect(), Timeout::default())
    }

    fn http(method: &str) -> Call {
        Call::Http { method: method.to_owned(), path: String::new(), body: None }
    }

    fn policy(allow: &[&str], deny: &[&str], person: bool) -> Policy {
        Policy::new(allow, deny, person).expect("known names")
    }

    fn allowed(policy: &Policy) -> Vec<&'static str> {
        let allows = |tool: &Tool| matches!(policy.decide(of(*tool)), Decision::Allowed(_));
        Tool::ALL.into_iter().filter(allows).map(Tool::name).collect()
    }

    #[test]
    fn by_default_only_reading_is_allowed_and_the_rest_refused_at_once() {
        let policy = policy(&[], &[], false);
        assert_eq!(allowed(&policy), ["read", "list", "find", "grep"]);
        for tool in [Tool::Write, Tool::Git, Tool::Command, Tool::Shell, Tool::Http] {
            let decision = policy.decide(of(tool));
            assert!(matches!(decision, Decision::Denied(Refusal { why: Why::NotAllowed, .. })));
        }
    }

    #[test]
    fn a_group_brings_its_tools_and_no_others() {
        let without_read = |allow| allowed(&policy(&[allow], &["read"], false));
        assert_eq!(without_read("write"), ["write", "edit", "mkdir"]);
        assert_eq!(without_read("git"), ["git"]);
        assert_eq!(without_read("shell"), ["command", "shell"]);
        assert_eq!(without_read("gitlab"), ["http"]);
        assert_eq!(without_read("all").len(), 7);
    }

    #[test]
    fn a_denial_wins_over_every_allowance_and_over_a_person() {
        let mut policy = policy(&["all"], &["shell", "edit"], true);
        assert!(!allowed(&policy).iter().any(|name| ["shell", "command", "edit"].contains(name)));
        policy.remember(&Question(of(Tool::Shell)));
        let Decision::Denied(refusal) = policy.decide(of(Tool::Shell)) else {
            panic!("denied for good");
        };
        assert_eq!(refusal.why, Why::Denied { name: "shell".to_owned() });
    }

    #[test]
    fn a_person_is_asked_and_remembered_for_that_tool_only() {
        let mut policy = policy(&[], &[], true);
        let Decision::Ask(question) = policy.decide(of(Tool::Write)) else {
            panic!("a person is there");
        };
        policy.remember(&question);
        assert!(matches!(policy.decide(of(Tool::Write)), Decision::Allowed(_)));
        assert!(matches!(policy.decide(of(Tool::Edit)), Decision::Ask(_)));
    }

    #[test]
    fn a_request_that_changes_gitlab_needs_gitlab_by_name() {
        let allows = |policy: &Policy, call| matches!(policy.decide(call), Decision::Allowed(_));
        let all = policy(&["all"], &[], true);
        assert!(allows(&all, http("get")) && !allows(&all, http("DELETE")));
        assert!(allows(&policy(&["gitlab"], &[], false), http("POST")));
        let mut remembered = policy(&[], &[], true);
        remembered.remember(&Question(http("GET")));
        assert!(allows(&remembered, http("GET")) && !allows(&remembered, http("PUT")));
    }

    #[test]
    fn a_yes_to_one_tool_of_gitlabs_is_none_to_another_and_none_to_a_request() {
        let elsewhere = |name: &str| Call::Elsewhere {
            name: name.to_owned(),
            arguments: serde_json::Value::Null,
        };
        let mut policy = policy(&[], &[], true);
        policy.remember(&Question(elsewhere("create_issue")));
        assert!(matches!(policy.decide(elsewhere("create_issue")), Decision::Allowed(_)));
        assert!(matches!(policy.decide(elsewhere("delete_branch")), Decision::Ask(_)));
        assert!(matches!(policy.decide(http("POST")), Decision::Ask(_)));
    }

    fn permit(policy: &Policy, call: Call) -> Option<Call> {
        match policy.decide(call) {
            Decision::Allowed(permit) => Some(permit.spend()),
            _ => None,
        }
    }

    #[test]
    fn a_rule_allows_one_command_line_in_both_forms_and_runs_it_without_a_shell() {
        let policy = policy(&["run:cargo test", "run:make 'a b' *"], &[], false);
        for call in [shell("cargo 'test'"), program("cargo test")] {
            assert_eq!(permit(&policy, call.clone()), Some(program("cargo test")));
            assert!(policy.names_command(&call));
        }
        assert!(permit(&policy, shell("make \"a b\" -k")).is_some());
        for call in [
            shell("cargo test; id"),
            shell("cargo test --all"),
            shell("make a b"),
            program("cargo test *"),
            program("cargo"),
            of(Tool::Write),
        ] {
            assert!(permit(&policy, call.clone()).is_none(), "{call:?}");
            assert!(!policy.names_command(&call));
        }
    }

    #[test]
    fn a_denial_of_commands_takes_precedence_over_every_rule() {
        for deny in ["shell", "all"] {
            let policy = policy(&["run:cargo test", "run:git log"], &[deny], true);
            for call in [shell("cargo test"), program("cargo test"), program("git log")] {
                assert!(permit(&policy, call.clone()).is_none(), "{call:?}");
                assert!(!policy.names_command(&call));
            }
        }
        let policy = policy(&["shell"], &["git"], false);
        assert!(permit(&policy, program("git push")).is_none());
    }

    #[test]
    fn git_that_reads_is_git_in_every_form_and_other_git_a_command() {
        let policy = policy(&["git"], &[], false);
        let log = program("git log -1");
        assert_eq!(log.tool(), Tool::Git);
        assert_eq!(permit(&policy, log.clone()), Some(log.clone()));
        assert_eq!(permit(&policy, shell("git log -1")), Some(log));
        for line in ["git push", "git -c core.pager=x log", "git show HEAD:.env", "git log; id"] {
            assert!(permit(&policy, shell(line)).is_none(), "{line}");
            assert!(permit(&policy, program(line)).is_none(), "{line}");
        }
    }

    #[test]
    fn the_summary_is_what_results_from_all_of_it() {
        let policy = policy(&["git", "run:cargo test *"], &["grep"], false);
        assert_eq!(
            policy.summary(),
            json!({
                "allowed": ["read", "list", "find", "git"],
                "commands": ["cargo test *"],
                "changes_gitlab": false,
                "denied": ["grep"],
                "asks": false,
            })
        );
        let denied = Policy::new(["run:ls"], ["shell"], true).expect("a policy").summary();
        assert_eq!((&denied["commands"], &denied["asks"]), (&json!([]), &json!(true)));
    }

    #[test]
    fn a_name_that_is_none_is_an_error_that_knows_better() {
        let error = Policy::new(["edit"], NONE, false).expect_err("--allow takes groups");
        assert_eq!(
            error.to_string(),
            "`edit` names no tools; known are read, write, git, shell, gitlab, all, run:COMMAND"
        );
        let error = Policy::new(NONE, ["sudo"], false).expect_err("no tool").to_string();
        assert!(error.starts_with("`sudo` names no tools") && error.contains("mkdir"), "{error}");
        let error = Policy::new(["run:a; b"], NONE, false).expect_err("two commands").to_string();
        assert!(error.starts_with("`run:a; b` is not one command line: "), "{error}");
    }

    #[test]
    fn privileges_say_what_could_be_allowed() {
        let privileges =
            |allow: &[&str], deny: &[&str], person| policy(allow, deny, person).privileges();
        assert_eq!(privileges(&[], &[], false), [2, 8]);
        assert_eq!(privileges(&["shell"], &["gitlab"], false), [4, 8]);
        assert_eq!(privileges(&["git"], &[], false), [2, 4, 5, 8]);
        assert_eq!(privileges(&["git"], &["shell"], false), [2, 4, 5, 8]);
        assert_eq!(privileges(&["run:make"], &[], false), [2, 4, 8]);
        assert_eq!(privileges(&["run:make"], &["shell"], false), [2, 8]);
        assert_eq!(privileges(&["all"], &[], false), [1, 2, 4, 5, 8]);
        assert_eq!(privileges(&["gitlab"], &["read"], false), [2, 3]);
        assert_eq!(privileges(&[], &["git"], true), [1, 2, 3, 4, 8]);
    }

    #[test]
    fn a_shell_is_offered_if_a_line_could_run() {
        let offers =
            |allow: &[&str], deny: &[&str], person| policy(allow, deny, person).offers_shell();
        assert!(!offers(&["git"], &[], false) && !offers(&["all"], &["shell"], true));
        assert!(offers(&["shell"], &[], false) && offers(&["run:make"], &[], false));
        assert!(offers(&["git"], &[], true));
    }

    #[test]
    fn a_privilege_is_approved_beforehand_if_all_of_it_runs_without_a_question() {
        let free =
            |allow: &[&str], deny: &[&str], person| policy(allow, deny, person).pre_approved();
        assert_eq!(free(&[], &[], false), [2, 8]);
        assert_eq!(free(&[], &[], true), [2, 8]);
        assert_eq!(free(&[], &["grep"], true), [2]);
        assert_eq!(free(&["write"], &[], true), [1, 2, 8]);
        assert_eq!(free(&["write"], &["edit"], true), [2, 8]);
        assert_eq!(free(&["write"], &["edit"], false), [2, 8]);
        assert_eq!(free(&["git"], &[], false), [2, 4, 5, 8]);
        assert_eq!(free(&["git"], &[], true), [2, 5, 8]);
        assert_eq!(free(&["all"], &[], true), [1, 2, 4, 5, 8]);
        assert_eq!(free(&["all"], &[], false), [1, 2, 4, 5, 8]);
        assert_eq!(free(&["gitlab"], &[], false), [2, 3, 8]);
        assert_eq!(free(&["write"], &["gitlab"], false), [1, 8]);
    }
}
