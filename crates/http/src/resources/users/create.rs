//! Creating a user, for somebody else.

use super::UserResource;
use crate::{
    operation::{operation, response::Created},
    problem::Problem,
    request::{AuthorizedRequest, body::request},
};
use usher_accounts::UserToCreate;
use usher_domain::{AssignedRole, EmailAddress, NewPassword, RoleName, Username};

request! {
    /// The user to create.
    pub struct UserCreation as "UserCreation" {
        /// The username; unique, ignoring case
        required username: Username,
        /// The e-mail address; unique, ignoring case
        required email: EmailAddress,
        /// The password; if absent, the user chooses one by a mailed link
        optional password: NewPassword,
        /// The role (default `user`)
        optional role: AssignedRole,
    }
}

operation! {
    /// Create a user
    ///
    /// Creates a user with the given role.
    CreateUser
}

pub async fn handle(request: AuthorizedRequest<CreateUser>) -> Result<Created<UserResource>, Problem> {
    let UserCreation { username, email, password, role } = &request.body;
    let new = UserToCreate {
        username,
        email,
        password: password.as_ref(),
        role: role.as_ref().map_or(&RoleName::USER, |role| &role.name),
    };
    let accounts = &request.service.accounts;
    let user = accounts.create_user(&request.write_request(), new, request.client_address()).await?;
    request.created(&user)
}
