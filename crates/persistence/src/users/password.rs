//! Password hashes: read to be verified elsewhere, replaced when the proof still holds.

use super::update::proved;
use crate::{
    Ask, Database, Error,
    audit::Record,
    database::found,
    mail::{Mail, withdraw_links, withdraw_pending_email},
    schema::{sessions, users},
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use usher_domain::{
    MailKind,
    audit::{Change, Event, Outcome},
    policy::Actor,
};
use uuid::Uuid;

/// What a sign-in is judged by.
#[derive(Debug, Clone, Queryable)]
pub struct Credentials {
    pub id: Uuid,
    pub password_hash: Option<String>,
}

/// What a user may call themself when signing in.
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
        let columns = (users::id, users::password_hash);
        self.read(async |connection| {
            found(match identifier {
                Identifier::Username(key) => {
                    users::table.filter(users::username_key.eq(key)).select(columns).get_result(connection).await
                }
                Identifier::Email(key) => {
                    users::table.filter(users::email_key.eq(key)).select(columns).get_result(connection).await
                }
            })
        })
        .await
    }

    /// The hash to verify a user's current password against; `None` where there is no user or no password.
    pub async fn password_hash(&self, id: Uuid) -> Result<Option<String>, Error> {
        self.read(async |connection| {
            let hash = users::table.find(id).select(users::password_hash);
            Ok(found(hash.get_result::<Option<String>>(connection).await)?.flatten())
        })
        .await
    }

    /// Replaces the password hash, if `ask` may and `proof` is still the user's hash, and ends every session but the
    /// caller's. The former password may have been known to somebody else: a pending address change is forgotten, and links
    /// become worthless unless they only verify the address in use. The user is told by mail.
    pub async fn change_password(&self, ask: &Ask, id: Uuid, proof: &str, hash: &str) -> Result<(), Error> {
        self.transaction(async |connection| {
            let locked = self.judge(connection, ask, id).await?;
            proved(connection, id, Some(proof)).await?;
            diesel::update(users::table.find(id)).set(users::password_hash.eq(hash)).execute(connection).await?;
            let kept = match ask.actor {
                Actor::Member(member) => member.session,
                Actor::Nobody => Uuid::nil(),
            };
            diesel::delete(sessions::table.filter(sessions::user_id.eq(id)).filter(sessions::id.ne(kept)))
                .execute(connection)
                .await?;
            let user = &locked.target;
            withdraw_pending_email(connection, user, self.clock.now()).await?;
            withdraw_links(connection, user, Some(&user.email)).await?;
            let told = Mail::notice(MailKind::PasswordChanged, &user.email);
            told.queue(connection, &self.clock, &ask.origin).await?;
            let record = Record {
                event: Event::PasswordChanged,
                outcome: Outcome::Success,
                actor: locked.actor.as_ref(),
                target: Some(id),
                changes: &[Change::of("password")],
            };
            record.write(connection, &self.clock, &ask.origin).await
        })
        .await
    }
}
