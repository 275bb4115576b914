//! Choosing a new password with what was mailed.

use crate::{
    operation::{operation, response::NoContent},
    problem::Problem,
    request::{AuthorizedRequest, body::request, faults::InputFault},
    resources::email_verifications::confirm::digest,
};
use usher_auth::Requester;
use usher_domain::{MailedToken, NewPassword};

request! {
    /// The mailed token and the new password.
    pub struct PasswordReset as "PasswordReset" {
        /// The token from the mailed link
        required token: MailedToken,
        /// The new password, used exactly as sent
        required new_password: NewPassword,
    }
}

operation! {
    /// Reset a password
    ///
    /// Sets a new password and ends all sessions of the user. It also verifies the address that the token was mailed to
    /// and discards a pending address in `pending_email`. Failed sign-ins to the account are cleared, and the client's
    /// address becomes one that the user is known to sign in from. A rejected password does not consume the token.
    ResetPassword
}

pub async fn handle(request: AuthorizedRequest<ResetPassword>) -> Result<NoContent, Problem> {
    let PasswordReset { token, new_password } = &request.body;
    let (service, digest) = (&request.service, digest(token)?);
    // Only whoever holds a good token has a password hashed.
    let user = service.database.holder_of_reset(&digest).await?;
    new_password
        .reject_personal(&[user.username.as_str(), user.email.as_str()])
        .map_err(|fault| Problem::invalid(InputFault::of("new_password", fault)))?;
    let from = request.client_address();
    let hash = service.hasher.hash(new_password, Requester::known(from)).await?;
    let proven = service.proven(user.id, from);
    service.database.reset_password(&digest, &hash, proven.as_ref(), &request.metadata()).await?;
    Ok(NoContent::default())
}
