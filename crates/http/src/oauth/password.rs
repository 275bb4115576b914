//! Signing in with a password (RFC 6749 §4.3).

use super::{
    grant::NAME,
    token::{Issued, invalid_grant},
};
use crate::{call::Call, journal, operations::IssueToken, problem::Problem};
use usher_auth::{Verdict, opaque};
use usher_domain::{NewPassword, checked, fold::fold};
use usher_persistence::Identifier;

/// Begins a session for whoever knows the password.
pub async fn sign_in(call: &Call<IssueToken>, username: &str, password: &str) -> Result<Issued, Problem> {
    let (service, origin) = (&call.service, call.service.origin(&call.request));
    let from = service.address(&call.request);
    let credentials = match identifier(username) {
        Some(identifier) => service.database.credentials(&identifier).await?,
        None => None,
    };
    if let Some(credentials) = &credentials {
        journal::user(&call.request, credentials.id);
    }
    // A hash is computed whether there is such a user or not.
    let hash = credentials.as_ref().and_then(|credentials| credentials.password_hash.as_deref());
    let Verdict { matches, outdated } = service.hasher.verify(password, hash, from).await?;
    if let Some(credentials) = credentials.as_ref().filter(|_| matches) {
        let rehashed = match checked::<NewPassword>(password) {
            Ok(password) if outdated => Some(service.hasher.hash(&password, from).await?),
            _ => None,
        };
        let refresh_token = opaque::generate().map_err(|error| Problem::Internal(error.to_string()))?;
        let digest = opaque::sha256(refresh_token.as_bytes());
        let rules = service.settings.sign_in_rules();
        let session = service.database.sign_in(credentials, rehashed.as_deref(), &digest, rules, &origin).await?;
        if let Some(session) = session {
            return Ok(Issued { user: session.user_id, session: session.id, refresh_token });
        }
    }
    service.database.sign_in_refused(credentials.map(|credentials| credentials.id), &origin).await?;
    Err(invalid_grant())
}

/// How the name that was sent is looked up: only an e-mail address has an `@`.
fn identifier(name: &str) -> Option<Identifier> {
    if name.chars().count() > NAME {
        return None;
    }
    let key = fold(name);
    // No name has one, and Postgres keeps none.
    if key.contains('\0') {
        return None;
    }
    Some(if key.contains('@') { Identifier::Email(key) } else { Identifier::Username(key) })
}
