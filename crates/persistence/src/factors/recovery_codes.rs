//! Recovery codes. They are stored as keyed digests, and are one factor together.

use super::factors_changed;
use crate::{
    Counter, Database, Error, WriteRequest,
    digest::Digest,
    mail::Mail,
    rate_limits,
    schema::{factors, recovery_codes},
};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::{
    Clock, Factor, FactorType, MailKind,
    audit::{Change, Event},
};
use uuid::Uuid;

/// What the recovery codes of a user are called.
const NAME: &str = "Recovery codes";

#[derive(Insertable)]
#[diesel(table_name = factors)]
struct Row {
    id: Uuid,
    user_id: Uuid,
    kind: &'static str,
    name: &'static str,
    created_at: DateTime<Utc>,
    confirmed_at: DateTime<Utc>,
}

/// Recovery codes that were replaced.
pub(super) struct ReplacedCodes {
    /// The factor.
    pub(super) id: Uuid,
    former: usize,
    new: usize,
}

impl ReplacedCodes {
    /// The change for the audit event.
    pub(super) fn change(&self) -> Change {
        Change::between("recovery_codes", &self.former.to_string(), &self.new.to_string())
    }
}

impl Database {
    /// Replaces the recovery codes of a user by those with these digests, if the policy allows it, and counts it. The user is
    /// notified by mail.
    ///
    /// # Errors
    /// [`Error::TooManyAttempts`].
    pub async fn create_recovery_codes(
        &self,
        request: &WriteRequest,
        user_id: Uuid,
        codes: &[Digest],
        counters: &[Counter],
    ) -> Result<Factor, Error> {
        self.transaction(async |connection| {
            let locked = self.lock_and_authorize(connection, request, user_id).await?;
            let user = &locked.target;
            let replaced = replace_codes(connection, &self.clock, user_id, codes).await?;
            factors_changed(connection, user_id, true).await?;
            rate_limits::count_all(connection, counters, self.clock.now()).await?;
            Mail::notice(MailKind::RecoveryCodesCreated, &user.email)
                .queue(connection, self, &request.metadata)
                .await?;
            let changes = [replaced.change()];
            let record = locked.record(Event::RecoveryCodesCreated, &changes);
            record.write(connection, &self.clock, &request.metadata).await?;
            self.read_factor(connection, replaced.id, user.role.rights).await
        })
        .await
    }
}

/// Replaces the recovery codes of a user, whose row is locked.
pub(super) async fn replace_codes(
    connection: &mut AsyncPgConnection,
    clock: &Clock,
    user_id: Uuid,
    codes: &[Digest],
) -> Result<ReplacedCodes, Error> {
    let former = void_codes(connection, user_id).await?;
    let rows: Vec<_> = codes
        .iter()
        .map(|digest| (recovery_codes::user_id.eq(user_id), recovery_codes::digest.eq(&digest[..])))
        .collect();
    diesel::insert_into(recovery_codes::table).values(rows).execute(connection).await?;
    let (id, now) = clock.new_id();
    let factor = of_user(user_id);
    let renewed = diesel::update(factor)
        .set((
            factors::created_at.eq(now),
            factors::confirmed_at.eq(now),
            factors::last_used_at.eq(None::<DateTime<Utc>>),
            factors::version.eq(factors::version + 1),
        ))
        .returning(factors::id)
        .get_result::<Uuid>(connection)
        .await
        .optional()?;
    let replaced = |id| ReplacedCodes { id, former, new: codes.len() };
    if let Some(id) = renewed {
        return Ok(replaced(id));
    }
    let kind = FactorType::RecoveryCodes.as_str();
    let row = Row { id, user_id, kind, name: NAME, created_at: now, confirmed_at: now };
    diesel::insert_into(factors::table).values(row).execute(connection).await?;
    Ok(replaced(id))
}

/// Removes the recovery codes of a user, whose row is locked, with their factor. Returns the change for the audit event if
/// there were any.
pub(super) async fn remove_codes(connection: &mut AsyncPgConnection, user_id: Uuid) -> Result<Option<Change>, Error> {
    let former = void_codes(connection, user_id).await?;
    let removed = diesel::delete(of_user(user_id)).execute(connection).await?;
    Ok((removed > 0).then(|| Change::between("recovery_codes", &former.to_string(), "0")))
}

async fn void_codes(connection: &mut AsyncPgConnection, user_id: Uuid) -> Result<usize, Error> {
    let codes = recovery_codes::table.filter(recovery_codes::user_id.eq(user_id));
    Ok(diesel::delete(codes).execute(connection).await?)
}

#[diesel::dsl::auto_type]
fn of_user(user_id: Uuid) -> _ {
    factors::table.filter(factors::user_id.eq(user_id)).filter(factors::kind.eq("recovery_codes"))
}
