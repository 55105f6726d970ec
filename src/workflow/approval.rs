//! What the service asks approval for, in the terms of the policy here.

use serde_json::Value;

use super::checkpoint::Wanted;
use super::protocol::{grep, text, timeout};
use crate::tools::{Call, Policy, Tool, words};

/// What the service calls the tools that it may ask approval for.
const NAMES: [(&str, Tool); 9] = [
    ("read_file", Tool::Read),
    ("read_files", Tool::Read),
    ("list_dir", Tool::List),
    ("find_files", Tool::Find),
    ("grep", Tool::Grep),
    ("create_file_with_contents", Tool::Write),
    ("edit_file", Tool::Edit),
    ("mkdir", Tool::Mkdir),
    ("run_git_command", Tool::Git),
];

/// The tools that need no approval of the service's asking: privileges are coarser than the
/// policy, which lets files be read where it does not let them be written.
pub(super) fn needless(policy: &Policy) -> impl Iterator<Item = &'static str> {
    NAMES.iter().filter(|(_, tool)| policy.allows(*tool)).map(|(name, _)| *name)
}

/// The call that a request for approval is about. A tool that is not of this machine works in
/// GitLab, and counts as one that changes something there.
pub(super) fn call(wanted: &Wanted) -> Call {
    let elsewhere =
        || Call::Elsewhere { name: wanted.name.clone(), arguments: wanted.arguments.clone() };
    let Value::Object(fields) = &wanted.arguments else { return elsewhere() };
    let field = |name| text(fields, name);
    match wanted.name.as_str() {
        "run_command" | "shell_command" if fields.contains_key("command") => {
            Call::Shell { command: field("command"), timeout: timeout(fields) }
        }
        "run_command" if fields.contains_key("program") => match words(&field("args")) {
            Some(arguments) => Call::program(field("program"), arguments, timeout(fields)),
            None => elsewhere(),
        },
        // The service sends it as a command.
        "run_git_command" => match (words(&field("command")), words(&field("args"))) {
            (Some(command), Some(arguments)) => {
                let mut arguments = [command, arguments].concat();
                if arguments.first().is_some_and(|first| first == "git") {
                    arguments.remove(0);
                }
                Call::program("git".to_owned(), arguments, timeout(fields))
            }
            _ => elsewhere(),
        },
        "create_file_with_contents" | "write_file" => {
            Call::Write { path: field("file_path"), contents: field("contents") }
        }
        "edit_file" => {
            Call::Edit { path: field("file_path"), old: field("old_str"), new: field("new_str") }
        }
        "mkdir" => Call::Mkdir { path: field("directory_path") },
        "read_file" => Call::Read { path: field("file_path"), offset: None, limit: None },
        "read_files" => match fields.get("file_paths").and_then(Value::as_array) {
            Some(paths) => Call::ReadMany {
                paths: paths.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            },
            None => elsewhere(),
        },
        "find_files" => Call::Find { pattern: field("name_pattern") },
        "grep" => grep(fields, "keywords"),
        "list_dir" => Call::List { path: field("directory") },
        _ => elsewhere(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::tools::Timeout;

    #[test]
    fn an_unknown_tool_counts_as_one_that_changes_gitlab() {
        let of = |name: &str, arguments| {
            call(&Wanted { entry: String::new(), name: name.to_owned(), arguments })
        };
        assert!(of("create_issue", json!({ "title": "x" })).changes_gitlab());
        assert!(of("run_command", json!("make")).changes_gitlab());
    }

    #[test]
    fn a_tool_of_this_machine_is_asked_for_as_what_it_will_be() {
        let of = |name: &str, arguments| {
            call(&Wanted { entry: String::new(), name: name.to_owned(), arguments })
        };
        let timeout = Timeout::default();
        let shell = Call::Shell { command: "make".to_owned(), timeout };
        assert_eq!(of("run_command", json!({ "command": "make" })), shell);
        let program = Call::Command {
            program: "make".to_owned(),
            arguments: vec!["-k".into(), "all of it".into()],
            timeout,
        };
        let asked = json!({ "program": "make", "args": "-k 'all of it'", "timeout": 5 });
        assert_eq!(of("run_command", asked), program);
        let git = Call::Git { command: "log".to_owned(), arguments: vec!["-n".into(), "1".into()] };
        assert_eq!(of("run_git_command", json!({ "command": "log", "args": "-n 1" })), git);
        assert_eq!(of("run_git_command", json!({ "command": "git log", "args": "-n 1" })), git);
        assert_eq!(of("run_command", json!({ "program": "git", "args": "log -n 1" })), git);
        let grep = Call::Grep {
            keywords: vec!["a b".into(), "c".into()],
            directory: ".".to_owned(),
            case_insensitive: true,
        };
        assert_eq!(of("grep", json!({ "keywords": "a b, c,", "search_directory": "." })), grep);
    }

    #[test]
    fn no_approval_is_needed_for_what_the_policy_lets_and_for_nothing_else() {
        let names = |allow: &[&str], deny: &[&str]| -> Vec<&str> {
            needless(&Policy::new(allow, deny, true).expect("known names")).collect()
        };
        let reading = ["read_file", "read_files", "list_dir", "find_files", "grep"];
        assert_eq!(names(&[], &[]), reading);
        assert_eq!(
            names(&["write", "shell"], &["read", "edit"]),
            ["create_file_with_contents", "mkdir"]
        );
    }
}
