//! Packs the completion scripts and the sandbox's seed, asks the linker for small relocations if
//! the building system is the one that runs, and finds out which tests can run on this machine.

use std::env;
use std::error::Error;
use std::fs::{self, File};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use flate2::Compression;
use flate2::write::GzEncoder;

/// The first glibc that loads packed relocations.
const PACKED_RELOCATIONS_SINCE: (u32, u32) = (2, 36);

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=build.rs");
    let out = env::var("OUT_DIR")?;
    for folder in ["completions", "src/sandbox/seed/shipped"] {
        pack(Path::new(folder), Path::new(&out))?;
    }
    if builds_for_itself()
        && host_glibc().is_some_and(|version| version >= PACKED_RELOCATIONS_SINCE)
    {
        println!("cargo:rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
    name_commit();
    probe_for_tests(Path::new(&out))
}

/// `--version -v` shows the commit: what a packaging script says, else that of the clone. Builds for
/// development would be made anew for each commit.
fn name_commit() {
    println!("cargo:rerun-if-env-changed=GLDUO_COMMIT");
    let from_git = || {
        if env::var("PROFILE").is_ok_and(|profile| profile != "release") {
            return None;
        }
        for file in [".git/HEAD", ".git/logs/HEAD"] {
            if Path::new(file).exists() {
                println!("cargo:rerun-if-changed={file}");
            }
        }
        let output = Command::new("git").args(["rev-parse", "--short=12", "HEAD"]).output().ok()?;
        let is_ours = output.status.success() && Path::new(".git").exists();
        is_ours.then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    if let Some(commit) = env::var("GLDUO_COMMIT").ok().or_else(from_git) {
        println!("cargo:rustc-env=GLDUO_COMMIT={commit}");
    }
}

/// The version whose language `--jq` speaks.
fn is_jq_1_7() -> bool {
    let version = Command::new("jq").arg("--version").output();
    version.is_ok_and(|version| version.stdout.starts_with(b"jq-1.7"))
}

/// Sets a `cfg` for each thing of the machine that some tests need. A test without it is ignored
/// and says why, instead of passing without having run.
fn probe_for_tests(out: &Path) -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-env-changed=PATH");
    let program = |name: &str| {
        let path = env::var_os("PATH").unwrap_or_default();
        env::split_paths(&path).any(|folder| folder.join(name).is_file())
    };
    let schemas = Path::new("../shared/data/schemas");
    if schemas.is_dir() {
        println!("cargo:rerun-if-changed={}", schemas.display());
    }
    for (name, found) in [
        ("has_bash", program("bash")),
        ("has_fish", program("fish")),
        ("has_git", program("git")),
        ("has_jq", program("jq")),
        ("has_jq_1_7", is_jq_1_7()),
        ("has_script", program("script")),
        ("has_zsh", program("zsh")),
        ("has_ipv6", TcpListener::bind("[::1]:0").is_ok()),
        ("has_schemas", schemas.is_dir()),
        ("has_permissions", is_bound_by_permissions(&out.join("read-only"))?),
    ] {
        println!("cargo:rustc-check-cfg=cfg({name})");
        if found {
            println!("cargo:rustc-cfg={name}");
        }
    }
    Ok(())
}

/// Root writes into read-only directories.
fn is_bound_by_permissions(directory: &Path) -> Result<bool, Box<dyn Error>> {
    fs::create_dir_all(directory)?;
    let mut permissions = fs::metadata(directory)?.permissions();
    permissions.set_readonly(true);
    fs::set_permissions(directory, permissions)?;
    Ok(File::create(directory.join("probe")).is_err())
}

/// The scripts and the sandbox's seed, 520 kB of text, become 40 kB of the program.
fn pack(from: &Path, into: &Path) -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed={}", from.display());
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if !entry.file_type()?.is_file() {
            continue;
        }
        let name = format!("{}.gz", entry.file_name().to_string_lossy());
        let mut packed = GzEncoder::new(File::create(into.join(name))?, Compression::best());
        std::io::copy(&mut File::open(entry.path())?, &mut packed)?;
        packed.finish()?;
    }
    Ok(())
}

/// Another system's loader may be older than ours.
fn builds_for_itself() -> bool {
    let is_gnu_linux = |name: &str| env::var(name).is_ok_and(|it| it.ends_with("-linux-gnu"));
    is_gnu_linux("TARGET") && env::var("TARGET") == env::var("HOST")
}

fn host_glibc() -> Option<(u32, u32)> {
    let told = Command::new("getconf").arg("GNU_LIBC_VERSION").output().ok()?;
    let told = String::from_utf8(told.stdout).ok()?;
    let (major, minor) = told.trim().strip_prefix("glibc ")?.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}
