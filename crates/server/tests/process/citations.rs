//! The tests and files that the pages about security and testing cite exist.

use std::{
    fs,
    path::{Path, PathBuf},
};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// Test binaries whose tests are cited as `binary::module::test`, with their folders below `crates`.
const BINARIES: [(&str, &str); 3] =
    [("api", "server/tests/api"), ("process", "server/tests/process"), ("links", "crawler/tests/links")];

/// Every source file below a folder, with its text.
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

/// Whether the cited test, module of tests or path exists; `None` if the text is not a citation.
fn exists(citation: &str, sources: &[(PathBuf, String)]) -> Option<bool> {
    let root = Path::new(ROOT);
    let is_source = Path::new(citation).extension().is_some_and(|extension| extension == "rs");
    if is_source || citation.ends_with('/') && !citation.starts_with('/') {
        return Some(root.join(citation).exists() || root.join("crates").join(citation).exists());
    }
    // A prefix such as `api::` is explained, not cited.
    if citation.ends_with("::")
        || !citation.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_:".contains(c))
    {
        return None;
    }
    let Some((binary, path)) = citation.split_once("::") else {
        // The name of a test alone follows a citation of its module.
        let is_test = citation.matches('_').count() >= 3;
        return is_test.then(|| sources.iter().any(|(_, text)| text.contains(&format!("fn {citation}("))));
    };
    let (_, folder) = BINARIES.iter().find(|(name, _)| *name == binary)?;
    let crates = root.join("crates").join(folder);
    let file = |module: &str| {
        let module = crates.join(module.replace("::", "/"));
        sources.iter().filter(move |(path, _)| *path == module.with_extension("rs") || *path == module.join("mod.rs"))
    };
    if file(path).next().is_some() {
        return Some(true);
    }
    let Some((module, test)) = path.rsplit_once("::") else {
        // The crawler's tests are cited without their module.
        let test = format!("fn {path}(");
        return Some(sources.iter().any(|(path, text)| path.starts_with(&crates) && text.contains(&test)));
    };
    Some(file(module).any(|(_, text)| text.contains(&format!("fn {test}("))))
}

#[test]
fn every_test_and_every_file_that_is_cited_as_evidence_exists() {
    let mut all = Vec::new();
    sources(&Path::new(ROOT).join("crates"), &mut all);
    all.retain(|(path, _)| !path.ends_with("process/citations.rs"));
    let pages = ["docs/SECURITY.md", "docs/development/testing.md", "docs/ARCHITECTURE.md", "CONTRIBUTING.md"];
    let text = pages.map(|page| fs::read_to_string(Path::new(ROOT).join(page)).unwrap()).concat();
    let citations: Vec<_> = text
        .lines()
        .flat_map(|line| line.split('`').skip(1).step_by(2))
        .filter_map(|citation| Some((citation, exists(citation, &all)?)))
        .collect();
    let missing: Vec<_> = citations.iter().filter(|(_, exists)| !exists).map(|(citation, _)| citation).collect();
    assert!(missing.is_empty(), "{pages:?} cite what does not exist: {missing:#?}");
    assert!(citations.len() > 50, "too few citations are recognised: {}", citations.len());
    for wrong in ["api::access_tokens::no_such_test", "api::no_such_module::a_test", "http/src/no_such_file.rs"] {
        assert_eq!(exists(wrong, &all), Some(false), "{wrong}");
    }
}
