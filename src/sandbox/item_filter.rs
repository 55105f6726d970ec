//! What lists of merge requests and of issues have in common: the filters by scope, people,
//! labels, milestone, words and times, and the order. Every parameter adds a condition; all of
//! them must hold.

use std::time::SystemTime;

use super::call::Call;
use super::query::Params;
use super::seed::{Milestone, Seed};
use crate::model::timestamp;

/// What the filters look at.
pub(super) trait Item {
    fn id(&self) -> u64;
    fn project(&self) -> u64;
    fn author(&self) -> Option<&str>;
    fn assignees(&self) -> &[String];
    fn labels(&self) -> &[String];
    fn milestone(&self) -> Option<&str>;
    fn title(&self) -> &str;
    fn description(&self) -> Option<&str>;
    fn created_at(&self) -> &str;
    fn updated_at(&self) -> &str;
}

/// Whether a row stays in the list.
pub(super) type Condition<'a, T> = Box<dyn Fn(&T) -> bool + 'a>;

/// Every condition of a list.
pub(super) type Conditions<'a, T> = Vec<Condition<'a, T>>;

/// Whose rows are listed where no scope is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    All,
    CreatedByMe,
}

/// Reads whose rows are wanted, out of these words; `other` knows those that are neither the
/// author's nor an assignee's.
pub(super) fn scope<'a, T: Item + 'a>(
    params: &mut Params<'a>,
    call: &'a Call<'_>,
    default: Scope,
    words: &[&str],
    other: fn(&T, &str) -> bool,
) -> Option<Condition<'a, T>> {
    let fallback = if default == Scope::All { "all" } else { "created_by_me" };
    let scope = params.one_of("scope", words).unwrap_or(fallback).replace('-', "_");
    let me = call.caller.as_ref().map_or("", |caller| caller.person.username.as_str());
    match scope.as_str() {
        "all" => None,
        "created_by_me" => Some(Box::new(move |item| item.author() == Some(me))),
        "assigned_to_me" => {
            Some(Box::new(move |item| item.assignees().iter().any(|one| one == me)))
        }
        _ => Some(Box::new(move |item| other(item, me))),
    }
}

/// The people of a row in one part.
pub(super) type Part<T> = fn(&T) -> Vec<&str>;

/// A pair of parameters that name people, by id and by user name.
pub(super) struct PeopleParameters<T> {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    /// The pair that names who must not be there, where GitLab has one.
    pub(super) not: Option<(&'static str, &'static str)>,
    pub(super) part: Part<T>,
}

/// The pairs that every list has.
pub(super) fn authors_and_assignees<T: Item>() -> [PeopleParameters<T>; 2] {
    [
        PeopleParameters {
            id: "author_id",
            name: "author_username",
            not: Some(("not[author_id]", "not[author_username]")),
            part: |item| item.author().into_iter().collect(),
        },
        PeopleParameters {
            id: "assignee_id",
            name: "assignee_username",
            not: Some(("not[assignee_id]", "not[assignee_username]")),
            part: |item| item.assignees().iter().map(String::as_str).collect(),
        },
    ]
}

/// Someone as a parameter names them.
#[derive(Clone, PartialEq, Eq)]
enum Who<'a> {
    Nobody,
    Anybody,
    Named(&'a str),
}

impl Who<'_> {
    fn is_among(&self, people: &[&str]) -> bool {
        match self {
            Self::Nobody => people.is_empty(),
            Self::Anybody => !people.is_empty(),
            Self::Named(name) => people.iter().any(|one| one.eq_ignore_ascii_case(name)),
        }
    }
}

/// Reads everyone that these parameters name.
pub(super) fn people<'a, T: 'a>(
    params: &mut Params<'a>,
    seed: &'a Seed,
    pairs: impl IntoIterator<Item = PeopleParameters<T>>,
    all: &mut Conditions<'a, T>,
) {
    for PeopleParameters { id, name, not, part } in pairs {
        params.exclusive(&[id, name]);
        for who in named(params, seed, id, name) {
            all.push(Box::new(move |item| who.is_among(&part(item))));
        }
        let Some((not_id, not_name)) = not else { continue };
        params.exclusive(&[not_id, not_name]);
        for who in named(params, seed, not_id, not_name) {
            all.push(Box::new(move |item| !who.is_among(&part(item))));
        }
    }
}

/// Everyone that a pair of parameters names; only assignees take more than one.
fn named<'a>(
    params: &mut Params<'a>,
    seed: &'a Seed,
    id: &'static str,
    name: &'static str,
) -> Vec<Who<'a>> {
    let mut found = Vec::new();
    if let Some(value) = params.text(id) {
        let takes_words = id.contains("assignee") || id.contains("reviewer");
        let person = seed.people.iter().find(|person| person.id.to_string() == value);
        match (value.to_ascii_lowercase().as_str(), value.parse::<u64>()) {
            ("none", _) if takes_words => found.push(Who::Nobody),
            ("any", _) if takes_words => found.push(Who::Anybody),
            // An id that nobody has matches no merge request, as a name would that nobody has.
            (_, Ok(_)) => found.push(Who::Named(person.map_or("", |person| &person.username))),
            _ if takes_words => params.problem(format!(
                "{id} should be an integer, 'None' or 'Any', however got {value}"
            )),
            _ => params.problem(format!("{id} is invalid")),
        }
    }
    if name.contains("assignee") {
        found.extend(params.list(name).into_iter().map(Who::Named));
    } else {
        found.extend(params.text(name).map(Who::Named));
    }
    found
}

/// Labels and milestone.
pub(super) fn labels_and_milestone<'a, T: Item>(
    params: &mut Params<'a>,
    all: &mut Conditions<'a, T>,
) {
    let labels = params.list("labels");
    match labels.as_slice() {
        [] => {}
        [one] if one.eq_ignore_ascii_case("none") => {
            all.push(Box::new(|item| item.labels().is_empty()));
        }
        [one] if one.eq_ignore_ascii_case("any") => {
            all.push(Box::new(|item| !item.labels().is_empty()));
        }
        _ => all.push(Box::new(move |item| {
            labels.iter().all(|wanted| item.labels().iter().any(|label| label == wanted))
        })),
    }
    let without = params.list("not[labels]");
    all.push(Box::new(move |item| {
        !item.labels().iter().any(|label| without.contains(&label.as_str()))
    }));
    if let Some(title) = params.text("milestone") {
        all.push(match title.to_ascii_lowercase().as_str() {
            "none" => Box::new(|item| item.milestone().is_none()),
            "any" => Box::new(|item| item.milestone().is_some()),
            _ => Box::new(move |item| item.milestone() == Some(title)),
        });
    }
    if let Some(title) = params.text("not[milestone]") {
        all.push(Box::new(move |item| item.milestone() != Some(title)));
    }
}

/// Every word must be in the title, or every word in the description.
pub(super) fn search<'a, T: Item>(params: &mut Params<'a>) -> Option<Condition<'a, T>> {
    let places = params.list("in");
    if places.iter().any(|place| !["title", "description"].contains(place)) {
        params.problem("in does not have a valid value".to_owned());
    }
    let words: Vec<String> =
        params.text("search")?.split_whitespace().map(str::to_lowercase).collect();
    let searched = move |place| places.is_empty() || places.contains(&place);
    Some(Box::new(move |item| {
        let has = |text: &str| {
            let text = text.to_lowercase();
            words.iter().all(|word| text.contains(word))
        };
        (searched("title") && has(item.title()))
            || (searched("description") && item.description().is_some_and(has))
    }))
}

/// A point in time of a row, if it has it.
pub(super) type Moment<T> = fn(&T) -> Option<&str>;

/// Created and updated, after and before.
pub(super) fn created_and_updated<'a, T: Item + 'a>(
    params: &mut Params<'_>,
    all: &mut Conditions<'a, T>,
) {
    between(params, "created_after", "created_before", |item: &T| Some(item.created_at()), all);
    between(params, "updated_after", "updated_before", |item: &T| Some(item.updated_at()), all);
}

/// A pair of parameters that bound a point in time.
pub(super) fn between<'a, T: 'a>(
    params: &mut Params<'_>,
    after: &'static str,
    before: &'static str,
    moment: Moment<T>,
    all: &mut Conditions<'a, T>,
) {
    let time = move |item: &T| -> Option<SystemTime> { timestamp::parse_iso(moment(item)?) };
    if let Some(from) = params.time(after) {
        all.push(Box::new(move |item| time(item).is_some_and(|time| time >= from)));
    }
    if let Some(until) = params.time(before) {
        all.push(Box::new(move |item| time(item).is_some_and(|time| time <= until)));
    }
}

/// How a list is sorted.
pub(super) struct Order<'a> {
    pub(super) by: &'a str,
    pub(super) ascending: bool,
}

impl<'a> Order<'a> {
    /// Reads `order_by`, out of these words, and `sort`.
    pub(super) fn read(params: &mut Params<'a>, words: &[&str]) -> Self {
        Self {
            by: params.one_of("order_by", words).unwrap_or("created_at"),
            ascending: params.one_of("sort", &["asc", "desc"]) == Some("asc"),
        }
    }

    /// Sorts by a key that `own` knows for the fields of its kind of row; rows without a value
    /// come last either way, equal ones by id. Labels here have no priorities, so ordering by
    /// them is ordering by id.
    pub(super) fn sort<T: Item>(
        &self,
        rows: &mut [&T],
        milestones: &[Milestone],
        own: fn(&T, &str) -> Option<String>,
    ) {
        let (mut valued, mut rest): (Vec<_>, Vec<_>) = rows
            .iter()
            .map(|item| (self.key(*item, milestones, own), item.id(), *item))
            .partition(|row| row.0.is_some());
        for part in [&mut valued, &mut rest] {
            part.sort_by(|a, b| {
                let ordering = (&a.0, a.1).cmp(&(&b.0, b.1));
                if self.ascending { ordering } else { ordering.reverse() }
            });
        }
        for (slot, (_, _, item)) in rows.iter_mut().zip(valued.into_iter().chain(rest)) {
            *slot = item;
        }
    }

    fn key<T: Item>(
        &self,
        item: &T,
        milestones: &[Milestone],
        own: fn(&T, &str) -> Option<String>,
    ) -> Option<String> {
        match self.by {
            "created_at" => Some(item.created_at().to_owned()),
            "updated_at" => Some(item.updated_at().to_owned()),
            "title" => Some(item.title().to_lowercase()),
            "milestone_due" => {
                let is_it = |one: &&Milestone| {
                    Some(one.title.as_str()) == item.milestone() && one.project == item.project()
                };
                milestones.iter().find(is_it)?.due_date.clone()
            }
            field => own(item, field),
        }
    }
}
