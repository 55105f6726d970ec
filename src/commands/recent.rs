//! What lists on a terminal showed last, kept in a private file, so that a shell can complete
//! numbers, projects and models without asking anybody.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::context::Context;
use crate::model::web_link::{Target, WebLink};
use crate::system::private_file::PrivateFile;

/// More than anybody looks through in a shell.
const MOST: usize = 300;
/// More than that many take, in bytes.
const LIMIT: u64 = 1 << 20;

/// What kind of thing was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Thing {
    MergeRequest,
    Issue,
    Pipeline,
    Model,
}

/// One thing that was shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Shown {
    pub(super) kind: Thing,
    pub(super) instance: String,
    /// The full path; none of a model.
    pub(super) project: Option<String>,
    /// A number, or a model's id.
    pub(super) name: String,
    /// A title for people.
    pub(super) about: String,
}

/// What GitLab's rows say of themselves.
#[derive(Deserialize)]
struct Row<'a> {
    #[serde(borrow)]
    web_url: Cow<'a, str>,
    #[serde(borrow, alias = "ref")]
    title: Cow<'a, str>,
}

/// Everything that is remembered of this instance, the newest first.
pub(super) fn shown(context: &Context<'_>) -> anyhow::Result<Vec<Shown>> {
    let instance = context.settings()?.instance.value.to_string();
    let mut all = file(context)?.map(|file| read(&file)).unwrap_or_default();
    all.retain(|shown| shown.instance == instance);
    Ok(all)
}

/// Remembers a page of GitLab's rows, where a person looks at it.
pub(super) fn remember_rows(page: &[u8], context: &Context<'_>) -> anyhow::Result<()> {
    if !has_person(context) {
        return Ok(());
    }
    let instance = &context.settings()?.instance.value;
    // Rows of another shape are nothing to complete.
    let rows: Vec<Row<'_>> = serde_json::from_slice(page).unwrap_or_default();
    let seen = rows.iter().filter_map(|row| {
        let link = WebLink::parse(&row.web_url, instance).ok()?;
        let (kind, number) = match link.target {
            Target::MergeRequest(number) => (Thing::MergeRequest, number),
            Target::Issue(number) => (Thing::Issue, number),
            Target::Pipeline(number) => (Thing::Pipeline, number),
            Target::Job(_) | Target::Project => return None,
        };
        Some(Shown {
            kind,
            instance: instance.to_string(),
            project: Some(link.project.segment().into_owned()),
            name: number.to_string(),
            about: row.title.clone().into_owned(),
        })
    });
    remember(seen.collect(), context)
}

/// Remembers models that are in no published table, where a person looks at them.
pub(super) fn remember_models<'m>(
    models: impl Iterator<Item = (&'m str, &'m str)>,
    context: &Context<'_>,
) -> anyhow::Result<()> {
    if !has_person(context) {
        return Ok(());
    }
    let instance = context.settings()?.instance.value.to_string();
    let seen = models.map(|(id, about)| Shown {
        kind: Thing::Model,
        instance: instance.clone(),
        project: None,
        name: id.to_owned(),
        about: about.to_owned(),
    });
    remember(seen.collect(), context)
}

/// Scripts and jobs complete nothing, and would write the same file side by side.
fn has_person(context: &Context<'_>) -> bool {
    context.terminal().stdout
}

fn remember(seen: Vec<Shown>, context: &Context<'_>) -> anyhow::Result<()> {
    let Some(file) = file(context)?.filter(|_| !seen.is_empty()) else { return Ok(()) };
    let before = read(&file);
    let all = newest_first(seen, before.clone());
    if all != before {
        // What cannot be kept is not completed.
        let _ = file.write(&serde_json::to_vec(&all)?);
    }
    Ok(())
}

fn newest_first(seen: Vec<Shown>, before: Vec<Shown>) -> Vec<Shown> {
    let same = |one: &Shown, other: &Shown| {
        (one.kind, &one.instance, &one.project, &one.name)
            == (other.kind, &other.instance, &other.project, &other.name)
    };
    let mut all = seen;
    for old in before {
        if !all.iter().any(|new| same(new, &old)) {
            all.push(old);
        }
    }
    all.truncate(MOST);
    all
}

fn file(context: &Context<'_>) -> anyhow::Result<Option<PrivateFile>> {
    let directory = context.cache_directory()?;
    Ok(directory.map(|directory| PrivateFile::new(directory.join("recent.json"), LIMIT)))
}

/// Nothing, where the file is missing or of another version.
fn read(file: &PrivateFile) -> Vec<Shown> {
    let text = file.read().ok().flatten().unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(name: &str, about: &str) -> Shown {
        Shown {
            kind: Thing::Issue,
            instance: "https://gitlab.com".into(),
            project: Some("a/b".into()),
            name: name.into(),
            about: about.into(),
        }
    }

    #[test]
    fn what_is_seen_again_comes_first_with_its_new_title() {
        let before = vec![shown("1", "one"), shown("2", "two")];
        let all = newest_first(vec![shown("2", "zwei")], before);
        assert_eq!(all, [shown("2", "zwei"), shown("1", "one")]);
    }

    #[test]
    fn the_oldest_are_forgotten() {
        let before = (0..MOST).map(|n| shown(&n.to_string(), "")).collect();
        let all = newest_first(vec![shown("new", "")], before);
        assert_eq!((all.len(), all[0].name.as_str()), (MOST, "new"));
        assert!(!all.contains(&shown(&(MOST - 1).to_string(), "")));
    }
}
