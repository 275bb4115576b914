//! The console: a page for users and admins that does what the API offers them, and its browser session.
//!
//! The session is an ordinary one. A cookie that scripts cannot read holds its refresh token; the page holds a short access token
//! in memory. The API itself reads no cookie.

pub mod cookie;
mod same_origin;
mod session;
mod token;

use super::page::Page;
use crate::{
    oauth::token::IssuedTokens,
    routes,
    service::{Service, Settings},
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, header},
    web,
};
use cookie::SessionCookie;
use serde::Serialize;
use std::time::Duration;

/// Maximum lifetime of the access tokens of the page, whatever that of others is: a script that got into the page could take one
/// away. The page gets a new one whenever it needs one.
const MAX_ACCESS_TOKEN_LIFETIME: Duration = Duration::from_mins(15);

/// The routes of the console; none if it is turned off.
pub fn configure(config: &mut web::ServiceConfig, settings: &Settings) {
    if !settings.console {
        return;
    }
    let session = [(&Method::POST, web::route().to(session::begin)), (&Method::DELETE, web::route().to(session::end))];
    config.service(routes::resource("/console/session", session));
    config.service(routes::resource("/console/token", [(&Method::POST, web::route().to(token::issue))]));
    // Whatever follows is for the script: the path of a resource that it shows.
    for path in ["/console", "/console/{tail:.*}"] {
        let page = Page::new(settings, "");
        let serve = move |request: HttpRequest| {
            let answer = page.answer(&request);
            async move { answer }
        };
        config.service(routes::resource(path, [(&Method::GET, web::route().to(serve))]));
    }
}

/// What the page gets: the refresh token is in the cookie.
#[derive(Serialize)]
struct AccessToken {
    access_token: String,
    token_type: &'static str,
    expires_in: u64,
}

/// The answer with the tokens of a session that has begun or was continued.
fn answer(service: &Service, tokens: IssuedTokens) -> HttpResponse {
    let IssuedTokens { access_token, expires_in, refresh_token } = tokens;
    let idle = service.accounts.settings().lifetimes.idle;
    let cookie = SessionCookie::of(&service.settings).holding(&refresh_token, idle);
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::PRAGMA, "no-cache"))
        .insert_header((header::SET_COOKIE, cookie))
        .json(AccessToken { access_token, token_type: "Bearer", expires_in })
}
