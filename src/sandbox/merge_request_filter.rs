//! Which merge requests a list has and in which order. Every parameter adds a condition; all
//! of them must hold.

use super::call::Call;
use super::query::Params;
use super::seed::{MergeRequest, Milestone, Seed};
use crate::model::timestamp;

/// Whether a merge request stays in the list.
pub(super) type Condition<'a> = Box<dyn Fn(&MergeRequest) -> bool + 'a>;

/// Whose merge requests are listed where no scope is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    All,
    CreatedByMe,
}

const STATES: &[&str] = &["opened", "closed", "locked", "merged", "all"];
const SCOPES: &[&str] = &[
    "created_by_me",
    "assigned_to_me",
    "reviews_for_me",
    "all",
    // Deprecated spellings that GitLab still takes.
    "created-by-me",
    "assigned-to-me",
];

/// Reads every filter.
pub(super) fn conditions<'a>(
    params: &mut Params<'a>,
    call: &'a Call<'_>,
    default: Scope,
) -> Vec<Condition<'a>> {
    let mut all: Vec<Condition<'a>> = Vec::new();
    if let Some(state) = params.one_of("state", STATES).filter(|state| *state != "all") {
        all.push(Box::new(move |mr| mr.state == state));
    }
    all.extend(scope(params, call, default));
    all.extend(draft(params));
    people(params, &call.world.seed, &mut all);
    sorting_marks(params, &mut all);
    all.extend(search(params));
    times(params, &mut all);
    all
}

fn scope<'a>(params: &mut Params<'a>, call: &'a Call<'_>, default: Scope) -> Option<Condition<'a>> {
    let fallback = if default == Scope::All { "all" } else { "created_by_me" };
    let scope = params.one_of("scope", SCOPES).unwrap_or(fallback).replace('-', "_");
    let me = call.caller.as_ref().map_or("", |caller| caller.person.username.as_str());
    let contains = |people: &[String], me: &str| people.iter().any(|one| one == me);
    match scope.as_str() {
        "created_by_me" => Some(Box::new(move |mr| mr.author.as_deref() == Some(me))),
        "assigned_to_me" => Some(Box::new(move |mr| contains(&mr.assignees, me))),
        "reviews_for_me" => Some(Box::new(move |mr| contains(&mr.reviewers, me))),
        _ => None,
    }
}

fn draft<'a>(params: &mut Params<'a>) -> Option<Condition<'a>> {
    params.exclusive(&["draft", "wip"]);
    let wip = params.one_of("wip", &["yes", "no"]).map(|word| word == "yes");
    let wanted = params.boolean("draft").or(wip)?;
    Some(Box::new(move |mr| mr.is_draft() == wanted))
}

/// The people of a merge request in one part.
type Part = fn(&MergeRequest) -> Vec<&str>;

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

fn people<'a>(params: &mut Params<'a>, seed: &'a Seed, all: &mut Vec<Condition<'a>>) {
    let parts: [(&'static str, &'static str, &'static str, &'static str, Part); 4] = [
        ("author_id", "author_username", "not[author_id]", "not[author_username]", |mr| {
            mr.author.as_deref().into_iter().collect()
        }),
        ("assignee_id", "assignee_username", "not[assignee_id]", "not[assignee_username]", |mr| {
            mr.assignees.iter().map(String::as_str).collect()
        }),
        ("reviewer_id", "reviewer_username", "not[reviewer_id]", "not[reviewer_username]", |mr| {
            mr.reviewers.iter().map(String::as_str).collect()
        }),
        ("merge_user_id", "merge_user_username", "", "", |mr| {
            mr.merge_user.as_deref().into_iter().collect()
        }),
    ];
    for (id, name, not_id, not_name, part) in parts {
        params.exclusive(&[id, name]);
        for who in named(params, seed, id, name) {
            all.push(Box::new(move |mr| who.is_among(&part(mr))));
        }
        if not_id.is_empty() {
            continue;
        }
        params.exclusive(&[not_id, not_name]);
        for who in named(params, seed, not_id, not_name) {
            all.push(Box::new(move |mr| !who.is_among(&part(mr))));
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

/// Labels, milestone, branches.
fn sorting_marks<'a>(params: &mut Params<'a>, all: &mut Vec<Condition<'a>>) {
    let labels = params.list("labels");
    match labels.as_slice() {
        [] => {}
        [one] if one.eq_ignore_ascii_case("none") => all.push(Box::new(|mr| mr.labels.is_empty())),
        [one] if one.eq_ignore_ascii_case("any") => all.push(Box::new(|mr| !mr.labels.is_empty())),
        _ => all.push(Box::new(move |mr| {
            labels.iter().all(|wanted| mr.labels.iter().any(|label| label == wanted))
        })),
    }
    let without = params.list("not[labels]");
    all.push(Box::new(move |mr| !mr.labels.iter().any(|label| without.contains(&label.as_str()))));
    if let Some(title) = params.text("milestone") {
        all.push(match title.to_ascii_lowercase().as_str() {
            "none" => Box::new(|mr| mr.milestone.is_none()),
            "any" => Box::new(|mr| mr.milestone.is_some()),
            _ => Box::new(move |mr| mr.milestone.as_deref() == Some(title)),
        });
    }
    if let Some(title) = params.text("not[milestone]") {
        all.push(Box::new(move |mr| mr.milestone.as_deref() != Some(title)));
    }
    if let Some(branch) = params.text("source_branch") {
        all.push(Box::new(move |mr| mr.source_branch == branch));
    }
    if let Some(branch) = params.text("target_branch") {
        all.push(Box::new(move |mr| mr.target_branch == branch));
    }
    if let Some(id) = params.integer("source_project_id") {
        let id = u64::try_from(id).ok();
        all.push(Box::new(move |mr| !mr.source_project_gone && Some(mr.project) == id));
    }
}

/// Every word must be in the title, or every word in the description.
fn search<'a>(params: &mut Params<'a>) -> Option<Condition<'a>> {
    let places = params.list("in");
    if places.iter().any(|place| !["title", "description"].contains(place)) {
        params.problem("in does not have a valid value".to_owned());
    }
    let words: Vec<String> =
        params.text("search")?.split_whitespace().map(str::to_lowercase).collect();
    let searched = move |place| places.is_empty() || places.contains(&place);
    Some(Box::new(move |mr| {
        let has = |text: &str| {
            let text = text.to_lowercase();
            words.iter().all(|word| text.contains(word))
        };
        (searched("title") && has(&mr.title))
            || (searched("description") && mr.description.as_deref().is_some_and(has))
    }))
}

fn times<'a>(params: &mut Params<'a>, all: &mut Vec<Condition<'a>>) {
    type Moment = fn(&MergeRequest) -> Option<&str>;
    let moments: [(&'static str, &'static str, Moment); 3] = [
        ("created_after", "created_before", |mr| Some(&mr.created_at)),
        ("updated_after", "updated_before", |mr| Some(&mr.updated_at)),
        ("merged_after", "merged_before", |mr| mr.merged_at.as_deref()),
    ];
    for (after, before, moment) in moments {
        let time = move |mr: &MergeRequest| moment(mr).and_then(timestamp::parse_iso);
        if let Some(from) = params.time(after) {
            all.push(Box::new(move |mr| time(mr).is_some_and(|time| time >= from)));
        }
        if let Some(until) = params.time(before) {
            all.push(Box::new(move |mr| time(mr).is_some_and(|time| time <= until)));
        }
    }
}

const ORDERS: &[&str] = &[
    "created_at",
    "label_priority",
    "milestone_due",
    "popularity",
    "priority",
    "title",
    "updated_at",
    "merged_at",
];

/// How a list is sorted.
pub(super) struct Order<'a> {
    by: &'a str,
    ascending: bool,
}

impl<'a> Order<'a> {
    pub(super) fn read(params: &mut Params<'a>) -> Self {
        Self {
            by: params.one_of("order_by", ORDERS).unwrap_or("created_at"),
            ascending: params.one_of("sort", &["asc", "desc"]) == Some("asc"),
        }
    }

    /// Sorts; rows without a value come last either way, equal ones by id. Labels here have no
    /// priorities, so ordering by them is ordering by id.
    pub(super) fn sort(&self, rows: &mut [&MergeRequest], milestones: &[Milestone]) {
        let (mut valued, mut rest): (Vec<_>, Vec<_>) = rows
            .iter()
            .map(|mr| (self.key(mr, milestones), mr.id, *mr))
            .partition(|row| row.0.is_some());
        for part in [&mut valued, &mut rest] {
            part.sort_by(|a, b| {
                let ordering = (&a.0, a.1).cmp(&(&b.0, b.1));
                if self.ascending { ordering } else { ordering.reverse() }
            });
        }
        for (slot, (_, _, mr)) in rows.iter_mut().zip(valued.into_iter().chain(rest)) {
            *slot = mr;
        }
    }

    fn key(&self, mr: &MergeRequest, milestones: &[Milestone]) -> Option<String> {
        match self.by {
            "created_at" => Some(mr.created_at.clone()),
            "updated_at" => Some(mr.updated_at.clone()),
            "merged_at" => mr.merged_at.clone(),
            "title" => Some(mr.title.to_lowercase()),
            "popularity" => Some(format!("{:020}", mr.upvotes)),
            "milestone_due" => {
                let is_it = |one: &&Milestone| {
                    Some(&one.title) == mr.milestone.as_ref() && one.project == mr.project
                };
                milestones.iter().find(is_it)?.due_date.clone()
            }
            _ => None,
        }
    }
}
