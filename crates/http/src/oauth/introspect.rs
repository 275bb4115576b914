//! Introspection (RFC 7662), for services with a credential.

use crate::{
    operation::{operation, response::Json},
    problem::Problem,
    request::AuthorizedRequest,
    service::Service,
};
use actix_web::HttpResponse;
use serde::Serialize;
use usher_accounts::{ActiveToken, TokenKind};
use usher_auth::jwt::CLIENT_ID;
use utoipa::ToSchema;
use uuid::Uuid;

/// The state of a token (RFC 7662 §2.2). For an invalid token only `active` is present.
#[derive(Serialize, ToSchema, Default)]
#[schema(as = Introspection, example = json!({
    "active": true,
    "token_type": "Bearer",
    "client_id": "usher",
    "sub": "01937f3e-8b5a-7c31-9f5e-2f6f0c9b1a77",
    "username": "ada",
    "role": "support",
    "permissions": ["users.lift-throttle", "users.read"],
    "sid": "01937f3e-9c11-7d02-8a3b-6f1d0e5c2b48",
    "amr": ["pwd"],
    "auth_time": 1_799_999_100,
    "iss": "https://id.example.com",
    "aud": "https://id.example.com",
    "exp": 1_800_000_000,
}))]
pub struct Introspection {
    /// Whether the token is valid: it has not expired, its session is active or the API key has not been revoked, and its user
    /// may sign in.
    #[schema(example = true)]
    active: bool,
    /// `Bearer` for an access token, `api_key` for an API key.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Bearer")]
    token_type: Option<&'static str>,
    /// The client that the token was issued to; absent for an API key.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "usher")]
    client_id: Option<&'static str>,
    /// The user's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "01937f3e-8b5a-7c31-9f5e-2f6f0c9b1a77")]
    sub: Option<Uuid>,
    /// The current username.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "ada")]
    username: Option<String>,
    /// The current role; absent for an API key.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<crate::resources::roles::Role>)]
    role: Option<String>,
    /// The permissions of the user's role now, sorted by name; for an API key, those among its scopes. Empty while the user lacks
    /// a required second factor.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<Vec<String>>, example = json!(["users.read"]))]
    permissions: Option<Vec<&'static str>>,
    /// What an API key may do now: its scopes without the permissions that its owner lacks, separated by spaces. Empty while the
    /// owner lacks a required second factor.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "account.read users.read")]
    scope: Option<String>,
    /// The session; absent for an API key.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "01937f3e-8b5a-7c31-9f5e-2f6f0c9b1a78")]
    sid: Option<Uuid>,
    /// How the user has proved, in this session, who they are (RFC 8176); absent for an API key.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<Vec<String>>, example = json!(["pwd"]))]
    amr: Option<Vec<&'static str>>,
    /// When the user last proved it, in seconds since the Unix epoch; absent for an API key.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 1_799_999_100)]
    auth_time: Option<i64>,
    /// The issuer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "https://id.example.com")]
    iss: Option<String>,
    /// The audience of an access token.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "https://api.example.com")]
    aud: Option<String>,
    /// The expiry time, in seconds since the Unix epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 1_800_000_000)]
    exp: Option<u64>,
}

operation! {
    /// Introspect a token
    ///
    /// Reports whether a token or an API key is valid now, and to which user it belongs (RFC 7662). The calling service authenticates
    /// by HTTP Basic with credentials that the operator configured.
    IntrospectToken
}

pub async fn handle(request: AuthorizedRequest<IntrospectToken>) -> Result<Json<Introspection>, Problem> {
    let service = &request.service;
    let introspection = match service.accounts.introspect(&request.body.token).await? {
        Some(token) => describe(service, token),
        None => Introspection::default(),
    };
    Ok(Json::new(HttpResponse::Ok().json(introspection)))
}

fn describe(service: &Service, token: ActiveToken) -> Introspection {
    let ActiveToken { kind, user, session, authentication, caller, expires_at } = token;
    let is_key = kind == TokenKind::ApiKey;
    Introspection {
        active: true,
        token_type: match kind {
            TokenKind::Access => Some("Bearer"),
            TokenKind::Refresh => None,
            TokenKind::ApiKey => Some("api_key"),
        },
        client_id: (!is_key).then_some(CLIENT_ID),
        sub: Some(user.id),
        username: Some(user.username.as_str().to_owned()),
        role: (!is_key).then(|| user.role.name.as_str().to_owned()),
        permissions: Some(caller.usable_permissions().names()),
        scope: caller.usable_scopes().map(|scopes| scopes.names().join(" ")),
        sid: session,
        amr: authentication.map(|authentication| authentication.methods.names()),
        auth_time: authentication.map(|authentication| authentication.at.timestamp()),
        iss: Some(service.settings.public_url.clone()),
        aud: (kind == TokenKind::Access).then(|| service.accounts.keyring().audience().to_owned()),
        exp: Some(expires_at),
    }
}
