//! Which candidates of an import are new, and how they are added: by one statement for a whole batch.

use super::{Candidate, Conflict, Placing, UserRecord};
use crate::Error;
use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName, sql_query,
    sql_types::{Array, Binary, Bool, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use std::collections::{HashMap, HashSet};
use usher_domain::{
    Clock, EmailAddress, ExternalId, FactorName, FactorType, RoleName,
    audit::{Event, Outcome},
};
use uuid::Uuid;

/// The columns of `users` that a batch fills.
pub(super) const COLUMNS: &str = "id, external_id, username, username_key, email, email_key, email_verified, pending_email, password_hash, \
     role, status, created_at, updated_at, last_login_at, version, has_factors";
/// A batch as rows; see [`Columns`].
const BATCH: &str = "SELECT *, 1 AS version, totp_id IS NOT NULL AS has_factors \
     FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) \
     AS batch (id, external_id, username, username_key, email, email_key, email_verified, pending_email, password_hash, role, status, \
     created_at, updated_at, last_login_at, event_id, event_at, totp_id, totp_secret)";
const NAMES: &str = "id, username_key, email_key";
/// How often a candidate is tried that was not added although it has no conflict, because the user that it conflicted with
/// has just been deleted.
const ATTEMPTS: usize = 5;

/// The beginning of the statement that writes the audit events.
pub(super) fn insert_events() -> String {
    let (event, outcome) = (Event::UserImported.as_str(), Outcome::Success.as_str());
    format!(
        "INSERT INTO audit_events (id, at, action, outcome, actor_is_admin, target_id, changes, version) \
         SELECT event_id, event_at, '{event}', '{outcome}', false, id, '[]'::jsonb, 1"
    )
}

/// The beginning of the statement that stores the authenticator apps.
pub(super) fn insert_factors() -> String {
    let (kind, name) = (FactorType::Totp.as_str(), FactorName::AUTHENTICATOR_APP);
    format!(
        "INSERT INTO factors (id, user_id, type, name, created_at, confirmed_at, secret) \
         SELECT totp_id, id, '{kind}', '{name}', event_at, event_at, totp_secret"
    )
}

/// The table that users are added to.
#[derive(Clone, Copy)]
pub(super) enum Table {
    Users,
    Gathered,
}

impl Table {
    const fn name(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Gathered => "gathered_users",
        }
    }
}

/// Adds the users of a batch whose result is not in `known`, and returns the results of all.
pub(super) async fn place(
    connection: &mut AsyncPgConnection,
    table: Table,
    batch: &[Keyed<'_>],
    known: Vec<Option<Placing>>,
    clock: &Clock,
) -> Result<Vec<Placing>, Error> {
    let mut placings = known;
    for _ in 0..ATTEMPTS {
        // The database returns names, so no name is sent twice.
        let mut names = HashSet::new();
        let indexes: Vec<usize> =
            (0..batch.len()).filter(|&at| placings[at].is_none() && names.insert(&batch[at].names)).collect();
        if indexes.is_empty() {
            break;
        }
        let columns: Columns = indexes.iter().map(|&at| &batch[at]).collect();
        let added = columns.insert(connection, table, clock).await?;
        for at in indexes {
            if added.contains(&batch[at].names) {
                placings[at] = Some(Placing::Added);
            }
        }
        let missed = || (0..batch.len()).filter(|&at| placings[at].is_none());
        let existing = Existing::of(connection, table, missed().map(|at| &batch[at])).await?;
        let judged: Vec<_> = missed().map(|at| (at, existing.placing(&batch[at]))).collect();
        for (at, placing) in judged {
            placings[at] = placing;
        }
    }
    placings.into_iter().collect::<Option<_>>().ok_or(Error::Contended)
}

/// The values that are unique to a user.
#[derive(PartialEq, Eq, Hash, QueryableByName)]
struct Names {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    username_key: String,
    #[diesel(sql_type = Text)]
    email_key: String,
}

pub(super) struct Keyed<'a> {
    candidate: &'a Candidate,
    names: Names,
}

impl<'a> From<&'a Candidate> for Keyed<'a> {
    fn from(candidate: &'a Candidate) -> Self {
        let UserRecord { id, username, email, .. } = &candidate.user;
        Self { candidate, names: Names { id: *id, username_key: username.key(), email_key: email.key() } }
    }
}

/// A batch, column by column: one statement whatever its length.
#[derive(Default)]
struct Columns<'a> {
    id: Vec<Uuid>,
    external_id: Vec<Option<&'a str>>,
    username: Vec<&'a str>,
    username_key: Vec<&'a str>,
    email: Vec<&'a str>,
    email_key: Vec<&'a str>,
    email_verified: Vec<bool>,
    pending_email: Vec<Option<&'a str>>,
    password_hash: Vec<Option<&'a str>>,
    role: Vec<&'a str>,
    status: Vec<&'static str>,
    created_at: Vec<DateTime<Utc>>,
    updated_at: Vec<DateTime<Utc>>,
    last_login_at: Vec<Option<DateTime<Utc>>>,
    totp_id: Vec<Option<Uuid>>,
    totp_secret: Vec<Option<&'a [u8]>>,
}

impl<'a> FromIterator<&'a Keyed<'a>> for Columns<'a> {
    fn from_iter<I: IntoIterator<Item = &'a Keyed<'a>>>(batch: I) -> Self {
        let mut columns = Self::default();
        for Keyed { candidate: Candidate { user, totp, .. }, names } in batch {
            columns.id.push(user.id);
            columns.external_id.push(user.external_id.as_ref().map(ExternalId::as_str));
            columns.username.push(user.username.as_str());
            columns.username_key.push(&names.username_key);
            columns.email.push(user.email.as_str());
            columns.email_key.push(&names.email_key);
            columns.email_verified.push(user.email_verified);
            columns.pending_email.push(user.pending_email.as_ref().map(EmailAddress::as_str));
            columns.password_hash.push(user.password_hash.as_deref());
            columns.role.push(user.role.as_str());
            columns.status.push(user.status.as_str());
            columns.created_at.push(user.created_at);
            columns.updated_at.push(user.updated_at);
            columns.last_login_at.push(user.last_login_at);
            columns.totp_id.push(totp.as_ref().map(|totp| totp.id));
            columns.totp_secret.push(totp.as_ref().map(|totp| &totp.secret[..]));
        }
        columns
    }
}

impl Columns<'_> {
    /// Adds those whose names are free, and returns them. If two have the same name, the earlier one gets it.
    async fn insert(
        self,
        connection: &mut AsyncPgConnection,
        table: Table,
        clock: &Clock,
    ) -> Result<HashSet<Names>, Error> {
        let statement = match table {
            Table::Users => format!(
                "WITH batch AS ({BATCH}), added AS (INSERT INTO users ({COLUMNS}) SELECT {COLUMNS} FROM batch \
                 ON CONFLICT DO NOTHING RETURNING {NAMES}), told AS ({} FROM batch JOIN added USING ({NAMES})), \
                 enrolled AS ({} FROM batch JOIN added USING ({NAMES}) WHERE totp_id IS NOT NULL) SELECT {NAMES} FROM added",
                insert_events(),
                insert_factors()
            ),
            Table::Gathered => format!(
                "INSERT INTO gathered_users ({COLUMNS}, event_id, event_at, totp_id, totp_secret) \
                 SELECT {COLUMNS}, event_id, event_at, totp_id, totp_secret FROM ({BATCH}) AS batch ON CONFLICT DO NOTHING RETURNING {NAMES}"
            ),
        };
        let (event_id, event_at): (Vec<_>, Vec<_>) = self.id.iter().map(|_| clock.new_id()).unzip();
        let added: Vec<Names> = sql_query(statement)
            .bind::<Array<SqlUuid>, _>(self.id)
            .bind::<Array<Nullable<Text>>, _>(self.external_id)
            .bind::<Array<Text>, _>(self.username)
            .bind::<Array<Text>, _>(self.username_key)
            .bind::<Array<Text>, _>(self.email)
            .bind::<Array<Text>, _>(self.email_key)
            .bind::<Array<Bool>, _>(self.email_verified)
            .bind::<Array<Nullable<Text>>, _>(self.pending_email)
            .bind::<Array<Nullable<Text>>, _>(self.password_hash)
            .bind::<Array<Text>, _>(self.role)
            .bind::<Array<Text>, _>(self.status)
            .bind::<Array<Timestamptz>, _>(self.created_at)
            .bind::<Array<Timestamptz>, _>(self.updated_at)
            .bind::<Array<Nullable<Timestamptz>>, _>(self.last_login_at)
            .bind::<Array<SqlUuid>, _>(event_id)
            .bind::<Array<Timestamptz>, _>(event_at)
            .bind::<Array<Nullable<SqlUuid>>, _>(self.totp_id)
            .bind::<Array<Nullable<Binary>>, _>(self.totp_secret)
            .get_results(connection)
            .await?;
        Ok(added.into_iter().collect())
    }
}

/// The roles of a batch that exist and are not built in.
pub(super) struct KnownRoles(HashSet<String>);

impl KnownRoles {
    /// `lock` is the locking clause of the statement.
    pub(super) async fn of(connection: &mut AsyncPgConnection, batch: &[Keyed<'_>], lock: &str) -> Result<Self, Error> {
        let roles = batch.iter().map(|keyed| &keyed.candidate.user.role).filter(|role| !role.is_built_in());
        let names: HashSet<&str> = roles.map(RoleName::as_str).collect();
        if names.is_empty() {
            return Ok(Self(HashSet::new()));
        }
        let rows: Vec<Role> = sql_query(format!("SELECT name FROM roles WHERE name = ANY ($1) ORDER BY name {lock}"))
            .bind::<Array<Text>, _>(Vec::from_iter(names))
            .get_results(connection)
            .await?;
        Ok(Self(rows.into_iter().map(|role| role.name).collect()))
    }

    pub(super) fn has_role_of(&self, keyed: &Keyed<'_>) -> bool {
        let role = &keyed.candidate.user.role;
        role.is_built_in() || self.0.contains(role.as_str())
    }

    /// The result for a candidate whose role does not exist, with its other conflicts.
    pub(super) fn refuse(&self, keyed: &Keyed<'_>, existing: &Existing) -> Option<Placing> {
        if self.has_role_of(keyed) {
            return None;
        }
        let mut conflicts = match existing.placing(keyed) {
            Some(Placing::Refused(conflicts)) => conflicts,
            Some(Placing::Added | Placing::AlreadyThere { .. }) | None => Vec::new(),
        };
        conflicts.push(Conflict::UnknownRole);
        Some(Placing::Refused(conflicts))
    }
}

#[derive(QueryableByName)]
struct Role {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct ExistingUser {
    #[diesel(embed)]
    names: Names,
    #[diesel(sql_type = Text)]
    username: String,
    #[diesel(sql_type = Nullable<Text>)]
    external_id: Option<String>,
}

/// The existing users that some candidates conflict with: ids by username and address.
#[derive(Default)]
pub(super) struct Existing {
    by_username: HashMap<String, Uuid>,
    by_email: HashMap<String, Uuid>,
    usernames: HashMap<Uuid, String>,
    external_ids: HashSet<String>,
}

impl Existing {
    pub(super) async fn of<'a>(
        connection: &mut AsyncPgConnection,
        table: Table,
        candidates: impl Iterator<Item = &'a Keyed<'a>>,
    ) -> Result<Self, Error> {
        let Columns { id, external_id, username_key, email_key, .. } = candidates.collect();
        let mut existing = Self::default();
        if id.is_empty() {
            return Ok(existing);
        }
        let rows: Vec<ExistingUser> = sql_query(format!(
            "SELECT {NAMES}, username, external_id FROM {} \
             WHERE id = ANY ($1) OR username_key = ANY ($2) OR email_key = ANY ($3) OR external_id = ANY ($4)",
            table.name()
        ))
        .bind::<Array<SqlUuid>, _>(id)
        .bind::<Array<Text>, _>(username_key)
        .bind::<Array<Text>, _>(email_key)
        .bind::<Array<Nullable<Text>>, _>(external_id)
        .get_results(connection)
        .await?;
        for ExistingUser { names: Names { id, username_key, email_key }, username, external_id } in rows {
            existing.by_username.insert(username_key, id);
            existing.by_email.insert(email_key, id);
            existing.usernames.insert(id, username);
            existing.external_ids.extend(external_id);
        }
        Ok(existing)
    }

    /// The result for a candidate, given the existing users; `None` if it does not conflict with any.
    pub(super) fn placing(&self, keyed: &Keyed<'_>) -> Option<Placing> {
        let Names { id, username_key, email_key } = &keyed.names;
        let external_id = keyed.candidate.user.external_id.as_ref().map(ExternalId::as_str);
        let (username, email) = (self.by_username.get(username_key), self.by_email.get(email_key));
        if let Some(id) = email
            && (username == email || !keyed.candidate.username_is_given)
        {
            let username = self.usernames.get(id).cloned().unwrap_or_default();
            return Some(Placing::AlreadyThere { id: *id, username });
        }
        let conflicts: Vec<Conflict> = [
            (username.is_some(), Conflict::UsernameTaken),
            (email.is_some(), Conflict::EmailTaken),
            (self.usernames.contains_key(id), Conflict::IdTaken),
            (external_id.is_some_and(|id| self.external_ids.contains(id)), Conflict::ExternalIdTaken),
        ]
        .into_iter()
        .filter_map(|(exists, conflict)| exists.then_some(conflict))
        .collect();
        (!conflicts.is_empty()).then_some(Placing::Refused(conflicts))
    }
}
