//! Confirming an authenticator app.

use super::{ConfirmedFactorMembers, ConfirmedFactorResource};
use crate::{
    operation::{operation, response::Represented},
    problem::Problem,
    request::{AuthorizedRequest, body::request},
};
use usher_domain::OneTimeCode;

request! {
    /// A code of the authenticator app.
    pub struct TotpConfirmation as "TotpConfirmation" {
        /// The code that the authenticator app shows now
        required code: OneTimeCode,
    }
}

operation! {
    /// Confirm an authenticator app
    ///
    /// Makes the authenticator app a second factor, which is asked for from now on. With the first factor of a user come ten
    /// recovery codes, which are in this response only; other sessions of the user have to prove the factor before they can do
    /// what takes a fresh session. The user is notified by mail.
    ConfirmTotp
}

pub async fn handle(request: AuthorizedRequest<ConfirmTotp>) -> Result<Represented<ConfirmedFactorResource>, Problem> {
    let (write, factor) = (request.write_request(), &request.target.factor);
    let confirmed = request.service.accounts.confirm_totp(&write, factor, request.body.code.as_str()).await?;
    let members = ConfirmedFactorMembers::from(&confirmed);
    request.factor(&confirmed.actor, &confirmed.factor, members)
}
