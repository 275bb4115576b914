//! Creating users as the operator, from the command line: without a request, a policy or a rate limit.

use crate::Error;
use usher_auth::{Hasher, Requester};
use usher_domain::{EmailAddress, NewPassword, RoleName, User, Username};
use usher_persistence::{Database, NewUser};

/// A user that the operator creates. The operator vouches for the address: it counts as verified.
pub struct OperatorUser {
    pub username: Username,
    pub email: EmailAddress,
    pub password: NewPassword,
    pub role: RoleName,
}

impl OperatorUser {
    async fn hashed(self, hasher: &Hasher) -> Result<NewUser, Error> {
        let Self { username, email, password, role } = self;
        let password_hash = Some(hasher.hash(&password, Requester::SERVICE).await?);
        Ok(NewUser { username, email, email_verified: true, role, password_hash })
    }
}

/// Creates a user.
pub async fn create_user(database: &Database, hasher: &Hasher, user: OperatorUser) -> Result<User, Error> {
    Ok(database.create_user_as_operator(&user.hashed(hasher).await?).await?)
}

/// Creates a user unless there is an admin; `None` if another replica has created one at the same time.
pub async fn create_first_admin(
    database: &Database,
    hasher: &Hasher,
    user: OperatorUser,
) -> Result<Option<User>, Error> {
    Ok(database.create_first_admin(&user.hashed(hasher).await?).await?)
}
