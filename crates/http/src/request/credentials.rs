//! The `Authorization` field (RFC 9110 §11.6.2), with the types of actix-web-httpauth. Its own schemes match their names
//! case-sensitively, although the RFC says otherwise (§11.1), so the schemes are implemented here (ADR 0007).

use crate::problem::{Problem, TokenError};
use actix_web::http::header::{AUTHORIZATION, HeaderMap, HeaderValue, InvalidHeaderValue, TryIntoHeaderValue};
use actix_web_httpauth::headers::authorization::{ParseError, Scheme};
use std::{fmt, marker::PhantomData};
use usher_auth::Clients;

/// The name of an authentication scheme.
pub trait SchemeName: Clone + Send + Sync {
    const NAME: &'static str;
}

/// An access token (RFC 6750 §2.1).
#[derive(Clone)]
pub struct Bearer;

impl SchemeName for Bearer {
    const NAME: &'static str = "Bearer";
}

/// A name and a password (RFC 7617).
#[derive(Clone)]
pub struct Basic;

impl SchemeName for Basic {
    const NAME: &'static str = "Basic";
}

/// The credentials that follow the name of the scheme. They are a secret: neither `Debug` nor `Display` shows them.
#[derive(Clone)]
pub struct Credentials<S> {
    secret: String,
    scheme: PhantomData<S>,
}

impl<S: SchemeName> Credentials<S> {
    pub fn secret(&self) -> &str {
        &self.secret
    }
}

impl<S: SchemeName> Scheme for Credentials<S> {
    fn parse(field: &HeaderValue) -> Result<Self, ParseError> {
        let value = field.to_str()?;
        match value.split_once(' ') {
            Some((scheme, secret)) if scheme.eq_ignore_ascii_case(S::NAME) => {
                Ok(Self { secret: secret.trim().to_owned(), scheme: PhantomData })
            }
            None if value.eq_ignore_ascii_case(S::NAME) => Err(ParseError::Invalid),
            _ => Err(ParseError::MissingScheme),
        }
    }
}

impl<S: SchemeName> fmt::Debug for Credentials<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<S: SchemeName> fmt::Display for Credentials<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [redacted]", S::NAME)
    }
}

/// `Scheme` requires it, for clients.
impl<S: SchemeName> TryIntoHeaderValue for Credentials<S> {
    type Error = InvalidHeaderValue;

    fn try_into_value(self) -> Result<HeaderValue, Self::Error> {
        let mut value = HeaderValue::try_from(format!("{} {}", S::NAME, self.secret))?;
        value.set_sensitive(true);
        Ok(value)
    }
}

/// The access token of a request, if it has one. Another scheme counts as no token.
pub fn access_token(headers: &HeaderMap) -> Result<Option<Credentials<Bearer>>, Problem> {
    let mut fields = headers.get_all(AUTHORIZATION);
    match (fields.next(), fields.next()) {
        (None, _) => Ok(None),
        (Some(field), None) => match Credentials::parse(field) {
            Ok(token) => Ok(Some(token)),
            Err(ParseError::MissingScheme) => Ok(None),
            Err(_) => Err(Problem::Unauthorized(TokenError::Invalid)),
        },
        // Which of several fields holds is not defined, and intermediaries may disagree about it.
        (Some(_), Some(_)) => Err(Problem::Unauthorized(TokenError::Invalid)),
    }
}

/// Whether the request has the credentials of a client that the operator has configured (RFC 6749 §2.3.1).
pub fn authenticate_client(clients: &Clients, headers: &HeaderMap) -> Result<(), Problem> {
    let mut fields = headers.get_all(AUTHORIZATION);
    let (Some(field), None) = (fields.next(), fields.next()) else { return Err(Problem::InvalidClient) };
    let credentials = Credentials::<Basic>::parse(field).map_err(|_| Problem::InvalidClient)?;
    clients.authenticate(credentials.secret()).map(|_| ()).ok_or(Problem::InvalidClient)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn one(value: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, HeaderValue::from_static(value));
        headers
    }

    #[test]
    fn a_scheme_is_understood_in_any_case() {
        for value in ["Bearer abc", "bearer abc", "BEARER  abc "] {
            let token = access_token(&one(value)).unwrap().unwrap();
            assert_eq!(token.secret(), "abc", "{value}");
        }
        for none in ["Basic abc", "Bearerabc", "DPoP bearer abc"] {
            assert!(access_token(&one(none)).unwrap().is_none(), "{none}");
        }
        assert!(access_token(&one("bearer")).is_err());
    }

    #[test]
    fn of_two_fields_neither_counts() {
        let mut headers = one("Bearer abc");
        headers.append(AUTHORIZATION, HeaderValue::from_static("Bearer abc"));
        assert!(access_token(&headers).is_err());
    }

    #[test]
    fn credentials_are_not_shown() {
        let token = access_token(&one("Bearer abc")).unwrap().unwrap();
        assert_eq!(format!("{token} {token:?}"), "Bearer [redacted] Bearer [redacted]");
        let value = token.try_into_value().unwrap();
        assert_eq!((value.as_bytes(), value.is_sensitive()), (&b"Bearer abc"[..], true));
    }
}
