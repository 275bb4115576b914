//! A client and an authenticator of another library, which signs by another cryptographic library.

use super::{authenticator::text, *};
use async_trait::async_trait;
use coset::iana;
use passkey::{
    authenticator::{Authenticator, UiHint, UserCheck, UserValidationMethod},
    client::{Client, DefaultClientData},
    crypto::AvailableBackend,
    types::{
        Passkey as Stored,
        ctap2::{Aaguid, Ctap2Error},
        webauthn::{CredentialCreationOptions, CredentialRequestOptions},
    },
};
use serde::Serialize;
use serde_json::{Value, json};
use url::Url;

/// A person who always agrees, before an authenticator that may be able to verify them.
struct Person {
    can_be_verified: bool,
}

#[async_trait]
impl UserValidationMethod for Person {
    type PasskeyItem = Stored;

    async fn check_user<'a>(
        &self,
        _: UiHint<'a, Stored>,
        presence: bool,
        verification: bool,
    ) -> Result<UserCheck, Ctap2Error> {
        Ok(UserCheck { presence, verification: verification && self.can_be_verified })
    }

    fn is_verification_enabled(&self) -> Option<bool> {
        Some(self.can_be_verified)
    }

    fn is_presence_enabled(&self) -> bool {
        true
    }
}

struct Authenticators {
    can_be_verified: bool,
    counts: bool,
    algorithm: iana::Algorithm,
    origin: &'static str,
}

const USUAL: Authenticators =
    Authenticators { can_be_verified: true, counts: false, algorithm: iana::Algorithm::ES256, origin: ORIGIN };

impl Authenticators {
    /// Registers a passkey with the first relying party, then proves it in each way (as a second factor or to sign in).
    async fn play(
        self,
        relying_party: &RelyingParty,
        proofs: &[UserVerification],
    ) -> Vec<Result<Assertion, PasskeyError>> {
        let person = Person { can_be_verified: self.can_be_verified };
        let mut authenticator = Authenticator::new(Aaguid::new_empty(), None::<Stored>, person, AvailableBackend);
        authenticator.set_make_credentials_with_signature_counter(self.counts);
        authenticator.set_algorithms(&[self.algorithm]).unwrap();
        let mut client = Client::new(authenticator)
            .user_verification_when_preferred(self.can_be_verified)
            .allows_insecure_localhost(true);
        let origin = Url::parse(self.origin).unwrap();

        let (options, state) = relying_party.creation_options(user(), UserVerification::Preferred, []).unwrap();
        let options: CredentialCreationOptions = serde_json::from_value(json!({ "publicKey": options })).unwrap();
        let credential = client.register(&origin, options, DefaultClientData).await.unwrap();
        let credential = in_json(credential);
        let created = relying_party.finish_creation(&state, CreationResponse::parse(&credential).unwrap());
        let mut passkey = match created {
            Ok(passkey) => passkey,
            Err(error) => return vec![Err(error)],
        };
        let mut results = Vec::new();
        for proof in proofs {
            let allowed = [passkey.clone()];
            let allowed = (*proof == UserVerification::Preferred).then_some(&allowed[..]);
            let (options, state) = relying_party.request_options(allowed, *proof).unwrap();
            let options: CredentialRequestOptions = serde_json::from_value(json!({ "publicKey": options })).unwrap();
            let credential = client.authenticate(&origin, options, DefaultClientData).await.unwrap();
            let response = RequestResponse::parse(&in_json(credential)).unwrap();
            assert_eq!(response.credential_id(), passkey.credential_id());
            let result = relying_party.finish_request(&state, &passkey, &response);
            if let Ok(assertion) = &result {
                passkey = assertion.passkey.clone();
            }
            results.push(result);
        }
        results
    }
}

/// A credential in the JSON of the standard. The library writes bytes as arrays, and members that are missing as `null`.
fn in_json(credential: impl Serialize) -> Value {
    fn write(value: Value) -> Value {
        match value {
            Value::Array(items) if items.iter().all(Value::is_u64) => {
                text(&serde_json::from_value::<Vec<u8>>(items.into()).unwrap()).into()
            }
            Value::Object(members) => members
                .into_iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(name, value)| (name, write(value)))
                .collect(),
            other => other,
        }
    }
    write(serde_json::to_value(credential).unwrap())
}

#[tokio::test]
async fn a_verified_user_proves_and_signs_in() {
    for algorithm in [iana::Algorithm::ES256, iana::Algorithm::EdDSA] {
        let proofs = [UserVerification::Preferred, UserVerification::Required, UserVerification::Required];
        let results = Authenticators { algorithm, ..USUAL }.play(&relying_party(), &proofs).await;
        assert_eq!(results.len(), 3);
        for result in results {
            let assertion = result.unwrap();
            assert!(assertion.is_two_factors());
            assert_eq!((assertion.passkey.user_handle(), assertion.passkey.sign_count()), (HANDLE, 0));
        }
    }
}

#[tokio::test]
async fn a_user_who_is_only_present_proves_one_factor() {
    let authenticators = Authenticators { can_be_verified: false, ..USUAL };
    let results = authenticators.play(&relying_party(), &[UserVerification::Preferred]).await;
    let [Ok(assertion)] = &results[..] else { panic!("{results:?}") };
    assert!(!assertion.user_verified && !assertion.is_two_factors());
}

#[tokio::test]
async fn a_count_goes_up() {
    let authenticators = Authenticators { counts: true, ..USUAL };
    let results = authenticators.play(&relying_party(), &[UserVerification::Preferred; 3]).await;
    let counts: Vec<u32> = results.into_iter().map(|result| result.unwrap().passkey.sign_count()).collect();
    assert!(counts.is_sorted_by(|one, two| one < two), "{counts:?}");
}

#[tokio::test]
async fn a_page_of_another_origin_within_the_domain_is_refused() {
    for origin in ["https://other.example.com", "https://id.example.com:444", "https://a.id.example.com"] {
        let results = Authenticators { origin, ..USUAL }.play(&relying_party(), &[]).await;
        assert!(matches!(results[..], [Err(PasskeyError::WrongOrigin)]), "{results:?}");
    }
}

#[tokio::test]
async fn passkeys_work_on_localhost() {
    let relying_party = RelyingParty::new("localhost", "usher", ["http://localhost:8080"]).unwrap();
    let authenticators = Authenticators { origin: "http://localhost:8080", ..USUAL };
    let results = authenticators.play(&relying_party, &[UserVerification::Required]).await;
    assert!(matches!(&results[..], [Ok(_)]), "{results:?}");
}
