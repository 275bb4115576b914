//! Creating an API key.

use super::{ApiKeyById, ApiKeyMembers, ApiKeyResource, CreatedApiKeyMembers, CreatedApiKeyResource};
use crate::{
    hypermedia::representation::Representation,
    operation::{Listed as _, PathParameters, ResourceType as _, operation, response::Created},
    problem::Problem,
    request::{
        AuthorizedRequest,
        body::{ValueContext, request},
    },
};
use actix_web::http::{StatusCode, header};
use usher_accounts::{ApiKeyToCreate, MAX_PASSWORD_LENGTH};
use usher_domain::{
    ApiKeyExpiry, ApiKeyName, Fault, Scope, ScopeSet, checked, policy::may_give_to_key, text::SecretText,
};
use usher_persistence::TargetIds;

request! {
    /// The API key to create.
    pub struct ApiKeyCreation as "ApiKeyCreation" checked by value_fault {
        /// What the key is called
        required name: ApiKeyName,
        /// What the key allows; only what you may do yourself now. Include what each scope requires
        required_set scopes: ScopeSet,
        /// When the key expires, in RFC 3339 with a time zone, such as 2027-01-02T03:04:05Z; in 90 days if absent, and at
        /// most in a year if the operator has set no other limit
        optional expires_at: ApiKeyExpiry,
        /// The current password. It need not be sent, and is verified if it is
        optional current_password: SecretText<MAX_PASSWORD_LENGTH>,
    }
}

operation! {
    /// Create an API key
    ///
    /// Creates a long-lived credential for a script. The key itself is in this response only. It may do what its scopes
    /// name, as far as its owner may do it at that time. It is created in a fresh session. The owner is notified by mail. A
    /// user can have 50 keys that have not expired.
    CreateApiKey
}

/// A scope must be one that the caller may use, and the key must expire within the limit.
fn value_fault(context: &ValueContext<'_>, field: &str, value: &str) -> Option<Fault> {
    match field {
        "scopes" => {
            let scope = Scope::from_name(value)?;
            let usable = may_give_to_key(context.principal, scope);
            (!usable).then(|| Fault::new("not_held", "is a permission that your role does not have"))
        }
        "expires_at" => {
            let expiry: ApiKeyExpiry = checked(value).ok()?;
            expiry.check(context.clock.now(), context.settings.api_key_max_ttl).err()
        }
        _ => None,
    }
}

pub async fn handle(request: AuthorizedRequest<CreateApiKey>) -> Result<Created<CreatedApiKeyResource>, Problem> {
    let ApiKeyCreation { name, scopes, expires_at, current_password } = &request.body;
    let service = &request.service;
    let expires_at = expires_at.map(ApiKeyExpiry::time);
    let wanted = ApiKeyToCreate {
        name,
        scopes: *scopes,
        expires_at,
        current_password: current_password.as_ref().map(SecretText::as_str),
    };
    let user = &request.target.user;
    let created =
        service.accounts.create_api_key(&request.write_request(), user, wanted, request.client_address()).await?;
    let (key, secret) = created;
    let ids = TargetIds::owned(user.id, key.id);
    let view = request.view(ApiKeyResource::PAGE).other::<ApiKeyById>(ApiKeyResource::KIND, ids, &key);
    let members = CreatedApiKeyMembers { members: ApiKeyMembers::from(&key), key: &secret };
    let body = Representation::new(members, view, Vec::new(), request.media);
    let location = service.api.url_of(ApiKeyResource::KIND, PathParameters::of::<ApiKeyById>(ids));
    request.send(StatusCode::CREATED, &[(header::LOCATION, location)], &body).map(Created::new)
}
