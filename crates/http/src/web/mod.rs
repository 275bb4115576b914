pub mod docs;
pub mod mailed_links;
