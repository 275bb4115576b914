//! What `deploy/` says of the service is so.

use crate::{
    home::Home,
    metrics::{self, calls},
};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// The project's own folder.
fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The files below a folder of the project's, with their text.
fn files(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![project().join(folder)];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    found
}

/// The words of a text that begin so.
fn words<'a>(text: &'a str, prefixes: &'a [&str]) -> impl Iterator<Item = &'a str> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| prefixes.iter().any(|prefix| word.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty())))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_metric_that_a_rule_or_a_panel_asks_for_is_told() {
    let home = metrics::home().await;
    let service = home.serve().await;
    calls(&service).await;
    let series = metrics::read(&home).await;
    service.terminate().await;
    let told: BTreeSet<&str> = series.keys().filter_map(|series| series.split('{').next()).collect();
    for folder in ["deploy/prometheus", "deploy/grafana"] {
        let mut asked = 0;
        for (path, text) in files(folder) {
            for name in words(&text, &["usher_", "process_"]) {
                assert!(told.contains(name), "{}: no {name} in {told:?}", path.display());
                asked += 1;
            }
        }
        assert!(asked > 10, "{folder}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_setting_that_is_written_of_is_known() {
    let help = Home::new().run(&["serve", "--help"]).await.expect_success();
    let known: BTreeSet<&str> = words(&help, &["USHER_", "OTEL_", "DATABASE_URL"]).collect();
    let mut texts = files("deploy");
    for file in ["docker-compose.yml", "Dockerfile", "README.md", "docs/OPERATIONS.md"] {
        texts.push((file.into(), fs::read_to_string(project().join(file)).unwrap()));
    }
    let mut written = BTreeSet::new();
    for (path, text) in &texts {
        for name in words(text, &["USHER_", "OTEL_"]) {
            // `USHER_ADMIN_*` stands for several.
            let setting = name.strip_suffix("_FILE").unwrap_or(name);
            let is_known =
                known.iter().any(|known| *known == setting || setting.ends_with('_') && known.starts_with(setting));
            assert!(is_known, "{}: {name}", path.display());
            written.insert(setting);
        }
    }
    assert!(written.contains("USHER_METRICS_LISTEN") && written.contains("OTEL_TRACES_SAMPLER"));
}
