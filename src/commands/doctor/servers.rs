//! Who answers at the two addresses: the instance's and the gateway's.

use std::fmt::Write as _;
use std::time::Duration;

use super::bench::Bench;
use super::finding::Finding;
use super::trouble::Trouble;
use crate::config::{Settings, Source};
use crate::duo::{self, DuoError, GatewayFace};
use crate::gitlab;
use crate::http::{HttpError, HttpErrorKind};
use crate::model::address::{BaseUrl, Origin, Url, presentable};

/// How far two clocks may be apart before times are compared wrongly.
const SKEW: Duration = Duration::from_mins(2);

/// Whether GitLab answers at the instance's address, and by which way.
pub(super) fn instance(bench: &Bench<'_>) -> anyhow::Result<Finding> {
    let settings = match bench.settings() {
        Ok(settings) => settings,
        Err(skipped) => return Ok(skipped),
    };
    let client = match bench.client() {
        Ok(client) => client,
        Err(skipped) => return Ok(skipped),
    };
    let address = &settings.instance.value;
    let face = gitlab::look(&client, address, bench.clock.now())
        .map_err(|error| instance_error(address, error))?;
    if face.status >= 500 {
        return Err(Trouble::Down { url: face.url, status: face.status }.into());
    }
    if face.status == 429 {
        let _ = bench.facts.is_there.set(());
        let detail = format!("{address} answers, and takes no more requests for now");
        return Ok(Finding::warn(detail, "wait, then try again"));
    }
    if !face.is_gitlab {
        let (url, status, is_page) = (face.url, face.status, face.is_html);
        return Err(Trouble::NotGitlab { url, status, is_page }.into());
    }
    // Nobody else sets it.
    let _ = bench.facts.is_there.set(());
    let detail = format!(
        "{address} ({}) answers as GitLab{}",
        settings.instance.source,
        way(settings, address)
    );
    if let Some(skew) = face.clock_skew.filter(|skew| *skew > SKEW) {
        let detail = format!("{detail}; its clock and ours are {} s apart", skew.as_secs());
        return Ok(Finding::warn(detail, "set this machine's clock: times are compared with it"));
    }
    if !is_below(&face.url, address) {
        let detail = format!("{detail}, but at {}", face.url);
        return Ok(Finding::warn(detail, "name that address: GITLAB_INSTANCE_URL"));
    }
    Ok(Finding::ok(detail))
}

/// Whether a gateway answers at its address.
pub(super) fn gateway(bench: &Bench<'_>) -> anyhow::Result<Finding> {
    let Some(settings) = bench.settings.filter(|_| bench.survey.is_gateway_known) else {
        return Ok(Finding::skip("the configuration leaves open which gateway is meant"));
    };
    let client = match bench.client() {
        Ok(client) => client,
        Err(skipped) => return Ok(skipped),
    };
    let address = &settings.gateway.value;
    let face = duo::look(&client, address).map_err(gateway_error)?;
    if face.status >= 500 {
        return Err(Trouble::Down { url: face.url, status: face.status }.into());
    }
    if !face.is_gateway {
        return Err(not_gateway(face));
    }
    let _ = bench.facts.is_gateway_there.set(());
    Ok(Finding::ok(format!(
        "{address} ({}) answers as an AI gateway{}",
        settings.gateway.source,
        way(settings, address)
    )))
}

fn instance_error(address: &BaseUrl, error: HttpError) -> anyhow::Error {
    if is_below(&error.url, address) {
        return error.into();
    }
    Trouble::SentAway { address: address.clone(), location: error.url }.into()
}

fn gateway_error(error: HttpError) -> anyhow::Error {
    match &error.kind {
        HttpErrorKind::Redirect { location, .. } => {
            let url = location.clone();
            not_gateway(GatewayFace { url, status: 302, is_html: true, is_gateway: false })
        }
        _ => DuoError::Gateway(error).into(),
    }
}

fn not_gateway(face: GatewayFace) -> anyhow::Error {
    Trouble::NotGateway { url: face.url, status: face.status, is_page: face.is_html }.into()
}

/// By which proxy, and with whose certificates.
fn way(settings: &Settings, address: &BaseUrl) -> String {
    let mut way = String::new();
    let is_https = address.to_string().starts_with("https:");
    let proxies = &settings.proxies;
    let proxy = if is_https { &proxies.https } else { &proxies.http };
    if let Some((name, value)) = proxy.as_ref().filter(|_| !address.origin().is_loopback()) {
        let proxy = presentable(value);
        // Writing to a string cannot fail.
        let _ = write!(way, "; proxy {proxy} ({name}), unless NO_PROXY names it");
    }
    if is_https {
        let only = settings.trust.only_roots.as_ref().map(|it| (it, "only "));
        let extra = settings.trust.extra_roots.iter().map(|it| (it, "also "));
        for (roots, what) in only.into_iter().chain(extra) {
            let (path, source) = (roots.value.display(), &roots.source);
            let source = if matches!(source, Source::File(..)) {
                "gitlab.caFile".to_owned()
            } else {
                source.to_string()
            };
            let _ = write!(way, "; certificates {what}of {path} ({source})");
        }
    }
    way
}

fn is_below(url: &str, address: &BaseUrl) -> bool {
    Url::parse(url).is_ok_and(|url| Origin::of(&url) == Some(address.origin()))
}
