//! Which issues a list has and in which order.

use std::time::{Duration, SystemTime};

use super::call::Call;
use super::item_filter::{self as filter, Condition, Conditions, Item, PeopleParameters, Scope};
use super::query::Params;
use super::seed::{Issue, Milestone};
use crate::model::timestamp;

const STATES: &[&str] = &["opened", "closed", "all"];
const SCOPES: &[&str] =
    &["created_by_me", "assigned_to_me", "all", "created-by-me", "assigned-to-me"];
const KINDS: &[&str] = &["issue", "incident", "test_case", "requirement", "task", "ticket"];
const DUE_DATES: &[&str] = &[
    "0",
    "any",
    "today",
    "tomorrow",
    "overdue",
    "week",
    "month",
    "next_month_and_previous_two_weeks",
];
const DAY: Duration = Duration::from_hours(24);

/// What a list can be ordered by.
pub(super) const ORDERS: &[&str] = &[
    "created_at",
    "due_date",
    "label_priority",
    "milestone_due",
    "popularity",
    "priority",
    "relative_position",
    "title",
    "updated_at",
    "weight",
];

/// What a list of a project can be ordered by in keyset pages (GitLab 18.3).
pub(super) const KEYSET_ORDERS: &[&str] =
    &["created_at", "updated_at", "title", "weight", "due_date", "relative_position"];

impl Item for Issue {
    fn id(&self) -> u64 {
        self.id
    }

    fn project(&self) -> u64 {
        self.project
    }

    fn author(&self) -> Option<&str> {
        self.author.as_deref()
    }

    fn assignees(&self) -> &[String] {
        &self.assignees
    }

    fn labels(&self) -> &[String] {
        &self.labels
    }

    fn milestone(&self) -> Option<&str> {
        self.milestone.as_deref()
    }

    fn title(&self) -> &str {
        &self.title
    }

    fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    fn created_at(&self) -> &str {
        &self.created_at
    }

    fn updated_at(&self) -> &str {
        &self.updated_at
    }
}

/// Reads every filter.
pub(super) fn conditions<'a>(
    params: &mut Params<'a>,
    call: &'a Call<'_>,
    default: Scope,
) -> Conditions<'a, Issue> {
    let mut all: Conditions<'a, Issue> = Vec::new();
    if let Some(state) = params.one_of("state", STATES).filter(|state| *state != "all") {
        all.push(Box::new(move |issue| issue.state == state));
    }
    all.extend(filter::scope(params, call, default, SCOPES, |_: &Issue, _| false));
    let seed = &call.world.seed;
    let closed_by = PeopleParameters {
        id: "closed_by_id",
        name: "closed_by_username",
        not: None,
        part: |issue: &Issue| issue.closed_by.as_deref().into_iter().collect(),
    };
    filter::people(params, seed, filter::authors_and_assignees(), &mut all);
    filter::people(params, seed, [closed_by], &mut all);
    params.exclusive(&["milestone", "milestone_id"]);
    all.extend(milestone_id(params, call));
    filter::labels_and_milestone(params, &mut all);
    all.extend(filter::search(params));
    filter::created_and_updated(params, &mut all);
    if let Some(kind) = params.one_of("issue_type", KINDS) {
        all.push(Box::new(move |issue| issue.kind() == kind));
    }
    if let Some(wanted) = params.boolean("confidential") {
        all.push(Box::new(move |issue| issue.confidential == wanted));
    }
    all.extend(due_date(params, call.world.clock.now()));
    all
}

/// Words about the milestone's days; a milestone of a project has begun on its first day.
fn milestone_id<'a>(params: &mut Params<'a>, call: &'a Call<'_>) -> Option<Condition<'a, Issue>> {
    let word = params.one_of("milestone_id", &["None", "Any", "Upcoming", "Started"])?;
    let today = day(call.world.clock.now());
    let of = |issue: &Issue| -> Option<&'a Milestone> {
        let title = issue.milestone.as_ref()?;
        let mut all = call.world.seed.milestones.iter();
        all.find(|one| one.project == issue.project && one.title == *title)
    };
    Some(match word {
        "None" => Box::new(|issue| issue.milestone.is_none()),
        "Any" => Box::new(|issue| issue.milestone.is_some()),
        "Upcoming" => Box::new(move |issue| {
            of(issue).is_some_and(|one| one.start_date.as_ref().is_some_and(|day| *day > today))
        }),
        _ => Box::new(move |issue| {
            of(issue).is_some_and(|one| {
                one.state == "active" && one.start_date.as_ref().is_some_and(|day| *day <= today)
            })
        }),
    })
}

/// Days are compared as they are written. Weeks and months are the days from now on.
fn due_date<'a>(params: &mut Params<'a>, now: SystemTime) -> Option<Condition<'a, Issue>> {
    let word = params.one_of("due_date", DUE_DATES)?;
    let days = move |count: u32| day(now + DAY * count);
    let (today, tomorrow) = (days(0), days(1));
    let within = |from: String, until: String| -> Condition<'a, Issue> {
        Box::new(move |issue| {
            issue.due_date.as_ref().is_some_and(|day| *day >= from && *day <= until)
        })
    };
    Some(match word {
        "0" => Box::new(|issue| issue.due_date.is_none()),
        "any" => Box::new(|issue| issue.due_date.is_some()),
        "today" => within(today.clone(), today),
        "tomorrow" => within(tomorrow.clone(), tomorrow),
        "overdue" => Box::new(move |issue| issue.due_date.as_ref().is_some_and(|day| *day < today)),
        "week" => within(today, days(7)),
        "month" => within(today, days(31)),
        _ => within(day(now.checked_sub(DAY * 14).unwrap_or(now)), days(62)),
    })
}

/// `YYYY-MM-DD` in UTC.
fn day(time: SystemTime) -> String {
    timestamp::to_iso_utc(time).unwrap_or_default().chars().take(10).collect()
}

/// What an issue is ordered by, for the fields that only it has. Nobody has moved one by hand,
/// so the relative position is the age.
pub(super) fn key(issue: &Issue, field: &str) -> Option<String> {
    match field {
        "due_date" => issue.due_date.clone(),
        "popularity" => Some(format!("{:020}", issue.upvotes)),
        "relative_position" => Some(format!("{:020}", issue.id)),
        "weight" => issue.weight.map(|weight| format!("{weight:020}")),
        _ => None,
    }
}
