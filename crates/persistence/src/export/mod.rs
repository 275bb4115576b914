//! The export of a user's data, as of one moment.
//!
//! It is read in parts, each when the one before it has been sent, so that a long audit trail is never in memory as a whole.
//! An export holds a connection until it ends, however long that takes. So few exports run at once (`export_slots`), one for
//! each user, and each part must be sent soon.
//!
//! A test compares the tables of the database with the members of an export, so that a new table with data of users is not
//! forgotten.

mod account;
mod lists;

pub use account::{Account, ExportedLink, ExportedMail};
pub(crate) use lists::PART_ROWS;
pub use lists::{ExportList, ExportedRow};

use crate::{Database, Error};
use chrono::{DateTime, Utc};
use std::{any::Any, time::Duration};
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};
use tracing::Instrument;
use usher_domain::Rights;
use uuid::Uuid;

/// Maximum time for a part to be read: less than the time that the database lets a transaction idle.
const PART_TIMEOUT: Duration = Duration::from_secs(8);
/// Maximum time that an export waits for a slot.
const SLOT_TIMEOUT: Duration = Duration::from_secs(2);

/// The data of a user.
#[derive(Debug)]
pub struct Export {
    pub account: Account,
    /// The lists, to be read without delay.
    pub parts: mpsc::Receiver<Result<Part, Error>>,
}

/// A part of a list, which has one or more. Lists come one after the other. Without the last part the list is incomplete.
#[derive(Debug)]
pub enum Part {
    Rows {
        /// The index of the list.
        list: usize,
        /// A vector of the rows of that list.
        rows: Box<dyn Any + Send + Sync>,
    },
    End,
}

type Sender = mpsc::Sender<Result<Part, Error>>;

/// Reads the lists of a user's data.
pub struct ExportReader {
    pub(crate) user_id: Uuid,
    /// What the user's role allows.
    pub(crate) rights: Rights,
    pub(crate) now: DateTime<Utc>,
    /// The domain that passkeys must be for.
    pub(crate) rp_id: Option<String>,
}

impl Database {
    /// All data of a user, with these lists; `None` if the user does not exist. It stops if a part is not read in time.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if too many exports are running. A later error is the last part.
    pub async fn export_user(&self, id: Uuid, lists: Vec<ExportList>) -> Result<Option<Export>, Error> {
        let Ok(slot) = timeout(SLOT_TIMEOUT, self.exports.acquire(id)).await else {
            return Err(Error::Unavailable("too many exports are running".to_owned()));
        };
        let slot = slot?;
        let (account_sender, account) = oneshot::channel();
        let (sender, parts) = mpsc::channel(1);
        let database = self.clone();
        let export = async move {
            let now = database.clock.now();
            let read = database.long_snapshot(async |connection| {
                let Some(account) = account::read(connection, id, now).await? else { return Ok(()) };
                let reader =
                    ExportReader { user_id: id, rights: account.user.role.rights, now, rp_id: database.rp_id() };
                // The client may have disconnected. Then no part is read either.
                drop(account_sender.send(account));
                for (index, list) in lists.into_iter().enumerate() {
                    reader.list(connection, index, list, &sender).await?;
                }
                send(&sender, Ok(Part::End)).await
            });
            if let Err(error) = read.await {
                drop(send(&sender, Err(error)).await);
            }
            drop(slot);
        };
        tokio::spawn(export.in_current_span());
        match account.await {
            Ok(account) => Ok(Some(Export { account, parts })),
            Err(_) => Self::no_account(parts).await,
        }
    }

    /// The user does not exist, unless there was an error.
    async fn no_account(mut parts: mpsc::Receiver<Result<Part, Error>>) -> Result<Option<Export>, Error> {
        match parts.recv().await {
            Some(Err(error)) => Err(error),
            _ => Ok(None),
        }
    }
}

/// Sends a part to the reader.
async fn send(sender: &Sender, part: Result<Part, Error>) -> Result<(), Error> {
    let sent = sender.send_timeout(part, PART_TIMEOUT).await;
    sent.map_err(|_| Error::Unavailable("the client did not read a part of the export in time".to_owned()))
}
