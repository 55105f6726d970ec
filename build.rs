//! What is settled when glduo is built: the shells' completion scripts and what ships with the
//! sandbox are packed, and the linker is asked for small relocations where the system that builds
//! is the one that runs.

use std::env;
use std::error::Error;
use std::fs::{self, File};
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
    Ok(())
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
