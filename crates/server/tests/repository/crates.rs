//! The dependencies between the crates: server, http, {accounts, mail}, {auth, persistence}, domain.

use crate::ROOT;
use std::{collections::BTreeMap, fs, path::Path};

/// The layers, from the top. A crate depends only on crates of lower layers.
const LAYERS: [&[&str]; 7] = [
    &["server"],
    &["http"],
    &["accounts", "files", "mail"],
    &["jobs"],
    &["auth", "persistence"],
    &["private-postgres"],
    &["domain", "data-dir"],
];
/// Crates that only tests use.
const FOR_TESTS: [&str; 3] = ["crawler", "fuzz-corpus", "testkit"];
/// Packages that belong to some crates, with those crates and with the crates of tests.
const RESERVED: [(&str, &[&str]); 10] = [
    ("actix-http", &["http"]),
    ("actix-server", &["http"]),
    ("actix-service", &["http"]),
    ("actix-web", &["http", "server"]),
    ("clap", &["server"]),
    ("diesel", &["persistence"]),
    ("diesel-async", &["persistence"]),
    ("lettre", &["mail"]),
    ("tokio-postgres", &["persistence", "private-postgres"]),
    ("utoipa", &["http"]),
];

/// The packages that a crate is built with, tests left out.
fn dependencies(manifest: &str) -> Vec<&str> {
    let mut in_dependencies = false;
    let mut found = Vec::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            in_dependencies = line == "[dependencies]";
        } else if in_dependencies && let Some(end) = line.find(['.', ' ', '=']) {
            found.push(&line[..end]);
        }
    }
    found
}

/// What is wrong with the dependencies of a crate.
fn faults(name: &str, dependencies: &[&str]) -> Vec<String> {
    let layer = |name: &str| LAYERS.iter().position(|layer| layer.contains(&name));
    let mut faults = Vec::new();
    for dependency in dependencies {
        if let Some(other) = dependency.strip_prefix("usher-") {
            match (layer(name), layer(other)) {
                (_, None) if FOR_TESTS.contains(&other) => {
                    faults.push(format!("{name} depends on {other}, which is for tests"));
                }
                (Some(upper), Some(lower)) if lower > upper => {}
                _ => faults.push(format!("{name} depends on {other}, which is not in a lower layer")),
            }
        }
        if let Some((_, owners)) = RESERVED.iter().find(|(package, _)| package == dependency)
            && !owners.contains(&name)
        {
            faults.push(format!("{name} depends on {dependency}, which is for {}", owners.join(" and ")));
        }
    }
    faults
}

#[test]
fn crates_depend_only_on_crates_of_lower_layers() {
    let mut found = Vec::new();
    let mut manifests = BTreeMap::new();
    for entry in fs::read_dir(Path::new(ROOT).join("crates")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        manifests.insert(name, fs::read_to_string(path.join("Cargo.toml")).unwrap());
    }
    for (name, manifest) in &manifests {
        if FOR_TESTS.contains(&name.as_str()) {
            continue;
        }
        if !LAYERS.iter().any(|layer| layer.contains(&name.as_str())) {
            found.push(format!("{name} is in no layer"));
        }
        found.extend(faults(name, &dependencies(manifest)));
    }
    assert!(found.is_empty(), "{found:#?}");
    for name in LAYERS.iter().copied().flatten() {
        assert!(manifests.contains_key(*name), "there is no crate {name}");
    }
    assert!(dependencies(&manifests["server"]).contains(&"usher-http"), "dependencies are found");
}

#[test]
fn a_dependency_in_the_wrong_direction_is_found() {
    for (name, dependency) in [
        ("http", "usher-server"),
        ("http", "diesel"),
        ("accounts", "actix-web"),
        ("accounts", "diesel-async"),
        ("persistence", "usher-mail"),
        ("auth", "usher-mail"),
        ("domain", "usher-auth"),
        ("server", "usher-testkit"),
    ] {
        assert_eq!(faults(name, &["serde", dependency]).len(), 1, "{name} may depend on {dependency}");
    }
    assert!(faults("accounts", &["usher-auth", "usher-persistence", "usher-domain"]).is_empty());
}
