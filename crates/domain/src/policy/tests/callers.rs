//! Callers of every class that the contract distinguishes, and of random ones.

use crate::{
    Permission, PermissionSet, Rights, Scope, ScopeSet,
    policy::{Assurance, AuthenticatedUser, Principal},
};
use uuid::Uuid;

/// The id of every caller.
pub const CALLER: Uuid = Uuid::from_u128(1);
const RANDOM_SETS: usize = 120;

/// A caller as the contract describes it.
#[derive(Debug, Clone)]
pub enum Caller {
    Nobody,
    InSession(Rights),
    WithKey(Rights, Vec<Scope>),
}

impl Caller {
    /// The caller with these proofs. A key has none of a session.
    pub fn principal(&self, assurance: Assurance) -> Principal {
        match self {
            Self::Nobody => Principal::Anonymous,
            Self::InSession(rights) => {
                Principal::User(AuthenticatedUser::by_session(CALLER, Uuid::from_u128(2), *rights, assurance))
            }
            Self::WithKey(owner, scopes) => {
                let scopes: ScopeSet = scopes.iter().copied().collect();
                Principal::User(AuthenticatedUser::by_api_key(CALLER, Uuid::from_u128(3), scopes, *owner, assurance))
            }
        }
    }

    pub fn is_nobody(&self) -> bool {
        matches!(self, Self::Nobody)
    }

    pub fn is_in_session(&self) -> bool {
        matches!(self, Self::InSession(_))
    }

    /// Only the session of an admin is above every role.
    pub fn is_admin(&self) -> bool {
        matches!(self, Self::InSession(rights) if rights.admin)
    }

    pub fn has(&self, permission: Permission) -> bool {
        let role_has = |rights: &Rights| rights.admin || rights.permissions.contains(permission);
        match self {
            Self::Nobody => false,
            Self::InSession(rights) => role_has(rights),
            Self::WithKey(owner, scopes) => role_has(owner) && scopes.contains(&Scope::Permission(permission)),
        }
    }

    pub fn may_read_account(&self) -> bool {
        self.is_in_session() || matches!(self, Self::WithKey(_, scopes) if scopes.contains(&Scope::AccountRead))
    }

    pub fn may_write_account(&self) -> bool {
        self.is_in_session() || matches!(self, Self::WithKey(_, scopes) if scopes.contains(&Scope::AccountWrite))
    }

    /// The owner of a key, in a session.
    pub fn owner_in_session(&self) -> Option<Self> {
        match self {
            Self::WithKey(owner, _) => Some(Self::InSession(*owner)),
            _ => None,
        }
    }

    /// What the caller may do to others, in the terms of the contract.
    pub fn permissions(&self) -> PermissionSet {
        Permission::ALL.iter().copied().filter(|permission| self.has(*permission)).collect()
    }
}

/// Numbers that are the same in every run (xorshift).
pub struct Numbers(u64);

impl Numbers {
    pub const fn new() -> Self {
        Self(0x9e37_79b9_7f4a_7c15)
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub fn set(&mut self) -> PermissionSet {
        // Some sets are dense, some are thin.
        let bits = match self.next() % 3 {
            0 => self.next() & self.next(),
            1 => self.next() | self.next(),
            _ => self.next(),
        };
        subset(bits)
    }

    pub fn scopes(&mut self) -> Vec<Scope> {
        scopes_of(self.next() | self.next()).collect()
    }
}

/// The permissions whose bits are set.
pub fn subset(bits: u64) -> PermissionSet {
    let chosen = Permission::ALL.iter().enumerate().filter(|(at, _)| bits >> at & 1 == 1);
    chosen.map(|(_, permission)| *permission).collect()
}

/// The scopes whose bits are set.
pub fn scopes_of(bits: u64) -> impl Iterator<Item = Scope> {
    let chosen = Scope::NAMES.iter().enumerate().filter(move |(at, _)| bits >> at & 1 == 1);
    chosen.map(|(_, name)| Scope::from_name(name).unwrap())
}

/// Every permission but one, and but those that require it.
fn all_but(permission: Permission) -> PermissionSet {
    let depends = |other: &Permission| PermissionSet::of(&[*other]).with_required().contains(permission);
    Permission::ALL.iter().copied().filter(|other| !depends(other)).collect()
}

/// None, all, each alone, each with what it requires, each missing, and random ones.
pub fn permission_sets(numbers: &mut Numbers) -> Vec<PermissionSet> {
    let each = Permission::ALL.iter().copied();
    let mut sets = vec![PermissionSet::EMPTY, PermissionSet::ALL];
    let alone = each.clone().map(|permission| PermissionSet::of(&[permission]));
    sets.extend(alone.clone());
    sets.extend(alone.map(PermissionSet::with_required));
    sets.extend(each.map(all_but));
    sets.extend((0..RANDOM_SETS).map(|_| numbers.set()));
    sets
}

/// Each set as a role and as a reserved role, in a session and by a key; an admin, and keys of an admin; and nobody.
pub fn callers(sets: &[PermissionSet], numbers: &mut Numbers) -> Vec<Caller> {
    let mut callers = vec![Caller::Nobody, Caller::InSession(Rights::ADMIN), Caller::InSession(Rights::NONE)];
    let every_scope: Vec<Scope> = Scope::NAMES.iter().filter_map(|name| Scope::from_name(name)).collect();
    for set in sets {
        let role = Rights::custom(*set, false);
        callers.push(Caller::InSession(role));
        callers.push(Caller::InSession(Rights::custom(*set, true)));
        callers.push(Caller::WithKey(role, numbers.scopes()));
        callers.push(Caller::WithKey(role, every_scope.clone()));
        callers.push(Caller::WithKey(Rights::ADMIN, set.iter().map(Scope::Permission).collect()));
    }
    callers
}
