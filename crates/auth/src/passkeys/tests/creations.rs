use super::{
    authenticator::{AT, Answer, BE, BS, ED, Key, UP, UV, bytes, text},
    *,
};
use aws_lc_rs::rsa::KeySize;
use coset::cbor::{Value as Cbor, cbor};
use serde_json::{Value, json};

/// Registers what the test makes of an answer.
fn create(key: &Key, change: impl FnOnce(&mut Answer)) -> Result<Passkey, PasskeyError> {
    create_with(UserVerification::Preferred, key, change)
}

fn create_with(
    user_verification: UserVerification,
    key: &Key,
    change: impl FnOnce(&mut Answer),
) -> Result<Passkey, PasskeyError> {
    let (options, state) = relying_party().creation_options(user(), user_verification, []).unwrap();
    let mut answer = Answer::new("webauthn.create", &options, key);
    change(&mut answer);
    relying_party().finish_creation(&state, CreationResponse::parse(&answer.creation())?)
}

#[test]
fn the_options_are_those_of_the_standard() {
    let existing = create(&Key::es256(), |_| {}).unwrap();
    let (options, state) = relying_party().creation_options(user(), UserVerification::Preferred, [&existing]).unwrap();
    let challenge = options["challenge"].as_str().unwrap();
    assert_eq!(challenge.len(), 43);
    let id = text(b"the id of the credential");
    let expected = json!({
        "rp": { "id": "example.com", "name": "usher" },
        "user": { "id": text(HANDLE), "name": "ada", "displayName": "Ada Lovelace" },
        "challenge": challenge,
        "pubKeyCredParams": [
            { "type": "public-key", "alg": -7 },
            { "type": "public-key", "alg": -8 },
            { "type": "public-key", "alg": -257 },
        ],
        "timeout": 300_000,
        "excludeCredentials": [{ "type": "public-key", "id": id, "transports": ["usb", "nfc"] }],
        "authenticatorSelection": {
            "residentKey": "required", "requireResidentKey": true, "userVerification": "preferred",
        },
        "attestation": "none",
    });
    assert_eq!(options, expected);
    let (again, _) = relying_party().creation_options(user(), UserVerification::Required, []).unwrap();
    assert_ne!(again["challenge"], options["challenge"]);
    assert_eq!(again["authenticatorSelection"]["userVerification"], "required");
    let stored: CreationState = serde_json::from_value(serde_json::to_value(&state).unwrap()).unwrap();
    assert_eq!(stored, state);
}

#[test]
fn a_handle_is_not_empty_or_too_long() {
    for handle in [&[][..], &[7; 65]] {
        let user = NewUser { handle, ..user() };
        assert!(relying_party().creation_options(user, UserVerification::Preferred, []).is_err());
    }
}

#[test]
fn keys_of_each_algorithm_are_registered() {
    for key in [Key::es256(), Key::ed_dsa(), Key::rs256(KeySize::Rsa2048), Key::rs256(KeySize::Rsa4096)] {
        let passkey = create(&key, |answer| answer.count = 7).unwrap();
        assert_eq!(passkey.credential_id(), b"the id of the credential");
        assert_eq!((passkey.user_handle(), passkey.sign_count()), (HANDLE, 7));
        assert!(!passkey.backup_eligible() && !passkey.verifies_user());
        let stored: Passkey = serde_json::from_value(serde_json::to_value(&passkey).unwrap()).unwrap();
        assert_eq!(stored, passkey);
    }
}

#[test]
fn flags_are_kept() {
    let passkey = create(&Key::es256(), |answer| answer.flags = UP | UV | BE | BS).unwrap();
    assert!(passkey.backup_eligible() && passkey.backup_state && passkey.verifies_user());
    assert!(!create(&Key::es256(), |answer| answer.flags = UP | BE).unwrap().backup_state);
}

#[test]
fn client_data_with_another_operation_challenge_or_origin_are_refused() {
    for (member, value, error) in [
        ("type", json!("webauthn.get"), PasskeyError::WrongType),
        ("challenge", json!(text(&[0; 32])), PasskeyError::WrongChallenge),
        ("challenge", json!(""), PasskeyError::WrongChallenge),
        ("origin", json!("https://example.com"), PasskeyError::WrongOrigin),
        ("origin", json!("https://evil.id.example.com"), PasskeyError::WrongOrigin),
        ("origin", json!("https://id.example.com:8443"), PasskeyError::WrongOrigin),
        ("origin", json!("http://id.example.com"), PasskeyError::WrongOrigin),
        ("origin", json!("https://id.example.com/"), PasskeyError::WrongOrigin),
        ("origin", json!("https://ID.example.com"), PasskeyError::WrongOrigin),
        ("origin", json!("android:apk-key-hash:AAAA"), PasskeyError::WrongOrigin),
        ("crossOrigin", json!(true), PasskeyError::CrossOrigin),
        ("topOrigin", json!("https://id.example.com"), PasskeyError::CrossOrigin),
    ] {
        let result = create(&Key::es256(), |answer| answer.client_data[member] = value.clone());
        assert_eq!(result, Err(error), "{member} = {value}");
    }
}

#[test]
fn every_allowed_origin_is_accepted() {
    for origin in relying_party().origins() {
        create(&Key::es256(), |answer| answer.client_data["origin"] = json!(origin)).unwrap();
    }
}

#[test]
fn client_data_may_have_other_members_and_lack_cross_origin() {
    create(&Key::es256(), |answer| {
        let data = answer.client_data.as_object_mut().unwrap();
        data.remove("crossOrigin");
        data.insert("other_keys_can_be_added_here".into(), json!({ "a": [1] }));
        data.insert("tokenBinding".into(), json!({ "status": "supported" }));
    })
    .unwrap();
}

#[test]
fn authenticator_data_that_breaks_a_rule_are_refused() {
    let key = Key::es256();
    assert_eq!(create(&key, |answer| answer.rp_id = "id.example.com"), Err(PasskeyError::WrongRelyingParty));
    assert_eq!(create(&key, |answer| answer.flags = UV), Err(PasskeyError::UserNotPresent));
    assert_eq!(create(&key, |answer| answer.flags = UP | BS), Err(PasskeyError::BackedUpWithoutEligibility));
    let required = UserVerification::Required;
    assert_eq!(create_with(required, &key, |_| {}), Err(PasskeyError::UserNotVerified));
    assert!(create_with(required, &key, |answer| answer.flags = UP | UV).unwrap().verifies_user());
}

#[test]
fn an_id_has_up_to_1023_bytes() {
    let key = Key::es256();
    assert_eq!(create(&key, |answer| answer.credential_id = vec![7; 1023]).unwrap().credential_id(), [7; 1023]);
    assert_eq!(create(&key, |answer| answer.credential_id = vec![7; 1024]), Err(PasskeyError::CredentialIdTooLong));
    assert!(matches!(create(&key, |answer| answer.credential_id.clear()), Err(PasskeyError::Malformed(_))));

    // The one in the authenticator data, with a shorter one beside it.
    let (options, state) = relying_party().creation_options(user(), UserVerification::Preferred, []).unwrap();
    let mut answer = Answer::new("webauthn.create", &options, &key);
    answer.credential_id = vec![7; 1024];
    let mut credential = answer.creation();
    credential["id"] = json!(text(&[7; 1023]));
    credential["rawId"] = credential["id"].clone();
    let response = CreationResponse::parse(&credential).unwrap();
    assert_eq!(relying_party().finish_creation(&state, response), Err(PasskeyError::CredentialIdTooLong));
}

#[test]
fn a_credential_that_the_user_has_is_refused() {
    let key = Key::es256();
    let existing = create(&key, |_| {}).unwrap();
    let (options, state) = relying_party().creation_options(user(), UserVerification::Preferred, [&existing]).unwrap();
    let credential = Answer::new("webauthn.create", &options, &key).creation();
    let response = CreationResponse::parse(&credential).unwrap();
    assert_eq!(relying_party().finish_creation(&state, response), Err(PasskeyError::AlreadyRegistered));
}

#[test]
fn the_ids_outside_and_inside_must_be_the_same() {
    let (options, state) = relying_party().creation_options(user(), UserVerification::Preferred, []).unwrap();
    let mut credential = Answer::new("webauthn.create", &options, &Key::es256()).creation();
    credential["id"] = json!(text(b"another"));
    assert!(matches!(CreationResponse::parse(&credential), Err(PasskeyError::Malformed(_))));
    credential["rawId"] = credential["id"].clone();
    let response = CreationResponse::parse(&credential).unwrap();
    assert!(matches!(relying_party().finish_creation(&state, response), Err(PasskeyError::Malformed(_))));
}

#[test]
fn extensions_and_attestation_statements_are_ignored() {
    create(&Key::es256(), |answer| {
        answer.flags |= ED;
        answer.extensions = bytes(&cbor!({ "credProtect" => 2, "hmac-secret" => true }).unwrap());
    })
    .unwrap();

    let (options, state) = relying_party().creation_options(user(), UserVerification::Preferred, []).unwrap();
    let mut answer = Answer::new("webauthn.create", &options, &Key::es256());
    answer.flags |= AT;
    let data = Cbor::Bytes(answer.authenticator_data());
    let signature = Cbor::Bytes(vec![1; 70]);
    let statement = cbor!({ "alg" => -7, "sig" => signature, "x5c" => [Cbor::Bytes(vec![2; 900])] }).unwrap();
    let object = cbor!({ "fmt" => "packed", "attStmt" => statement, "authData" => data }).unwrap();
    let response = CreationResponse::parse(&answer.creation_with(&bytes(&object))).unwrap();
    relying_party().finish_creation(&state, response).unwrap();
}

#[test]
fn transports_are_kept_if_they_can_be_names() {
    let (options, state) = relying_party().creation_options(user(), UserVerification::Preferred, []).unwrap();
    let mut credential = Answer::new("webauthn.create", &options, &Key::es256()).creation();
    let mut transports =
        vec!["hybrid".to_owned(), "smart-card".into(), String::new(), "<script>".into(), "x".repeat(21)];
    transports.extend((0..20).map(|n| format!("t{n}")));
    credential["response"]["transports"] = json!(transports);
    let response = CreationResponse::parse(&credential).unwrap();
    let passkey = relying_party().finish_creation(&state, response).unwrap();
    assert_eq!(passkey.transports.len(), 10);
    assert_eq!(passkey.transports[..3], ["hybrid", "smart-card", "t0"]);

    credential["response"]["transports"] = json!(null);
    let response = CreationResponse::parse(&credential).unwrap();
    let passkey = relying_party().finish_creation(&state, response).unwrap();
    let (options, _) = relying_party().request_options(Some(&[passkey]), UserVerification::Preferred).unwrap();
    assert!(options["allowCredentials"][0].get("transports").is_none(), "{options}");
}

#[test]
fn a_credential_without_attested_data_is_malformed() {
    let (options, state) = relying_party().creation_options(user(), UserVerification::Preferred, []).unwrap();
    let answer = Answer::new("webauthn.create", &options, &Key::es256());
    let data = Cbor::Bytes(answer.authenticator_data());
    for object in [
        cbor!({ "fmt" => "none", "attStmt" => {}, "authData" => data }),
        cbor!({ "fmt" => "none", "attStmt" => {}, "authData" => "text" }),
        cbor!({ "fmt" => "none", "attStmt" => {} }),
        cbor!(["authData", data]),
    ] {
        let response = CreationResponse::parse(&answer.creation_with(&bytes(&object.unwrap()))).unwrap();
        let result = relying_party().finish_creation(&state, response);
        assert!(matches!(result, Err(PasskeyError::Malformed(_))), "{result:?}");
    }
}

#[test]
fn what_is_not_a_credential_is_malformed() {
    let (options, _) = relying_party().creation_options(user(), UserVerification::Preferred, []).unwrap();
    let credential = Answer::new("webauthn.create", &options, &Key::es256()).creation();
    let changed = |pointer: &str, value: Value| {
        let mut credential = credential.clone();
        *credential.pointer_mut(pointer).unwrap() = value;
        credential
    };
    for credential in [
        json!(null),
        json!([]),
        json!({}),
        json!("text"),
        changed("/type", json!("password")),
        changed("/id", json!("not base64url!")),
        changed("/id", json!("YWJj=")),
        changed("/response", json!({})),
        changed("/response/attestationObject", json!(7)),
        changed("/response/clientDataJSON", json!(text(&vec![b' '; 16 * 1024 + 1]))),
    ] {
        let result = CreationResponse::parse(&credential);
        assert!(matches!(result, Err(PasskeyError::Malformed(_))), "{credential}");
    }
}
