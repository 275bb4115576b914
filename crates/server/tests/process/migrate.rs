//! The pages about migration: the commands of each run as written, from a file of the other system to sign-ins.

use crate::home::Home;
use serde_json::json;
use std::{fs, path::Path};
use usher_files::sources::Source;
use usher_testkit::{Client, Encryption, MailServer, PASSWORD};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
const NEW_PASSWORD: &str = "a-password-chosen-by-mail";

/// A page, and the users who are there after its commands have run.
struct Migration {
    source: Source,
    /// The files that the commands name, and the samples that take their places.
    files: &'static [(&'static str, &'static str)],
    /// Users who sign in with the password that they had.
    sign_in: &'static [&'static str],
    /// Users whose authenticator app is asked for too.
    second_step: &'static [&'static str],
    /// The address of a user who chooses a password with a reset link, and the username.
    reset: Option<(&'static str, &'static str)>,
    /// A part of what `usher user list` prints, without ids: role, status, username, address.
    listed: &'static [[&'static str; 4]],
}

const NOTHING: Migration =
    Migration { source: Source::Usher, files: &[], sign_in: &[], second_step: &[], reset: None, listed: &[] };

const MIGRATIONS: [Migration; 12] = [
    Migration {
        source: Source::Keycloak,
        files: &[("acme-realm.json", "keycloak.json")],
        sign_in: &["bob"],
        second_step: &["ada"],
        reset: Some(("emil@example.com", "emil")),
        listed: &[
            ["support", "active", "ada", "ada@example.com"],
            ["user", "suspended", "cleo", "cleo@example.com"],
            ["user", "active", "dora", "dora@example.com"],
        ],
    },
    Migration {
        source: Source::Auth0,
        files: &[("password-hashes.ndjson", "auth0-hashes.ndjson"), ("users.ndjson", "auth0-export.ndjson")],
        sign_in: &["ada", "bob"],
        ..NOTHING
    },
    Migration {
        source: Source::Firebase,
        files: &[("users.json", "firebase.json"), ("hash-config.txt", "firebase-hash-config.txt")],
        sign_in: &["ada"],
        reset: Some(("cleo@example.com", "cleo")),
        listed: &[["user", "suspended", "bob", "bob@example.com"]],
        ..NOTHING
    },
    Migration {
        source: Source::Supabase,
        files: &[("users.csv", "supabase.csv")],
        sign_in: &["ada", "cleo"],
        listed: &[["user", "suspended", "bob", "bob@example.com"]],
        ..NOTHING
    },
    Migration {
        source: Source::Django,
        files: &[("users.json", "django.json"), ("members.json", "django-custom.json")],
        sign_in: &["ada", "dora"],
        reset: Some(("cleo@example.com", "cleo")),
        listed: &[["user", "suspended", "bob", "bob@example.com"]],
        ..NOTHING
    },
    Migration {
        source: Source::Kratos,
        files: &[("identities.json", "kratos.json")],
        sign_in: &["cleo"],
        second_step: &["ada"],
        listed: &[["support", "active", "ada", "ada@example.com"], ["user", "suspended", "bob", "bob@example.com"]],
        ..NOTHING
    },
    Migration {
        source: Source::Cognito,
        files: &[("users.json", "cognito.json")],
        reset: Some(("ada@example.com", "ada")),
        listed: &[["user", "suspended", "bob", "bob@example.com"]],
        ..NOTHING
    },
    Migration {
        source: Source::Okta,
        files: &[("users.csv", "okta.csv")],
        reset: Some(("ada@example.com", "ada")),
        listed: &[["user", "active", "bob", "bob@example.com"]],
        ..NOTHING
    },
    Migration {
        source: Source::Entra,
        files: &[("users.csv", "entra-download.csv")],
        reset: Some(("ada@example.com", "ada")),
        listed: &[["user", "suspended", "bob", "bob@acme.onmicrosoft.com"]],
        ..NOTHING
    },
    Migration {
        source: Source::GoogleWorkspace,
        files: &[("users.csv", "google-workspace.csv")],
        reset: Some(("ada@example.com", "ada")),
        listed: &[["user", "suspended", "bob", "bob@example.com"]],
        ..NOTHING
    },
    Migration {
        source: Source::WordPress,
        files: &[("users.csv", "wordpress.csv")],
        sign_in: &["ada", "bob"],
        reset: Some(("cleo@example.com", "cleo")),
        listed: &[["admin", "active", "ada", "ada@example.com"], ["editor", "active", "bob", "bob@example.com"]],
        ..NOTHING
    },
    Migration {
        source: Source::AspNetIdentity,
        files: &[("users.csv", "aspnet-identity.csv")],
        sign_in: &["ada"],
        reset: Some(("cleo@example.com", "cleo")),
        listed: &[["user", "suspended", "bob", "bob@example.com"]],
        ..NOTHING
    },
];

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_of_each_page_bring_users_to_their_sign_in() {
    for migration in &MIGRATIONS {
        migrate(migration).await;
    }
}

#[test]
fn each_source_has_a_page_that_is_walked_and_that_the_overview_lists() {
    let overview = read("docs/operating/migrate/README.md");
    for source in Source::ALL.into_iter().filter(|source| *source != Source::Usher) {
        assert!(MIGRATIONS.iter().any(|migration| migration.source == source), "{source:?}");
        let page = read(&format!("docs/operating/migrate/{}.md", source.name()));
        assert!(page.starts_with(&format!("# Migrate from {}\n", source.title())), "{source:?}");
        assert!(page.contains(&format!("--from {} ", source.name())), "{source:?}");
        for heading in ["Export there", "Import here", "What comes along", "What does not come along"] {
            assert!(page.contains(&format!("\n## {heading}\n")), "{source:?}: {heading}");
        }
        assert!(overview.contains(&format!("[{}]({}.md)", source.title(), source.name())), "{source:?}");
    }
}

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(path)).unwrap()
}

/// The commands under the heading *Import here*.
fn commands(page: &str) -> String {
    let (_, section) = page.split_once("\n## Import here\n").unwrap();
    let section = section.split("\n## ").next().unwrap();
    section.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

async fn migrate(migration: &Migration) {
    let name = migration.source.name();
    let server = MailServer::start(Encryption::None).await;
    let home = Home::with_database().await.set("USHER_SECRET_KEY", "0123456789abcdef0123456789abcdef");
    let home = home.set("USHER_MAIL_FROM", "mail@example.com");
    let home = home.set("USHER_SMTP_URL", &format!("smtp://127.0.0.1:{}", server.port));
    for (file, sample) in migration.files {
        home.file(file, &read(&format!("crates/files/src/sources/samples/{sample}")));
    }
    let commands = commands(&read(&format!("docs/operating/migrate/{name}.md")));
    let done = home.run_script(&commands).await;
    assert!(done.status.success(), "{name}: {done:?}");

    let list = home.run(&["user", "list"]).await.expect_success();
    let rows: Vec<Vec<&str>> = list.lines().map(|row| row.split_whitespace().skip(1).collect()).collect();
    for expected in migration.listed {
        assert!(rows.iter().any(|row| row[..] == expected[..]), "{name}: {expected:?} is not in\n{list}");
    }
    let service = home.serve().await;
    let nobody = service.client();
    for username in migration.sign_in {
        nobody.sign_in(username, PASSWORD).await;
    }
    for username in migration.second_step {
        nobody.password_grant(username, PASSWORD).await.expect_problem(400, "mfa_required");
    }
    if let Some((email, username)) = migration.reset {
        reset(&nobody, &server, email).await;
        nobody.sign_in(username, NEW_PASSWORD).await;
    }
    service.terminate().await;
}

/// Chooses a new password with a mailed link.
async fn reset(nobody: &Client, server: &MailServer, email: &str) {
    nobody.post("/v1/password-resets", &json!({ "email": email })).await.expect_status(202);
    let mails = server.mails_to(email, 1).await;
    let confirmation = json!({ "token": mails[0].mail.token(), "new_password": NEW_PASSWORD });
    nobody.post("/v1/password-resets/confirm", &confirmation).await.expect_status(204);
}
