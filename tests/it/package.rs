//! What `cargo package` puts into the crate: what builds it and what its users read, and no tests.

use std::process::Command;

#[test]
fn the_package_has_what_builds_it_and_what_users_read_and_nothing_else() {
    let listed = Command::new(env!("CARGO"))
        .args(["package", "--list", "--allow-dirty", "--offline", "--locked"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo, which runs this test");
    let said = String::from_utf8_lossy(&listed.stderr);
    assert!(listed.status.success(), "{said}");
    let files = String::from_utf8(listed.stdout).expect("paths");
    let has = |wanted: &str| files.lines().any(|file| file == wanted);
    for needed in [
        "build.rs",
        "Cargo.lock",
        "src/main.rs",
        "completions/_glduo",
        "man/glduo.1",
        "docs/schemas/error.schema.json",
        "README.md",
        "LICENSE-MIT",
        "LICENSE-APACHE",
    ] {
        assert!(has(needed), "{needed} is missing from the package");
    }
    for file in files.lines() {
        assert!(
            !file.starts_with("tests/") && !file.starts_with('.') || file == ".cargo_vcs_info.json",
            "{file}"
        );
    }
}
