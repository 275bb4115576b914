//! Limits on how many requests of this process work on the same thing at once, such as one name or one account. They save work
//! and waiting: of many registrations of one name, only one needs to hash a password. Correctness does not depend on them; the
//! database decides, for all replicas.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A semaphore for each key. It exists as long as a request holds a permit or waits for one.
#[derive(Default)]
pub struct KeyedSemaphore {
    semaphores: Mutex<HashMap<Vec<u8>, Weak<Semaphore>>>,
}

/// Counts as one of those at work until it is dropped.
pub struct Permit {
    _permit: Option<OwnedSemaphorePermit>,
}

impl KeyedSemaphore {
    /// Waits until fewer than `permits` others hold a permit for this key. All callers must name the same number for a key.
    pub async fn acquire(&self, key: impl Into<Vec<u8>>, permits: usize) -> Permit {
        let semaphore = {
            let key = key.into();
            let mut semaphores = self.semaphores.lock().unwrap_or_else(PoisonError::into_inner);
            semaphores.retain(|_, semaphore| semaphore.strong_count() > 0);
            match semaphores.get(&key).and_then(Weak::upgrade) {
                Some(semaphore) => semaphore,
                None => {
                    let semaphore = Arc::new(Semaphore::new(permits));
                    semaphores.insert(key, Arc::downgrade(&semaphore));
                    semaphore
                }
            }
        };
        // It fails only for a closed semaphore, and these are never closed.
        Permit { _permit: semaphore.acquire_owned().await.ok() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::time::timeout;

    #[tokio::test]
    async fn only_so_many_hold_a_permit_for_one_key_and_others_wait_until_one_is_dropped() {
        let semaphore = KeyedSemaphore::default();
        let soon = async |key: &str| timeout(Duration::from_millis(10), semaphore.acquire(key, 2)).await.ok();
        let (first, second) = (soon("ada").await, soon("ada").await);
        assert!(first.is_some() && second.is_some());
        assert!(soon("ada").await.is_none());
        assert!(soon("grace").await.is_some(), "another key");
        drop(first);
        assert!(soon("ada").await.is_some());
    }

    #[tokio::test]
    async fn an_unused_key_takes_no_memory() {
        let semaphore = KeyedSemaphore::default();
        for key in ["ada", "grace"] {
            drop(semaphore.acquire(key, 1).await);
        }
        let _held = semaphore.acquire("hedy", 1).await;
        assert_eq!(semaphore.semaphores.lock().unwrap_or_else(PoisonError::into_inner).len(), 1);
    }
}
