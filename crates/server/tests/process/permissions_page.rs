//! The table of the permissions on their reference page: `make docs` writes it.

use std::{env, fs};
use usher_domain::Permission;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/permissions.md");
const BEGIN: &str = "<!-- generated from crates/domain/src/permission.rs by `make docs` -->\n\n";
const END: &str = "\n<!-- end -->";

/// What each permission allows and requires.
fn table() -> String {
    let row = |permission: &Permission| {
        let required = permission.requires().map(|required| format!("`{}`", required.as_str()));
        let (name, allows) = (permission.as_str(), permission.description());
        format!("| `{name}` | {allows} | {} |\n", required.unwrap_or_default())
    };
    let rows: String = Permission::ALL.iter().map(row).collect();
    format!("| permission | allows | requires |\n|---|---|---|\n{rows}")
}

#[test]
fn the_table_of_the_permissions_is_that_of_the_code() {
    let page = fs::read_to_string(PAGE).unwrap();
    let (before, rest) = page.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let generated = format!("{before}{BEGIN}{}{END}{after}", table());
    if env::var_os("WRITE_PAGE").is_some() {
        fs::write(PAGE, generated).unwrap();
        return;
    }
    assert_eq!(page, generated, "run `make docs`");
}
