//! The sessions of a user. A sign-in begins one; revocation, suspension, deletion or time ends it.

mod export;
mod list;
mod revoke;
mod row;
mod sign_in;
mod target;

use row::SessionRow;
pub use sign_in::{SignIn, SignInRules};
