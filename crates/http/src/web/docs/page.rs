//! Swagger UI.

use crate::{
    operation::{operation, response::SeeOther},
    problem::Problem,
    request::AuthorizedRequest,
};
use actix_web::{HttpResponse, http::header, web};
use std::sync::{Arc, LazyLock};

/// Lets the page load its own files and call its own service, and nothing else. Swagger UI sets styles on elements.
pub const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'";

/// How Swagger UI is set up; the URL is relative to the page, so that any prefix in front will do.
static SWAGGER: LazyLock<Arc<utoipa_swagger_ui::Config<'static>>> = LazyLock::new(|| {
    let config = utoipa_swagger_ui::Config::new(["../openapi.json"])
        .use_base_layout()
        .persist_authorization(true)
        .display_operation_id(true)
        .try_it_out_enabled(true)
        .deep_linking(true);
    Arc::new(config)
});

operation! {
    /// Swagger UI
    ///
    /// Redirects to Swagger UI, where you can read about every operation, sign in, and try operations out.
    GetDocs
}

pub async fn handle(request: AuthorizedRequest<GetDocs>) -> Result<SeeOther, Problem> {
    let location = request.service.api.href("/docs/");
    Ok(SeeOther(HttpResponse::SeeOther().insert_header((header::LOCATION, location)).finish()))
}

/// The files of the page.
pub async fn file(path: web::Path<String>) -> Result<HttpResponse, Problem> {
    let file = utoipa_swagger_ui::serve(&path, SWAGGER.clone())
        .map_err(|error| Problem::Internal(error.to_string()))?
        .ok_or(Problem::NoSuchPath)?;
    let mut response = HttpResponse::Ok();
    response.content_type(file.content_type).insert_header((header::CONTENT_SECURITY_POLICY, PAGE_POLICY));
    if file.gzpipped {
        response.insert_header((header::CONTENT_ENCODING, "gzip"));
    }
    Ok(response.body(file.bytes.into_owned()))
}
