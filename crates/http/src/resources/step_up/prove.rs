//! Proving it with the password and, for users who have one, a second factor; or with a passkey alone.

use crate::{
    hypermedia::{
        links::{ResourceView, Viewer},
        representation::Representation,
    },
    operation::{ResourceType as _, operation, response::Represented},
    problem::Problem,
    request::{AuthorizedRequest, body::request, faults::Faults},
    resources::sessions::{SessionById, SessionMembers, SessionResource},
};
use actix_web::http::StatusCode;
use serde_json::Value;
use std::borrow::Cow;
use usher_accounts::{Error, MAX_PASSWORD_LENGTH, PresentedPasskey, Proof};
use usher_domain::{
    CeremonyToken, OneTimeCode,
    policy::{AuthenticatedUser, Principal},
    second_step::TypedRecoveryCode,
    text::SecretText,
};
use usher_persistence::TargetIds;

request! {
    /// The password and, if you have a second factor, a proof of it; or a passkey that verifies you.
    pub struct StepUpProof as "StepUpProof" {
        /// Your password
        optional password: SecretText<MAX_PASSWORD_LENGTH>,
        /// A one-time code of your authenticator app
        optional otp: OneTimeCode,
        /// One of your recovery codes; case, spaces and hyphens do not matter
        optional recovery_code: TypedRecoveryCode,
        /// The ceremony that a passkey has answered
        optional ceremony: CeremonyToken,
        /// The answer of the passkey, in the JSON of Web Authentication (`AuthenticationResponseJSON`); needs `ceremony`
        optional_object credential: Value,
    }
}

operation! {
    /// Prove again who you are
    ///
    /// Some operations require that the user of the session has proved who they are not long ago. Requires the password
    /// and, if you have a second factor, a one-time code, a recovery code or a passkey; or a passkey alone, if it has
    /// verified you. If the password is wrong, the proof is not used up. Returns the session, which is fresh now.
    StepUp
}

pub async fn handle(request: AuthorizedRequest<StepUp>) -> Result<Represented<SessionResource>, Problem> {
    let (accounts, address) = (&request.service.accounts, request.client_address());
    let Sent { password, factor } = sent(&request.body, &request.principal)?;
    let proof = factor.as_ref().map(|(_, proof)| proof);
    let stepped_up = accounts.step_up(&request.write_request(), password, proof, address).await;
    let (session, principal) = stepped_up.map_err(|error| match (error, &factor) {
        (Error::WrongPassword, _) => Problem::field("password", "wrong_password", "is not your password"),
        (Error::WrongProof, Some((CREDENTIAL, _))) => {
            Problem::field(CREDENTIAL, "invalid_credential", "does not prove one of your passkeys")
        }
        (Error::WrongProof, Some((field, _))) => Problem::field(field, "wrong_code", "is wrong, or was used before"),
        (error, _) => error.into(),
    })?;
    let viewer = Viewer { principal: &principal, ..request.viewer() };
    let ids = TargetIds::owned(session.user_id, session.id);
    let view = ResourceView::of_target::<SessionById>(viewer, SessionResource::KIND, ids, Some(&session));
    let members = SessionMembers::new(&session, &principal);
    let body = Representation::new(members, view, Vec::new(), request.media);
    request.send(StatusCode::OK, &[], &body).map(Represented::new)
}

/// The field that a passkey is sent in.
const CREDENTIAL: &str = "credential";

/// What a body proves.
struct Sent<'a> {
    password: Option<&'a str>,
    /// The field that proves a second factor, and its value.
    factor: Option<(&'static str, Proof)>,
}

/// The field that a user who has a second factor lacks if none is sent; of several, the one that most can fill in.
fn needed(principal: &Principal) -> Option<&'static str> {
    // In a fresh session nothing is needed: the write refuses it.
    match principal {
        Principal::User(AuthenticatedUser { assurance, .. }) if assurance.enrolled && !assurance.fresh => {
            Some(match (assurance.has_totp, assurance.has_passkeys) {
                (true, _) => "otp",
                (false, true) => CREDENTIAL,
                (false, false) => "recovery_code",
            })
        }
        _ => None,
    }
}

/// What was sent, or every fault in it. A user who has a second factor must prove one. Only a passkey can be without the
/// password.
fn sent<'a>(body: &'a StepUpProof, principal: &Principal) -> Result<Sent<'a>, Problem> {
    let mut faults = Faults::default();
    let has_passkey = body.ceremony.is_some() || body.credential.is_some();
    let mut sent =
        [("otp", body.otp.is_some()), ("recovery_code", body.recovery_code.is_some()), (CREDENTIAL, has_passkey)]
            .into_iter()
            .filter(|(_, is_sent)| *is_sent);
    let first = sent.next();
    if let (Some((first, _)), Some((second, _))) = (first, sent.next()) {
        faults.add(second, "not_together", format!("must not be sent together with `{first}`"));
    }
    if body.password.is_none() && !has_passkey {
        faults.add("password", "required", "is required");
    }
    if first.is_none()
        && let Some(field) = needed(principal)
    {
        faults.add(field, "required", "is required, because you have a second factor");
    }
    let code = |proof: Option<Proof>| proof.ok_or(("wrong_code", Cow::Borrowed("does not have the form of a code")));
    let factor = match first {
        Some(("otp", _)) => body.otp.as_ref().map(|otp| ("otp", code(Proof::otp(otp.as_str())))),
        Some(("recovery_code", _)) => {
            let typed = body.recovery_code.as_ref();
            typed.map(|typed| ("recovery_code", code(Proof::recovery_code(typed.as_str()))))
        }
        Some(_) => match (&body.ceremony, &body.credential) {
            (Some(ceremony), Some(credential)) => {
                let passkey = PresentedPasskey::parse(ceremony.as_str(), credential);
                let passkey = passkey.map(|passkey| Proof::Passkey(Box::new(passkey)));
                Some((CREDENTIAL, passkey.map_err(|error| ("invalid_credential", error.to_string().into()))))
            }
            (ceremony, _) => {
                let missing = if ceremony.is_some() { CREDENTIAL } else { "ceremony" };
                faults.add(missing, "required", "is required with a passkey");
                None
            }
        },
        None => None,
    };
    let factor = factor.and_then(|(field, proof)| match proof {
        Ok(proof) => Some((field, proof)),
        Err((code, detail)) => {
            faults.add(field, code, detail);
            None
        }
    });
    let password = body.password.as_ref().map(SecretText::as_str);
    if faults.is_empty() { Ok(Sent { password, factor }) } else { Err(Problem::Invalid(faults)) }
}
