//! Pages for people: the API documentation, the console, and those that mailed links lead to.

pub mod assets;
pub mod console;
pub mod docs;
pub mod mailed_links;
mod page;
