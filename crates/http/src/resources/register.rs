//! Registration: a stranger becomes a user.

use crate::{
    operation::{operation, response::Created},
    problem::Problem,
    request::{AuthorizedRequest, body::request},
    resources::users::RegisteredUserResource,
};
use usher_accounts::Registrant;
use usher_domain::{EmailAddress, NewPassword, Username};

request! {
    /// The new account.
    pub struct Registration as "Registration" {
        /// The username; unique, ignoring case
        required username: Username,
        /// The e-mail address; unique, ignoring case
        required email: EmailAddress,
        /// The password, used exactly as sent
        required password: NewPassword,
    }
}

operation! {
    /// Register
    ///
    /// Creates a user with the role `user` if registration is open. If sign-in requires a verified e-mail address, the
    /// response has no `token` link until the address is verified by the mailed link. Registrations are rate-limited by
    /// client address.
    RegisterUser
}

pub async fn handle(request: AuthorizedRequest<RegisterUser>) -> Result<Created<RegisteredUserResource>, Problem> {
    let Registration { username, email, password } = &request.body;
    let registrant = Registrant { username, email, password };
    let accounts = &request.service.accounts;
    let user = accounts.register(&request.write_request(), registrant, request.client_address()).await?;
    request.created(&user)
}
