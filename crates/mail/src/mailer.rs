//! The task that empties the outbox.

use crate::{
    Links, Sender,
    message::Email,
    transport::{SendError, Transport},
};
use chrono::TimeDelta;
use std::{io, rc::Rc, sync::Arc, thread, time::Duration};
use tokio::{
    runtime,
    sync::{Mutex, Semaphore, watch},
    task::{JoinSet, LocalSet},
    time::timeout,
};
use usher_auth::opaque;
use usher_domain::Clock;
use usher_persistence::{Claimed, Database, Error};
use uuid::Uuid;

/// Most mails on their way at a time, of one replica.
const AT_ONCE: usize = 4;
/// Pause before the next look into an outbox where nothing was due.
const PAUSE: Duration = Duration::from_millis(250);
/// Pause after the database did not answer.
const LONG_PAUSE: Duration = Duration::from_secs(2);
/// How long a mail is a sender's; longer than sending can take.
const LEASE: TimeDelta = TimeDelta::minutes(3);
const _: () = assert!(Transport::SEND_TIMEOUT.as_secs() < LEASE.num_seconds().unsigned_abs());
/// Longest that a stop waits for mails on their way.
const FAREWELL: Duration = Duration::from_secs(5);

/// The wait after a first failure; each further one doubles it.
const FIRST_WAIT: TimeDelta = TimeDelta::seconds(5);
/// The longest wait, where the server is away or says later.
const LONGEST_WAIT: TimeDelta = TimeDelta::minutes(10);
/// The longest wait, where the server says never. It may be about the mail, or about us and mended tomorrow.
const LONGEST_WAIT_REFUSED: TimeDelta = TimeDelta::hours(2);
/// A mail that could not be sent for so long is given up.
const TOO_OLD: TimeDelta = TimeDelta::days(2);

/// Sends what is in the outbox for as long as it lives, on a thread of its own.
pub struct Mailer {
    stop: watch::Sender<bool>,
}

struct Work {
    /// Asked for one mail at a time: however many wait, requests have the other connections.
    database: Mutex<Database>,
    clock: Clock,
    transport: Transport,
    sender: Sender,
    links: Links,
}

impl Mailer {
    /// Begins to send.
    ///
    /// # Errors
    /// What the system says when it has no thread to give.
    pub fn start(
        database: Database,
        clock: Clock,
        transport: Transport,
        sender: Sender,
        links: Links,
    ) -> io::Result<Self> {
        let (stop, stopped) = watch::channel(false);
        let work = Work { database: Mutex::new(database), clock, transport, sender, links };
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        thread::Builder::new().name("mail".to_owned()).spawn(move || {
            let mut abandoned = stopped.clone();
            LocalSet::new().block_on(&runtime, async {
                tokio::select! {
                    () = run(Rc::new(work), stopped) => {}
                    // Fails when the mailer has been dropped.
                    _ = abandoned.wait_for(|_| false) => {}
                }
            });
        })?;
        Ok(Self { stop })
    }

    /// Begins no further mail, and waits a little for those on their way. What does not get out in time is sent again by
    /// the next sender.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        if timeout(FAREWELL, self.stop.closed()).await.is_err() {
            tracing::warn!("stopped while mail was on its way; it will be sent again");
        }
    }
}

async fn run(work: Rc<Work>, mut stopped: watch::Receiver<bool>) {
    let turns = Arc::new(Semaphore::new(AT_ONCE));
    let mut sending = JoinSet::new();
    loop {
        // The semaphore is never closed.
        let Ok(turn) = Arc::clone(&turns).acquire_owned().await else { return };
        while sending.try_join_next().is_some() {}
        let database = work.database.lock().await;
        if *stopped.borrow() {
            break;
        }
        let claimed = database.claim_mail(LEASE).await;
        drop(database);
        let pause = match claimed {
            Ok(Some(claimed)) => {
                let work = Rc::clone(&work);
                sending.spawn_local(async move {
                    work.send(&claimed).await;
                    drop(turn);
                });
                continue;
            }
            Ok(None) => PAUSE,
            Err(error) => {
                tracing::debug!(%error, "the outbox could not be read");
                LONG_PAUSE
            }
        };
        drop(turn);
        // Over early when it is time to stop.
        let _ = timeout(pause, stopped.changed()).await;
    }
    while sending.join_next().await.is_some() {}
}

impl Work {
    async fn send(&self, claimed: &Claimed) {
        let done = match self.attempt(claimed).await {
            Ok(Ok(())) => self.database.lock().await.mail_sent(claimed).await,
            Ok(Err(error)) => self.reschedule(claimed, &error).await,
            Err(error) => Err(error),
        };
        if let Err(error) = done {
            // Its lease ends, and it is sent (again).
            tracing::warn!(mail = %claimed.id, %error, "what became of a mail could not be kept");
        }
    }

    /// Sends the mail, unless nobody wants it any more.
    async fn attempt(&self, claimed: &Claimed) -> Result<Result<(), SendError>, Error> {
        let failed = |reason: String| Ok(Err(SendError { reason, permanent: true }));
        let token = match opaque::generate() {
            Ok(token) => token,
            Err(error) => return failed(error.to_string()),
        };
        // It is a token of our own making: it has a digest.
        let digest = opaque::digest(&token).unwrap_or_default();
        let prepared = self.database.lock().await.prepare_mail(claimed, &digest).await?;
        let Some(mail) = prepared else { return Ok(Ok(())) };
        let email = Email {
            id: claimed.id,
            kind: mail.kind,
            sender: &self.sender,
            recipient: &mail.address,
            links: &self.links,
            token: &token,
            date: self.clock.now(),
        };
        match email.message() {
            Ok(message) => Ok(self.transport.send(&file_name(claimed), message).await),
            Err(error) => failed(error.to_string()),
        }
    }

    async fn reschedule(&self, claimed: &Claimed, error: &SendError) -> Result<(), Error> {
        let now = self.clock.now();
        let SendError { reason, permanent } = error;
        if now - claimed.created_at > TOO_OLD {
            tracing::error!(mail = %claimed.id, attempts = claimed.attempts, reason, "a mail is given up");
            return self.database.lock().await.mail_given_up(claimed).await;
        }
        let wait = wait(claimed.attempts, if *permanent { LONGEST_WAIT_REFUSED } else { LONGEST_WAIT }, claimed.id);
        tracing::warn!(mail = %claimed.id, attempts = claimed.attempts, reason, seconds = wait.num_seconds(), "a mail could not be sent yet");
        self.database.lock().await.mail_failed(claimed, now + wait).await
    }
}

/// How long to wait after this many attempts: twice as long each time, and up to a quarter longer, so that those that
/// failed together do not come back together.
fn wait(attempts: i32, longest: TimeDelta, id: Uuid) -> TimeDelta {
    let doublings = u32::try_from(attempts - 1).unwrap_or(0).min(20);
    let wait = (FIRST_WAIT * 2_i32.pow(doublings)).min(longest);
    let spread = i32::from(id.as_bytes()[15]);
    wait + wait / 4 * spread / 256
}

/// Sorts by the time of what the mail tells of, and is the same each time that it is tried.
fn file_name(claimed: &Claimed) -> String {
    format!("{}-{}.eml", claimed.created_at.format("%Y%m%dT%H%M%S%.6fZ"), claimed.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_up_to_a_longest_one() {
        let waits: Vec<i64> = (1..40).map(|n| wait(n, LONGEST_WAIT, Uuid::nil()).num_seconds()).collect();
        assert_eq!(waits[..4], [5, 10, 20, 40]);
        assert!(waits.is_sorted());
        assert_eq!(waits.last(), Some(&600));
        let spread = wait(1, LONGEST_WAIT, Uuid::max());
        assert!(spread > FIRST_WAIT && spread < FIRST_WAIT * 5 / 4);
    }
}
