//! Our own pages, where mailed links lead unless an application takes them: they confirm an address and choose a password.
//!
//! Files that are compiled in and served as they are. They call the same operations as everybody else, by URLs relative to
//! their own, so that any prefix in front will do.

use crate::{routes, service::Settings};
use actix_web::{
    HttpResponse,
    http::{Method, header},
    web,
};

/// Lets a page load its own files and call its own service, and nothing else: no script makes HTML of a text.
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

/// The routes of the pages; none where an application of the operator's takes the links.
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
