//! The tools that the script asks for: what the agent calls them and what goes on the wire.

use serde_json::{Value, json};

/// One use of a tool.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Call {
    /// The agent's name for the tool.
    pub(super) tool: &'static str,
    /// The agent's arguments.
    pub(super) arguments: Value,
    /// The action on the wire.
    action: &'static str,
    fields: Value,
    /// The privilege that it takes, by GitLab's number.
    pub(super) privilege: u64,
    /// Whether it takes an approval where the privilege has none beforehand.
    pub(super) needs_approval: bool,
}

impl Call {
    /// What is sent.
    pub(super) fn message(&self, request_id: &str) -> Value {
        json!({ "requestID": request_id, self.action: self.fields })
    }

    /// Whether its answer is that of an HTTP exchange.
    pub(super) fn is_http(&self) -> bool {
        self.action == "runHTTPRequest"
    }

    /// What it is about, in a few words.
    pub(super) fn about(&self) -> String {
        let names =
            ["directory", "name_pattern", "file_path", "pattern", "command", "program", "url"];
        let first = names.iter().find_map(|name| self.arguments[*name].as_str());
        first.unwrap_or_default().to_owned()
    }

    pub(super) fn list(directory: &str) -> Self {
        let fields = json!({ "directory": directory });
        Self::reading("list_dir", fields.clone(), "listDirectory", fields)
    }

    pub(super) fn find(pattern: &str) -> Self {
        let fields = json!({ "name_pattern": pattern });
        Self::reading("find_files", fields.clone(), "findFiles", fields)
    }

    pub(super) fn grep(pattern: &str, directory: &str) -> Self {
        let fields = json!({
            "pattern": pattern,
            "search_directory": directory,
            "case_insensitive": true,
        });
        Self::reading("grep", fields.clone(), "grep", fields)
    }

    /// Some lines of a file; `offset` counts from 0.
    pub(super) fn read(path: &str, offset: u64, limit: u64) -> Self {
        let arguments = json!({ "file_path": path, "offset": offset, "limit": limit });
        let fields = json!({ "filepath": path, "offset": offset, "limit": limit });
        Self::reading("read_file", arguments, "runReadFile", fields)
    }

    pub(super) fn write(path: &str, contents: &str) -> Self {
        let arguments = json!({ "file_path": path, "contents": contents });
        let fields = json!({ "filepath": path, "contents": contents });
        Self {
            needs_approval: true,
            ..Self::reading("create_file_with_contents", arguments, "runWriteFile", fields)
        }
    }

    pub(super) fn edit(path: &str, old: &str, new: &str) -> Self {
        let arguments = json!({ "file_path": path, "old_str": old, "new_str": new });
        let fields = json!({ "filepath": path, "oldString": old, "newString": new });
        Self {
            needs_approval: true,
            ..Self::reading("edit_file", arguments, "runEditFile", fields)
        }
    }

    /// A reading git command; its arguments go as one line.
    pub(super) fn git(command: &str, arguments: &str, repository: &str) -> Self {
        let agent = json!({ "command": command, "args": arguments, "repository_url": repository });
        let fields =
            json!({ "command": command, "arguments": arguments, "repository_url": repository });
        Self { privilege: 5, ..Self::reading("run_git_command", agent, "runGitCommand", fields) }
    }

    /// A command, as a line for clients that have a shell for it.
    pub(super) fn command(line: &str, has_shell: bool) -> Self {
        let call = if has_shell {
            let fields = json!({ "command": line });
            Self::reading("run_command", fields.clone(), "runShellCommand", fields)
        } else {
            let mut words = line.split_whitespace();
            let program = words.next().unwrap_or_default();
            let (flags, arguments): (Vec<&str>, Vec<&str>) =
                words.partition(|word| word.starts_with('-'));
            let agent = json!({ "program": program, "flags": flags, "arguments": arguments });
            Self::reading("run_command", agent.clone(), "runCommand", agent)
        };
        Self { privilege: 4, needs_approval: true, ..call }
    }

    /// A request to the instance's API.
    pub(super) fn get(path: &str) -> Self {
        let fields = json!({ "method": "GET", "path": path, "body": "" });
        let agent = json!({ "url": path });
        Self { privilege: 2, ..Self::reading("gitlab_api_get", agent, "runHTTPRequest", fields) }
    }

    fn reading(tool: &'static str, arguments: Value, action: &'static str, fields: Value) -> Self {
        Self { tool, arguments, action, fields, privilege: 1, needs_approval: false }
    }
}
