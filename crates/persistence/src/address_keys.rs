//! The keys of e-mail addresses, brought to the form that this version gives them.
//!
//! Earlier versions compared addresses by their case folding alone: two spellings of one domain (`münchen.de`,
//! `xn--mnchen-3ya.de`) had two keys, and two domains (`straße.de`, `strasse.de`) had one. A key is made by the service, so
//! SQL cannot make it again. An older replica that is still running may store keys of its own form, so this is done each time
//! that the database is migrated, and does nothing if there is nothing to do.

use crate::{Database, Error, database::found, schema::users};
use diesel::{dsl::sql, prelude::*, sql_types::Bool};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::EmailAddress;
use uuid::Uuid;

/// Users that are looked at together.
const BATCH: i64 = 1000;
/// As the index `users_international_addresses` has it: all other keys are the same in any version.
const INTERNATIONAL: &str = "(octet_length(email) <> char_length(email) OR email_key LIKE '%xn--%')";

/// A user whose address is another spelling of the address of a second one. Their key stays as it is: they cannot be found by
/// the address, which leads to the other user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SharedMailbox {
    pub user: Uuid,
    pub other: Uuid,
}

/// A user whose key is not the one that this version makes of the address.
struct Outdated {
    id: Uuid,
    email: String,
    stored: String,
    key: String,
}

/// Brings the keys to the form of this version, and returns the users whose keys cannot be.
pub(crate) async fn renew(connection: &mut AsyncPgConnection) -> Result<Vec<SharedMailbox>, Error> {
    let mut shared = Vec::new();
    for user in outdated(connection).await? {
        // An address that has changed since got its key with that change.
        let row =
            users::table.find(user.id).filter(users::email.eq(&user.email)).filter(users::email_key.eq(&user.stored));
        match diesel::update(row).set(users::email_key.eq(&user.key)).execute(connection).await.map_err(Error::from) {
            Ok(_) => {}
            Err(Error::EmailTaken) => shared.extend(shares(connection, &user).await?),
            Err(error) => return Err(error),
        }
    }
    Ok(shared)
}

/// All users with an outdated key; few, if any.
async fn outdated(connection: &mut AsyncPgConnection) -> Result<Vec<Outdated>, Error> {
    let (mut all, mut after) = (Vec::new(), Uuid::nil());
    loop {
        let rows: Vec<(Uuid, String, String)> = users::table
            .filter(sql::<Bool>(INTERNATIONAL))
            .filter(users::id.gt(after))
            .order(users::id)
            .limit(BATCH)
            .select((users::id, users::email, users::email_key))
            .load(connection)
            .await?;
        let Some((last, ..)) = rows.last() else { return Ok(all) };
        after = *last;
        all.extend(rows.into_iter().filter_map(|(id, email, stored)| {
            let key = EmailAddress::stored(email.clone()).key();
            (key != stored).then_some(Outdated { id, email, stored, key })
        }));
    }
}

/// Who has the key already.
async fn shares(connection: &mut AsyncPgConnection, user: &Outdated) -> Result<Option<SharedMailbox>, Error> {
    let holder = users::table.filter(users::email_key.eq(&user.key)).select(users::id).get_result(connection).await;
    Ok(found(holder)?.map(|other| SharedMailbox { user: user.id, other }))
}

impl Database {
    /// The users whose mailbox is another user's too, because an earlier version took two spellings of it for two addresses.
    pub async fn shared_mailboxes(&self) -> Result<Vec<SharedMailbox>, Error> {
        self.read(async |connection| {
            let mut shared = Vec::new();
            for user in outdated(connection).await? {
                shared.extend(shares(connection, &user).await?);
            }
            Ok(shared)
        })
        .await
    }
}
