//! Bytes that break the parsers.

use super::{authenticator::bytes, *};
use crate::passkeys::authenticator_data::{self, AuthenticatorData};
use coset::cbor::{Value as Cbor, cbor};
use proptest::prelude::*;

#[test]
fn deep_cbor_is_refused() {
    for nested in [vec![0x81; 10_000], vec![0xa1; 10_000], vec![0xc1; 10_000], vec![0x9f; 10_000]] {
        assert!(authenticator_data::in_attestation_object(&nested).is_err());
    }
}

#[test]
fn lengths_that_the_bytes_do_not_have_are_refused() {
    for header in [0x5b_u8, 0x7b, 0x9b, 0xbb] {
        let claims = [&[header][..], &u64::MAX.to_be_bytes()].concat();
        assert!(authenticator_data::in_attestation_object(&claims).is_err());
        let inside = [&[0xa1, 0x68][..], b"authData", &claims].concat();
        assert!(authenticator_data::in_attestation_object(&inside).is_err());
    }
}

#[test]
fn an_attestation_object_has_one_authenticator_data_and_nothing_after_it() {
    let data = Cbor::Bytes(vec![1, 2]);
    let object = bytes(&cbor!({ "authData" => data }).unwrap());
    assert_eq!(authenticator_data::in_attestation_object(&object), Ok(vec![1, 2]));
    assert!(authenticator_data::in_attestation_object(&[&object[..], &[0]].concat()).is_err());
    let twice = Cbor::Map(vec![("authData".into(), data.clone()), ("authData".into(), data)]);
    assert!(authenticator_data::in_attestation_object(&bytes(&twice)).is_err());
}

#[test]
fn authenticator_data_are_read_to_their_end() {
    let head = [0; 37];
    assert!(AuthenticatorData::parse(&head).unwrap().credential.is_none());
    assert!(AuthenticatorData::parse(&head[1..]).is_err());
    assert!(AuthenticatorData::parse(&[0; 38]).is_err());
}

proptest! {
    #[test]
    fn no_bytes_make_the_parsers_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), flags: u8) {
        let _ = authenticator_data::in_attestation_object(&bytes);
        let _ = AuthenticatorData::parse(&bytes);
        let _ = AuthenticatorData::parse(&[&[0; 32][..], &[flags], &bytes].concat());
        let _ = public_key::parse(&bytes);
    }
}
