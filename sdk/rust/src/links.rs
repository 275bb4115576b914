//! Following links to the next page, or to a representation together with its version.

use crate::{
    apis::{Error, ResponseContent, configuration::Configuration},
    models::{AuditEventPage, FactorPage, Link, OAuthError, Problem, SessionPage, UserPage},
};
use reqwest::header::ETAG;
use serde::de::DeserializeOwned;
use url::Url;

/// The representation that a link led to.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer<T> {
    pub representation: T,
    /// The version of the representation, for `if_match`; only users have one.
    pub etag: Option<String>,
}

/// A page of one of the lists.
pub trait Page: DeserializeOwned {
    /// The link to the page after this one, if there is one.
    fn next_link(&self) -> Option<&Link>;
}

impl Page for UserPage {
    fn next_link(&self) -> Option<&Link> {
        self._links.next.as_ref()
    }
}

impl Page for FactorPage {
    fn next_link(&self) -> Option<&Link> {
        self._links.next.as_ref()
    }
}

impl Page for SessionPage {
    fn next_link(&self) -> Option<&Link> {
        self._links.next.as_ref()
    }
}

impl Page for AuditEventPage {
    fn next_link(&self) -> Option<&Link> {
        self._links.next.as_ref()
    }
}

/// The next page, if there is one.
///
/// # Errors
///
/// As of [`follow`].
pub async fn next_page<P: Page>(service: &Configuration, page: &P) -> Result<Option<P>, Error<Problem>> {
    match page.next_link() {
        Some(link) => Ok(Some(follow(service, link).await?.representation)),
        None => Ok(None),
    }
}

/// Reads the representation that the link leads to.
///
/// # Errors
///
/// The problem in the response, or the reason why there was no response.
pub async fn follow<T: DeserializeOwned>(service: &Configuration, link: &Link) -> Result<Answer<T>, Error<Problem>> {
    let url = Url::parse(&service.base_path).and_then(|base| base.join(&link.href));
    let mut request = service.client.get(url.map_err(std::io::Error::other)?);
    if let Some(token) = &service.oauth_access_token {
        request = request.bearer_auth(token);
    }
    let response = request.send().await?;
    let status = response.status();
    let etag = response.headers().get(ETAG).and_then(|etag| etag.to_str().ok()).map(ToOwned::to_owned);
    let content = response.text().await?;
    if status.is_success() {
        Ok(Answer { representation: serde_json::from_str(&content)?, etag })
    } else {
        let entity = serde_json::from_str(&content).ok();
        Err(Error::ResponseError(ResponseContent { status, content, entity }))
    }
}

/// The problem document of a failed operation, if the response has one.
///
/// The variants of an operation's own error do not distinguish statuses whose bodies have the same form; the problem does.
pub fn problem<E>(error: &Error<E>) -> Option<Problem> {
    match error {
        Error::ResponseError(response) => serde_json::from_str(&response.content).ok(),
        _ => None,
    }
}

/// The error of a sign-in that failed, if the response has one; `mfa_required` has `mfa_token` and `mfa_methods`.
pub fn oauth_error<E>(error: &Error<E>) -> Option<OAuthError> {
    match error {
        Error::ResponseError(response) => serde_json::from_str(&response.content).ok(),
        _ => None,
    }
}
