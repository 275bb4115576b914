//! Signing in with a password (RFC 6749 §4.3).

use super::{
    grant::NAME,
    token::{IssueToken, Issued, invalid_grant},
};
use crate::{
    middleware::request_context,
    problem::Problem,
    request::AuthorizedRequest,
    resources::users::proof::{RENEWALS, renewed_again_and_again},
    service::Service,
};
use std::net::IpAddr;
use usher_auth::{PasswordCheck, Requester, opaque};
use usher_domain::{
    EmailAddress, NewPassword, checked,
    fold::{fold, trim},
};
use usher_persistence::{Credentials, Identifier, RequestMetadata, SignIn, SignInCounters};

/// Begins a session for whoever knows the password.
pub async fn sign_in(
    request: &AuthorizedRequest<IssueToken>,
    username: &str,
    password: &str,
) -> Result<Issued, Problem> {
    let (service, origin) = (&request.service, request.metadata());
    let from = request.client_address();
    let identifier = identifier(username);
    let credentials = match &identifier {
        Some(identifier) => service.database.credentials(identifier).await?,
        None => None,
    };
    let user = credentials.as_ref().map(|credentials| credentials.id);
    if let Some(id) = user {
        request_context::set_user(&request.http_request, id);
    }
    let name = identifier.as_ref().map_or(username, Identifier::key);
    let guess = service.guess_at_sign_in(user, name, from, &origin).await?;
    let counters = guess.as_ref().map(|guess| &guess.counters);
    match begin(service, credentials, password, counters, (from, &origin)).await {
        Ok(Some(issued)) => Ok(issued),
        Ok(None) => {
            service.database.sign_in_refused(user, counters, &origin).await?;
            Err(invalid_grant())
        }
        Err(problem) => {
            if let Some(counters) = counters {
                service.take_back(&counters.judging()).await;
            }
            Err(problem)
        }
    }
}

/// The session, if the password is right and its user may sign in. Where another sign-in has renewed the hash meanwhile, the
/// password is verified against the new one.
async fn begin(
    service: &Service,
    mut credentials: Option<Credentials>,
    password: &str,
    counters: Option<&SignInCounters>,
    (from, origin): (Option<IpAddr>, &RequestMetadata),
) -> Result<Option<Issued>, Problem> {
    let rules = service.settings.sign_in_rules();
    let requester = Requester { address: from, known: counters.is_some_and(|counters| counters.familiar) };
    for _ in 0..RENEWALS {
        // A hash is computed whether there is such a user or not.
        let hash = credentials.as_ref().and_then(|credentials| credentials.password_hash.as_deref());
        let PasswordCheck { matches, needs_rehash } = service.hasher.verify(password, hash, requester).await?;
        // Nothing more is done for who may not sign in, or the time that it takes would tell whether the password is right.
        let may = |known: &Credentials| matches && rules.admit(known.status, known.email_verified);
        let Some(known) = credentials.filter(may) else { return Ok(None) };
        let renewed = match checked::<NewPassword>(password) {
            // One that finds no place in the queue is renewed another time.
            Ok(password) if needs_rehash => service.hasher.hash(&password, Requester::known(from)).await.ok(),
            _ => None,
        };
        let refresh_token = opaque::generate().map_err(|error| Problem::Internal(error.to_string()))?;
        let digest = opaque::sha256(refresh_token.as_bytes());
        match service.database.sign_in(&known, renewed.as_deref(), &digest, counters, rules, origin).await? {
            SignIn::Begun(session) => {
                return Ok(Some(Issued { user: session.user_id, session: session.id, refresh_token }));
            }
            SignIn::Refused => return Ok(None),
            SignIn::HashReplaced => credentials = service.database.credentials_again(&known).await?,
        }
    }
    Err(renewed_again_and_again())
}

/// How the name that was sent is looked up: only an e-mail address has an `@`. White space around it is no part of it.
fn identifier(name: &str) -> Option<Identifier> {
    let name = trim(name);
    if name.chars().count() > NAME {
        return None;
    }
    let key = fold(name);
    // No name has one, and Postgres keeps none.
    if key.contains('\0') {
        return None;
    }
    Some(if key.contains('@') { Identifier::Email(EmailAddress::typed_key(name)) } else { Identifier::Username(key) })
}
