//! The files in `deploy/` agree with the service.

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

/// The text of one of the project's files.
fn read(file: &str) -> String {
    fs::read_to_string(project().join(file)).unwrap()
}

/// The words of a text that begin so.
fn words<'a>(text: &'a str, prefixes: &'a [&str]) -> impl Iterator<Item = &'a str> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| prefixes.iter().any(|prefix| word.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty())))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_metric_of_a_rule_or_a_panel_is_exported() {
    let home = metrics::home().await;
    let service = home.serve().await;
    calls(&service).await;
    let series = metrics::read_complete(&home).await;
    service.terminate().await;
    let exported: BTreeSet<&str> = series.keys().filter_map(|series| series.split('{').next()).collect();
    for folder in ["deploy/prometheus", "deploy/grafana"] {
        let mut checked = 0;
        for (path, text) in files(folder) {
            for name in words(&text, &["usher_", "process_"]) {
                assert!(exported.contains(name), "{}: no {name} in {exported:?}", path.display());
                checked += 1;
            }
        }
        assert!(checked > 10, "{folder}");
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
    let (alerts, tests) = (read("deploy/prometheus/alerts.yml"), read("deploy/prometheus/alerts.test.yml"));
    let lines: Vec<&str> = tests.lines().collect();
    let names: Vec<&str> = values(&alerts, "- alert:").map(|(_, name)| name).collect();
    assert!(names.len() >= 10, "{names:?}");
    for name in names {
        let samples: Vec<usize> =
            values(&tests, "alertname:").filter(|(_, tested)| *tested == name).map(|(at, _)| at).collect();
        let fires = |at: &usize| lines.get(at + 1).is_some_and(|line| line.trim() == "exp_alerts:");
        assert!(samples.iter().any(fires), "{name} is never seen to fire");
        assert!(!samples.iter().all(fires), "{name} is never seen to stay silent");
    }
}

#[test]
fn the_job_that_the_alerts_ask_for_is_the_one_that_scrapes_the_service_everywhere() {
    let alerts = read("deploy/prometheus/alerts.yml");
    let job = alerts.split_once("up{job=\"").unwrap().1.split('"').next().unwrap();
    for file in ["deploy/prometheus/prometheus.yml", "deploy/prometheus/kubernetes.yml"] {
        let text = read(file);
        let jobs: Vec<&str> = values(&text, "job_name:").map(|(_, name)| name).collect();
        assert_eq!(jobs, [job], "{file}");
    }
    // The operator calls the job by this label of the pods.
    assert!(read("deploy/kubernetes/pod-monitor.yaml").contains("jobLabel: app.kubernetes.io/name\n"));
    let deployment = read("deploy/kubernetes/deployment.yaml");
    assert!(deployment.contains(&format!("app.kubernetes.io/name: {job} }}")));
    // Scraping by annotation would give the job another name.
    assert!(!deployment.contains("prometheus.io/scrape"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_setting_that_is_written_of_is_known() {
    let help = Home::new().run(&["serve", "--help"]).await.expect_success();
    let known: BTreeSet<&str> = words(&help, &["USHER_", "OTEL_", "DATABASE_URL"]).collect();
    let mut texts: Vec<_> = ["deploy", "docs/operating", "docs/reference"].into_iter().flat_map(files).collect();
    for file in ["docker-compose.yml", ".env.example", "Dockerfile", "README.md"] {
        texts.push((file.into(), read(file)));
    }
    let mut written = BTreeSet::new();
    for (path, text) in &texts {
        for name in words(text, &["USHER_", "OTEL_"]) {
            // `USHER_ADMIN_*` means several variables.
            let setting = name.strip_suffix("_FILE").unwrap_or(name);
            let is_known =
                known.iter().any(|known| *known == setting || setting.ends_with('_') && known.starts_with(setting));
            assert!(is_known, "{}: {name}", path.display());
            written.insert(setting);
        }
    }
    assert!(written.contains("USHER_METRICS_LISTEN") && written.contains("OTEL_TRACES_SAMPLER"));
}

/// The entries of a compose file's `services`, with the lines below each.
fn services(compose: &str) -> Vec<(&str, String)> {
    let lines = compose.lines().skip_while(|line| *line != "services:").skip(1);
    let mut found: Vec<(&str, String)> = Vec::new();
    for line in lines.take_while(|line| line.is_empty() || line.starts_with(' ')) {
        let entry = line.strip_prefix("  ").filter(|rest| !rest.starts_with([' ', '#']));
        if let Some(name) = entry.and_then(|rest| rest.strip_suffix(':')) {
            found.push((name, String::new()));
        } else if let Some((_, text)) = found.last_mut() {
            text.push_str(line);
            text.push('\n');
        }
    }
    found
}

#[test]
fn the_services_of_compose_come_back_and_are_healthy_only_when_they_serve() {
    let compose = read("docker-compose.yml");
    let services = services(&compose);
    assert_eq!(services.len(), 4, "{services:?}");
    for (name, text) in &services {
        assert!(text.contains("    restart: unless-stopped\n"), "{name}");
    }
    let of = |name: &str| &services.iter().find(|(service, _)| *service == name).unwrap().1;
    assert!(of("usher").contains("test: [CMD, usher, health]"));
    // By the socket alone, Postgres seems ready while it sets itself up.
    assert!(of("postgres").contains("pg_isready, --host=127.0.0.1"));
}

#[test]
fn the_variables_of_compose_are_in_the_sample_and_stay_out_of_git_and_of_the_image() {
    let (compose, sample) = (read("docker-compose.yml"), read(".env.example"));
    let sampled: BTreeSet<&str> = sample
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, _)| name.trim_start_matches('#'))
        .filter(|name| name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_'))
        .collect();
    let variables = compose.split("${").skip(1).map(|rest| rest.split([':', '}']).next().unwrap());
    // Without a value a variable is passed on.
    let passed =
        compose.lines().filter_map(|line| line.trim().strip_suffix(':')).filter(|name| name.starts_with("USHER_"));
    let variables: BTreeSet<&str> = variables.chain(passed).collect();
    assert_eq!(variables, sampled);
    for required in ["POSTGRES_PASSWORD", "USHER_SECRET_KEY", "USHER_ADMIN_PASSWORD"] {
        assert!(compose.contains(&format!("${{{required}:?")), "{required}");
        assert!(sample.contains(&format!("\n{required}=\n")), "{required} has a value that an operator would keep");
    }
    // It becomes part of a URL, where other characters would have to be percent-encoded.
    assert!(sample.contains("letters and digits only: openssl rand -hex 24\nPOSTGRES_PASSWORD="));
    assert!(read(".gitignore").lines().any(|line| line == ".env"));
    let ignored = read(".dockerignore");
    assert_eq!(ignored.lines().find(|line| !line.starts_with('#')), Some("*"), "only what is named gets in");
    for kept_out in ["**/.env", "**/.venv", "**/node_modules", "**/target"] {
        assert!(ignored.lines().any(|line| line == kept_out), "{kept_out}");
    }
}

#[test]
fn the_image_has_a_user_by_number_and_asks_the_service_itself_for_its_health() {
    let image = read("Dockerfile");
    let user = image.lines().find_map(|line| line.strip_prefix("USER ")).unwrap();
    assert!(user.split(':').all(|id| id.parse::<u32>().is_ok_and(|id| id > 0)), "{user}");
    let uid = user.split(':').next().unwrap();
    assert!(image.contains(&format!("--uid {uid} ")) && read("deploy/kubernetes/deployment.yaml").contains(uid));
    assert!(image.lines().any(|line| line.starts_with("HEALTHCHECK") && line.ends_with(r#"CMD ["usher", "health"]"#)));
    for no in ["curl", "--create-home"] {
        assert!(!image.contains(no), "{no}");
    }
}

#[test]
fn the_image_has_no_symbols_and_its_build_keeps_compiled_dependencies() {
    let image = read("Dockerfile");
    let (build, last) = image.rsplit_once("\nFROM ").unwrap();
    let (_, stripped) = build.split_once("&& strip -o ").unwrap();
    let binary = stripped.split_whitespace().next().unwrap();
    assert!(last.contains(&format!("COPY --from=build {binary} ")), "{binary} is not the file in the image");
    for cached in ["/usr/local/cargo/registry", "/usher/target"] {
        assert!(build.contains(&format!("--mount=type=cache,target={cached}")), "{cached}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_without_a_secret_key_does_not_start() {
    let image = read("Dockerfile");
    let variables = image.lines().find_map(|line| line.strip_prefix("ENV ")).unwrap();
    let mut home = Home::with_database().await;
    for (name, value) in variables.split(' ').filter_map(|variable| variable.split_once('=')) {
        // The data directory and the port are the test's own.
        if !["USHER_DATA_DIR", "USHER_LISTEN"].contains(&name) {
            home = home.set(name, value);
        }
    }
    let complaint = home.run(&["serve"]).await.expect_failure();
    assert!(complaint.contains("USHER_SECRET_KEY"), "{complaint}");
    assert!(!home.data_dir().join("secret_key").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sample_for_kubernetes_trusts_no_proxy_until_one_is_named() {
    let deployment = read("deploy/kubernetes/deployment.yaml");
    let line = deployment.lines().find(|line| line.contains("name: USHER_TRUSTED_PROXIES")).unwrap();
    let placeholder = line.split_once("value: ").unwrap().1.trim_end_matches([' ', '}']);
    let home = Home::with_database().await.set("USHER_TRUSTED_PROXIES", placeholder);
    let complaint = home.run(&["check"]).await.expect_failure();
    assert!(complaint.contains("USHER_TRUSTED_PROXIES") && complaint.contains(placeholder), "{complaint}");
}

#[test]
fn the_sample_for_kubernetes_bounds_the_service_and_keeps_metrics_to_prometheus() {
    let deployment = read("deploy/kubernetes/deployment.yaml");
    let limits = deployment.lines().find(|line| line.trim().starts_with("limits:")).unwrap();
    assert!(limits.contains("cpu:") && limits.contains("memory:"), "{limits}");
    let applied = read("deploy/kubernetes/kustomization.yaml");
    let by_itself = ["kustomization.yaml", "secret.example.yaml", "pod-monitor.yaml"];
    for (path, _) in files("deploy/kubernetes") {
        let name = path.file_name().unwrap().to_str().unwrap();
        assert_eq!(applied.contains(&format!("  - {name}\n")), !by_itself.contains(&name), "{name}");
    }
    let policy = read("deploy/kubernetes/network-policy.yaml");
    let metrics = policy.split_once("port: metrics").unwrap().1;
    assert!(metrics.trim_start_matches([' ', '}', '\n']).starts_with("from:"), "{metrics}");
    assert!(read("deploy/kubernetes/disruption-budget.yaml").contains("unhealthyPodEvictionPolicy: AlwaysAllow"));
}

/// The path that a probe of the Deployment requests.
fn probe<'a>(deployment: &'a str, name: &str) -> &'a str {
    let (_, probe) = deployment.split_once(&format!("{name}:\n")).unwrap();
    let (_, path) = probe.split_once("path: ").unwrap();
    path.split(',').next().unwrap()
}

#[test]
fn kubernetes_restarts_no_pod_that_migrates_or_has_lost_its_database() {
    let deployment = read("deploy/kubernetes/deployment.yaml");
    for (name, path) in
        [("startupProbe", "/health/live"), ("livenessProbe", "/health/live"), ("readinessProbe", "/health/ready")]
    {
        assert_eq!(probe(&deployment, name), path, "{name}");
    }
}

#[test]
fn the_unit_shows_how_to_pass_each_secret_and_names_the_package_that_it_needs() {
    let unit = read("deploy/systemd/usher.service");
    for (credential, variable) in [("database_url", "DATABASE_URL_FILE"), ("secret_key", "USHER_SECRET_KEY_FILE")] {
        assert!(unit.contains(&format!("#LoadCredential={credential}:/etc/usher/{credential}\n")), "{credential}");
        assert!(unit.contains(&format!("#Environment={variable}=%d/{credential}\n")), "{variable}");
    }
    // DynamicUser hides the user from the private Postgres without it.
    assert!(unit.contains("DynamicUser=yes\n") && unit.contains("libnss-systemd"));
}

#[test]
fn systemd_waits_for_the_ready_line_however_long_a_migration_takes() {
    let unit = read("deploy/systemd/usher.service");
    for line in ["Type=notify", "TimeoutStartSec=infinity"] {
        assert!(unit.lines().any(|written| written == line), "{line}");
    }
}
