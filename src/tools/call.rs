//! What the workflow service can request, and how a call is shown to the person who decides.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

use super::git_arguments::reads;
use crate::model::harmless::{Keep, unmistakable};

/// One action that the service requests; paths and arguments are as received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    Read {
        path: String,
        /// How many lines to skip.
        offset: Option<u64>,
        /// How many lines to return at most.
        limit: Option<u64>,
    },
    ReadMany {
        paths: Vec<String>,
    },
    /// Replaces the whole contents of a file, which need not exist.
    Write {
        path: String,
        contents: String,
    },
    /// Replaces `old`, which must occur exactly once.
    Edit {
        path: String,
        old: String,
        new: String,
    },
    List {
        /// Empty for the working directory.
        path: String,
    },
    Find {
        /// A glob; compared with the whole path if it has a `/`, else with the name.
        pattern: String,
    },
    Grep {
        /// Literal texts; a line with any of them matches.
        keywords: Vec<String>,
        /// A file or directory; empty for the working directory.
        directory: String,
        case_insensitive: bool,
    },
    /// Creates a directory with its parents.
    Mkdir {
        path: String,
    },
    /// A git command, which runs only if it is one that reads.
    Git {
        /// `status`, `log` and so on.
        command: String,
        arguments: Vec<String>,
    },
    /// A program with its arguments, without a shell.
    Command {
        program: String,
        arguments: Vec<String>,
        timeout: Timeout,
    },
    /// A complete command line for the shell.
    Shell {
        command: String,
        timeout: Timeout,
    },
    /// A request to the instance's API. Sent by the holder of the connection, not by
    /// [`super::Tools`].
    Http {
        method: String,
        /// The address, relative to the instance.
        path: String,
        body: Option<String>,
    },
    /// A tool that the service runs in GitLab itself once it is approved. Never run here.
    Elsewhere {
        /// The service's name for it.
        name: String,
        arguments: Value,
    },
}

/// The time that the agent asks for. It never tells two calls apart: the service adds its default
/// after a person approved a call without one.
#[derive(Debug, Clone, Copy, Default)]
pub struct Timeout(pub Option<Duration>);

impl PartialEq for Timeout {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Timeout {}

/// The tools, by the names that `--deny` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tool {
    Read,
    List,
    Find,
    Grep,
    Write,
    Edit,
    Mkdir,
    Git,
    Command,
    Shell,
    Http,
}

impl Tool {
    pub const ALL: [Self; 11] = [
        Self::Read,
        Self::List,
        Self::Find,
        Self::Grep,
        Self::Write,
        Self::Edit,
        Self::Mkdir,
        Self::Git,
        Self::Command,
        Self::Shell,
        Self::Http,
    ];

    /// The name in flags, configuration and output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::List => "list",
            Self::Find => "find",
            Self::Grep => "grep",
            Self::Write => "write",
            Self::Edit => "edit",
            Self::Mkdir => "mkdir",
            Self::Git => "git",
            Self::Command => "command",
            Self::Shell => "shell",
            Self::Http => "http",
        }
    }
}

impl Call {
    /// A program with its arguments. Git that only reads is its own tool, behind its own fences.
    pub fn program(program: String, arguments: Vec<String>, timeout: Timeout) -> Self {
        if program == "git" && reads(&arguments) {
            let mut arguments = arguments;
            let command = arguments.remove(0);
            return Self::Git { command, arguments };
        }
        Self::Command { program, arguments, timeout }
    }

    /// Every tool whose denial denies this: git stays git when it comes as a command.
    pub(super) fn tools(&self) -> Vec<Tool> {
        match self {
            Self::Command { program, .. } if program == "git" => vec![Tool::Command, Tool::Git],
            _ => vec![self.tool()],
        }
    }

    /// The time that the agent asked for.
    pub(super) fn timeout(&self) -> Timeout {
        match self {
            Self::Command { timeout, .. } | Self::Shell { timeout, .. } => *timeout,
            _ => Timeout::default(),
        }
    }

    /// The tool that runs it.
    pub fn tool(&self) -> Tool {
        match self {
            Self::Read { .. } | Self::ReadMany { .. } => Tool::Read,
            Self::Write { .. } => Tool::Write,
            Self::Edit { .. } => Tool::Edit,
            Self::List { .. } => Tool::List,
            Self::Find { .. } => Tool::Find,
            Self::Grep { .. } => Tool::Grep,
            Self::Mkdir { .. } => Tool::Mkdir,
            Self::Git { .. } => Tool::Git,
            Self::Command { .. } => Tool::Command,
            Self::Shell { .. } => Tool::Shell,
            Self::Http { .. } | Self::Elsewhere { .. } => Tool::Http,
        }
    }

    /// The fields of the call, for records.
    pub fn arguments(&self) -> Value {
        match self {
            Self::Read { path, offset, limit } => {
                json!({ "path": path, "offset": offset, "limit": limit })
            }
            Self::ReadMany { paths } => json!({ "paths": paths }),
            Self::Write { path, contents } => json!({ "path": path, "contents": contents }),
            Self::Edit { path, old, new } => json!({ "path": path, "old": old, "new": new }),
            Self::List { path } | Self::Mkdir { path } => json!({ "path": path }),
            Self::Find { pattern } => json!({ "pattern": pattern }),
            Self::Grep { keywords, directory, case_insensitive } => json!({
                "keywords": keywords, "directory": directory, "case_insensitive": case_insensitive,
            }),
            Self::Git { command, arguments } => {
                json!({ "command": command, "arguments": arguments })
            }
            Self::Command { program, arguments, .. } => {
                json!({ "program": program, "arguments": arguments })
            }
            Self::Shell { command, .. } => json!({ "command": command }),
            Self::Http { method, path, body } => {
                json!({ "method": method, "path": path, "body": body })
            }
            Self::Elsewhere { name, arguments } => json!({ "name": name, "arguments": arguments }),
        }
    }

    /// Whether it may change something in GitLab: every request but a GET, and every tool that the
    /// service runs itself and asks approval for.
    pub fn changes_gitlab(&self) -> bool {
        match self {
            Self::Http { method, .. } => !method.eq_ignore_ascii_case("GET"),
            Self::Elsewhere { .. } => true,
            _ => false,
        }
    }
}

/// Shows the complete call for a terminal: the first line says what it is, lines that start with
/// `| ` are the text itself.
pub fn describe(call: &Call) -> String {
    match call {
        Call::Read { path, offset, limit } => {
            let from = offset.filter(|offset| *offset > 0);
            let from = from.map_or(String::new(), |offset| format!(" after line {offset}"));
            let count = limit.map_or(String::new(), |limit| format!(", at most {limit} lines"));
            format!("read {}{from}{count}", word(path))
        }
        Call::ReadMany { paths } => format!("read {}", words(paths)),
        Call::Write { path, contents } => {
            format!("write {} ({} bytes)\n{}", word(path), contents.len(), block(contents))
        }
        Call::Edit { path, old, new } => {
            format!("edit {}: replace\n{}\nby\n{}", word(path), block(old), block(new))
        }
        Call::List { path } => format!("list {}", word(path)),
        Call::Find { pattern } => format!("find {}", word(pattern)),
        Call::Grep { keywords, directory, case_insensitive } => {
            let case = if *case_insensitive { ", ignoring case" } else { "" };
            format!("grep for any of {} in {}{case}", words(keywords), word(directory))
        }
        Call::Mkdir { path } => format!("mkdir {}", word(path)),
        Call::Git { command, arguments } => line("git", command, arguments),
        Call::Command { program, arguments, .. } => line("run", program, arguments),
        Call::Shell { command, .. } => format!("run with /bin/sh -c\n{}", block(command)),
        Call::Http { method, path, body } => {
            let head = format!("send {} {}", word(method), word(path));
            body.as_deref()
                .filter(|body| !body.is_empty())
                .map_or(head.clone(), |body| format!("{head}\n{}", block(body)))
        }
        Call::Elsewhere { name, arguments } => {
            format!("run {} in GitLab\n{}", word(name), block(&format!("{arguments:#}")))
        }
    }
}

fn line(what: &str, first: &str, rest: &[String]) -> String {
    let mut line = format!("{what} {}", word(first));
    if !rest.is_empty() {
        // Writing to a string cannot fail.
        let _ = write!(line, " {}", words(rest));
    }
    line
}

fn words(words: &[String]) -> String {
    words.iter().map(|text| word(text)).collect::<Vec<_>>().join(" ")
}

/// Quotes a word as a shell needs it, so that its end is visible.
fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,@%+".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", unmistakable(text, Keep::Line).replace('\'', r"'\''"))
}

/// Marks every line of a text, so that the text cannot imitate the lines around it.
fn block(text: &str) -> String {
    let shown = unmistakable(text, Keep::Text);
    shown.split('\n').map(|line| format!("| {line}")).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_command_is_shown_whole_and_cannot_draw_on_the_terminal() {
        let command = "ls\u{1b}[2K\r; rm -rf x\nallow? y\u{202e}".to_owned();
        assert_eq!(
            describe(&Call::Shell { command, timeout: Timeout::default() }),
            "run with /bin/sh -c\n| ls\\x1b[2K\\r; rm -rf x\n| allow? y\\u{202e}"
        );
    }

    #[test]
    fn no_character_of_an_approval_is_invisible() {
        for code in [0xad, 0x34f, 0x115f, 0x17b4, 0x180e, 0x2800, 0x3164, 0xfe0f, 0xffa0, 0xe0100] {
            let hidden = char::from_u32(code).expect("a character");
            let timeout = Timeout::default();
            let shown = describe(&Call::Shell { command: format!("a{hidden}b"), timeout });
            assert!(shown.is_ascii() && shown.len() > "run with /bin/sh -c\n| ab".len(), "{shown}");
            let shown =
                describe(&Call::Read { path: format!("a{hidden}"), offset: None, limit: None });
            assert!(shown.is_ascii() && shown.contains('\\'), "{shown}");
        }
    }

    #[test]
    fn the_bounds_of_arguments_are_seen() {
        let arguments = ["a b", "", "c'd", "--x=1"].map(str::to_owned).to_vec();
        let timeout = Timeout::default();
        let call = Call::Command { program: "echo".to_owned(), arguments, timeout };
        assert_eq!(describe(&call), r"run echo 'a b' '' 'c'\''d' --x=1");
    }

    #[test]
    fn a_tool_of_gitlabs_is_shown_with_its_arguments_as_they_are() {
        let arguments = json!({ "title": "a\nb\u{202e}", "project": 1 });
        let call = Call::Elsewhere { name: "create_issue".to_owned(), arguments };
        assert_eq!(
            describe(&call),
            "run create_issue in GitLab\n| {\n|   \"project\": 1,\n|   \"title\": \"a\\nb\\u{202e}\"\n| }"
        );
    }

    #[test]
    fn what_would_be_written_is_shown_to_the_last_byte() {
        let contents = "x".repeat(20_000) + "\nend";
        let shown = describe(&Call::Write { path: "a".to_owned(), contents: contents.clone() });
        assert!(shown.starts_with("write a (20004 bytes)\n| xxx") && shown.ends_with("x\n| end"));
        assert!(shown.len() > contents.len());
    }
}
