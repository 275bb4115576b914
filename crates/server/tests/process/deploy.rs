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

/// The text behind `key` in each line that has it.
fn values<'a>(text: &'a str, key: &'a str) -> impl Iterator<Item = (usize, &'a str)> {
    text.lines().enumerate().filter_map(move |(at, line)| {
        let value = line.split_once(key)?.1;
        Some((at, value.split([',', '}']).next().unwrap_or(value).trim()))
    })
}

#[test]
fn every_alert_is_tested_to_fire_and_not_to_fire() {
    let read = |file: &str| fs::read_to_string(project().join("deploy/prometheus").join(file)).unwrap();
    let (alerts, tests) = (read("alerts.yml"), read("alerts.test.yml"));
    let lines: Vec<&str> = tests.lines().collect();
    let names: Vec<&str> = values(&alerts, "- alert:").map(|(_, name)| name).collect();
    assert!(names.len() >= 10, "{names:?}");
    for name in names {
        let asked: Vec<usize> =
            values(&tests, "alertname:").filter(|(_, tested)| *tested == name).map(|(at, _)| at).collect();
        let fires = |at: &usize| lines.get(at + 1).is_some_and(|line| line.trim() == "exp_alerts:");
        assert!(asked.iter().any(fires), "{name} is never seen to fire");
        assert!(!asked.iter().all(fires), "{name} is never seen to stay silent");
    }
}

#[test]
fn the_job_that_the_alerts_ask_for_is_the_one_that_scrapes_the_service_everywhere() {
    let read = |file: &str| fs::read_to_string(project().join("deploy").join(file)).unwrap();
    let alerts = read("prometheus/alerts.yml");
    let job = alerts.split_once("up{job=\"").unwrap().1.split('"').next().unwrap();
    for file in ["prometheus/prometheus.yml", "prometheus/kubernetes.yml"] {
        let text = read(file);
        let jobs: Vec<&str> = values(&text, "job_name:").map(|(_, name)| name).collect();
        assert_eq!(jobs, [job], "{file}");
    }
    // The operator calls the job by this label of the pods.
    assert!(read("kubernetes/pod-monitor.yaml").contains("jobLabel: app.kubernetes.io/name\n"));
    let deployment = read("kubernetes/deployment.yaml");
    assert!(deployment.contains(&format!("app.kubernetes.io/name: {job} }}")));
    // Scraping by annotation would give the job another name.
    assert!(!deployment.contains("prometheus.io/scrape"));
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
