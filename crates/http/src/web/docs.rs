//! What the service says about itself: its description, a page to explore it with, its public keys.

use std::sync::LazyLock;

/// Lets the page load its own files and request its own service, and nothing else. Swagger UI sets styles on elements.
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
        operation::{operation, response::SeeOther},
        problem::Problem,
        request::AuthorizedRequest,
    };
    use actix_web::{HttpResponse, http::header, web};

    operation! {
        /// Explore
        ///
        /// Swagger UI: read about every operation, sign in, try them out.
        GetDocs
    }

    pub async fn handle(request: AuthorizedRequest<GetDocs>) -> Result<SeeOther, Problem> {
        let location = request.service.site.href("/docs/");
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
}

pub mod description {
    use crate::{
        operation::{operation, response::Json, schema::schema},
        problem::Problem,
        request::AuthorizedRequest,
    };
    use actix_web::{
        HttpResponse,
        http::header,
        web::{self, Bytes},
    };
    use utoipa::openapi::{ObjectBuilder, OpenApi, Schema, schema::AdditionalProperties};

    /// Seconds for which the document may be kept. It only changes with the release.
    const MAX_AGE: u32 = 300;

    /// The document as it is served.
    pub struct Document(Bytes);

    impl Document {
        pub fn new(document: &OpenApi) -> Self {
            // The document is made of our own definitions; one that cannot be written would be seen by every test.
            Self(document.to_json().unwrap_or_default().into())
        }
    }

    schema! {
        /// This document.
        OpenApiDocument = ObjectBuilder::new()
            .description(Some("An OpenAPI document."))
            .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(true)))
            .examples([serde_json::json!({ "openapi": "3.1.0", "info": { "title": "usher", "version": "1.0.0" } })])
            .build()
            .into()
    }

    operation! {
        /// The description of this API
        ///
        /// An OpenAPI 3.1 document, to generate clients from.
        GetOpenapi
    }

    pub async fn handle(request: AuthorizedRequest<GetOpenapi>) -> Result<Json<OpenApiDocument>, Problem> {
        let document = request.http_request.app_data::<web::Data<Document>>();
        let bytes = document.map(|document| document.0.clone()).unwrap_or_default();
        let kept = (header::CACHE_CONTROL, format!("public, max-age={MAX_AGE}"));
        Ok(Json::new(HttpResponse::Ok().content_type("application/json").insert_header(kept).body(bytes)))
    }
}

pub mod jwks {
    use crate::{
        operation::{
            operation,
            response::Json,
            schema::{described, list, schema},
        },
        problem::Problem,
        request::AuthorizedRequest,
    };
    use actix_web::{HttpResponse, http::header};
    use std::borrow::Cow;
    use usher_accounts::keyring::JWKS_MAX_AGE;
    use utoipa::{
        PartialSchema, ToSchema,
        openapi::{ObjectBuilder, RefOr, Schema, Type},
    };

    schema! {
        /// A JSON Web Key.
        Jwk = {
            let mut key = ObjectBuilder::new().description(Some("A public key (RFC 7517, RFC 7518 §6.2.1)."));
            for (name, about, example) in [
                ("kty", "The type of the key", "EC"),
                ("crv", "The curve", "P-256"),
                ("alg", "What it signs with", "ES256"),
                ("use", "What it is for", "sig"),
                ("kid", "Its id, as tokens name it", "0kZ1n1hSGmWyhXlNqJgT3nqCmq5Ff5k1Q1Q4m6mWw1E"),
                ("x", "The point's first coordinate, in base64url", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"),
                ("y", "The point's second coordinate, in base64url", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"),
            ] {
                key = key.property(name, described(Type::String, about, example)).required(name);
            }
            key.build().into()
        }
    }

    /// A JSON Web Key Set.
    pub struct Jwks;

    impl PartialSchema for Jwks {
        fn schema() -> RefOr<Schema> {
            ObjectBuilder::new()
                .description(Some("The public keys that verify access tokens (RFC 7517 §5)."))
                .property("keys", list("The keys, the one that signs first", "Jwk"))
                .required("keys")
                .build()
                .into()
        }
    }

    impl ToSchema for Jwks {
        fn name() -> Cow<'static, str> {
            "Jwks".into()
        }

        fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
            crate::operation::schema::add::<Jwk>(schemas);
        }
    }

    operation! {
        /// The keys that verify access tokens
        ///
        /// A JSON Web Key Set (RFC 7517), for other services to check the signatures with. A new key is in it for longer than
        /// the set may be kept before it signs; an old one, until the last of its tokens has expired.
        GetJwks
    }

    pub async fn handle(request: AuthorizedRequest<GetJwks>) -> Result<Json<Jwks>, Problem> {
        let service = &request.service;
        let headers = (header::CACHE_CONTROL, format!("public, max-age={JWKS_MAX_AGE}"));
        Ok(Json::new(HttpResponse::Ok().insert_header(headers).json(service.keyring.jwks(&service.database).await)))
    }
}
