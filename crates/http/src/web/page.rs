//! The one page that is the console and what mailed links lead to, in each language. Its script finds out what to show.

use super::assets::HASH;
use crate::{
    request::language::{self, Language},
    service::Settings,
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderName},
    web::Bytes,
};

const TEMPLATE: &str = include_str!("../../../../console/dist/console.html");

/// Allows the page to load its own files and call its own service only; scripts cannot turn text into HTML. QR codes are data.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
     trusted-types 'none'";

/// What the page may use of the browser.
const PERMISSIONS: &str = "publickey-credentials-get=(self), publickey-credentials-create=(self)";

/// The page in each language.
#[derive(Clone)]
pub struct Page {
    english: Bytes,
    german: Bytes,
}

impl Page {
    /// The page of the console, or with a `relation` the one that sends the form of this relation with a mailed token.
    pub fn new(settings: &Settings, relation: &str) -> Self {
        let fill = |language: Language| {
            let page = TEMPLATE
                .replace("{{lang}}", language.as_str())
                .replace("{{prefix}}", settings.prefix())
                .replace("{{hash}}", &HASH)
                .replace("{{relation}}", relation)
                .replace("{{console}}", if settings.console { "on" } else { "off" });
            Bytes::from(page)
        };
        Self { english: fill(Language::En), german: fill(Language::De) }
    }

    /// The page in the language that the client prefers.
    pub fn answer(&self, request: &HttpRequest) -> HttpResponse {
        let language = language::negotiate(request.headers());
        let page = match language {
            Language::En => &self.english,
            Language::De => &self.german,
        };
        HttpResponse::Ok()
            .content_type("text/html; charset=utf-8")
            .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
            .insert_header((header::CONTENT_LANGUAGE, language.as_str()))
            .insert_header((header::VARY, "Accept-Language"))
            .insert_header((HeaderName::from_static("cross-origin-opener-policy"), "same-origin"))
            .insert_header((HeaderName::from_static("permissions-policy"), PERMISSIONS))
            .body(page.clone())
    }
}
