//! Factors in the export of a user's data: without their secrets.

use super::{OwnedFactorRow, columns, is_live};
use crate::{
    export::{ExportReader, ExportedRow, PART_ROWS},
    roles::held_role,
    schema::{factors, users},
};
use diesel::{prelude::*, result::QueryResult};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use usher_domain::Factor;
use uuid::Uuid;

/// A factor with all that is kept about it, except secrets.
#[derive(Debug)]
pub struct ExportedFactor {
    pub factor: Factor,
    /// The domain of a passkey.
    pub rp_id: Option<String>,
    /// A passkey as it is stored. It has no secret.
    pub passkey: Option<Value>,
}

impl ExportedRow for ExportedFactor {
    async fn read(reader: &ExportReader, connection: &mut AsyncPgConnection, after: Uuid) -> QueryResult<Vec<Self>> {
        let factors = factors::table
            .inner_join(users::table)
            .filter(factors::user_id.eq(reader.user_id))
            .filter(factors::id.gt(after))
            .filter(is_live(reader.now))
            .order(factors::id)
            .limit(PART_ROWS)
            .select(((columns(reader.rp_id.clone()), held_role()), factors::rp_id, factors::credential));
        let rows = factors.load::<(OwnedFactorRow, Option<String>, Option<Value>)>(connection).await?;
        let exported = |(row, rp_id, passkey)| Self { factor: Factor::from(row), rp_id, passkey };
        Ok(rows.into_iter().map(exported).collect())
    }

    fn id(&self) -> Uuid {
        self.factor.id
    }
}
