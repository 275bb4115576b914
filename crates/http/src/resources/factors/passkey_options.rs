//! The options for a new passkey.

use super::{FactorsOfUser, PasskeyOptionsMembers, PasskeyOptionsResource};
use crate::{
    hypermedia::{links::ResourceView, representation::Representation},
    operation::{ResourceType as _, operation, response::Represented},
    problem::Problem,
    request::AuthorizedRequest,
};
use actix_web::http::StatusCode;

operation! {
    /// Begin to enrol a passkey
    ///
    /// Returns the options for a new passkey, and a ceremony that finishes the enrolment: once, within five minutes, in this
    /// session. In a browser, give `public_key` to `PublicKeyCredential.parseCreationOptionsFromJSON` and the result to
    /// `navigator.credentials.create`; send what `toJSON` of the credential returns with `enrol-passkey`.
    CreatePasskeyOptions
}

pub async fn handle(
    request: AuthorizedRequest<CreatePasskeyOptions>,
) -> Result<Represented<PasskeyOptionsResource>, Problem> {
    let (accounts, user) = (&request.service.accounts, &request.target.user);
    let begun = accounts.begin_enrolment(&request.write_request(), user).await?;
    let (viewer, kind) = (request.viewer(), PasskeyOptionsResource::KIND);
    let view = ResourceView::of_target::<FactorsOfUser>(viewer, kind, request.target_ids, Some(user));
    let body = Representation::new(PasskeyOptionsMembers::from(begun), view, Vec::new(), request.media);
    request.send(StatusCode::OK, &[], &body).map(Represented::new)
}
