//! What is done one at a time here: registering a name, and guessing one password. Hashing is the costly part of both. Of many
//! that want the same name at once, only one needs to get that far; and of many sign-ins to one account that are all right,
//! none finds the others still counted as wrong. The database alone decides; this saves work, and patience.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};
use tokio::sync::OwnedMutexGuard;

type Turn = tokio::sync::Mutex<()>;

/// Whose turn it is, by the name or the digest of what is wanted.
#[derive(Default)]
pub struct Turns {
    turns: Mutex<HashMap<Vec<u8>, Weak<Turn>>>,
}

impl Turns {
    /// Waits until nobody else here has this turn; it is this caller's until the guard is dropped.
    pub async fn take(&self, name: impl Into<Vec<u8>>) -> OwnedMutexGuard<()> {
        let turn = {
            let name = name.into();
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
