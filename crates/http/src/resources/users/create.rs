//! Creating a user, as an admin.

use super::UserResource;
use crate::{
    operation::{operation, response::Created},
    problem::Problem,
    request::{AuthorizedRequest, body::request},
    resources::register::{hash_for_new_user, turns, unlike_its_owner},
};
use usher_auth::Requester;
use usher_domain::{EmailAddress, NewPassword, Role, Username, policy::Resource};

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
        optional role: Role,
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
    let service = &request.service;
    let _turns = turns(service, username, email).await;
    let password_hash = match password {
        Some(password) => {
            unlike_its_owner(password, username, email)?;
            let requester = Requester::known(request.client_address());
            Some(hash_for_new_user(service, username, email, password, requester).await?)
        }
        None => None,
    };
    let new = usher_persistence::NewUser {
        username: username.clone(),
        email: email.clone(),
        email_verified: false,
        role: role.unwrap_or(Role::User),
        password_hash,
    };
    let user = service.database.create_user(&request.write_request(), &Resource::Users, &new, &[]).await?;
    request.created(&user)
}
