//! The import of users, many at a time. Users are only added: existing users are never changed.
//!
//! A batch is one statement, and the database alone decides which of its users are new. If all users are to be added or
//! none, they are gathered in a temporary table first: the transaction may take as long as the file does, and locks
//! nothing that others need until it adds them all at its end.

use super::record::UserRecord;
use crate::{
    Database, Error,
    database::{Manager, silent},
    pool::Pooled,
};
use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName, sql_query,
    sql_types::{Array, Binary, Bool, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection, TransactionManager};
use std::collections::{HashMap, HashSet};
use usher_domain::{
    Clock, EmailAddress, ExternalId, FactorName, FactorType, RoleName,
    audit::{Event, Outcome},
};
use uuid::Uuid;

/// A user to be added.
#[derive(Debug, Clone)]
pub struct Candidate {
    pub user: UserRecord,
    /// Whether the file has the id. Otherwise it was generated now and does not identify the user.
    pub id_is_given: bool,
    pub totp: Option<ImportedTotp>,
}

/// An authenticator app that the user has confirmed elsewhere.
#[derive(Clone)]
pub struct ImportedTotp {
    /// The id of the factor.
    pub id: Uuid,
    /// Its secret, encrypted by the caller.
    pub secret: Vec<u8>,
}

/// Without the secret.
impl std::fmt::Debug for ImportedTotp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ImportedTotp").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The result for a candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Placing {
    Added,
    /// There is a user with this username and this e-mail address, who is not changed, under this id.
    AlreadyThere(Uuid),
    /// Why it is not added; never empty.
    Refused(Vec<Conflict>),
}

/// Why a candidate cannot be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conflict {
    UsernameTaken,
    EmailTaken,
    IdTaken,
    ExternalIdTaken,
    /// There is no role with the user's.
    UnknownRole,
}

/// A running import.
pub struct Import {
    database: Database,
    staging: Option<Staging>,
}

/// The transaction that gathers all users, if they are added at once.
struct Staging {
    connection: Pooled,
    count: usize,
}

/// A large batch on a busy machine may take longer than any query of a request.
const STATEMENT_TIMEOUT: &str = "SET LOCAL statement_timeout = '60s'";
/// With the statistics of the smaller tables, pages of users take many times as long. Autovacuum would renew them about a
/// minute later.
const ANALYZE: &str = "ANALYZE users, audit_events, factors";
/// The transaction waits for the writer of the file, and at its end for the database to add all users.
const NO_LIMITS: &str = "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0";
const GATHERED_TABLE: &str = "CREATE TEMPORARY TABLE gathered_users (LIKE users INCLUDING DEFAULTS INCLUDING GENERATED, \
     event_id uuid, event_at timestamptz, totp_id uuid, totp_secret bytea, UNIQUE (id), UNIQUE (external_id), \
     UNIQUE (username_key), UNIQUE (email_key)) ON COMMIT DROP";

/// The columns of `users` that a batch fills.
const COLUMNS: &str = "id, external_id, username, username_key, email, email_key, email_verified, pending_email, password_hash, \
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

impl Database {
    /// An import that commits each batch by itself: added users stay, even if the import fails later.
    pub fn import_in_batches(&self) -> Import {
        Import { database: self.clone(), staging: None }
    }

    /// An import that adds no users until it is committed.
    pub async fn import_at_once(&self) -> Result<Import, Error> {
        let mut staging = Staging { connection: self.connection().await?, count: 0 };
        self.while_it_answers(staging.begin()).await.unwrap_or_else(|| Err(silent()))?;
        Ok(Import { database: self.clone(), staging: Some(staging) })
    }
}

impl Import {
    /// Adds the new users of a batch, each with an audit event. The results are in the order of the batch. If two users of
    /// one file have the same name, the earlier one gets it.
    pub async fn add(&mut self, batch: &[Candidate]) -> Result<Vec<Placing>, Error> {
        let batch: Vec<Keyed<'_>> = batch.iter().map(Keyed::from).collect();
        let (database, clock) = (&self.database, &self.database.clock);
        if let Some(staging) = &mut self.staging {
            let added = database.while_it_answers(staging.add(&batch, clock)).await;
            return added.unwrap_or_else(|| Err(silent()));
        }
        database
            .long_transaction(async |connection| {
                connection.batch_execute(STATEMENT_TIMEOUT).await?;
                // Locked, so that none of the roles is deleted before their users are added.
                let roles = KnownRoles::of(connection, &batch, "FOR KEY SHARE").await?;
                let refused = batch.iter().filter(|keyed| !roles.has_role_of(keyed));
                let existing = Existing::of(connection, Table::Users, refused).await?;
                let known = batch.iter().map(|keyed| roles.refuse(keyed, &existing)).collect();
                place(connection, Table::Users, &batch, known, clock).await
            })
            .await
    }

    /// Adds all users that were gathered, and updates the planner's statistics.
    ///
    /// # Errors
    /// [`Error::Contended`] if one of the names has been taken in the meantime, [`Error::UnknownRole`] if one of the roles has
    /// been deleted: then no user is added.
    pub async fn commit(self) -> Result<(), Error> {
        if let Some(mut staging) = self.staging {
            self.database.while_it_answers(staging.commit()).await.unwrap_or_else(|| Err(silent()))?;
        }
        let analyze = format!("{STATEMENT_TIMEOUT}; {ANALYZE}");
        let analyzed =
            self.database.long_transaction(async |connection| Ok(connection.batch_execute(&analyze).await?));
        if let Err(error) = analyzed.await {
            tracing::warn!(%error, "could not analyze the tables; lists of users may be slow until autovacuum does");
        }
        Ok(())
    }

    /// Discards the users that were gathered.
    pub async fn abandon(self) -> Result<(), Error> {
        let Some(mut staging) = self.staging else { return Ok(()) };
        self.database.while_it_answers(staging.abandon()).await.unwrap_or_else(|| Err(silent()))
    }
}

impl Staging {
    async fn begin(&mut self) -> Result<(), Error> {
        let connection: &mut AsyncPgConnection = &mut self.connection;
        Manager::begin_transaction(connection).await?;
        connection.batch_execute(NO_LIMITS).await?;
        Ok(connection.batch_execute(GATHERED_TABLE).await?)
    }

    async fn add(&mut self, batch: &[Keyed<'_>], clock: &Clock) -> Result<Vec<Placing>, Error> {
        let connection: &mut AsyncPgConnection = &mut self.connection;
        let roles = KnownRoles::of(connection, batch, "").await?;
        let existing = Existing::of(connection, Table::Users, batch.iter()).await?;
        let known =
            batch.iter().map(|keyed| roles.refuse(keyed, &existing).or_else(|| existing.placing(keyed))).collect();
        let placings = place(connection, Table::Gathered, batch, known, clock).await?;
        self.count += placings.iter().filter(|placing| **placing == Placing::Added).count();
        Ok(placings)
    }

    async fn commit(&mut self) -> Result<(), Error> {
        let connection: &mut AsyncPgConnection = &mut self.connection;
        let add = format!(
            "INSERT INTO users ({COLUMNS}) SELECT {COLUMNS} FROM gathered_users ORDER BY created_at, id ON CONFLICT DO NOTHING"
        );
        if sql_query(add).execute(connection).await? != self.count {
            Manager::rollback_transaction(connection).await?;
            return Err(Error::Contended);
        }
        sql_query(format!("{} FROM gathered_users ORDER BY event_id", insert_events())).execute(connection).await?;
        sql_query(format!("{} FROM gathered_users WHERE totp_id IS NOT NULL", insert_factors()))
            .execute(connection)
            .await?;
        Ok(Manager::commit_transaction(connection).await?)
    }

    async fn abandon(&mut self) -> Result<(), Error> {
        Ok(Manager::rollback_transaction(&mut **self.connection).await?)
    }
}

/// The beginning of the statement that writes the audit events.
fn insert_events() -> String {
    let (event, outcome) = (Event::UserImported.as_str(), Outcome::Success.as_str());
    format!(
        "INSERT INTO audit_events (id, at, action, outcome, actor_is_admin, target_id, changes) \
         SELECT event_id, event_at, '{event}', '{outcome}', false, id, '[]'::jsonb"
    )
}

/// The beginning of the statement that stores the authenticator apps.
fn insert_factors() -> String {
    let (kind, name) = (FactorType::Totp.as_str(), FactorName::AUTHENTICATOR_APP);
    format!(
        "INSERT INTO factors (id, user_id, type, name, created_at, confirmed_at, secret) \
         SELECT totp_id, id, '{kind}', '{name}', event_at, event_at, totp_secret"
    )
}

/// The table that users are added to.
#[derive(Clone, Copy)]
enum Table {
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
async fn place(
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

struct Keyed<'a> {
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
struct KnownRoles(HashSet<String>);

impl KnownRoles {
    /// `lock` is the locking clause of the statement.
    async fn of(connection: &mut AsyncPgConnection, batch: &[Keyed<'_>], lock: &str) -> Result<Self, Error> {
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

    fn has_role_of(&self, keyed: &Keyed<'_>) -> bool {
        let role = &keyed.candidate.user.role;
        role.is_built_in() || self.0.contains(role.as_str())
    }

    /// The result for a candidate whose role does not exist, with its other conflicts.
    fn refuse(&self, keyed: &Keyed<'_>, existing: &Existing) -> Option<Placing> {
        if self.has_role_of(keyed) {
            return None;
        }
        let mut conflicts = match existing.placing(keyed) {
            Some(Placing::Refused(conflicts)) => conflicts,
            Some(Placing::Added | Placing::AlreadyThere(_)) | None => Vec::new(),
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
    #[diesel(sql_type = Nullable<Text>)]
    external_id: Option<String>,
}

/// The existing users that some candidates conflict with: ids by username and address.
#[derive(Default)]
struct Existing {
    by_username: HashMap<String, Uuid>,
    by_email: HashMap<String, Uuid>,
    ids: HashSet<Uuid>,
    external_ids: HashSet<String>,
}

impl Existing {
    async fn of<'a>(
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
            "SELECT {NAMES}, external_id FROM {} \
             WHERE id = ANY ($1) OR username_key = ANY ($2) OR email_key = ANY ($3) OR external_id = ANY ($4)",
            table.name()
        ))
        .bind::<Array<SqlUuid>, _>(id)
        .bind::<Array<Text>, _>(username_key)
        .bind::<Array<Text>, _>(email_key)
        .bind::<Array<Nullable<Text>>, _>(external_id)
        .get_results(connection)
        .await?;
        for ExistingUser { names: Names { id, username_key, email_key }, external_id } in rows {
            existing.by_username.insert(username_key, id);
            existing.by_email.insert(email_key, id);
            existing.ids.insert(id);
            existing.external_ids.extend(external_id);
        }
        Ok(existing)
    }

    /// The result for a candidate, given the existing users; `None` if it does not conflict with any.
    fn placing(&self, keyed: &Keyed<'_>) -> Option<Placing> {
        let Names { id, username_key, email_key } = &keyed.names;
        let external_id = keyed.candidate.user.external_id.as_ref().map(ExternalId::as_str);
        let (username, email) = (self.by_username.get(username_key), self.by_email.get(email_key));
        if let Some(user) = username
            && username == email
        {
            return Some(Placing::AlreadyThere(*user));
        }
        let conflicts: Vec<Conflict> = [
            (username.is_some(), Conflict::UsernameTaken),
            (email.is_some(), Conflict::EmailTaken),
            (self.ids.contains(id), Conflict::IdTaken),
            (external_id.is_some_and(|id| self.external_ids.contains(id)), Conflict::ExternalIdTaken),
        ]
        .into_iter()
        .filter_map(|(exists, conflict)| exists.then_some(conflict))
        .collect();
        (!conflicts.is_empty()).then_some(Placing::Refused(conflicts))
    }
}
