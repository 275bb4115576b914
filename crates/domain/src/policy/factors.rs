//! Decisions about second factors.

use super::{Action, ConflictReason, Decision, DenyReason, NO, Principal, owned::on_item, users::on_user};
use crate::{Factor, FactorSupport, FactorType, Permission, User};
use uuid::Uuid;

/// The list is a part of its owner: what the policy says about the owner holds here too.
pub(super) fn on_factors(
    actor: &Principal,
    action: Action,
    owner: Uuid,
    user: Option<&User>,
    support: FactorSupport,
    is_full: bool,
) -> Decision {
    let decision = on_user(actor, action, owner, user);
    if decision != Decision::Allow {
        return decision;
    }
    let (is_enrolment, is_passkey) = match action {
        Action::EnrolTotp => (true, false),
        Action::CreatePasskeyOptions | Action::EnrolPasskey => (true, true),
        _ => (false, false),
    };
    if is_enrolment && !support.enrolment {
        Decision::Forbid(DenyReason::FactorsDisabled)
    } else if is_passkey && !support.passkeys {
        Decision::Forbid(DenyReason::PasskeysUnavailable)
    } else if is_enrolment && is_full {
        Decision::Conflict(ConflictReason::TooManyFactors)
    } else {
        Decision::Allow
    }
}

pub(super) fn on_factor(
    actor: &Principal,
    action: Action,
    owner: Uuid,
    factor: Option<&Factor>,
    support: FactorSupport,
) -> Decision {
    let Principal::User(caller) = actor else {
        return Decision::Unauthenticated;
    };
    let is_own_in_session = caller.id == owner && caller.session().is_some();
    let entitled = match action {
        Action::ReadFactor if caller.id == owner => is_own_in_session,
        Action::ReadFactor => caller.has(Permission::FactorsRead),
        Action::ConfirmTotp | Action::RenameFactor | Action::RemoveFactor => is_own_in_session,
        _ => false,
    };
    let decision = on_item(caller, action, owner, factor.map(|factor| factor.owner), entitled);
    let (Decision::Allow, Some(factor)) = (decision, factor) else {
        return decision;
    };
    match action {
        // They come and go with the other factors.
        Action::RenameFactor | Action::RemoveFactor if factor.kind == FactorType::RecoveryCodes => NO,
        Action::ConfirmTotp if factor.kind != FactorType::Totp => NO,
        // It completes the enrolment.
        Action::ConfirmTotp if !support.enrolment => Decision::Forbid(DenyReason::FactorsDisabled),
        Action::ConfirmTotp if factor.confirmed => Decision::Conflict(ConflictReason::AlreadyConfirmed),
        Action::RemoveFactor if factor.is_last && caller.must_have_second_factor() => {
            Decision::Conflict(ConflictReason::LastWayIn)
        }
        _ => Decision::Allow,
    }
}
