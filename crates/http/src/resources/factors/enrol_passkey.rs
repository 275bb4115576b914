//! Enrolling a passkey.

use super::{ConfirmedFactorMembers, ConfirmedFactorResource};
use crate::{
    operation::{operation, response::Created},
    problem::Problem,
    request::{AuthorizedRequest, body::request},
};
use serde_json::Value;
use usher_domain::{CeremonyToken, FactorName};

request! {
    /// The passkey to enrol.
    pub struct PasskeyEnrolment as "PasskeyEnrolment" {
        /// The ceremony that came with the options
        required ceremony: CeremonyToken,
        /// The new credential, in the JSON of Web Authentication (`RegistrationResponseJSON`)
        required_object credential: Value,
        /// What the passkey is called
        optional name: FactorName,
    }
}

operation! {
    /// Enrol a passkey
    ///
    /// Makes the new passkey a second factor, which is asked for from now on. If it has verified you, it can also sign in without
    /// the password. With the first factor of a user come ten recovery codes, which are in this response only; other sessions of
    /// the user have to prove the factor before they can do what takes a fresh session. The user is notified by mail.
    EnrolPasskey
}

pub async fn handle(request: AuthorizedRequest<EnrolPasskey>) -> Result<Created<ConfirmedFactorResource>, Problem> {
    let (accounts, user) = (&request.service.accounts, &request.target.user);
    let PasskeyEnrolment { ceremony, credential, name } = &request.body;
    let write = request.write_request();
    let enrolled = accounts.enrol_passkey(&write, user.id, ceremony.as_str(), credential, name.as_ref()).await?;
    let members = ConfirmedFactorMembers::from(&enrolled);
    request.created_factor(&enrolled.actor, &enrolled.factor, members)
}
