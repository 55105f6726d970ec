//! Reading the seed from JSON: member by member into a value that has its defaults already.
//!
//! Not derived: the twelve shapes of the seed are read once, when the sandbox starts, and their
//! derived readers were 250 kB of the program.

use serde::de::Error as _;
use serde_json::{Error, Map, Value};

use super::{
    Application, Discussion, Group, Issue, Label, MergeRequest, Milestone, Note, Person, Pipeline,
    PipelineJob, Position, Project, Seed, Token, TokenKind, TokenState,
};

/// What can be read from JSON in place.
pub(in crate::sandbox) trait FromJson: Default {
    /// Takes what the JSON says; what it does not say stays as it is.
    fn fill(&mut self, value: Value) -> Result<(), Error>;
}

/// Reads a text of JSON.
pub(in crate::sandbox) fn read<T: FromJson>(text: &str) -> Result<T, Error> {
    let mut read = T::default();
    read.fill(serde_json::from_str(text)?)?;
    Ok(read)
}

fn wrong(wanted: &str, value: &Value) -> Error {
    Error::custom(format_args!("expected {wanted}, got {value}"))
}

fn object(value: Value) -> Result<Map<String, Value>, Error> {
    match value {
        Value::Object(members) => Ok(members),
        other => Err(wrong("an object", &other)),
    }
}

fn array(value: Value) -> Result<Vec<Value>, Error> {
    match value {
        Value::Array(items) => Ok(items),
        other => Err(wrong("an array", &other)),
    }
}

impl FromJson for String {
    fn fill(&mut self, value: Value) -> Result<(), Error> {
        match value {
            Value::String(text) => *self = text,
            other => return Err(wrong("a text", &other)),
        }
        Ok(())
    }
}

impl FromJson for Value {
    fn fill(&mut self, value: Value) -> Result<(), Error> {
        *self = value;
        Ok(())
    }
}

impl FromJson for u64 {
    fn fill(&mut self, value: Value) -> Result<(), Error> {
        *self = value.as_u64().ok_or_else(|| wrong("a whole number", &value))?;
        Ok(())
    }
}

impl FromJson for f64 {
    fn fill(&mut self, value: Value) -> Result<(), Error> {
        *self = value.as_f64().ok_or_else(|| wrong("a number", &value))?;
        Ok(())
    }
}

impl FromJson for bool {
    fn fill(&mut self, value: Value) -> Result<(), Error> {
        *self = value.as_bool().ok_or_else(|| wrong("true or false", &value))?;
        Ok(())
    }
}

impl FromJson for (u64, u64) {
    fn fill(&mut self, value: Value) -> Result<(), Error> {
        let mut numbers = Vec::<u64>::new();
        numbers.fill(value)?;
        let &[one, two] = &numbers[..] else { return Err(Error::custom("expected two numbers")) };
        *self = (one, two);
        Ok(())
    }
}

impl FromJson for (u64, u64, u64) {
    fn fill(&mut self, value: Value) -> Result<(), Error> {
        let mut numbers = Vec::<u64>::new();
        numbers.fill(value)?;
        let &[one, two, three] = &numbers[..] else {
            return Err(Error::custom("expected three numbers"));
        };
        *self = (one, two, three);
        Ok(())
    }
}

impl<T: FromJson> FromJson for Option<T> {
    fn fill(&mut self, value: Value) -> Result<(), Error> {
        if value.is_null() {
            return Ok(());
        }
        self.get_or_insert_default().fill(value)
    }
}

impl<T: FromJson> FromJson for Vec<T> {
    fn fill(&mut self, value: Value) -> Result<(), Error> {
        for item in array(value)? {
            let mut read = T::default();
            read.fill(item)?;
            self.push(read);
        }
        Ok(())
    }
}

impl FromJson for TokenState {
    fn fill(&mut self, value: Value) -> Result<(), Error> {
        *self = match value.as_str() {
            Some("active") => Self::Active,
            Some("expired") => Self::Expired,
            Some("revoked") => Self::Revoked,
            _ => return Err(wrong("the state of a token", &value)),
        };
        Ok(())
    }
}

impl FromJson for TokenKind {
    fn fill(&mut self, value: Value) -> Result<(), Error> {
        *self = match value.as_str() {
            Some("personal") => Self::Personal,
            Some("job") => Self::Job,
            _ => return Err(wrong("the kind of a token", &value)),
        };
        Ok(())
    }
}

/// Members by the names of their fields. A field left out here does not compile, and a member
/// that no field has is an error.
macro_rules! members {
    ($($shape:ident: $($field:ident)+;)+) => {$(
        impl FromJson for $shape {
            fn fill(&mut self, value: Value) -> Result<(), Error> {
                let Self { $($field),+ } = self;
                for (name, value) in object(value)? {
                    match name.as_str() {
                        $(stringify!($field) => $field.fill(value)?,)+
                        _ => return Err(Error::custom(format_args!("unknown member {name}"))),
                    }
                }
                Ok(())
            }
        }
    )+};
}

members! {
    Seed: people tokens applications groups projects labels milestones merge_requests issues
        pipelines;
    Person: id username name email created_at bot duo;
    Token: name value user scopes state kind expires_at job_project;
    Application: uid name secret redirect_uris scopes;
    Group: id name path description;
    Project: id name path former_paths description default_branch created_at last_activity_at
        topics members;
    Label: id name color text_color description;
    Milestone: id iid project title description state start_date due_date created_at updated_at;
    MergeRequest: id iid project title description state author assignees reviewers labels
        milestone source_branch target_branch created_at updated_at merge_user merged_at
        merge_commit_sha closed_by closed_at sha base_sha source_project_gone squash upvotes
        downvotes tasks detailed_merge_status diff collapsed too_large discussions review;
    Issue: id iid project kind title description state author assignees labels milestone
        confidential created_at updated_at closed_by closed_at due_date weight severity upvotes
        downvotes merge_requests_count tasks discussions;
    Discussion: id individual notes;
    Note: id author created_at updated_at body system internal resolvable resolved_by resolved_at
        position;
    Position: old_path new_path old_line new_line line_range is_file;
    Pipeline: id iid project status reference tag sha title source name user created_at coverage
        moves jobs;
    PipelineJob: name stage status after took failure_reason allow_failure retried log tests bridge
        starts;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_read_and_the_rest_keeps_its_default() {
        let token: Token =
            read(r#"{"name":"x","scopes":["api"],"state":"revoked","expires_at":null}"#)
                .expect("a token");
        assert_eq!((token.name.as_str(), token.state), ("x", TokenState::Revoked));
        assert_eq!((token.scopes, token.expires_at), (vec!["api".to_owned()], None));
        assert_eq!((token.kind, token.job_project), (TokenKind::Personal, None));
    }

    #[test]
    fn what_is_misspelt_or_of_another_type_is_named() {
        let said = |text: &str| read::<Token>(text).unwrap_err().to_string();
        assert_eq!(said(r#"{"sopes":[]}"#), "unknown member sopes");
        assert_eq!(said(r#"{"scopes":"api"}"#), r#"expected an array, got "api""#);
        assert_eq!(said(r#"{"state":"gone"}"#), r#"expected the state of a token, got "gone""#);
        assert_eq!(said("[]"), "expected an object, got []");
    }
}
