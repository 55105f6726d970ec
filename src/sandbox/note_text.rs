//! The text of a new or edited note: its parameters checked as GitLab checks them, and the
//! quick actions in it (GitLab documentation, "Notes API", "GitLab quick actions").

use serde_json::{Map, Value, json};

use super::query::{self, Params};
use super::reply::Reply;

/// GitLab's limit on the text of a note, in characters.
const LONGEST: usize = 1_000_000;

/// What is asked to be written.
pub(super) struct NewNote {
    pub(super) body: String,
    /// For members only.
    pub(super) internal: bool,
}

/// The parameters of a new note.
pub(super) fn of_new(fields: &query::Pairs) -> Result<NewNote, Reply> {
    let mut params = Params::new(fields);
    let internal = params.boolean("internal").unwrap_or(false);
    params.text("merge_request_diff_head_sha");
    let body = body(&mut params, fields);
    params.finish()?;
    Ok(NewNote { body: check_length(body)?, internal })
}

/// The parameters of an edit.
pub(super) fn of_edit(fields: &query::Pairs) -> Result<String, Reply> {
    let mut params = Params::new(fields);
    let body = body(&mut params, fields);
    params.finish()?;
    check_length(body)
}

fn body(params: &mut Params<'_>, fields: &query::Pairs) -> String {
    let given = |wanted| fields.iter().any(|(name, _)| name == wanted);
    let body = params.text("body");
    if body.is_none() {
        let problem = match () {
            () if given("body") => "body is empty",
            () if given("body[]") => "body is invalid",
            () => "body is missing",
        };
        params.problem(problem.to_owned());
    }
    body.unwrap_or_default().to_owned()
}

fn check_length(body: String) -> Result<String, Reply> {
    if body.chars().count() <= LONGEST {
        return Ok(body);
    }
    let problem = "is too long (maximum is 1000000 characters)";
    Err(Reply::message(400, &format!("400 Bad request - Note {{:note=>[\"{problem}\"]}}")))
}

/// The quick actions of a text, out of a few that GitLab knows.
pub(super) struct Commands {
    changes: Map<String, Value>,
    summary: Vec<&'static str>,
    /// The text without them.
    pub(super) rest: String,
}

impl Commands {
    /// Takes out the lines that are quick actions.
    pub(super) fn read(text: &str) -> Self {
        let mut commands = Self { changes: Map::new(), summary: Vec::new(), rest: String::new() };
        let mut kept = Vec::new();
        for line in text.lines() {
            let (name, value, words) = match line.trim_end() {
                "/close" => ("state_event", json!("close"), "Closed this."),
                "/reopen" => ("state_event", json!("reopen"), "Reopened this."),
                "/todo" => ("todo_event", json!("add"), "Added a to-do item."),
                "/subscribe" => ("subscription_event", json!("subscribe"), "Subscribed to this."),
                _ => {
                    kept.push(line);
                    continue;
                }
            };
            commands.changes.insert(name.to_owned(), value);
            commands.summary.push(words);
        }
        commands.rest = if commands.summary.is_empty() { text.to_owned() } else { kept.join("\n") };
        commands
    }

    /// Whether there is nothing else in the text.
    pub(super) fn are_all(&self) -> bool {
        !self.summary.is_empty() && self.rest.trim().is_empty()
    }

    /// GitLab's answer where there is no note.
    pub(super) fn as_json(&self) -> String {
        json!({ "commands_changes": self.changes, "summary": self.summary }).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::Received;
    use crate::sandbox::reply::Body;

    fn ask(kind: &str, body: &str) -> Result<String, String> {
        let request = Received {
            method: "POST".into(),
            target: "/".into(),
            headers: vec![("content-type".into(), kind.into())],
            body: body.into(),
        };
        let words = |reply: Reply| match reply.body {
            Body::Whole(body) => String::from_utf8_lossy(&body).into_owned(),
            Body::Pieces(_) => String::new(),
        };
        query::body(&request).and_then(|fields| of_new(&fields)).map(|new| new.body).map_err(words)
    }

    #[test]
    fn a_text_comes_as_json_or_as_a_form() {
        assert_eq!(
            ask("application/json; charset=utf-8", r#"{"body":"a\nb"}"#).as_deref(),
            Ok("a\nb")
        );
        let form = "application/x-www-form-urlencoded";
        assert_eq!(ask(form, "body=a+%26%0Ab&internal=true").as_deref(), Ok("a &\nb"));
    }

    #[test]
    fn what_gitlab_refuses_is_refused() {
        let refused = |body: &str| ask("application/json", body).err().unwrap_or_default();
        assert_eq!(refused("{}"), r#"{"error":"body is missing"}"#);
        assert_eq!(refused(r#"{"body":" \n"}"#), r#"{"error":"body is empty"}"#);
        assert!(refused(r#"{"body":["a"]}"#).contains("body is invalid"));
        assert!(refused(r#"{"body":"a","internal":"maybe"}"#).contains("internal is invalid"));
        assert!(refused("[]").contains("could not be parsed"));
        let long = format!(r#"{{"body":"{}"}}"#, "é".repeat(LONGEST + 1));
        assert!(refused(&long).contains("is too long"));
        assert!(ask("text/plain", "body=a").err().unwrap_or_default().contains("not supported"));
    }

    #[test]
    fn quick_actions_are_taken_out_of_the_text() {
        let commands = Commands::read("/close\n/todo\n");
        assert!(commands.are_all());
        let expected = r#"{"commands_changes":{"state_event":"close","todo_event":"add"},"summary":["Closed this.","Added a to-do item."]}"#;
        assert_eq!(commands.as_json(), expected);
        let mixed = Commands::read("Done.\n/close");
        assert!(!mixed.are_all() && mixed.rest == "Done.");
        assert_eq!(Commands::read("/etc is a folder\r\n").rest, "/etc is a folder\r\n");
    }
}
