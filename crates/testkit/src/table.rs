//! Services with other operations than the released one: what follows links needs no change for them.

use actix_web::{HttpResponse, http::header, web};
use usher_http::{Affordance, OPERATIONS, OperationSpec, Table};

/// The table without `delete_user`, and with six operations more. A button on users, `pause`, suspends the user. Forms on the list
/// of users, `invite`, and on the root, `onboard`, create a user; one on the statistics, `remind`, mails a link to reset a password.
/// The list of users links to the same list as `members`, and the root to a file as `export`, for anyone.
pub fn altered_table() -> Table {
    let kept = OPERATIONS.iter().copied().filter(|spec| spec.id != "delete_user");
    let added = [
        under_another_name("suspend_user", "pause_user", "/v1/users/{id}/pause", "pause"),
        under_another_name("create_user", "invite_user", "/v1/invitations", "invite"),
        on_what("get_root", "register_user", "onboard_user", "/v1/onboarding", "onboard"),
        on_what("get_statistics", "request_password_reset", "remind_user", "/v1/reminders", "remind"),
        on_what("list_users", "list_users", "list_members", "/v1/members", "members"),
        file_on_root(),
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
    let spec = row(like);
    let affordances = spec.affordances.iter().map(|affordance| Affordance { relation, ..*affordance });
    let affordances = affordances.collect::<Vec<_>>().leak();
    Box::leak(Box::new(OperationSpec { id, path, affordances, ..spec.clone() }))
}

/// The same, linked on what the operation `what` answers.
fn on_what(
    what: &str,
    like: &str,
    id: &'static str,
    path: &'static str,
    relation: &'static str,
) -> &'static OperationSpec {
    let on = (row(what).response.content)().links[0].kind;
    let affordances = vec![Affordance { on, relation, filter: None }].leak();
    Box::leak(Box::new(OperationSpec { id, path, affordances, ..row(like).clone() }))
}

fn file_on_root() -> &'static OperationSpec {
    let spec = on_what("get_root", "get_jwks", "export_service", "/v1/export", "export");
    let route = || {
        web::route().to(async || {
            let disposition = (header::CONTENT_DISPOSITION, "attachment; filename=\"service.json\"");
            HttpResponse::Ok().insert_header(disposition).json("usher")
        })
    };
    Box::leak(Box::new(OperationSpec { route, ..spec.clone() }))
}

fn row(id: &str) -> &'static OperationSpec {
    OPERATIONS.iter().copied().find(|spec| spec.id == id).unwrap()
}
