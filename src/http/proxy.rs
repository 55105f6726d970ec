//! The way out: which proxy a URL goes through, by the injected variables alone. Decided here
//! and not in the HTTP library, so that errors can name the proxy, ports in `NO_PROXY` count,
//! and a socket that is not HTTP can take the same way.

use std::net::IpAddr;

use super::options::Proxies;
use crate::model::address::{Url, is_loopback_host};
use crate::model::redact::Redactor;
use crate::model::secret::Secret;

/// The proxies, read once.
#[derive(Debug)]
pub(super) struct Routes {
    https: Way,
    http: Way,
    direct: Vec<Exception>,
}

#[derive(Debug)]
enum Way {
    Direct,
    Through(Url),
    /// The variable that holds no proxy URL.
    Unusable(&'static str),
}

impl Routes {
    /// Reads the settings and tells the redactor the proxies' passwords.
    pub(super) fn new(proxies: &Proxies, redactor: &Redactor) -> Self {
        let list = proxies.none.as_deref().unwrap_or_default();
        Self {
            https: Way::read(proxies.https.as_ref(), redactor),
            http: Way::read(proxies.http.as_ref(), redactor),
            direct: list.split([',', ' ']).filter_map(Exception::read).collect(),
        }
    }

    /// The proxy for this URL, `None` for the direct way; the variable's name where it is
    /// needed and cannot be read.
    pub(super) fn proxy(&self, url: &Url) -> Result<Option<&Url>, &'static str> {
        let host = url.host_str().unwrap_or_default();
        let port = url.port_or_known_default();
        let way = if url.scheme() == "https" { &self.https } else { &self.http };
        match way {
            _ if is_loopback_host(host) => Ok(None),
            _ if self.direct.iter().any(|exception| exception.covers(host, port)) => Ok(None),
            Way::Direct => Ok(None),
            Way::Through(proxy) => Ok(Some(proxy)),
            Way::Unusable(variable) => Err(variable),
        }
    }
}

impl Way {
    fn read(setting: Option<&(&'static str, String)>, redactor: &Redactor) -> Self {
        let Some((variable, value)) = setting else {
            return Self::Direct;
        };
        let value = value.trim();
        let with_scheme = if value.contains("://") { "" } else { "http://" };
        match Url::parse(&format!("{with_scheme}{value}")) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => {
                learn_password(&url, redactor);
                Self::Through(url)
            }
            _ => Self::Unusable(variable),
        }
    }
}

fn learn_password(proxy: &Url, redactor: &Redactor) {
    if let Some(encoded) = proxy.password() {
        redactor.learn(&Secret::new(encoded));
        // Decoded as a query, in which these two would have a meaning of their own.
        let mut carrier = proxy.clone();
        carrier.set_query(Some(&encoded.replace('+', "%2B").replace('&', "%26")));
        if let Some((plain, _)) = carrier.query_pairs().next() {
            redactor.learn(&Secret::new(plain));
        }
    }
}

/// One entry of `NO_PROXY`: a domain with everything below it, an address, a network, or `*`;
/// all but the network with a port or without.
#[derive(Debug)]
struct Exception {
    hosts: Hosts,
    port: Option<u16>,
}

#[derive(Debug)]
enum Hosts {
    All,
    Domain(String),
    Network { address: IpAddr, prefix: u32 },
}

impl Exception {
    fn read(entry: &str) -> Option<Self> {
        let entry = entry.trim();
        if entry.is_empty() {
            return None;
        }
        if let Some(network) = network(entry) {
            return Some(Self { hosts: network, port: None });
        }
        let (name, port) = match entry.rsplit_once(':') {
            Some((name, port)) => (name, Some(port.parse().ok()?)),
            None => (entry, None),
        };
        let hosts = match name {
            "*" => Hosts::All,
            name => network(name).unwrap_or_else(|| {
                let domain = name.strip_prefix('*').unwrap_or(name).trim_matches('.');
                Hosts::Domain(domain.to_ascii_lowercase())
            }),
        };
        Some(Self { hosts, port })
    }

    fn covers(&self, host: &str, port: Option<u16>) -> bool {
        let host_fits = match &self.hosts {
            Hosts::All => true,
            Hosts::Domain(domain) => host
                .trim_end_matches('.')
                .strip_suffix(domain.as_str())
                .is_some_and(|sub| sub.is_empty() || sub.ends_with('.')),
            Hosts::Network { address, prefix } => {
                bare(host).parse().is_ok_and(|host| in_network(host, *address, *prefix))
            }
        };
        host_fits && (self.port.is_none() || self.port == port)
    }
}

/// An address or `address/prefix`, IPv6 in brackets or not.
fn network(text: &str) -> Option<Hosts> {
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix.parse().ok()?)),
        None => (text, None),
    };
    let address: IpAddr = bare(address).parse().ok()?;
    let bits = if address.is_ipv4() { 32 } else { 128 };
    let prefix = prefix.unwrap_or(bits);
    (prefix <= bits).then_some(Hosts::Network { address, prefix })
}

fn bare(host: &str) -> &str {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

fn in_network(host: IpAddr, network: IpAddr, prefix: u32) -> bool {
    match (host, network) {
        (IpAddr::V4(host), IpAddr::V4(network)) => {
            let differing = host.to_bits() ^ network.to_bits();
            differing.leading_zeros() >= prefix
        }
        (IpAddr::V6(host), IpAddr::V6(network)) => {
            let differing = host.to_bits() ^ network.to_bits();
            differing.leading_zeros() >= prefix
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes(none: &str) -> Routes {
        let proxies = Proxies {
            https: Some(("HTTPS_PROXY", "proxy:3128".to_owned())),
            http: Some(("HTTP_PROXY", "http://user:hunter%2B22@proxy:8080/".to_owned())),
            none: Some(none.to_owned()),
        };
        Routes::new(&proxies, &Redactor::default())
    }

    fn is_direct(none: &str, url: &str) -> bool {
        let url = Url::parse(url).expect("a URL");
        routes(none).proxy(&url).expect("readable proxies").is_none()
    }

    #[test]
    fn each_scheme_has_its_proxy_and_loopback_has_none() {
        let routes = routes("");
        let through = |url: &str| {
            let proxy = routes.proxy(&Url::parse(url).expect("a URL")).expect("readable");
            proxy.and_then(Url::port_or_known_default)
        };
        assert_eq!(through("https://gitlab.com/"), Some(3128));
        assert_eq!(through("http://gitlab.com/"), Some(8080));
        for loopback in ["http://localhost:3000", "https://127.8.9.1", "http://[::1]:80"] {
            assert_eq!(through(loopback), None, "{loopback}");
        }
        assert_eq!(through("https://localhost.evil/"), Some(3128));
    }

    #[test]
    fn exceptions_are_domains_addresses_networks_and_ports() {
        assert!(is_direct("a.b, gitlab.com", "https://GITLAB.com"));
        assert!(is_direct(".gitlab.com", "https://gitlab.com"));
        assert!(is_direct("*.gitlab.com other", "https://x.gitlab.com"));
        assert!(!is_direct("gitlab.com", "https://notgitlab.com"));
        assert!(is_direct("gitlab.com:8443", "https://gitlab.com:8443"));
        assert!(!is_direct("gitlab.com:8443", "https://gitlab.com"));
        assert!(is_direct("10.0.0.0/8", "https://10.1.2.3"));
        assert!(!is_direct("10.0.0.0/8,10.0.0.1/33", "https://11.1.2.3"));
        assert!(is_direct("fd00::/8", "https://[fd12::1]"));
        assert!(is_direct("[fd12::1]:443", "https://[fd12::1]"));
        assert!(is_direct("fd12::1", "https://[fd12::1]"));
        assert!(is_direct("0.0.0.0/0", "https://8.8.8.8"));
        assert!(is_direct("*", "http://gitlab.com"));
    }

    #[test]
    fn an_unusable_value_matters_only_where_it_is_needed() {
        for value in ["socks5://proxy:1080", "http://", "not a url"] {
            let https = Some(("https_proxy", value.to_owned()));
            let proxies = Proxies { https, ..Proxies::default() };
            let routes = Routes::new(&proxies, &Redactor::default());
            let proxy = |url: &str| routes.proxy(&Url::parse(url).expect("a URL")).err();
            assert_eq!(proxy("https://gitlab.com"), Some("https_proxy"), "{value}");
            assert_eq!(proxy("https://localhost"), None, "{value}");
            assert_eq!(proxy("http://gitlab.com"), None, "{value}");
        }
    }

    #[test]
    fn the_password_is_a_secret_in_both_its_forms() {
        let redactor = Redactor::default();
        let http = Some(("HTTP_PROXY", "http://user:h%75nter+22@proxy".to_owned()));
        Routes::new(&Proxies { http, ..Proxies::default() }, &redactor);
        assert_eq!(redactor.redact("a hunter+22 b"), "a [redacted] b");
        assert_eq!(redactor.redact("a h%75nter+22 b"), "a [redacted] b");
    }
}
