//! What sources make of the samples in `samples`: exports as each system writes them. The password of every hash in them is
//! `grace-hopper-1906`.

use super::{DocumentSource, Row, Settings, TableSource, normalized};
use crate::user::Draft;
use chrono::{TimeZone, Utc};
use serde_json::{Map, Value};
use usher_auth::imported_hashes::FirebaseParameters;

/// Settings at noon of the first of March 2026, with a role of ours for some roles of theirs.
pub fn settings() -> Settings {
    let roles = [("support", "helper"), ("administrator", "admin"), ("superuser", "admin"), ("staff", "helper")];
    let roles = roles.map(|(theirs, ours)| (theirs.to_owned(), ours.to_owned())).into();
    let now = Utc.with_ymd_and_hms(2026, 3, 1, 12, 0, 0).unwrap();
    let firebase = FirebaseParameters::parse(include_str!("samples/firebase-hash-config.txt")).unwrap();
    Settings { roles, now, firebase: Some(firebase) }
}

/// What a table source makes of each row. All columns must be known, and the first row must be recognized.
pub fn table(source: &dyn TableSource, text: &str, separator: u8) -> Vec<String> {
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new();
    let reader = reader.has_headers(false).flexible(true).delimiter(separator).from_reader(text.as_bytes());
    let rows: Vec<Vec<String>> =
        reader.into_records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
    let mut rows: Vec<Vec<&str>> = rows.iter().map(|row| row.iter().map(String::as_str).collect()).collect();
    let normal = |row: &[&str]| row.iter().map(|cell| normalized(cell)).collect::<Vec<_>>();
    let first = normal(&rows[0]);
    assert!(source.recognizes(&first.iter().map(String::as_str).collect::<Vec<_>>()), "{first:?}");
    rows.retain(|row| !source.is_preamble(row));
    let columns = match source.columns_without_header() {
        Some(columns) => columns.iter().map(|column| (*column).to_owned()).collect(),
        None => normal(&rows.remove(0)),
    };
    let unknown: Vec<_> = columns.iter().filter(|column| !source.columns().has(column)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    let settings = settings();
    let read = |row: Vec<&str>| {
        let mut user = Draft::default();
        source.read(&Row::new(&columns, &row), &settings, &mut user);
        user.summary()
    };
    rows.into_iter().map(read).collect()
}

/// What a document source makes of each object of a document: an array, lines, or an object with the users in a member. All
/// keys must be known, and the first must be recognized.
pub fn document(source: &dyn DocumentSource, text: &str) -> Vec<String> {
    let values: Vec<Value> = serde_json::Deserializer::from_str(text).into_iter().map(Result::unwrap).collect();
    let keys = |object: &Map<String, Value>| object.keys().map(String::as_str).map(str::to_owned).collect::<Vec<_>>();
    let member = |value: &Value| source.members().iter().find_map(|name| value.get(name)?.as_array().cloned());
    let outer = values[0].as_object().filter(|_| member(&values[0]).is_some()).map(&keys);
    let users: Vec<Value> = match &values[..] {
        [Value::Array(users)] => users.clone(),
        [document] if outer.is_some() => member(document).unwrap(),
        _ => values,
    };
    let recognizes = |keys: &[String]| source.recognizes(&keys.iter().map(String::as_str).collect::<Vec<_>>());
    let first_user = keys(users[0].as_object().unwrap());
    assert!(outer.is_some_and(|outer| recognizes(&outer)) || recognizes(&first_user), "{first_user:?}");
    let settings = settings();
    let read = |user: &Value| {
        let object = user.as_object().unwrap();
        let unknown: Vec<_> = object.keys().filter(|key| !source.keys().has(key)).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
        let mut draft = Draft::default();
        source.read(object, &settings, &mut draft);
        draft.summary()
    };
    users.iter().map(read).collect()
}
