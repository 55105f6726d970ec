//! What the checks work with, and what the earlier of them found out for the later ones. All of
//! it may be used from several threads.

use std::sync::{Arc, OnceLock};

use super::finding::Finding;
use crate::auth::{SentRefreshes, Store, TokenFacts};
use crate::commands::credential::Found;
use crate::commands::diagnosis::{Diagnose, Diagnosis};
use crate::config::{Settings, Survey};
use crate::duo::{Duo, Pass, TokenCache};
use crate::gitlab::Gitlab;
use crate::http::Client;
use crate::model::project::ProjectRef;
use crate::model::redact::Redactor;
use crate::system::clock::{Clock, Deadline};
use crate::system::environment::Environment;

/// What the checks work with.
pub(super) struct Bench<'a> {
    pub(super) survey: &'a Survey,
    /// What is wrong with the configuration, in words.
    pub(super) problems: Vec<Diagnosis>,
    /// None where not even the instance can be told.
    pub(super) settings: Option<&'a Settings>,
    pub(super) client: Option<&'a Client>,
    pub(super) env: &'a Environment,
    pub(super) store: Store,
    pub(super) clock: &'a Arc<dyn Clock>,
    pub(super) redactor: &'a Redactor,
    pub(super) sent: SentRefreshes,
    pub(super) diagnose: Diagnose,
    pub(super) limit: std::time::Duration,
    pub(super) facts: Facts,
}

/// What checks found out. What is not there could not be had, and what needs it is skipped.
#[derive(Default)]
pub(super) struct Facts {
    /// GitLab answers at the instance's address.
    pub(super) is_there: OnceLock<()>,
    /// The gateway answers at its address.
    pub(super) is_gateway_there: OnceLock<()>,
    /// The credential, or why there is none.
    pub(super) credential: OnceLock<Result<Found, Finding>>,
    /// What GitLab tells of the credential: it is good.
    pub(super) token: OnceLock<TokenFacts>,
    /// Whether the release is the Enterprise Edition.
    pub(super) is_enterprise: OnceLock<bool>,
    /// The gateway's token.
    pub(super) pass: OnceLock<Pass>,
    /// What is wrong with the account, as GitLab told when it was asked for that token.
    pub(super) account_trouble: OnceLock<Finding>,
    /// The project, which is there.
    pub(super) project: OnceLock<ProjectRef>,
}

/// What a check needs and does not have: the finding that says so.
pub(super) type Needed<T> = Result<T, Finding>;

impl<'a> Bench<'a> {
    /// The settings, if they name the instance that is meant.
    pub(super) fn settings(&self) -> Needed<&'a Settings> {
        let settings = self.settings.filter(|it| self.survey.is_certain(&it.instance.source));
        settings
            .ok_or_else(|| Finding::skip("the configuration leaves open which instance is meant"))
    }

    /// A client for one check, however many requests that takes.
    pub(super) fn client(&self) -> Needed<Client> {
        let client =
            self.client.ok_or_else(|| Finding::skip("the configuration cannot be used"))?;
        Ok(client.until(Deadline::after(self.limit)))
    }

    /// The credential as it was found.
    pub(super) fn found(&self) -> Needed<&Found> {
        match self.facts.credential.get() {
            Some(Ok(found)) => Ok(found),
            _ => Err(Finding::skip("there is no credential")),
        }
    }

    /// GitLab for one check, once the credential is known to be good.
    pub(super) fn gitlab<'c>(&'c self, client: &'c Client) -> Needed<Gitlab<'c>> {
        let settings = self.settings()?;
        if self.facts.is_there.get().is_none() {
            return Err(Finding::skip("the instance does not answer"));
        }
        let found = self.found()?;
        if self.facts.token.get().is_none() {
            return Err(Finding::skip("the credential is not known to be good"));
        }
        Ok(Gitlab::new(client, &settings.instance.value, found.identity.clone()))
    }

    /// The models behind the gateway.
    pub(super) fn duo<'c>(&'c self, client: &'c Client, gitlab: &'c Gitlab<'c>) -> Needed<Duo<'c>> {
        let gateway = &self.settings()?.gateway.value;
        let tokens = TokenCache::new(None, Arc::clone(self.clock));
        Ok(Duo { client, gitlab, gateway, tokens })
    }
}
