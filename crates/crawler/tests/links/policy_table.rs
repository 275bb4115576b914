//! Who may do what to whom in which state: written by hand, from the contract and not from the code.
//!
//! The table has a line for each operation, and one for each field of a body that only some callers may write
//! (`operation.field`). The second column is where it is linked (`relation@resource`). Then follows what it takes, of the words
//! of [`Requirement`]: one of them is enough. For operations on users and on what is theirs, it differs between oneself and
//! others, and a third word says whether the operation `reads` or `changes`: nobody changes a user who has more rights. The last
//! column has the states of the target in which an allowed caller is refused (of the caller, if the operation names no target).
//! What a session must have proved is in [`crate::proofs`].

use crate::{
    document::Document,
    facts::{Facts, Identity},
    resource::Resource,
};
use std::collections::{BTreeMap, BTreeSet};

const SERVICE: &str = "
operation              | linked                        | takes          | refused if
get_root               | self@root                     | no-bad-token   |
register_user          | register@root                 | nothing        | closed 403:registration_closed
issue_token            | token@root token@registration | nothing        |
revoke_token           |                               | nothing        |
introspect_token       |                               | client         |
request_password_reset | request-password-reset@root   | nothing        |
reset_password         | reset-password@root           | nothing        |
verify_email           | verify-email@root             | nothing        |
get_me                 | me@root                       | account.read   |
list_users             | users@root collection@user users@role | users.read |
create_user            | create@users                  | users.create   |
create_user.role       |                               | users.assign-role |
create_user.password   |                               | admin          |
list_audit_events      | audit@root                    | audit.read     |
get_statistics         | statistics@root               | statistics.read |
list_events            | events@root                   | events.read    |
list_roles             | roles@root                    | roles.read     |
create_role            | create@roles                  | roles.write    | all_roles 409:too_many_roles
create_role.reserved   |                               | admin          |
passkey_request_options | sign-in-with-passkey@root    | nothing        |
get_docs               | service-doc@root              | nothing        |
get_openapi            | service-desc@root             | nothing        |
get_jwks               |                               | nothing        |
get_oauth_metadata     |                               | nothing        |
get_liveness           |                               | nothing        |
get_readiness          |                               | nothing        |
";

const USER: &str = "
operation                    | linked                              | on oneself                | on others                  | effect  | refused if
get_user                     | self@user                           | account.read              | users.read                 | reads   |
update_user                  | update@user                         | account.write             | users.update users.assign-role | changes |
update_user.username         |                                     | account.write             | users.update               | changes |
update_user.email            |                                     | session                   | users.update               | changes |
update_user.role             |                                     | session+users.assign-role | users.assign-role          | changes | last_admin 409:last_admin
update_user.current_password |                                     | session                   | nobody                     | changes |
delete_user                  | delete@user                         | session                   | users.delete               | changes | last_admin 409:last_admin
change_password              | change-password@user                | session                   | nobody                     | changes |
send_password_reset          | send-password-reset@user            | session+users.send-password-reset | users.send-password-reset | changes | suspended 409:already_suspended
suspend_user                 | suspend@user                        | nobody                    | users.suspend              | changes | last_admin 409:last_admin, suspended 409:already_suspended
reactivate_user              | reactivate@user                     | nobody                    | users.suspend              | changes | active 409:not_suspended
lift_throttle                | lift-throttle@user                  | session+users.lift-throttle | users.lift-throttle      | changes | not_limited 409:not_throttled
export_user                  | export@user                         | account.read              | nobody                     | reads   |
list_sessions                | sessions@user                       | account.read              | sessions.read              | reads   |
list_user_audit_events       | audit@user                          | account.read              | audit.read                 | reads   |
revoke_sessions              | revoke-all@user revoke-all@sessions | session                   | sessions.revoke            | changes |
list_api_keys                | api-keys@user                       | account.read              | api-keys.read              | reads   |
create_api_key               | create@api-keys                     | session                   | nobody                     | changes | all_keys 409:too_many_api_keys
revoke_api_keys              | revoke-all@api-keys                 | session                   | api-keys.revoke            | changes |
list_factors                 | factors@user                        | session                   | factors.read               | reads   |
enrol_totp                   | enrol-totp@factors                  | session                   | nobody                     | changes | off 403:factors_disabled, all_factors 409:too_many_factors
passkey_creation_options     | passkey-options@factors             | session                   | nobody                     | changes | off 403:factors_disabled, all_factors 409:too_many_factors
enrol_passkey                | enrol-passkey@passkey-options       | session                   | nobody                     | changes | off 403:factors_disabled, all_factors 409:too_many_factors
create_recovery_codes        | create-recovery-codes@factors       | session                   | nobody                     | changes | no_factors 409:no_factors
reset_factors                | reset-factors@user                  | nobody                    | session+factors.reset      | changes | privileged 403:not_allowed, no_factors 409:no_factors
";

/// The caller's own resources, at paths without an id.
const CALLER: &str = "
operation           | linked                   | takes   | refused if
resend_verification | resend-verification@user | session | verified 409:already_verified
step_up             | step-up@root step-up@step-up-options | session | fresh 409:already_fresh
step_up.otp         |                          | session | no_totp 400:wrong_code
step_up.recovery_code |                        | session | no_factors 400:wrong_code
step_up.ceremony    |                          | session | no_passkeys 400:invalid_credential
step_up.credential  |                          | session | no_passkeys 400:invalid_credential
step_up_options     | step-up-options@root     | session | fresh 409:already_fresh, no_passkeys 409:no_passkeys
";

/// Whoever owns the resource that the path names.
const SUB_RESOURCE: &str = "
operation      | linked         | on oneself   | on others       | effect  | refused if
revoke_session | revoke@session | session      | sessions.revoke | changes |
get_api_key    | self@api-key   | account.read | api-keys.read   | reads   |
revoke_api_key | revoke@api-key | session      | api-keys.revoke | changes |
get_factor     | self@factor    | session      | factors.read    | reads   |
confirm_totp   | confirm@factor | session      | nobody          | changes | not_totp 403:not_allowed, off 403:factors_disabled, confirmed 409:already_confirmed
rename_factor  | update@factor  | session      | nobody          | changes | recovery_codes 403:not_allowed
remove_factor  | remove@factor  | session      | nobody          | changes | recovery_codes 403:not_allowed, last_of_required 409:last_way_in
";

/// Roles, by their names.
const ROLE: &str = "
operation            | linked              | takes       | effect  | refused if
get_role             | self@role role@user | roles.read  | reads   |
update_role          | update@role         | roles.write | changes | built_in 409:built_in_role
update_role.reserved |                     | admin       | changes |
delete_role          | delete@role         | roles.write | changes | built_in 409:built_in_role, in_use 409:role_in_use
";

/// The kinds of representations, by the operation that `self` leads to.
pub const KINDS: &[(&str, &str)] = &[
    ("get_root", "root"),
    ("list_users", "users"),
    ("get_user", "user"),
    ("list_roles", "roles"),
    ("get_role", "role"),
    ("list_api_keys", "api-keys"),
    ("get_api_key", "api-key"),
    ("list_factors", "factors"),
    ("get_factor", "factor"),
    ("list_sessions", "sessions"),
    ("list_audit_events", "audit-events"),
    ("list_user_audit_events", "audit-events"),
    ("get_statistics", "statistics"),
    ("list_events", "events"),
];
/// The kinds that are found in lists and may have no `self`, by the list; and the parameter that the `id` is for.
pub const ITEMS: &[(&str, &str, &str)] = &[
    ("users", "user", "id"),
    ("sessions", "session", "session_id"),
    ("audit_events", "audit-event", "event_id"),
    ("events", "event", "event_id"),
];
/// The sub-resources of users: the parameter of the id, and the table.
pub const SUB_RESOURCES: &[(&str, &str)] =
    &[("session_id", "sessions"), ("key_id", "api_keys"), ("factor_id", "factors")];
/// The representations that only answer a POST: no crawler finds what only they link to.
const OF_ANSWERS: [&str; 2] = ["passkey-options", "step-up-options"];
/// The relation of the link that makes a session fresh.
const STEP_UP: &str = "step-up";
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
    Role,
}

/// What an operation takes of its caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Requirement {
    /// `nothing`: any caller may do it, even with an invalid token.
    Nothing,
    /// `no-bad-token`: no token, or a valid one.
    NoBadToken,
    /// `client`: the credentials of a client, which no caller here has.
    Client,
    /// `nobody`: nobody may do it.
    Nobody,
    /// `session`: a session.
    Session,
    /// `admin`: a session of an admin.
    Admin,
    /// `account.read` and `account.write`: a session, or a key with this scope.
    Account(String),
    /// The name of a permission: a role with it, and in the case of a key a scope with it.
    Permission(String),
    /// `session+` and a permission: both.
    SessionWith(String),
}

/// A line of the table.
#[derive(Debug)]
pub struct Line {
    /// The operation, and the field if it is about one.
    pub name: String,
    pub target: TargetKind,
    /// The links to it: relation and kind of resource.
    links: Vec<(String, String)>,
    /// What it takes on oneself; for operations that are about no user, what it takes.
    pub on_oneself: Vec<Requirement>,
    pub on_others: Vec<Requirement>,
    /// Whether it changes its target, and not only reads it.
    pub changes: bool,
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
    /// The relations of the links that appear once it is followed.
    pub opens: BTreeSet<String>,
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
            (TargetKind::Role, ROLE),
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
        let mut parameters = on.parameters.clone();
        let user = parameters.get("id").cloned();
        // A user leads to the role that they have.
        if let Some(id) = user.as_deref().filter(|_| on.kind == "user") {
            parameters.insert("name".to_owned(), facts.column(id, "role").to_owned());
        }
        let (mut links, mut opens) = (BTreeSet::new(), BTreeSet::new());
        for line in self.operations() {
            // Operations on the caller are linked only on the caller's own user.
            let elsewhere = line.target == TargetKind::Caller && user.is_some() && user.as_deref() != identity.id();
            for (relation, _) in line.links.iter().filter(|(_, kind)| *kind == on.kind && !elsewhere) {
                if facts.is_opened_by_step_up(line, identity, &parameters) {
                    opens.insert(relation.clone());
                }
                if facts.outcome(line, identity, &parameters) == Outcome::Ok {
                    let operation = &document.operations[&line.name];
                    let mut href = operation.href(&parameters);
                    // A role leads to those users of the list who have it.
                    if on.kind == "role" && line.name == "list_users" {
                        href = format!("{href}?role={}", parameters["name"]);
                    }
                    links.insert(ExpectedLink {
                        relation: relation.clone(),
                        operation: line.name.clone(),
                        method: operation.method.clone(),
                        href,
                        opens: BTreeSet::new(),
                    });
                }
            }
        }
        if !opens.is_empty() {
            let step_up = &document.operations["step_up"];
            links.insert(ExpectedLink {
                relation: STEP_UP.to_owned(),
                operation: "step_up".to_owned(),
                method: step_up.method.clone(),
                href: step_up.href(&BTreeMap::new()),
                opens,
            });
        }
        links
    }
}

impl Line {
    /// Whether a resource that can be read links to it.
    pub fn is_linked(&self) -> bool {
        self.links.iter().any(|(_, kind)| !OF_ANSWERS.contains(&kind.as_str()))
    }
}

fn read(target: TargetKind, table: &str) -> Vec<Line> {
    let rows = table.lines().filter(|line| !line.trim().is_empty()).skip(1);
    let line = |line: &str| {
        let parts: Vec<&str> = line.split('|').map(str::trim).collect();
        let (name, linked, on_oneself, on_others, effect, unless) = match parts.as_slice() {
            [name, linked, takes, unless] => (name, linked, takes, takes, "changes", unless),
            [name, linked, takes, effect, unless] => (name, linked, takes, takes, *effect, unless),
            [name, linked, on_oneself, on_others, effect, unless] => {
                (name, linked, on_oneself, on_others, *effect, unless)
            }
            _ => panic!("four to six parts: {line}"),
        };
        let requirements = |words: &str| words.split_whitespace().map(Requirement::read).collect();
        Line {
            name: (*name).to_owned(),
            target,
            links: linked.split_whitespace().map(|link| owned(link.split_once('@').unwrap())).collect(),
            on_oneself: requirements(on_oneself),
            on_others: requirements(on_others),
            changes: match effect {
                "changes" => true,
                "reads" => false,
                _ => panic!("{effect} is neither reads nor changes: {line}"),
            },
            unless: unless
                .split(',')
                .filter_map(|obstacle| obstacle.trim().split_once(' '))
                .map(|(flag, outcome)| (flag.to_owned(), Outcome::read(outcome)))
                .collect(),
        }
    };
    rows.map(line).collect()
}

fn owned((one, other): (&str, &str)) -> (String, String) {
    (one.to_owned(), other.to_owned())
}

impl Requirement {
    fn read(word: &str) -> Self {
        match word {
            "nothing" => Self::Nothing,
            "no-bad-token" => Self::NoBadToken,
            "client" => Self::Client,
            "nobody" => Self::Nobody,
            "session" => Self::Session,
            "admin" => Self::Admin,
            "account.read" | "account.write" => Self::Account(word.to_owned()),
            _ => match word.strip_prefix("session+") {
                Some(permission) => Self::SessionWith(permission.to_owned()),
                None => Self::Permission(word.to_owned()),
            },
        }
    }
}

impl Outcome {
    fn read(cell: &str) -> Self {
        let (status, code) = cell.split_once(':').unwrap();
        Self::refused(status.parse().unwrap(), code)
    }

    /// The status of a refusal.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Ok => None,
            Self::Refused { status, .. } => Some(*status),
        }
    }

    /// Whether the code is that of every invalid body.
    pub fn is_invalid_input(&self) -> bool {
        matches!(self, Self::Refused { code, .. } if code == "invalid_input")
    }

    pub fn refused(status: u16, code: &str) -> Self {
        Self::Refused { status, code: code.to_owned() }
    }
}
