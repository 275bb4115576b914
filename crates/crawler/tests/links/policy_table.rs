//! Who may do what to whom in which state: written by hand, from the contract and not from the code.
//!
//! The table has a line for each operation, and one for each field of a body that only some callers may write
//! (`operation.field`). The second column is where it is linked (`relation@resource`), the third has the result for each
//! caller, the last the states in which an allowed caller is refused.
//!
//! - `anonymous` is a caller without a token.
//! - `invalid` is a caller whose token is invalid: expired, forged, or of a user who was suspended, deleted or signed out.
//! - `self`, `other`, `none`: the target is the caller's own, another user's, or does not exist.
//! - `ok`: the operation is linked and allowed. Otherwise the refusal: its status, and its code if it is not the usual one of
//!   that status.
//! - The last column: a state of the target (of the caller, if the operation names no target), and the refusal.

use crate::{
    document::Document,
    facts::{Facts, Identity},
    resource::Resource,
};
use std::collections::{BTreeMap, BTreeSet};

const SERVICE: &str = "
                       |                               | anonymous invalid user admin |
get_root               | self@root                     | ok        401     ok   ok    |
register_user          | register@root                 | ok        ok      ok   ok    | closed 403:registration_closed
issue_token            | token@root token@registration | ok        ok      ok   ok    |
revoke_token           |                               | ok        ok      ok   ok    |
introspect_token       |                               | 401:invalid_client 401:invalid_client 401:invalid_client 401:invalid_client |
request_password_reset | request-password-reset@root   | ok        ok      ok   ok    |
reset_password         | reset-password@root           | ok        ok      ok   ok    |
verify_email           | verify-email@root             | ok        ok      ok   ok    |
get_me                 | me@root                       | 401       401     ok   ok    |
list_users             | users@root collection@user    | 401       401     403  ok    |
create_user            | create@users                  | 401       401     403  ok    |
create_user.role       |                               | 401       401     403  ok    |
list_audit_events      | audit@root                    | 401       401     403  ok    |
get_docs               | service-doc@root              | ok        ok      ok   ok    |
get_openapi            | service-desc@root             | ok        ok      ok   ok    |
get_jwks               |                               | ok        ok      ok   ok    |
get_oauth_metadata     |                               | ok        ok      ok   ok    |
get_liveness           |                               | ok        ok      ok   ok    |
get_readiness          |                               | ok        ok      ok   ok    |
";

const USER: &str = "
                             |                                     | anonymous invalid user:self user:other user:none admin:self admin:other admin:none |
get_user                     | self@user                           | 401       401     ok        403        403       ok         ok          404        |
update_user                  | update@user                         | 401       401     ok        403        403       ok         ok          404        |
update_user.email            |                                     | 401       401     ok         403        403       ok         ok          404        |
update_user.role             |                                     | 401       401     400       403        403       ok         ok          404        | last_admin 409:last_admin
update_user.current_password |                                     | 401       401     ok        403        403       ok         400         404        |
delete_user                  | delete@user                         | 401       401     ok        403        403       ok         ok          404        | last_admin 409:last_admin
change_password              | change-password@user                | 401       401     ok        403        403       ok         403         403        |
send_password_reset          | send-password-reset@user            | 401       401     403       403        403       ok         ok          404        | suspended 409:already_suspended
suspend_user                 | suspend@user                        | 401       401     403       403        403       403        ok          404        | last_admin 409:last_admin, suspended 409:already_suspended
reactivate_user              | reactivate@user                     | 401       401     403       403        403       403        ok          404        | active 409:not_suspended
lift_throttle                | lift-throttle@user                  | 401       401     403       403        403       ok         ok          404        | not_limited 409:not_throttled
export_user                  | export@user                         | 401       401     ok        403        403       ok         403         403        |
list_sessions                | sessions@user                       | 401       401     ok        403        403       ok         ok          404        |
list_user_audit_events       | audit@user                          | 401       401     ok        403        403       ok         ok          404        |
revoke_sessions              | revoke-all@user revoke-all@sessions | 401       401     ok        403        403       ok         ok          404        |
";

/// The caller's own resources, at paths without an id.
const CALLER: &str = "
                    |                          | anonymous invalid user admin |
resend_verification | resend-verification@user | 401       401     ok   ok    | verified 409:already_verified
";

/// The owner of the resource that the path names; `none` if that user does not have it.
const SUB_RESOURCE: &str = "
               |                | anonymous invalid user:self user:other user:none admin:self admin:other admin:none |
revoke_session | revoke@session | 401       401     ok        403        404       ok         ok          404        |
";

/// The kinds of representations, by the operation that `self` leads to.
pub const KINDS: &[(&str, &str)] = &[
    ("get_root", "root"),
    ("list_users", "users"),
    ("get_user", "user"),
    ("list_sessions", "sessions"),
    ("list_audit_events", "audit-events"),
    ("list_user_audit_events", "audit-events"),
];
/// The kinds that are found only in lists, by the list; and the parameter that the `id` is for.
pub const ITEMS: &[(&str, &str, &str)] =
    &[("sessions", "session", "session_id"), ("audit_events", "audit-event", "event_id")];
/// The sub-resources of users: the parameter of the id, and the table.
pub const SUB_RESOURCES: &[(&str, &str)] = &[("session_id", "sessions")];
/// The representation of a newly registered user, who has not signed in yet.
pub const REGISTRATION: &str = "registration";

/// What the target of an operation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetKind {
    Service,
    /// The caller, at a path without an id.
    Caller,
    User,
    /// A sub-resource of a user.
    SubResource,
}

/// A line of the table.
#[derive(Debug)]
pub struct Line {
    /// The operation, and the field if it is about one.
    pub name: String,
    pub target: TargetKind,
    /// The links to it: relation and kind of resource.
    links: Vec<(String, String)>,
    pub cells: BTreeMap<String, Outcome>,
    /// States of the target that prevent it, each with the refusal.
    pub unless: Vec<(String, Outcome)>,
}

/// The result of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Ok,
    Refused { status: u16, code: String },
}

/// A link that the table requires.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExpectedLink {
    pub relation: String,
    pub operation: String,
    pub method: String,
    pub href: String,
}

/// The table of all operations.
pub struct PolicyTable {
    lines: Vec<Line>,
}

impl PolicyTable {
    pub fn read() -> Self {
        let lines = [
            (TargetKind::Service, SERVICE),
            (TargetKind::Caller, CALLER),
            (TargetKind::User, USER),
            (TargetKind::SubResource, SUB_RESOURCE),
        ];
        Self { lines: lines.into_iter().flat_map(|(target, table)| read(target, table)).collect() }
    }

    /// The lines of operations, without those of fields.
    pub fn operations(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| !line.name.contains('.'))
    }

    /// The lines of the fields of this operation.
    pub fn fields(&self, operation: &str) -> impl Iterator<Item = (&str, &Line)> {
        self.lines.iter().filter_map(move |line| Some((line.name.strip_prefix(operation)?.strip_prefix('.')?, line)))
    }

    /// The links to operations that a caller must find on a resource.
    pub fn links(
        &self,
        facts: &Facts,
        document: &Document,
        identity: &Identity,
        on: &Resource,
    ) -> BTreeSet<ExpectedLink> {
        let mut links = BTreeSet::new();
        for line in self.operations() {
            // Operations on the caller are linked only on the caller's own user.
            let elsewhere = line.target == TargetKind::Caller
                && on.parameters.get("id").is_some_and(
                    |id| !matches!(identity, Identity::AuthenticatedUser { id: caller, .. } if caller == id),
                );
            for (relation, _) in line.links.iter().filter(|(_, kind)| *kind == on.kind && !elsewhere) {
                if facts.outcome(line, identity, &on.parameters) == Outcome::Ok {
                    let operation = &document.operations[&line.name];
                    links.insert(ExpectedLink {
                        relation: relation.clone(),
                        operation: line.name.clone(),
                        method: operation.method.clone(),
                        href: operation.href(&on.parameters),
                    });
                }
            }
        }
        links
    }
}

impl Line {
    /// Whether any resource links to it.
    pub fn is_linked(&self) -> bool {
        !self.links.is_empty()
    }
}

fn read(target: TargetKind, table: &str) -> Vec<Line> {
    let mut lines = table.lines().filter(|line| !line.trim().is_empty()).map(|line| {
        let parts: Vec<&str> = line.split('|').map(str::trim).collect();
        let [name, links, cells, unless] = parts.as_slice() else { panic!("four parts: {line}") };
        (*name, *links, *cells, *unless)
    });
    let columns: Vec<&str> = lines.next().unwrap().2.split_whitespace().collect();
    let line = |(name, links, cells, unless): (&str, &str, &str, &str)| {
        let cells: Vec<Outcome> = cells.split_whitespace().map(Outcome::read).collect();
        assert_eq!(cells.len(), columns.len(), "{name}");
        Line {
            name: name.to_owned(),
            target,
            links: links.split_whitespace().map(|link| owned(link.split_once('@').unwrap())).collect(),
            cells: columns.iter().map(|column| (*column).to_owned()).zip(cells).collect(),
            unless: unless
                .split(',')
                .filter_map(|obstacle| obstacle.trim().split_once(' '))
                .map(|(flag, outcome)| (flag.to_owned(), Outcome::read(outcome)))
                .collect(),
        }
    };
    lines.map(line).collect()
}

fn owned((one, other): (&str, &str)) -> (String, String) {
    (one.to_owned(), other.to_owned())
}

impl Outcome {
    fn read(cell: &str) -> Self {
        let (status, code) = match cell.split_once(':') {
            _ if cell == "ok" => return Self::Ok,
            Some((status, code)) => (status, code),
            None => (cell, ""),
        };
        let status = status.parse().unwrap();
        let usual = match status {
            // The answer distinguishes a missing from an invalid token.
            401 => "",
            403 => "not_allowed",
            404 => "not_found",
            400 => "invalid_input",
            _ => code,
        };
        Self::Refused { status, code: if code.is_empty() { usual } else { code }.to_owned() }
    }
}
