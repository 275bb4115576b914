//! Runs the commands of the guides as written: each `sh` block, in order, in one shell, on a service of its own. What a
//! block prints is compared with the block that follows it, but for ids, times and tokens.

use crate::home::Home;
use serde_json::{Deserializer, Value};
use std::{fs, path::Path, process::Stdio};
use tokio::{io::AsyncWriteExt, process::Command};
use uuid::Uuid;

/// The address of the service in the guides.
const SHOWN_URL: &str = "http://localhost:8080";
/// The placeholder of the admin's password in a guide.
const SHOWN_PASSWORD: &str = "password=…";
/// Ends what a block has printed.
const END: &str = "\u{1e}";
/// Members that are others each time, whatever they look like.
const NEVER_THE_SAME: [&str; 7] = ["access_token", "refresh_token", "auth_time", "exp", "iat", "nbf", "user_agent"];

#[tokio::test(flavor = "multi_thread")]
async fn the_tour_with_curl_runs_as_written() {
    walk(&guide("docs/getting-started/tour.md")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tour_of_the_readme_runs_as_written() {
    let readme = guide("README.md");
    let (_, rest) = readme.split_once("## A tour\n").unwrap();
    walk(rest.split_once("\n## ").unwrap().0).await;
}

fn guide(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)).unwrap()
}

async fn walk(page: &str) {
    let home = Home::new().set("USHER_INTROSPECTION_CLIENTS", "ledger:a-long-secret-of-the-ledger");
    let service = home.serve().await;
    let password = fs::read_to_string(home.data_dir().join("admin_password")).unwrap();
    let steps = steps(page);
    assert!(steps.len() > 5, "the guide has become short, or its blocks look otherwise");
    let commands: Vec<&str> = steps.iter().map(|step| step.commands.as_str()).collect();
    let script = commands.join("printf '\\036'\n");
    let script = script.replace(SHOWN_URL, &service.url);
    let script = script.replace(SHOWN_PASSWORD, &format!("password={}", password.trim_end()));
    let printed = run(&script).await.replace(&service.url, SHOWN_URL);
    let mut printed = printed.split(END);
    for step in &steps {
        let printed = printed.next().unwrap();
        assert_eq!(items(printed), items(&step.shown), "after\n{}it prints\n{printed}", step.commands);
    }
    service.terminate().await;
}

/// What a shell prints that is given the script.
async fn run(script: &str) -> String {
    let mut shell = Command::new("sh").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    shell.stdin.take().unwrap().write_all(script.as_bytes()).await.unwrap();
    String::from_utf8(shell.wait_with_output().await.unwrap().stdout).unwrap()
}

/// A block of commands, and what the guide shows that they print.
#[derive(Default)]
struct Step {
    commands: String,
    shown: String,
}

fn steps(page: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some(language) = line.strip_prefix("```") else { continue };
        let block: String = lines.by_ref().take_while(|line| *line != "```").flat_map(|line| [line, "\n"]).collect();
        match (language, steps.last_mut()) {
            ("sh", _) => steps.push(Step { commands: block, ..Step::default() }),
            ("json" | "", Some(step)) => step.shown += &block,
            _ => {}
        }
    }
    steps
}

/// The JSON documents and the other lines of an output, without what is another each time.
fn items(output: &str) -> Vec<Value> {
    let mut items = Vec::new();
    let mut rest = output.trim_start();
    while !rest.is_empty() {
        let mut documents = Deserializer::from_str(rest).into_iter::<Value>();
        let end = match documents.next() {
            Some(Ok(document)) if rest.starts_with('{') => {
                items.push(masked(document));
                documents.byte_offset()
            }
            _ => {
                let line = rest.lines().next().unwrap_or_default();
                items.push(Value::from(masked_text(line.trim_end())));
                line.len()
            }
        };
        rest = rest[end..].trim_start();
    }
    items
}

fn masked(value: Value) -> Value {
    match value {
        Value::String(text) => masked_text(&text).into(),
        Value::Array(items) => items.into_iter().map(masked).collect(),
        Value::Object(members) => members
            .into_iter()
            .map(|(name, value)| {
                let value = if NEVER_THE_SAME.contains(&name.as_str()) { Value::from("…") } else { masked(value) };
                (name, value)
            })
            .collect(),
        other => other,
    }
}

fn masked_text(text: &str) -> String {
    let belongs = |character: char| character.is_ascii_alphanumeric() || "-_:.".contains(character);
    let masked = |word: &str| {
        let bare = word.trim_end_matches(|character| !belongs(character));
        if is_another_each_time(bare) { word.replace(bare, "…") } else { word.to_owned() }
    };
    text.split_inclusive(|character| !belongs(character)).map(masked).collect()
}

/// Whether the word is an id, a time or a cursor.
fn is_another_each_time(word: &str) -> bool {
    let is_time = word.len() > 19 && word.ends_with('Z') && word[..4].bytes().all(|byte| byte.is_ascii_digit());
    let has = |kind: fn(&char) -> bool| word.chars().any(|character| kind(&character));
    let is_opaque = word.len() > 20 && has(char::is_ascii_digit) && has(char::is_ascii_uppercase);
    Uuid::try_parse(word).is_ok() || is_time || is_opaque
}
