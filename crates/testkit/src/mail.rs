//! The mails that a service has written into its outbox folder.

use crate::TestApp;
use std::{fs, path::Path, time::Duration};
use tokio::time::{Instant, sleep};

/// Maximum time for a mail to arrive.
const MAIL_TIMEOUT: Duration = Duration::from_secs(20);
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// A mail, as its reader gets it.
#[derive(Debug, Clone)]
pub struct Mail {
    pub to: String,
    pub subject: String,
    /// The text part.
    pub text: String,
    pub html: String,
    /// All of it, as it was written.
    pub source: String,
}

impl Mail {
    /// Reads an RFC 5322 message with two parts that are encoded as they are.
    pub fn parse(source: &str) -> Self {
        let (head, body) = source.split_once("\r\n\r\n").expect("a head and a body");
        let unfolded = head.replace("\r\n ", " ");
        let header = |name: &str| {
            let line = unfolded.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            line.unwrap_or_else(|| panic!("no {name} in {head}")).to_owned()
        };
        let kind = header("Content-Type");
        let boundary = kind.split("boundary=\"").nth(1).and_then(|rest| rest.split('"').next()).expect(&kind);
        let parts: Vec<(&str, &str)> =
            body.split(&format!("--{boundary}")).filter_map(|part| part.split_once("\r\n\r\n")).collect();
        let part = |kind: &str| {
            let (head, text) = parts.iter().find(|(head, _)| head.contains(kind)).expect(kind);
            assert!(head.contains("Content-Transfer-Encoding: 7bit"), "{head}");
            text.replace("\r\n", "\n")
        };
        Self {
            to: header("To"),
            subject: header("Subject"),
            text: part("text/plain"),
            html: part("text/html"),
            source: source.to_owned(),
        }
    }

    /// The link in it, which has a line of its own.
    pub fn link(&self) -> &str {
        let link = self.text.lines().find(|line| line.starts_with("http") && !line.contains(' '));
        link.unwrap_or_else(|| panic!("no link in {}", self.text))
    }

    /// The token in its link.
    pub fn token(&self) -> &str {
        self.link().split_once("#token=").expect("a token").1
    }
}

impl TestApp {
    /// The mails that were sent so far, oldest first.
    pub fn mails(&self) -> Vec<Mail> {
        read(&self.data_dir.join("outbox"))
    }

    /// All mails to this address, as soon as there are `count`.
    pub async fn mails_to(&self, address: &str, count: usize) -> Vec<Mail> {
        let end = Instant::now() + MAIL_TIMEOUT;
        loop {
            let mut mails = self.mails();
            mails.retain(|mail| mail.to == address);
            if mails.len() >= count {
                return mails;
            }
            assert!(Instant::now() < end, "{} mails to {address} instead of {count}", mails.len());
            sleep(POLL_INTERVAL).await;
        }
    }

    /// The latest mail to this address, which is at least the `count`th.
    pub async fn mail_to(&self, address: &str, count: usize) -> Mail {
        self.mails_to(address, count).await.pop().expect("a mail")
    }

    /// Waits until all mail has been sent.
    pub async fn all_mail_sent(&self) {
        let end = Instant::now() + MAIL_TIMEOUT;
        let mut sql = self.sql().await;
        while !sql.rows("SELECT id FROM jobs").await.is_empty() {
            assert!(Instant::now() < end, "mail is left in the queue");
            sleep(POLL_INTERVAL).await;
        }
    }
}

fn read(folder: &Path) -> Vec<Mail> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| Mail::parse(&fs::read_to_string(path).unwrap())).collect()
}
