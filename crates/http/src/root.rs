//! The root: what this caller may do.

use crate::{
    call::Call,
    links::Seen,
    openapi,
    operations::{GetRoot, Kind, Operation},
    problem::Problem,
    representation::Representation,
};
use actix_web::{HttpResponse, http::StatusCode};
use serde::Serialize;

#[derive(Serialize)]
struct Members {
    name: &'static str,
}

/// What you may do
///
/// The entry of the API: links to all that this caller may do now. Without a token, what anyone may do.
#[utoipa::path(get, path = GetRoot::ROW.path, impl_for = GetRoot, tag = "service",
    responses((status = 200, description = "What this caller may do", body = openapi::Root)))]
pub async fn handle(call: Call<GetRoot>) -> Result<HttpResponse, Problem> {
    let seen =
        Seen { service: &call.service, actor: &call.actor, kind: Kind::Service, resource: call.service.resource() };
    let root = Representation::new(Members { name: "usher" }, seen, Vec::new(), call.media);
    call.send(StatusCode::OK, &[], &root)
}
