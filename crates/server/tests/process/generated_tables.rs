//! The tables of the documentation that are written from the code: `make docs` writes them.

use std::{env, fs, path::Path};
use usher_domain::{Permission, audit::Event, event_feed::EventSchema};

const DOCS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs");
const END: &str = "\n<!-- end -->";

/// Compares the table on a page with the one that the code in `source` says, or writes it.
fn compare(page: &str, source: &str, table: &str) {
    let path = Path::new(DOCS).join(page);
    let begin = format!("<!-- generated from {source} by `make docs` -->\n\n");
    let page = fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(&begin).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let generated = format!("{before}{begin}{table}{END}{after}");
    if env::var_os("WRITE_PAGE").is_some() {
        fs::write(path, generated).unwrap();
        return;
    }
    assert_eq!(page, generated, "run `make docs`");
}

#[test]
fn the_table_of_the_permissions_is_that_of_the_code() {
    let row = |permission: &Permission| {
        let required = permission.requires().map(|required| format!("`{}`", required.as_str()));
        let (name, allows) = (permission.as_str(), permission.description());
        format!("| `{name}` | {allows} | {} |\n", required.unwrap_or_default())
    };
    let rows: String = Permission::ALL.iter().map(row).collect();
    let table = format!("| permission | allows | requires |\n|---|---|---|\n{rows}");
    compare("reference/permissions.md", "crates/domain/src/permission.rs", &table);
}

#[test]
fn the_table_of_the_types_of_events_is_that_of_the_code() {
    let row = |event: &Event| {
        let EventSchema { target, changed } = EventSchema::of(*event)?;
        let target = target.map(|target| format!("`{}`", target.as_str())).unwrap_or_default();
        let changed: Vec<_> = changed.iter().map(|field| format!("`{field}`")).collect();
        Some(format!("| `{}` | {target} | {} |\n", event.as_str(), changed.join(", ")))
    };
    let rows: String = Event::ALL.iter().filter_map(row).collect();
    let table = format!("| type | target | can be in `changed` |\n|---|---|---|\n{rows}");
    compare("integrating/events.md", "crates/domain/src/event_feed.rs", &table);
}
