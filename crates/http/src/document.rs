//! What the service says about itself: its description, a page to explore it with, its public keys.

use std::sync::LazyLock;

/// Lets the page load its own files and call its own service, and nothing else. Swagger UI sets styles on elements.
pub const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'";

/// How Swagger UI is set up; the URL is relative to the page, so that any prefix in front will do.
static SWAGGER: LazyLock<std::sync::Arc<utoipa_swagger_ui::Config<'static>>> = LazyLock::new(|| {
    let config = utoipa_swagger_ui::Config::new(["../openapi.json"])
        .use_base_layout()
        .persist_authorization(true)
        .display_operation_id(true)
        .try_it_out_enabled(true)
        .deep_linking(true);
    std::sync::Arc::new(config)
});

pub mod page {
    use super::{PAGE_POLICY, SWAGGER};
    use crate::{
        call::Call,
        operations::{GetDocs, Operation},
        problem::Problem,
    };
    use actix_web::{HttpResponse, http::header, web};

    /// Explore
    ///
    /// Swagger UI: read about every operation, sign in, try them out.
    #[utoipa::path(get, path = GetDocs::ROW.path, impl_for = GetDocs, tag = "service",
        responses((status = 303, description = "To the page")))]
    pub async fn handle(call: Call<GetDocs>) -> Result<HttpResponse, Problem> {
        let location = call.service.site.href("/docs/");
        Ok(HttpResponse::SeeOther().insert_header((header::LOCATION, location)).finish())
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
}

pub mod description {
    use crate::{
        call::Call,
        operations::{GetOpenapi, Operation},
        problem::Problem,
    };
    use actix_web::{HttpResponse, http::header};

    /// Seconds for which the document may be kept. It only changes with the release.
    const MAX_AGE: u32 = 300;

    /// The description of this API
    ///
    /// An OpenAPI 3.1 document, to generate clients from.
    #[utoipa::path(get, path = GetOpenapi::ROW.path, impl_for = GetOpenapi, tag = "service",
        responses((status = 200, description = "The OpenAPI document", body = crate::openapi::OpenApiDocument)))]
    pub async fn handle(call: Call<GetOpenapi>) -> Result<HttpResponse, Problem> {
        let kept = (header::CACHE_CONTROL, format!("public, max-age={MAX_AGE}"));
        let document = call.service.document.bytes();
        Ok(HttpResponse::Ok().content_type("application/json").insert_header(kept).body(document))
    }
}

pub mod jwks {
    use crate::{
        call::Call,
        keyring::JWKS_MAX_AGE,
        operations::{GetJwks, Operation},
        problem::Problem,
    };
    use actix_web::{HttpResponse, http::header};

    /// The keys that verify access tokens
    ///
    /// A JSON Web Key Set (RFC 7517), for other services to check the signatures with. A new key is in it for longer than
    /// the set may be kept before it signs; an old one, until the last of its tokens has expired.
    #[utoipa::path(get, path = GetJwks::ROW.path, impl_for = GetJwks, tag = "service",
        responses((status = 200, description = "The public keys", body = crate::openapi::Jwks)))]
    pub async fn handle(call: Call<GetJwks>) -> Result<HttpResponse, Problem> {
        let service = &call.service;
        let headers = (header::CACHE_CONTROL, format!("public, max-age={JWKS_MAX_AGE}"));
        Ok(HttpResponse::Ok().insert_header(headers).json(service.keyring.jwks(&service.database).await))
    }
}
