//! Pages for people.

mod docs;
mod mailed_links;
