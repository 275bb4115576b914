//! Public keys in COSE.

use super::{
    authenticator::{Key, bytes},
    *,
};
use crate::passkeys::public_key;
use aws_lc_rs::rsa::KeySize;
use coset::cbor::{Value as Cbor, cbor};

/// A key with one member replaced, or removed.
fn changed(key: &Key, label: i64, value: Option<Cbor>) -> Vec<u8> {
    let Cbor::Map(mut members) = key.public() else { panic!("not a map") };
    members.retain(|(found, _)| *found != Cbor::from(label));
    members.extend(value.map(|value| (Cbor::from(label), value)));
    bytes(&Cbor::Map(members))
}

fn fault(public_key: &[u8]) -> Option<PasskeyError> {
    public_key::parse(public_key).err()
}

#[test]
fn a_key_verifies_its_own_signature_only() {
    let keys = [Key::es256(), Key::ed_dsa(), Key::rs256(KeySize::Rsa2048), Key::es256()];
    for (signer, key) in keys.iter().enumerate() {
        let signature = key.sign(b"message");
        for (verifier, other) in keys.iter().enumerate() {
            let result = public_key::verify(&bytes(&other.public()), b"message", &signature);
            let expected = if signer == verifier { Ok(()) } else { Err(PasskeyError::WrongSignature) };
            assert_eq!(result, expected, "{verifier} verifies {signer}");
        }
    }
}

#[test]
fn other_algorithms_are_not_supported() {
    // ES384, ES512, PS256, RS1, ES256K, ML-DSA-44, a private one.
    for algorithm in [-35, -36, -37, -65535, -47, -48, -70_000] {
        let key = changed(&Key::es256(), 3, Some(algorithm.into()));
        assert_eq!(fault(&key), Some(PasskeyError::UnsupportedAlgorithm), "{algorithm}");
    }
    assert_eq!(fault(&changed(&Key::es256(), 3, Some("ES256".into()))), Some(PasskeyError::UnsupportedAlgorithm));
    assert_eq!(fault(&changed(&Key::es256(), 3, None)), Some(PasskeyError::UnsupportedAlgorithm));
}

#[test]
fn type_and_curve_are_those_of_the_algorithm() {
    for (key, label, value) in [
        (Key::es256(), 1, Some(Cbor::from(1))),
        (Key::es256(), 1, None),
        (Key::es256(), 3, Some((-8).into())),
        (Key::es256(), 3, Some((-257).into())),
        (Key::es256(), -1, Some(2.into())),
        (Key::es256(), -1, Some(8.into())),
        (Key::es256(), -1, None),
        (Key::ed_dsa(), 1, Some(2.into())),
        (Key::ed_dsa(), 3, Some((-7).into())),
        (Key::ed_dsa(), -1, Some(4.into())),
        (Key::ed_dsa(), -1, Some(7.into())),
        (Key::rs256(KeySize::Rsa2048), 1, Some(2.into())),
        (Key::rs256(KeySize::Rsa2048), 3, Some((-7).into())),
    ] {
        assert_eq!(
            fault(&changed(&key, label, value.clone())),
            Some(PasskeyError::InvalidPublicKey),
            "{label} = {value:?}"
        );
    }
}

#[test]
fn coordinates_are_those_of_a_point_on_the_curve() {
    let Key::Es256(_) = &Key::es256() else { panic!("not ES256") };
    for (label, value) in [
        (-2, Some(Cbor::Bytes(vec![7; 32]))),
        (-2, Some(Cbor::Bytes(vec![0; 32]))),
        (-2, Some(Cbor::Bytes(vec![255; 32]))),
        (-2, Some(Cbor::Bytes(vec![7; 31]))),
        (-2, Some(Cbor::Bytes(vec![7; 33]))),
        (-2, Some(Cbor::Text("x".into()))),
        (-2, None),
        // A compressed point has the sign of y only.
        (-3, Some(Cbor::Bool(true))),
        (-3, None),
    ] {
        assert_eq!(
            fault(&changed(&Key::es256(), label, value.clone())),
            Some(PasskeyError::InvalidPublicKey),
            "{label} = {value:?}"
        );
    }
    for length in [0, 31, 33] {
        let key = changed(&Key::ed_dsa(), -2, Some(Cbor::Bytes(vec![7; length])));
        assert_eq!(fault(&key), Some(PasskeyError::InvalidPublicKey), "{length}");
    }
}

#[test]
fn an_rsa_key_has_2048_to_4096_bits() {
    let key = Key::rs256(KeySize::Rsa2048);
    assert_eq!(fault(&bytes(&key.public())), None);
    assert!(fault(&bytes(&Key::rs256(KeySize::Rsa8192).public())).is_some());
    for (label, value) in [
        (-1, vec![]),
        (-1, vec![255; 128]),
        (-1, vec![255; 255]),
        (-1, [vec![0], vec![255; 255]].concat()),
        (-1, vec![255; 513]),
        (-2, vec![]),
        (-2, vec![0, 1, 0, 1]),
        (-2, vec![2]),
        (-2, vec![1]),
        (-2, vec![1; 5]),
    ] {
        let key = changed(&key, label, Some(Cbor::Bytes(value.clone())));
        assert_eq!(fault(&key), Some(PasskeyError::InvalidPublicKey), "{label} = {value:?}");
    }
}

#[test]
fn a_label_that_is_there_twice_is_refused() {
    let Cbor::Map(mut members) = Key::es256().public() else { panic!("not a map") };
    members.push(members[4].clone());
    assert_eq!(fault(&bytes(&Cbor::Map(members))), Some(PasskeyError::InvalidPublicKey));
}

#[test]
fn what_is_not_a_key_is_refused() {
    let key = bytes(&Key::es256().public());
    for end in 0..key.len() {
        assert!(fault(&key[..end]).is_some(), "{end}");
    }
    assert!(fault(&[&key[..], &[0]].concat()).is_some());
    for value in [cbor!([]), cbor!("text"), cbor!({}), cbor!(7)] {
        assert_eq!(fault(&bytes(&value.unwrap())), Some(PasskeyError::InvalidPublicKey));
    }
}
