//! Permissions: what a role allows to do to users other than oneself, and to the service as a whole.

use crate::{Fault, Rule, Text, TextSet, named_enum};

named_enum! {
    /// A permission. What users may do to their own account needs none.
    pub enum Permission {
        ApiKeysRead = "api-keys.read",
        ApiKeysRevoke = "api-keys.revoke",
        AuditRead = "audit.read",
        EventsRead = "events.read",
        FactorsRead = "factors.read",
        FactorsReset = "factors.reset",
        RolesRead = "roles.read",
        RolesWrite = "roles.write",
        SessionsRead = "sessions.read",
        SessionsRevoke = "sessions.revoke",
        StatisticsRead = "statistics.read",
        UsersAssignRole = "users.assign-role",
        UsersCreate = "users.create",
        UsersDelete = "users.delete",
        UsersLiftThrottle = "users.lift-throttle",
        UsersRead = "users.read",
        UsersSendPasswordReset = "users.send-password-reset",
        UsersSuspend = "users.suspend",
        UsersUpdate = "users.update",
    }
}

impl Permission {
    /// What it allows, in a sentence.
    pub const fn description(self) -> &'static str {
        match self {
            Self::ApiKeysRead => "List and read another user's API keys",
            Self::ApiKeysRevoke => "Revoke another user's API keys",
            Self::EventsRead => "Read the feed of events",
            Self::FactorsRead => "List and read another user's second factors",
            Self::FactorsReset => "Remove all second factors of another user",
            Self::AuditRead => "Read the whole audit trail, and another user's part of it",
            Self::RolesRead => "List and read roles",
            Self::RolesWrite => "Create, change and delete roles",
            Self::SessionsRead => "List another user's sessions",
            Self::SessionsRevoke => "End another user's sessions",
            Self::StatisticsRead => "Read the numbers of users, registrations and sign-ins",
            Self::UsersAssignRole => "Give a user a role",
            Self::UsersCreate => "Create users",
            Self::UsersDelete => "Delete users",
            Self::UsersLiftThrottle => "Reset the failed sign-ins of a user",
            Self::UsersRead => "List, search and read users",
            Self::UsersSendPasswordReset => "Mail a user a link to choose a new password",
            Self::UsersSuspend => "Suspend and reactivate users",
            Self::UsersUpdate => "Change another user's username and e-mail address",
        }
    }

    /// The permission that every role with this one must have as well: nothing can be changed by those who cannot read it.
    pub const fn requires(self) -> Option<Self> {
        match self {
            Self::UsersRead | Self::AuditRead | Self::EventsRead | Self::RolesRead | Self::StatisticsRead => None,
            Self::UsersAssignRole
            | Self::UsersCreate
            | Self::UsersDelete
            | Self::UsersLiftThrottle
            | Self::UsersSendPasswordReset
            | Self::UsersSuspend
            | Self::UsersUpdate
            | Self::SessionsRead
            | Self::FactorsRead
            | Self::ApiKeysRead => Some(Self::UsersRead),
            Self::SessionsRevoke => Some(Self::SessionsRead),
            Self::FactorsReset => Some(Self::FactorsRead),
            Self::ApiKeysRevoke => Some(Self::ApiKeysRead),
            Self::RolesWrite => Some(Self::RolesRead),
        }
    }

    const fn bit(self) -> u32 {
        1 << self as u32
    }
}

impl Text for Permission {
    const RULE: Rule = Rule { name: Some("Permission"), example: "users.read", ..Rule::one_of(Self::NAMES) };

    fn parse(raw: &str) -> Result<Self, Fault> {
        Self::from_name(raw).ok_or_else(|| Fault::unknown_option(Self::NAMES))
    }
}

/// A set of permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct PermissionSet(u32);

impl PermissionSet {
    pub const EMPTY: Self = Self(0);
    pub const ALL: Self = Self::of(Permission::ALL);

    pub const fn of(permissions: &[Permission]) -> Self {
        let (mut bits, mut at) = (0, 0);
        while at < permissions.len() {
            bits |= permissions[at].bit();
            at += 1;
        }
        Self(bits)
    }

    /// The permissions with these names. Unknown names, which a later release may have stored, are ignored.
    pub fn from_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        names.into_iter().filter_map(Permission::from_name).collect()
    }

    pub const fn contains(self, permission: Permission) -> bool {
        self.0 & permission.bit() != 0
    }

    pub const fn is_superset(self, other: Self) -> bool {
        other.0 & !self.0 == 0
    }

    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// What is in this set and not in the other one.
    #[must_use]
    pub const fn difference(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The permissions, sorted by name.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.iter().copied().filter(move |permission| self.contains(*permission))
    }

    /// The names, sorted.
    pub fn names(self) -> Vec<&'static str> {
        self.iter().map(Permission::as_str).collect()
    }

    /// The permissions that others in the set require, each once, sorted by name.
    pub fn missing(self) -> impl Iterator<Item = Permission> {
        self.required().difference(self).iter()
    }

    /// This set and everything that its permissions require.
    #[must_use]
    pub fn with_required(self) -> Self {
        self.union(self.required())
    }

    /// Everything that the permissions of this set require, directly or not.
    fn required(self) -> Self {
        let mut required = Self::EMPTY;
        for permission in self.iter() {
            let mut next = permission.requires();
            while let Some(needed) = next {
                required = required.union(Self(needed.bit()));
                next = needed.requires();
            }
        }
        required
    }
}

impl TextSet for PermissionSet {
    type Item = Permission;
    const MIN: usize = 0;

    fn missing(&self) -> Vec<&'static str> {
        Self::missing(*self).map(Permission::as_str).collect()
    }
}

impl FromIterator<Permission> for PermissionSet {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        Self(permissions.into_iter().fold(0, |bits, permission| bits | permission.bit()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_are_sorted_by_name() {
        assert!(Permission::NAMES.is_sorted());
        assert_eq!(PermissionSet::ALL.names(), Permission::NAMES);
    }

    #[test]
    fn a_set_has_what_was_put_into_it() {
        let set = PermissionSet::of(&[Permission::UsersRead, Permission::AuditRead]);
        assert_eq!(set.names(), ["audit.read", "users.read"]);
        assert_eq!(PermissionSet::from_names(["users.read", "users.fly", "audit.read", ""]), set);
        assert!(PermissionSet::ALL.is_superset(set) && set.is_superset(PermissionSet::EMPTY) && set.is_superset(set));
        assert!(!set.is_superset(PermissionSet::ALL));
        assert!(!PermissionSet::of(&[Permission::UsersRead]).is_superset(set));
        assert_eq!(set.difference(PermissionSet::of(&[Permission::UsersRead])).names(), ["audit.read"]);
        assert_eq!(set.intersection(PermissionSet::of(&[Permission::UsersRead])).names(), ["users.read"]);
    }

    #[test]
    fn whoever_changes_something_must_be_able_to_read_it() {
        let missing =
            |permission| PermissionSet::of(&[permission]).missing().map(Permission::as_str).collect::<Vec<_>>();
        assert_eq!(missing(Permission::SessionsRevoke), ["sessions.read", "users.read"]);
        assert_eq!(missing(Permission::ApiKeysRevoke), ["api-keys.read", "users.read"]);
        assert_eq!(missing(Permission::RolesWrite), ["roles.read"]);
        for permission in Permission::ALL {
            match permission.as_str().split_once('.').unwrap() {
                ("audit" | "events" | "roles" | "statistics" | "users", "read") => {
                    assert!(missing(*permission).is_empty());
                }
                ("roles", _) => assert_eq!(missing(*permission), ["roles.read"]),
                _ => assert!(missing(*permission).contains(&"users.read"), "{permission:?}"),
            }
        }
        assert_eq!(PermissionSet::ALL.missing().count(), 0);
        let revoke = PermissionSet::of(&[Permission::SessionsRevoke]);
        assert_eq!(revoke.with_required().names(), ["sessions.read", "sessions.revoke", "users.read"]);
    }
}
