//! The token endpoint: the resource owner password credentials grant (RFC 6749 §4.3).

use crate::{
    body::{Body, Encoding, Field, Writable},
    call::Call,
    operations::{IssueToken, Operation},
    problem::Problem,
};
use actix_web::{HttpResponse, http::header};
use serde::Serialize;
use usher_auth::Verdict;
use usher_domain::{NewPassword, Rule, checked, fold::fold};
use usher_persistence::Identifier;
use utoipa::ToSchema;

/// What a client offers for a token.
#[derive(Debug)]
pub enum Grant {
    Password { username: String, password: String },
}

/// Most characters of a name to sign in with.
const NAME: usize = 320;
/// Most bytes of a password to sign in with; longer than any that bcrypt can see, for hashes made elsewhere.
const PASSWORD: usize = 1024;

impl Body for Grant {
    const ENCODING: Encoding = Encoding::Form;
    const NAME: Option<&'static str> = Some("PasswordGrant");
    const DESCRIPTION: &'static str = "The resource owner password credentials grant (RFC 6749 §4.3.2).";
    const FIELDS: &'static [Field] = &[
        Field {
            name: "grant_type",
            required: true,
            rule: Rule::one_of(&["password"]),
            description: "The kind of grant",
        },
        Field {
            name: "username",
            required: true,
            rule: Rule::free(1, NAME, "ada"),
            description: "The username or the e-mail address",
        },
        Field {
            name: "password",
            required: true,
            rule: Rule { format: Some("password"), ..Rule::free(1, PASSWORD, "correct horse battery staple") },
            description: "The password",
        },
    ];

    /// Parameters that are not known are passed over, empty ones count as absent, repeated ones are an error (RFC 6749 §3.2).
    fn read(bytes: &[u8], _: Writable<'_>) -> Result<Self, Problem> {
        const KNOWN: [&str; 3] = ["grant_type", "username", "password"];
        let mut values: [Option<String>; KNOWN.len()] = Default::default();
        for (name, value) in form_urlencoded::parse(bytes) {
            let Some(at) = KNOWN.iter().position(|known| *known == name) else { continue };
            if value.is_empty() {
                continue;
            }
            if values[at].replace(value.into_owned()).is_some() {
                return Err(invalid_request(format!("`{name}` is there twice.")));
            }
        }
        let [grant_type, username, password] = values;
        let missing = |name: &str| invalid_request(format!("`{name}` is missing."));
        match grant_type.as_deref() {
            None => Err(missing("grant_type")),
            Some("password") => {
                let username = username.ok_or_else(|| missing("username"))?;
                let password = password.ok_or_else(|| missing("password"))?;
                Ok(Self::Password { username, password })
            }
            Some(_) => Err(Problem::OAuth {
                error: "unsupported_grant_type",
                description: "`grant_type` must be `password`.".into(),
            }),
        }
    }
}

fn invalid_request(description: String) -> Problem {
    Problem::OAuth { error: "invalid_request", description: description.into() }
}

/// A token (RFC 6749 §5.1).
#[derive(Serialize, ToSchema)]
#[schema(as = Token)]
pub struct Token {
    /// The access token: a JWT (RFC 9068), to be sent as `Authorization: Bearer …`.
    #[schema(example = "eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIwMTkzIn0.c2lnbmF0dXJl")]
    access_token: String,
    /// `Bearer`.
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// For how many seconds the access token holds.
    #[schema(example = 900)]
    expires_in: u64,
}

/// Sign in
///
/// Exchanges a user name, or an e-mail address, and a password for an access token, and begins a session.
#[utoipa::path(post, path = IssueToken::ROW.path, impl_for = IssueToken, tag = "accounts",
    responses((status = 200, description = "The token", body = Token)))]
pub async fn handle(call: Call<IssueToken>) -> Result<HttpResponse, Problem> {
    let Grant::Password { username, password } = &call.body;
    let (service, origin) = (&call.service, call.service.origin(&call.request));
    let from = service.address(&call.request);
    let credentials = match identifier(username) {
        Some(identifier) => service.database.credentials(&identifier).await?,
        None => None,
    };
    // A hash is computed whether there is such a user or not.
    let hash = credentials.as_ref().and_then(|credentials| credentials.password_hash.as_deref());
    let Verdict { matches, outdated } = service.hasher.verify(password, hash, from).await?;
    let mut session = None;
    if let Some(credentials) = credentials.as_ref().filter(|_| matches) {
        let rehashed = match checked::<NewPassword>(password) {
            Ok(password) if outdated => Some(service.hasher.hash(&password, from).await?),
            _ => None,
        };
        let lifetimes = service.settings.lifetimes;
        session = service.database.sign_in(credentials, rehashed.as_deref(), lifetimes, &origin).await?;
    }
    let Some(session) = session else {
        service.database.sign_in_refused(credentials.map(|credentials| credentials.id), &origin).await?;
        return Err(Problem::OAuth { error: "invalid_grant", description: "The credentials are not valid.".into() });
    };
    let (access_token, expires_in) = service.keyring.issue(session.user_id, session.id)?;
    Ok(HttpResponse::Ok().insert_header((header::PRAGMA, "no-cache")).json(Token {
        access_token,
        token_type: "Bearer",
        expires_in,
    }))
}

/// How the name that was sent is looked up: only an e-mail address has an `@`.
fn identifier(name: &str) -> Option<Identifier> {
    if name.chars().count() > NAME {
        return None;
    }
    let key = fold(name);
    // No name has one, and Postgres keeps none.
    if key.contains('\0') {
        return None;
    }
    Some(if key.contains('@') { Identifier::Email(key) } else { Identifier::Username(key) })
}
