//! Pages for mailed links, unless the operator's application handles them: confirm an address, choose a new password.

use super::page::Page;
use crate::{routes, service::Settings};
use actix_web::{HttpRequest, http::Method, web};

/// The path of each page, and the relation of the form that it sends.
const PAGES: [(&str, &str); 2] = [("/verify-email", "verify-email"), ("/reset-password", "reset-password")];

/// The routes of the pages; none if the operator's application handles the links.
pub fn configure(config: &mut web::ServiceConfig, settings: &Settings) {
    if settings.app_url.is_some() {
        return;
    }
    for (path, relation) in PAGES {
        let page = Page::new(settings, relation);
        let serve = move |request: HttpRequest| {
            let answer = page.answer(&request);
            async move { answer }
        };
        config.service(routes::resource(path, [(&Method::GET, web::route().to(serve))]));
    }
}
