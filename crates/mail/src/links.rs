//! The links in mails.

/// Builds the links in mails.
#[derive(Debug, Clone)]
pub struct Links {
    /// The start of each link, without a slash at the end: the URL of the application, or of the service's own pages.
    pub base: String,
}

impl Links {
    /// A link with a token. The token is in the fragment, so no server receives it and no access log records it.
    pub(crate) fn link(&self, page: &str, token: &str) -> String {
        format!("{}/{page}#token={token}", self.base)
    }
}
