//! The texts of `glduo help TOPIC`, which the man pages of section 7 show, too.

use crate::commands::reference::{ENVIRONMENT, EXIT_CODES, FILES};

/// Fits the narrowest usual terminal.
const WIDTH: usize = 79;

/// Something that concerns more than one command.
#[derive(Debug, Clone, Copy)]
pub struct Topic {
    /// The word behind `glduo help`.
    pub name: &'static str,
    /// What it is about, in a few words.
    pub about: &'static str,
    /// Paragraphs, empty lines between them; a line that begins with two spaces stands as it is.
    body: fn() -> String,
}

/// Every topic, in the order of the help.
pub const TOPICS: &[Topic] = &[
    Topic { name: "exit-codes", about: "what the exit status of a command says", body: exit_codes },
    Topic { name: "environment", about: "the variables that glduo reads", body: environment },
    Topic { name: "files", about: "the configuration files", body: files },
    Topic {
        name: "json",
        about: "JSON output, jq expressions and errors",
        body: || include_str!("json.txt").to_owned(),
    },
    Topic {
        name: "ci",
        about: "glduo in a GitLab CI job",
        body: || include_str!("ci.txt").to_owned(),
    },
    Topic {
        name: "workflow",
        about: "models that run a task with local tools",
        body: || include_str!("workflow.txt").to_owned(),
    },
    Topic {
        name: "compliance",
        about: "instructions that go with every model request",
        body: || include_str!("compliance.txt").to_owned(),
    },
];

impl Topic {
    /// The title line and the body, lines of at most 79 characters.
    pub fn text(&self) -> String {
        format!("{}: {}\n\n{}", self.name, self.about, self.body())
    }

    /// The body alone.
    pub fn body(&self) -> String {
        (self.body)()
    }
}

fn exit_codes() -> String {
    let codes = EXIT_CODES.iter().map(|(code, meaning)| (code.to_string(), *meaning));
    format!("{}\n{}", entries(codes), include_str!("exit_codes.txt"))
}

fn environment() -> String {
    let variables = ENVIRONMENT.iter().map(|(names, meaning)| ((*names).to_owned(), *meaning));
    let variables = entries(variables);
    format!("{}\n{variables}\n{}", include_str!("environment.txt"), include_str!("permissions.txt"))
}

fn files() -> String {
    let files = FILES.iter().map(|(name, meaning)| ((*name).to_owned(), *meaning));
    format!("{}\n{}", entries(files), include_str!("files.txt"))
}

/// Terms, and what each means below it.
fn entries(entries: impl Iterator<Item = (String, &'static str)>) -> String {
    let lines = entries.flat_map(|(term, meaning)| {
        let names = wrapped(&term, "  ");
        names.into_iter().chain(wrapped(&meaning.replace('`', ""), "      "))
    });
    lines.map(|line| line + "\n").collect()
}

/// `text` in indented lines that fit.
fn wrapped(text: &str, indent: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= WIDTH => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(format!("{indent}{word}")),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_fits_a_narrow_terminal() {
        for topic in TOPICS {
            for line in topic.text().lines() {
                assert!(line.chars().count() <= WIDTH, "{}: {line}", topic.name);
                assert_eq!(line.trim_end(), line, "{}", topic.name);
            }
            assert!(topic.text().ends_with('\n'), "{}", topic.name);
        }
    }
}
