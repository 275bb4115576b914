//! Password hashing on threads of its own.
//!
//! A hash takes a quarter of a second of one core (bcrypt at cost 12), so it must neither block an event loop nor crowd
//! out other work. [`Hasher`] owns a few threads, no more than there are cores, and a queue in front of them that is fair by
//! network and refuses what would wait too long.

use crate::{foreign::Stored, queue};
use std::{
    fmt, io,
    net::IpAddr,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};
use tokio::{
    sync::oneshot,
    time::{sleep, timeout},
};
use tracing::Span;
use usher_domain::{Network, NewPassword};

/// How much longer than was expected when they came callers wait, where the threads have become slower since.
const LENIENCE: u32 = 2;

/// How long whoever finds the queue full waits to be told. Clients that come back at once, thousands of times a second, would
/// otherwise take the processors from the very hashes that they wait for.
const RESTRAINT: Duration = Duration::from_millis(250);

/// What a [`Hasher`] needs to know.
#[derive(Debug, Clone, Copy)]
pub struct HasherConfig {
    /// bcrypt's cost, the binary logarithm of its rounds: 4 to 31.
    pub cost: u32,
    /// How many passwords are hashed at the same time; at least 1.
    pub threads: usize,
    /// A caller who would wait longer than this is refused, and so is one who has waited for twice as long after all.
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
/// The threads have the priority of all others: there are no more of them than cores, so that whoever answers requests shares
/// a core with at most one. Where a lower one was tried, the scheduler of Linux (EEVDF, with groups) now and then let a thread of
/// Postgres wait for up to a second behind them.
#[derive(Clone)]
pub struct Hasher {
    pool: Arc<Pool>,
}

/// Who waits for a hash.
#[derive(Debug, Clone, Copy)]
pub struct Caller {
    /// The client's address; `None` for the service itself, such as its command line.
    pub address: Option<IpAddr>,
    /// Whether something speaks for them already: a session, or an address that the account has signed in from before. They
    /// share the threads with all others half and half, so that no number of strangers keeps them out.
    pub familiar: bool,
}

impl Caller {
    /// The service itself.
    pub const SERVICE: Self = Self { address: None, familiar: true };

    pub fn familiar(address: Option<IpAddr>) -> Self {
        Self { address, familiar: true }
    }

    pub fn stranger(address: Option<IpAddr>) -> Self {
        Self { address, familiar: false }
    }

    /// Where they wait: with the familiar or the strangers, and there by network, the widest first.
    fn path(self) -> Vec<Key> {
        let networks = self.address.map(|address| [vec![Network::host(address)], Network::around(address)].concat());
        let networks = networks.unwrap_or_default().into_iter().rev().map(Key::Network);
        [Key::Familiar(self.familiar)].into_iter().chain(networks).collect()
    }
}

/// What a lane of the queue is for.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    Familiar(bool),
    Network(Network),
}

/// What a password proved to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// The password is the one that was hashed.
    pub matches: bool,
    /// The hash has another cost than is configured now, or came from elsewhere: hash the password again once it has
    /// matched, if it is a valid new password.
    pub outdated: bool,
}

/// How busy a [`Hasher`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HasherLoad {
    /// Passwords that wait to be hashed, not counting those being hashed.
    pub waiting: usize,
    /// Passwords being hashed.
    pub running: usize,
    /// Callers told that the queue is too long, since the start.
    pub refused: u64,
}

/// The queue is longer than a caller would wait (or, rarely, the hash failed and is worth another try).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Busy {
    /// When the present queue will have been worked off; at least 1 s.
    pub retry_after: Duration,
}

impl fmt::Display for Busy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "too many passwords are waiting to be hashed; try again in {} s", self.retry_after.as_secs())
    }
}

impl std::error::Error for Busy {}

impl Busy {
    fn after(wait: Duration) -> Self {
        Self { retry_after: wait.max(Duration::from_secs(1)) }
    }
}

impl Hasher {
    /// Starts the threads.
    ///
    /// # Errors
    /// `InvalidInput` for a cost that bcrypt does not know; else what the system says when it has no thread to give.
    pub fn new(config: HasherConfig) -> io::Result<Self> {
        if !(4..=31).contains(&config.cost) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "bcrypt's cost must be 4 to 31"));
        }
        let shared = Arc::new(Shared {
            cost: config.cost,
            threads: u32::try_from(config.threads).unwrap_or(u32::MAX).max(1),
            max_wait: config.max_wait,
            queue: Mutex::new(Queue { per_hash: first_guess(config.cost), ..Queue::default() }),
            filled: Condvar::new(),
        });
        // Made before the threads, so that those already running end if a later one cannot start.
        let pool = Arc::new(Pool { shared });
        for n in 0..pool.shared.threads {
            let shared = Arc::clone(&pool.shared);
            thread::Builder::new().name(format!("password-{n}")).spawn(move || shared.work())?;
        }
        Ok(Self { pool })
    }

    /// The bcrypt hash (`$2b$`) of a new password, with a random salt.
    pub async fn hash(&self, password: &NewPassword, caller: Caller) -> Result<String, Busy> {
        let password = password.as_str().to_owned();
        let cost = self.pool.shared.cost;
        // Nothing but missing entropy makes bcrypt fail here; the caller may try again.
        let hash = self.ask(caller, move || bcrypt::hash(password, cost)).await?;
        hash.map_err(|error| {
            tracing::error!(%error, "a password could not be hashed");
            Busy::after(Duration::ZERO)
        })
    }

    /// Whether `password` is the one that was hashed as `hash`. Without a hash (no such user, or one without a
    /// password) it computes as long as with one of our own, and never matches.
    ///
    /// bcrypt sees neither what follows a NUL nor more than 72 bytes: such a password never matches a bcrypt hash, and is
    /// computed all the same. Hashes that came from elsewhere (see [`foreign`](crate::foreign)) take any password.
    pub async fn verify(&self, password: &str, hash: Option<&str>, caller: Caller) -> Result<Verdict, Busy> {
        let (password, hash) = (password.to_owned(), hash.map(str::to_owned));
        let cost = self.pool.shared.cost;
        self.ask(caller, move || judge(&password, hash.as_deref(), cost)).await
    }

    /// How busy the threads are.
    pub fn load(&self) -> HasherLoad {
        let queue = self.pool.shared.lock();
        HasherLoad { waiting: queue.tasks.len(), running: queue.running, refused: queue.refused }
    }

    #[tracing::instrument(name = "password", skip_all)]
    async fn ask<T: Send + 'static>(
        &self,
        caller: Caller,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Busy> {
        // What is not the hash itself is the wait for its turn.
        let asked = Span::current();
        let work = move || asked.in_scope(|| tracing::info_span!("hash").in_scope(work));
        let shared = &self.pool.shared;
        let answer = match self.submit(caller, work) {
            Ok(answer) => answer,
            Err(busy) => {
                sleep(RESTRAINT).await;
                return Err(busy);
            }
        };
        match timeout(shared.max_wait * LENIENCE, answer).await {
            // An answer that never comes: the hash panicked.
            Ok(answer) => answer.unwrap_or(Err(Busy::after(Duration::ZERO))),
            Err(_) => Err(shared.give_up()),
        }
    }

    fn submit<T: Send + 'static>(
        &self,
        caller: Caller,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<oneshot::Receiver<Result<T, Busy>>, Busy> {
        let (reply, answer) = oneshot::channel();
        self.pool.shared.enqueue(&caller.path(), Box::new(Ask { work, reply }))?;
        Ok(answer)
    }
}

/// Compares, or computes in vain where there is nothing to compare with.
fn judge(password: &str, hash: Option<&str>, cost: u32) -> Verdict {
    let stored = hash.and_then(|hash| {
        Stored::parse(hash)
            .inspect_err(|fault| tracing::warn!(reason = %fault.detail, "a stored password hash cannot be used"))
            .ok()
    });
    let Some(stored) = stored else {
        let _ = std::hint::black_box(bcrypt::hash_with_salt(password, cost, [0x5a; 16]));
        return Verdict { matches: false, outdated: false };
    };
    Verdict {
        matches: stored.matches(password),
        outdated: !matches!(stored, Stored::Bcrypt { cost: of_hash, .. } if of_hash == cost),
    }
}

/// Some 65 µs for each of bcrypt's 2^cost rounds, until hashes have been measured.
fn first_guess(cost: u32) -> Duration {
    Duration::from_micros(65_u64.checked_shl(cost).unwrap_or(u64::MAX))
}

/// Ends the threads with the last [`Hasher`].
struct Pool {
    shared: Arc<Shared>,
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.lock().closing = true;
        self.shared.filled.notify_all();
    }
}

struct Shared {
    cost: u32,
    threads: u32,
    max_wait: Duration,
    queue: Mutex<Queue>,
    filled: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        // Nothing panics while it holds the lock; if it did, the queue would still be in order.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a task into its lane. When the queue is full, room is taken from those whose caller has gone, then from who asks
    /// much: the familiar from all strangers or the other way round, then the largest network from a smaller one, and so on
    /// down to the address. Who asks much waits behind themselves, and cannot shut out who asks little.
    fn enqueue(&self, path: &[Key], task: Box<dyn Task>) -> Result<(), Busy> {
        let mut queue = self.lock();
        if self.is_full(&queue) {
            queue.drop_the_gone();
        }
        let mut displaced = None;
        if self.is_full(&queue) {
            let busy = Busy::after(self.expected_wait(&queue));
            // One of the two is refused: the newcomer, or whoever makes room for it.
            queue.refused += 1;
            let displaced_task = queue.tasks.displace_for(path).ok_or(busy)?;
            displaced = Some((displaced_task, busy));
        }
        queue.tasks.push(path, task);
        drop(queue);
        self.filled.notify_one();
        if let Some((task, busy)) = displaced {
            task.refuse(busy);
        }
        Ok(())
    }

    /// Somebody has gone who has waited for too long.
    fn give_up(&self) -> Busy {
        let mut queue = self.lock();
        queue.drop_the_gone();
        queue.refused += 1;
        Busy::after(self.expected_wait(&queue))
    }

    fn is_full(&self, queue: &Queue) -> bool {
        self.expected_wait(queue) > self.max_wait
    }

    /// Until the present queue is worked off.
    fn expected_wait(&self, queue: &Queue) -> Duration {
        queue.per_hash.saturating_mul(u32::try_from(queue.tasks.len()).unwrap_or(u32::MAX)) / self.threads
    }

    /// The life of one thread.
    fn work(&self) {
        while let Some(task) = self.next() {
            let started = Instant::now();
            if catch_unwind(AssertUnwindSafe(|| task.run())).is_err() {
                tracing::error!("hashing a password panicked");
            }
            let took = started.elapsed();
            let mut queue = self.lock();
            queue.running -= 1;
            queue.per_hash = (queue.per_hash.saturating_mul(7).saturating_add(took)) / 8;
        }
    }

    /// The next task that somebody still waits for, once there is one; `None` when the pool closes.
    fn next(&self) -> Option<Box<dyn Task>> {
        let mut queue = self.lock();
        loop {
            if queue.closing {
                return None;
            }
            while let Some(task) = queue.tasks.pop() {
                if !task.has_gone() {
                    queue.running += 1;
                    return Some(task);
                }
            }
            queue = self.filled.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// What waits to be computed.
#[derive(Default)]
struct Queue {
    tasks: queue::Lane<Key, Box<dyn Task>>,
    /// Tasks that a thread has taken out and not finished.
    running: usize,
    /// Tasks that were refused.
    refused: u64,
    /// The moving average of what one hash takes.
    per_hash: Duration,
    closing: bool,
}

impl Queue {
    fn drop_the_gone(&mut self) {
        self.tasks.retain(|task| !task.has_gone());
    }
}

/// Something to compute for somebody who may have gone meanwhile.
trait Task: Send {
    fn has_gone(&self) -> bool;
    fn run(self: Box<Self>);
    fn refuse(self: Box<Self>, busy: Busy);
}

struct Ask<T, F> {
    work: F,
    reply: oneshot::Sender<Result<T, Busy>>,
}

impl<T: Send, F: FnOnce() -> T + Send> Task for Ask<T, F> {
    fn has_gone(&self) -> bool {
        self.reply.is_closed()
    }

    fn run(self: Box<Self>) {
        // Whoever has gone while it was computed does not miss it.
        let _ = self.reply.send(Ok((self.work)()));
    }

    fn refuse(self: Box<Self>, busy: Busy) {
        let _ = self.reply.send(Err(busy));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use usher_domain::Text;

    fn hasher(threads: usize, max_wait: Duration) -> Hasher {
        Hasher::new(HasherConfig { cost: 4, threads, max_wait }).unwrap()
    }

    fn new_password(text: &str) -> NewPassword {
        NewPassword::parse(text).unwrap()
    }

    fn stranger(text: &str) -> Caller {
        Caller::stranger(text.parse().ok())
    }

    fn familiar(text: &str) -> Caller {
        Caller::familiar(text.parse().ok())
    }

    /// Keeps the only thread at work until the sender is dropped; returns once it has begun.
    fn occupy(hasher: &Hasher) -> mpsc::Sender<()> {
        let (begun, has_begun) = mpsc::channel();
        let (release, released) = mpsc::channel::<()>();
        drop_later(hasher.submit(Caller::SERVICE, move || {
            begun.send(()).unwrap();
            let _ = released.recv();
        }));
        has_begun.recv().unwrap();
        release
    }

    /// A receiver that is dropped tells the queue that nobody waits, so the tests keep theirs.
    fn drop_later<T>(kept: T) {
        std::mem::forget(kept);
    }

    #[tokio::test]
    async fn a_hashed_password_verifies_and_another_does_not() {
        let hasher = hasher(2, Duration::from_mins(1));
        let hash = hasher.hash(&new_password("kaffee-und-kuchen-17"), stranger("192.0.2.1")).await.unwrap();
        assert!(hash.starts_with("$2b$04$"));
        let good = hasher.verify("kaffee-und-kuchen-17", Some(&hash), Caller::SERVICE).await.unwrap();
        assert_eq!(good, Verdict { matches: true, outdated: false });
        let bad = hasher.verify("kaffee-und-kuchen-18", Some(&hash), Caller::SERVICE).await.unwrap();
        assert_eq!(bad, Verdict { matches: false, outdated: false });
    }

    #[tokio::test]
    async fn no_hash_and_an_unreadable_one_never_match() {
        let hasher = hasher(1, Duration::from_mins(1));
        for hash in
            [None, Some(""), Some("plain"), Some("$2b$31$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e")]
        {
            for password in ["", "plain", "correct horse"] {
                assert!(!hasher.verify(password, hash, Caller::SERVICE).await.unwrap().matches);
            }
        }
    }

    #[tokio::test]
    async fn a_hash_of_another_cost_or_from_elsewhere_is_outdated() {
        let hasher = hasher(1, Duration::from_mins(1));
        let pbkdf2 = "$pbkdf2-sha256$i=1000,l=32$c2l4dGVlbiBieXRlcyBvZg$y6QesfSHiadJe14jSg2x291T5Tyg3Jl9BU9qqM70WLU";
        let costlier = bcrypt::hash("correct horse", 5).unwrap();
        for hash in [pbkdf2, &costlier] {
            let verdict = hasher.verify("correct horse", Some(hash), Caller::SERVICE).await.unwrap();
            assert_eq!(verdict, Verdict { matches: true, outdated: true });
        }
    }

    #[tokio::test]
    async fn a_password_that_bcrypt_would_cut_never_matches() {
        let hasher = hasher(1, Duration::from_mins(1));
        let full = "x".repeat(72);
        let hash = bcrypt::hash(&full, 4).unwrap();
        assert!(hasher.verify(&full, Some(&hash), Caller::SERVICE).await.unwrap().matches);
        assert!(!hasher.verify(&format!("{full}y"), Some(&hash), Caller::SERVICE).await.unwrap().matches);
        let hash = bcrypt::hash("short", 4).unwrap();
        assert!(!hasher.verify("short\0er", Some(&hash), Caller::SERVICE).await.unwrap().matches);
    }

    #[tokio::test]
    async fn a_panic_in_a_hash_is_a_refusal_and_the_pool_lives_on() {
        let hasher = hasher(1, Duration::from_mins(1));
        let refused = hasher.ask::<()>(Caller::SERVICE, || panic!("on purpose")).await;
        assert_eq!(refused, Err(Busy { retry_after: Duration::from_secs(1) }));
        assert_eq!(hasher.ask(Caller::SERVICE, || 7).await, Ok(7));
    }

    #[test]
    fn addresses_are_served_in_turn() {
        let hasher = hasher(1, Duration::from_mins(1));
        let release = occupy(&hasher);
        let (served, order) = mpsc::channel();
        for (name, from) in [
            ("a1", "192.0.2.1"),
            ("a2", "192.0.2.1"),
            ("a3", "::ffff:192.0.2.1"),
            ("b1", "2001:db8::1"),
            ("b2", "2001:db8::ffff:2"),
            ("c1", "2001:db8:0:1::1"),
        ] {
            let served = served.clone();
            drop_later(hasher.submit(stranger(from), move || served.send(name)));
        }
        drop(served);
        assert_eq!(hasher.load().waiting, 6);
        drop(release);
        // The two IPv6 networks are of one /48.
        assert_eq!(order.iter().collect::<Vec<_>>(), ["a1", "b1", "a2", "c1", "a3", "b2"]);
        assert_eq!(hasher.load().waiting, 0);
    }

    #[test]
    fn whoever_would_wait_too_long_is_refused_at_once() {
        // Two may wait: a third would expect twice what one hash takes, and the limit is once.
        let hasher = hasher(1, first_guess(4));
        let release = occupy(&hasher);
        let first = hasher.submit(stranger("192.0.2.1"), || ()).unwrap();
        let second = hasher.submit(stranger("192.0.2.2"), || ()).unwrap();
        let busy = hasher.submit(stranger("192.0.2.3"), || ()).unwrap_err();
        assert_eq!(busy.retry_after, Duration::from_secs(1));
        assert_eq!(hasher.load().waiting, 2);
        drop(release);
        first.blocking_recv().unwrap().unwrap();
        second.blocking_recv().unwrap().unwrap();
    }

    #[tokio::test]
    async fn whoever_is_refused_is_told_so_only_after_a_moment() {
        let hasher = hasher(1, first_guess(4));
        let release = occupy(&hasher);
        let waiting = [stranger("192.0.2.1"), stranger("192.0.2.2")].map(|from| hasher.submit(from, || ()).unwrap());
        let began = Instant::now();
        let refused = hasher.ask(stranger("192.0.2.3"), || ()).await;
        assert_eq!(refused, Err(Busy { retry_after: Duration::from_secs(1) }));
        assert!(began.elapsed() >= RESTRAINT);
        drop((release, waiting));
    }

    #[tokio::test]
    async fn whoever_has_waited_too_long_after_all_is_refused_and_waits_no_more() {
        let hasher = hasher(1, Duration::from_millis(20));
        let release = occupy(&hasher);
        let refused = hasher.ask(stranger("192.0.2.1"), || ()).await;
        assert_eq!(refused, Err(Busy { retry_after: Duration::from_secs(1) }));
        assert_eq!(hasher.load(), HasherLoad { waiting: 0, running: 1, refused: 1 });
        drop(release);
        while hasher.load().running > 0 {
            thread::yield_now();
        }
        assert_eq!(hasher.verify("", None, Caller::SERVICE).await.map(|verdict| verdict.matches), Ok(false));
    }

    #[test]
    fn a_flood_from_one_address_gives_way_to_another() {
        let hasher = hasher(1, first_guess(4));
        let release = occupy(&hasher);
        let flooder = stranger("192.0.2.1");
        let older = hasher.submit(flooder, || ()).unwrap();
        let newer = hasher.submit(flooder, || ()).unwrap();
        assert!(hasher.submit(flooder, || ()).is_err(), "its own lane is full");
        let other = hasher.submit(stranger("192.0.2.2"), || ()).unwrap();
        assert!(newer.blocking_recv().unwrap().is_err(), "the flooder's newest was displaced");
        assert!(hasher.submit(stranger("192.0.2.3"), || ()).is_err(), "lanes of one are not displaced");
        drop(release);
        assert!(older.blocking_recv().unwrap().is_ok());
        assert!(other.blocking_recv().unwrap().is_ok());
    }

    #[test]
    fn a_flood_from_many_networks_of_one_customer_gives_way_to_another() {
        for (flood, other) in [
            (["2001:db8:1:100::1", "2001:db8:1:101::1", "2001:db8:1:102::1"], "2001:db8:2::1"),
            (["2001:db8:1:100::1", "2001:db8:1:200::1", "2001:db8:1:300::1"], "192.0.2.1"),
            (["2001:db8:1:100::1", "2001:db8:1:101::1", "2001:db8:1:102::1"], "2001:db8:1:200::1"),
            (["192.0.2.1", "192.0.2.2", "192.0.2.3"], "198.51.100.1"),
        ] {
            // Three may wait: a fourth would expect three times what one hash takes, and the limit is twice.
            let hasher = hasher(1, first_guess(4) * 2);
            let release = occupy(&hasher);
            let waiting = flood.map(|from| hasher.submit(stranger(from), || "flood").unwrap());
            let other = hasher.submit(stranger(other), || "other").unwrap();
            drop(release);
            assert_eq!(other.blocking_recv().unwrap(), Ok("other"));
            let refused = waiting.into_iter().filter_map(|answer| answer.blocking_recv().unwrap().err());
            assert_eq!(refused.count(), 1);
        }
    }

    #[test]
    fn strangers_give_way_to_the_familiar_however_many_networks_they_come_from() {
        let hasher = hasher(1, first_guess(4) * 3);
        let release = occupy(&hasher);
        let (served, order) = mpsc::channel();
        for n in 1..=4 {
            let served = served.clone();
            drop_later(hasher.submit(stranger(&format!("2001:db8:{n}::1")), move || served.send("stranger")));
        }
        assert!(hasher.submit(stranger("192.0.2.1"), || ()).is_err(), "strangers are alike");
        for _ in 0..2 {
            let served = served.clone();
            drop_later(hasher.submit(familiar("192.0.2.1"), move || served.send("familiar")));
        }
        assert!(hasher.submit(familiar("192.0.2.1"), || ()).is_err(), "half of the places are for strangers");
        drop((served, release));
        assert_eq!(order.iter().collect::<Vec<_>>(), ["stranger", "familiar", "stranger", "familiar"]);
    }

    #[test]
    fn a_caller_who_has_gone_is_neither_computed_nor_counted() {
        let hasher = hasher(1, first_guess(4));
        let release = occupy(&hasher);
        let (computed, was_computed) = mpsc::channel();
        for _ in 0..2 {
            let computed = computed.clone();
            drop(hasher.submit(stranger("192.0.2.1"), move || computed.send("gone")));
        }
        let late = computed.clone();
        let present = hasher.submit(stranger("192.0.2.2"), move || computed.send("present")).unwrap();
        assert_eq!(hasher.load().waiting, 1, "the gone made room");
        drop(hasher.submit(stranger("192.0.2.2"), move || late.send("gone while there was room")));
        drop(release);
        present.blocking_recv().unwrap().unwrap().unwrap();
        assert_eq!(was_computed.iter().collect::<Vec<_>>(), ["present"]);
    }

    #[test]
    fn the_threads_end_with_the_last_clone() {
        let hasher = hasher(2, Duration::from_mins(1));
        let (alive, ended) = mpsc::channel::<()>();
        let shared = Arc::downgrade(&hasher.pool.shared);
        drop(hasher.clone());
        drop_later(hasher.submit(Caller::SERVICE, move || drop(alive)));
        assert!(ended.recv().is_err());
        drop(hasher);
        while shared.strong_count() > 0 {
            thread::yield_now();
        }
    }

    #[test]
    fn a_cost_that_bcrypt_does_not_know_is_refused() {
        for cost in [0, 3, 32] {
            let config = HasherConfig { cost, ..HasherConfig::default() };
            assert_eq!(Hasher::new(config).err().unwrap().kind(), io::ErrorKind::InvalidInput);
        }
    }
}
