//! Which merge requests a list has and in which order.

use super::call::Call;
use super::item_filter::{self as filter, Condition, Conditions, Item, PeopleParameters, Scope};
use super::query::Params;
use super::seed::MergeRequest;

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

/// What a list can be ordered by.
pub(super) const ORDERS: &[&str] = &[
    "created_at",
    "label_priority",
    "milestone_due",
    "popularity",
    "priority",
    "title",
    "updated_at",
    "merged_at",
];

impl Item for MergeRequest {
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
) -> Conditions<'a, MergeRequest> {
    let mut all: Conditions<'a, MergeRequest> = Vec::new();
    if let Some(state) = params.one_of("state", STATES).filter(|state| *state != "all") {
        all.push(Box::new(move |mr| mr.state == state));
    }
    all.extend(filter::scope(params, call, default, SCOPES, |mr: &MergeRequest, me| {
        mr.reviewers.iter().any(|one| one == me)
    }));
    all.extend(draft(params));
    let seed = &call.world.seed;
    filter::people(params, seed, filter::authors_and_assignees(), &mut all);
    filter::people(params, seed, reviewers_and_mergers(), &mut all);
    filter::labels_and_milestone(params, &mut all);
    branches(params, &mut all);
    all.extend(filter::search(params));
    filter::created_and_updated(params, &mut all);
    filter::between(
        params,
        "merged_after",
        "merged_before",
        |mr| mr.merged_at.as_deref(),
        &mut all,
    );
    all
}

fn draft<'a>(params: &mut Params<'a>) -> Option<Condition<'a, MergeRequest>> {
    params.exclusive(&["draft", "wip"]);
    let wip = params.one_of("wip", &["yes", "no"]).map(|word| word == "yes");
    let wanted = params.boolean("draft").or(wip)?;
    Some(Box::new(move |mr| mr.is_draft() == wanted))
}

fn reviewers_and_mergers() -> [PeopleParameters<MergeRequest>; 2] {
    [
        PeopleParameters {
            id: "reviewer_id",
            name: "reviewer_username",
            not: Some(("not[reviewer_id]", "not[reviewer_username]")),
            part: |mr| mr.reviewers.iter().map(String::as_str).collect(),
        },
        PeopleParameters {
            id: "merge_user_id",
            name: "merge_user_username",
            not: None,
            part: |mr| mr.merge_user.as_deref().into_iter().collect(),
        },
    ]
}

fn branches<'a>(params: &mut Params<'a>, all: &mut Conditions<'a, MergeRequest>) {
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

/// What a merge request is ordered by, for the fields that only it has.
pub(super) fn key(mr: &MergeRequest, field: &str) -> Option<String> {
    match field {
        "merged_at" => mr.merged_at.clone(),
        "popularity" => Some(format!("{:020}", mr.upvotes)),
        _ => None,
    }
}
