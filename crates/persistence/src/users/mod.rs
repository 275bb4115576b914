//! Users: one file for each kind of question.

mod administrators;
mod counts;
mod create;
mod delete;
mod import;
mod list;
mod password;
mod record;
mod status;
mod target;
mod update;

pub use create::NewUser;
pub use import::{Candidate, Conflict, Import, ImportedTotp, Placing};
pub use password::{Credentials, Identifier};
pub use record::UserRecord;
pub use update::Changes;
pub(crate) use update::check_verified_hash;
