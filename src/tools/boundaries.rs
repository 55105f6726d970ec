//! What no tool writes and what none reads unless the person names it, by true paths: links and
//! `..` are resolved before anything here is asked.

use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

use crate::system::environment::Environment;

use super::error::{Protected, Withheld};

/// Where passwords, tokens and private keys are, in a repository and in a home directory, as the
/// last names of a path. A name that ends in `/` is a directory with all that is below it; one
/// that begins with `*` is the end of a name.
const SECRETS: &[&str] = &[
    // SSH, GPG, TLS and other keys.
    ".ssh/",
    ".gnupg/",
    "id_rsa",
    "id_dsa",
    "id_ecdsa",
    "id_ed25519",
    "id_ecdsa_sk",
    "id_ed25519_sk",
    "*.pem",
    "*.key",
    "*.p8",
    "*.p12",
    "*.pfx",
    "*.jks",
    "*.keystore",
    "*.kdbx",
    "*.ppk",
    "*.keytab",
    ".config/sops/age/",
    // Version control and its hosts.
    ".git-credentials",
    "git/credentials",
    "gh/hosts.yml",
    "glab-cli/config.yml",
    ".config/hub",
    "tea/config.yml",
    "github-copilot/hosts.json",
    "github-copilot/apps.json",
    // Clouds and clusters.
    ".aws/",
    ".azure/",
    ".kube/",
    "kubeconfig",
    ".docker/",
    ".dockercfg",
    "containers/auth.json",
    ".config/gcloud/",
    "gcloud/access_tokens.db",
    "gcloud/credentials.db",
    "gcloud/legacy_credentials/",
    "application_default_credentials.json",
    ".boto",
    ".s3cfg",
    ".passwd-s3fs",
    "rclone.conf",
    ".oci/",
    "doctl/config.yaml",
    "hcloud/cli.toml",
    "openstack/clouds.yaml",
    ".fly/config.yml",
    ".config/heroku/",
    ".terraformrc",
    "terraform.rc",
    "credentials.tfrc.json",
    "*.tfvars",
    "*.tfstate",
    "*.tfstate.backup",
    // Package registries.
    ".cargo/credentials",
    "credentials.toml",
    ".npmrc",
    ".pypirc",
    ".gem/credentials",
    ".m2/settings.xml",
    ".m2/settings-security.xml",
    ".gradle/gradle.properties",
    "nuget/nuget.config",
    ".composer/auth.json",
    // Databases and logins.
    ".netrc",
    "_netrc",
    ".authinfo",
    ".authinfo.gpg",
    ".pgpass",
    ".my.cnf",
    ".mylogin.cnf",
    ".htpasswd",
    ".databrickscfg",
    // Password stores, agents of other vendors, browsers.
    ".vault-token",
    ".password-store/",
    ".config/op/",
    ".op/",
    ".local/share/keyrings/",
    ".mozilla/",
    ".config/google-chrome/",
    ".config/chromium/",
    "oauth_creds.json",
    ".credentials.json",
    "auth.json",
    "credentials",
    "credentials.json",
    // What was typed.
    ".bash_history",
    ".zsh_history",
    ".sh_history",
    "fish_history",
    ".python_history",
    ".psql_history",
    ".mysql_history",
    ".node_repl_history",
];

/// What the person named and where our own files are.
#[derive(Debug, Clone, Default)]
pub struct Boundaries {
    /// Files that may be read whatever they are, relative to the working directory or absolute.
    pub named: Vec<PathBuf>,
    /// Our own files and directories, absolute; a project's `.glduo.json` is known by its name.
    pub ours: Vec<PathBuf>,
}

impl Boundaries {
    /// With our own directories from the environment; `named` as the person gave them, and
    /// `configuration` the files that this run read.
    pub fn new(
        env: &Environment,
        named: Vec<PathBuf>,
        configuration: impl IntoIterator<Item = PathBuf>,
    ) -> Self {
        let store = env.data_home().map(|data| data.join("glduo"));
        let directories = [env.config_directory(), env.cache_directory(), store];
        Self { named, ours: directories.into_iter().flatten().chain(configuration).collect() }
    }
}

/// [`Boundaries`] as paths below one working directory.
#[derive(Debug, Default)]
pub(super) struct Fence {
    pub(super) named: Vec<PathBuf>,
    pub(super) ours: Vec<Vec<String>>,
    /// Git directories with other names than `.git`.
    pub(super) git: Vec<Vec<String>>,
}

impl Fence {
    /// Why nothing may be written at this true path.
    pub(super) fn protects(&self, path: &Path) -> Option<Protected> {
        let names = folded(path);
        if names.iter().any(|name| is_git(name))
            || is_git_configuration(&names)
            || below_any(&names, &self.git)
        {
            Some(Protected::Git)
        } else if below_any(&names, &self.ours) || names.iter().any(|name| name == ".glduo.json") {
            Some(Protected::Ours)
        } else {
            None
        }
    }

    /// Why this true path may not be read, ignore files left out. What a person named may.
    pub(super) fn withholds(&self, path: &Path) -> Option<Withheld> {
        if self.names(path) {
            return None;
        }
        let names = folded(path);
        if names.iter().any(|name| is_git(name)) || below_any(&names, &self.git) {
            return Some(Withheld::Git);
        }
        if below_any(&names, &self.ours) {
            return Some(Withheld::Ours);
        }
        if names.iter().any(|name| is_dot_env(name)) {
            Some(Withheld::DotEnv)
        } else if SECRETS.iter().any(|secret| is_secret(&names, secret)) {
            Some(Withheld::Key)
        } else {
            None
        }
    }

    /// Whether a person named this true path.
    pub(super) fn names(&self, path: &Path) -> bool {
        self.named.iter().any(|named| named == path)
    }
}

/// Why a relative path that is not resolved, as in git's arguments, may not be read.
pub(super) fn withholds_name(path: &str) -> Option<Withheld> {
    Fence::default().withholds(Path::new(path))
}

/// The files with secrets as git's path patterns.
pub(super) fn secret_patterns() -> impl Iterator<Item = String> {
    let dot_env = [".env", ".envrc", ".env.*", ".env/**", ".env.*/**", ".envrc/**"];
    let secrets = SECRETS.iter().map(|secret| match secret.strip_suffix('/') {
        Some(directory) => format!("**/{directory}/**"),
        None => format!("**/{secret}"),
    });
    dot_env.into_iter().map(|name| format!("**/{name}")).chain(secrets)
}

/// The names of a path as the least particular file system would compare them: without case,
/// without what NTFS drops (trailing dots and spaces, stream names) and what HFS+ ignores
/// (zero-width characters).
pub(super) fn folded(path: &Path) -> Vec<String> {
    let name = |component| match component {
        Component::Normal(name) => Some(fold(name)),
        _ => None,
    };
    path.components().filter_map(name).collect()
}

fn fold(name: &OsStr) -> String {
    let name = name.to_string_lossy();
    let ignored = |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    let name: String = name.chars().filter(|c| !ignored(*c)).flat_map(char::to_lowercase).collect();
    let name = name.split(':').next().unwrap_or_default();
    name.trim_end_matches(['.', ' ']).to_owned()
}

/// `.git`, and the short name that FAT and NTFS give it.
pub(super) fn is_git(folded: &str) -> bool {
    let short = |rest: &str| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit());
    folded == ".git" || folded.strip_prefix("git~").is_some_and(short)
}

/// The user's own configuration of git, which names programs as a repository's does.
fn is_git_configuration(names: &[String]) -> bool {
    names.last().is_some_and(|name| name == ".gitconfig")
        || names.windows(2).any(|pair| pair == [".config", "git"])
}

fn is_dot_env(folded: &str) -> bool {
    folded == ".env" || folded == ".envrc" || folded.starts_with(".env.")
}

/// Whether a path is what an entry of [`SECRETS`] says.
fn is_secret(names: &[String], secret: &str) -> bool {
    if let Some(ending) = secret.strip_prefix('*') {
        return names.last().is_some_and(|name| name.ends_with(ending));
    }
    let Some(directory) = secret.strip_suffix('/') else {
        let mut names = names.iter().rev();
        return secret.rsplit('/').all(|part| names.next().is_some_and(|name| name == part));
    };
    (0..names.len()).any(|at| {
        let mut names = names[at..].iter();
        directory.split('/').all(|part| names.next().is_some_and(|name| name == part))
    })
}

fn below_any(names: &[String], places: &[Vec<String>]) -> bool {
    places.iter().any(|place| names.starts_with(place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn git_is_protected_in_every_spelling_that_some_file_system_takes_for_it() {
        let fence = Fence::default();
        for path in [
            ".git",
            ".git/hooks/pre-commit",
            ".GIT/config",
            "a/.Git/x",
            ".git./config",
            ".git /config",
            ".git. . /config",
            "GIT~1/config",
            "git~2",
            ".git::$INDEX_ALLOCATION/config",
            ".g\u{200c}it/config",
            ".git\u{feff}/x",
        ] {
            assert_eq!(fence.protects(Path::new(path)), Some(Protected::Git), "{path:?}");
            assert_eq!(fence.withholds(Path::new(path)), Some(Withheld::Git), "{path:?}");
        }
        for path in [".gitignore", ".github/x", "git", "git~", "git~1a", ".gitlab-ci.yml"] {
            assert_eq!(fence.protects(Path::new(path)), None, "{path}");
            assert_eq!(fence.withholds(Path::new(path)), None, "{path}");
        }
    }

    #[test]
    fn files_with_secrets_are_known_by_their_names() {
        let of = |path: &str| Fence::default().withholds(Path::new(path));
        for path in [".env", ".ENV", "a/.env.local", ".envrc", ".env/x"] {
            assert_eq!(of(path), Some(Withheld::DotEnv), "{path}");
        }
        for path in [
            "id_rsa",
            "k/tls.KEY",
            "ca.pem",
            ".npmrc",
            ".aws/config",
            "credentials",
            ".config/gh/hosts.yml",
            ".config/GH/hosts.yml",
            ".config/glab-cli/config.yml",
            "Library/Application Support/glab-cli/config.yml",
            ".cargo/credentials",
            ".cargo/credentials.toml",
            ".config/gcloud/access_tokens.db",
            ".config/gcloud",
            ".netrc",
            ".kube/config",
            ".docker/config.json",
            ".config/git/credentials",
            ".config/op/config",
            ".terraform.d/credentials.tfrc.json",
            ".password-store/x.gpg",
            ".bash_history",
        ] {
            assert_eq!(of(path), Some(Withheld::Key), "{path}");
        }
        for path in [
            "env",
            "environment.rs",
            "id_rsa.pub",
            "keys.rs",
            "src/key/mod.rs",
            "hosts.yml",
            "config.yml",
            "gh/hosts.yml/x",
            ".cargo/config.toml",
            ".config/gh/config.yml",
        ] {
            assert_eq!(of(path), None, "{path}");
        }
    }

    #[test]
    fn what_a_person_names_is_read_and_still_not_written() {
        let fence = Fence { named: vec![".env".into(), ".git/config".into()], ..Fence::default() };
        assert_eq!(fence.withholds(Path::new(".env")), None);
        assert_eq!(fence.withholds(Path::new("b/.env")), Some(Withheld::DotEnv));
        assert_eq!(fence.withholds(Path::new(".git/config")), None);
        assert_eq!(fence.protects(Path::new(".git/config")), Some(Protected::Git));
    }

    #[test]
    fn the_users_configuration_of_git_is_not_written() {
        for path in [".gitconfig", "home/.GitConfig", ".config/git/config", ".config/git/hooks/x"] {
            let protected = Fence::default().protects(Path::new(path));
            assert_eq!(protected, Some(Protected::Git), "{path}");
        }
        assert_eq!(Fence::default().protects(Path::new("git/config")), None);
    }
}
