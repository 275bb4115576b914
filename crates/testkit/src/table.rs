//! Services with other operations than the released one: what follows links needs no change for them.

use usher_http::{Affordance, OPERATIONS, OperationSpec, Table};

/// The table with two operations more, and without `delete_user`. One more is a button on users, under the relation `pause`,
/// which suspends the user. The other is a form on the list of users, under the relation `invite`, which creates a user.
pub fn altered_table() -> Table {
    let kept = OPERATIONS.iter().copied().filter(|spec| spec.id != "delete_user");
    let added = [
        under_another_name("suspend_user", "pause_user", "/v1/users/{id}/pause", "pause"),
        under_another_name("create_user", "invite_user", "/v1/invitations", "invite"),
    ];
    kept.chain(added).collect::<Vec<_>>().leak()
}

/// A row that does what the operation `like` does, at another path and under another relation.
fn under_another_name(
    like: &str,
    id: &'static str,
    path: &'static str,
    relation: &'static str,
) -> &'static OperationSpec {
    let spec = OPERATIONS.iter().find(|spec| spec.id == like).unwrap();
    let affordances = spec.affordances.iter().map(|affordance| Affordance { relation, ..*affordance });
    let affordances = affordances.collect::<Vec<_>>().leak();
    Box::leak(Box::new(OperationSpec { id, path, affordances, ..(*spec).clone() }))
}
