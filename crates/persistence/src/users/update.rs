//! Changes to username, e-mail address and role.

use crate::{
    Database, Error, WriteRequest,
    audit::Record,
    cached_statement::CachedStatement,
    database::found,
    mail::{Mail, pending_email_withdrawn, withdraw_links},
    rate_limits::{self, Counter},
    roles,
    row::UserRow,
    schema::{sessions, users},
    withdraw_api_keys::withdraw_api_keys,
    write::{Locked, ask},
    write_request::RequestMetadata,
};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::{
    EmailAddress, EmailChange, MailKind, RoleName, User, Username,
    audit::{Change, Event},
    policy::{Action, Decision, Principal, Resource},
};
use uuid::Uuid;

/// The new values; a field that is `None` is not changed.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    pub username: Option<Username>,
    pub email: Option<EmailAddress>,
    pub role: Option<RoleName>,
    /// The password hash that the user's current password was verified against; one's own e-mail address needs it.
    pub verified_hash: Option<String>,
}

#[derive(AsChangeset, Default)]
#[diesel(table_name = users)]
struct Patch<'a> {
    username: Option<String>,
    username_key: Option<String>,
    email: Option<String>,
    email_key: Option<String>,
    email_verified: Option<bool>,
    pending_email: Option<Option<String>>,
    password_hash: Option<Option<String>>,
    role: Option<&'a str>,
}

impl Database {
    /// Changes what differs from the row as it is, if the policy allows it. A value that is the current one is not a change
    /// and needs no permission. A change is counted by `counters`.
    pub async fn update_user(
        &self,
        request: &WriteRequest,
        id: Uuid,
        changes: &Changes,
        counters: &[Counter],
    ) -> Result<User, Error> {
        self.transaction(async |connection| {
            let locked = self.lock_and_authorize(connection, &request.unconditional(), id).await?;
            if let Some(role) = changes.role.as_ref().filter(|role| **role != locked.target.role.name) {
                roles::lock_to_give(connection, &locked.principal, role).await?;
            }
            // A role that the actor may not give is refused whatever the version is.
            request.precondition.check(locked.target.version)?;
            let is_self = locked.actor.as_ref().is_some_and(|actor| actor.id == id);
            let (mut patch, mut changed_fields) = difference(&locked.target, changes, is_self);
            let email_change = changes.email.as_ref().map(|email| EmailChange::decide(&locked.target, is_self, email));
            if changed_fields.iter().any(|change| change.field == "role") {
                authorize_field(&locked, Action::AssignRole)?;
            }
            if changed_fields.iter().any(|change| change.field == "username") {
                authorize_field(&locked, Action::ChangeUsername)?;
            }
            if let Some(change) = email_change.filter(|change| *change != EmailChange::Unchanged) {
                match authorize_field(&locked, Action::ChangeEmail) {
                    // Only an address that is replaced is not verified any more.
                    Err(Error::Refused(Decision::Conflict(_))) if change != EmailChange::Replaced => {}
                    decided => decided?,
                }
            }
            if let Some(email) = &changes.email
                && email_change == Some(EmailChange::NeedsConfirmation)
            {
                check_verified_hash(connection, id, changes.verified_hash.as_deref()).await?;
                not_anothers(connection, id, email).await?;
            }
            if changed_fields.is_empty() {
                return Ok(locked.target);
            }
            // The account passes to the reader of the new address. Only admins are trusted to know that it is the same person.
            if email_change == Some(EmailChange::Replaced) && !is_admin(&locked.principal) {
                patch.password_hash = Some(None);
                changed_fields.push(Change::of("password"));
                changed_fields.extend(end_access(connection, id).await?);
            }
            if patch.role.is_some() || patch.email_verified.is_some() {
                self.another_admin_stays(connection, &locked.target).await?;
            }
            let record = locked.record(Event::UserUpdated, &changed_fields);
            // If the change fails, so does the event, for another reason: both are awaited, and the error of the change is
            // returned.
            let (user, written) = tokio::join!(
                biased;
                self.apply(connection, id, &patch),
                record.write(connection, &self.clock, &request.metadata)
            );
            let user = user?;
            written?;
            self.mail_changes(connection, &locked.target, &user, &request.metadata).await?;
            rate_limits::count_all(connection, counters, self.clock.now()).await?;
            Ok(user)
        })
        .await
    }

    /// The current address is notified of a new one, to which a link is mailed that confirms it. If the new one is in use
    /// already, links that were mailed to the former one are invalid.
    async fn mail_changes(
        &self,
        connection: &mut AsyncPgConnection,
        before: &User,
        now: &User,
        metadata: &RequestMetadata,
    ) -> Result<(), Error> {
        let replaced = !now.email.is_same_mailbox(&before.email);
        let asked_for = now.pending_email.as_ref().filter(|pending| before.pending_email.as_ref() != Some(pending));
        let (notice, new) = match asked_for {
            _ if replaced => (MailKind::EmailChanged, &now.email),
            Some(pending) => (MailKind::EmailChanging, pending),
            None => return Ok(()),
        };
        if replaced {
            withdraw_links(connection, before, None).await?;
        }
        Mail::notice(notice, &before.email).queue(connection, self, metadata).await?;
        Mail::link(MailKind::VerifyEmail, now, new).queue(connection, self, metadata).await
    }

    async fn apply(&self, mut connection: &AsyncPgConnection, id: Uuid, patch: &Patch<'_>) -> Result<User, Error> {
        let update = diesel::update(users::table.find(id))
            .set((patch, users::version.eq(users::version + 1), users::updated_at.eq(self.clock.now())))
            .returning(self.columns());
        Ok(CachedStatement(update).get_result::<UserRow>(&mut connection).await?.into())
    }

    /// Gives a user a role as the operator; `None` if the user does not exist.
    ///
    /// # Errors
    /// [`Error::UnknownRole`].
    pub async fn set_role_as_operator(&self, username: &Username, role: &RoleName) -> Result<Option<User>, Error> {
        let changes = Changes { role: Some(role.clone()), ..Changes::default() };
        self.transaction(async |connection| {
            let row = users::table
                .filter(users::username_key.eq(username.key()))
                .select(self.columns())
                .for_no_key_update()
                .get_result::<UserRow>(connection)
                .await;
            let Some(user) = found(row)?.map(User::from) else {
                return Ok(None);
            };
            let (patch, changed_fields) = difference(&user, &changes, false);
            if changed_fields.is_empty() {
                return Ok(Some(user));
            }
            let updated = self.apply(connection, user.id, &patch).await?;
            let record = Record::success(Event::UserUpdated, user.id).changing(&changed_fields);
            record.write(connection, &self.clock, &RequestMetadata::default()).await?;
            Ok(Some(updated))
        })
        .await
    }
}

/// Ends the sessions and the API keys of a user, whose row is locked. Returns the changes for the audit event.
async fn end_access(connection: &mut AsyncPgConnection, id: Uuid) -> Result<Vec<Change>, Error> {
    let ended = diesel::delete(sessions::table.filter(sessions::user_id.eq(id))).execute(connection).await?;
    let sessions = (ended > 0).then(|| Change::between("sessions", &ended.to_string(), "0"));
    let keys = withdraw_api_keys(connection, id).await?;
    Ok(sessions.into_iter().chain(keys).collect())
}

fn is_admin(principal: &Principal) -> bool {
    matches!(principal, Principal::User(caller) if caller.rights.admin)
}

/// The part of `changes` that differs from the user. [`EmailChange`] says what a new address means.
fn difference<'a>(user: &User, changes: &'a Changes, is_self: bool) -> (Patch<'a>, Vec<Change>) {
    let (mut patch, mut changed_fields) = (Patch::default(), Vec::new());
    if let Some(username) = changes.username.as_ref().filter(|username| **username != user.username) {
        patch.username = Some(username.as_str().to_owned());
        patch.username_key = Some(username.key());
        changed_fields.push(Change::of("username"));
    }
    if let Some(email) = &changes.email {
        match EmailChange::decide(user, is_self, email) {
            EmailChange::Unchanged | EmailChange::AlreadyPending => {}
            EmailChange::Respelled => {
                patch.email = Some(email.as_str().to_owned());
                patch.email_key = Some(email.key());
                changed_fields.push(Change::of("email"));
            }
            EmailChange::Replaced => {
                patch.email = Some(email.as_str().to_owned());
                patch.email_key = Some(email.key());
                patch.email_verified = Some(false);
                patch.pending_email = Some(None);
                changed_fields.push(Change::of("email"));
                changed_fields.extend(pending_email_withdrawn(user));
            }
            EmailChange::NeedsConfirmation => {
                patch.pending_email = Some(Some(email.as_str().to_owned()));
                changed_fields.push(Change::of("pending_email"));
            }
        }
    }
    if let Some(role) = changes.role.as_ref().filter(|role| **role != user.role.name) {
        patch.role = Some(role.as_str());
        changed_fields.push(Change::between("role", user.role.name.as_str(), role.as_str()));
    }
    (patch, changed_fields)
}

/// Asks the policy about a field that changes, given the locked rows.
fn authorize_field(locked: &Locked<User>, action: Action) -> Result<(), Error> {
    let resource = Resource::User { id: locked.target.id, user: Some(&locked.target) };
    ask(&locked.principal, action, &resource)
}

/// A pending address does not belong to the user yet, but it must not be another user's. This check only warns early: whether
/// the address is still free when it is confirmed, the database decides then.
async fn not_anothers(connection: &mut AsyncPgConnection, id: Uuid, email: &EmailAddress) -> Result<(), Error> {
    let anothers = users::table.filter(users::email_key.eq(email.key())).filter(users::id.ne(id));
    let taken: bool = diesel::select(diesel::dsl::exists(anothers)).get_result(connection).await?;
    if taken { Err(Error::EmailTaken) } else { Ok(()) }
}

/// The hash that was verified must still be the user's.
pub(crate) async fn check_verified_hash(
    connection: &mut AsyncPgConnection,
    id: Uuid,
    verified: Option<&str>,
) -> Result<(), Error> {
    let current: Option<String> = users::table.find(id).select(users::password_hash).get_result(connection).await?;
    if current.is_some() && current.as_deref() == verified { Ok(()) } else { Err(Error::VerifiedHashOutdated) }
}
