use super::*;
use crate::SigningKey;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL};
use chrono::{DateTime, TimeDelta};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use proptest::prelude::*;
use serde_json::{Value, json};
use usher_domain::{Authentication, Method, MethodSet};
use uuid::Uuid;

const ISSUER: &str = "https://id.example.com";
const AUDIENCE: &str = "https://api.example.com";
const AUTHENTICATION: Authentication = Authentication {
    methods: MethodSet::of(&[Method::Password, Method::Otp, Method::Mfa]),
    at: DateTime::from_timestamp(1_500_000_000, 0).unwrap(),
};

struct Fixture {
    tokens: AccessTokens,
    key: SigningKey,
    clock: Clock,
}

fn fixture() -> Fixture {
    let key = SigningKey::generate().unwrap();
    let clock = Clock::default();
    let config = AccessTokenConfig {
        issuer: ISSUER.into(),
        audience: AUDIENCE.into(),
        ttl: Duration::from_mins(15),
        role_claim: false,
    };
    Fixture { tokens: AccessTokens::new(config, KeySet::new(key.clone(), []), clock.clone()), key, clock }
}

impl Fixture {
    fn good(&self) -> String {
        self.tokens.issue(Uuid::from_u128(1), Uuid::from_u128(2), AUTHENTICATION, None, None).unwrap().0
    }

    fn header(&self) -> Value {
        json!({ "alg": "ES256", "typ": "at+jwt", "kid": self.key.kid() })
    }

    fn claims(&self) -> Value {
        let now = self.tokens.now();
        json!({
            "iss": ISSUER, "aud": AUDIENCE, "sub": Uuid::from_u128(1), "sid": Uuid::from_u128(2),
            "client_id": "usher", "exp": now + 900, "iat": now, "nbf": now, "jti": Uuid::from_u128(3)
        })
    }

    /// Any header and claims, correctly signed.
    fn signed(&self, header: &Value, claims: &Value) -> String {
        signed_by(&self.key, header, claims)
    }

    /// A valid token except for one member of the claims.
    fn with_claim(&self, name: &str, value: Value) -> String {
        let mut claims = self.claims();
        claims[name] = value;
        self.signed(&self.header(), &claims)
    }

    /// A valid token except for one member of the header.
    fn with_header(&self, name: &str, value: Value) -> String {
        let mut header = self.header();
        header[name] = value;
        self.signed(&header, &self.claims())
    }

    fn refusal(&self, token: &str) -> InvalidToken {
        self.tokens.verify(token).unwrap_err()
    }
}

fn signed_by(key: &SigningKey, header: &Value, claims: &Value) -> String {
    let message = format!("{}.{}", BASE64URL.encode(header.to_string()), BASE64URL.encode(claims.to_string()));
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), key.private(), Algorithm::ES256).unwrap();
    format!("{message}.{signature}")
}

#[test]
fn an_issued_token_has_the_claims_of_rfc_9068() {
    let f = fixture();
    let (token, expires_in) =
        f.tokens.issue(Uuid::from_u128(1), Uuid::from_u128(2), AUTHENTICATION, None, None).unwrap();
    assert_eq!(expires_in, 900);
    let parts: Vec<_> = token.split('.').collect();
    let json = |part: &str| -> Value { serde_json::from_slice(&BASE64URL.decode(part).unwrap()).unwrap() };
    assert_eq!(json(parts[0]), f.header());
    let claims = json(parts[1]);
    for (name, value) in [("iss", ISSUER), ("aud", AUDIENCE), ("client_id", "usher")] {
        assert_eq!(claims[name], value);
    }
    assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 900);
    assert_eq!(claims["iat"].as_u64().unwrap() - claims["nbf"].as_u64().unwrap(), 5, "for clocks that are behind");
    assert!(claims["jti"].as_str().unwrap().parse::<Uuid>().is_ok());
    assert!(token.len() < MAX_TOKEN_BYTES / 4);
    assert_eq!(claims.get("roles"), None);
    assert_eq!((&claims["amr"], &claims["auth_time"]), (&json!(["pwd", "otp", "mfa"]), &json!(1_500_000_000)));

    let (token, _) =
        f.tokens.issue(Uuid::from_u128(1), Uuid::from_u128(2), AUTHENTICATION, Some("support"), None).unwrap();
    assert_eq!(json(token.split('.').nth(1).unwrap())["roles"], json!(["support"]));
    assert_eq!(f.tokens.verify(&token).unwrap().sub, Uuid::from_u128(1));
}

#[test]
fn a_token_lives_as_long_as_the_settings_say_or_as_its_issuer_if_that_is_shorter() {
    let f = fixture();
    for (max_lifetime, wanted) in [(60, 60), (900, 900), (901, 900)] {
        let max_lifetime = Some(Duration::from_secs(max_lifetime));
        let issued = f.tokens.issue(Uuid::from_u128(1), Uuid::from_u128(2), AUTHENTICATION, None, max_lifetime);
        let (token, expires_in) = issued.unwrap();
        assert_eq!(expires_in, wanted);
        assert_eq!(f.tokens.verify(&token).unwrap().exp, f.tokens.now() + wanted);
    }
}

#[test]
fn an_issued_token_verifies_the_first_time_and_when_cached() {
    let f = fixture();
    let token = f.good();
    for _ in 0..2 {
        let claims = f.tokens.verify(&token).unwrap();
        assert_eq!((claims.sub, claims.sid), (Uuid::from_u128(1), Uuid::from_u128(2)));
        assert_eq!(&*claims.kid, f.key.kid());
    }
    assert_eq!(f.tokens.verify(&f.signed(&f.header(), &f.claims())).unwrap().sub, Uuid::from_u128(1));
}

#[test]
fn another_implementation_verifies_our_tokens_with_the_published_keys() {
    let f = fixture();
    let jwks: JwkSet = serde_json::from_value(serde_json::to_value(f.tokens.jwks()).unwrap()).unwrap();
    let token = f.good();
    let kid = jsonwebtoken::decode_header(&token).unwrap().kid.unwrap();
    let key = jsonwebtoken::DecodingKey::from_jwk(jwks.find(&kid).unwrap()).unwrap();
    let mut validation = Validation::new(Algorithm::ES256);
    validation.set_audience(&[AUDIENCE]);
    validation.set_issuer(&[ISSUER]);
    jsonwebtoken::decode::<Value>(&token, &key, &validation).unwrap();
}

#[test]
fn a_token_is_valid_until_three_seconds_after_its_expiry_also_when_cached() {
    let f = fixture();
    let (cached, fresh) = (f.good(), f.good());
    f.tokens.verify(&cached).unwrap();
    f.clock.advance(TimeDelta::seconds(901));
    f.tokens.verify(&cached).unwrap();
    f.clock.advance(TimeDelta::seconds(2));
    assert_eq!(f.refusal(&cached), InvalidToken::Expired);
    assert_eq!(f.refusal(&fresh), InvalidToken::Expired);
}

#[test]
fn a_token_from_a_clock_that_is_three_seconds_ahead_is_valid() {
    let f = fixture();
    let now = f.tokens.now();
    f.tokens.verify(&f.with_claim("nbf", json!(now + 2))).unwrap();
    f.tokens.verify(&f.with_claim("iat", json!(now + 2))).unwrap();
    assert_eq!(f.refusal(&f.with_claim("iat", json!(now + 60))), InvalidToken::NotYetValid);
    let ahead = f.with_claim("nbf", json!(now + 60));
    assert_eq!(f.refusal(&ahead), InvalidToken::NotYetValid);
    f.clock.advance(TimeDelta::seconds(60));
    f.tokens.verify(&ahead).unwrap();
    f.clock.advance(TimeDelta::seconds(-60));
    assert_eq!(f.refusal(&ahead), InvalidToken::NotYetValid, "also when cached");
    f.tokens.verify(&f.with_claim("exp", json!(u64::MAX))).unwrap();
}

#[test]
fn a_token_of_a_revoked_key_is_refused_at_once_also_when_cached() {
    let f = fixture();
    let token = f.good();
    f.tokens.verify(&token).unwrap();
    f.tokens.replace_keys(KeySet::new(SigningKey::generate().unwrap(), []));
    assert_eq!(f.refusal(&token), InvalidToken::UnknownKey);
    assert_eq!(f.refusal(&token), InvalidToken::UnknownKey);
}

#[test]
fn after_a_rotation_the_new_key_signs_and_the_old_one_still_verifies() {
    let f = fixture();
    let (old, next) = (f.good(), SigningKey::generate().unwrap());
    f.tokens.replace_keys(KeySet::new(next.clone(), [f.key.public().clone(), next.public().clone()]));
    assert_eq!(f.tokens.keys().signing_kid(), next.kid());
    assert_eq!(&*f.tokens.verify(&old).unwrap().kid, f.key.kid());
    assert_eq!(&*f.tokens.verify(&f.good()).unwrap().kid, next.kid());
    let kids: Vec<_> = f.tokens.jwks().keys.into_iter().map(|key| key.common.key_id.unwrap()).collect();
    assert_eq!(kids, [next.kid(), f.key.kid()]);
}

#[test]
fn no_algorithm_but_es256_is_accepted() {
    let f = fixture();
    for alg in ["HS256", "ES384", "RS256"] {
        assert_eq!(f.refusal(&f.with_header("alg", json!(alg))), InvalidToken::WrongAlgorithm, "{alg}");
    }
    for alg in ["none", "None", "", "es256"] {
        assert_eq!(f.refusal(&f.with_header("alg", json!(alg))), InvalidToken::Malformed, "{alg}");
    }
    let message = format!("{}.{}", BASE64URL.encode(r#"{"alg":"none"}"#), BASE64URL.encode(f.claims().to_string()));
    assert_eq!(f.refusal(&format!("{message}.")), InvalidToken::Malformed);
}

#[test]
fn header_and_claims_are_objects() {
    let f = fixture();
    let (header, claims) = (f.header(), f.claims());
    let list = |object: &Value, names: &[&str]| names.iter().map(|name| object[name].clone()).collect::<Value>();
    let in_order = list(&header, &["alg", "typ", "kid", "crit"]);
    assert_eq!(f.refusal(&f.signed(&in_order, &claims)), InvalidToken::Malformed);
    let in_order = list(&claims, &["iss", "aud", "sub", "sid", "client_id", "exp", "iat", "nbf", "jti"]);
    assert_eq!(f.refusal(&f.signed(&header, &in_order)), InvalidToken::Malformed);
}

#[test]
fn the_public_key_is_not_a_shared_secret() {
    let f = fixture();
    let jwk = f.key.public().jwk();
    let point = f.key.public().decoding().try_get_as_bytes().unwrap().to_vec();
    let jwk = serde_json::to_vec(jwk).unwrap();
    for secret in [&point, &jwk] {
        let header =
            Header { typ: Some("at+jwt".into()), kid: Some(f.key.kid().into()), ..Header::new(Algorithm::HS256) };
        let forged = encode(&header, &f.claims(), &EncodingKey::from_secret(secret)).unwrap();
        assert_eq!(f.refusal(&forged), InvalidToken::WrongAlgorithm);
        let (message, _) = forged.rsplit_once('.').unwrap();
        let message = message.replace(message.split('.').next().unwrap(), &BASE64URL.encode(f.header().to_string()));
        let (_, mac) = forged.rsplit_once('.').unwrap();
        assert_eq!(f.refusal(&format!("{message}.{mac}")), InvalidToken::WrongSignature);
    }
}

#[test]
fn another_key_under_our_kid_or_in_the_header_is_refused() {
    let f = fixture();
    let other = SigningKey::generate().unwrap();
    let mut header = f.header();
    assert_eq!(f.refusal(&signed_by(&other, &header, &f.claims())), InvalidToken::WrongSignature);
    header["jwk"] = serde_json::to_value(other.public().jwk()).unwrap();
    header["jku"] = json!("https://attacker.example/jwks.json");
    header["x5u"] = json!("https://attacker.example/cert.pem");
    assert_eq!(f.refusal(&signed_by(&other, &header, &f.claims())), InvalidToken::WrongSignature);
    header["kid"] = json!(other.kid());
    assert_eq!(f.refusal(&signed_by(&other, &header, &f.claims())), InvalidToken::UnknownKey);
    header["kid"] = Value::Null;
    assert_eq!(f.refusal(&signed_by(&f.key, &header, &f.claims())), InvalidToken::UnknownKey);
}

#[test]
fn only_the_type_of_access_tokens_is_accepted() {
    let f = fixture();
    for typ in ["at+jwt", "AT+JWT", "application/at+jwt", "Application/At+Jwt"] {
        f.tokens.verify(&f.with_header("typ", json!(typ))).unwrap();
    }
    for typ in [json!("JWT"), json!(""), json!("application/jwt"), json!("application/"), json!("ä+jwt"), Value::Null]
    {
        assert_eq!(f.refusal(&f.with_header("typ", typ)), InvalidToken::WrongType);
    }
}

#[test]
fn a_critical_extension_is_refused() {
    let f = fixture();
    assert_eq!(f.refusal(&f.with_header("crit", json!(["b64"]))), InvalidToken::UnknownExtension);
    assert_eq!(f.refusal(&f.with_header("crit", json!([]))), InvalidToken::UnknownExtension);
}

#[test]
fn a_token_of_another_issuer_or_for_another_audience_is_refused() {
    let f = fixture();
    assert_eq!(f.refusal(&f.with_claim("iss", json!("https://id.example.com/"))), InvalidToken::WrongIssuer);
    assert_eq!(f.refusal(&f.with_claim("aud", json!("https://other.example.com"))), InvalidToken::WrongAudience);
    assert_eq!(f.refusal(&f.with_claim("aud", json!([AUDIENCE, "another"]))), InvalidToken::Malformed);
}

#[test]
fn a_missing_or_misshapen_claim_is_refused() {
    let f = fixture();
    for name in ["iss", "aud", "sub", "sid", "client_id", "exp", "iat", "nbf", "jti"] {
        let mut claims = f.claims();
        claims.as_object_mut().unwrap().remove(name);
        assert_eq!(f.refusal(&f.signed(&f.header(), &claims)), InvalidToken::Malformed, "{name}");
    }
    for (name, value) in [("exp", json!(-1)), ("exp", json!("never")), ("nbf", json!(1.5)), ("sub", json!("ada"))] {
        assert_eq!(f.refusal(&f.with_claim(name, value)), InvalidToken::Malformed, "{name}");
    }
}

#[test]
fn a_repeated_member_is_refused() {
    let f = fixture();
    let (header, claims) = (f.header().to_string(), f.claims().to_string());
    for (header, claims) in [
        (header.replacen('{', r#"{"kid":"another","#, 1), claims.clone()),
        (header.replacen('{', r#"{"alg":"ES256","#, 1), claims.clone()),
        (header.clone(), claims.replacen('{', r#"{"exp":1,"#, 1)),
        (header, claims.replacen('{', r#"{"iss":"https://id.example.com","#, 1)),
    ] {
        let message = format!("{}.{}", BASE64URL.encode(header), BASE64URL.encode(claims));
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), f.key.private(), Algorithm::ES256).unwrap();
        assert_eq!(f.refusal(&format!("{message}.{signature}")), InvalidToken::Malformed);
    }
}

#[test]
fn a_changed_payload_is_refused_and_the_refusal_is_not_cached() {
    let f = fixture();
    let token = f.good();
    let parts: Vec<_> = token.split('.').collect();
    let mut claims = f.claims();
    claims["sub"] = json!(Uuid::from_u128(99));
    let changed = format!("{}.{}.{}", parts[0], BASE64URL.encode(claims.to_string()), parts[2]);
    assert_eq!(f.refusal(&changed), InvalidToken::WrongSignature);
    assert_eq!(f.refusal(&changed), InvalidToken::WrongSignature);
    assert_eq!(f.tokens.inner.cache.len(), 0);
}

#[test]
fn an_overlong_token_is_not_parsed() {
    let f = fixture();
    assert_eq!(f.refusal(&"a".repeat(MAX_TOKEN_BYTES + 1)), InvalidToken::TooLong);
    assert_eq!(f.refusal(&"a".repeat(MAX_TOKEN_BYTES)), InvalidToken::Malformed);
}

proptest! {
    #[test]
    fn no_text_makes_verify_panic_or_succeed(text in "\\PC*", a in "[\\w.=+/-]*", b in "[\\w.=-]*") {
        let f = fixture();
        let header = f.good().split_once('.').unwrap().0.to_owned();
        for token in [text.clone(), format!("{a}.{b}.{text}"), format!("{header}.{a}.{b}")] {
            prop_assert!(f.tokens.verify(&token).is_err());
        }
    }

    #[test]
    fn no_header_makes_verify_panic(json in "\\PC*", name in "(alg|typ|kid|crit)", value in "\\PC*") {
        let f = fixture();
        let forged = format!("{}.{}.AAAA", BASE64URL.encode(json), BASE64URL.encode("{}"));
        prop_assert!(f.tokens.verify(&forged).is_err());
        let mut header = f.header();
        header[name] = json!(value);
        let signed = f.signed(&header, &json!({}));
        prop_assert!(f.tokens.verify(&signed).is_err());
    }

    #[test]
    fn every_change_of_one_character_is_detected(at in any::<prop::sample::Index>(), to in "[A-Za-z0-9_.-]") {
        let f = fixture();
        let token = f.good();
        let at = at.index(token.len());
        prop_assume!(token[at..=at] != to);
        let changed = format!("{}{to}{}", &token[..at], &token[at + 1..]);
        prop_assert!(f.tokens.verify(&changed).is_err());
    }
}
