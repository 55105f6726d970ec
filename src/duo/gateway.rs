//! Where the gateway's API is: cloud.gitlab.com serves it below `/ai`, a gateway of one's own at
//! its root. glduo finds out which and remembers it.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::PathBuf;

use super::catalogue::Dialect;
use crate::model::address::{BaseUrl, Url};
use crate::system::private_file::PrivateFile;

/// The gateway that serves all models by itself, and always below `/ai`.
const CLOUD: &str = "cloud.gitlab.com";
/// More than any remembered prefix, in bytes.
const LIMIT: u64 = 16;

/// What comes before the gateway's version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mount {
    /// `/ai`.
    Cloud,
    /// Nothing.
    Root,
}

impl Mount {
    fn as_str(self) -> &'static str {
        match self {
            Self::Cloud => "ai",
            Self::Root => "",
        }
    }

    fn other(self) -> Self {
        match self {
            Self::Cloud => Self::Root,
            Self::Root => Self::Cloud,
        }
    }
}

/// A gateway's address without what every request adds to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct GatewayAddress {
    base: BaseUrl,
    /// Tried first.
    pub(super) first: Mount,
}

impl GatewayAddress {
    /// Reads the configured address. A known ending (`/ai`, `/v1`, `/ai/v1` and further) is
    /// removed, and says which prefix to try first.
    pub(super) fn new(configured: &BaseUrl) -> Self {
        let segments: Vec<&str> = configured.prefix().split('/').collect();
        let version = segments.iter().position(|it| *it == "v1").filter(|at| {
            matches!(segments.get(at + 1), None | Some(&("proxy" | "models" | "code")))
        });
        let end = version.unwrap_or(segments.len());
        let (end, first) = match (end.checked_sub(1), version) {
            (Some(last), _) if segments[last] == "ai" => (last, Mount::Cloud),
            (_, Some(_)) => (end, Mount::Root),
            _ => (end, Mount::Cloud),
        };
        let base = format!("{}/{}", configured.origin(), segments[..end].join("/"));
        let base = BaseUrl::parse(&base);
        Self { base: base.unwrap_or_else(|_| configured.clone()), first }
    }

    /// The prefixes to try, the first one first.
    pub(super) fn mounts(&self) -> impl Iterator<Item = Mount> {
        [Some(self.first), self.other(self.first)].into_iter().flatten()
    }

    /// The one to try if nothing is at the given one.
    pub(super) fn other(&self, mount: Mount) -> Option<Mount> {
        (self.base.host() != CLOUD).then(|| mount.other())
    }

    /// Where a protocol is tried first.
    pub(super) fn first_url(&self, dialect: Dialect) -> Url {
        self.api(self.first, dialect.path())
    }

    /// A URL of the API, below its version.
    pub(super) fn api(&self, mount: Mount, path: &[&str]) -> Url {
        self.below(mount, &[&["v1"], path].concat())
    }

    /// A URL beside the API's version.
    pub(super) fn below(&self, mount: Mount, path: &[&str]) -> Url {
        let prefix = Some(mount.as_str()).filter(|prefix| !prefix.is_empty());
        self.base.join(prefix.into_iter().chain(path.iter().copied()))
    }
}

/// The prefix that worked for a gateway, between runs. Whatever goes wrong with it costs one more
/// request and is no error.
pub(super) struct MountCache {
    file: Option<PrivateFile>,
}

impl MountCache {
    /// In this directory, for one gateway of one instance.
    pub(super) fn new(
        directory: Option<&PathBuf>,
        instance: &BaseUrl,
        address: &GatewayAddress,
    ) -> Self {
        let mut hasher = DefaultHasher::new();
        (instance.to_string(), address.base.to_string()).hash(&mut hasher);
        let name = format!("gateway-path-{:016x}", hasher.finish());
        Self { file: directory.map(|directory| PrivateFile::new(directory.join(name), LIMIT)) }
    }

    /// The one that worked last.
    pub(super) fn get(&self) -> Option<Mount> {
        let text = self.file.as_ref()?.read().ok()??;
        match text.as_slice() {
            b"ai" => Some(Mount::Cloud),
            b"root" => Some(Mount::Root),
            _ => None,
        }
    }

    pub(super) fn put(&self, mount: Mount) {
        let text: &[u8] = match mount {
            Mount::Cloud => b"ai",
            Mount::Root => b"root",
        };
        if let Some(file) = self.file.as_ref().filter(|_| self.get() != Some(mount)) {
            let _ = file.write(text);
        }
    }

    pub(super) fn forget(&self) {
        if let Some(file) = &self.file {
            let _ = fs::remove_file(file.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_endings_are_removed_and_name_the_first_prefix() {
        for (configured, base, first) in [
            ("https://gw", "https://gw", Mount::Cloud),
            ("https://gw/ai", "https://gw", Mount::Cloud),
            ("https://gw/ai/v1/", "https://gw", Mount::Cloud),
            ("https://gw/ai/v1/proxy/anthropic", "https://gw", Mount::Cloud),
            ("https://gw/v1", "https://gw", Mount::Root),
            ("https://gw/v1/proxy/openai/v1/responses", "https://gw", Mount::Root),
            ("https://gw:5052/duo/v1", "https://gw:5052/duo", Mount::Root),
            ("https://gl/-/ai_gateway", "https://gl/-/ai_gateway", Mount::Cloud),
            ("https://gl/-/ai_gateway/ai/v1", "https://gl/-/ai_gateway", Mount::Cloud),
            ("https://gl/v1/tools", "https://gl/v1/tools", Mount::Cloud),
        ] {
            let address = GatewayAddress::new(&BaseUrl::parse(configured).expect("an address"));
            assert_eq!(
                (address.base.to_string().as_str(), address.first),
                (base, first),
                "{configured}"
            );
        }
    }

    #[test]
    fn the_cloud_has_one_prefix_and_other_gateways_may_have_either() {
        let mounts = |url| {
            let address = GatewayAddress::new(&BaseUrl::parse(url).expect("an address"));
            let urls = address.mounts().map(|mount| address.api(mount, &["x"]).to_string());
            urls.collect::<Vec<_>>()
        };
        assert_eq!(mounts("https://cloud.gitlab.com"), ["https://cloud.gitlab.com/ai/v1/x"]);
        assert_eq!(mounts("http://gw:5052"), ["http://gw:5052/ai/v1/x", "http://gw:5052/v1/x"]);
        assert_eq!(mounts("http://gw/a/v1"), ["http://gw/a/v1/x", "http://gw/a/ai/v1/x"]);
    }
}
