//! The state of the database, as far as the outcome of operations depends on it.

use crate::{
    policy_table::{Line, Outcome, Requirement, SUB_RESOURCES, TargetKind},
    proofs::Proofs,
    resource::Parameters,
    state::Dump,
};
use chrono::{DateTime, Utc};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use usher_domain::policy::RequireMfa;
use usher_testkit::Options;

/// Who calls, as the database has it now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    Anonymous,
    /// The caller has a token that is not valid.
    InvalidToken,
    AuthenticatedUser {
        id: String,
        /// The scopes of the key; none in a session.
        scopes: Option<BTreeSet<String>>,
        /// What was proved in the session; nothing with a key.
        proofs: Proofs,
    },
}

impl Identity {
    /// The id of the user.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::AuthenticatedUser { id, .. } => Some(id),
            _ => None,
        }
    }

    /// What was proved in the session.
    pub fn proofs(&self) -> Proofs {
        match self {
            Self::AuthenticatedUser { proofs, .. } => *proofs,
            _ => Proofs::default(),
        }
    }

    pub fn is_in_session(&self) -> bool {
        matches!(self, Self::AuthenticatedUser { scopes: None, .. })
    }

    /// The owner of a key, as if in a session.
    fn owner_in_session(&self) -> Option<Self> {
        match self {
            Self::AuthenticatedUser { id, scopes: Some(_), proofs } => {
                Some(Self::AuthenticatedUser { id: id.clone(), scopes: None, proofs: *proofs })
            }
            _ => None,
        }
    }
}

/// What a role allows.
#[derive(Debug, Clone, Default)]
struct RoleRights {
    admin: bool,
    reserved: bool,
    permissions: BTreeSet<String>,
}

/// The settings of the service that the outcome of operations depends on.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    pub registration_closed: bool,
    pub require_mfa: RequireMfa,
    /// Whether factors can be enrolled.
    pub enrolment: bool,
}

/// What the outcome of an operation depends on, read from the rows of the database.
pub struct Facts {
    pub settings: Settings,
    /// The time of the service.
    now: DateTime<Utc>,
    users: BTreeMap<String, Value>,
    roles: BTreeMap<String, RoleRights>,
    sessions: BTreeMap<String, Value>,
    api_keys: BTreeMap<String, Value>,
    factors: BTreeMap<String, Value>,
    /// The owners of sub-resources, by the parameter of the path and the id.
    owners: BTreeMap<&'static str, BTreeMap<String, String>>,
    /// The names of all permissions.
    permissions: BTreeSet<String>,
}

impl Facts {
    pub fn read(dump: &Dump, settings: Settings, now: DateTime<Utc>) -> Self {
        let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
        let rows = |table: &str| {
            let rows = dump.get(table).map(|rows| serde_json::from_str::<Vec<Value>>(rows).unwrap());
            rows.unwrap_or_default().into_iter()
        };
        let by_id = |table: &str| rows(table).map(|row| (text(&row, "id"), row)).collect();
        let owners_in = |table| rows(table).map(|row| (text(&row, "id"), text(&row, "user_id"))).collect();
        let owners = SUB_RESOURCES.iter().map(|(parameter, table)| (*parameter, owners_in(table))).collect();
        let permissions: BTreeSet<String> =
            usher_domain::Permission::NAMES.iter().map(|name| (*name).to_owned()).collect();
        let custom = rows("roles").map(|row| {
            let permissions =
                row["permissions"].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned());
            let reserved = row["reserved"] == true;
            (text(&row, "name"), RoleRights { admin: false, reserved, permissions: permissions.collect() })
        });
        let admin = RoleRights { admin: true, reserved: false, permissions: permissions.clone() };
        let built_in = [("admin".to_owned(), admin), ("user".to_owned(), RoleRights::default())];
        Self {
            settings,
            now,
            users: by_id("users"),
            roles: built_in.into_iter().chain(custom).collect(),
            sessions: by_id("sessions"),
            api_keys: by_id("api_keys"),
            factors: by_id("factors"),
            owners,
            permissions,
        }
    }

    pub fn user_ids(&self) -> impl Iterator<Item = &String> {
        self.users.keys()
    }

    pub fn role_names(&self) -> impl Iterator<Item = &String> {
        self.roles.keys()
    }

    /// The ids for a parameter of [`SUB_RESOURCES`].
    pub fn ids_of(&self, parameter: &str) -> impl Iterator<Item = &String> {
        self.owners[parameter].keys()
    }

    /// The user who owns a sub-resource.
    pub fn owner(&self, parameter: &str, id: &str) -> Option<&String> {
        self.owners[parameter].get(id)
    }

    /// The user's row, if there is one.
    pub fn user(&self, id: &str) -> Option<&Value> {
        self.users.get(id)
    }

    /// A column of a user's row as text, or an empty text.
    pub fn column(&self, id: &str, name: &str) -> &str {
        self.users.get(id).and_then(|user| user[name].as_str()).unwrap_or_default()
    }

    /// Whether the role that a path names is reserved.
    pub fn is_reserved(&self, parameters: &Parameters) -> bool {
        parameters.get("name").and_then(|name| self.roles.get(name)).is_some_and(|role| role.reserved)
    }

    /// Whether the caller has a password to prove who they are with.
    pub fn has_password(&self, identity: &Identity) -> bool {
        identity.id().is_some_and(|id| !self.column(id, "password_hash").is_empty())
    }

    /// The owner of the session, if the session exists and the owner may sign in.
    pub fn identity(&self, session: &str) -> Identity {
        let owner = self.owners["session_id"].get(session);
        let proofs = |id| Proofs::of(&self.sessions[session], self.has_factors(id), self.now);
        self.active_user(owner, None, owner.map(|id| proofs(id)).unwrap_or_default())
    }

    /// The owner of the API key, if the key exists and the owner may sign in.
    pub fn identity_of_key(&self, key: &str) -> Identity {
        let Some(key) = self.api_keys.get(key) else { return Identity::InvalidToken };
        let scopes = key["scopes"].as_array().unwrap().iter().map(|scope| scope.as_str().unwrap().to_owned());
        let owner = key["user_id"].as_str().map(str::to_owned);
        self.active_user(owner.as_ref(), Some(scopes.collect()), Proofs::default())
    }

    fn active_user(&self, id: Option<&String>, scopes: Option<BTreeSet<String>>, proofs: Proofs) -> Identity {
        match id.filter(|id| self.column(id, "status") == "active") {
            Some(id) => Identity::AuthenticatedUser { id: id.clone(), scopes, proofs },
            None => Identity::InvalidToken,
        }
    }

    /// The expected result of the operation of a line.
    pub fn outcome(&self, line: &Line, identity: &Identity, parameters: &Parameters) -> Outcome {
        let not_allowed = Outcome::refused(403, "not_allowed");
        let outcome = self.plain_outcome(line, identity, parameters);
        let outcome = match identity.owner_in_session() {
            Some(owner)
                if outcome == not_allowed && self.plain_outcome(line, &owner, parameters).status() != Some(403) =>
            {
                Outcome::refused(403, "insufficient_scope")
            }
            _ => outcome,
        };
        self.outcome_by_proofs(line, identity, parameters, outcome)
    }

    /// The expected result of a request with a field: that of the operation without it, unless the field is refused.
    pub fn outcome_with_field(
        &self,
        operation: &Line,
        field: &Line,
        identity: &Identity,
        parameters: &Parameters,
    ) -> Outcome {
        let outcome = self.outcome(operation, identity, parameters);
        match self.plain_outcome(field, identity, parameters) {
            _ if outcome != Outcome::Ok => outcome,
            Outcome::Refused { status: 403, .. } => Outcome::refused(400, "invalid_input"),
            of_field => of_field,
        }
    }

    fn plain_outcome(&self, line: &Line, identity: &Identity, parameters: &Parameters) -> Outcome {
        let target = parameters.get("id").filter(|_| matches!(line.target, TargetKind::User | TargetKind::SubResource));
        let on_oneself = target.is_some_and(|target| identity.id() == Some(target.as_str()));
        let requirements = if on_oneself { &line.on_oneself } else { &line.on_others };
        if let Err(refusal) = self.entitle(requirements, identity) {
            return refusal;
        }
        if !self.exists(line, parameters) {
            return Outcome::refused(404, "not_found");
        }
        if line.changes && !on_oneself {
            let role = match line.target {
                TargetKind::User | TargetKind::SubResource => target.map(|id| self.column(id, "role")),
                TargetKind::Role => parameters.get("name").map(String::as_str),
                TargetKind::Service | TargetKind::Caller => None,
            };
            if role.is_some_and(|role| !self.covers(identity, role)) {
                return Outcome::refused(403, "not_allowed");
            }
        }
        let flags = self.flags(line, identity, parameters);
        let obstacle = line.unless.iter().find(|(flag, _)| flags.contains(&flag.as_str()));
        obstacle.map_or(Outcome::Ok, |(_, outcome)| outcome.clone())
    }

    /// Whether the caller has one of these; otherwise the refusal.
    fn entitle(&self, requirements: &[Requirement], identity: &Identity) -> Result<(), Outcome> {
        // The answer distinguishes a missing from an invalid token.
        let unauthenticated = Outcome::refused(401, "");
        let refusal = match (requirements, identity) {
            ([Requirement::Nothing], _) | ([Requirement::NoBadToken], Identity::Anonymous) => return Ok(()),
            ([Requirement::Client], _) => return Err(Outcome::refused(401, "invalid_client")),
            (_, Identity::Anonymous | Identity::InvalidToken) => return Err(unauthenticated),
            (_, Identity::AuthenticatedUser { .. }) => Outcome::refused(403, "not_allowed"),
        };
        let has = |requirement: &Requirement| match requirement {
            Requirement::Nothing | Requirement::NoBadToken => true,
            Requirement::Client | Requirement::Nobody => false,
            Requirement::Session => identity.is_in_session(),
            Requirement::Admin => identity.is_in_session() && self.rights(identity).admin,
            Requirement::Account(scope) => match identity {
                Identity::AuthenticatedUser { scopes: Some(scopes), .. } => scopes.contains(scope),
                _ => identity.is_in_session(),
            },
            Requirement::Permission(permission) => self.has(identity, permission),
            Requirement::SessionWith(permission) => identity.is_in_session() && self.has(identity, permission),
        };
        if requirements.iter().any(has) { Ok(()) } else { Err(refusal) }
    }

    fn exists(&self, line: &Line, parameters: &Parameters) -> bool {
        match line.target {
            TargetKind::Service | TargetKind::Caller => true,
            TargetKind::User => self.users.contains_key(&parameters["id"]),
            TargetKind::Role => self.roles.contains_key(&parameters["name"]),
            TargetKind::SubResource => {
                let named = SUB_RESOURCES.iter().find_map(|(name, _)| Some((*name, parameters.get(*name)?)));
                named.is_some_and(|(name, id)| self.owner(name, id) == Some(&parameters["id"]))
            }
        }
    }

    /// What the role of the caller allows.
    fn rights(&self, identity: &Identity) -> &RoleRights {
        let role = identity.id().map_or("user", |id| self.column(id, "role"));
        self.roles.get(role).unwrap_or_else(|| &self.roles["user"])
    }

    /// Whether the caller has a permission: the role has it, and the key if there is one.
    fn has(&self, identity: &Identity, permission: &str) -> bool {
        assert!(self.permissions.contains(permission), "there is no permission {permission}");
        let by_key = match identity {
            Identity::AuthenticatedUser { scopes: Some(scopes), .. } => scopes.contains(permission),
            _ => true,
        };
        by_key && self.rights(identity).permissions.contains(permission)
    }

    /// Whether the caller may act on users with this role, and give it.
    pub fn covers(&self, identity: &Identity, role: &str) -> bool {
        if identity.is_in_session() && self.rights(identity).admin {
            return true;
        }
        let role = &self.roles[role];
        !role.admin && !role.reserved && role.permissions.iter().all(|permission| self.has(identity, permission))
    }

    /// The options that a field of a form must have for this caller; `None` if they do not depend on the caller.
    pub fn options(
        &self,
        operation: &str,
        field: &str,
        identity: &Identity,
        parameters: &Parameters,
    ) -> Option<BTreeSet<String>> {
        let of_caller = || self.permissions.iter().filter(|permission| self.has(identity, permission)).cloned();
        let options = match (operation, field) {
            ("create_user" | "update_user", "role") => {
                // What the target has already may be sent back.
                let current = parameters.get("id").map_or("", |id| self.column(id, "role"));
                self.roles.keys().filter(|role| *role == current || self.covers(identity, role)).cloned().collect()
            }
            ("create_role" | "update_role", "permissions") => of_caller().collect(),
            ("create_api_key", "scopes") => {
                of_caller().chain(["account.read", "account.write"].map(str::to_owned)).collect()
            }
            _ => return None,
        };
        Some(options)
    }

    fn flags(&self, line: &Line, identity: &Identity, parameters: &Parameters) -> Vec<&'static str> {
        match line.target {
            TargetKind::Service => self.service_flags(),
            TargetKind::Caller => {
                let mut flags = identity.id().map(|id| self.user_flags(id)).unwrap_or_default();
                flags.extend(identity.proofs().fresh.then_some("fresh"));
                flags
            }
            TargetKind::User => {
                let (id, mut flags) = (&parameters["id"], self.user_flags(&parameters["id"]));
                // Only a session with a second factor removes those of a user with a permission.
                let may_prove_one = identity.id().is_some_and(|caller| self.has_factors(caller));
                flags.extend((self.is_privileged(id) && !may_prove_one).then_some("privileged"));
                flags
            }
            TargetKind::SubResource => parameters.get("factor_id").map(|id| self.factor_flags(id)).unwrap_or_default(),
            TargetKind::Role => self.role_flags(&parameters["name"]),
        }
    }

    fn service_flags(&self) -> Vec<&'static str> {
        let mut flags = vec![if self.settings.registration_closed { "closed" } else { "open" }];
        if self.roles.len() == 2 + 100 {
            flags.push("all_roles");
        }
        flags
    }

    fn role_flags(&self, name: &str) -> Vec<&'static str> {
        let mut flags = Vec::new();
        if ["admin", "user"].contains(&name) {
            flags.push("built_in");
        }
        if self.users.values().any(|user| user["role"] == name) {
            flags.push("in_use");
        }
        flags
    }

    fn factor_flags(&self, id: &str) -> Vec<&'static str> {
        let factor = &self.factors[id];
        let flags = [
            (!self.settings.enrolment, "off"),
            (factor["type"] != "totp", "not_totp"),
            (factor["type"] == "recovery_codes", "recovery_codes"),
            (!factor["confirmed_at"].is_null(), "confirmed"),
            (self.is_last_of_required(factor), "last_of_required"),
        ];
        flags.into_iter().filter_map(|(holds, flag)| holds.then_some(flag)).collect()
    }

    /// Whether it is the last factor of a user who must have one.
    fn is_last_of_required(&self, factor: &Value) -> bool {
        let owner = factor["user_id"].as_str().unwrap();
        is_counted(factor, owner) && self.must_have_factor(owner) && self.count_factors(owner) == 1
    }

    fn count_factors(&self, user: &str) -> usize {
        self.factors.values().filter(|factor| is_counted(factor, user)).count()
    }

    /// Whether a second factor is asked of the user.
    pub fn has_factors(&self, user: &str) -> bool {
        self.users.get(user).is_some_and(|user| user["has_factors"] == true)
    }

    /// Whether the user's role has a permission.
    pub fn is_privileged(&self, user: &str) -> bool {
        !self.roles[self.column(user, "role")].permissions.is_empty()
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
        let is_valid_key = |key: &&Value| {
            let expires_at = key["expires_at"].as_str().unwrap().parse::<DateTime<Utc>>().unwrap();
            key["user_id"] == id && expires_at > Utc::now()
        };
        if self.api_keys.values().filter(is_valid_key).count() == 50 {
            flags.push("all_keys");
        }
        if !self.settings.enrolment {
            flags.push("off");
        }
        if self.count_factors(id) == 20 {
            flags.push("all_factors");
        }
        let has_one = |of_type: &dyn Fn(&Value) -> bool| {
            self.factors.values().any(|factor| is_counted(factor, id) && of_type(factor))
        };
        if !has_one(&|factor| factor["type"] == "totp") {
            flags.push("no_totp");
        }
        // Those of another domain cannot be used.
        if !has_one(&|factor| factor["rp_id"] == Options::default().relying_party.0) {
            flags.push("no_passkeys");
        }
        if user["has_factors"] == false {
            flags.push("no_factors");
        }
        let administers =
            |user: &Value| user["role"] == "admin" && user["status"] == "active" && !user["password_hash"].is_null();
        if administers(user) && self.users.values().filter(|user| administers(user)).count() == 1 {
            flags.push("last_admin");
        }
        flags
    }
}

/// Whether it is a confirmed factor of the user, and not recovery codes.
fn is_counted(factor: &Value, user: &str) -> bool {
    factor["user_id"] == user && factor["type"] != "recovery_codes" && !factor["confirmed_at"].is_null()
}
