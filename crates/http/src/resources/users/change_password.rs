//! Changing one's password.

use super::proof::{CURRENT_PASSWORD, Proof};
use crate::{
    operation::{operation, response::NoContent},
    problem::Problem,
    request::{AuthorizedRequest, body::request, faults::InputFault},
};
use usher_auth::Requester;
use usher_domain::{NewPassword, text::SecretText};

request! {
    /// The current and the new password.
    pub struct PasswordChange as "PasswordChange" {
        /// The current password
        required current_password: SecretText<CURRENT_PASSWORD>,
        /// The new password, used exactly as sent
        required new_password: NewPassword,
    }
}

operation! {
    /// Change your password
    ///
    /// Requires the current password. Ends every other session of the user, discards a pending change of the e-mail
    /// address, and invalidates mailed password reset links.
    ChangePassword
}

pub async fn handle(request: AuthorizedRequest<ChangePassword>) -> Result<NoContent, Problem> {
    let PasswordChange { current_password, new_password } = &request.body;
    let (service, target) = (&request.service, &request.target.user);
    new_password
        .reject_personal(&[target.username.as_str(), target.email.as_str()])
        .map_err(|fault| Problem::invalid(InputFault::of("new_password", fault)))?;
    let from = request.client_address();
    let proof = Proof { service, user: target.id, password: current_password.as_str(), from };
    let verified = proof.verify().await?;
    let hash = service.hasher.hash(new_password, Requester::known(from)).await?;
    let counters = service.change_of(target.id);
    let change = async |proof: String| {
        service.database.change_password(&request.write_request(), target.id, &proof, &hash, &counters).await
    };
    proof.write(verified, change).await?;
    Ok(NoContent::default())
}
