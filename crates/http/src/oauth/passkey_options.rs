//! The options to sign in with a passkey.

use super::parameters::FormParameters;
use crate::{
    operation::{operation, response::Json},
    problem::{Problem, SecondFactorError},
    request::{
        AuthorizedRequest,
        body::{Body, Encoding, Field, FieldKind, InvalidBody, Writable},
    },
    resources::factors::PasskeyOptionsMembers,
};
use actix_web::{HttpResponse, http::header};
use usher_domain::Rule;

/// Whom the options are for.
pub struct PasskeyOptionsRequest {
    mfa_token: Option<String>,
}

impl Body for PasskeyOptionsRequest {
    const ENCODING: Encoding = Encoding::Form;
    const NAME: Option<&'static str> = Some("PasskeyOptionsRequest");
    const DESCRIPTION: &'static str = "Nothing, or the token of a sign-in that waits for a second factor.";
    const IS_OPTIONAL: bool = true;
    const FIELDS: &'static [Field] = &[Field {
        name: "mfa_token",
        required: false,
        kind: FieldKind::Text,
        rule: Rule::free(1, super::grant::MAX_MFA_TOKEN_LENGTH, "Zm9yLWV4YW1wbGUtb25seS1ub3QtYS1yZWFsLXRva2Vu"),
        description: "The token from the error `mfa_required`, for the second step of a sign-in",
    }];
    const INVALID: InvalidBody = InvalidBody {
        name: "InvalidMfaToken",
        description: "Invalid request or token",
        problems: || {
            vec![
                Problem::SecondFactor(SecondFactorError::TokenSpent),
                Problem::SecondFactor(SecondFactorError::NoPasskeys),
                super::parameters::invalid_request("`mfa_token` is duplicated.".to_owned()),
            ]
        },
    };

    fn read(bytes: &[u8], _: Writable<'_>) -> Result<Self, Problem> {
        let mut parameters = FormParameters::parse(bytes, &["mfa_token"])?;
        Ok(Self { mfa_token: parameters.optional("mfa_token") })
    }

    #[cfg(any(test, fuzzing))]
    fn parameters(&self) -> Vec<(&'static str, &str)> {
        self.mfa_token.iter().map(|token| ("mfa_token", token.as_str())).collect()
    }
}

operation! {
    /// Begin to sign in with a passkey
    ///
    /// Returns the options for a proof by a passkey, and a ceremony that is good for one sign-in, within five minutes: with
    /// `mfa_token` for the grant `urn:usher:grant:mfa`, with the user's passkeys; without it for the grant
    /// `urn:usher:grant:passkey`, which needs no password, with any passkey that verifies its user. In a browser, give
    /// `public_key` to `PublicKeyCredential.parseRequestOptionsFromJSON` and the result to `navigator.credentials.get`; send
    /// what `toJSON` of the credential returns. The number of requests per client is limited.
    RequestPasskeyOptions
}

pub async fn handle(request: AuthorizedRequest<RequestPasskeyOptions>) -> Result<Json<PasskeyOptionsMembers>, Problem> {
    let accounts = &request.service.accounts;
    let begun = match &request.body.mfa_token {
        Some(mfa_token) => accounts.begin_second_step(mfa_token, request.client_address()).await?,
        None => accounts.begin_passkey_sign_in(request.client_address()).await?,
    };
    let mut response = HttpResponse::Ok();
    response.insert_header((header::CACHE_CONTROL, "no-store"));
    Ok(Json::new(response.json(PasskeyOptionsMembers::from(begun))))
}
