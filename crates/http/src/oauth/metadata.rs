//! Authorization server metadata (RFC 8414).

use super::{grant::GRANT_TYPES, introspect::IntrospectToken, jwks::GetJwks, revoke::RevokeToken, token::IssueToken};
use crate::{
    operation::{Operation as _, OperationSpec, operation, response::Json},
    problem::Problem,
    request::AuthorizedRequest,
    web::docs::page::GetDocs,
};
use actix_web::{HttpResponse, http::header};
use serde::Serialize;
use utoipa::ToSchema;

/// Authorization server metadata (RFC 8414 §2). `response_types_supported` is absent because there is no authorization
/// endpoint.
#[derive(Serialize, ToSchema)]
#[schema(as = Metadata)]
pub struct Metadata {
    /// The issuer of the tokens
    #[schema(example = "https://id.example.com")]
    issuer: String,
    /// The token endpoint
    #[schema(example = "https://id.example.com/v1/oauth/token")]
    token_endpoint: String,
    /// The revocation endpoint
    #[schema(example = "https://id.example.com/v1/oauth/revoke")]
    revocation_endpoint: String,
    /// The introspection endpoint
    #[schema(example = "https://id.example.com/v1/oauth/introspect")]
    introspection_endpoint: String,
    /// JSON Web Key Set
    #[schema(example = "https://id.example.com/.well-known/jwks.json")]
    jwks_uri: String,
    /// Human-readable documentation
    #[schema(example = "https://id.example.com/docs")]
    service_documentation: String,
    /// Supported grant types
    #[schema(example = json!(["password", "refresh_token", "urn:usher:grant:mfa", "urn:usher:grant:passkey"]))]
    grant_types_supported: [&'static str; 4],
    /// Client authentication methods of the token endpoint: none
    #[schema(example = json!(["none"]))]
    token_endpoint_auth_methods_supported: [&'static str; 1],
    /// Client authentication methods of the token endpoint: none
    #[schema(example = json!(["none"]))]
    revocation_endpoint_auth_methods_supported: [&'static str; 1],
    /// Client authentication methods of the introspection endpoint: HTTP Basic
    #[schema(example = json!(["client_secret_basic"]))]
    introspection_endpoint_auth_methods_supported: [&'static str; 1],
}

operation! {
    /// Authorization server metadata
    ///
    /// Returns authorization server metadata (RFC 8414). The same document is served at
    /// `/.well-known/openid-configuration`, where some libraries and gateways look for the issuer and the keys. The
    /// service is not an `OpenID` provider, and the document does not claim that it is.
    GetMetadata
}

pub async fn handle(request: AuthorizedRequest<GetMetadata>) -> Result<Json<Metadata>, Problem> {
    let issuer = &request.service.settings.public_url;
    let url = |spec: &OperationSpec| format!("{issuer}{}", spec.path);
    let metadata = Metadata {
        issuer: issuer.clone(),
        token_endpoint: url(IssueToken::SPEC),
        revocation_endpoint: url(RevokeToken::SPEC),
        introspection_endpoint: url(IntrospectToken::SPEC),
        jwks_uri: url(GetJwks::SPEC),
        service_documentation: url(GetDocs::SPEC),
        grant_types_supported: GRANT_TYPES,
        token_endpoint_auth_methods_supported: ["none"],
        revocation_endpoint_auth_methods_supported: ["none"],
        introspection_endpoint_auth_methods_supported: ["client_secret_basic"],
    };
    Ok(Json::new(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "public, max-age=60")).json(metadata)))
}
