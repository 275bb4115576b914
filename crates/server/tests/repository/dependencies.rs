//! The dependencies of every lock file are checked for known vulnerabilities before a change is merged.

use crate::ROOT;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Directories that no commit contains.
const GENERATED: [&str; 2] = ["target", "node_modules"];

fn read(file: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(file)).unwrap()
}

/// The lock files below a directory.
fn lock_files(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap().map(Result::unwrap) {
        let (path, name) = (entry.path(), entry.file_name().into_string().unwrap());
        if name == "Cargo.lock" {
            found.push(path);
        } else if entry.file_type().unwrap().is_dir() && !name.starts_with('.') && !GENERATED.contains(&name.as_str()) {
            lock_files(&path, found);
        }
    }
}

#[test]
fn every_lock_file_is_checked_for_known_vulnerabilities() {
    let script = read("scripts/check-dependencies");
    let manifests: Vec<&str> =
        script.lines().find_map(|line| line.strip_prefix("for manifest in ")).unwrap().split([' ', ';']).collect();
    let mut locks = Vec::new();
    lock_files(Path::new(ROOT), &mut locks);
    assert!(locks.len() > 3, "{locks:?}");
    for lock in locks {
        let manifest = lock.with_file_name("Cargo.toml");
        let manifest = manifest.strip_prefix(ROOT).unwrap().to_str().unwrap();
        assert!(manifests.contains(&manifest), "{manifest} is not checked, but only {manifests:?}");
    }
}

#[test]
fn the_check_of_the_dependencies_is_a_part_of_the_checks_before_a_merge() {
    let (checks, targets, script) = (read(".ci/run"), read("Makefile"), read("scripts/check-dependencies"));
    assert!(checks.lines().any(|line| line.starts_with("make lint")));
    let lint = targets.lines().find_map(|line| line.strip_prefix("lint: ")).unwrap();
    assert!(lint.split_whitespace().any(|needed| needed == "deny"), "{lint}");
    let (_, deny) = targets.split_once("\ndeny: ").unwrap();
    assert_eq!(deny.lines().nth(1).map(str::trim), Some("scripts/check-dependencies"));
    assert!(script.contains("checks=\"advisories $checks\"") && script.contains("check --hide-inclusion-graph"));
    let rules = read("deny.toml");
    for rule in [
        "yanked = \"deny\"",
        "unmaintained = \"all\"",
        "unsound = \"all\"",
        "unknown-registry = \"deny\"",
        "unknown-git = \"deny\"",
    ] {
        assert!(rules.lines().any(|line| line == rule), "{rule}");
    }
}
