//! Who makes a request, and what they may do.

use super::Assurance;
use crate::{Permission, PermissionSet, Rights, ScopeSet};
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
    /// What the caller has proved.
    pub assurance: Assurance,
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
    pub const fn by_session(id: Uuid, session: Uuid, rights: Rights, assurance: Assurance) -> Self {
        Self { id, means: Means::Session(session), rights, assurance }
    }

    /// A script that uses a key. It never is an admin, whatever its owner is, and has proved nothing of what a session can.
    pub const fn by_api_key(id: Uuid, key: Uuid, scopes: ScopeSet, owner: Rights, assurance: Assurance) -> Self {
        let rights = Rights::custom(owner.permissions.intersection(scopes.permissions), false);
        let assurance = Assurance { fresh: false, second_factor: false, ..assurance };
        Self { id, means: Means::ApiKey { id: key, scopes, owner }, rights, assurance }
    }

    /// A user who is authenticated by this means, and whose role allows this now.
    pub const fn by(id: Uuid, means: Means, role: Rights, assurance: Assurance) -> Self {
        match means {
            Means::Session(session) => Self::by_session(id, session, role, assurance),
            Means::ApiKey { id: key, scopes, .. } => Self::by_api_key(id, key, scopes, role, assurance),
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
        Self::by(self.id, self.means, role, self.assurance)
    }

    /// The same caller, who now has proved this.
    #[must_use]
    pub const fn with_assurance(self, assurance: Assurance) -> Self {
        Self { assurance, ..self }
    }

    /// What the role of the user allows, whatever the caller is authenticated by.
    pub(super) const fn role_rights(&self) -> Rights {
        match self.means {
            Means::Session(_) => self.rights,
            Means::ApiKey { owner, .. } => owner,
        }
    }

    /// The permissions that the caller can use now: none while a required second factor is missing.
    pub fn usable_permissions(&self) -> PermissionSet {
        if self.lacks_second_factor() { PermissionSet::EMPTY } else { self.rights.permissions }
    }

    /// What the scopes of the key allow now: those that name no permission that its owner lacks, and none while a required
    /// second factor is missing. `None` without a key.
    pub fn usable_scopes(&self) -> Option<ScopeSet> {
        match self.means {
            Means::Session(_) => None,
            Means::ApiKey { .. } if self.lacks_second_factor() => Some(ScopeSet::default()),
            Means::ApiKey { scopes, .. } => Some(ScopeSet { permissions: self.usable_permissions(), ..scopes }),
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
            Means::ApiKey { owner, .. } => Self::by_session(self.id, Uuid::nil(), owner, self.assurance),
        }
    }
}
