//! The grant that completes a sign-in with a second factor, of usher.

use super::{grant::SecondFactor, passkey::presented};
use crate::{middleware::request_context, operation::Operation, problem::Problem, request::AuthorizedRequest};
use usher_accounts::{Error, IssuedSession, Proof};

/// Begins the session of a sign-in that has waited for its second step. The request log names the user also if the proof is
/// wrong. What cannot be a proof is wrong too, but is not counted.
pub async fn complete_sign_in<O: Operation>(
    request: &AuthorizedRequest<O>,
    mfa_token: &str,
    factor: &SecondFactor,
) -> Result<IssuedSession, Problem> {
    let accounts = &request.service.accounts;
    let sign_in = accounts.waiting_sign_in(mfa_token).await?;
    request_context::set_user(&request.http_request, sign_in.user);
    let proof = proof(factor).ok_or(Error::WrongProof)?;
    let completed = accounts.complete_sign_in(&sign_in, &proof, request.client_address(), &request.metadata()).await;
    completed.map_err(|error| match error {
        Error::CeremonySpent => Error::WrongProof.into(),
        error => error.into(),
    })
}

/// What was sent, if it has the form of a proof.
fn proof(factor: &SecondFactor) -> Option<Proof> {
    match factor {
        SecondFactor::Otp(code) => Proof::otp(code),
        SecondFactor::RecoveryCode(code) => Proof::recovery_code(code),
        SecondFactor::Passkey { ceremony, credential } => {
            presented(ceremony, credential).map(Box::new).map(Proof::Passkey)
        }
    }
}
