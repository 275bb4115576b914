//! Decisions about what belongs to a user.

use super::{Action, AuthenticatedUser, Decision, NO, Principal, allow_if, users::changes};
use crate::{ApiKey, Permission, Rights, Session};
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

/// Decides about something that belongs to a user; `rights` are those of its owner, `None` if it does not exist.
fn on_item(
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
