//! Command lines taken apart as a shell does, and the rules of `--allow run:COMMAND`.

/// Splits a line as Python's `shlex.split` does, which the workflow service uses for `args`.
/// Nothing is expanded. `None` if a quote or a backslash is left open.
pub fn words(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut characters = line.chars();
    while let Some(c) = characters.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, '\\') => word.get_or_insert_default().push(characters.next()?),
            (Some('"'), '\\') => {
                let escaped = characters.next()?;
                let word = word.get_or_insert_default();
                if !matches!(escaped, '"' | '\\') {
                    word.push('\\');
                }
                word.push(escaped);
            }
            (None, ' ' | '\t' | '\r' | '\n') => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

/// What a shell reads as more than a word, or replaces by something else, outside quotes.
const SPECIAL: &[char] =
    &['|', '&', ';', '<', '>', '(', ')', '{', '}', '*', '?', '[', ']', '~', '#', '!'];

/// Words of the shell's language in the place of a program.
const RESERVED: &[&str] = &[
    "case", "coproc", "do", "done", "elif", "else", "esac", "fi", "for", "function", "if", "in",
    "select", "then", "time", "until", "while",
];

/// Why a line is more than one program and its arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LineFault {
    /// No program.
    #[error("it names no program")]
    Empty,
    /// An open quote or a backslash at the end.
    #[error("a quote is not closed")]
    Open,
    /// A line break or another control character.
    #[error("it has a line break or another control character")]
    Control,
    /// `$` or a backtick.
    #[error("it has a variable or a substitution ({0:?})")]
    Substitution(char),
    /// An operator, a redirection, a pattern, a comment or a home directory.
    #[error("it has an unquoted {0:?}, which a shell does not take literally")]
    Special(char),
    /// `NAME=value` before the program.
    #[error("it begins with a variable assignment")]
    Assignment,
    /// `if`, `for` and so on.
    #[error("{0:?} is a word of the shell, not a program")]
    Reserved(&'static str),
}

/// Splits a line that every POSIX shell takes for one program with literal arguments, or says
/// why it is not one. Stricter than a shell: what it returns means the same without a shell.
pub(super) fn plain_words(line: &str) -> Result<Vec<String>, LineFault> {
    let mut quote = None;
    let mut characters = line.chars();
    while let Some(c) = characters.next() {
        match (quote, c) {
            (_, c) if c.is_control() && c != '\t' => return Err(LineFault::Control),
            (Some(open), c) if c == open => quote = None,
            (Some('\''), _) => {}
            // Even escaped: shells differ in what a backslash before them means.
            (_, '$' | '`') => return Err(LineFault::Substitution(c)),
            (Some(_) | None, '\\') => match characters.next() {
                Some(escaped @ ('$' | '`')) => return Err(LineFault::Substitution(escaped)),
                Some(escaped) if escaped.is_control() => return Err(LineFault::Control),
                Some(_) => {}
                None => return Err(LineFault::Open),
            },
            (None, '\'' | '"') => quote = Some(c),
            (None, c) if SPECIAL.contains(&c) => return Err(LineFault::Special(c)),
            _ => {}
        }
    }
    let words = words(line).ok_or(LineFault::Open)?;
    let program = words.first().filter(|program| !program.is_empty()).ok_or(LineFault::Empty)?;
    if program.contains('=') {
        return Err(LineFault::Assignment);
    }
    match RESERVED.iter().find(|word| *word == program) {
        Some(word) => Err(LineFault::Reserved(word)),
        None => Ok(words),
    }
}

/// One command line that may run: `run:COMMAND` without its prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CommandRule {
    text: String,
    words: Vec<String>,
    /// Whether further arguments may follow.
    open: bool,
}

impl CommandRule {
    /// Parses a rule: one program with literal arguments, and ` *` at the end for more of them.
    pub(super) fn parse(text: &str) -> Result<Self, LineFault> {
        let text = text.trim_matches([' ', '\t']);
        let closed = text.strip_suffix('*').filter(|rest| rest.ends_with([' ', '\t']));
        let words = plain_words(closed.unwrap_or(text))?;
        Ok(Self { text: text.to_owned(), words, open: closed.is_some() })
    }

    /// The rule as it was written, without `run:`.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Whether it allows a program with these arguments.
    pub(super) fn allows(&self, line: &[String]) -> bool {
        let Some(more) = line.strip_prefix(self.words.as_slice()) else { return false };
        more.is_empty() || self.open && more.iter().all(|argument| is_plain(argument))
    }
}

/// Whether no shell, and no program that passes its arguments to one, could expand it.
fn is_plain(argument: &str) -> bool {
    let expanded = |c: char| c.is_control() || "*?[]{}~$`!|&;<>()#\\'\"".contains(c);
    !argument.contains(expanded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_split_as_the_service_splits_it_and_nothing_expanded() {
        let split = |line| words(line).map(|words| words.join("|"));
        assert_eq!(split("a  'b c' \"d \\\" $x\" e\\ f ''"), Some("a|b c|d \" $x|e f|".to_owned()));
        assert_eq!(split(r#""a\nb" "c\\d" '\x'"#), Some(r"a\nb|c\d|\x".to_owned()));
        assert_eq!(split("a\u{a0}b"), Some("a\u{a0}b".to_owned()));
        assert_eq!(split(""), Some(String::new()));
        assert_eq!([split("a 'b"), split("a \\")], [None, None]);
    }

    #[test]
    fn a_plain_line_is_one_program_with_literal_arguments() {
        let split = |line| plain_words(line).map(|words| words.join("|"));
        assert_eq!(split(" cargo\ttest --all "), Ok("cargo|test|--all".to_owned()));
        assert_eq!(split("echo 'a; $b *' \"c|d\" e\\;f"), Ok("echo|a; $b *|c|d|e;f".to_owned()));
        assert_eq!(split("./run --x=1 a=b a,b :"), Ok("./run|--x=1|a=b|a,b|:".to_owned()));
    }

    #[test]
    fn what_a_shell_would_do_more_with_is_not_plain() {
        use LineFault::*;
        for (line, fault) in [
            ("", Empty),
            ("  ", Empty),
            ("''", Empty),
            ("ls; id", Special(';')),
            ("ls&&id", Special('&')),
            ("ls | id", Special('|')),
            ("ls > x", Special('>')),
            ("ls 2>&1", Special('>')),
            ("cat <(id)", Special('<')),
            ("(ls)", Special('(')),
            ("{ ls; }", Special('{')),
            ("echo {a,b}", Special('{')),
            ("ls *.rs", Special('*')),
            ("ls ?", Special('?')),
            ("ls [a]", Special('[')),
            ("ls ~", Special('~')),
            ("ls # x", Special('#')),
            ("! ls", Special('!')),
            ("echo $HOME", Substitution('$')),
            ("echo \"$HOME\"", Substitution('$')),
            ("echo \\$HOME", Substitution('$')),
            ("echo $'a'", Substitution('$')),
            ("echo \"`id`\"", Substitution('`')),
            ("echo a\nid", Control),
            ("echo 'a\nid'", Control),
            ("echo \\\nid", Control),
            ("echo a\rid", Control),
            ("echo \u{0}", Control),
            ("echo 'a", Open),
            ("echo \\", Open),
            ("X=1 ls", Assignment),
            ("'X=1' ls", Assignment),
            ("if ls", Reserved("if")),
        ] {
            assert_eq!(plain_words(line), Err(fault), "{line:?}");
        }
    }

    fn allows(rule: &str, line: &str) -> bool {
        let rule = CommandRule::parse(rule).expect("a rule");
        plain_words(line).is_ok_and(|words| rule.allows(&words))
    }

    #[test]
    fn a_rule_allows_its_command_line_and_nothing_else() {
        for line in ["cargo test", "cargo  test ", "'cargo' \"test\"", "car\\go test"] {
            assert!(allows("cargo test", line), "{line}");
        }
        for line in [
            "cargo",
            "cargo test x",
            "cargo testx",
            "cargo 'test '",
            "cargo test; id",
            "cargo test && id",
            "cargo test # x",
            "cargo test\nid",
            "cargo test > x",
            "cargo test `id`",
            "cargo test $(id)",
            "X=1 cargo test",
            "env cargo test",
            "./cargo test",
            "/tmp/cargo test",
            "Cargo test",
            "cargo test *",
            "cargo {test,run}",
            "cargo $'test'",
            "cargo test --",
            "sh -c 'cargo test'",
            "cargo test\u{a0}",
        ] {
            assert!(!allows("cargo test", line), "{line}");
        }
        assert!(allows("echo 'a *'", "echo 'a *'") && !allows("echo 'a *'", "echo a b"));
    }

    #[test]
    fn a_star_at_the_end_allows_further_plain_arguments() {
        for line in ["cargo test", "cargo test a::b --release", "cargo test 'a b' -- --nocapture"] {
            assert!(allows("cargo test *", line), "{line}");
        }
        for line in [
            "cargo build",
            "cargo testx",
            "cargo test *",
            "cargo test '*'",
            "cargo test ~",
            "cargo test 'a$b'",
            "cargo test '~/x'",
            "cargo test '`id`'",
            "cargo test \\*",
            "cargo test 'a;b'",
            "cargo test a; id",
            "cargo test | id",
        ] {
            assert!(!allows("cargo test *", line), "{line}");
        }
    }

    #[test]
    fn an_ill_formed_rule_is_an_error() {
        for rule in [
            "",
            " ",
            "*",
            " *",
            "* test",
            "cargo *test",
            "cargo test*",
            "cargo * x",
            "a; b",
            "a |",
            "echo $HOME",
            "echo `id`",
            "a > b",
            "X=1 a",
            "a\nb",
            "a 'b",
            "if",
            "~/x",
            "a # *",
        ] {
            assert!(CommandRule::parse(rule).is_err(), "{rule:?}");
        }
        assert_eq!(CommandRule::parse("a \"*\"").map(|rule| rule.open), Ok(false));
    }
}
