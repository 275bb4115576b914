//! Reading an API key.

use super::{ApiKeyMembers, ApiKeyResource};
use crate::{
    hypermedia::representation::Representation,
    operation::{ResourceType as _, operation, response::Represented},
    problem::Problem,
    request::AuthorizedRequest,
};
use actix_web::http::StatusCode;

operation! {
    /// Get an API key
    ///
    /// Returns an API key of a user, without the key itself.
    GetApiKey
}

pub async fn handle(request: AuthorizedRequest<GetApiKey>) -> Result<Represented<ApiKeyResource>, Problem> {
    let (members, view) = (ApiKeyMembers::from(&*request.target.key), request.view(ApiKeyResource::KIND));
    let key = Representation::new(members, view, Vec::new(), request.media);
    request.send(StatusCode::OK, &[], &key).map(Represented::new)
}
