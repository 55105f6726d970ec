//! The HTTP library's client and what it is made of: trust, the way out, limits.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use reqwest::redirect::Policy;
use rustls::ClientConfig;

use super::error::HttpErrorKind;
use super::failure;
use super::options::Options;
use super::proxy::Routes;
use super::runtime::{OutOfTime, Runtime};
use super::tls::Trust;
use crate::model::address::Url;
use crate::system::notes::Notes;

/// The limit for finding out which scheme a server speaks.
const PROBE: Duration = Duration::from_secs(2);

/// Made at the first request; then serves all hosts.
pub(super) struct Connector {
    pub(super) http: reqwest::Client,
    pub(super) runtime: Runtime,
    trust: Arc<Trust>,
    routes: Arc<Routes>,
}

impl Connector {
    pub(super) fn new(options: &Options, notes: &Notes) -> Result<Self, HttpErrorKind> {
        let trust = Trust::new(options);
        let routes = Arc::new(Routes::new(&options.proxies, notes.redactor()));
        let tls = trust.client_config().map_err(|error| unusable(&error))?;
        let http = client(options, tls, &routes).map_err(|error| unusable(&error))?;
        let runtime = Runtime::new(notes.progress()).map_err(|error| unusable(&error))?;
        Ok(Self { http, runtime, trust, routes })
    }

    /// Whether the server of a URL answers to this scheme on the same port. It is tried with a
    /// request that has no credential, path or body.
    pub(super) fn speaks(&self, scheme: &str, url: &Url) -> bool {
        let mut probe = url.clone();
        let port = probe.port_or_known_default();
        probe.set_path("/");
        probe.set_query(None);
        if probe.set_scheme(scheme).is_err() || probe.set_port(port).is_err() {
            return false;
        }
        match self.runtime.wait(Some(PROBE), self.http.head(probe).send()) {
            Ok(Ok(_)) => true,
            Ok(Err(error)) => failure::is_of_tls(&error),
            Err(OutOfTime) => false,
        }
    }

    /// Checks what a connection to this URL needs: readable CA files where there is TLS, a
    /// usable proxy where one is in the way. Gives the proxy.
    pub(super) fn prepare(&self, url: &Url) -> Result<Option<&Url>, HttpErrorKind> {
        let proxy = self.routes.proxy(url).map_err(|variable| HttpErrorKind::Proxy { variable })?;
        if [Some(url), proxy].into_iter().flatten().any(|hop| hop.scheme() == "https") {
            self.trust.named()?;
        }
        Ok(proxy)
    }
}

fn unusable(error: &dyn Display) -> HttpErrorKind {
    HttpErrorKind::Connect { reason: error.to_string() }
}

fn client(
    options: &Options,
    tls: ClientConfig,
    routes: &Arc<Routes>,
) -> Result<reqwest::Client, reqwest::Error> {
    let routes = Arc::clone(routes);
    // `prepare` has reported an unusable proxy before this is asked.
    let proxy = move |url: &Url| routes.proxy(url).ok().flatten().cloned();
    reqwest::Client::builder()
        .user_agent(concat!("glduo/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        .referer(false)
        .no_proxy()
        .proxy(reqwest::Proxy::custom(proxy))
        .connect_timeout(options.connect)
        .tls_backend_preconfigured(tls)
        .build()
}
