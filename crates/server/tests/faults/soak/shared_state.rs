//! The state that all clients share: the two replicas, the acknowledged state of each user, and the violations.

use super::callers::Caller;
use fastrand::Rng;
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};
use tokio::sync::{RwLock, RwLockReadGuard};
use usher_testkit::Client;

/// Maximum number of revoked access tokens that are kept to be tried again.
const MAX_REVOKED_TOKENS: usize = 500;

/// The numbers of requests by outcome, and the violations.
#[derive(Default)]
pub struct Record {
    pub answered: AtomicUsize,
    /// Writes that were acknowledged.
    pub acknowledged: AtomicUsize,
    /// Requests that were refused as expected: after a right was taken away, or without a valid token.
    pub refused: AtomicUsize,
    pub unavailable: AtomicUsize,
    pub rate_limited: AtomicUsize,
    /// Requests whose connection was lost, at each replica.
    pub lost: [AtomicUsize; 2],
    /// The longest time until an answer, and its request.
    longest: Mutex<(Duration, String)>,
    revoked_tokens: Mutex<Vec<String>>,
    violations: Mutex<Vec<String>>,
}

/// A violation that has been recorded.
#[derive(Debug)]
pub struct Violation;

impl Record {
    pub fn violation(&self, what: String) -> Violation {
        println!("VIOLATION: {what}");
        self.violations.lock().unwrap().push(what);
        Violation
    }

    pub fn violations(&self) -> Vec<String> {
        self.violations.lock().unwrap().clone()
    }

    pub fn waited(&self, time: Duration, what: impl FnOnce() -> String) {
        let mut longest = self.longest.lock().unwrap();
        if time > longest.0 {
            *longest = (time, what());
        }
    }

    pub fn longest_wait(&self) -> (Duration, String) {
        self.longest.lock().unwrap().clone()
    }

    /// Remembers an access token that must be refused from now on.
    pub fn remember_revoked(&self, token: &str) {
        let mut revoked_tokens = self.revoked_tokens.lock().unwrap();
        if revoked_tokens.len() == MAX_REVOKED_TOKENS {
            revoked_tokens.remove(0);
        }
        revoked_tokens.push(token.to_owned());
    }

    /// One of these tokens.
    pub fn revoked_token(&self, rng: &mut Rng) -> Option<String> {
        let revoked_tokens = self.revoked_tokens.lock().unwrap();
        rng.choice(revoked_tokens.iter()).cloned()
    }
}

pub struct SharedState {
    /// The replica that is not restarted, and the one that is.
    pub replicas: [Client; 2],
    /// The two admins. A client that acts as one of them holds the lock for reading, one that changes their roles for writing.
    pub admins: RwLock<[Caller; 2]>,
    pub record: Arc<Record>,
    users: Mutex<HashMap<String, User>>,
    done: AtomicBool,
    seed: AtomicU64,
}

/// A user as it was acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub id: String,
    pub name: String,
    pub email: String,
    pub password: String,
    pub role: &'static str,
    pub status: &'static str,
    pub deleted: bool,
    /// The time of the last change; `None` during a change.
    pub since: Option<Instant>,
}

impl SharedState {
    pub fn new(replicas: [Client; 2], admins: [Caller; 2], record: Arc<Record>, seed: u64) -> Self {
        let (users, done) = (Mutex::default(), AtomicBool::new(false));
        Self { replicas, admins: RwLock::new(admins), record, users, done, seed: AtomicU64::new(seed) }
    }

    /// A random number generator for each client.
    pub fn rng(&self) -> Rng {
        Rng::with_seed(self.seed.fetch_add(1, Relaxed).wrapping_mul(0x2545_F491_4F6C_DD1D))
    }

    /// A client that is not signed in, at the address of this number.
    pub fn nobody(&self, number: usize) -> Caller {
        Caller::nobody(&self.record, &self.replicas, number)
    }

    /// One of the admins. The role does not change while this is held.
    pub async fn admin(&self, rng: &mut Rng) -> RwLockReadGuard<'_, Caller> {
        let which = rng.usize(..2);
        RwLockReadGuard::map(self.admins.read().await, |admins| &admins[which])
    }

    /// Whether the clients must stop.
    pub fn done(&self) -> bool {
        self.done.load(Relaxed)
    }

    pub fn finish(&self) {
        self.done.store(true, Relaxed);
    }

    /// Adds a new user.
    pub fn add(&self, user: User) {
        self.users.lock().unwrap().insert(user.id.clone(), user);
    }

    /// A change of a user begins. Until it is settled the state of the user is not known.
    pub fn begin(&self, id: &str) {
        self.users.lock().unwrap().get_mut(id).unwrap().since = None;
    }

    /// The change was acknowledged.
    pub fn settle(&self, id: &str, change: impl FnOnce(&mut User)) {
        let mut users = self.users.lock().unwrap();
        let user = users.get_mut(id).unwrap();
        change(user);
        user.since = Some(Instant::now());
    }

    /// All users whose state is known.
    pub fn settled(&self) -> Vec<User> {
        self.users.lock().unwrap().values().filter(|user| user.since.is_some()).cloned().collect()
    }

    /// Whether a user has not changed since.
    pub fn is_still(&self, user: &User) -> bool {
        self.users.lock().unwrap()[&user.id] == *user
    }
}
