//! The HTTP library's client and what it is made of: trust, the way out, limits.

use std::sync::Arc;

use reqwest::blocking;
use reqwest::redirect::Policy;
use rustls::ClientConfig;

use super::error::HttpErrorKind;
use super::options::Options;
use super::proxy::Routes;
use super::tls::Trust;
use crate::model::address::Url;
use crate::system::notes::Notes;

/// Made at the first request, since it costs a thread; then serves all hosts.
pub(super) struct Connector {
    pub(super) http: blocking::Client,
    trust: Arc<Trust>,
    routes: Arc<Routes>,
}

impl Connector {
    pub(super) fn new(options: &Options, notes: &Notes) -> Result<Self, HttpErrorKind> {
        let trust = Trust::new(options);
        let routes = Arc::new(Routes::new(&options.proxies, notes.redactor()));
        let tls = trust.client_config().map_err(|error| error.to_string());
        let http = tls
            .and_then(|tls| client(options, tls, &routes).map_err(|error| error.to_string()))
            .map_err(|reason| HttpErrorKind::Connect { reason })?;
        Ok(Self { http, trust, routes })
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

/// The client-level time limit bounds the wait for the head and then every single read: the
/// idle limit of streams. Ordinary requests replace it by a total one of their own.
fn client(
    options: &Options,
    tls: ClientConfig,
    routes: &Arc<Routes>,
) -> Result<blocking::Client, reqwest::Error> {
    let routes = Arc::clone(routes);
    // `prepare` has reported an unusable proxy before this is asked.
    let proxy = move |url: &Url| routes.proxy(url).ok().flatten().cloned();
    blocking::Client::builder()
        .user_agent(concat!("glduo/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        .referer(false)
        .no_proxy()
        .proxy(reqwest::Proxy::custom(proxy))
        .timeout(options.idle)
        .connect_timeout(options.connect)
        .tls_backend_preconfigured(tls)
        .build()
}
