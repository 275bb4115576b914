//! The admins who can sign in. A trigger of the database keeps the last active admin with a password. Whether an admin needs a
//! verified address too is a setting, which the database does not know: that is decided here.

use crate::{Database, Error, schema::users};
use diesel::{dsl::exists, prelude::*, sql_query};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::{
    Status, User,
    policy::{ConflictReason, Decision},
};

/// The lock that the trigger takes too: of two writes that would leave no admin, the second sees what the first committed.
const LOCK: &str = "SELECT pg_advisory_xact_lock(hashtext('usher.users_keep_an_administrator'))";

impl Database {
    /// Called before a write after which `user`, whose row is locked, can no longer sign in as an admin.
    ///
    /// # Errors
    /// [`ConflictReason::LastAdmin`] if no other admin can sign in.
    pub(crate) async fn another_admin_stays(
        &self,
        connection: &mut AsyncPgConnection,
        user: &User,
    ) -> Result<(), Error> {
        let admin = user.role.rights.admin && user.status == Status::Active;
        if !self.rules.verified_email || !admin || !user.email_verified {
            return Ok(());
        }
        sql_query(LOCK).execute(connection).await?;
        let can_sign_in = users::administers.and(users::email_verified);
        let this = users::table.filter(can_sign_in).filter(users::id.eq(user.id));
        let another = users::table.filter(can_sign_in).filter(users::id.ne(user.id));
        let (this, another): (bool, bool) =
            diesel::select((exists(this), exists(another))).get_result(connection).await?;
        if this && !another { Err(Error::Refused(Decision::Conflict(ConflictReason::LastAdmin))) } else { Ok(()) }
    }
}
