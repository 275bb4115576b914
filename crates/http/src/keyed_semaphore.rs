//! What only so many do at once here: registering a name, and guessing one password. Hashing is the costly part of both. Of many
//! that want the same name at once, only one needs to get that far; and of many sign-ins to one account that are all right,
//! none finds the others still counted as wrong. The database alone decides; this saves work, and patience.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Whose turn it is, by the name or the digest of what is wanted.
#[derive(Default)]
pub struct KeyedSemaphore {
    turns: Mutex<HashMap<Vec<u8>, Weak<Semaphore>>>,
}

/// A turn, until it is dropped.
pub struct Permit {
    _permit: Option<OwnedSemaphorePermit>,
}

impl KeyedSemaphore {
    /// Waits until fewer than `at_once` others here have this turn.
    pub async fn take(&self, name: impl Into<Vec<u8>>, at_once: usize) -> Permit {
        let turn = {
            let name = name.into();
            let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
            turns.retain(|_, turn| turn.strong_count() > 0);
            match turns.get(&name).and_then(Weak::upgrade) {
                Some(turn) => turn,
                None => {
                    let turn = Arc::new(Semaphore::new(at_once));
                    turns.insert(name, Arc::downgrade(&turn));
                    turn
                }
            }
        };
        // A semaphore that nobody closes always gives a permit in the end.
        Permit { _permit: turn.acquire_owned().await.ok() }
    }
}
