//! Limits the memory that password hashes take at the same time.
//!
//! An imported hash may need 256 MiB, and each hashing thread computes one. On many cores, a few sign-ins of imported users
//! would otherwise take more memory than the process may have.

use std::sync::{Condvar, Mutex, PoisonError};

/// An amount of memory, in KiB, that threads reserve and wait for.
pub(super) struct MemoryBudget {
    total: u32,
    free: Mutex<u32>,
    returned: Condvar,
    /// Held by the thread that waits for memory, so that small reservations do not overtake a large one forever.
    turn: Mutex<()>,
}

impl MemoryBudget {
    pub(super) const fn new(total: u32) -> Self {
        Self { total, free: Mutex::new(total), returned: Condvar::new(), turn: Mutex::new(()) }
    }

    /// Reserves `kib` as soon as that much is free; the whole budget if it is smaller.
    pub(super) fn reserve(&self, kib: u32) -> Reservation<'_> {
        let kib = kib.min(self.total);
        if kib > 0 {
            let turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
            let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
            let mut free = self.returned.wait_while(free, |free| *free < kib).unwrap_or_else(PoisonError::into_inner);
            *free -= kib;
            drop((free, turn));
        }
        Reservation { budget: self, kib }
    }
}

/// Reserved memory, released on drop.
pub(super) struct Reservation<'a> {
    budget: &'a MemoryBudget,
    kib: u32,
}

impl Drop for Reservation<'_> {
    fn drop(&mut self) {
        *self.budget.free.lock().unwrap_or_else(PoisonError::into_inner) += self.kib;
        self.budget.returned.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        sync::atomic::{AtomicU32, Ordering::SeqCst},
        thread,
    };

    #[test]
    fn threads_never_reserve_more_than_the_budget_and_each_gets_its_share() {
        let budget = MemoryBudget::new(10);
        let reserved = AtomicU32::new(0);
        thread::scope(|scope| {
            for kib in [0, 1, 3, 4, 7, 10, 10, 12] {
                let (budget, reserved) = (&budget, &reserved);
                scope.spawn(move || {
                    for _ in 0..200 {
                        let held = budget.reserve(kib);
                        let now = reserved.fetch_add(held.kib, SeqCst) + held.kib;
                        assert!(now <= 10, "{now}");
                        thread::yield_now();
                        reserved.fetch_sub(held.kib, SeqCst);
                    }
                });
            }
        });
        assert_eq!(*budget.free.lock().unwrap(), 10);
    }
}
