//! Who makes a request, and what they may do.

use crate::{Permission, Rights, ScopeSet};
use uuid::Uuid;

/// Who makes the request, by the current state of the database. Suspended, deleted and signed-out users are anonymous.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Principal {
    Anonymous,
    User(AuthenticatedUser),
}

/// A signed-in, active user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuthenticatedUser {
    pub id: Uuid,
    pub means: Means,
    /// What the caller may do to others: what the role allows, and with a key only what its scopes allow too.
    pub rights: Rights,
}

/// What a caller is authenticated by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Means {
    Session(Uuid),
    ApiKey {
        id: Uuid,
        scopes: ScopeSet,
        /// What the role of the key's owner allows.
        owner: Rights,
    },
}

impl AuthenticatedUser {
    /// A user who has signed in.
    pub const fn by_session(id: Uuid, session: Uuid, rights: Rights) -> Self {
        Self { id, means: Means::Session(session), rights }
    }

    /// A script that uses a key. It never is an admin, whatever its owner is.
    pub const fn by_api_key(id: Uuid, key: Uuid, scopes: ScopeSet, owner: Rights) -> Self {
        let rights = Rights::custom(owner.permissions.intersection(scopes.permissions), false);
        Self { id, means: Means::ApiKey { id: key, scopes, owner }, rights }
    }

    /// A user who is authenticated by this means, and whose role allows this now.
    pub const fn by(id: Uuid, means: Means, role: Rights) -> Self {
        match means {
            Means::Session(session) => Self::by_session(id, session, role),
            Means::ApiKey { id: key, scopes, .. } => Self::by_api_key(id, key, scopes, role),
        }
    }

    /// The session of the request; `None` if it is made with a key.
    pub const fn session(&self) -> Option<Uuid> {
        match self.means {
            Means::Session(session) => Some(session),
            Means::ApiKey { .. } => None,
        }
    }

    /// The same caller, whose role now allows this.
    #[must_use]
    pub const fn with_role(self, role: Rights) -> Self {
        Self::by(self.id, self.means, role)
    }

    /// What the scopes of the key allow now: those that name no permission that its owner lacks. `None` without a key.
    pub const fn usable_scopes(&self) -> Option<ScopeSet> {
        match self.means {
            Means::Session(_) => None,
            Means::ApiKey { scopes, .. } => Some(ScopeSet { permissions: self.rights.permissions, ..scopes }),
        }
    }

    pub(super) const fn has(&self, permission: Permission) -> bool {
        self.rights.permissions.contains(permission)
    }

    pub(super) const fn may_read_account(&self) -> bool {
        match self.means {
            Means::Session(_) => true,
            Means::ApiKey { scopes, .. } => scopes.account_read,
        }
    }

    pub(super) const fn may_write_account(&self) -> bool {
        match self.means {
            Means::Session(_) => true,
            Means::ApiKey { scopes, .. } => scopes.account_write,
        }
    }

    /// The same user in a session.
    pub(super) const fn in_a_session(self) -> Self {
        match self.means {
            Means::Session(_) => self,
            Means::ApiKey { owner, .. } => Self::by_session(self.id, Uuid::nil(), owner),
        }
    }
}
