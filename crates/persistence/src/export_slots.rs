//! How many exports run at once. An export holds a connection until it ends, so there are few slots, and one for each user.

use crate::Error;
use std::{collections::HashSet, sync::Arc};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use uuid::Uuid;

/// The slots for exports. Clones share them.
#[derive(Clone)]
pub(crate) struct ExportSlots {
    connections: Arc<Semaphore>,
    /// The users whose exports are running.
    users: watch::Sender<HashSet<Uuid>>,
}

/// A running export, until it is dropped.
pub(crate) struct ExportSlot {
    _user: UserSlot,
    _connection: OwnedSemaphorePermit,
}

/// The one export of a user.
struct UserSlot {
    users: watch::Sender<HashSet<Uuid>>,
    user: Uuid,
}

impl ExportSlots {
    /// As many slots as there are `connections` for exports.
    pub(crate) fn new(connections: Arc<Semaphore>) -> Self {
        Self { connections, users: watch::Sender::default() }
    }

    /// Waits until the user has no other export running and a connection is free.
    pub(crate) async fn acquire(&self, user: Uuid) -> Result<ExportSlot, Error> {
        let closed = || Error::Unavailable("no more exports are started".to_owned());
        let mut under_way = self.users.subscribe();
        while !self.users.send_if_modified(|users| users.insert(user)) {
            under_way.wait_for(|users| !users.contains(&user)).await.map_err(|_| closed())?;
        }
        let slot = UserSlot { users: self.users.clone(), user };
        let connection = Arc::clone(&self.connections).acquire_owned().await.map_err(|_| closed())?;
        Ok(ExportSlot { _user: slot, _connection: connection })
    }
}

impl Drop for UserSlot {
    fn drop(&mut self) {
        self.users.send_if_modified(|users| users.remove(&self.user));
    }
}
