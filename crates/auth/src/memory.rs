//! How much memory password hashes take at the same time.
//!
//! A hash that came from elsewhere may need 256 MiB, and each hashing thread computes one. On many cores a few sign-ins of imported
//! users would otherwise take more memory than the process is allowed to have.

use std::sync::{Condvar, Mutex, PoisonError};

/// An amount of memory, in KiB, that is lent out and waited for.
pub(crate) struct Budget {
    total: u32,
    free: Mutex<u32>,
    returned: Condvar,
    /// Held by who waits for memory, so that those who need little do not overtake who needs much for ever.
    turn: Mutex<()>,
}

impl Budget {
    pub(crate) const fn new(total: u32) -> Self {
        Self { total, free: Mutex::new(total), returned: Condvar::new(), turn: Mutex::new(()) }
    }

    /// Takes `kib`, once so much is free; all of it where there is less than that in total.
    pub(crate) fn take(&self, kib: u32) -> Taken<'_> {
        let kib = kib.min(self.total);
        if kib > 0 {
            let turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
            let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
            let mut free = self.returned.wait_while(free, |free| *free < kib).unwrap_or_else(PoisonError::into_inner);
            *free -= kib;
            drop((free, turn));
        }
        Taken { budget: self, kib }
    }
}

/// Memory that is given back when this is dropped.
pub(crate) struct Taken<'a> {
    budget: &'a Budget,
    kib: u32,
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        *self.budget.free.lock().unwrap_or_else(PoisonError::into_inner) += self.kib;
        self.budget.returned.notify_one();
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::{
        sync::atomic::{AtomicU32, Ordering::SeqCst},
        thread,
    };

    #[test]
    fn many_threads_never_take_more_than_there_is_and_all_of_them_get_theirs() {
        let budget = Budget::new(10);
        let taken = AtomicU32::new(0);
        thread::scope(|scope| {
            for kib in [0, 1, 3, 4, 7, 10, 10, 12] {
                let (budget, taken) = (&budget, &taken);
                scope.spawn(move || {
                    for _ in 0..200 {
                        let held = budget.take(kib);
                        let now = taken.fetch_add(held.kib, SeqCst) + held.kib;
                        assert!(now <= 10, "{now}");
                        thread::yield_now();
                        taken.fetch_sub(held.kib, SeqCst);
                    }
                });
            }
        });
        assert_eq!(*budget.free.lock().unwrap(), 10);
    }
}
