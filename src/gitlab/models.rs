//! Which models an instance offers a group's agent (GitLab GraphQL API,
//! `aiChatAvailableModels`, 18.4, experimental).

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Gitlab, GitlabError};

const WHAT: &str = "the list of Duo models";

/// A model as GitLab names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferedModel {
    /// The name for people.
    pub name: String,
    /// What a workflow is started with.
    #[serde(rename = "ref")]
    pub reference: String,
}

/// What a root group offers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferedModels {
    /// The administrator's choice, which leaves no other.
    pub pinned: Option<OfferedModel>,
    /// Used where nobody chose.
    pub default: Option<OfferedModel>,
    /// What may be chosen from.
    pub selectable: Vec<OfferedModel>,
    /// Whether a user may choose.
    pub may_choose: bool,
}

impl OfferedModels {
    /// The model that a workflow gets: pinned, else chosen, else the default.
    pub fn effective(&self, chosen: Option<&str>) -> Option<&OfferedModel> {
        let chosen = chosen.filter(|_| self.may_choose).and_then(|reference| {
            self.selectable.iter().find(|model| model.reference == reference)
        });
        self.pinned.as_ref().or(chosen).or(self.default.as_ref())
    }

    /// Each of them once.
    pub fn all(&self) -> Vec<&OfferedModel> {
        let mut all: Vec<&OfferedModel> = Vec::new();
        for model in self.pinned.iter().chain(&self.default).chain(&self.selectable) {
            if !all.iter().any(|other| other.reference == model.reference) {
                all.push(model);
            }
        }
        all
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    #[serde(default)]
    metadata: Option<Metadata>,
    #[serde(default)]
    ai_chat_available_models: Option<Available>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    #[serde(default)]
    feature_flags: Option<Vec<Flag>>,
}

#[derive(Deserialize)]
struct Flag {
    name: String,
    enabled: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Available {
    #[serde(default)]
    pinned_model: Option<OfferedModel>,
    #[serde(default)]
    default_model: Option<OfferedModel>,
    #[serde(default)]
    selectable_models: Option<Vec<OfferedModel>>,
}

impl Gitlab<'_> {
    /// What the root group of that number offers; `None` where the instance does not know the
    /// question (before 18.4) or has no answer. Before 18.5 nothing can be pinned.
    pub fn offered_models(&self, root_group: u64) -> Result<Option<OfferedModels>, GitlabError> {
        let variables = json!({ "root": format!("gid://gitlab/Group/{root_group}") });
        let mut pinned = "pinnedModel { ref name }";
        loop {
            let answer = self.graphql::<Data>(WHAT, &query(pinned), &variables)?;
            let unknown: Vec<&str> =
                answer.errors.iter().filter_map(super::graphql::Problem::unknown_field).collect();
            if !pinned.is_empty() && unknown == ["pinnedModel"] {
                pinned = "";
                continue;
            }
            if unknown.contains(&"aiChatAvailableModels") {
                return Ok(None);
            }
            let data = answer.data.filter(|data| {
                // Both can come together: what is there is used.
                answer.errors.is_empty() || data.ai_chat_available_models.is_some()
            });
            return match (data, answer.errors.into_iter().next()) {
                (Some(data), _) => Ok(data.into_offer()),
                (None, Some(problem)) => {
                    Err(GitlabError::Graphql { what: WHAT, words: problem.message })
                }
                (None, None) => Ok(None),
            };
        }
    }
}

fn query(pinned: &str) -> String {
    format!(
        "query DuoModels($root: GroupID!) {{ metadata {{ version featureFlags(names: [\"ai_user_model_switching\"]) {{ name enabled }} }} aiChatAvailableModels(rootNamespaceId: $root) {{ {pinned} defaultModel {{ ref name }} selectableModels {{ ref name }} }} }}"
    )
}

impl Data {
    fn into_offer(self) -> Option<OfferedModels> {
        let flags = self.metadata.and_then(|metadata| metadata.feature_flags).unwrap_or_default();
        let is_on =
            |flag: &Flag| flag.name == "ai_user_model_switching" && flag.enabled == Some(true);
        let available = self.ai_chat_available_models?;
        Some(OfferedModels {
            pinned: available.pinned_model,
            default: available.default_model,
            selectable: available.selectable_models.unwrap_or_default(),
            may_choose: flags.iter().any(is_on),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(reference: &str) -> OfferedModel {
        OfferedModel { name: reference.to_uppercase(), reference: reference.into() }
    }

    #[test]
    fn pinned_goes_before_chosen_and_chosen_before_default() {
        let offer = OfferedModels {
            pinned: None,
            default: Some(model("d")),
            selectable: vec![model("d"), model("c")],
            may_choose: true,
        };
        let effective = |offer: &OfferedModels, chosen| {
            offer.effective(chosen).map(|model| model.reference.clone())
        };
        assert_eq!(effective(&offer, Some("c")).as_deref(), Some("c"));
        assert_eq!(effective(&offer, Some("x")).as_deref(), Some("d"), "not selectable");
        assert_eq!(effective(&offer, None).as_deref(), Some("d"));
        let fixed = OfferedModels { may_choose: false, ..offer.clone() };
        assert_eq!(effective(&fixed, Some("c")).as_deref(), Some("d"));
        let pinned = OfferedModels { pinned: Some(model("p")), ..offer };
        assert_eq!(effective(&pinned, Some("c")).as_deref(), Some("p"));
        assert_eq!(pinned.all().len(), 3);
    }
}
