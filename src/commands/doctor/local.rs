//! What can be looked at on this machine: configuration files, the OAuth set-up, the store.

use std::fmt::Write as _;

use super::bench::Bench;
use super::finding::Finding;
use crate::auth::{self, Application};
use crate::config::{ConfigFile, Instructions, Setting};
use crate::view::doctor::Health;

/// Which files there are, what in them counts for nothing, and what is wrong with them.
#[expect(clippy::unnecessary_wraps, reason = "a check like the others")]
pub(super) fn configuration(bench: &Bench<'_>) -> anyhow::Result<Finding> {
    let read: Vec<String> = bench.survey.files.nearest_first().map(described).collect();
    if let Some(first) = bench.problems.first() {
        let messages: Vec<&str> = bench.problems.iter().map(|it| it.message.as_str()).collect();
        return Ok(Finding {
            health: Health::Fail,
            detail: messages
                .into_iter()
                .map(str::to_owned)
                .chain(read)
                .collect::<Vec<_>>()
                .join("; "),
            hint: first.hint.clone(),
            exit: first.exit,
        });
    }
    let read = if read.is_empty() { "no files".to_owned() } else { read.join("; ") };
    let instructions = bench.settings.map(|settings| &settings.instructions);
    if let Some((kind, place)) = instructions.and_then(Instructions::token) {
        return Ok(Finding::warn(
            format!("the instructions of {place} hold a {kind}, so chat refuses to send them"),
            "take it out, and revoke it",
        ));
    }
    if bench.survey.files.nearest_first().any(|file| !file.ignored.is_empty()) {
        return Ok(Finding::warn(read, "set what is ignored in the user's file: glduo config set"));
    }
    Ok(Finding::ok(read))
}

/// A file, and what in it counts for nothing here.
fn described(file: &ConfigFile) -> String {
    let mut text = format!("{} ({})", file.path.display(), file.level);
    // Writing to a string cannot fail.
    if !file.ignored.is_empty() {
        let _ = write!(text, ", ignored: {}", file.ignored.join(", "));
    }
    if !file.unknown.is_empty() {
        let _ = write!(text, ", unknown keys: {}", file.unknown.join(", "));
    }
    text
}

/// Whether the redirect URI is one that a login can serve, and what it would serve.
pub(super) fn oauth_redirect(bench: &Bench<'_>) -> anyhow::Result<Finding> {
    let Some(settings) = bench.settings else {
        return Ok(Finding::skip("the configuration cannot be used"));
    };
    let Setting { value: url, source } = &settings.oauth.callback_url;
    let place = auth::callback_place(url)?;
    let [first, second] = place.addresses;
    let app_id = settings.oauth.app_id.as_ref();
    let instance = &settings.instance.value;
    let application = if Application::is_known(instance, app_id.map(|id| id.value.as_str())) {
        String::new()
    } else {
        format!("; no OAuth application id is set for {instance}")
    };
    let detail = format!(
        "{url} ({source}): a login serves {} at {first} and {second}{application}",
        place.path
    );
    let hint = match app_id {
        Some(id) => format!(
            "the application of {} must have exactly this redirect URI, to the letter; GitLab's application log tells more",
            id.source
        ),
        None => "for glduo connect --oauth register an application with exactly this redirect URI, and set GITLAB_OAUTH_APP_ID".to_owned(),
    };
    Ok(Finding::ok(detail).hint(hint))
}

/// Whether the callback's port is free on both loopback families.
pub(super) fn oauth_port(bench: &Bench<'_>) -> anyhow::Result<Finding> {
    let Some(settings) = bench.settings else {
        return Ok(Finding::skip("the configuration cannot be used"));
    };
    let url = &settings.oauth.callback_url.value;
    let Ok(place) = auth::callback_place(url) else {
        return Ok(Finding::skip("the redirect URI cannot be used"));
    };
    match auth::check_callback_port(url) {
        // Whoever is connected needs no login now; it may even be one of theirs that listens.
        Err(taken) if bench.facts.token.get().is_some() => {
            let failed = Finding::fail(&taken.into(), bench.diagnose);
            return Ok(Finding { health: Health::Warn, ..failed });
        }
        checked => checked?,
    }
    let [first, second] = place.addresses;
    Ok(Finding::ok(format!(
        "{first} and {second} are free; nothing from outside needs to reach them"
    )))
}

/// Whether the credentials file can be read. Reading it closes it to other users.
pub(super) fn store(bench: &Bench<'_>) -> anyhow::Result<Finding> {
    let store = &bench.store;
    let Some(path) = store.path() else {
        return Ok(Finding::skip("no home directory is known, so nothing can be stored"));
    };
    let shown = path.display();
    let connections = store.connections()?.len();
    if connections == 0 && !path.exists() {
        return Ok(Finding::ok(format!("{shown}: nothing is stored")));
    }
    let what = if connections == 1 { "connection" } else { "connections" };
    Ok(Finding::ok(format!("{shown}: {connections} {what}, open to its owner alone")))
}
