//! The options to prove it with a passkey.

use crate::{
    hypermedia::representation::Representation,
    operation::{ResourceType, operation, response::Represented},
    problem::Problem,
    request::AuthorizedRequest,
    resources::factors::PasskeyOptionsMembers,
};
use actix_web::http::StatusCode;

/// The options for a proof by a passkey.
pub struct StepUpOptionsResource;

impl ResourceType for StepUpOptionsResource {
    const NAME: &'static str = "StepUpOptions";
    const LINKS: &'static str = "The operation that finishes the ceremony.";
    const HAS_SELF: bool = false;
    type Members = PasskeyOptionsMembers;
}

operation! {
    /// Begin to prove with a passkey who you are
    ///
    /// Returns the options for one of your passkeys, and a ceremony that is good for `step-up`: once, within five minutes, in
    /// this session. In a browser, give `public_key` to `PublicKeyCredential.parseRequestOptionsFromJSON` and the result to
    /// `navigator.credentials.get`; send what `toJSON` of the credential returns.
    CreateStepUpOptions
}

pub async fn handle(
    request: AuthorizedRequest<CreateStepUpOptions>,
) -> Result<Represented<StepUpOptionsResource>, Problem> {
    let begun = request.service.accounts.begin_step_up(&request.write_request()).await?;
    let view = request.view(StepUpOptionsResource::KIND);
    let body = Representation::new(PasskeyOptionsMembers::from(begun), view, Vec::new(), request.media);
    request.send(StatusCode::OK, &[], &body).map(Represented::new)
}
