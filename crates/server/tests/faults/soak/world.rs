//! What everybody in it shares: the two replicas, what was acknowledged of each user, and what must not have happened.

use super::{callers::Caller, lot::Lot};
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

/// Access tokens of deleted, suspended and signed-out users that are kept to be tried again and again.
const GRAVES: usize = 500;

/// What is written down of the requests.
#[derive(Default)]
pub struct Book {
    pub answered: AtomicUsize,
    /// Writes that were acknowledged.
    pub acknowledged: AtomicUsize,
    /// Requests that had to be refused, and were: of those whose right had just been taken away, and of strangers.
    pub refused: AtomicUsize,
    pub put_off: AtomicUsize,
    pub slowed: AtomicUsize,
    /// Requests whose connection broke, at each replica.
    pub lost: [AtomicUsize; 2],
    /// The longest that a request waited for its answer, and which one.
    longest: Mutex<(Duration, String)>,
    graves: Mutex<Vec<String>>,
    breaches: Mutex<Vec<String>>,
}

/// Something that must not have happened, and has been written down.
#[derive(Debug)]
pub struct Breach;

impl Book {
    pub fn breach(&self, what: String) -> Breach {
        println!("BREACH: {what}");
        self.breaches.lock().unwrap().push(what);
        Breach
    }

    pub fn breaches(&self) -> Vec<String> {
        self.breaches.lock().unwrap().clone()
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

    /// An access token that opens nothing any more, and never will again.
    pub fn bury(&self, token: &str) {
        let mut graves = self.graves.lock().unwrap();
        if graves.len() == GRAVES {
            graves.remove(0);
        }
        graves.push(token.to_owned());
    }

    /// One of those.
    pub fn grave(&self, lot: &mut Lot) -> Option<String> {
        let graves = self.graves.lock().unwrap();
        (!graves.is_empty()).then(|| lot.pick(&graves).clone())
    }
}

pub struct World {
    /// The replica that lives all the while, and the one that is killed.
    pub replicas: [Client; 2],
    /// The two who are admins for good. Whoever acts as one of them reads; who changes what they are writes.
    pub admins: RwLock<[Caller; 2]>,
    pub book: Arc<Book>,
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
    /// Since when this is so; `None` while a change is under way.
    pub since: Option<Instant>,
}

impl World {
    pub fn new(replicas: [Client; 2], admins: [Caller; 2], book: Arc<Book>, seed: u64) -> Self {
        let (users, done) = (Mutex::default(), AtomicBool::new(false));
        Self { replicas, admins: RwLock::new(admins), book, users, done, seed: AtomicU64::new(seed) }
    }

    /// A lot of its own for each who asks.
    pub fn lot(&self) -> Lot {
        Lot::new(self.seed.fetch_add(1, Relaxed).wrapping_mul(0x2545_F491_4F6C_DD1D))
    }

    /// Nobody, at the address of that number.
    pub fn nobody(&self, number: usize) -> Caller {
        Caller::nobody(&self.book, &self.replicas, number)
    }

    /// One of the admins, who stays one for as long as this is held.
    pub async fn admin(&self, lot: &mut Lot) -> RwLockReadGuard<'_, Caller> {
        let which = lot.below(2);
        RwLockReadGuard::map(self.admins.read().await, |admins| &admins[which])
    }

    /// Whether it is time to go.
    pub fn done(&self) -> bool {
        self.done.load(Relaxed)
    }

    pub fn finish(&self) {
        self.done.store(true, Relaxed);
    }

    /// There is a new user.
    pub fn add(&self, user: User) {
        self.users.lock().unwrap().insert(user.id.clone(), user);
    }

    /// A change to a user begins: until it is settled nobody can say what they are.
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

    /// Everybody of whom it is known what they are.
    pub fn settled(&self) -> Vec<User> {
        self.users.lock().unwrap().values().filter(|user| user.since.is_some()).cloned().collect()
    }

    /// Whether a user is what they were, and was all the while.
    pub fn is_still(&self, user: &User) -> bool {
        self.users.lock().unwrap()[&user.id] == *user
    }
}
