//! What the service asks approval for, in the terms of the policy here.

use serde_json::Value;

use super::checkpoint::Wanted;
use super::protocol::text;
use crate::tools::Call;

/// The call that a request for approval is about. A tool that is not of this machine works in
/// GitLab, and counts as a request that changes something there.
pub(super) fn call(wanted: &Wanted) -> Call {
    let elsewhere = || Call::Http {
        method: "POST".to_owned(),
        path: wanted.name.clone(),
        body: Some(wanted.arguments.to_string()),
    };
    let Value::Object(fields) = &wanted.arguments else { return elsewhere() };
    let field = |name| text(fields, name);
    match wanted.name.as_str() {
        "run_command" | "shell_command" if fields.contains_key("command") => {
            Call::Shell { command: field("command") }
        }
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
        "grep" => Call::Grep {
            pattern: field("pattern"),
            directory: field("search_directory"),
            case_insensitive: fields.get("case_insensitive") == Some(&Value::Bool(true)),
        },
        "list_dir" => Call::List { path: field("directory") },
        _ => elsewhere(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_unknown_tool_counts_as_one_that_changes_gitlab() {
        let of = |name: &str, arguments| {
            call(&Wanted { entry: String::new(), name: name.to_owned(), arguments })
        };
        assert!(of("create_issue", json!({ "title": "x" })).changes_gitlab());
        assert!(of("run_command", json!("make")).changes_gitlab());
        let shell = Call::Shell { command: "make".to_owned() };
        assert_eq!(of("run_command", json!({ "command": "make" })), shell);
    }
}
