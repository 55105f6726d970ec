//! The agent's tools: the privileges that they take, and what goes to the client (contract and
//! tools of the Duo Workflow Service, August 2026).

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::events::Start;

/// One use of a tool, as the agent asks for it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Call {
    pub(super) tool: String,
    pub(super) arguments: Value,
}

/// The agent's name of a tool, the privileges of which one is enough, the action on the wire,
/// and its fields with the names that the agent has for them.
type Tool = (&'static str, &'static [u64], &'static str, &'static [(&'static str, &'static str)]);

const READ: &[u64] = &[1, 8];
const WRITE: &[u64] = &[1];
const GITLAB: &[u64] = &[2];

/// What has no action, the service does itself.
const TOOLS: [Tool; 13] = [
    ("read_file", READ, "runReadFile", &[("filepath", "file_path")]),
    ("read_files", READ, "runReadFiles", &[("filepaths", "file_paths")]),
    ("list_dir", READ, "listDirectory", &[("directory", "directory")]),
    ("find_files", READ, "findFiles", &[("name_pattern", "name_pattern")]),
    ("grep", READ, "grep", &[("pattern", "keywords"), ("search_directory", "search_directory")]),
    (
        "create_file_with_contents",
        WRITE,
        "runWriteFile",
        &[("filepath", "file_path"), ("contents", "contents")],
    ),
    (
        "edit_file",
        WRITE,
        "runEditFile",
        &[("filepath", "file_path"), ("oldString", "old_str"), ("newString", "new_str")],
    ),
    ("mkdir", WRITE, "mkdir", &[("directory_path", "directory_path")]),
    ("run_command", &[4], "runShellCommand", &[("command", "command")]),
    ("get_project", GITLAB, "", &[]),
    ("get_merge_request", GITLAB, "", &[]),
    ("create_plan", &[], "", &[]),
    ("set_task_status", &[], "", &[]),
];

/// Beginnings of paths that the service keeps from the agent.
const FENCED: [&str; 6] = [".git/", ".env", ".ssh", ".gitlab/duo", ".vscode", "/"];

impl Call {
    pub(super) fn text(&self, name: &str) -> &str {
        self.arguments[name].as_str().unwrap_or_default()
    }

    /// The privileges of which one is enough; `None` if the tool does not exist. A tool of the
    /// client's own needs none.
    pub(super) fn privileges(&self, start: &Start) -> Option<&'static [u64]> {
        match TOOLS.iter().find(|(name, ..)| *name == self.tool) {
            Some((_, privileges, ..)) => Some(privileges),
            None => start.has_tool(&self.tool).then_some(&[]),
        }
    }

    /// Whether the tool changes only the agent's plan.
    pub(super) fn is_about_plan(&self) -> bool {
        ["create_plan", "set_task_status"].contains(&self.tool.as_str())
    }

    /// Why the service refuses the call before it reaches the client.
    pub(super) fn refusal(&self) -> Option<String> {
        let path = ["file_path", "directory", "directory_path"].map(|name| self.text(name));
        let path = path.into_iter().find(|path| !path.is_empty())?;
        let is_fenced = FENCED.iter().any(|start| path.starts_with(start))
            || path.split('/').any(|part| part == "..");
        is_fenced.then(|| format!("Access denied: '{path}' matches an excluded pattern."))
    }

    /// The name of the action and its fields; `None` for what the service does itself.
    pub(super) fn action(&self, start: &Start) -> Option<(&'static str, Value)> {
        let tool = TOOLS.iter().find(|(name, ..)| *name == self.tool);
        let Some(&(.., mut action, names)) = tool else {
            let arguments = self.arguments.to_string();
            return Some(("runMCPTool", json!({ "name": self.tool, "args": arguments })));
        };
        let fields =
            names.iter().map(|(name, own)| ((*name).to_owned(), self.arguments[own].clone()));
        let mut fields = Value::Object(fields.collect());
        match action {
            "" => return None,
            "grep" => fields["case_insensitive"] = json!(true),
            "mkdir" => {
                fields["directory_path"] = json!(format!("./{}", self.text("directory_path")));
            }
            // 64-bit numbers are texts in the JSON of protobuf.
            "runReadFile" if start.can("read_file_chunked") => {
                fields["offset"] = json!("0");
                fields["limit"] = json!("2000");
            }
            "runShellCommand" if self.arguments.get("program").is_some() => {
                action = "runCommand";
                let words: Vec<&str> = self.text("args").split_whitespace().collect();
                fields =
                    json!({ "program": self.text("program"), "arguments": words, "flags": [] });
            }
            _ => {}
        }
        if self.tool == "run_command" && start.can("command_timeout") {
            fields["timeout"] = json!("120");
        }
        Some((action, fields))
    }

    /// The same call for a client without `shell_command`, whose agent names a program.
    pub(super) fn fitted_to(mut self, start: &Start) -> Self {
        if self.tool == "run_command" && !start.can("shell_command") {
            let line = self.text("command");
            let (program, arguments) = line.split_once(' ').unwrap_or((line, ""));
            self.arguments = json!({ "program": program, "args": arguments });
        }
        self
    }

    /// The arguments in words.
    pub(super) fn subject(&self) -> String {
        let none = Map::new();
        let values = self.arguments.as_object().unwrap_or(&none).values();
        let shown =
            values.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        shown.collect::<Vec<_>>().join(" ")
    }
}
