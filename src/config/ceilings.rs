//! What the administrator limits and nobody nearer can lift.

use super::file::{ConfigFile, Files};
use super::source::{Setting, Source};

/// What the tools of a workflow may do, in the words of `--allow` and `--deny`.
#[derive(Debug, Clone, Default)]
pub struct Workflow {
    /// Groups that are allowed without asking; the nearest file decides.
    pub allow: Option<Setting<Vec<String>>>,
    /// Groups and tools that are refused, each with the file that says so. The
    /// administrator's are always among them.
    pub deny: Vec<Setting<String>>,
}

impl Workflow {
    pub(super) fn settle(files: &Files) -> Self {
        let denied = |file: &ConfigFile| {
            let names = file.values.workflow_deny.clone().unwrap_or_default();
            let source = file.source();
            names.into_iter().map(move |name| Setting::new(name, source.clone()))
        };
        Self {
            allow: files.nearest(|values| values.workflow_allow.clone()),
            deny: files.nearest_first().rev().flat_map(denied).collect(),
        }
    }
}

/// Whether conversations may be kept on disk: the administrator's no is final.
pub(super) fn save_conversations(files: &Files) -> Setting<bool> {
    let forbids = |file: &&ConfigFile| file.values.save_conversations == Some(false);
    match files.administrator.as_ref().filter(forbids) {
        Some(file) => Setting::new(false, file.source()),
        None => files
            .nearest(|values| values.save_conversations)
            .unwrap_or(Setting::new(true, Source::Default)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::world::World;

    #[test]
    fn the_administrators_denial_stays_whatever_the_user_denies_or_allows() {
        let world = World::new();
        world.administrator(
            r#"{ "gitlab": { "workflow": { "allow": ["read"], "deny": ["shell"] } } }"#,
        );
        world.user(r#"{ "gitlab": { "workflow": { "allow": ["all"], "deny": ["git"] } } }"#);
        let workflow = world.settings().expect("settings").workflow;
        assert_eq!(workflow.allow.map(|allow| allow.value), Some(vec!["all".to_owned()]));
        let denied: Vec<&str> = workflow.deny.iter().map(|deny| deny.value.as_str()).collect();
        assert_eq!(denied, ["shell", "git"]);
    }

    #[test]
    fn only_the_administrators_no_to_saving_is_final() {
        let world = World::new();
        let saves = |world: &World| world.settings().expect("settings").save_conversations.value;
        assert!(saves(&world));
        world.administrator(r#"{ "saveConversations": false }"#);
        world.user(r#"{ "saveConversations": true }"#);
        assert!(!saves(&world));
        world.administrator(r#"{ "saveConversations": true }"#);
        world.user(r#"{ "saveConversations": false }"#);
        assert!(!saves(&world));
        world.user("{}");
        assert!(saves(&world));
    }
}
