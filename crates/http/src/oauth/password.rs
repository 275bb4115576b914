//! The password grant (RFC 6749 §4.3).

use crate::{middleware::request_context, operation::Operation, problem::Problem, request::AuthorizedRequest};
use usher_accounts::IssuedSession;

/// Begins a session if the password is that of the account. The request log names the user also if it is not.
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
    Ok(accounts.sign_in(account, password, request.client_address(), &request.metadata()).await?)
}
