use super::{
    authenticator::{AT, Answer, BE, BS, ED, Key, UP, UV, bytes, text},
    *,
};
use aws_lc_rs::rsa::KeySize;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL};
use coset::cbor::cbor;
use serde_json::{Value, json};
use std::slice;

/// A passkey with these flags and this count.
fn register(key: &Key, flags: u8, count: u32) -> Passkey {
    let (options, state) = relying_party().creation_options(user(), UserVerification::Preferred, []).unwrap();
    let mut answer = Answer::new("webauthn.create", &options, key);
    (answer.flags, answer.count) = (flags, count);
    relying_party().finish_creation(&state, CreationResponse::parse(&answer.creation()).unwrap()).unwrap()
}

/// Proves with the passkey what the test makes of an answer, as a second factor.
fn prove(key: &Key, passkey: &Passkey, change: impl FnOnce(&mut Answer)) -> Result<Assertion, PasskeyError> {
    prove_with(Some(slice::from_ref(passkey)), UserVerification::Preferred, key, passkey, change)
}

fn prove_with(
    allowed: Option<&[Passkey]>,
    user_verification: UserVerification,
    key: &Key,
    passkey: &Passkey,
    change: impl FnOnce(&mut Answer),
) -> Result<Assertion, PasskeyError> {
    let (options, state) = relying_party().request_options(allowed, user_verification).unwrap();
    let mut answer = Answer::new("webauthn.get", &options, key);
    change(&mut answer);
    relying_party().finish_request(&state, passkey, &RequestResponse::parse(&answer.request(key))?)
}

#[test]
fn the_options_are_those_of_the_standard() {
    let passkey = register(&Key::es256(), UP, 0);
    let (options, state) = relying_party().request_options(Some(&[passkey]), UserVerification::Preferred).unwrap();
    let challenge = options["challenge"].as_str().unwrap();
    assert_eq!(challenge.len(), 43);
    let id = text(b"the id of the credential");
    let expected = json!({
        "challenge": challenge,
        "timeout": 300_000,
        "rpId": "example.com",
        "allowCredentials": [{ "type": "public-key", "id": id, "transports": ["usb", "nfc"] }],
        "userVerification": "preferred",
    });
    assert_eq!(options, expected);
    let stored: RequestState = serde_json::from_value(serde_json::to_value(&state).unwrap()).unwrap();
    assert_eq!(stored, state);

    let (options, state) = relying_party().request_options(None, UserVerification::Required).unwrap();
    assert_eq!((&options["allowCredentials"], &options["userVerification"]), (&json!([]), &json!("required")));
    let stored: RequestState = serde_json::from_value(serde_json::to_value(&state).unwrap()).unwrap();
    assert_eq!(stored, state);
}

#[test]
fn keys_of_each_algorithm_prove() {
    for key in [Key::es256(), Key::ed_dsa(), Key::rs256(KeySize::Rsa2048), Key::rs256(KeySize::Rsa4096)] {
        let passkey = register(&key, UP | BE, 0);
        let assertion = prove(&key, &passkey, |answer| answer.flags = UP | BE | BS).unwrap();
        assert!(!assertion.user_verified && !assertion.is_two_factors());
        assert!(assertion.passkey.backup_state);
        assert_eq!(assertion.passkey, Passkey { backup_state: true, ..passkey });
    }
}

#[test]
fn user_verification_counts_if_the_passkey_was_created_with_it() {
    let key = Key::es256();
    let verified = register(&key, UP | UV, 0);
    let assertion = prove(&key, &verified, |answer| answer.flags = UP | UV).unwrap();
    assert!(assertion.user_verified && assertion.is_two_factors());
    let assertion = prove(&key, &verified, |_| {}).unwrap();
    assert!(!assertion.user_verified && !assertion.is_two_factors());

    let mut unverified = register(&key, UP, 0);
    let assertion = prove(&key, &unverified, |answer| answer.flags = UP | UV).unwrap();
    assert!(assertion.user_verified && !assertion.is_two_factors() && !assertion.passkey.verifies_user());

    let sign_in = |passkey: &Passkey, flags| {
        prove_with(None, UserVerification::Required, &key, passkey, |answer| answer.flags = flags)
    };
    assert_eq!(sign_in(&verified, UP).unwrap_err(), PasskeyError::UserNotVerified);
    assert!(sign_in(&verified, UP | UV).unwrap().is_two_factors());
    assert_eq!(sign_in(&unverified, UP | UV).unwrap_err(), PasskeyError::UserVerificationNotTrusted);
    unverified.trust_user_verification();
    assert!(sign_in(&unverified, UP | UV).unwrap().is_two_factors());
}

#[test]
fn client_data_with_another_operation_challenge_or_origin_are_refused() {
    let key = Key::es256();
    let passkey = register(&key, UP, 0);
    for (member, value, error) in [
        ("type", json!("webauthn.create"), PasskeyError::WrongType),
        ("type", json!("payment.get"), PasskeyError::WrongType),
        ("challenge", json!(text(&[0; 32])), PasskeyError::WrongChallenge),
        ("origin", json!("https://example.com"), PasskeyError::WrongOrigin),
        ("origin", json!("https://evil.id.example.com"), PasskeyError::WrongOrigin),
        ("origin", json!("https://id.example.com:8443"), PasskeyError::WrongOrigin),
        ("origin", json!("null"), PasskeyError::WrongOrigin),
        ("crossOrigin", json!(true), PasskeyError::CrossOrigin),
        ("topOrigin", json!("https://id.example.com"), PasskeyError::CrossOrigin),
        ("type", json!(7), PasskeyError::Malformed("the client data is not in its JSON")),
        ("crossOrigin", json!("false"), PasskeyError::Malformed("the client data is not in its JSON")),
    ] {
        let result = prove(&key, &passkey, |answer| answer.client_data[member] = value.clone());
        assert_eq!(result.unwrap_err(), error, "{member} = {value}");
    }
}

#[test]
fn authenticator_data_that_breaks_a_rule_are_refused() {
    let key = Key::es256();
    let passkey = register(&key, UP, 0);
    let refused = |change: fn(&mut Answer)| prove(&key, &passkey, change).unwrap_err();
    assert_eq!(refused(|answer| answer.rp_id = "id.example.com"), PasskeyError::WrongRelyingParty);
    assert_eq!(refused(|answer| answer.flags = UV), PasskeyError::UserNotPresent);
    assert_eq!(refused(|answer| answer.flags = UP | BS), PasskeyError::BackedUpWithoutEligibility);
    assert_eq!(refused(|answer| answer.flags = UP | BE), PasskeyError::BackupEligibilityChanged);
    let synced = register(&key, UP | BE, 0);
    assert_eq!(prove(&key, &synced, |_| {}).unwrap_err(), PasskeyError::BackupEligibilityChanged);
}

#[test]
fn the_count_must_be_above_the_stored_one_unless_both_are_0() {
    let key = Key::es256();
    for (stored, received, is_accepted) in [
        (0, 0, true),
        (0, 1, true),
        (1, 2, true),
        (u32::MAX - 1, u32::MAX, true),
        (1, 1, false),
        (1, 0, false),
        (7, 6, false),
        (u32::MAX, u32::MAX, false),
        (u32::MAX, 0, false),
    ] {
        let passkey = register(&key, UP, stored);
        let result = prove(&key, &passkey, |answer| answer.count = received);
        if is_accepted {
            assert_eq!(result.unwrap().passkey.sign_count(), received, "{stored} {received}");
        } else {
            assert_eq!(result.unwrap_err(), PasskeyError::SignCount { stored, received });
        }
    }
}

#[test]
fn a_wrong_count_with_a_wrong_signature_is_a_wrong_signature() {
    let (key, other) = (Key::es256(), Key::es256());
    let passkey = register(&key, UP, 7);
    assert_eq!(prove(&other, &passkey, |_| {}).unwrap_err(), PasskeyError::WrongSignature);
}

#[test]
fn only_a_requested_passkey_of_its_user_answers() {
    let key = Key::es256();
    let passkey = register(&key, UP | UV, 0);
    let mut other = passkey.clone();
    other.credential_id = Bytes(b"another id".to_vec());

    let second_factor = UserVerification::Preferred;
    let result = prove_with(Some(&[other.clone()]), second_factor, &key, &passkey, |_| {});
    assert_eq!(result.unwrap_err(), PasskeyError::NotRequested);
    let result = prove_with(Some(&[]), second_factor, &key, &passkey, |_| {});
    assert_eq!(result.unwrap_err(), PasskeyError::NotRequested);
    let result = prove_with(Some(&[passkey.clone(), other.clone()]), second_factor, &key, &other, |_| {});
    assert_eq!(result.unwrap_err(), PasskeyError::NotRequested);
    let result = prove(&key, &passkey, |answer| answer.user_handle = Some(b"another user".to_vec()));
    assert_eq!(result.unwrap_err(), PasskeyError::WrongUser);
    for handle in [None, Some(Vec::new()), Some(HANDLE.to_vec())] {
        prove(&key, &passkey, |answer| answer.user_handle = handle).unwrap();
    }

    let sign_in = |handle: Option<&[u8]>| {
        prove_with(None, UserVerification::Required, &key, &passkey, |answer| {
            (answer.flags, answer.user_handle) = (UP | UV, handle.map(<[u8]>::to_vec));
        })
    };
    assert!(sign_in(Some(HANDLE)).is_ok());
    for handle in [None, Some(&[][..]), Some(b"another user")] {
        assert_eq!(sign_in(handle).unwrap_err(), PasskeyError::WrongUser);
    }
}

#[test]
fn extensions_are_ignored() {
    let key = Key::es256();
    let passkey = register(&key, UP, 0);
    prove(&key, &passkey, |answer| {
        answer.flags |= ED;
        answer.extensions = bytes(&cbor!({ "a" => [1, { "b" => 2 }] }).unwrap());
    })
    .unwrap();
    for (flags, extensions) in [(ED, &[][..]), (ED, &[0xa0, 0]), (ED, &[0x80]), (ED, &[0xbf]), (0, &[0xa0]), (AT, &[])]
    {
        let result = prove(&key, &passkey, |answer| {
            answer.flags |= flags;
            answer.extensions = extensions.to_vec();
            if flags == AT {
                answer.public_key.clear();
            }
        });
        assert!(matches!(result, Err(PasskeyError::Malformed(_))), "{flags} {extensions:?}: {result:?}");
    }
}

/// White space in the client data is signed too.
#[test]
fn no_bit_of_a_proof_can_be_flipped() {
    for key in [Key::es256(), Key::ed_dsa(), Key::rs256(KeySize::Rsa2048)] {
        let passkey = register(&key, UP | UV | BE, 3);
        let (options, state) =
            relying_party().request_options(Some(slice::from_ref(&passkey)), UserVerification::Preferred).unwrap();
        let mut answer = Answer::new("webauthn.get", &options, &key);
        (answer.flags, answer.count) = (UP | UV | BE, 4);
        answer.client_data["  "] = json!(" unused ");
        let credential = answer.request(&key);
        let finish =
            |credential: &Value| relying_party().finish_request(&state, &passkey, &RequestResponse::parse(credential)?);
        finish(&credential).unwrap();
        let mut flips = 0;
        for part in ["authenticatorData", "signature", "clientDataJSON"] {
            let original = BASE64URL.decode(credential["response"][part].as_str().unwrap()).unwrap();
            for bit in 0..original.len() * 8 {
                let (mut changed, mut flipped) = (credential.clone(), original.clone());
                flipped[bit / 8] ^= 1 << (bit % 8);
                changed["response"][part] = json!(text(&flipped));
                assert!(finish(&changed).is_err(), "bit {bit} of {part}");
                flips += 1;
            }
        }
        assert!(flips > 2000, "{flips}");
        let shorter = |part: &str, length: usize| {
            let mut changed = credential.clone();
            let bytes = BASE64URL.decode(credential["response"][part].as_str().unwrap()).unwrap();
            changed["response"][part] = json!(text(&bytes[..length]));
            finish(&changed)
        };
        for length in 0..37 {
            assert!(shorter("authenticatorData", length).is_err());
            assert!(shorter("signature", length).is_err());
        }
    }
}

#[test]
fn what_is_not_a_credential_is_malformed() {
    let key = Key::es256();
    let (options, _) = relying_party().request_options(None, UserVerification::Required).unwrap();
    let credential = Answer::new("webauthn.get", &options, &key).request(&key);
    let response = RequestResponse::parse(&credential).unwrap();
    assert_eq!(response.credential_id(), b"the id of the credential");
    let changed = |pointer: &str, value: Value| {
        let mut credential = credential.clone();
        *credential.pointer_mut(pointer).unwrap() = value;
        credential
    };
    for credential in [
        json!(null),
        json!({}),
        changed("/type", json!("password")),
        changed("/rawId", json!("")),
        changed("/response", json!({})),
        changed("/response/signature", json!("+/")),
        changed("/response/userHandle", json!(text(&[7; 65]))),
        changed("/response/authenticatorData", json!(text(&vec![0; 16 * 1024 + 1]))),
    ] {
        let result = RequestResponse::parse(&credential);
        assert!(matches!(result, Err(PasskeyError::Malformed(_))), "{credential}");
    }
    let mut long = changed("/id", json!(text(&[7; 1024])));
    long["rawId"] = long["id"].clone();
    assert_eq!(RequestResponse::parse(&long).err(), Some(PasskeyError::CredentialIdTooLong));
}
