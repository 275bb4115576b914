//! Enrolling an authenticator app.

use super::{EnrolledTotpMembers, EnrolledTotpResource, FactorMembers};
use crate::{
    operation::{operation, response::Created},
    problem::Problem,
    request::{AuthorizedRequest, body::request},
};
use usher_accounts::EnrolledTotp;
use usher_domain::FactorName;

request! {
    /// The authenticator app to enrol.
    pub struct TotpEnrolment as "TotpEnrolment" or nothing {
        /// What the authenticator app is called
        optional name: FactorName,
    }
}

operation! {
    /// Enrol an authenticator app
    ///
    /// Creates a secret for an authenticator app (RFC 6238: six digits, 30 seconds, SHA-1). The secret is in this response only.
    /// The app is no second factor before it is confirmed with one of its codes, within 10 minutes. It replaces one that is
    /// not confirmed. A user can have 20 second factors.
    EnrolTotp
}

pub async fn handle(request: AuthorizedRequest<EnrolTotp>) -> Result<Created<EnrolledTotpResource>, Problem> {
    let (accounts, user) = (&request.service.accounts, &request.target.user);
    let enrolled = accounts.enrol_totp(&request.write_request(), user, request.body.name.as_ref()).await?;
    let EnrolledTotp { factor, secret, otpauth_uri, qr_svg } = &enrolled;
    let members = EnrolledTotpMembers { members: FactorMembers::from(factor), secret, otpauth_uri, qr_svg };
    request.created_factor(&request.principal, factor, members)
}
