//! Queueing mails.

use super::{BY_JOB, MAIL_JOB, rights::RIGHTS_OF_USER};
use crate::{
    Database, Error, cached_statement::CachedStatement, jobs::NewJob, schema::outbox, write_request::RequestMetadata,
};
use chrono::{DateTime, Utc};
use diesel::{
    dsl::sql,
    prelude::*,
    sql_types::{Array, Nullable, Text, Uuid as SqlUuid},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::{EmailAddress, MailKind, User};
use uuid::Uuid;

#[derive(Insertable)]
#[diesel(table_name = outbox, treat_none_as_default_value = false)]
struct NewOutboxRow<'a> {
    id: Uuid,
    kind: &'static str,
    user_id: Option<Uuid>,
    address: &'a str,
    address_key: String,
    created_at: DateTime<Utc>,
    due_at: DateTime<Utc>,
    attempts: i32,
    origin: Option<&'a str>,
    request_id: Option<Uuid>,
}

/// A mail to be sent.
pub(crate) struct Mail<'a> {
    pub(crate) kind: MailKind,
    /// The user that the link is for, if the mail has one.
    pub(crate) user: Option<Uuid>,
    pub(crate) address: &'a EmailAddress,
}

impl<'a> Mail<'a> {
    /// A mail with a link for this user.
    pub(crate) fn link(kind: MailKind, user: &User, address: &'a EmailAddress) -> Self {
        Self { kind, user: Some(user.id), address }
    }

    /// A mail without a link, or with a link for the user who has this address when it is sent.
    pub(crate) fn notice(kind: MailKind, address: &'a EmailAddress) -> Self {
        Self { kind, user: None, address }
    }

    /// Adds the mail and its job, and what the account of its link is allowed now, in the transaction of the change that causes it.
    pub(crate) async fn queue(
        &self,
        connection: &AsyncPgConnection,
        database: &Database,
        metadata: &RequestMetadata,
    ) -> Result<(), Error> {
        let (id, now) = database.clock.new_id();
        let key = self.address.key();
        let row = NewOutboxRow {
            id,
            kind: self.kind.as_str(),
            user_id: self.user,
            address: self.address.as_str(),
            address_key: key.clone(),
            created_at: now,
            due_at: BY_JOB,
            attempts: 0,
            origin: metadata.address.as_deref(),
            request_id: metadata.request_id,
        };
        // Also without a user, so that the response takes the same time for all addresses.
        let rights = sql::<Nullable<Array<Text>>>(RIGHTS_OF_USER)
            .sql("coalesce(")
            .bind::<Nullable<SqlUuid>, _>(self.user)
            .sql(", (SELECT id FROM users WHERE email_key = ")
            .bind::<Nullable<Text>, _>(self.kind.link().map(|_| key))
            .sql(")))");
        let insert = diesel::insert_into(outbox::table).values((row, outbox::rights.eq(rights)));
        let insert = async {
            let mut connection = connection;
            CachedStatement(insert).execute(&mut connection).await
        };
        let job = NewJob { id, kind: MAIL_JOB, created_at: now };
        let (inserted, enqueued) = tokio::join!(biased; insert, database.enqueue(connection, job));
        inserted?;
        enqueued
    }
}
