//! Exports as each system writes them are recognized, and each of their users is read.
#![allow(clippy::unwrap_used, clippy::panic)]

use chrono::{DateTime, TimeZone, Utc};
use std::{fs, ops::ControlFlow, path::Path};
use usher_auth::imported_hashes::FirebaseParameters;
use usher_files::{
    Mapping, Options, Outcome, UserFile,
    sources::{Settings, Source},
    usernames::Naming,
};
use usher_persistence::UserRecord;

/// The samples, with the name of their system, and how many users are in them, how many records are passed over, and how many
/// are refused.
const SAMPLES: [(&str, &str, [usize; 3]); 23] = [
    ("aspnet-identity.csv", "ASP.NET Core Identity", [3, 0, 0]),
    ("auth0-export.ndjson", "Auth0", [2, 0, 0]),
    ("auth0-hashes.ndjson", "Auth0", [2, 0, 0]),
    // One with a digest of MD5.
    ("auth0-import.json", "Auth0", [4, 0, 1]),
    ("cognito.csv", "Amazon Cognito", [2, 0, 0]),
    ("cognito.json", "Amazon Cognito", [2, 0, 0]),
    ("django.json", "Django", [4, 1, 0]),
    // Its fields have other names.
    ("django-custom.json", "Django", [0, 0, 2]),
    ("entra-download.csv", "Microsoft Entra ID", [2, 0, 0]),
    ("entra.csv", "Microsoft Entra ID", [2, 1, 0]),
    ("firebase.csv", "Firebase Authentication", [3, 0, 0]),
    ("firebase.json", "Firebase Authentication", [3, 0, 0]),
    // One with a digest of SHA-1.
    ("google-workspace-upload.csv", "Google Workspace", [2, 0, 1]),
    ("google-workspace.csv", "Google Workspace", [2, 0, 0]),
    ("keycloak-7.json", "Keycloak", [1, 0, 0]),
    ("keycloak-users-0.json", "Keycloak", [2, 0, 0]),
    ("keycloak.json", "Keycloak", [5, 1, 0]),
    ("kratos.json", "Ory Kratos", [3, 0, 0]),
    ("okta.csv", "Okta", [2, 0, 0]),
    ("supabase.csv", "Supabase", [3, 2, 0]),
    ("supabase.txt", "Supabase", [2, 0, 0]),
    ("wordpress-table.csv", "WordPress", [2, 0, 0]),
    ("wordpress.csv", "WordPress", [3, 0, 0]),
];

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/sources/samples");

fn sample(name: &str) -> Vec<u8> {
    fs::read(Path::new(FOLDER).join(name)).unwrap()
}

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 1, 12, 0, 0).unwrap()
}

fn options(source: Option<Source>, columns: &[(&str, &str)]) -> Options {
    let mut mapping = Mapping::default();
    for (theirs, ours) in columns {
        mapping.add(theirs, ours).unwrap();
    }
    let parameters = String::from_utf8(sample("firebase-hash-config.txt")).unwrap();
    let firebase = Some(FirebaseParameters::parse(&parameters).unwrap());
    let naming = Naming { fixes: true, ..Naming::default() };
    Options {
        source,
        mapping,
        naming,
        settings: Settings { firebase, now: now(), ..Settings::default() },
        ..Options::default()
    }
}

/// What a file comes to: its description, its users, and the numbers of records that are passed over and that are refused.
fn read(content: &[u8], options: Options) -> (String, Vec<UserRecord>, usize, usize) {
    let mut file = UserFile::open(content, options).unwrap_or_else(|fault| panic!("{fault}"));
    let (mut users, mut skipped, mut refused) = (Vec::new(), 0, 0);
    let read = file.read(now, &mut |entry| {
        match entry.outcome {
            Outcome::User(user) => users.push(user.candidate.user),
            Outcome::Skipped(_) => skipped += 1,
            Outcome::Refused(faults) => {
                refused += 1;
                println!("line {}: {faults}", entry.line);
            }
        }
        ControlFlow::Continue(())
    });
    assert!(read.is_ok());
    assert_eq!(file.ignored(), Vec::<String>::new());
    (file.description().unwrap_or_default(), users, skipped, refused)
}

#[test]
fn the_system_of_each_sample_is_recognized_and_all_of_its_columns_are_known() {
    for (name, system, expected) in SAMPLES {
        let (description, users, skipped, refused) = read(&sample(name), options(None, &[]));
        assert!(description.starts_with(&format!("read as {system}")), "{name}: {description:?}");
        assert_eq!([users.len(), skipped, refused], expected, "{name}");
    }
}

#[test]
fn each_sample_is_read() {
    let mut names: Vec<_> = fs::read_dir(FOLDER).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.retain(|name| name != "firebase-hash-config.txt");
    names.sort();
    let mut expected = SAMPLES.map(|(name, ..)| name);
    expected.sort_unstable();
    assert_eq!(names, expected);
}

#[test]
fn the_fields_of_a_custom_model_of_django_are_given_their_meaning() {
    let columns = [
        ("handle", "username"),
        ("email_address", "email"),
        ("verified", "email_verified"),
        ("registered", "created_at"),
    ];
    let (_, users, _, refused) = read(&sample("django-custom.json"), options(Some(Source::Django), &columns));
    assert_eq!((users.len(), refused), (2, 0));
    assert_eq!((users[0].username.as_str(), users[0].email.as_str()), ("ada", "ada@example.com"));
    assert_eq!(users.iter().map(|user| user.email_verified).collect::<Vec<_>>(), [true, false]);
    assert!(users.iter().all(|user| user.password_hash.is_some() && user.created_at < now()));
}

#[test]
fn a_column_that_is_added_to_the_table_of_a_system_is_read_as_a_field() {
    let table = b"user_login,user_email,email_verified\nada,ada@example.com,t\nbob,bob@example.com,\n";
    let (description, users, ..) = read(table, options(None, &[]));
    assert_eq!(description, "read as WordPress");
    assert_eq!(users.iter().map(|user| user.email_verified).collect::<Vec<_>>(), [true, false]);
}

#[test]
fn ids_come_along_as_what_they_are() {
    let ids = |name| {
        let (_, users, ..) = read(&sample(name), options(None, &[]));
        let id = |user: &UserRecord| match &user.external_id {
            Some(id) => id.as_str().to_owned(),
            None => user.id.to_string(),
        };
        users.iter().map(id).collect::<Vec<_>>()
    };
    assert_eq!(ids("django.json"), ["1", "2", "3", "4"]);
    assert_eq!(ids("kratos.json")[0], "64faa75b-15b7-4c05-a14a-c01cde524f32");
    assert_eq!(ids("firebase.csv")[0], "vH3kQ9xT2mZ8rP5wL1nB7cY4dF6g");
    assert_eq!(ids("auth0-hashes.ndjson"), ["auth0|5f7c8ec7c33c6c004bbafe82", "auth0|1002"]);
}
