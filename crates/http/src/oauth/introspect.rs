//! Introspection (RFC 7662), for services with a credential.

use super::presented::{Kind, Meaning, meaning};
use crate::{
    operation::{operation, response::Json},
    problem::Problem,
    request::{AuthorizedRequest, lookup},
    service::Service,
};
use actix_web::HttpResponse;
use serde::Serialize;
use usher_auth::tokens::CLIENT_ID;
use usher_domain::{User, policy::Principal};
use usher_persistence::{Credential, TargetIds};
use utoipa::ToSchema;
use uuid::Uuid;

/// What a token is good for now (RFC 7662 §2.2). Of one that is good for nothing only `active` is said.
#[derive(Serialize, ToSchema, Default)]
#[schema(as = Introspection, example = json!({
    "active": true,
    "token_type": "Bearer",
    "client_id": "usher",
    "sub": "01937f3e-8b5a-7c31-9f5e-2f6f0c9b1a77",
    "username": "ada",
    "role": "user",
    "sid": "01937f3e-9c11-7d02-8a3b-6f1d0e5c2b48",
    "iss": "https://id.example.com",
    "aud": "https://id.example.com",
    "exp": 1_800_000_000,
}))]
pub struct Introspection {
    /// Whether the token holds: its time has not passed, its session lives and its user may sign in.
    #[schema(example = true)]
    active: bool,
    /// `Bearer`, for an access token.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Bearer")]
    token_type: Option<&'static str>,
    /// The client the token was made for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "usher")]
    client_id: Option<&'static str>,
    /// The user's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "01937f3e-8b5a-7c31-9f5e-2f6f0c9b1a77")]
    sub: Option<Uuid>,
    /// The user's name at this moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "ada")]
    username: Option<String>,
    /// The user's role at this moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<crate::resources::users::Role>)]
    role: Option<&'static str>,
    /// The session.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "01937f3e-8b5a-7c31-9f5e-2f6f0c9b1a78")]
    sid: Option<Uuid>,
    /// Who made the token.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "https://id.example.com")]
    iss: Option<String>,
    /// Whom an access token is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "https://api.example.com")]
    aud: Option<String>,
    /// When it expires, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 1_800_000_000)]
    exp: Option<u64>,
}

operation! {
    /// Look at a token
    ///
    /// Tells a service whether a token is good at this moment, and whose it is. The service proves itself by HTTP Basic with a
    /// credential that the operator has given it.
    IntrospectToken
}

pub async fn handle(request: AuthorizedRequest<IntrospectToken>) -> Result<Json<Introspection>, Problem> {
    let introspection = introspection(&request.service, &request.body.token).await?;
    Ok(Json::new(HttpResponse::Ok().json(introspection)))
}

async fn introspection(service: &Service, token: &str) -> Result<Introspection, Problem> {
    let Some(Meaning { caller, kind, expires_at }) = meaning(service, token).await? else {
        return Ok(Introspection::default());
    };
    let Credential { user, session } = caller.credential;
    let found = lookup(service, Some(&caller), TargetIds::user(user)).await?;
    let (Principal::User(member), Some(User { username, .. })) = (found.principal, found.user) else {
        return Ok(Introspection::default());
    };
    if kind == (Kind::Refresh { spent: true }) {
        return Ok(Introspection::default());
    }
    let access = kind == Kind::Access;
    Ok(Introspection {
        active: true,
        token_type: access.then_some("Bearer"),
        client_id: Some(CLIENT_ID),
        sub: Some(user),
        username: Some(username.as_str().to_owned()),
        role: Some(member.role.as_str()),
        sid: Some(session),
        iss: Some(service.settings.public_url.clone()),
        aud: access.then(|| service.keyring.audience().to_owned()),
        exp: Some(expires_at),
    })
}
