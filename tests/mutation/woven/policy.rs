
pub fn may(principal: &Principal, action: Action, resource: &Resource<'_>) -> Decision {
    let decision = decide(principal, action, resource);
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
            format!("{}{relation}", user.role.as_str())
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
