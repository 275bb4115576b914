//! The OpenAPI document.

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
    /// OpenAPI document
    ///
    /// Returns this API's OpenAPI 3.1 document, for client generators.
    GetOpenapi
}

pub async fn handle(request: AuthorizedRequest<GetOpenapi>) -> Result<Json<OpenApiDocument>, Problem> {
    let document = request.http_request.app_data::<web::Data<Document>>();
    let bytes = document.map(|document| document.0.clone()).unwrap_or_default();
    let kept = (header::CACHE_CONTROL, format!("public, max-age={MAX_AGE}"));
    Ok(Json::new(HttpResponse::Ok().content_type("application/json").insert_header(kept).body(bytes)))
}
