//! Password hashing on threads of its own.
//!
//! A hash takes a quarter of a second of one core (bcrypt at cost 12), so it must neither block an event loop nor crowd out
//! other work. [`Hasher`] owns a few threads, no more than there are cores, and a queue in front of them that is fair by
//! network and refuses requests that would wait too long.

use super::{
    imported_hashes::StoredHash,
    pool::{HasherLoad, Pool, QueueFull},
    requester::Requester,
};
use std::{io, sync::Arc, thread, time::Duration};
use tokio::time::{sleep, timeout};
use tracing::Span;
use usher_domain::NewPassword;

/// How many times `max_wait` a requester waits before giving up: the threads may have become slower since they were queued.
const WAIT_FACTOR: u32 = 2;

/// How long a refusal is delayed. Clients that retry at once, thousands of times a second, would otherwise take the processors
/// from the hashes that they wait for.
const REJECT_DELAY: Duration = Duration::from_millis(250);

/// The settings of a [`Hasher`].
#[derive(Debug, Clone, Copy)]
pub struct HasherConfig {
    /// bcrypt's cost, the binary logarithm of its rounds: 4 to 31.
    pub cost: u32,
    /// How many passwords are hashed at the same time; at least 1.
    pub threads: usize,
    /// A request that would wait longer than this is refused, and so is one that has waited for twice as long.
    pub max_wait: Duration,
}

impl Default for HasherConfig {
    /// Cost 12, one thread per core, 10 s.
    fn default() -> Self {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        Self { cost: 12, threads, max_wait: Duration::from_secs(10) }
    }
}

/// Hashes and verifies passwords with bcrypt. Clones share the threads, which end with the last clone.
///
/// The threads have normal priority. There are no more of them than cores, so a thread that answers requests shares a core with
/// at most one. With a lower priority, Linux's scheduler (EEVDF, with groups) now and then let a thread of Postgres wait for up
/// to a second behind them.
#[derive(Clone)]
pub struct Hasher {
    pool: Arc<Pool>,
    cost: u32,
    max_wait: Duration,
}

/// The result of verifying a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordCheck {
    /// The password is the one that was hashed.
    pub matches: bool,
    /// The hash has another cost than is configured, or was imported. If the password matches and is a valid new password, hash
    /// it again.
    pub needs_rehash: bool,
    /// The hash is of bcrypt, which does not read all of the password. The two never match, even if the system that made the
    /// hash did not mind.
    pub is_cut_short: bool,
}

impl Hasher {
    /// Starts the threads.
    ///
    /// # Errors
    /// `InvalidInput` for a cost that bcrypt does not support; otherwise the system's error when a thread cannot start.
    pub fn new(config: HasherConfig) -> io::Result<Self> {
        let HasherConfig { cost, threads, max_wait } = config;
        if !(4..=31).contains(&cost) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "bcrypt's cost must be 4 to 31"));
        }
        let pool = Arc::new(Pool::start(threads, max_wait, estimated_time(cost))?);
        Ok(Self { pool, cost, max_wait })
    }

    /// The bcrypt hash (`$2b$`) of a new password, with a random salt.
    pub async fn hash(&self, password: &NewPassword, requester: Requester) -> Result<String, QueueFull> {
        let (password, cost) = (password.as_str().to_owned(), self.cost);
        let hash = self.run(requester, move || bcrypt::hash(password, cost)).await?;
        // bcrypt fails here only without entropy; the client may try again.
        hash.map_err(|error| {
            tracing::error!(%error, "a password could not be hashed");
            QueueFull::after(Duration::ZERO)
        })
    }

    /// Whether `password` is the one that was hashed as `hash`. Without a hash (an unknown user, or one without a password)
    /// it takes as long as with one of our own, and never matches.
    ///
    /// bcrypt ignores what follows a NUL or the 72nd byte: such a password never matches a bcrypt hash, and the hash is
    /// computed anyway. Imported hashes (see [`imported_hashes`](super::imported_hashes)) take any password.
    pub async fn verify(
        &self,
        password: &str,
        hash: Option<&str>,
        requester: Requester,
    ) -> Result<PasswordCheck, QueueFull> {
        let (password, hash, cost) = (password.to_owned(), hash.map(str::to_owned), self.cost);
        self.run(requester, move || check(&password, hash.as_deref(), cost)).await
    }

    /// How busy the threads are.
    pub fn load(&self) -> HasherLoad {
        self.pool.load()
    }

    #[tracing::instrument(name = "password", skip_all)]
    async fn run<T: Send + 'static>(
        &self,
        requester: Requester,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, QueueFull> {
        // The rest of the span `password` is the time in the queue.
        let span = Span::current();
        let work = move || span.in_scope(|| tracing::info_span!("hash").in_scope(work));
        let result = match self.pool.submit(requester, work) {
            Ok(result) => result,
            Err(full) => {
                sleep(REJECT_DELAY).await;
                return Err(full);
            }
        };
        match timeout(self.max_wait * WAIT_FACTOR, result).await {
            // No result comes if the hash panicked.
            Ok(result) => result.unwrap_or(Err(QueueFull::after(Duration::ZERO))),
            Err(_) => Err(self.pool.give_up()),
        }
    }
}

/// Compares the password with the hash. Without a usable hash it computes one in vain, so that the time shows nothing.
fn check(password: &str, hash: Option<&str>, cost: u32) -> PasswordCheck {
    let stored = hash.and_then(|hash| {
        StoredHash::parse(hash)
            .inspect_err(|fault| tracing::warn!(reason = %fault.detail, "a stored password hash cannot be used"))
            .ok()
    });
    let Some(stored) = stored else {
        let _ = std::hint::black_box(bcrypt::hash_with_salt(password, cost, [0x5a; 16]));
        return PasswordCheck { matches: false, needs_rehash: false, is_cut_short: false };
    };
    PasswordCheck {
        matches: stored.matches(password),
        needs_rehash: !stored.is_own(cost),
        is_cut_short: stored.is_cut_short(password),
    }
}

/// Some 65 µs for each of bcrypt's 2^cost rounds, until hashes have been measured.
fn estimated_time(cost: u32) -> Duration {
    Duration::from_micros(65_u64.checked_shl(cost).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{sync::mpsc, time::Instant};
    use usher_domain::Text;

    fn hasher(threads: usize, max_wait: Duration) -> Hasher {
        Hasher::new(HasherConfig { cost: 4, threads, max_wait }).unwrap()
    }

    fn new_password(text: &str) -> NewPassword {
        NewPassword::parse(text).unwrap()
    }

    fn unknown(address: &str) -> Requester {
        Requester::unknown(address.parse().ok())
    }

    /// Keeps the only thread at work until the sender is dropped; returns once it has begun.
    fn occupy(hasher: &Hasher) -> mpsc::Sender<()> {
        let (begun, has_begun) = mpsc::channel();
        let (release, released) = mpsc::channel::<()>();
        let result = hasher.pool.submit(Requester::SERVICE, move || {
            begun.send(()).unwrap();
            let _ = released.recv();
        });
        // A dropped receiver would mark the task as abandoned.
        std::mem::forget(result);
        has_begun.recv().unwrap();
        release
    }

    #[tokio::test]
    async fn a_hashed_password_verifies_and_another_does_not() {
        let hasher = hasher(2, Duration::from_mins(1));
        let hash = hasher.hash(&new_password("kaffee-und-kuchen-17"), unknown("192.0.2.1")).await.unwrap();
        assert!(hash.starts_with("$2b$04$"));
        let good = hasher.verify("kaffee-und-kuchen-17", Some(&hash), Requester::SERVICE).await.unwrap();
        assert_eq!(good, PasswordCheck { matches: true, needs_rehash: false, is_cut_short: false });
        let bad = hasher.verify("kaffee-und-kuchen-18", Some(&hash), Requester::SERVICE).await.unwrap();
        assert_eq!(bad, PasswordCheck { matches: false, needs_rehash: false, is_cut_short: false });
    }

    #[tokio::test]
    async fn a_missing_hash_and_an_unreadable_one_never_match() {
        let hasher = hasher(1, Duration::from_mins(1));
        for hash in
            [None, Some(""), Some("plain"), Some("$2b$31$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e")]
        {
            for password in ["", "plain", "correct horse"] {
                assert!(!hasher.verify(password, hash, Requester::SERVICE).await.unwrap().matches);
            }
        }
    }

    #[tokio::test]
    async fn a_hash_of_another_cost_and_an_imported_one_need_a_rehash() {
        let hasher = hasher(1, Duration::from_mins(1));
        let pbkdf2 = "$pbkdf2-sha256$i=1000,l=32$c2l4dGVlbiBieXRlcyBvZg$y6QesfSHiadJe14jSg2x291T5Tyg3Jl9BU9qqM70WLU";
        let costlier = bcrypt::hash("correct horse", 5).unwrap();
        for hash in [pbkdf2, &costlier] {
            let check = hasher.verify("correct horse", Some(hash), Requester::SERVICE).await.unwrap();
            assert_eq!(check, PasswordCheck { matches: true, needs_rehash: true, is_cut_short: false });
        }
    }

    #[tokio::test]
    async fn a_password_that_bcrypt_would_cut_never_matches() {
        let hasher = hasher(1, Duration::from_mins(1));
        let full = "x".repeat(72);
        let hash = bcrypt::hash(&full, 4).unwrap();
        assert!(hasher.verify(&full, Some(&hash), Requester::SERVICE).await.unwrap().matches);
        let longer = hasher.verify(&format!("{full}y"), Some(&hash), Requester::SERVICE).await.unwrap();
        assert!(!longer.matches && longer.is_cut_short);
        let hash = bcrypt::hash("short", 4).unwrap();
        assert!(!hasher.verify("short\0er", Some(&hash), Requester::SERVICE).await.unwrap().matches);
    }

    #[tokio::test]
    async fn a_panic_in_a_hash_is_a_refusal_and_the_thread_goes_on() {
        let hasher = hasher(1, Duration::from_mins(1));
        let refused = hasher.run::<()>(Requester::SERVICE, || panic!("on purpose")).await;
        assert_eq!(refused, Err(QueueFull { retry_after: Duration::from_secs(1) }));
        assert_eq!(hasher.run(Requester::SERVICE, || 7).await, Ok(7));
    }

    #[tokio::test]
    async fn a_refusal_is_delayed() {
        let hasher = hasher(1, estimated_time(4));
        let release = occupy(&hasher);
        let waiting = [unknown("192.0.2.1"), unknown("192.0.2.2")].map(|from| hasher.pool.submit(from, || ()).unwrap());
        let began = Instant::now();
        let refused = hasher.run(unknown("192.0.2.3"), || ()).await;
        assert_eq!(refused, Err(QueueFull { retry_after: Duration::from_secs(1) }));
        assert!(began.elapsed() >= REJECT_DELAY);
        drop((release, waiting));
    }

    #[tokio::test]
    async fn a_request_that_has_waited_too_long_is_refused_and_leaves_the_queue() {
        let hasher = hasher(1, Duration::from_millis(20));
        let release = occupy(&hasher);
        let refused = hasher.run(unknown("192.0.2.1"), || ()).await;
        assert_eq!(refused, Err(QueueFull { retry_after: Duration::from_secs(1) }));
        assert_eq!(hasher.load(), HasherLoad { waiting: 0, running: 1, refused: 1 });
        drop(release);
        while hasher.load().running > 0 {
            thread::yield_now();
        }
        assert_eq!(hasher.verify("", None, Requester::SERVICE).await.map(|check| check.matches), Ok(false));
    }

    #[test]
    fn a_cost_that_bcrypt_does_not_support_is_refused() {
        for cost in [0, 3, 32] {
            let config = HasherConfig { cost, ..HasherConfig::default() };
            assert_eq!(Hasher::new(config).err().unwrap().kind(), io::ErrorKind::InvalidInput);
        }
    }
}
