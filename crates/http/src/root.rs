//! The root: what this caller may do.

use crate::{
    call::{Call, way_in},
    links::Seen,
    media, openapi,
    operations::{GetRoot, Kind, Operation},
    problem::Problem,
    representation::Representation,
    service::Service,
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use serde::Serialize;

#[derive(Serialize)]
struct Members {
    name: &'static str,
}

/// The door: leads a person with a browser to the page, and shows everybody else the root. What is in the query does not
/// matter to either: monitors and links in mails add parameters of their own.
pub async fn entrance(
    service: web::Data<Service>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    if media::prefers_page(request.headers()) {
        let mut page = HttpResponse::SeeOther();
        page.insert_header((header::LOCATION, service.site.href("/docs/"))).insert_header((header::VARY, media::VARY));
        return Ok(page.finish());
    }
    handle(way_in(&request, payload.into_inner(), "").await?).await
}

/// What you may do
///
/// The entry of the API: links to all that this caller may do now. Without a token, what anyone may do.
#[utoipa::path(get, path = GetRoot::ROW.path, impl_for = GetRoot, tag = "service",
    responses((status = 200, description = "What this caller may do", body = openapi::Root)))]
pub async fn handle(call: Call<GetRoot>) -> Result<HttpResponse, Problem> {
    let seen = Seen {
        site: &call.service.site,
        actor: &call.actor,
        kind: Kind::Service,
        resource: call.service.site.resource(),
    };
    let root = Representation::new(Members { name: "usher" }, seen, Vec::new(), call.media);
    call.send(StatusCode::OK, &[], &root)
}
