//! Users: one file for each kind of question.

mod create;
mod delete;
mod list;
mod password;
mod read;
mod status;
mod update;

pub use create::NewUser;
pub(crate) use list::searches;
pub use password::{Credentials, Identifier};
pub use update::Changes;
