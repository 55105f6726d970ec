//! What the instance tells of itself and of the account: release, token, Duo, project.

use super::Trouble;
use super::bench::Bench;
use super::finding::Finding;
use crate::auth::{AuthError, AuthorizationServer, TokenFacts, TokenKind, inspect};
use crate::commands::credential::Found;
use crate::config::{ConfigError, Setting};
use crate::duo::{Cause, DuoError};
use crate::gitlab::{GitlabError, Release};
use crate::http::{HttpError, HttpErrorKind};
use crate::model::credential::Scheme;
use crate::model::scopes::{Abilities, Need};
use crate::model::timestamp;

/// What needs which release (GitLab documentation; the experimental interfaces as published
/// clients use them).
const FEATURES: [((u32, u32), &str); 6] = [
    ((15, 5), "the facts of a token"),
    ((17, 2), "the login by device code"),
    ((18, 2), "workflow models"),
    ((18, 3), "chat"),
    ((18, 4), "the list of models"),
    ((18, 5), "pinned models"),
];
/// The first with gateway tokens.
const CHAT: (u32, u32) = (18, 3);

macro_rules! needed {
    ($it:expr) => {
        match $it {
            Ok(it) => it,
            Err(skipped) => return Ok(skipped),
        }
    };
}
pub(super) use needed;

/// Whether the release has what each feature needs.
pub(super) fn version(bench: &Bench<'_>) -> anyhow::Result<Finding> {
    let client = needed!(bench.client());
    let gitlab = needed!(bench.gitlab(&client));
    let release = match gitlab.release() {
        Ok(release) => release,
        Err(error) if error.is_about_scope() => {
            let skipped = Finding::skip("the token's scopes do not let the version be known");
            return Ok(skipped.hint("a token with read_api or read_user shows it"));
        }
        Err(error) => return Err(error.into()),
    };
    if let Some(is_enterprise) = release.enterprise {
        let _ = bench.facts.is_enterprise.set(is_enterprise);
    }
    judged(&release)
}

fn judged(release: &Release) -> anyhow::Result<Finding> {
    let version = release.version.clone();
    let Some(number) = release.number() else {
        let detail = format!("GitLab calls itself {version:?}, which is no version known here");
        return Ok(Finding::warn(detail, "chat needs GitLab 18.3 or later"));
    };
    if number < CHAT {
        return Err(Trouble::TooOld { version }.into());
    }
    let missing: Vec<String> = FEATURES
        .iter()
        .filter(|(since, _)| number < *since)
        .map(|((major, minor), what)| format!("{what} ({major}.{minor})"))
        .collect();
    if missing.is_empty() {
        return Ok(Finding::ok(format!("GitLab {version} has all that glduo uses")));
    }
    let detail = format!("GitLab {version} is too old for {}", missing.join(", "));
    Ok(Finding::warn(detail, "upgrade GitLab to use it"))
}

/// Whether there is a credential, whether GitLab takes it, what it may and when it ends.
pub(super) fn credential(bench: &Bench<'_>) -> anyhow::Result<Finding> {
    let settings = needed!(bench.settings());
    let Some(Ok(found)) = bench.facts.credential.get() else {
        let failed = bench.facts.credential.get().and_then(|found| found.as_ref().err()).cloned();
        return Ok(failed.unwrap_or_else(|| Finding::skip("it was not looked for")));
    };
    let source = &found.credential().source;
    if bench.facts.is_there.get().is_none() {
        return Ok(Finding::skip(format!(
            "{} from {source}, not tried: the instance does not answer",
            found.auth()
        )));
    }
    if found.credential().scheme == Scheme::JobToken {
        let _ = bench.facts.token.set(TokenFacts::default());
        let detail = format!(
            "job_token from {source}: for merge requests and their notes in the job's own project"
        );
        let hint = "for diffs, pipelines, issues, notes and chat set GITLAB_TOKEN as a masked CI/CD variable";
        return Ok(Finding::warn(detail, hint));
    }
    let client = needed!(bench.client());
    let server = AuthorizationServer {
        instance: &settings.instance.value,
        http: &client,
        clock: &**bench.clock,
        redactor: bench.redactor,
        sent: &bench.sent,
    };
    let facts = inspect(&server, &found.identity, found.known_kind()).map_err(as_everywhere)?;
    let finding = described(bench, found, &facts);
    let _ = bench.facts.token.set(facts);
    Ok(finding)
}

/// A token that GitLab does not take is told as by every other command.
fn as_everywhere(error: AuthError) -> anyhow::Error {
    match error {
        AuthError::Http(error @ HttpError { kind: HttpErrorKind::Status { .. }, .. }) => {
            GitlabError::from(error).into()
        }
        other => other.into(),
    }
}

fn described(bench: &Bench<'_>, found: &Found, facts: &TokenFacts) -> Finding {
    let is_renewed = found.connection.as_ref().is_some_and(|it| it.renewal.is_some());
    let kind = facts.kind.map_or(found.auth(), TokenKind::as_str);
    let whose = facts.username.as_ref().map_or(String::new(), |name| format!(" of {name}"));
    let scopes = match &facts.scopes {
        Some(scopes) => format!("scopes {}", scopes.join(" ")),
        None => "scopes not known".to_owned(),
    };
    let end = facts.expires_at.filter(|_| !is_renewed);
    let until = match end.and_then(timestamp::to_iso_utc) {
        Some(end) => format!(", until {end}"),
        None if is_renewed => ", renewed by itself".to_owned(),
        None => String::new(),
    };
    let detail = format!("{kind}{whose} from {}, {scopes}{until}", found.credential().source);
    let week = std::time::Duration::from_hours(7 * 24);
    if end.is_some_and(|end| end <= bench.clock.now() + week) {
        let detail = format!("{detail}: it ends within seven days");
        return Finding::warn(detail, "glduo connect --token takes a new one");
    }
    Finding::ok(detail)
}

/// The plan, which only an administrator sees.
pub(super) fn subscription(bench: &Bench<'_>) -> anyhow::Result<Finding> {
    let client = needed!(bench.client());
    let gitlab = needed!(bench.gitlab(&client));
    if bench.facts.is_enterprise.get() == Some(&false) {
        return Err(Trouble::CommunityEdition.into());
    }
    let hidden = || {
        let skipped = Finding::skip("only an administrator sees the subscription tier");
        skipped.hint(
            "GitLab Duo needs Premium or Ultimate: ask an owner of the group or an administrator",
        )
    };
    match gitlab.licensed_plan() {
        Ok(Some(plan)) if ["premium", "ultimate"].contains(&plan.to_ascii_lowercase().as_str()) => {
            Ok(Finding::ok(format!("the instance is licensed for {plan}")))
        }
        Ok(Some(plan)) => Err(Trouble::Plan { plan }.into()),
        Ok(None) => Ok(hidden()),
        Err(error) if error.is_about_scope() => Ok(hidden()),
        Err(error) => Err(error.into()),
    }
}

/// Whether Duo is on for the account, and has the namespace that it is billed to.
pub(super) fn duo(bench: &Bench<'_>) -> anyhow::Result<Finding> {
    let client = needed!(bench.client());
    let gitlab = needed!(bench.gitlab(&client));
    if let Some(trouble) = bench.facts.account_trouble.get() {
        return Ok(trouble.clone());
    }
    let account = match gitlab.duo_account() {
        Ok(account) => account,
        Err(error) if error.is_about_scope() => {
            let skipped = Finding::skip("the token's scopes do not let this be asked");
            return Ok(skipped.hint("direct_access tells whether the account may use Duo"));
        }
        Err(error) => return Err(error.into()),
    };
    let Some((username, available)) =
        account.and_then(|account| Some((account.username, account.chat_available?)))
    else {
        return Ok(Finding::skip("GitLab does not tell whether Duo Chat is on for the account"));
    };
    if !available {
        return Err(Trouble::DuoOff { username }.into());
    }
    let namespace = match bench.facts.pass.get() {
        Some(_) => ", and no default namespace is missing",
        None => "",
    };
    Ok(Finding::ok(format!("GitLab Duo Chat is on for {username}{namespace}")))
}

/// Whether GitLab gives out a token for its gateway.
pub(super) fn direct_access(bench: &Bench<'_>) -> anyhow::Result<Finding> {
    let client = needed!(bench.client());
    let gitlab = needed!(bench.gitlab(&client));
    let duo = needed!(bench.duo(&client, &gitlab));
    let scopes = bench.facts.token.get().and_then(|token| token.scopes.as_deref());
    if Abilities::from_scopes(scopes).chat == Some(false) {
        return Err(Trouble::Scope { what: "chat", wanted: "ai_features or api" }.into());
    }
    let error = match duo.pass() {
        Ok(pass) => {
            let _ = bench.facts.pass.set(pass);
            return Ok(Finding::ok("GitLab gives out tokens for its AI gateway"));
        }
        Err(error) => error,
    };
    let is_account = matches!(
        &error,
        DuoError::Refused { cause: Cause::Credits | Cause::DefaultNamespace | Cause::Seat, .. }
    );
    let error = anyhow::Error::from(error).context(Need::Chat);
    let finding = Finding::fail(&error, bench.diagnose);
    if is_account {
        let _ = bench.facts.account_trouble.set(finding.clone());
    }
    Ok(finding)
}

/// Which project commands are about, who says so, and whether it is there.
pub(super) fn project(bench: &Bench<'_>) -> anyhow::Result<Finding> {
    let settings = needed!(bench.settings());
    let Setting { value: project, source } = match settings.project(bench.env, None) {
        Ok(project) => project,
        Err(ConfigError::NoProject { .. }) => {
            let skipped = Finding::skip("none is named here; mr, issue and pipeline need one");
            return Ok(skipped.hint(
                "-R GROUP/PROJECT, GITLAB_REPO, projectId in .glduo.json, or a clone of it",
            ));
        }
        Err(error) => return Err(error.into()),
    };
    let named = format!("{project} ({source})");
    let is_job = bench.found().is_ok_and(|found| found.credential().scheme == Scheme::JobToken);
    if is_job {
        // The job's own project, as nothing else can be accessed.
        let _ = bench.facts.project.set(project);
        return Ok(Finding::skip(format!("{named}: a job token cannot look it up")));
    }
    let client = needed!(bench.client());
    let gitlab = match bench.gitlab(&client) {
        Ok(gitlab) => gitlab,
        Err(skipped) => return Ok(Finding::skip(format!("{named}: {}", skipped.detail))),
    };
    match gitlab.project_path(&project) {
        Ok(path) => {
            let _ = bench.facts.project.set(project);
            Ok(Finding::ok(format!("{path} ({source})")))
        }
        Err(error) if error.is_about_scope() => {
            Ok(Finding::skip(format!("{named}: the token does not let it be looked up")))
        }
        Err(error) => Err(anyhow::Error::from(error).context(named)),
    }
}

/// Whether merge requests, issues and pipelines may be read.
pub(super) fn read_access(bench: &Bench<'_>) -> anyhow::Result<Finding> {
    let client = needed!(bench.client());
    let gitlab = needed!(bench.gitlab(&client));
    let scopes = bench.facts.token.get().and_then(|token| token.scopes.as_deref());
    if Abilities::from_scopes(scopes).read == Some(false) {
        let what = "mr, issue and pipeline";
        return Err(Trouble::Scope { what, wanted: "read_api or api" }.into());
    }
    let project = bench.facts.project.get();
    gitlab.try_reading(project)?;
    let whose = project.map_or("the account".to_owned(), |project| format!("{project}"));
    let write = match Abilities::from_scopes(scopes).write {
        Some(true) => "; the scopes allow notes and workflow models, too",
        Some(false) => "; notes, reviews and workflow models need a token with scope api",
        None => "",
    };
    Ok(Finding::ok(format!("merge requests of {whose} can be read{write}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::doctor::Health;

    fn of(version: &str) -> Result<(Health, String), String> {
        let release = Release { version: version.to_owned(), enterprise: None };
        let found = judged(&release).map_err(|error| error.to_string())?;
        Ok((found.health, found.detail))
    }

    #[test]
    fn each_feature_has_its_release() {
        assert_eq!(of("18.5.0-ee").expect("good enough").0, Health::Ok);
        let (health, detail) = of("18.3.2-ee").expect("it can chat");
        assert_eq!(health, Health::Warn);
        assert_eq!(
            detail,
            "GitLab 18.3.2-ee is too old for the list of models (18.4), pinned models (18.5)"
        );
        assert_eq!(of("18.2.9"), Err("GitLab 18.2.9 is too old".to_owned()));
        assert_eq!(of("main").expect("not known").0, Health::Warn);
    }
}
