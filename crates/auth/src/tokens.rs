//! Access tokens: JWTs signed with ES256, in the profile of RFC 9068.

use crate::{CryptoError, Jwks, PublicKey, SigningKey, opaque};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL};
use jsonwebtoken::{Algorithm, Header};
use moka::sync::Cache;
use serde::{Deserialize, Serialize, de::IgnoredAny};
use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};
use usher_domain::Clock;
use uuid::Uuid;

/// How far clocks may differ when `exp`, `iat` and `nbf` are judged.
pub const LEEWAY: Duration = Duration::from_secs(3);
/// How many seconds `nbf` is before `iat`, for services whose clock is behind and who allow for no difference.
const BACKDATED: u64 = 5;

/// Longest token, in bytes, that is looked at. Ours have some 600, plus four thirds of issuer and audience.
pub const MAX_TOKEN_BYTES: usize = 4096;

/// The media type of access tokens (RFC 9068 §2.1), without its `application/`.
const TYP: &str = "at+jwt";
/// `client_id`: the one client of this service, which everyone signs in through.
pub const CLIENT_ID: &str = "usher";

/// How many verified tokens are remembered: some 45 MB when full, 2 MB when empty.
const REMEMBERED: u64 = 100_000;

/// What access tokens say of whom they come from and how long they hold.
#[derive(Debug, Clone)]
pub struct TokensConfig {
    /// `iss`: the service's public URL.
    pub issuer: String,
    /// `aud`: whom the tokens are for.
    pub audience: String,
    /// Lifetime of a token, in whole seconds.
    pub ttl: Duration,
}

/// The keys in use: one signs, all verify.
#[derive(Debug, Clone)]
pub struct KeySet {
    signing: SigningKey,
    /// In the order of the JWKS, the signing key first.
    order: Vec<PublicKey>,
    by_kid: HashMap<Arc<str>, PublicKey>,
}

impl KeySet {
    /// `signing` signs from now on; `others` only verify: the key that is published to sign next, and those whose
    /// tokens have not expired. A key that is in neither is revoked.
    pub fn new(signing: SigningKey, others: impl IntoIterator<Item = PublicKey>) -> Self {
        let mut set = Self { by_kid: HashMap::new(), order: Vec::new(), signing };
        let first = set.signing.public().clone();
        for key in std::iter::once(first).chain(others) {
            if set.by_kid.insert(key.shared_kid(), key.clone()).is_none() {
                set.order.push(key);
            }
        }
        set
    }

    /// Whether the key of that id is one of them.
    pub fn has(&self, kid: &str) -> bool {
        self.by_kid.contains_key(kid)
    }

    /// The id of the key that signs.
    pub fn signing_kid(&self) -> &str {
        self.signing.kid()
    }
}

/// What a verified token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// The user.
    pub sub: Uuid,
    /// The session.
    pub sid: Uuid,
    /// The key that signed.
    pub kid: Arc<str>,
    /// When the token expires, in seconds since 1970 (`NumericDate` of RFC 7519 §2).
    pub exp: u64,
}

/// Why a token is refused. None of it tells a stranger more than they sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Invalid {
    /// Above [`MAX_TOKEN_BYTES`]; not looked at.
    TooLong,
    /// No JWS in compact form (RFC 7515 §7.1), or a header or claim is missing or of the wrong shape.
    Malformed,
    /// Not ES256 (RFC 8725 §3.1).
    WrongAlgorithm,
    /// Not an access token (RFC 8725 §3.11).
    WrongType,
    /// The header demands an extension (`crit`, RFC 7515 §4.1.11); there is none that we know.
    UnknownExtension,
    /// The key is not, or no longer, one of ours.
    UnknownKey,
    WrongSignature,
    WrongIssuer,
    WrongAudience,
    Expired,
    NotYetValid,
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "the access token is too long",
            Self::Malformed => "the access token is malformed",
            Self::WrongAlgorithm => "the access token is not signed with ES256",
            Self::WrongType => "the token is not an access token",
            Self::UnknownExtension => "the access token demands an extension that is not known here",
            Self::UnknownKey => "the access token is signed with a key that is not, or no longer, in use",
            Self::WrongSignature => "the access token's signature is wrong",
            Self::WrongIssuer => "the access token was issued by another service",
            Self::WrongAudience => "the access token is meant for another service",
            Self::Expired => "the access token has expired",
            Self::NotYetValid => "the access token is not valid yet",
        })
    }
}

impl std::error::Error for Invalid {}

/// Issues and verifies access tokens. Clones share keys and memory.
///
/// A token that has been verified is remembered by its digest until it expires, since the signature is by far the most
/// expensive part; times and the key's presence are judged anew each time. What is refused is not remembered.
#[derive(Clone)]
pub struct Tokens {
    inner: Arc<Inner>,
}

struct Inner {
    config: TokensConfig,
    clock: Clock,
    keys: RwLock<Arc<KeySet>>,
    verified: Cache<[u8; 32], Remembered>,
    hits: AtomicU64,
    misses: AtomicU64,
}

/// How much the memory of verified tokens spares, since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// Tokens that were remembered.
    pub hits: u64,
    /// Tokens whose signature had to be verified.
    pub misses: u64,
}

#[derive(Clone)]
struct Remembered {
    claims: Claims,
    /// `nbf`, or `iat` if that is later.
    not_before: u64,
}

/// The members of a JOSE header that are looked at (RFC 7515 §4.1). Those that name or carry a key (`jwk`, `jku`, `x5u`,
/// `x5c`) are not: a key comes from our own set or not at all.
#[derive(Deserialize)]
struct JoseHeader {
    alg: String,
    typ: Option<String>,
    kid: Option<String>,
    crit: Option<IgnoredAny>,
}

/// The claims of RFC 9068 §2.2, with `sid` for the session (`OpenID` Connect Front-Channel Logout 1.0 §3).
#[derive(Serialize)]
struct Issued<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: Uuid,
    sid: Uuid,
    client_id: &'a str,
    exp: u64,
    iat: u64,
    nbf: u64,
    jti: Uuid,
}

#[derive(Deserialize)]
struct Presented {
    iss: String,
    aud: String,
    sub: Uuid,
    sid: Uuid,
    exp: u64,
    iat: u64,
    nbf: u64,
}

impl Tokens {
    pub fn new(config: TokensConfig, keys: KeySet, clock: Clock) -> Self {
        let verified = Cache::builder().max_capacity(REMEMBERED).time_to_live(config.ttl + LEEWAY).build();
        let (hits, misses) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { inner: Arc::new(Inner { config, clock, keys: RwLock::new(Arc::new(keys)), verified, hits, misses }) }
    }

    /// A new access token for a user's session, and its lifetime in seconds (`expires_in` of RFC 6749 §5.1).
    pub fn issue(&self, sub: Uuid, sid: Uuid) -> Result<(String, u64), CryptoError> {
        let Inner { config, clock, .. } = &*self.inner;
        let keys = self.keys();
        let (now, ttl) = (seconds(clock), config.ttl.as_secs());
        let header = Header {
            typ: Some(TYP.to_owned()),
            kid: Some(keys.signing.kid().to_owned()),
            ..Header::new(Algorithm::ES256)
        };
        let claims = Issued {
            iss: &config.issuer,
            aud: &config.audience,
            sub,
            sid,
            client_id: CLIENT_ID,
            exp: now.saturating_add(ttl),
            iat: now,
            nbf: now.saturating_sub(BACKDATED),
            jti: clock.new_id().0,
        };
        let token = jsonwebtoken::encode(&header, &claims, keys.signing.private()).map_err(|_| CryptoError)?;
        Ok((token, ttl))
    }

    /// What a token says, if it is one of ours and holds now (RFC 9068 §4).
    pub fn verify(&self, token: &str) -> Result<Claims, Invalid> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(Invalid::TooLong);
        }
        let digest = opaque::sha256(token.as_bytes());
        if let Some(Remembered { claims, not_before }) = self.inner.verified.get(&digest) {
            self.inner.hits.fetch_add(1, Relaxed);
            if !self.keys().has(&claims.kid) {
                self.inner.verified.invalidate(&digest);
                return Err(Invalid::UnknownKey);
            }
            self.holds_now(claims.exp, not_before)?;
            return Ok(claims);
        }
        self.inner.misses.fetch_add(1, Relaxed);
        let remembered = self.read(token)?;
        let claims = remembered.claims.clone();
        self.holds_now(claims.exp, remembered.not_before)?;
        self.inner.verified.insert(digest, remembered);
        Ok(claims)
    }

    /// The public keys, for other services to verify our tokens (RFC 7517).
    pub fn jwks(&self) -> Jwks {
        Jwks { keys: self.keys().order.iter().map(|key| key.jwk().clone()).collect() }
    }

    /// What remembering has spared.
    pub fn memory(&self) -> Memory {
        Memory { hits: self.inner.hits.load(Relaxed), misses: self.inner.misses.load(Relaxed) }
    }

    /// Whom the tokens are for.
    pub fn audience(&self) -> &str {
        &self.inner.config.audience
    }

    /// The keys now in use.
    pub fn keys(&self) -> Arc<KeySet> {
        Arc::clone(&self.inner.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Rotates: from the return of this function on, no token of a key that `keys` lacks is valid, remembered or not.
    pub fn replace(&self, keys: KeySet) {
        *self.inner.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
    }

    /// Everything but the times: those are judged at each use.
    fn read(&self, token: &str) -> Result<Remembered, Invalid> {
        let (message, signature) = token.rsplit_once('.').ok_or(Invalid::Malformed)?;
        let (header, payload) = message.split_once('.').ok_or(Invalid::Malformed)?;

        let header: JoseHeader = part(header)?;
        // Never the header's choice (RFC 8725 §3.1): the algorithm is ours, the header may only agree.
        if header.alg != "ES256" {
            return Err(Invalid::WrongAlgorithm);
        }
        if !header.typ.as_deref().is_some_and(is_access_token) {
            return Err(Invalid::WrongType);
        }
        if header.crit.is_some() {
            return Err(Invalid::UnknownExtension);
        }
        let keys = self.keys();
        let key = header.kid.and_then(|kid| keys.by_kid.get(kid.as_str())).ok_or(Invalid::UnknownKey)?;
        match jsonwebtoken::crypto::verify(signature, message.as_bytes(), key.decoding(), Algorithm::ES256) {
            Ok(true) => {}
            Ok(false) | Err(_) => return Err(Invalid::WrongSignature),
        }

        let Presented { iss, aud, sub, sid, exp, iat, nbf } = part(payload)?;
        if iss != self.inner.config.issuer {
            return Err(Invalid::WrongIssuer);
        }
        if aud != self.inner.config.audience {
            return Err(Invalid::WrongAudience);
        }
        Ok(Remembered { claims: Claims { sub, sid, kid: key.shared_kid(), exp }, not_before: iat.max(nbf) })
    }

    fn holds_now(&self, exp: u64, not_before: u64) -> Result<(), Invalid> {
        let now = seconds(&self.inner.clock);
        if now >= exp.saturating_add(LEEWAY.as_secs()) {
            return Err(Invalid::Expired);
        }
        if not_before > now.saturating_add(LEEWAY.as_secs()) {
            return Err(Invalid::NotYetValid);
        }
        Ok(())
    }
}

/// One part of a compact JWS: a JSON object in base64url.
fn part<T: for<'de> Deserialize<'de>>(encoded: &str) -> Result<T, Invalid> {
    let json = BASE64URL.decode(encoded).map_err(|_| Invalid::Malformed)?;
    // Serde would also take an array of the members' values.
    if json.trim_ascii_start().first() != Some(&b'{') {
        return Err(Invalid::Malformed);
    }
    serde_json::from_slice(&json).map_err(|_| Invalid::Malformed)
}

/// Whether `typ` is that of access tokens: in any case, with or without its `application/` (RFC 9068 §4, RFC 7515
/// §4.1.9).
fn is_access_token(typ: &str) -> bool {
    const APPLICATION: &str = "application/";
    let subtype = match typ.split_at_checked(APPLICATION.len()) {
        Some((start, rest)) if start.eq_ignore_ascii_case(APPLICATION) => rest,
        _ => typ,
    };
    subtype.eq_ignore_ascii_case(TYP)
}

/// Seconds since 1970.
fn seconds(clock: &Clock) -> u64 {
    u64::try_from(clock.now().timestamp()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use jsonwebtoken::{EncodingKey, encode};
    use proptest::prelude::*;
    use serde_json::{Value, json};

    const ISSUER: &str = "https://id.example.com";
    const AUDIENCE: &str = "https://api.example.com";

    struct Fixture {
        tokens: Tokens,
        key: SigningKey,
        clock: Clock,
    }

    fn fixture() -> Fixture {
        let key = SigningKey::generate().unwrap();
        let clock = Clock::default();
        let config = TokensConfig { issuer: ISSUER.into(), audience: AUDIENCE.into(), ttl: Duration::from_mins(15) };
        Fixture { tokens: Tokens::new(config, KeySet::new(key.clone(), []), clock.clone()), key, clock }
    }

    impl Fixture {
        fn good(&self) -> String {
            self.tokens.issue(Uuid::from_u128(1), Uuid::from_u128(2)).unwrap().0
        }

        fn header(&self) -> Value {
            json!({ "alg": "ES256", "typ": "at+jwt", "kid": self.key.kid() })
        }

        fn claims(&self) -> Value {
            let now = seconds(&self.clock);
            json!({
                "iss": ISSUER, "aud": AUDIENCE, "sub": Uuid::from_u128(1), "sid": Uuid::from_u128(2),
                "client_id": "usher", "exp": now + 900, "iat": now, "nbf": now, "jti": Uuid::from_u128(3)
            })
        }

        /// Whatever header and claims, rightly signed.
        fn signed(&self, header: &Value, claims: &Value) -> String {
            signed_by(&self.key, header, claims)
        }

        /// A good token but for one member of the claims.
        fn with_claim(&self, name: &str, value: Value) -> String {
            let mut claims = self.claims();
            claims[name] = value;
            self.signed(&self.header(), &claims)
        }

        /// A good token but for one member of the header.
        fn with_header(&self, name: &str, value: Value) -> String {
            let mut header = self.header();
            header[name] = value;
            self.signed(&header, &self.claims())
        }

        fn refusal(&self, token: &str) -> Invalid {
            self.tokens.verify(token).unwrap_err()
        }
    }

    fn signed_by(key: &SigningKey, header: &Value, claims: &Value) -> String {
        let message = format!("{}.{}", BASE64URL.encode(header.to_string()), BASE64URL.encode(claims.to_string()));
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), key.private(), Algorithm::ES256).unwrap();
        format!("{message}.{signature}")
    }

    #[test]
    fn an_issued_token_says_what_rfc_9068_asks_for() {
        let f = fixture();
        let (token, expires_in) = f.tokens.issue(Uuid::from_u128(1), Uuid::from_u128(2)).unwrap();
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
    }

    #[test]
    fn an_issued_token_verifies_the_first_time_and_when_remembered() {
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
        let jwks: jsonwebtoken::jwk::JwkSet =
            serde_json::from_value(serde_json::to_value(f.tokens.jwks()).unwrap()).unwrap();
        let token = f.good();
        let kid = jsonwebtoken::decode_header(&token).unwrap().kid.unwrap();
        let key = jsonwebtoken::DecodingKey::from_jwk(jwks.find(&kid).unwrap()).unwrap();
        let mut validation = jsonwebtoken::Validation::new(Algorithm::ES256);
        validation.set_audience(&[AUDIENCE]);
        validation.set_issuer(&[ISSUER]);
        jsonwebtoken::decode::<Value>(&token, &key, &validation).unwrap();
    }

    #[test]
    fn a_token_holds_until_three_seconds_after_its_expiry_also_when_remembered() {
        let f = fixture();
        let (remembered, fresh) = (f.good(), f.good());
        f.tokens.verify(&remembered).unwrap();
        f.clock.advance(TimeDelta::seconds(901));
        f.tokens.verify(&remembered).unwrap();
        f.clock.advance(TimeDelta::seconds(2));
        assert_eq!(f.refusal(&remembered), Invalid::Expired);
        assert_eq!(f.refusal(&fresh), Invalid::Expired);
    }

    #[test]
    fn a_token_from_a_clock_ahead_holds_if_it_is_no_more_than_three_seconds() {
        let f = fixture();
        let now = seconds(&f.clock);
        f.tokens.verify(&f.with_claim("nbf", json!(now + 2))).unwrap();
        f.tokens.verify(&f.with_claim("iat", json!(now + 2))).unwrap();
        assert_eq!(f.refusal(&f.with_claim("iat", json!(now + 60))), Invalid::NotYetValid);
        let ahead = f.with_claim("nbf", json!(now + 60));
        assert_eq!(f.refusal(&ahead), Invalid::NotYetValid);
        f.clock.advance(TimeDelta::seconds(60));
        f.tokens.verify(&ahead).unwrap();
        f.clock.advance(TimeDelta::seconds(-60));
        assert_eq!(f.refusal(&ahead), Invalid::NotYetValid, "also when remembered");
        f.tokens.verify(&f.with_claim("exp", json!(u64::MAX))).unwrap();
    }

    #[test]
    fn a_token_of_a_revoked_key_is_refused_at_once_also_when_remembered() {
        let f = fixture();
        let token = f.good();
        f.tokens.verify(&token).unwrap();
        f.tokens.replace(KeySet::new(SigningKey::generate().unwrap(), []));
        assert_eq!(f.refusal(&token), Invalid::UnknownKey);
        assert_eq!(f.refusal(&token), Invalid::UnknownKey);
    }

    #[test]
    fn after_a_rotation_the_new_key_signs_and_the_old_one_still_verifies() {
        let f = fixture();
        let (old, next) = (f.good(), SigningKey::generate().unwrap());
        f.tokens.replace(KeySet::new(next.clone(), [f.key.public().clone(), next.public().clone()]));
        assert_eq!(f.tokens.keys().signing_kid(), next.kid());
        assert_eq!(&*f.tokens.verify(&old).unwrap().kid, f.key.kid());
        assert_eq!(&*f.tokens.verify(&f.good()).unwrap().kid, next.kid());
        let kids: Vec<_> = f.tokens.jwks().keys.into_iter().map(|key| key.kid).collect();
        assert_eq!(kids, [next.kid(), f.key.kid()]);
    }

    #[test]
    fn no_algorithm_but_es256_is_taken() {
        let f = fixture();
        for alg in ["none", "None", "", "HS256", "ES384", "RS256", "es256"] {
            assert_eq!(f.refusal(&f.with_header("alg", json!(alg))), Invalid::WrongAlgorithm, "{alg}");
        }
        let message = format!("{}.{}", BASE64URL.encode(r#"{"alg":"none"}"#), BASE64URL.encode(f.claims().to_string()));
        assert_eq!(f.refusal(&format!("{message}.")), Invalid::WrongAlgorithm);
    }

    #[test]
    fn header_and_claims_are_objects() {
        let f = fixture();
        let (header, claims) = (f.header(), f.claims());
        let list = |object: &Value, names: &[&str]| names.iter().map(|name| object[name].clone()).collect::<Value>();
        let in_order = list(&header, &["alg", "typ", "kid", "crit"]);
        assert_eq!(f.refusal(&f.signed(&in_order, &claims)), Invalid::Malformed);
        let in_order = list(&claims, &["iss", "aud", "sub", "sid", "exp", "iat", "nbf"]);
        assert_eq!(f.refusal(&f.signed(&header, &in_order)), Invalid::Malformed);
    }

    #[test]
    fn the_public_key_is_no_shared_secret() {
        let f = fixture();
        let jwk = f.key.public().jwk();
        let point = [&[4][..], &BASE64URL.decode(&jwk.x).unwrap(), &BASE64URL.decode(&jwk.y).unwrap()].concat();
        let jwk = serde_json::to_vec(jwk).unwrap();
        for secret in [&point, &jwk] {
            let header =
                Header { typ: Some("at+jwt".into()), kid: Some(f.key.kid().into()), ..Header::new(Algorithm::HS256) };
            let forged = encode(&header, &f.claims(), &EncodingKey::from_secret(secret)).unwrap();
            assert_eq!(f.refusal(&forged), Invalid::WrongAlgorithm);
            let (message, _) = forged.rsplit_once('.').unwrap();
            let message =
                message.replace(message.split('.').next().unwrap(), &BASE64URL.encode(f.header().to_string()));
            let (_, mac) = forged.rsplit_once('.').unwrap();
            assert_eq!(f.refusal(&format!("{message}.{mac}")), Invalid::WrongSignature);
        }
    }

    #[test]
    fn another_key_under_our_kid_or_brought_along_is_refused() {
        let f = fixture();
        let other = SigningKey::generate().unwrap();
        let mut header = f.header();
        assert_eq!(f.refusal(&signed_by(&other, &header, &f.claims())), Invalid::WrongSignature);
        header["jwk"] = serde_json::to_value(other.public().jwk()).unwrap();
        header["jku"] = json!("https://attacker.example/jwks.json");
        header["x5u"] = json!("https://attacker.example/cert.pem");
        assert_eq!(f.refusal(&signed_by(&other, &header, &f.claims())), Invalid::WrongSignature);
        header["kid"] = json!(other.kid());
        assert_eq!(f.refusal(&signed_by(&other, &header, &f.claims())), Invalid::UnknownKey);
        header["kid"] = Value::Null;
        assert_eq!(f.refusal(&signed_by(&f.key, &header, &f.claims())), Invalid::UnknownKey);
    }

    #[test]
    fn only_the_type_of_access_tokens_is_taken() {
        let f = fixture();
        for typ in ["at+jwt", "AT+JWT", "application/at+jwt", "Application/At+Jwt"] {
            f.tokens.verify(&f.with_header("typ", json!(typ))).unwrap();
        }
        for typ in
            [json!("JWT"), json!(""), json!("application/jwt"), json!("application/"), json!("ä+jwt"), Value::Null]
        {
            assert_eq!(f.refusal(&f.with_header("typ", typ)), Invalid::WrongType);
        }
    }

    #[test]
    fn an_extension_that_must_be_understood_is_refused() {
        let f = fixture();
        assert_eq!(f.refusal(&f.with_header("crit", json!(["b64"]))), Invalid::UnknownExtension);
        assert_eq!(f.refusal(&f.with_header("crit", json!([]))), Invalid::UnknownExtension);
    }

    #[test]
    fn a_token_of_another_issuer_or_for_another_audience_is_refused() {
        let f = fixture();
        assert_eq!(f.refusal(&f.with_claim("iss", json!("https://id.example.com/"))), Invalid::WrongIssuer);
        assert_eq!(f.refusal(&f.with_claim("aud", json!("https://other.example.com"))), Invalid::WrongAudience);
        assert_eq!(f.refusal(&f.with_claim("aud", json!([AUDIENCE, "another"]))), Invalid::Malformed);
    }

    #[test]
    fn a_missing_or_misshapen_claim_is_refused() {
        let f = fixture();
        for name in ["iss", "aud", "sub", "sid", "exp", "iat", "nbf"] {
            let mut claims = f.claims();
            claims.as_object_mut().unwrap().remove(name);
            assert_eq!(f.refusal(&f.signed(&f.header(), &claims)), Invalid::Malformed, "{name}");
        }
        for (name, value) in [("exp", json!(-1)), ("exp", json!("never")), ("nbf", json!(1.5)), ("sub", json!("ada"))] {
            assert_eq!(f.refusal(&f.with_claim(name, value)), Invalid::Malformed, "{name}");
        }
    }

    #[test]
    fn a_changed_payload_is_refused_and_the_refusal_is_not_remembered() {
        let f = fixture();
        let token = f.good();
        let parts: Vec<_> = token.split('.').collect();
        let mut claims = f.claims();
        claims["sub"] = json!(Uuid::from_u128(99));
        let changed = format!("{}.{}.{}", parts[0], BASE64URL.encode(claims.to_string()), parts[2]);
        assert_eq!(f.refusal(&changed), Invalid::WrongSignature);
        assert_eq!(f.refusal(&changed), Invalid::WrongSignature);
        f.tokens.inner.verified.run_pending_tasks();
        assert_eq!(f.tokens.inner.verified.entry_count(), 0);
    }

    #[test]
    fn an_overlong_token_is_not_looked_at() {
        let f = fixture();
        assert_eq!(f.refusal(&"a".repeat(MAX_TOKEN_BYTES + 1)), Invalid::TooLong);
        assert_eq!(f.refusal(&"a".repeat(MAX_TOKEN_BYTES)), Invalid::Malformed);
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
        fn no_change_of_one_character_goes_unseen(at in any::<prop::sample::Index>(), to in "[A-Za-z0-9_.-]") {
            let f = fixture();
            let token = f.good();
            let at = at.index(token.len());
            prop_assume!(token[at..=at] != to);
            let changed = format!("{}{to}{}", &token[..at], &token[at + 1..]);
            prop_assert!(f.tokens.verify(&changed).is_err());
        }
    }
}
