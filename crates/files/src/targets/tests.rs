//! What is written is read back by the readers of the same systems.

use super::*;
use crate::{Entry, Options, Outcome, UserFile, sources::Settings};
use chrono::{DateTime, Utc};
use serde_json::Value;
use std::ops::ControlFlow;
use usher_auth::imported_hashes;
use usher_domain::{EmailAddress, ExternalId, RoleName, Status, Username, checked};

const BCRYPT: &str = "$2y$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e";
const ARGON2: &str = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
const PBKDF2: &str = "pbkdf2_sha256$1000$qmX3zL0cW8nB5vT1$3knZitydTUEzbeemqjYftzM/98seG7kt2EvlgZUf1UQ=";
const SCRYPT: &str = "$scrypt$ln=4,r=8,p=1$c2l4dGVlbiBieXRlcyBvZg$BOhFYWx+vQurTXoLUv31vPaz7TrREYz/kgtrGyUPIoM";
const LDAP: &str = "{SSHA}a2WR256vrorTwez3u+IgXG/qneF/5WSK";
const CRYPT: &str = "$5$rounds=1000$2QbLxNb1o5T6bcY9$WoQsCk8vWFet6/BQBDWd1EIPmOh5ljQK0zTKjAGP085";

/// A user with this hash, who is suspended if there is none.
fn user(name: &str, hash: Option<&str>) -> UserRecord {
    let created_at: DateTime<Utc> = "2026-01-02T03:04:05.678Z".parse().unwrap();
    UserRecord {
        id: uuid::Uuid::now_v7(),
        external_id: None,
        username: checked::<Username>(name).unwrap(),
        email: checked::<EmailAddress>(&format!("{name}@example.com")).unwrap(),
        email_verified: hash.is_some(),
        pending_email: None,
        role: checked::<RoleName>("support").unwrap(),
        status: if hash.is_some() { Status::Active } else { Status::Suspended },
        created_at,
        updated_at: created_at,
        last_login_at: None,
        password_hash: hash.map(|hash| imported_hashes::read(hash).unwrap()),
    }
}

fn written(target: Target, users: &[UserRecord]) -> (String, usize) {
    let mut out = Vec::new();
    let mut writer = TargetWriter::new(&mut out, target).unwrap();
    for user in users {
        writer.write(user).unwrap();
    }
    let left_behind = writer.finish().unwrap();
    (String::from_utf8(out).unwrap(), left_behind)
}

fn read(document: &str) -> Vec<UserRecord> {
    let roles = [("support".to_owned(), "support".to_owned())].into();
    let settings = Settings { roles, ..Settings::default() };
    let mut file = UserFile::open(document.as_bytes(), Options { settings, ..Options::default() }).unwrap();
    let mut users = Vec::new();
    let mut each = |entry: Entry<'_>| {
        match entry.outcome {
            Outcome::User(user) => users.push(user.candidate.user),
            Outcome::Refused(faults) => panic!("{:?}", faults.iter().collect::<Vec<_>>()),
            Outcome::Skipped(what) => panic!("{what}"),
        }
        ControlFlow::Continue(())
    };
    file.read(Utc::now, &mut each).unwrap();
    users
}

/// What both systems keep.
fn kept(user: &UserRecord) -> [String; 6] {
    [
        user.id.to_string(),
        user.username.as_str().to_owned(),
        user.email.as_str().to_owned(),
        user.email_verified.to_string(),
        user.role.as_str().to_owned(),
        user.status.as_str().to_owned(),
    ]
}

fn hashes(users: &[UserRecord]) -> Vec<Option<&str>> {
    users.iter().map(|user| user.password_hash.as_deref()).collect()
}

fn users() -> Vec<UserRecord> {
    let hashes = [Some(BCRYPT), Some(ARGON2), Some(PBKDF2), Some(SCRYPT), Some(LDAP), Some(CRYPT), None];
    hashes.into_iter().enumerate().map(|(n, hash)| user(&format!("user{n}"), hash)).collect()
}

#[test]
fn a_realm_of_keycloak_is_read_back() {
    let users = users();
    let (document, left_behind) = written(Target::Keycloak, &users);
    let again = read(&document);
    assert!(again.iter().map(kept).eq(users.iter().map(kept)));
    assert!(again.iter().all(|user| user.created_at == users[0].created_at));
    let pbkdf2 = "$pbkdf2-sha256$i=1000$cW1YM3pMMGNXOG5CNXZUMQ$3knZitydTUEzbeemqjYftzM/98seG7kt2EvlgZUf1UQ";
    let bcrypt = BCRYPT.replace("$2y", "$2b");
    assert_eq!(hashes(&again), [Some(bcrypt.as_str()), Some(ARGON2), Some(pbkdf2), None, None, None, None]);
    assert_eq!(left_behind, 3, "scrypt, LDAP and crypt(3)");
    let document: Value = serde_json::from_str(&document).unwrap();
    assert_eq!(document["roles"]["realm"], serde_json::json!([{ "name": "support" }]));
}

#[test]
fn a_bulk_import_of_auth0_is_read_back() {
    let users = users();
    let (document, left_behind) = written(Target::Auth0, &users);
    let again = read(&document);
    assert!(again.iter().map(kept).eq(users.iter().map(kept)));
    let pbkdf2 = "$pbkdf2-sha256$i=1000,l=32$cW1YM3pMMGNXOG5CNXZUMQ$3knZitydTUEzbeemqjYftzM/98seG7kt2EvlgZUf1UQ";
    let bcrypt = BCRYPT.replace("$2y", "$2b");
    let expected = [Some(bcrypt.as_str()), Some(ARGON2), Some(pbkdf2), Some(SCRYPT), Some(LDAP), None, None];
    assert_eq!(hashes(&again), expected);
    assert_eq!(left_behind, 1, "crypt(3)");
}

#[test]
fn an_id_that_auth0_has_given_is_given_back() {
    let [mut from_auth0, mut from_django] = ["ada", "bob"].map(|name| user(name, None));
    from_auth0.external_id = Some(checked::<ExternalId>("auth0|5f7c8ec7").unwrap());
    from_django.external_id = Some(checked::<ExternalId>("17").unwrap());
    let document: Value = serde_json::from_str(&written(Target::Auth0, &[from_auth0, from_django.clone()]).0).unwrap();
    assert_eq!(document[0]["user_id"], "5f7c8ec7");
    assert_eq!(document[1]["user_id"], from_django.id.to_string());
    assert_eq!(document[1]["app_metadata"]["external_id"], "17");
}

#[test]
fn a_document_without_users_is_one() {
    for target in [Target::Keycloak, Target::Auth0] {
        let (document, _) = written(target, &[]);
        assert!(serde_json::from_str::<Value>(&document).is_ok(), "{document}");
    }
}
