//! What the scripts of the first steps say and do.
#![cfg(test)]
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn script(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts")).join(name)
}

/// A program of this name that prints a line.
fn fake(folder: &Path, name: &str, line: &str) {
    let path = folder.join(name);
    fs::write(&path, format!("#!/bin/sh\necho '{line}'\n")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// The set-up where these folders come first on the PATH.
fn set_up(folder: &Path) -> Output {
    let rest = Command::new("sh")
        .args(["-c", "printf %s \"$PATH\""])
        .output()
        .unwrap();
    let rest = String::from_utf8(rest.stdout).unwrap();
    Command::new(script("set-up.sh"))
        .env("PATH", format!("{}:{rest}", folder.display()))
        .output()
        .unwrap()
}

#[test]
fn an_older_rust_is_refused_with_the_version_that_is_needed() {
    let manifest = fs::read_to_string(script("../Cargo.toml")).unwrap();
    let needed = manifest
        .lines()
        .find_map(|line| line.strip_prefix("rust-version = "))
        .unwrap()
        .trim_matches('"');
    let readme = fs::read_to_string(script("../README.md")).unwrap();
    assert!(readme.contains(&format!("Rust {needed} or newer")));
    let folder = tempfile::tempdir().unwrap();
    for (version, fits) in [
        ("rustc 1.80.1 (3f5fd8dd4 2024-08-06)", false),
        ("rustc 1.9.0 (abc 2016-05-18)", false),
        (&format!("rustc {needed}.0 (abc 2026-04-14)"), true),
        ("rustc 1.103.0-nightly (abc 2027-01-01)", true),
        ("rustc 2.0.0 (abc 2030-01-01)", true),
    ] {
        fake(folder.path(), "rustc", version);
        let output = set_up(folder.path());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.success(), fits, "{version}: {said}");
        if !fits {
            assert!(
                said.contains(&format!("Rust {needed} or newer is needed")),
                "{said}"
            );
            assert!(said.contains("rustup update stable"), "{said}");
        }
    }
}

#[test]
fn a_program_is_installed_where_it_is_wanted_and_it_is_said_where() {
    let folder = tempfile::tempdir().unwrap();
    fake(folder.path(), "payflow", "PayFlow");
    let target = folder.path().join("deep").join("bin");
    for _ in 0..2 {
        let output = Command::new(script("install.sh"))
            .args([&folder.path().join("payflow"), &target])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{said}");
        let installed = target.join("payflow");
        assert!(said.contains(&installed.display().to_string()), "{said}");
        assert!(said.contains("not on your PATH"), "{said}");
        let output = Command::new(installed).output().unwrap();
        assert_eq!(output.stdout, b"PayFlow\n");
    }
    assert_eq!(fs::read_dir(target).unwrap().count(), 1);
}
