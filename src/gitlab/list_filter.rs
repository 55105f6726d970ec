//! What lists of merge requests and of issues are narrowed to alike.

use super::{Order, Paging};
use crate::model::address::Url;

/// The part of a filter that both kinds of lists have. Times are ISO 8601 in UTC; names of
/// people are usernames, `None` or `Any`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListFilter {
    /// Who wrote it.
    pub author: Option<String>,
    /// Who works on it.
    pub assignee: Option<String>,
    /// Labels it must all have.
    pub labels: Vec<String>,
    /// Labels of which it must have none.
    pub not_labels: Vec<String>,
    /// The milestone's title.
    pub milestone: Option<String>,
    /// Text in title or description.
    pub search: Option<String>,
    /// Created after and before.
    pub created: (Option<String>, Option<String>),
    /// Updated after and before.
    pub updated: (Option<String>, Option<String>),
    /// The order.
    pub order: Order,
}

impl ListFilter {
    /// The query, with `own` parameters of one kind of list. State and scope are always sent:
    /// GitLab's defaults are all states, and on the instance-wide list only one's own.
    pub(super) fn write(
        &self,
        url: &mut Url,
        state: &str,
        own: &[(&str, Option<&str>)],
        paging: Paging,
    ) {
        let list = |labels: &[String]| (!labels.is_empty()).then(|| labels.join(","));
        let (labels, not_labels) = (list(&self.labels), list(&self.not_labels));
        let page = paging.page.map(|page| page.to_string());
        let shared = [
            ("author_username", self.author.as_deref()),
            ("labels", labels.as_deref()),
            ("not[labels]", not_labels.as_deref()),
            ("milestone", self.milestone.as_deref()),
            ("search", self.search.as_deref()),
            ("created_after", self.created.0.as_deref()),
            ("created_before", self.created.1.as_deref()),
            ("updated_after", self.updated.0.as_deref()),
            ("updated_before", self.updated.1.as_deref()),
            ("order_by", self.order.by),
            ("sort", self.order.sort),
            ("page", page.as_deref()),
        ];
        let mut query = url.query_pairs_mut();
        query.append_pair("state", state).append_pair("scope", "all");
        for (name, value) in shared.iter().chain(own) {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        }
        match self.assignee.as_deref() {
            // Only the id parameter takes the two words.
            Some(word @ ("None" | "Any")) => query.append_pair("assignee_id", word),
            Some(name) => query.append_pair("assignee_username[]", name),
            None => &mut query,
        };
        query.append_pair("per_page", &paging.per_page.to_string());
    }
}
