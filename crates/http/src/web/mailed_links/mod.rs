//! Pages for mailed links, unless the operator's application handles them: confirm an address, choose a new password.
//!
//! The files are compiled in and served unchanged. They call the public operations by relative URLs, so that they work
//! behind any path prefix.

use crate::{routes, service::Settings};
use actix_web::{
    HttpResponse,
    http::{Method, header},
    web,
};

/// Allows a page to load its own files and call its own service only; scripts cannot turn text into HTML.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
     trusted-types 'none'";

const HTML: &str = "text/html; charset=utf-8";

/// Path, media type and content of each file.
const FILES: [(&str, &str, &str); 4] = [
    ("/verify-email", HTML, include_str!("verify-email.html")),
    ("/reset-password", HTML, include_str!("reset-password.html")),
    ("/assets/page.js", "text/javascript; charset=utf-8", include_str!("page.js")),
    ("/assets/page.css", "text/css; charset=utf-8", include_str!("page.css")),
];

/// The routes of the pages; none if the operator's application handles the links.
pub fn configure(config: &mut web::ServiceConfig, settings: &Settings) {
    if settings.app_url.is_some() {
        return;
    }
    for (path, media, content) in FILES {
        let serve = move || async move {
            HttpResponse::Ok()
                .content_type(media)
                .insert_header((header::CONTENT_SECURITY_POLICY, PAGE_POLICY))
                .body(content)
        };
        config.service(routes::resource(path, [(&Method::GET, web::route().to(serve))]));
    }
}
