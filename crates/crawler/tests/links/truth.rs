//! Who may do what to whom in which state: written by hand, from the contract and not from the code.
//!
//! A line for each operation, and one for each field of a body that only some may write (`operation.field`). Then where it
//! is offered (`relation@resource`), then the result for each caller, then the states that prevent an allowed caller.
//!
//! - `stale` is a caller whose token is invalid: expired, forged, or of a user who was suspended, deleted or signed out.
//! - `self`, `other`, `none`: the target is the caller's own, another user's, or does not exist.
//! - `ok`: offered, and let through. Else the refusal: its status, and its code where it is not the usual one of that status.
//! - What prevents it: a state of the target (of the caller, if the operation names no target), and the refusal.

use crate::{document::Document, state::Dump};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const SERVICE: &str = "
                            |                                     | nobody stale user admin |
get_root                    | self@root                           | ok     401   ok   ok    |
register_user               | register@root                       | ok     ok    ok   ok    | closed 403:registration_closed
issue_token                 | token@root token@registration       | ok     ok    ok   ok    |
revoke_token                |                                     | ok     ok    ok   ok    |
introspect_token            |                                     | 401:invalid_client 401:invalid_client 401:invalid_client 401:invalid_client |
request_password_reset      | request-password-reset@root         | ok     ok    ok   ok    |
reset_password              | reset-password@root                 | ok     ok    ok   ok    |
verify_email                | verify-email@root                   | ok     ok    ok   ok    |
get_me                      | me@root                             | 401    401   ok   ok    |
list_users                  | users@root collection@user          | 401    401   403  ok    |
create_user                 | create@users                        | 401    401   403  ok    |
create_user.role            |                                     | 401    401   403  ok    |
list_audit_events           | audit@root                          | 401    401   403  ok    |
get_docs                    | service-doc@root                    | ok     ok    ok   ok    |
get_openapi                 | service-desc@root                   | ok     ok    ok   ok    |
get_jwks                    |                                     | ok     ok    ok   ok    |
get_oauth_metadata          |                                     | ok     ok    ok   ok    |
get_liveness                |                                     | ok     ok    ok   ok    |
get_readiness               |                                     | ok     ok    ok   ok    |
";

const USER: &str = "
                            |                      | nobody stale user:self user:other user:none admin:self admin:other admin:none |
get_user                    | self@user            | 401    401   ok        403        403       ok         ok          404        |
update_user                 | update@user          | 401    401   ok        403        403       ok         ok          404        |
update_user.role            |                      | 401    401   400       403        403       ok         ok          404        | last_admin 409:last_admin
update_user.current_password|                      | 401    401   ok        403        403       ok         400         404        |
delete_user                 | delete@user          | 401    401   ok        403        403       ok         ok          404        | last_admin 409:last_admin
change_password             | change-password@user | 401    401   ok        403        403       ok         403         403        |
send_password_reset         | send-password-reset@user | 401 401  403       403        403       ok         ok          404        | suspended 409:already_suspended
suspend_user                | suspend@user         | 401    401   403       403        403       403        ok          404        | last_admin 409:last_admin, suspended 409:already_suspended
reactivate_user             | reactivate@user      | 401    401   403       403        403       403        ok          404        | active 409:not_suspended
lift_throttle               | lift-throttle@user   | 401    401   403       403        403       ok         ok          404        | unhindered 409:not_throttled
export_user                 | export@user          | 401    401   ok        403        403       ok         403         403        |
list_sessions               | sessions@user        | 401    401   ok        403        403       ok         ok          404        |
list_user_audit_events      | audit@user           | 401    401   ok        403        403       ok         ok          404        |
revoke_sessions             | revoke-all@user revoke-all@sessions | 401 401 ok 403       403       ok         ok          404        |
";

/// The caller's own resources, at paths without an id.
const OWN: &str = "
                            |                          | nobody stale user admin |
resend_verification         | resend-verification@user | 401    401   ok   ok    | verified 409:already_verified
";

/// The owner of the resource that the path names; `none` if that user does not have it.
const OWNED: &str = "
                            |                      | nobody stale user:self user:other user:none admin:self admin:other admin:none |
revoke_session              | revoke@session       | 401    401   ok        403        404       ok         ok          404        |
";

/// What an operation is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum About {
    Service,
    Own,
    User,
    Owned,
}

/// A line of the table.
#[derive(Debug)]
pub struct Line {
    /// The operation, and the field if it is about one.
    pub name: String,
    about: About,
    /// Relation and kind of resource.
    offered: Vec<(String, String)>,
    cells: BTreeMap<String, Outcome>,
    unless: Vec<(String, Outcome)>,
}

/// The result of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Ok,
    Refused { status: u16, code: String },
}

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    Nobody,
    Stale,
    AuthenticatedUser { id: String, admin: bool },
}

/// The values of the parameters of a path: `id`, the user's, and those of [`THINGS`].
pub type Parameters = BTreeMap<String, String>;

/// A link as it must be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Expected {
    pub relation: String,
    pub operation: String,
    pub method: String,
    pub href: String,
}

/// The table.
pub struct Truth {
    lines: Vec<Line>,
}

impl Truth {
    pub fn read() -> Self {
        let lines = [(About::Service, SERVICE), (About::Own, OWN), (About::User, USER), (About::Owned, OWNED)];
        Self { lines: lines.into_iter().flat_map(|(about, table)| read(about, table)).collect() }
    }

    /// The lines of operations, without those of fields.
    pub fn operations(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| !line.name.contains('.'))
    }

    /// What the table says of fields of this operation.
    pub fn fields(&self, operation: &str) -> impl Iterator<Item = (&str, &Line)> {
        self.lines.iter().filter_map(move |line| Some((line.name.strip_prefix(operation)?.strip_prefix('.')?, line)))
    }

    /// The links to operations that `caller` must find on a resource of that kind.
    pub fn links(&self, facts: &Facts, document: &Document, caller: &Caller, on: &Resource) -> BTreeSet<Expected> {
        let mut links = BTreeSet::new();
        for line in self.operations() {
            // Links to one's own resources are on one's own user only.
            let elsewhere = line.about == About::Own
                && on
                    .parameters
                    .get("id")
                    .is_some_and(|id| !matches!(caller, Caller::AuthenticatedUser { id: own, .. } if own == id));
            for (relation, _) in line.offered.iter().filter(|(_, kind)| *kind == on.kind && !elsewhere) {
                if facts.outcome(line, caller, &on.parameters) == Outcome::Ok {
                    let operation = &document.operations[&line.name];
                    links.insert(Expected {
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
    /// Whether any resource links to it for those who may.
    pub fn is_offered(&self) -> bool {
        !self.offered.is_empty()
    }
}

/// The kind of resource, and the values of its parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    pub kind: &'static str,
    pub parameters: Parameters,
}

/// A representation, by the operation that its `self` leads to.
const KINDS: &[(&str, &str)] = &[
    ("get_root", "root"),
    ("list_users", "users"),
    ("get_user", "user"),
    ("list_sessions", "sessions"),
    ("list_audit_events", "audit-events"),
    ("list_user_audit_events", "audit-events"),
];
/// The kinds that are found only in lists, by the list; and the parameter that the `id` is for.
const ITEMS: &[(&str, &str, &str)] =
    &[("sessions", "session", "session_id"), ("audit_events", "audit-event", "event_id")];
/// The sub-resources of users: the parameter of the id, and the table.
pub const THINGS: &[(&str, &str)] = &[("session_id", "sessions")];
/// What a new user is answered with, who cannot see themself yet.
pub const REGISTRATION: &str = "registration";

impl Resource {
    /// What a representation is of; `within` is the list that contains it, and the resource that the list belongs to.
    pub fn of(
        representation: &usher_crawler::Resource,
        within: Option<&(String, usher_crawler::Resource)>,
        document: &Document,
    ) -> Self {
        let Some(location) = representation.location() else {
            let Some((list, page)) = within else {
                // A thing that has just been created: its links name it.
                let thing = representation.links().into_iter().find_map(|link| {
                    let (_, parameters) = document.reached(&link.method, &link.href)?;
                    let (_, kind, _) = ITEMS.iter().find(|(.., name)| parameters.contains_key(*name))?;
                    Some(Self { kind, parameters })
                });
                return thing.unwrap_or_else(|| Self { kind: REGISTRATION, parameters: Parameters::new() });
            };
            let (_, kind, name) = ITEMS.iter().find(|(known, ..)| known == list).expect("every list is known");
            let mut parameters = Self::of(page, None, document).parameters;
            parameters.insert((*name).to_owned(), representation.value["id"].as_str().unwrap().to_owned());
            return Self { kind, parameters };
        };
        let (operation, parameters) = document.reached("GET", &location).expect("self leads to an operation");
        let kind = KINDS.iter().find(|(id, _)| *id == operation).expect("every kind of resource is known").1;
        Self { kind, parameters }
    }
}

/// The facts, as the rows of the database say them.
pub struct Facts {
    users: BTreeMap<String, Value>,
    /// The owners of things, by the parameter of the path and the id.
    owners: BTreeMap<&'static str, BTreeMap<String, String>>,
    registration_closed: bool,
}

impl Facts {
    pub fn read(dump: &Dump, registration_closed: bool) -> Self {
        let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
        let rows = |table: &str| serde_json::from_str::<Vec<Value>>(&dump[table]).unwrap().into_iter();
        let users = rows("users").map(|row| (text(&row, "id"), row)).collect();
        let owners_in = |table| rows(table).map(|row| (text(&row, "id"), text(&row, "user_id"))).collect();
        let owners = THINGS.iter().map(|(parameter, table)| (*parameter, owners_in(table))).collect();
        Self { users, owners, registration_closed }
    }

    pub fn user_ids(&self) -> impl Iterator<Item = &String> {
        self.users.keys()
    }

    /// The ids for a parameter of [`THINGS`].
    pub fn ids_of(&self, parameter: &str) -> impl Iterator<Item = &String> {
        self.owners[parameter].keys()
    }

    /// The user's row, if there is one.
    pub fn user(&self, id: &str) -> Option<&Value> {
        self.users.get(id)
    }

    /// What a user's member of that name is, or an empty text.
    pub fn member(&self, id: &str, name: &str) -> &str {
        self.users.get(id).and_then(|user| user[name].as_str()).unwrap_or_default()
    }

    /// Whether the caller has a password to prove who they are with.
    pub fn has_password(&self, caller: &Caller) -> bool {
        matches!(caller, Caller::AuthenticatedUser { id, .. } if !self.member(id, "password_hash").is_empty())
    }

    /// The owner of the session, as a caller.
    pub fn caller(&self, session: &str) -> Caller {
        let user = self.owners["session_id"].get(session).and_then(|user| self.users.get_key_value(user));
        match user.filter(|(_, user)| user["status"] == "active") {
            Some((id, user)) => Caller::AuthenticatedUser { id: id.clone(), admin: user["role"] == "admin" },
            None => Caller::Stale,
        }
    }

    /// The expected result of the line's operation for `caller`.
    pub fn outcome(&self, line: &Line, caller: &Caller, parameters: &Parameters) -> Outcome {
        let (column, caller_id) = match caller {
            Caller::Nobody => ("nobody".to_owned(), None),
            Caller::Stale => ("stale".to_owned(), None),
            Caller::AuthenticatedUser { id, admin } => {
                let who = if *admin { "admin" } else { "user" };
                let column = match line.about {
                    About::Service | About::Own => who.to_owned(),
                    About::User | About::Owned => format!("{who}:{}", self.whose(id, *admin, parameters)),
                };
                (column, Some(id))
            }
        };
        let outcome = line.cells[&column].clone();
        if outcome != Outcome::Ok {
            return outcome;
        }
        let flags = match line.about {
            About::Service => self.service_flags(),
            About::Own => caller_id.map(|id| self.user_flags(id)).unwrap_or_default(),
            About::User => self.user_flags(&parameters["id"]),
            About::Owned => Vec::new(),
        };
        let obstacle = line.unless.iter().find(|(flag, _)| flags.contains(&flag.as_str()));
        obstacle.map_or(Outcome::Ok, |(_, outcome)| outcome.clone())
    }

    /// The owner of the target: `self`, `other` or `none`. Only a caller who may read the user learns that something does
    /// not exist.
    fn whose(&self, caller: &str, admin: bool, parameters: &Parameters) -> &'static str {
        let owner = &parameters["id"];
        let thing = THINGS.iter().find_map(|(name, _)| Some((name, parameters.get(*name)?)));
        let there = match thing {
            Some((name, id)) => self.owners[name].get(id) == Some(owner) || !(admin || owner == caller),
            None => self.users.contains_key(owner),
        };
        match there {
            false => "none",
            true if owner == caller => "self",
            true => "other",
        }
    }

    fn service_flags(&self) -> Vec<&'static str> {
        vec![if self.registration_closed { "closed" } else { "open" }]
    }

    fn user_flags(&self, id: &str) -> Vec<&'static str> {
        let user = &self.users[id];
        let mut flags = vec![if user["status"] == "active" { "active" } else { "suspended" }];
        if user["email_verified"] == true && user["pending_email"].is_null() {
            flags.push("verified");
        }
        // A throttled caller stays throttled for longer than the test runs.
        if user["slowed_until"].is_null() {
            flags.push("unhindered");
        }
        let administers =
            |user: &Value| user["role"] == "admin" && user["status"] == "active" && !user["password_hash"].is_null();
        if administers(user) && self.users.values().filter(|user| administers(user)).count() == 1 {
            flags.push("last_admin");
        }
        flags
    }
}

fn read(about: About, table: &str) -> Vec<Line> {
    let mut lines = table.lines().filter(|line| !line.trim().is_empty()).map(|line| {
        let parts: Vec<&str> = line.split('|').map(str::trim).collect();
        let [name, offered, cells, unless] = parts.as_slice() else { panic!("four parts: {line}") };
        (*name, *offered, *cells, *unless)
    });
    let columns: Vec<&str> = lines.next().unwrap().2.split_whitespace().collect();
    let line = |(name, offered, cells, unless): (&str, &str, &str, &str)| {
        let cells: Vec<Outcome> = cells.split_whitespace().map(Outcome::read).collect();
        assert_eq!(cells.len(), columns.len(), "{name}");
        Line {
            name: name.to_owned(),
            about,
            offered: offered.split_whitespace().map(|offer| owned(offer.split_once('@').unwrap())).collect(),
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
