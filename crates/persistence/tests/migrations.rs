//! Replicas of the last release keep serving while the first of this version migrates: what a migration may do then.
//!
//! `migrations/released` names the newest migration of the last release. Those after it only expand: they add what an older
//! replica neither knows nor misses, and block no writers in the meantime. One that contracts, that is removes or renames
//! what no release uses any more, says so in a comment `-- contracts: 1.2.0`, with the release that was the first to do
//! without.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{collections::BTreeSet, fs, path::PathBuf};

const CONTRACTS: &str = "-- contracts: ";

fn project() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The names of all migrations, oldest first.
fn names() -> Vec<String> {
    let folders = fs::read_dir(project().join("migrations")).unwrap().map(|entry| entry.unwrap().path());
    let mut names: Vec<_> = folders
        .filter(|path| path.is_dir())
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

fn last_released() -> String {
    fs::read_to_string(project().join("migrations/released")).unwrap().trim().to_owned()
}

/// The releases in the changelog.
fn releases() -> Vec<String> {
    let changelog = fs::read_to_string(project().join("CHANGELOG.md")).unwrap();
    let dated = |line: &str| {
        let (release, date) = line.strip_prefix("## [")?.split_once(']')?;
        date.starts_with(" - ").then(|| release.to_owned())
    };
    changelog.lines().filter_map(dated).collect()
}

/// The statements, in lower case on one line each, without comments and without quoted texts.
fn statements(sql: &str) -> Vec<String> {
    let sql = sql.to_lowercase();
    let code: String = sql.lines().map(|line| line.split("--").next().unwrap().to_owned() + "\n").collect();
    // Every other piece is the body of a function, or a text.
    let outside = |code: &str, quote: &str| code.split(quote).step_by(2).collect::<Vec<_>>().join(quote);
    outside(&outside(&code, "$$"), "'")
        .split(';')
        .map(|statement| statement.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|statement| !statement.is_empty())
        .collect()
}

/// The word that follows `before`.
fn word_after<'a>(statement: &'a str, before: &str) -> Option<&'a str> {
    let rest = statement.split_once(before)?.1;
    rest.split([' ', '(', ',']).find(|word| !["", "if", "not", "exists", "only", "concurrently"].contains(word))
}

/// The change that would break an older replica.
fn breaks(statement: &str) -> Option<&'static str> {
    let has = |words: &str| statement.contains(words);
    let drops = ["drop table", "drop view", "drop function", "drop column", "drop type", "drop default"];
    if drops.iter().any(|words| has(words)) {
        return Some("drops what an older replica may use");
    }
    if has(" rename ") {
        return Some("renames what an older replica uses");
    }
    if has(" alter column ") && has(" type ") {
        return Some("changes the type of a column, for which the table is rewritten under a lock");
    }
    if has(" set not null") {
        return Some("wants a value that an older replica may not write");
    }
    let columns = statement.split(" add column ").skip(1);
    if columns
        .filter_map(|rest| rest.split(", ").next())
        .any(|column| column.contains("not null") && !column.contains(" default ") && !column.contains(" generated "))
    {
        return Some("adds a column that an older replica does not fill in");
    }
    None
}

/// The change that would block writers to a large table; `new` tables have no writers.
fn holds_up(statement: &str, new: &BTreeSet<String>) -> Option<&'static str> {
    let old = |before: &str| word_after(statement, before).is_some_and(|table| !new.contains(table));
    let makes_index = statement.starts_with("create index") || statement.starts_with("create unique index");
    if makes_index && old(" on ") && !statement.contains(" concurrently ") {
        return Some("builds an index while writes are blocked: CREATE INDEX CONCURRENTLY, without a transaction");
    }
    let checks = [" add constraint ", " add check ", " add foreign key ", " add unique ", " add primary key "];
    if checks.iter().any(|words| statement.contains(words)) && old("alter table ") {
        let scans = !statement.contains(" not valid") && !statement.contains(" using index ");
        return scans.then_some("reads the whole table while writes are blocked: NOT VALID first, then VALIDATE");
    }
    if (statement.starts_with("truncate ") || statement.starts_with("lock ")) && old(" table ") {
        return Some("keeps everybody from the table");
    }
    None
}

/// What is wrong with a migration that comes after a release; `new` is what it and its kin have made, and grows.
fn faults(sql: &str, releases: &[String], new: &mut BTreeSet<String>) -> Vec<String> {
    let contracts = sql.lines().find_map(|line| line.strip_prefix(CONTRACTS));
    let contracts_well = contracts.is_some_and(|release| releases.iter().any(|known| known == release.trim()));
    let mut faults = Vec::new();
    for statement in statements(sql) {
        if let Some(table) = word_after(&statement, "create table ") {
            new.insert(table.to_owned());
        }
        let altered = word_after(&statement, "alter table ").or_else(|| word_after(&statement, "drop table "));
        let unknown_to_others = altered.is_some_and(|table| new.contains(table));
        let breaks = breaks(&statement).filter(|_| !contracts_well && !unknown_to_others);
        faults.extend(breaks.or_else(|| holds_up(&statement, new)).map(|fault| format!("{fault}: {statement}")));
    }
    faults
}

#[test]
fn migrations_since_the_last_release_let_its_replicas_keep_serving() {
    let names = names();
    let released = last_released();
    assert!(names.contains(&released), "migrations/released names none: {released}");
    let mut new = BTreeSet::new();
    for name in names.iter().filter(|name| **name > released) {
        let sql = fs::read_to_string(project().join("migrations").join(name).join("up.sql")).unwrap();
        let faults = faults(&sql, &releases(), &mut new);
        assert!(faults.is_empty(), "{name}: {faults:#?}");
    }
}

#[test]
fn migrations_that_break_older_replicas_are_refused() {
    for sql in [
        "ALTER TABLE users DROP COLUMN slowed_until;",
        "alter table users\n    rename column email to mail;",
        "ALTER TABLE users ADD COLUMN locale text NOT NULL;",
        "ALTER TABLE users ADD COLUMN a text, ADD COLUMN b text NOT NULL, ADD COLUMN c text DEFAULT 'x';",
        "ALTER TABLE users ALTER COLUMN email SET NOT NULL;",
        "ALTER TABLE users ALTER COLUMN version TYPE integer;",
        "DROP TABLE outbox; -- nobody needs it",
        "CREATE INDEX users_by_locale ON users (locale);",
        "CREATE UNIQUE INDEX users_by_locale ON users (locale);",
        "ALTER TABLE users ADD CONSTRAINT long CHECK (length(email) > 3);",
        "TRUNCATE TABLE sessions;",
        "CREATE TABLE devices (id uuid PRIMARY KEY); CREATE INDEX x ON sessions (address);",
        "-- contracts: 9.9.9\nDROP TABLE outbox;",
        "-- contracts: 0.1.0\nCREATE INDEX x ON sessions (address);",
    ] {
        assert_eq!(faults(sql, &["0.1.0".to_owned()], &mut BTreeSet::new()).len(), 1, "{sql}");
    }
}

#[test]
fn migrations_that_expand_or_contract_what_no_release_uses_are_accepted() {
    for sql in [
        "CREATE TABLE devices (id uuid PRIMARY KEY, name text NOT NULL); CREATE INDEX devices_by_name ON devices (name);
         ALTER TABLE devices ADD COLUMN kind text NOT NULL; ALTER TABLE devices RENAME TO machines;",
        "ALTER TABLE users ADD COLUMN locale text;",
        "ALTER TABLE users ADD COLUMN locale text NOT NULL DEFAULT 'en';",
        "CREATE INDEX CONCURRENTLY users_by_locale ON users (locale);",
        "ALTER TABLE users ADD CONSTRAINT long CHECK (length(email) > 3) NOT VALID;",
        "ALTER TABLE users VALIDATE CONSTRAINT long;",
        "-- a comment: DROP TABLE users;\nCOMMENT ON TABLE users IS 'do not DROP TABLE users; ever';",
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN TRUNCATE TABLE x; DROP TABLE y; END $$;",
        "-- contracts: 0.1.0\nALTER TABLE users DROP COLUMN slowed_until;",
    ] {
        assert_eq!(faults(sql, &["0.1.0".to_owned()], &mut BTreeSet::new()), Vec::<String>::new(), "{sql}");
    }
}
