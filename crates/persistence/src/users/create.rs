//! Creating users: by registration, by an admin, or at the start.

use crate::{
    Database, Error, WriteRequest,
    audit::Record,
    mail::Mail,
    rate_limits::{self, Counter},
    roles,
    row::UserRow,
    schema::users,
    write::{Locked, ask},
    write_request::RequestMetadata,
};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::{
    Clock, EmailAddress, MailKind, RoleName, Status, User, Username,
    audit::Event,
    policy::{Action, Resource},
};
use uuid::Uuid;

/// The initial values of a user.
#[derive(Debug, Clone)]
pub struct NewUser {
    pub username: Username,
    pub email: EmailAddress,
    pub email_verified: bool,
    pub role: RoleName,
    /// A PHC or crypt string; without it the user cannot sign in until a password is chosen.
    pub password_hash: Option<String>,
}

#[derive(Insertable)]
#[diesel(table_name = users, treat_none_as_default_value = false)]
struct NewUserRow<'a> {
    id: Uuid,
    username: &'a str,
    username_key: String,
    email: &'a str,
    email_key: String,
    email_verified: bool,
    password_hash: Option<&'a str>,
    role: &'a str,
    status: &'static str,
    version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl Database {
    /// Adds a user, if the policy allows it on `resource`, and mails them a link: to confirm their address, or, if they
    /// have no password, to choose one, which confirms the address too.
    ///
    /// # Errors
    /// [`Error::UsernameTaken`] or [`Error::EmailTaken`] if another user has the name, ignoring case, as decided by the
    /// database; [`Error::TooManyAttempts`] if one of `counters`, which count it, has had too many.
    pub async fn create_user(
        &self,
        request: &WriteRequest,
        resource: &Resource<'_>,
        new: &NewUser,
        counters: &[Counter],
    ) -> Result<User, Error> {
        self.transaction(async |connection| {
            let Locked { actor, principal, .. } = self.lock_actor_and_authorize(connection, request, resource).await?;
            if request.action == Action::CreateUser && new.password_hash.is_some() {
                ask(&principal, Action::ChooseInitialPassword, resource)?;
            }
            if new.role != RoleName::USER {
                ask(&principal, Action::AssignRole, resource)?;
                roles::lock_to_give(connection, &principal, &new.role).await?;
            }
            let user = self.insert(connection, new).await?;
            // As late as can be, because all registrations from one network wait here for each other, and before the registration
            // is counted, because others wait for that counter.
            rate_limits::count_all(connection, counters, self.clock.now()).await?;
            let event = if request.action == Action::Register { Event::UserRegistered } else { Event::UserCreated };
            let record = Record::success(event, user.id).by(actor.as_ref());
            let kind = if new.password_hash.is_some() { MailKind::VerifyEmail } else { MailKind::Invitation };
            let shared = &*connection;
            let mail = async {
                if user.email_verified {
                    return Ok(());
                }
                Mail::link(kind, &user, &user.email).queue(shared, self, &request.metadata).await
            };
            let (written, queued) = tokio::join!(biased; record.write(shared, &self.clock, &request.metadata), mail);
            written?;
            queued?;
            Ok(user)
        })
        .await
    }

    /// Adds a user for the operator, without asking the policy.
    pub async fn create_user_as_operator(&self, new: &NewUser) -> Result<User, Error> {
        self.transaction(async |connection| {
            let user = self.insert(connection, new).await?;
            operator_created(connection, &self.clock, &user).await?;
            Ok(user)
        })
        .await
    }

    /// Adds the first admin; `None` if there is an admin already. Replicas that start together
    /// take turns.
    pub async fn create_first_admin(&self, new: &NewUser) -> Result<Option<User>, Error> {
        self.transaction(async |connection| {
            diesel::sql_query("SELECT pg_advisory_xact_lock(hashtext('usher.first_admin')::bigint)")
                .execute(connection)
                .await?;
            if admins(connection).await? > 0 {
                return Ok(None);
            }
            let user = self.insert(connection, new).await?;
            operator_created(connection, &self.clock, &user).await?;
            Ok(Some(user))
        })
        .await
    }

    /// Whether there is an admin.
    pub async fn has_admin(&self) -> Result<bool, Error> {
        self.read(async |connection| Ok(admins(connection).await? > 0)).await
    }

    /// Which of the two is taken already. This only saves work: the database decides.
    pub async fn name_taken(&self, username: &Username, email: &EmailAddress) -> Result<(), Error> {
        let (username, email) = (username.key(), email.key());
        let taken: Vec<String> = self
            .read(async |connection| {
                let same = users::table.filter(users::username_key.eq(&username).or(users::email_key.eq(&email)));
                Ok(same.select(users::username_key).load(connection).await?)
            })
            .await?;
        if taken.contains(&username) {
            return Err(Error::UsernameTaken);
        }
        if taken.is_empty() { Ok(()) } else { Err(Error::EmailTaken) }
    }

    async fn insert(&self, connection: &mut AsyncPgConnection, new: &NewUser) -> Result<User, Error> {
        let (id, now) = self.clock.new_id();
        let row = diesel::insert_into(users::table)
            .values(NewUserRow {
                id,
                username: new.username.as_str(),
                username_key: new.username.key(),
                email: new.email.as_str(),
                email_key: new.email.key(),
                email_verified: new.email_verified,
                password_hash: new.password_hash.as_deref(),
                role: new.role.as_str(),
                status: Status::Active.as_str(),
                version: 1,
                created_at: now,
                updated_at: now,
            })
            .returning(self.columns())
            .get_result::<UserRow>(connection)
            .await?;
        Ok(row.into())
    }
}

async fn admins(connection: &mut AsyncPgConnection) -> Result<i64, Error> {
    Ok(users::table.filter(users::role.eq("admin")).count().get_result(connection).await?)
}

async fn operator_created(connection: &mut AsyncPgConnection, clock: &Clock, user: &User) -> Result<(), Error> {
    Record::success(Event::UserCreated, user.id).write(connection, clock, &RequestMetadata::default()).await
}
