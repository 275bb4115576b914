//! A user of a file, field by field: what a source drafts, what is checked of it, and what is written.

mod check;
mod draft;
mod field;
mod value;
mod write;

pub use check::{FileUser, check};
pub use draft::Draft;
pub use field::Field;
pub use value::Value;
pub use write::{WRITTEN, Writer, values};
