//! The password grant (RFC 6749 §4.3).

use crate::{
    middleware::request_context,
    operation::Operation,
    problem::{MfaChallenge, Problem},
    request::AuthorizedRequest,
};
use usher_accounts::{IssuedSession, SignedIn};

/// Begins a session if the password is that of the account. For users with a second factor the answer is a token for the next
/// step. The request log names the user also if the password is wrong.
pub async fn sign_in<O: Operation>(
    request: &AuthorizedRequest<O>,
    username: &str,
    password: &str,
) -> Result<IssuedSession, Problem> {
    let accounts = &request.service.accounts;
    let account = accounts.account_named(username).await?;
    if let Some(id) = account.user() {
        request_context::set_user(&request.http_request, id);
    }
    match accounts.sign_in(account, password, request.client_address(), &request.metadata()).await? {
        SignedIn::Session(issued) => Ok(issued),
        SignedIn::SecondStep { mfa_token, methods } => {
            Err(Problem::MfaRequired(MfaChallenge { token: mfa_token, methods }))
        }
    }
}
