//! Which factors users can use here.

use crate::{operator_rules::EnrolledFactors, schema::factors};
use diesel::{prelude::*, result::QueryResult};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use std::collections::HashMap;
use usher_domain::FactorType;
use uuid::Uuid;

/// Which factors these users can use where passkeys are for this domain. Users without factors are not in the result.
pub(crate) async fn usable_factors(
    mut connection: &AsyncPgConnection,
    users: Vec<Uuid>,
    rp_id: Option<&str>,
) -> QueryResult<HashMap<Uuid, EnrolledFactors>> {
    let mut usable = HashMap::new();
    if users.is_empty() {
        return Ok(usable);
    }
    let rows = factors::table
        .filter(factors::user_id.eq_any(users))
        .filter(factors::confirmed_at.is_not_null())
        .select((factors::user_id, factors::kind.eq(FactorType::Totp.as_str()), factors::rp_id.eq(rp_id)))
        .load::<(Uuid, bool, Option<bool>)>(&mut connection)
        .await?;
    for (user, is_totp, is_passkey_for_domain) in rows {
        let of_user = usable.entry(user).or_insert(EnrolledFactors { any: true, totp: false, passkeys: false });
        of_user.totp |= is_totp;
        of_user.passkeys |= is_passkey_for_domain == Some(true);
    }
    Ok(usable)
}
