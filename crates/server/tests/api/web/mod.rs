//! Pages for people.

mod console;
mod console_cookie;
mod console_session;
mod docs;
mod mailed_links;
