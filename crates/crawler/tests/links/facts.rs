//! The state of the database, as far as the outcome of operations depends on it.

use crate::{
    policy_table::{Line, Outcome, SUB_RESOURCES, TargetKind},
    resource::Parameters,
    state::Dump,
};
use serde_json::Value;
use std::collections::BTreeMap;

/// Who calls, as the database has it now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    Anonymous,
    /// The caller has a token that is not valid.
    InvalidToken,
    AuthenticatedUser {
        id: String,
        admin: bool,
    },
}

/// What the outcome of an operation depends on, read from the rows of the database.
pub struct Facts {
    users: BTreeMap<String, Value>,
    /// The owners of sub-resources, by the parameter of the path and the id.
    owners: BTreeMap<&'static str, BTreeMap<String, String>>,
    registration_closed: bool,
}

impl Facts {
    pub fn read(dump: &Dump, registration_closed: bool) -> Self {
        let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
        let rows = |table: &str| serde_json::from_str::<Vec<Value>>(&dump[table]).unwrap().into_iter();
        let users = rows("users").map(|row| (text(&row, "id"), row)).collect();
        let owners_in = |table| rows(table).map(|row| (text(&row, "id"), text(&row, "user_id"))).collect();
        let owners = SUB_RESOURCES.iter().map(|(parameter, table)| (*parameter, owners_in(table))).collect();
        Self { users, owners, registration_closed }
    }

    pub fn user_ids(&self) -> impl Iterator<Item = &String> {
        self.users.keys()
    }

    /// The ids for a parameter of [`SUB_RESOURCES`].
    pub fn ids_of(&self, parameter: &str) -> impl Iterator<Item = &String> {
        self.owners[parameter].keys()
    }

    /// The user's row, if there is one.
    pub fn user(&self, id: &str) -> Option<&Value> {
        self.users.get(id)
    }

    /// A column of a user's row as text, or an empty text.
    pub fn column(&self, id: &str, name: &str) -> &str {
        self.users.get(id).and_then(|user| user[name].as_str()).unwrap_or_default()
    }

    /// Whether the caller has a password to prove who they are with.
    pub fn has_password(&self, identity: &Identity) -> bool {
        matches!(identity, Identity::AuthenticatedUser { id, .. } if !self.column(id, "password_hash").is_empty())
    }

    /// The owner of the session, if the session exists and the owner may sign in.
    pub fn identity(&self, session: &str) -> Identity {
        let user = self.owners["session_id"].get(session).and_then(|user| self.users.get_key_value(user));
        match user.filter(|(_, user)| user["status"] == "active") {
            Some((id, user)) => Identity::AuthenticatedUser { id: id.clone(), admin: user["role"] == "admin" },
            None => Identity::InvalidToken,
        }
    }

    /// The expected result of the operation of a line.
    pub fn outcome(&self, line: &Line, identity: &Identity, parameters: &Parameters) -> Outcome {
        let (column, caller_id) = match identity {
            Identity::Anonymous => ("anonymous".to_owned(), None),
            Identity::InvalidToken => ("invalid".to_owned(), None),
            Identity::AuthenticatedUser { id, admin } => {
                let who = if *admin { "admin" } else { "user" };
                let column = match line.target {
                    TargetKind::Service | TargetKind::Caller => who.to_owned(),
                    TargetKind::User | TargetKind::SubResource => {
                        format!("{who}:{}", self.whose(id, *admin, parameters))
                    }
                };
                (column, Some(id))
            }
        };
        let outcome = line.cells[&column].clone();
        if outcome != Outcome::Ok {
            return outcome;
        }
        let flags = match line.target {
            TargetKind::Service => self.service_flags(),
            TargetKind::Caller => caller_id.map(|id| self.user_flags(id)).unwrap_or_default(),
            TargetKind::User => self.user_flags(&parameters["id"]),
            TargetKind::SubResource => Vec::new(),
        };
        let obstacle = line.unless.iter().find(|(flag, _)| flags.contains(&flag.as_str()));
        obstacle.map_or(Outcome::Ok, |(_, outcome)| outcome.clone())
    }

    /// The owner of the target: `self`, `other` or `none`. Only a caller who may read the user learns that something does
    /// not exist.
    fn whose(&self, caller: &str, admin: bool, parameters: &Parameters) -> &'static str {
        let owner = &parameters["id"];
        let sub_resource = SUB_RESOURCES.iter().find_map(|(name, _)| Some((name, parameters.get(*name)?)));
        let exists = match sub_resource {
            Some((name, id)) => self.owners[name].get(id) == Some(owner) || !(admin || owner == caller),
            None => self.users.contains_key(owner),
        };
        match exists {
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
        // A rate limit lasts longer than the test runs.
        if user["slowed_until"].is_null() {
            flags.push("not_limited");
        }
        let administers =
            |user: &Value| user["role"] == "admin" && user["status"] == "active" && !user["password_hash"].is_null();
        if administers(user) && self.users.values().filter(|user| administers(user)).count() == 1 {
            flags.push("last_admin");
        }
        flags
    }
}
