//! Password hashes: read to be verified elsewhere, replaced if the verified hash is still in use.

use super::update::check_verified_hash;
use crate::{
    Database, Error, WriteRequest,
    database::found,
    mail::{Mail, withdraw_links, withdraw_pending_email},
    rate_limits::{self, Counter},
    schema::{sessions, users},
    withdraw_api_keys::withdraw_api_keys,
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use usher_domain::{
    MailKind, Status,
    audit::{Change, Event},
    policy::Principal,
};
use uuid::Uuid;

/// The facts that decide about a sign-in.
#[derive(Debug, Clone)]
pub struct Credentials {
    pub id: Uuid,
    pub password_hash: Option<String>,
    pub status: Status,
    pub email_verified: bool,
}

/// The row of a user's credentials.
type CredentialsRow = (Uuid, Option<String>, String, bool);
const CREDENTIALS: (users::id, users::password_hash, users::status, users::email_verified) =
    (users::id, users::password_hash, users::status, users::email_verified);

impl From<CredentialsRow> for Credentials {
    fn from((id, password_hash, status, email_verified): CredentialsRow) -> Self {
        // An unknown role has the fewest permissions.
        let status = Status::from_name(&status).unwrap_or(Status::Suspended);
        Self { id, password_hash, status, email_verified }
    }
}

/// The name by which a user signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identifier {
    /// A folded username.
    Username(String),
    /// The key of an e-mail address.
    Email(String),
}

impl Identifier {
    /// What the name is looked up by.
    pub fn key(&self) -> &str {
        let (Self::Username(key) | Self::Email(key)) = self;
        key
    }
}

impl Database {
    /// The user who signs in by that name, whatever their status.
    pub async fn credentials(&self, identifier: &Identifier) -> Result<Option<Credentials>, Error> {
        self.read(async |connection| {
            let row: Option<CredentialsRow> = found(match identifier {
                Identifier::Username(key) => {
                    users::table.filter(users::username_key.eq(key)).select(CREDENTIALS).get_result(connection).await
                }
                Identifier::Email(key) => {
                    users::table.filter(users::email_key.eq(key)).select(CREDENTIALS).get_result(connection).await
                }
            })?;
            Ok(row.map(Credentials::from))
        })
        .await
    }

    /// The same user's credentials as they are now.
    pub async fn credentials_again(&self, credentials: &Credentials) -> Result<Option<Credentials>, Error> {
        self.read(async |connection| {
            let row = users::table.find(credentials.id).select(CREDENTIALS);
            Ok(found(row.get_result::<CredentialsRow>(connection).await)?.map(Credentials::from))
        })
        .await
    }

    /// The hash to verify a user's current password against; `None` if there is no user or no password.
    pub async fn password_hash(&self, id: Uuid) -> Result<Option<String>, Error> {
        self.read(async |connection| {
            let hash = users::table.find(id).select(users::password_hash);
            Ok(found(hash.get_result::<Option<String>>(connection).await)?.flatten())
        })
        .await
    }

    /// Replaces the password hash, if the policy allows it and `verified_hash` is still the user's hash, and ends every
    /// session but the caller's. Somebody else may have known the former password: a pending address change is discarded,
    /// links are invalidated unless they only verify the current address, and API keys are ended unless the user wants to
    /// keep them. The user is notified by mail. It is counted by `counters`.
    pub async fn change_password(
        &self,
        request: &WriteRequest,
        id: Uuid,
        verified_hash: &str,
        hash: &str,
        keep_api_keys: bool,
        counters: &[Counter],
    ) -> Result<(), Error> {
        self.transaction(async |connection| {
            let locked = self.lock_and_authorize(connection, request, id).await?;
            check_verified_hash(connection, id, Some(verified_hash)).await?;
            diesel::update(users::table.find(id)).set(users::password_hash.eq(hash)).execute(connection).await?;
            let kept = match request.actor {
                Principal::User(caller) => caller.session().unwrap_or_default(),
                Principal::Anonymous => Uuid::nil(),
            };
            diesel::delete(sessions::table.filter(sessions::user_id.eq(id)).filter(sessions::id.ne(kept)))
                .execute(connection)
                .await?;
            rate_limits::count_all(connection, counters, self.clock.now()).await?;
            let user = &locked.target;
            withdraw_pending_email(connection, user, self.clock.now()).await?;
            withdraw_links(connection, user, Some(&user.email)).await?;
            let notification = Mail::notice(MailKind::PasswordChanged, &user.email);
            notification.queue(connection, self, &request.metadata).await?;
            let mut changes = vec![Change::of("password")];
            if !keep_api_keys {
                changes.extend(withdraw_api_keys(connection, id).await?);
            }
            locked.record(Event::PasswordChanged, &changes).write(connection, &self.clock, &request.metadata).await
        })
        .await
    }
}
