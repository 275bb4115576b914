//! The root: what this caller may do.

use crate::{
    hypermedia::{media, representation::Representation},
    operation::{ResourceType, Response as _, Target, operation, response::Represented},
    problem::Problem,
    request::{AuthorizedRequest, authorize},
    service::Service,
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use serde::Serialize;
use std::sync::Arc;
use usher_domain::{
    FactorSupport,
    policy::{Registration, Resource},
};
use usher_persistence::{NoRow, TargetIds};
use utoipa::ToSchema;

/// The service as a whole.
pub struct ServiceRoot;

impl Target for ServiceRoot {
    type Row = NoRow;

    fn resource<'a>(service: Resource<'a>, _: TargetIds, _: Option<&'a NoRow>) -> Resource<'a> {
        service
    }

    fn from_row(_: Option<Arc<NoRow>>) -> Option<Self> {
        Some(Self)
    }

    fn states(visit: &mut dyn FnMut(&Resource<'_>)) {
        for registration in [Registration::Open, Registration::Closed] {
            for passkeys in [true, false] {
                let factors = FactorSupport { passkeys, ..FactorSupport::FULL };
                visit(&Resource::Service { registration, factors });
            }
        }
    }
}

/// The API root.
pub struct RootResource;

impl ResourceType for RootResource {
    const NAME: &'static str = "Root";
    const LINKS: &'static str = "The operations that the caller may use now.";
    type Members = Members;
}

/// The API root.
#[derive(Serialize, ToSchema)]
pub struct Members {
    /// The name of the service
    #[schema(example = "usher")]
    name: &'static str,
}

/// `/`: redirects browsers to the console, or without one to the documentation, and serves the API root to other clients. The
/// query is ignored, because monitors and links in mails add parameters of their own.
pub async fn home(
    service: web::Data<Service>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    if media::prefers_page(request.headers()) {
        let mut page = HttpResponse::SeeOther();
        let path = if service.settings.console { "/console/" } else { "/docs/" };
        page.insert_header((header::LOCATION, service.api.href(path))).insert_header((header::VARY, media::VARY));
        return Ok(page.finish());
    }
    handle(authorize(&request, payload.into_inner(), "").await?).await.map(Represented::into_http)
}

operation! {
    /// API root
    ///
    /// Returns links to every operation that the caller may use now. Without a token: the operations open to anyone.
    GetRoot
}

pub async fn handle(request: AuthorizedRequest<GetRoot>) -> Result<Represented<RootResource>, Problem> {
    let view = request.view(RootResource::KIND);
    let root = Representation::new(Members { name: "usher" }, view, Vec::new(), request.media);
    request.send(StatusCode::OK, &[], &root).map(Represented::new)
}
