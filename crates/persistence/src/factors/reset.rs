//! Removing all factors of a user who has lost them: by an admin, or by the operator.

use super::{factors_changed, recovery_codes::remove_codes};
use crate::{
    Database, Error, WriteRequest,
    audit::Record,
    database::found,
    digest::Digest,
    mail::{Mail, withdraw_links},
    mfa_tokens, rate_limits,
    row::UserRow,
    schema::{ceremonies, factors, sessions, users},
    write_request::RequestMetadata,
};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::{
    MailKind, Status, User, Username,
    audit::{Change, Event},
    policy::{ConflictReason, Decision},
};
use uuid::Uuid;

impl Database {
    /// Removes all factors of a user, if the policy allows it, and ends their sessions and the sign-ins that have begun. API
    /// keys stay. Wrong proofs, which were counted with the account `counted_with`, are forgotten; the account is rate limited
    /// while one of the subjects `shown` is. The user is notified by mail.
    pub async fn reset_factors(
        &self,
        request: &WriteRequest,
        user_id: Uuid,
        counted_with: Digest,
        shown: &[Digest],
    ) -> Result<(), Error> {
        self.transaction(async |connection| {
            let locked = self.lock_and_authorize(connection, request, user_id).await?;
            let changes = remove_all(connection, user_id).await?;
            rate_limits::forget(connection, user_id, counted_with, shown, self.clock.now()).await?;
            Mail::notice(MailKind::FactorsReset, &locked.target.email)
                .queue(connection, self, &request.metadata)
                .await?;
            locked.record(Event::FactorsReset, &changes).write(connection, &self.clock, &request.metadata).await
        })
        .await
    }

    /// The same as the operator; `None` if the user does not exist. With `new_password`, the password is void, and a link to
    /// choose a new one is mailed.
    ///
    /// # Errors
    /// A refusal if the user has no factors, or, with `new_password`, is suspended or is the last admin with a password.
    pub async fn reset_factors_as_operator(
        &self,
        username: &Username,
        new_password: bool,
    ) -> Result<Option<User>, Error> {
        self.transaction(async |connection| {
            let row = users::table
                .filter(users::username_key.eq(username.key()))
                .select(self.columns())
                .for_no_key_update()
                .get_result::<UserRow>(connection)
                .await;
            let Some(user) = found(row)?.map(User::from) else { return Ok(None) };
            let refused = |reason| Err(Error::Refused(Decision::Conflict(reason)));
            if !user.has_factors {
                return refused(ConflictReason::NoFactors);
            }
            // A link is of no use to a user who may not sign in.
            if new_password && user.status == Status::Suspended {
                return refused(ConflictReason::AlreadySuspended);
            }
            let mut changes = remove_all(connection, user.id).await?;
            let metadata = RequestMetadata::default();
            let kind = if new_password { MailKind::FactorsAndPasswordReset } else { MailKind::FactorsResetByOperator };
            Mail::notice(kind, &user.email).queue(connection, self, &metadata).await?;
            if new_password {
                let password = users::password_hash.eq(None::<String>);
                diesel::update(users::table.find(user.id)).set(password).execute(connection).await?;
                withdraw_links(connection, &user, None).await?;
                Mail::link(MailKind::ResetPassword, &user, &user.email).queue(connection, self, &metadata).await?;
                changes.push(Change::of("password"));
            }
            let record = Record::success(Event::FactorsReset, user.id).changing(&changes);
            record.write(connection, &self.clock, &metadata).await?;
            Ok(Some(user))
        })
        .await
    }
}

/// Removes all factors of a user, whose row is locked, and ends what they have signed in with. Returns the changes for the
/// audit event. Passkeys keep the name of their user: it is never given to another one.
async fn remove_all(connection: &mut AsyncPgConnection, user_id: Uuid) -> Result<Vec<Change>, Error> {
    let codes = remove_codes(connection, user_id).await?;
    let of_user = factors::table.filter(factors::user_id.eq(user_id));
    let removed =
        diesel::delete(of_user).returning(factors::confirmed_at.is_not_null()).load::<bool>(connection).await?;
    let removed = removed.into_iter().filter(|is_confirmed| *is_confirmed).count();
    mfa_tokens::end_all(connection, user_id).await?;
    diesel::delete(ceremonies::table.filter(ceremonies::user_id.eq(user_id))).execute(connection).await?;
    let ended = diesel::delete(sessions::table.filter(sessions::user_id.eq(user_id))).execute(connection).await?;
    factors_changed(connection, user_id, false).await?;
    let mut changes = vec![Change::between("factors", &removed.to_string(), "0")];
    changes.extend(codes);
    changes.extend((ended > 0).then(|| Change::between("sessions", &ended.to_string(), "0")));
    Ok(changes)
}
