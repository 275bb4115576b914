//! Decisions about roles.

use super::{Action, ConflictReason, Decision, NO, Principal};
use crate::{Permission, RoleDetails};

pub(super) fn on_roles(actor: &Principal, action: Action, is_full: bool) -> Decision {
    let Principal::User(caller) = actor else {
        return Decision::Unauthenticated;
    };
    let entitled = match action {
        Action::ListRoles => caller.has(Permission::RolesRead),
        Action::CreateRole => caller.has(Permission::RolesWrite),
        Action::ReserveRole => caller.rights.admin,
        _ => false,
    };
    match action {
        _ if !entitled => NO,
        Action::CreateRole if is_full => Decision::Conflict(ConflictReason::TooManyRoles),
        _ => Decision::Allow,
    }
}

pub(super) fn on_role(actor: &Principal, action: Action, role: Option<&RoleDetails>) -> Decision {
    let Principal::User(caller) = actor else {
        return Decision::Unauthenticated;
    };
    let entitled = match action {
        Action::ReadRole => caller.has(Permission::RolesRead),
        Action::UpdateRole | Action::DeleteRole => caller.has(Permission::RolesWrite),
        Action::ReserveRole => caller.rights.admin,
        // The users who have the role.
        Action::ListUsers => caller.has(Permission::UsersRead),
        _ => false,
    };
    if !entitled {
        return NO;
    }
    let Some(details) = role else {
        return Decision::NotFound;
    };
    if matches!(action, Action::UpdateRole | Action::DeleteRole) && !caller.rights.cover(details.role.rights) {
        return NO;
    }
    match action {
        Action::UpdateRole | Action::DeleteRole if details.role.name.is_built_in() => {
            Decision::Conflict(ConflictReason::BuiltInRole)
        }
        Action::DeleteRole if details.users > 0 => Decision::Conflict(ConflictReason::RoleInUse),
        _ => Decision::Allow,
    }
}
