//! Roles: named sets of permissions.

use crate::{Fault, Permission, PermissionSet, Rule, Text, checked, text::printable};
use chrono::{DateTime, Utc};
use std::borrow::Cow;

/// The name of a role. It never changes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoleName(Cow<'static, str>);

impl RoleName {
    /// The built-in role that may do everything.
    pub const ADMIN: Self = Self(Cow::Borrowed("admin"));
    /// The built-in role without permissions, which every user has who is not given another one.
    pub const USER: Self = Self(Cow::Borrowed("user"));

    /// A name as the database has it.
    pub fn stored(name: String) -> Self {
        [Self::ADMIN, Self::USER].into_iter().find(|built_in| built_in.0 == name).unwrap_or(Self(Cow::Owned(name)))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn is_built_in(&self) -> bool {
        matches!(self.as_str(), "admin" | "user")
    }
}

impl Text for RoleName {
    const RULE: Rule =
        Rule { name: Some("Role"), pattern: Some("^[a-z][a-z0-9\\-]{0,31}$"), ..Rule::free(1, 32, "support") };

    fn parse(raw: &str) -> Result<Self, Fault> {
        if !raw.starts_with(|first: char| first.is_ascii_lowercase()) {
            return Err(Fault::new("bad_start", "must begin with a lowercase letter (a to z)"));
        }
        if !raw.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-') {
            return Err(Fault::new("bad_character", "must have only lowercase letters (a to z), digits and hyphens"));
        }
        Ok(Self::stored(raw.to_owned()))
    }
}

/// The name of a role that a user is to have. A text that cannot be a name is an unknown role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssignedRole {
    pub name: RoleName,
}

impl AssignedRole {
    /// There is no role with this name.
    pub const UNKNOWN: Fault =
        Fault { code: "unknown_option", detail: Cow::Borrowed("must be the name of a role that exists") };
}

impl Text for AssignedRole {
    // The length is checked with the rest, for the same fault.
    const RULE: Rule = Rule { min: 0, max: usize::MAX, ..RoleName::RULE };

    fn parse(raw: &str) -> Result<Self, Fault> {
        checked(raw).map(|name| Self { name }).map_err(|_| Self::UNKNOWN)
    }
}

/// What a role allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rights {
    /// Whether the role is `admin`: it allows everything, also what later releases add, and is above every other role.
    pub admin: bool,
    /// Whether only admins may give the role, and act on those who have it.
    pub reserved: bool,
    pub permissions: PermissionSet,
}

impl Rights {
    pub const ADMIN: Self = Self { admin: true, reserved: false, permissions: PermissionSet::ALL };
    /// Those of the role `user`, and of a role that this release does not know.
    pub const NONE: Self = Self { admin: false, reserved: false, permissions: PermissionSet::EMPTY };

    /// Those of a role that is not built in.
    pub const fn custom(permissions: PermissionSet, reserved: bool) -> Self {
        Self { admin: false, reserved, permissions }
    }

    /// Whether they allow something that `former` did not.
    pub const fn exceed(self, former: Self) -> bool {
        !former.admin && (self.admin || !former.permissions.is_superset(self.permissions))
    }

    /// Whether whoever has these rights may act on a user with `others`, and may give a role with them. Sets are compared by
    /// inclusion: equal rights are covered, incomparable ones are not.
    pub const fn cover(self, others: Self) -> bool {
        self.admin || !others.admin && !others.reserved && self.permissions.is_superset(others.permissions)
    }
}

/// The role of a user, with what it allows now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    pub name: RoleName,
    pub rights: Rights,
}

impl Role {
    pub const ADMIN: Self = Self { name: RoleName::ADMIN, rights: Rights::ADMIN };
    pub const USER: Self = Self { name: RoleName::USER, rights: Rights::NONE };

    /// The role with this name; `custom` are the rights of one that is not built in.
    pub fn of(name: RoleName, custom: Rights) -> Self {
        match name.as_str() {
            "admin" => Self::ADMIN,
            "user" => Self::USER,
            _ => Self { name, rights: custom },
        }
    }
}

/// What a role is for, in at most 200 characters.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RoleDescription(String);

impl RoleDescription {
    /// A description as the database has it.
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Text for RoleDescription {
    const RULE: Rule = Rule::free(0, 200, "May read users and mail them a link to choose a new password");

    fn parse(raw: &str) -> Result<Self, Fault> {
        printable(raw).map(Self)
    }
}

/// Maximum number of roles that are not built in.
pub const MAX_ROLES: i64 = 100;
/// Number of built-in roles.
pub const BUILT_IN_ROLES: i64 = 2;
/// The time of the built-in roles: 2026-11-27, in seconds.
const BUILT_IN_AT: i64 = 1_795_737_600;

/// A role as a resource of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleDetails {
    pub role: Role,
    pub description: RoleDescription,
    /// How many users have it.
    pub users: i64,
    /// Counts the changes of description, permissions and `reserved`.
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl RoleDetails {
    /// The built-in role of this name, if there is one.
    pub fn built_in(name: &RoleName, users: i64) -> Option<Self> {
        let (role, description, version) = match name.as_str() {
            // The tag changes when a release adds permissions.
            "admin" => (Role::ADMIN, "May do everything", Permission::ALL.len()),
            "user" => (Role::USER, "May use their own account only", 1),
            _ => return None,
        };
        let at = DateTime::from_timestamp(BUILT_IN_AT, 0).unwrap_or_default();
        Some(Self {
            role,
            description: RoleDescription(description.to_owned()),
            users,
            version: i64::try_from(version).unwrap_or(i64::MAX),
            created_at: at,
            updated_at: at,
        })
    }

    /// The place in the list of roles: the built-in ones first, then by name.
    pub fn place(name: &RoleName) -> (bool, &str) {
        (!name.is_built_in(), name.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_name_is_lowercase_letters_digits_and_hyphens() {
        for name in ["a", "support", "user-manager", "l2", "a234567890123456789012345678901b"] {
            assert_eq!(checked::<RoleName>(name).unwrap().as_str(), name);
        }
        for name in ["", "Support", "2nd", "-a", "a b", "a_b", "süd", "a234567890123456789012345678901bc", "a\n"] {
            assert!(checked::<RoleName>(name).is_err(), "{name:?}");
        }
        assert_eq!(checked::<AssignedRole>("support").unwrap().name.as_str(), "support");
        for name in ["", "Support", "support ", "a234567890123456789012345678901bc"] {
            assert_eq!(checked::<AssignedRole>(name).unwrap_err(), AssignedRole::UNKNOWN, "{name:?}");
        }
        assert!(checked::<RoleName>("admin").unwrap() == RoleName::ADMIN && RoleName::ADMIN.is_built_in());
        assert!(!checked::<RoleName>("admins").unwrap().is_built_in());
    }

    #[test]
    fn only_admin_and_user_are_built_in() {
        let built_in = |name: &str| RoleDetails::built_in(&checked(name).unwrap(), 3);
        let (admin, user) = (built_in("admin").unwrap(), built_in("user").unwrap());
        assert_eq!((admin.role, user.role, user.users), (Role::ADMIN, Role::USER, 3));
        assert_eq!(admin.created_at.to_rfc3339(), "2026-11-27T00:00:00+00:00");
        assert_eq!(built_in("admins"), None);
    }

    #[test]
    fn rights_cover_equal_and_smaller_ones_only() {
        let of = |permissions: &[Permission]| Rights::custom(PermissionSet::of(permissions), false);
        let (read, suspend) = (Permission::UsersRead, Permission::UsersSuspend);
        assert!(of(&[read]).cover(of(&[read])) && of(&[read, suspend]).cover(of(&[read])));
        assert!(!of(&[read]).cover(of(&[read, suspend])) && !of(&[suspend]).cover(of(&[read])));
        assert!(Rights::NONE.cover(Rights::NONE) && !Rights::NONE.cover(of(&[read])));
    }

    #[test]
    fn an_admin_is_above_a_role_with_every_permission() {
        let everything = Rights::custom(PermissionSet::ALL, false);
        assert!(Rights::ADMIN.cover(everything) && Rights::ADMIN.cover(Rights::ADMIN));
        assert!(everything.cover(everything) && !everything.cover(Rights::ADMIN));
    }

    #[test]
    fn rights_exceed_those_that_lack_something() {
        let of = |permissions: &[Permission]| Rights::custom(PermissionSet::of(permissions), false);
        let (read, suspend) = (Permission::UsersRead, Permission::UsersSuspend);
        assert!(of(&[read, suspend]).exceed(of(&[read])) && of(&[read]).exceed(of(&[suspend])));
        assert!(!of(&[read]).exceed(of(&[read, suspend])) && !of(&[read]).exceed(of(&[read])));
        assert!(Rights::ADMIN.exceed(Rights::custom(PermissionSet::ALL, true)));
        assert!(!Rights::ADMIN.exceed(Rights::ADMIN) && !of(&[read]).exceed(Rights::ADMIN));
        assert!(!Rights::NONE.exceed(Rights::NONE) && of(&[read]).exceed(Rights::NONE));
    }

    #[test]
    fn a_reserved_role_is_for_admins_only() {
        let reserved = Rights::custom(PermissionSet::EMPTY, true);
        assert!(Rights::ADMIN.cover(reserved));
        assert!(!Rights::custom(PermissionSet::ALL, true).cover(reserved) && !reserved.cover(reserved));
    }
}
