//! `glduo completion --values KIND`: what a completion script offers for a value, one a line, a tab and a
//! word about it behind. No server is asked.

use std::fmt::Write as _;

use clap::ValueEnum;

use crate::commands::context::Context;
use crate::commands::recent::{self, Shown, Thing};
use crate::model::project::ProjectRef;

/// What to complete.
#[derive(ValueEnum, Clone, Copy, Debug)]
pub(super) enum Kind {
    Models,
    Projects,
    Mr,
    Issue,
    Pipeline,
}

pub(super) fn run(kind: Option<Kind>, context: &Context<'_>) -> anyhow::Result<u8> {
    let shown = recent::shown(context)?;
    let rows = match kind {
        Some(Kind::Models) => models(&shown, context)?,
        Some(Kind::Projects) => projects(&shown),
        Some(Kind::Mr) => numbers(Thing::MergeRequest, &shown, context),
        Some(Kind::Issue) => numbers(Thing::Issue, &shown, context),
        Some(Kind::Pipeline) => numbers(Thing::Pipeline, &shown, context),
        None => Vec::new(),
    };
    let mut text = String::new();
    for (name, about) in rows {
        // A shell would take a control character for what it is.
        let about: String = about.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{name}\t{about}");
    }
    context.write(text.as_bytes())?;
    Ok(0)
}

type Row = (String, String);

fn models(shown: &[Shown], context: &Context<'_>) -> anyhow::Result<Vec<Row>> {
    let catalogue = context.catalogue()?;
    let chat = catalogue.chat.into_iter().map(|model| (model.id, model.description));
    let workflow = catalogue.workflow.into_iter().map(|model| (model.id, model.description));
    let mut rows: Vec<Row> =
        chat.chain(workflow).map(|(id, about)| (id.into_owned(), about.into_owned())).collect();
    rows.extend(of_kind(Thing::Model, shown).map(row));
    Ok(rows.into_iter().filter(|(id, _)| is_plain(id)).collect())
}

fn projects(shown: &[Shown]) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for project in shown.iter().filter_map(|shown| shown.project.as_ref()) {
        if is_plain(project) && !rows.iter().any(|(known, _)| known == project) {
            rows.push((project.clone(), String::new()));
        }
    }
    rows
}

/// The project's that a command would take here; of every project where that is not known by
/// its path.
fn numbers(kind: Thing, shown: &[Shown], context: &Context<'_>) -> Vec<Row> {
    let here = match context.project(None) {
        Ok(ProjectRef::Path(path)) => Some(path),
        Ok(ProjectRef::Id(_)) | Err(_) => None,
    };
    let is_here = |shown: &&Shown| {
        here.as_ref().is_none_or(|here| {
            shown.project.as_ref().is_some_and(|project| project.eq_ignore_ascii_case(here))
        })
    };
    of_kind(kind, shown).filter(is_here).map(row).collect()
}

fn of_kind(kind: Thing, shown: &[Shown]) -> impl Iterator<Item = &Shown> {
    shown.iter().filter(move |shown| shown.kind == kind)
}

fn row(shown: &Shown) -> Row {
    (shown.name.clone(), shown.about.clone())
}

/// Shells split and expand what they are offered.
fn is_plain(name: &str) -> bool {
    name.chars().all(|c| c.is_alphanumeric() || "-_./".contains(c))
}
