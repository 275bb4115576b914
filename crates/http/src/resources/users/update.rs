//! Updating a user.

use super::UserResource;
use crate::{
    operation::{operation, response::Represented},
    problem::Problem,
    request::{AuthorizedRequest, body::request, faults::InputFault},
};
use usher_accounts::{MAX_PASSWORD_LENGTH, UserUpdate};
use usher_domain::{AssignedRole, EmailAddress, Username, text::SecretText};

request! {
    /// The fields to change.
    pub struct Changes as "UserChanges" {
        /// The username; unique, ignoring case
        optional username: Username,
        /// The e-mail address; unique, ignoring case. When users change their own address, the new one stays in
        /// `pending_email` until it is verified
        optional email: EmailAddress,
        /// The role
        optional role: AssignedRole,
        /// The current password; required to change one's own e-mail address
        optional current_password: SecretText<MAX_PASSWORD_LENGTH>,
    }
}

operation! {
    /// Update a user
    ///
    /// Changes the fields that are sent. Sending the current value changes nothing. Changes to one's own account are
    /// rate-limited.
    UpdateUser
}

pub async fn handle(request: AuthorizedRequest<UpdateUser>) -> Result<Represented<UserResource>, Problem> {
    let Changes { username, email, role, current_password } = &request.body;
    if username.is_none() && email.is_none() && role.is_none() {
        return Err(Problem::invalid(InputFault::new("", "empty", "must change at least one field")));
    }
    let update = UserUpdate {
        username: username.as_ref(),
        email: email.as_ref(),
        role: role.as_ref().map(|role| &role.name),
        current_password: current_password.as_ref().map(SecretText::as_str),
    };
    let (accounts, user) = (&request.service.accounts, &request.target.user);
    let user = accounts.update_user(&request.write_request(), user, update, request.client_address()).await?;
    request.user(&user)
}
