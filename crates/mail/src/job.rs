//! The job that sends a mail.

use crate::{
    Links, Sender,
    message::Email,
    transport::{SendError, Transport},
};
use chrono::TimeDelta;
use usher_auth::opaque;
use usher_domain::Clock;
use usher_jobs::{Job, JobDatabase, JobError, Retry};
use usher_persistence::{ClaimedJob, Error, MAIL_JOB, PreparedMail};

/// Sends mails.
pub struct SendMail {
    pub clock: Clock,
    pub transport: Transport,
    pub sender: Sender,
    pub links: Links,
}

impl Job for SendMail {
    const KIND: &'static str = MAIL_JOB;
    const CONCURRENCY: usize = 4;
    const LEASE: TimeDelta = TimeDelta::minutes(3);
    const RETRY: Retry = Retry {
        first_wait: TimeDelta::seconds(5),
        longest_wait: TimeDelta::minutes(10),
        // A permanent rejection may be caused by the mail, or by a configuration that is corrected tomorrow.
        longest_wait_permanent: TimeDelta::hours(2),
        give_up_after: TimeDelta::days(2),
    };

    /// Sends a mail, unless it is not wanted any more.
    async fn run(&self, job: &ClaimedJob, database: &JobDatabase) -> Result<(), JobError> {
        let token = opaque::generate().map_err(|error| JobError::Permanent(error.to_string()))?;
        // A token that was generated here has a digest.
        let digest = opaque::digest(&token).unwrap_or_default();
        let prepared = database.lock().await.prepare_mail(job, &digest).await?;
        let mail = match prepared {
            PreparedMail::Outgoing(mail) => mail,
            PreparedMail::NotWanted => return Ok(()),
            PreparedMail::Unknown { kind } => return Err(JobError::Unknown(format!("a mail of the kind {kind}"))),
        };
        let email = Email {
            id: job.id,
            kind: mail.kind,
            sender: &self.sender,
            recipient: &mail.address,
            links: &self.links,
            token: &token,
            date: self.clock.now(),
        };
        let message = email.message().map_err(|error| JobError::Permanent(error.to_string()))?;
        self.transport.send(&file_name(job), message).await?;
        Ok(database.lock().await.mail_sent(job.id).await?)
    }

    async fn give_up(&self, job: &ClaimedJob, database: &JobDatabase) -> Result<(), Error> {
        database.lock().await.discard_mail(job).await
    }

    /// Adds the mails that replicas of the previous release have queued.
    async fn refill(&self, database: &JobDatabase) -> Result<(), Error> {
        database.lock().await.adopt_mails().await
    }
}

const _: () = assert!(Transport::SEND_TIMEOUT.as_secs() < SendMail::LEASE.num_seconds().unsigned_abs());

impl From<SendError> for JobError {
    fn from(SendError { reason, permanent }: SendError) -> Self {
        if permanent { Self::Permanent(reason) } else { Self::Temporary(reason) }
    }
}

/// Sorts by the time of the change that caused the mail. A second copy has the same name.
fn file_name(job: &ClaimedJob) -> String {
    format!("{}-{}.eml", job.created_at.format("%Y%m%dT%H%M%S%.6fZ"), job.id)
}
