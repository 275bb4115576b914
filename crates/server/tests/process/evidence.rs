//! The tests and files that the pages about security and testing cite exist.

use std::{
    fs,
    path::{Path, PathBuf},
};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// Every source file, with its text.
fn sources(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
}

/// Whether a citation that names a test, a module of tests, or a path leads somewhere; `None` where it is no citation.
fn leads_somewhere(citation: &str, sources: &[(PathBuf, String)]) -> Option<bool> {
    let root = Path::new(ROOT);
    let is_source = Path::new(citation).extension().is_some_and(|extension| extension == "rs");
    if is_source || citation.ends_with('/') && !citation.starts_with('/') {
        return Some(root.join(citation).exists() || root.join("crates").join(citation).exists());
    }
    // A prefix is told about, not cited.
    if citation.ends_with("::")
        || !citation.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_:".contains(c))
    {
        return None;
    }
    let (modules, name) = citation.rsplit_once("::").unwrap_or(("", citation));
    let binary = match modules.split("::").next() {
        Some("links") => "crawler/tests/links/",
        Some("api") => "server/tests/api/",
        Some("process") => "server/tests/process/",
        _ if citation == "api" || citation == "process" || citation == "links" => return None,
        _ if modules.is_empty() && name.matches('_').count() >= 3 => "",
        _ => return None,
    };
    let module = modules.split("::").skip(1).collect::<Vec<_>>().join("/");
    let is_module =
        |path: &str| path.contains(&format!("{binary}{name}.rs")) || path.contains(&format!("{binary}{name}/"));
    Some(sources.iter().any(|(path, text)| {
        let path = path.to_str().unwrap();
        let is_test = path.contains(&format!("{binary}{module}")) && text.contains(&format!("fn {name}("));
        is_test || !binary.is_empty() && module.is_empty() && is_module(path)
    }))
}

#[test]
fn every_test_and_every_file_that_is_cited_as_evidence_exists() {
    let mut all = Vec::new();
    sources(&Path::new(ROOT).join("crates"), &mut all);
    all.retain(|(path, _)| !path.ends_with("process/evidence.rs"));
    let pages = ["docs/SECURITY.md", "docs/development/testing.md"];
    let text = pages.map(|page| fs::read_to_string(Path::new(ROOT).join(page)).unwrap()).concat();
    let judged: Vec<_> = text
        .lines()
        .flat_map(|line| line.split('`').skip(1).step_by(2))
        .filter_map(|citation| Some((citation, leads_somewhere(citation, &all)?)))
        .collect();
    let lost: Vec<_> = judged.iter().filter(|(_, there)| !there).map(|(citation, _)| citation).collect();
    assert!(lost.is_empty(), "{pages:?} cite what is not there: {lost:#?}");
    assert!(judged.len() > 50, "the citations are found: {}", judged.len());
    assert_eq!(leads_somewhere("api::tokens_refused::no_such_test", &all), Some(false));
    assert_eq!(leads_somewhere("http/src/no_such_file.rs", &all), Some(false));
}
