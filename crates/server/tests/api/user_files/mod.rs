//! `usher user import` and `usher user export`, through the binary.

use diesel::{
    QueryableByName, sql_query,
    sql_types::{BigInt, Nullable, Text},
};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use serde_json::json;
use std::{fmt::Write as _, path::PathBuf, process::Stdio};
use tokio::{io::AsyncWriteExt, process::Command};
use usher_testkit::{ADMIN, PASSWORD, TestApp, new_database};
use uuid::Uuid;

/// The password of the hashes below.
const CORRECT_HORSE: &str = "correct horse";
/// Computed by libxcrypt, the argon2 reference implementation, Python's hashlib, Django, passlib and slappasswd.
const HASHES: [(&str, &str); 9] = [
    ("bcrypt2a", "$2a$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e"),
    ("bcrypt2y", "$2y$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e"),
    ("argon2id", "$argon2id$v=19$m=256,t=2,p=1$c2l4dGVlbiBieXRlcyBvZg$5tTVoCEGAlul5k/bFUmOSjyVit4x9TVEkrKy5S5ArRM"),
    ("pbkdf2", "$pbkdf2-sha256$i=1000,l=32$c2l4dGVlbiBieXRlcyBvZg$y6QesfSHiadJe14jSg2x291T5Tyg3Jl9BU9qqM70WLU"),
    ("scrypt", "$scrypt$ln=4,r=8,p=1$c2l4dGVlbiBieXRlcyBvZg$BOhFYWx+vQurTXoLUv31vPaz7TrREYz/kgtrGyUPIoM"),
    ("django", "pbkdf2_sha256$1000$ttGgLLUPAtHU2RmRyAzmUR$apPdhGEu6V9PbXLlYOWm3bWPstL0Zi0OoJMccgB2ynE="),
    ("yescrypt", "$y$j75$JTIq2huPmr8UzrGM14EyJ/$aq3fL/Z/QhrvyJhqVO5sFu8FAAsfxe0tON7I1015EO3"),
    ("phpass", "$P$5J5HM./LawYBZgwL96eJdVIaZWrruL/"),
    ("ldap", "{SSHA}zImM4w5NhuPZplbIW1fsM8YvyTCWthjB"),
];

mod documents;
mod export;
mod hostile;
mod import;
mod names;
mod report;
mod spreadsheets;

/// What a command left behind.
struct Done {
    succeeded: bool,
    out: String,
    err: String,
}

impl Done {
    /// Itself, if this is its summary of the whole file.
    #[track_caller]
    fn expect_summary(self, out: &str) -> Self {
        assert_eq!(self.out.trim_end(), out, "{}", self.err);
        self
    }

    /// What it printed, if it succeeded without an error message.
    #[track_caller]
    fn expect_success(self) -> String {
        assert!(self.succeeded, "{}{}", self.out, self.err);
        assert_eq!(self.err, "");
        self.out
    }

    /// The lines of its error messages, if it failed: those about single lines of the file, and then that about all.
    #[track_caller]
    fn expect_failure(self) -> Vec<String> {
        assert!(!self.succeeded, "{}", self.out);
        self.err.lines().map(str::to_owned).collect()
    }
}

fn command(database_url: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_usher"));
    command.arg("user").args(arguments);
    command.env("DATABASE_URL", database_url).env_remove("DATABASE_URL_FILE").env_remove("USHER_LOG");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

async fn run(database_url: &str, arguments: &[&str], input: impl AsRef<[u8]>) -> Done {
    let mut child = command(database_url, arguments).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let write = async {
        // A command that has failed reads no more.
        drop(stdin.write_all(input.as_ref()).await);
        drop(stdin);
    };
    let ((), output) = tokio::join!(write, child.wait_with_output());
    let output = output.unwrap();
    Done {
        succeeded: output.status.success(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

async fn import(database_url: &str, input: impl AsRef<[u8]>) -> Done {
    run(database_url, &["import", "-"], input).await
}

async fn export(database_url: &str, more: &[&str]) -> String {
    run(database_url, &[&["export"], more].concat(), "").await.expect_success()
}

/// The first column of a statement, one text for each row.
async fn ask(database_url: &str, statement: &str) -> Vec<String> {
    #[derive(QueryableByName)]
    struct TextRow {
        #[diesel(sql_type = Nullable<Text>)]
        answer: Option<String>,
    }
    let mut connection = AsyncPgConnection::establish(database_url).await.unwrap();
    let rows: Vec<TextRow> = sql_query(statement).get_results(&mut connection).await.unwrap();
    rows.into_iter().map(|row| row.answer.unwrap_or_default()).collect()
}

async fn count(database_url: &str, table: &str) -> i64 {
    #[derive(QueryableByName)]
    struct CountRow {
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    let mut connection = AsyncPgConnection::establish(database_url).await.unwrap();
    let row: CountRow = sql_query(format!("SELECT count(*) FROM {table}")).get_result(&mut connection).await.unwrap();
    row.count
}

async fn usernames(database_url: &str) -> Vec<String> {
    ask(database_url, "SELECT username AS answer FROM users ORDER BY username").await
}

/// CSV of users who are named by their numbers.
fn csv(numbers: impl IntoIterator<Item = usize>) -> String {
    numbers.into_iter().fold("username,email\n".to_owned(), |mut text, number| {
        writeln!(text, "user{number},user{number}@example.com").unwrap();
        text
    })
}
