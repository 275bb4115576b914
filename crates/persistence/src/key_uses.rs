//! The API keys whose use is about to be recorded.

use std::{
    collections::HashSet,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use uuid::Uuid;

/// The keys whose use has to be recorded. Clones share them: one task at a time writes, whatever the number of requests.
#[derive(Clone, Default)]
pub(crate) struct KeyUses(Arc<Mutex<Due>>);

#[derive(Default)]
struct Due {
    keys: HashSet<Uuid>,
    /// Whether a task is writing.
    is_writing: bool,
}

impl KeyUses {
    fn due(&self) -> MutexGuard<'_, Due> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a key. Returns whether the caller has to start the task that writes.
    pub(crate) fn add(&self, key: Uuid) -> bool {
        let mut due = self.due();
        due.keys.insert(key);
        !mem::replace(&mut due.is_writing, true)
    }

    /// The keys to write next. If there are none, the task ends.
    pub(crate) fn take(&self) -> Option<Vec<Uuid>> {
        let mut due = self.due();
        due.is_writing = !due.keys.is_empty();
        due.is_writing.then(|| due.keys.drain().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_task_writes_until_no_key_is_left() {
        let (uses, [first, second]) = (KeyUses::default(), [Uuid::from_u128(1), Uuid::from_u128(2)]);
        assert!(uses.add(first));
        assert!(!uses.add(first) && !uses.clone().add(second), "the task runs");
        assert_eq!(uses.take().unwrap().len(), 2);
        assert!(!uses.add(second), "the task still runs");
        assert_eq!(uses.take(), Some(vec![second]));
        assert_eq!(uses.take(), None);
        assert!(uses.add(first), "the task has ended");
    }
}
