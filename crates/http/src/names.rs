//! Names that are being registered at this moment. Hashing a password is the costly part of a registration; of many that
//! want the same name at once, only one needs to get that far. The database alone decides who has a name; this saves work.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};
use tokio::sync::OwnedMutexGuard;

type Turn = tokio::sync::Mutex<()>;

/// Who is being registered now.
#[derive(Default)]
pub struct NamesInFlight {
    turns: Mutex<HashMap<String, Weak<Turn>>>,
}

impl NamesInFlight {
    /// Waits until nobody else here is registering this name; it is this caller's until the guard is dropped.
    pub async fn turn(&self, name: String) -> OwnedMutexGuard<()> {
        let turn = {
            let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
            turns.retain(|_, turn| turn.strong_count() > 0);
            match turns.get(&name).and_then(Weak::upgrade) {
                Some(turn) => turn,
                None => {
                    let turn = Arc::new(Turn::default());
                    turns.insert(name, Arc::downgrade(&turn));
                    turn
                }
            }
        };
        turn.lock_owned().await
    }
}
