//! The mails that have not been sent yet, and the result of sending one.

use crate::{
    Database, Error,
    cached_statement::CachedStatement,
    jobs::ClaimedJob,
    schema::{jobs, outbox},
};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

/// The mails that have not been sent yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backlog {
    pub mails: u64,
    /// When the oldest of them was queued.
    pub since: Option<DateTime<Utc>>,
}

impl Database {
    /// The mails that have not been sent yet, including those that are being sent.
    pub async fn mail_backlog(&self) -> Result<Backlog, Error> {
        let waiting = outbox::table.filter(outbox::due_at.is_not_null());
        let backlog = waiting.select((diesel::dsl::count_star(), diesel::dsl::min(outbox::created_at)));
        let (mails, since): (i64, Option<DateTime<Utc>>) =
            self.read(async |connection| Ok(backlog.get_result(connection).await?)).await?;
        Ok(Backlog { mails: mails.unsigned_abs(), since })
    }

    /// Records that a mail was sent. Its row stays as long as it counts against the quota of its address. This holds whether or
    /// not another runner has claimed the job since: that one then sends no second copy, unless it has begun to.
    pub async fn mail_sent(&self, id: Uuid) -> Result<(), Error> {
        let change = diesel::update(outbox::table.find(id)).set(outbox::due_at.eq(None::<DateTime<Utc>>));
        self.with_connection(async |connection| Ok(CachedStatement(change).execute(connection).await.map(drop)?)).await
    }

    /// Deletes a mail that is given up. Does nothing if the lease has ended and another runner has claimed the job: that one may
    /// still send the mail.
    pub async fn discard_mail(&self, job: &ClaimedJob) -> Result<(), Error> {
        let claimed = jobs::table.filter(jobs::id.eq(job.id)).filter(jobs::attempts.eq(job.attempts));
        let mail = outbox::table.filter(outbox::id.eq(job.id)).filter(diesel::dsl::exists(claimed));
        let removal = diesel::delete(mail);
        self.with_connection(async |connection| Ok(removal.execute(connection).await.map(drop)?)).await
    }
}
