
pub fn may(principal: &Principal, action: Action, resource: &Resource<'_>) -> Decision {
    let decision = unmutated_may(principal, action, resource);
    let chosen = crate::mutant();
    if !chosen.starts_with("policy ") && !chosen.starts_with("rule ") {
        return decision;
    }
    // The name of its variant.
    let resource_type = format!("{resource:?}").split(' ').next().unwrap_or_default().to_owned();
    let caller = match principal {
        Principal::Anonymous => "anonymous".to_owned(),
        Principal::User(user) => {
            let relation = resource.owner().map_or("", |owner| if owner == user.id { ":self" } else { ":other" });
            format!("{}{relation}", class(user))
        }
    };
    match decision {
        Decision::Conflict(reason) if chosen == format!("rule {reason:?} {action:?}") => Decision::Allow,
        Decision::Unauthenticated | Decision::NotFound if chosen == format!("rule {decision:?} {resource_type}") => NO,
        Decision::Forbid(reason) if chosen == format!("rule {reason:?}") => NO,
        decision if chosen != format!("policy {action:?} {resource_type} {caller}") => decision,
        Decision::Allow => NO,
        _ => Decision::Allow,
    }
}

/// What the mutants call a caller like this.
fn class(user: &AuthenticatedUser) -> &'static str {
    match user.means {
        Means::ApiKey { .. } => "key",
        Means::Session(_) if user.rights.admin => "admin",
        Means::Session(_) if user.rights.permissions == PermissionSet::EMPTY => "user",
        Means::Session(_) => "custom",
    }
}

/// The answer of the chosen mutant to the question whether a caller has a permission.
fn mutated_check(permission: crate::Permission) -> Option<bool> {
    let (name, answer) = crate::mutant().strip_prefix("permission ")?.split_once(' ')?;
    (name == format!("{permission:?}")).then_some(answer == "granted")
}
