//! Decisions about what belongs to a user.

use super::{
    Action, AuthenticatedUser, ConflictReason, Decision, NO, Principal, allow_if,
    users::{changes, on_user},
};
use crate::{ApiKey, Permission, Rights, Session, User};
use uuid::Uuid;

pub(super) fn on_session(actor: &Principal, action: Action, owner: Uuid, session: Option<&Session>) -> Decision {
    let Principal::User(caller) = actor else {
        return Decision::Unauthenticated;
    };
    let entitled = match action {
        Action::RevokeSession if caller.id == owner => caller.session().is_some(),
        Action::RevokeSession => caller.has(Permission::SessionsRevoke),
        _ => false,
    };
    on_item(caller, action, owner, session.map(|session| session.owner), entitled)
}

pub(super) fn on_api_key(actor: &Principal, action: Action, owner: Uuid, key: Option<&ApiKey>) -> Decision {
    let Principal::User(caller) = actor else {
        return Decision::Unauthenticated;
    };
    let entitled = match action {
        Action::ReadApiKey if caller.id == owner => caller.may_read_account(),
        Action::ReadApiKey => caller.has(Permission::ApiKeysRead),
        Action::RevokeApiKey if caller.id == owner => caller.session().is_some(),
        Action::RevokeApiKey => caller.has(Permission::ApiKeysRevoke),
        _ => false,
    };
    on_item(caller, action, owner, key.map(|key| key.owner), entitled)
}

/// The list is a part of its owner: what the policy says about the owner holds here too.
pub(super) fn on_api_keys(actor: &Principal, action: Action, owner: &User, is_full: bool) -> Decision {
    let decision = on_user(actor, action, owner.id, Some(owner));
    match action {
        _ if decision != Decision::Allow => decision,
        Action::CreateApiKey if is_full => Decision::Conflict(ConflictReason::TooManyApiKeys),
        _ => Decision::Allow,
    }
}

/// Decides about something that belongs to a user; `rights` are those of its owner, `None` if it does not exist.
pub(super) fn on_item(
    caller: &AuthenticatedUser,
    action: Action,
    owner: Uuid,
    rights: Option<Rights>,
    entitled: bool,
) -> Decision {
    match rights {
        _ if !entitled => NO,
        None => Decision::NotFound,
        Some(rights) if caller.id != owner && changes(action) => allow_if(caller.rights.cover(rights)),
        Some(_) => Decision::Allow,
    }
}
