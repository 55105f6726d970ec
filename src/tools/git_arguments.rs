//! What may follow a reading git command: options from a list, revisions, and paths inside.

use super::boundaries::withholds_name;
use super::error::ToolError;

/// A reading command.
pub(super) struct Reading {
    pub(super) name: &'static str,
    /// Options that come before the arguments, so that nothing is written and no program runs.
    pub(super) before: &'static [&'static str],
    /// Allowed options; one that ends in `=` takes any value, one that ends in `#` a number.
    options: &'static [&'static [&'static str]],
}

/// No external programs, and no submodules: they have configurations of their own.
const PLAIN_DIFF: &[&str] = &["--no-ext-diff", "--no-textconv", "--ignore-submodules=all"];

const DIFF: &[&str] = &[
    "-p",
    "-u",
    "--patch",
    "-s",
    "--no-patch",
    "-U#",
    "--unified=",
    "--stat",
    "--numstat",
    "--shortstat",
    "--summary",
    "--compact-summary",
    "--name-only",
    "--name-status",
    "--diff-filter=",
    "-w",
    "-b",
    "--ignore-all-space",
    "--ignore-space-change",
    "--ignore-blank-lines",
    "--word-diff",
    "--minimal",
    "--patience",
    "--histogram",
    "-M",
    "-C",
    "--find-renames",
    "--no-renames",
    "--function-context",
    "--exit-code",
    "--quiet",
    "--no-color",
    "--no-prefix",
    "--abbrev",
    "--abbrev=",
];
const COMMITS: &[&str] = &[
    "-#",
    "-n",
    "-n#",
    "--max-count=",
    "--skip=",
    "--oneline",
    "--graph",
    "--merges",
    "--no-merges",
    "--first-parent",
    "--reverse",
    "--topo-order",
    "--date-order",
    "--abbrev-commit",
    "--no-abbrev-commit",
    "--decorate",
    "--no-decorate",
    "--since=",
    "--after=",
    "--until=",
    "--before=",
    "--author=",
    "--committer=",
    "--grep=",
    "-i",
    "-E",
    "-F",
    "--follow",
    "--date=",
    "--pretty=",
    "--format=",
    "--left-right",
    "--cherry-pick",
    "--no-notes",
    "--full-history",
];
/// Not for `show`, which would show what a tag names even if that is a file.
const EVERY_REF: &[&str] = &["--all", "--branches", "--tags", "--remotes"];
const REFS: &[&str] = &[
    "-a",
    "-r",
    "-v",
    "-vv",
    "--all",
    "--remotes",
    "--verbose",
    "--contains",
    "--no-contains",
    "--merged",
    "--no-merged",
    "--points-at",
    "--list",
    "-l",
    "-i",
    "--sort=",
    "--no-color",
    "--no-column",
];

const READING: &[Reading] = &[
    Reading {
        name: "status",
        before: &["--ignore-submodules=all"],
        options: &[&[
            "-s",
            "-b",
            "-sb",
            "--short",
            "--branch",
            "--porcelain",
            "--porcelain=",
            "--long",
            "-z",
            "-u",
            "-uno",
            "-unormal",
            "-uall",
            "--untracked-files",
            "--untracked-files=",
            "--no-renames",
            "--ahead-behind",
            "--no-ahead-behind",
        ]],
    },
    Reading { name: "log", before: PLAIN_DIFF, options: &[DIFF, COMMITS, EVERY_REF] },
    Reading { name: "show", before: PLAIN_DIFF, options: &[DIFF, COMMITS] },
    Reading {
        name: "diff",
        before: PLAIN_DIFF,
        options: &[DIFF, &["--cached", "--staged", "--merge-base"]],
    },
    Reading {
        name: "blame",
        before: &["--no-textconv"],
        options: &[&["-L#", "-w", "-l", "-s", "-e", "-f", "-n", "-M", "-C", "-p", "--porcelain"]],
    },
    Reading { name: "branch", before: &["--list"], options: &[REFS] },
    Reading { name: "tag", before: &["--list"], options: &[REFS, &["-n", "-n#"]] },
    Reading {
        name: "rev-parse",
        before: &[],
        options: &[&[
            "--short",
            "--short=",
            "--verify",
            "--abbrev-ref",
            "--symbolic-full-name",
            "--show-toplevel",
            "--show-prefix",
            "--is-inside-work-tree",
            "-q",
            "--quiet",
        ]],
    },
    Reading {
        name: "rev-list",
        before: &[],
        options: &[&["--count", "--parents"], COMMITS, EVERY_REF],
    },
    Reading {
        name: "ls-files",
        before: &[],
        options: &[&[
            "-c",
            "-d",
            "-m",
            "-o",
            "-u",
            "-z",
            "-t",
            "--cached",
            "--deleted",
            "--modified",
            "--others",
            "--unmerged",
            "--exclude-standard",
            "--full-name",
            "--error-unmatch",
        ]],
    },
    Reading {
        name: "ls-tree",
        before: &["--name-only"],
        options: &[&["-r", "-d", "-t", "-z", "--name-only", "--full-tree", "--full-name"]],
    },
    Reading {
        name: "describe",
        before: &[],
        options: &[&[
            "--tags",
            "--all",
            "--always",
            "--long",
            "--contains",
            "--abbrev=",
            "--exact-match",
        ]],
    },
    Reading { name: "merge-base", before: &[], options: &[&["-a", "--all", "--is-ancestor"]] },
    Reading {
        name: "shortlog",
        before: &[],
        options: &[
            &["-s", "-n", "-e", "-sn", "-ns", "-sne", "--summary", "--numbered"],
            COMMITS,
            EVERY_REF,
        ],
    },
];

/// Whether `git` followed by these arguments is one of the reading commands.
pub(super) fn reads(arguments: &[String]) -> bool {
    let Some((command, arguments)) = arguments.split_first() else { return false };
    Reading::named(command).is_ok_and(|reading| reading.check(arguments).is_ok())
}

impl Reading {
    /// Finds a command by its name. The error lists all of them.
    pub(super) fn named(name: &str) -> Result<&'static Self, ToolError> {
        READING.iter().find(|reading| reading.name == name).ok_or_else(|| {
            let known = READING.iter().map(|reading| reading.name).collect::<Vec<_>>().join(", ");
            ToolError::GitCommand { command: name.to_owned(), known }
        })
    }

    /// Whether it shows the contents of files and takes patterns for those to omit.
    pub(super) fn shows_contents(&self, arguments: &[String]) -> bool {
        let patch = ["-p", "-u", "--patch", "--word-diff", "--function-context"];
        let asks = |argument: &String| {
            patch.contains(&argument.as_str())
                || argument.starts_with("-U")
                || argument.starts_with("--unified")
        };
        matches!(self.name, "diff" | "show") || self.name == "log" && arguments.iter().any(asks)
    }

    /// Whether its arguments could name an object whose contents it shows.
    pub(super) fn shows_objects(&self) -> bool {
        matches!(self.name, "show" | "diff" | "log" | "blame" | "shortlog" | "rev-list")
    }

    /// Checks the arguments as far as they tell by themselves.
    pub(super) fn check(&self, arguments: &[String]) -> Result<(), ToolError> {
        let end = end_of_options(arguments);
        for (at, argument) in arguments.iter().enumerate() {
            let why = if at < end && argument.starts_with('-') {
                (!self.takes(argument)).then_some("not among the known reading options")
            } else if at == end {
                None
            } else {
                fault(argument)
            };
            if let Some(why) = why {
                let (command, argument) = (self.name.to_owned(), argument.clone());
                return Err(ToolError::GitArgument { command, argument, why });
            }
        }
        Ok(())
    }

    fn takes(&self, argument: &str) -> bool {
        let number = |text: &str| {
            !text.is_empty()
                && text.bytes().all(|byte| byte.is_ascii_digit() || b"+,-".contains(&byte))
        };
        self.options.iter().copied().flatten().any(|option| {
            if let Some(start) = option.strip_suffix('#') {
                argument.strip_prefix(start).is_some_and(number)
            } else if option.ends_with('=') {
                argument.strip_prefix(option).is_some_and(|value| !checks_signatures(value))
            } else {
                argument == *option
            }
        })
    }
}

/// Whether a format has `%G…`, for which git runs another program; `%+G`, `%-G` and `% G` are the
/// same with conditional line breaks and spaces.
fn checks_signatures(format: &str) -> bool {
    format.split('%').skip(1).any(|rest| rest.trim_start_matches(['+', '-', ' ']).starts_with('G'))
}

/// Where `--` is, or the end.
fn end_of_options(arguments: &[String]) -> usize {
    arguments.iter().position(|argument| argument == "--").unwrap_or(arguments.len())
}

/// What each argument that is no option may name.
pub(super) fn named_in(arguments: &[String]) -> impl Iterator<Item = (&str, Named<'_>)> {
    let (before, paths) = arguments.split_at(end_of_options(arguments));
    let before = before.iter().filter(|argument| !argument.starts_with('-'));
    let before = before.map(|argument| (argument.as_str(), Named::parse(argument)));
    before.chain(paths.iter().skip(1).map(|path| (path.as_str(), Named::Path(path))))
}

/// What an argument names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named<'a> {
    /// A path in the work tree.
    Path(&'a str),
    /// `REVISION:PATH`, or `:PATH` for the index: the path.
    AtRevision(&'a str),
    /// A revision, a range of them, or a path.
    Any(&'a str),
}

impl<'a> Named<'a> {
    /// Finds the colon that git finds: the first one outside braces.
    fn parse(argument: &'a str) -> Self {
        let mut depth = 0_u32;
        let colon = argument.char_indices().find(|(_, c)| {
            match c {
                '{' => depth += 1,
                '}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            *c == ':' && depth == 0
        });
        match colon {
            None => Self::Any(argument),
            Some((0, _)) => {
                let path = &argument[1..];
                let stage = ["0:", "1:", "2:", "3:"].iter().find_map(|n| path.strip_prefix(n));
                Self::AtRevision(stage.unwrap_or(path))
            }
            Some((at, _)) => Self::AtRevision(&argument[at + 1..]),
        }
    }
}

/// What is wrong with a revision or a path.
fn fault(argument: &str) -> Option<&'static str> {
    let magic = [":(", ":!", ":^", ":/"];
    if magic.iter().any(|magic| argument.starts_with(magic)) {
        return Some("path patterns with magic are not taken");
    }
    // Both readings, because a path may have a colon and `--` may be missing.
    let (Named::AtRevision(path) | Named::Path(path) | Named::Any(path)) = Named::parse(argument);
    if path != argument && argument.contains("..") {
        return Some("a range of files is not taken");
    }
    if [argument, path].iter().any(|path| path.starts_with(['/', '\\', '~'])) {
        return Some("only paths inside the working directory");
    }
    if argument.split([':', '/', '\\']).any(|name| name == "..") {
        return Some("only paths inside the working directory");
    }
    let withheld = withholds_name(path).or_else(|| withholds_name(argument));
    withheld.map(|_| "files with secrets are not shown")
}

#[cfg(test)]
mod tests {
    use super::super::command_line::words;
    use super::*;

    fn check(line: &str) -> Result<(), ToolError> {
        let mut words = words(line).expect("closed quotes");
        Reading::named(&words.remove(0))?.check(&words)
    }

    #[test]
    fn reading_is_taken() {
        for line in [
            "status --short --branch",
            "log -5 --oneline main..feature -- src/a.rs",
            "log -n 3 --format='%h %s' --since='2 weeks ago'",
            "show HEAD~2:src/main.rs",
            "diff HEAD^ -U0 --stat -- '*.rs'",
            "blame -L10,+5 src/main.rs",
            "branch -vv --contains HEAD",
            "rev-parse --abbrev-ref HEAD",
            "ls-files -o --exclude-standard",
        ] {
            assert!(check(line).is_ok(), "{line}: {:?}", check(line));
        }
    }

    #[test]
    fn what_writes_runs_or_reaches_outside_is_not() {
        for line in [
            "commit -m x",
            "-c core.pager=x status",
            "config --list",
            "remote -v",
            "grep -O x",
            "log --output=x",
            "log --ext-diff",
            "log --textconv",
            "log --show-signature",
            "log --format=%GG",
            "log --format=%h%+G?",
            "log --pretty=format:'% GS'",
            "log --pretty=%-GK",
            "log -S x",
            "diff --no-index /etc/passwd x",
            "diff /etc/passwd x",
            "diff -- ../secret x",
            "diff a/../../b",
            "diff -O/etc/passwd",
            "show HEAD:.env",
            "show HEAD:a/.ENV.local",
            "show :(top)x",
            "show HEAD:a:b/.env",
            "show HEAD^{/x:y}:.env",
            "show :.env",
            "show :0:.env",
            "show HEAD:./.env",
            "diff HEAD:a..HEAD:.env",
            "diff HEAD:.env..HEAD:a",
            "show --all",
            "log --output=x -- --output=x",
            "show --tags",
            "blame --contents /etc/passwd x",
            "blame -- id_rsa",
            "blame --ignore-revs-file=/etc/passwd x",
            "branch -d main",
            "branch --edit-description",
            "tag -s x",
            "status --ignore-submodules=none",
            "ls-files --exclude-from=/etc/passwd",
            "describe --dirty",
        ] {
            assert!(check(line).is_err(), "{line}");
        }
    }
}
