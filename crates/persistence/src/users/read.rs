//! A user, read outside the coalesced lookup.

use crate::{
    Database, Error,
    database::found,
    row::{UserRow, columns},
    schema::users,
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use usher_domain::{User, Username};

impl Database {
    /// The user of that name, in any case.
    pub async fn user_by_name(&self, username: &Username) -> Result<Option<User>, Error> {
        let mut connection = self.connection().await?;
        let row = users::table
            .filter(users::username_key.eq(username.key()))
            .select(columns(self.clock.now()))
            .get_result::<UserRow>(&mut connection)
            .await;
        Ok(found(row)?.map(User::from))
    }
}
