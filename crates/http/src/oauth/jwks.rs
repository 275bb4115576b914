//! The public keys that verify access tokens.

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
            ("kty", "The key type", "EC"),
            ("crv", "The curve", "P-256"),
            ("alg", "The signature algorithm", "ES256"),
            ("use", "The purpose", "sig"),
            ("kid", "The key id, as used in token headers", "0kZ1n1hSGmWyhXlNqJgT3nqCmq5Ff5k1Q1Q4m6mWw1E"),
            ("x", "The x coordinate, base64url-encoded", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"),
            ("y", "The y coordinate, base64url-encoded", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"),
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
            .property("keys", list("The keys; the active signing key comes first", "Jwk"))
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
    /// JSON Web Key Set
    ///
    /// Returns the public keys that verify access tokens (RFC 7517). A new key is published before it signs, for
    /// longer than the set may be cached; an old key stays until its last token has expired.
    GetJwks
}

pub async fn handle(request: AuthorizedRequest<GetJwks>) -> Result<Json<Jwks>, Problem> {
    let service = &request.service;
    let headers = (header::CACHE_CONTROL, format!("public, max-age={JWKS_MAX_AGE}"));
    Ok(Json::new(HttpResponse::Ok().insert_header(headers).json(service.accounts.jwks().await)))
}
