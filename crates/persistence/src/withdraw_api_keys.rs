//! Ending all API keys of a user.

use crate::{Error, schema::api_keys};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::audit::Change;
use uuid::Uuid;

/// Deletes every API key of a user, whose row is locked. Returns the change for the audit event if there were any.
pub(crate) async fn withdraw_api_keys(
    connection: &mut AsyncPgConnection,
    user_id: Uuid,
) -> Result<Option<Change>, Error> {
    let keys = api_keys::table.filter(api_keys::user_id.eq(user_id));
    let deleted = diesel::delete(keys).execute(connection).await?;
    Ok((deleted > 0).then(|| Change::between("api_keys", &deleted.to_string(), "0")))
}
