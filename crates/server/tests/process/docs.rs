//! The documentation: its links work, and its reference pages are complete.

use crate::{
    home::Home,
    metrics::{self, calls},
};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Component, Path, PathBuf},
};
use usher_testkit::{PASSWORD, token_claims, token_header};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// Folders whose documents are not ours.
const SKIPPED: [&str; 4] = ["node_modules", ".venv", ".git", "target"];

/// The files below a folder that end like this, with their text. Paths are relative to the repository.
fn files(folder: &str, ending: &str) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![Path::new(ROOT).join(folder)];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() && !SKIPPED.contains(&name) {
                folders.push(path);
            } else if path.is_file() && name.ends_with(ending) {
                let text = fs::read_to_string(&path).unwrap();
                found.insert(path.strip_prefix(ROOT).unwrap().to_owned(), text);
            }
        }
    }
    found
}

fn read(file: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(file)).unwrap()
}

/// The lines of a document outside of its code blocks.
fn prose(document: &str) -> impl Iterator<Item = &str> {
    let mut in_code = false;
    document.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        in_code ^= is_fence;
        !in_code && !is_fence
    })
}

/// The targets of the links in a document.
fn links(document: &str) -> impl Iterator<Item = &str> {
    prose(document).flat_map(|line| line.split("](").skip(1).filter_map(|rest| rest.split(')').next()))
}

/// The anchors of a document's headings, as GitHub makes them.
fn anchors(document: &str) -> BTreeSet<String> {
    let headings = prose(document)
        .filter_map(|line| line.trim_start_matches('#').strip_prefix(' ').filter(|_| line.starts_with('#')));
    let anchor = |heading: &str| {
        let kept = heading.to_lowercase().replace(' ', "-");
        kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect()
    };
    headings.map(anchor).collect()
}

/// The path without its `..`.
fn normalized(path: &Path) -> PathBuf {
    let mut parts = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(parts.pop()),
            Component::CurDir => {}
            other => parts.push(other),
        }
    }
    parts
}

#[test]
fn every_link_between_documents_leads_to_a_file_and_a_heading() {
    let documents = files("", ".md");
    let (mut broken, mut followed) = (Vec::new(), 0);
    for (path, text) in &documents {
        for link in links(text).filter(|link| !link.contains("://")) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { path.clone() } else { normalized(&path.with_file_name(file)) };
            let is_file = Path::new(ROOT).join(&target).exists();
            let is_heading =
                anchor.is_empty() || documents.get(&target).is_some_and(|text| anchors(text).contains(anchor));
            if !is_file || !is_heading {
                broken.push(format!("{}: {link}", path.display()));
            }
            followed += 1;
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
    assert!(followed > 100, "{followed} links");
}

#[test]
fn every_document_is_in_the_index() {
    let index = read("docs/README.md");
    for path in files("docs", ".md").keys() {
        let name = path.strip_prefix("docs").unwrap();
        if !name.starts_with("development/adr") && name != Path::new("README.md") {
            assert!(
                index.contains(&format!("({})", name.display())),
                "docs/README.md does not list {}",
                name.display()
            );
        }
    }
}

/// The number that follows `key` wherever the text has it.
fn numbers(text: &str, key: &str) -> Vec<u64> {
    let digits = |rest: &str| rest.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default().parse().ok();
    text.split(key).skip(1).filter_map(digits).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_guide_to_verifying_tokens_describes_the_tokens_that_are_issued() {
    let home = Home::with_database().await;
    let service = home.serve().await;
    service.client().register("ada").await.expect_status(201);
    let ada = service.client().sign_in("ada", PASSWORD).await;
    let token = ada.access_token().unwrap();
    let (header, claims) = (token_header(token), token_claims(token));
    service.terminate().await;

    let guide = read("docs/integrating/verifying-tokens.md");
    for (name, value) in [("typ", &header["typ"]), ("alg", &header["alg"])] {
        let row = guide.lines().find(|line| line.starts_with('|') && line.contains(&format!("`{name}`"))).unwrap();
        assert!(row.contains(&format!("`{}`", value.as_str().unwrap())), "{row}");
    }
    for claim in ["iss", "aud", "exp", "nbf", "iat", "sub", "sid"] {
        assert!(guide.contains(&format!("`{claim}`")) && !claims[claim].is_null(), "{claim}");
    }
    // A clock that is behind by as much as `nbf` allows must not refuse a token for its `iat` either.
    let behind = claims["iat"].as_u64().unwrap() - claims["nbf"].as_u64().unwrap();
    let mut leeways = numbers(&guide, "with a leeway of ");
    for key in ["clockTolerance: ", "leeway=", "ClockSkew = TimeSpan.FromSeconds(", "clock_skew_seconds: "] {
        let numbers = numbers(&guide, key);
        assert!(!numbers.is_empty(), "{key}");
        leeways.extend(numbers);
    }
    assert!(leeways.len() >= 7 && leeways.iter().all(|leeway| *leeway == behind), "{leeways:?}, not {behind}");
    assert!(guide.contains("/.well-known/openid-configuration"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_setting_is_on_the_page_of_the_settings() {
    let help = Home::new().run(&["serve", "--help"]).await.expect_success();
    let words = help.split(|c: char| !c.is_ascii_uppercase() && c != '_');
    let settings: BTreeSet<&str> = words
        .filter(|word| word.starts_with("USHER_") || word.starts_with("OTEL_") || word.starts_with("DATABASE_"))
        .filter(|word| !word.ends_with("_FILE"))
        .collect();
    assert!(settings.len() > 30, "{settings:?}");
    let page = read("docs/reference/settings.md");
    for setting in settings {
        assert!(page.contains(&format!("`{setting}`")), "{setting} is missing");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_the_metrics_has_each_metric_and_no_other() {
    let home = metrics::home().await;
    let service = home.serve().await;
    calls(&service).await;
    let series = metrics::read_complete(&home).await;
    service.terminate().await;
    let names = series.keys().map(|series| series.split('{').next().unwrap());
    let without_part =
        |name: &str| ["_bucket", "_count", "_sum"].iter().find_map(|part| Some(name.strip_suffix(part)?.to_owned()));
    let exposed: BTreeSet<String> = names.map(|name| without_part(name).unwrap_or_else(|| name.to_owned())).collect();
    let page = read("docs/reference/metrics.md");
    let documented: BTreeSet<String> =
        first_cells(&page).map(|name| name.split('{').next().unwrap().to_owned()).collect();
    assert_eq!(documented, exposed);
}

/// What is in backticks in the first cells of a page's tables.
fn first_cells(page: &str) -> impl Iterator<Item = &str> {
    let rows = page.lines().filter_map(|line| line.strip_prefix("| ")?.split(" |").next());
    rows.flat_map(|cell| cell.split('`').skip(1).step_by(2))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_the_audit_events_has_each_action_and_no_other() {
    let document: Value = serde_json::from_str(&Home::new().run(&["openapi"]).await.expect_success()).unwrap();
    let events = document["components"]["schemas"]["AuditAction"]["examples"].as_array().unwrap();
    let events: BTreeSet<&str> = events.iter().map(|event| event.as_str().unwrap()).collect();
    let page = read("docs/reference/audit-events.md");
    let documented: BTreeSet<&str> = first_cells(page.split("| field |").next().unwrap()).collect();
    assert_eq!(documented, events);
}

/// The texts in quotation marks of a function's body.
fn texts_of_function<'a>(source: &'a str, signature: &str) -> Option<Vec<&'a str>> {
    let body = source.split_once(signature)?.1.split("\n    }\n").next()?;
    Some(body.split('"').skip(1).step_by(2).collect())
}

#[test]
fn the_page_of_the_errors_has_each_code_and_no_other() {
    let sources: Vec<String> = ["crates/http/src", "crates/domain/src"]
        .iter()
        .flat_map(|folder| files(folder, ".rs"))
        .map(|(_, text)| text)
        .collect();
    let page = read("docs/reference/errors.md");
    let codes = sources.iter().flat_map(|source| {
        let functions = ["pub fn code(&self) -> &'static str {", "const fn code(self) -> &'static str {"];
        functions.into_iter().filter_map(|signature| texts_of_function(source, signature)).flatten()
    });
    let codes: BTreeSet<&str> = codes.collect();
    assert!(codes.len() > 20, "the functions that name the codes of problems are found: {codes:?}");
    let lost: Vec<_> = codes.iter().filter(|code| !page.contains(&format!("`{code}`"))).collect();
    assert!(lost.is_empty(), "docs/reference/errors.md lacks {lost:?}");

    // The code is in the cell behind the status, or in the first one where there is no status.
    let documented = page.lines().filter_map(|line| {
        let cells: Vec<&str> = line.strip_prefix("| ")?.split(" | ").collect();
        let has_status = cells.first()?.parse::<u16>().is_ok();
        cells.get(usize::from(has_status)).copied()
    });
    let documented = documented.flat_map(|cell| cell.split('`').skip(1).step_by(2));
    for code in documented {
        assert!(sources.iter().any(|source| source.contains(&format!("\"{code}\""))), "{code} is not a code");
    }
}

/// The commands that the help of a command lists.
fn commands(help: &str) -> Vec<&str> {
    let listed = help.split_once("Commands:\n").unwrap().1.split("\n\n").next().unwrap();
    // The description of a command may continue on further lines, which are indented more.
    let names =
        listed.lines().filter(|line| !line.starts_with("   ")).filter_map(|line| line.split_whitespace().next());
    names.filter(|name| *name != "help").collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_is_on_the_page_of_the_commands() {
    let home = Home::new();
    let page = read("docs/reference/commands.md");
    let help = home.run(&["--help"]).await.expect_success();
    let mut seen = 0;
    for command in commands(&help) {
        let help = home.run(&[command, "--help"]).await.expect_success();
        let subcommands = if help.contains("Commands:\n") { commands(&help) } else { vec![""] };
        for subcommand in subcommands {
            let whole = format!("| `usher {command} {subcommand}");
            assert!(page.contains(whole.trim_end()), "{whole} is missing");
            seen += 1;
        }
    }
    assert!(seen > 10, "{help}");
}

/// What each operation or field takes, on oneself and on others, as the page has it; by the crawler's policy table.
fn policy_table() -> BTreeMap<String, [String; 2]> {
    let source = read("crates/crawler/tests/links/policy_table.rs");
    let mut requirements = BTreeMap::new();
    for line in source.lines().filter(|line| !line.starts_with("operation ")) {
        let parts: Vec<&str> = line.split('|').map(str::trim).collect();
        let (name, on_oneself, on_others) = match parts.as_slice() {
            [name, _, takes, _] | [name, _, takes, _, _] => (*name, *takes, *takes),
            [name, _, on_oneself, on_others, _, _] => (*name, *on_oneself, *on_others),
            _ => continue,
        };
        if !name.contains(' ') {
            requirements.insert(name.to_owned(), [on_oneself, on_others].map(requirement));
        }
    }
    requirements
}

/// What an operation takes, in the words of the page.
fn requirement(words: &str) -> String {
    let one = |word: &str| match word.strip_prefix("session+") {
        Some(permission) => format!("session and `{permission}`"),
        None if word.contains('.') => format!("`{word}`"),
        None => word.replace("no-bad-token", "no invalid token").replace("client", "a client"),
    };
    words.split_whitespace().map(one).collect::<Vec<_>>().join(" or ")
}

#[test]
fn the_page_of_permissions_agrees_with_the_policy_table() {
    let policy_table = policy_table();
    assert!(policy_table.len() > 30, "{policy_table:?}");
    let page = read("docs/reference/permissions.md");
    let (_, operations) = page.split_once("\n## Operations\n").unwrap();
    let mut documented = BTreeSet::new();
    for line in operations.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.split(" |").map(|cell| cell.trim_start_matches("| ").trim()).collect();
        let names: Vec<&str> = cells[0].split('`').skip(1).step_by(2).collect();
        let names = match names.as_slice() {
            [operation, field] if cells[0].contains("field") => vec![format!("{operation}.{field}")],
            operations => operations.iter().map(|name| (*name).to_owned()).collect(),
        };
        for name in names {
            let taken = policy_table.get(&name).unwrap_or_else(|| panic!("the table has no {name}"));
            assert_eq!(taken.as_slice(), &cells[1..3], "{name}");
            documented.insert(name);
        }
    }
    assert_eq!(documented, policy_table.into_keys().collect());
}
