//! The sessions of a user. A sign-in begins one; revocation, suspension, deletion or time ends it.

mod begin;
mod export;
mod list;
mod passkey;
mod proofs;
mod revoke;
mod row;
mod second_step;
mod sign_in;
mod step_up;
mod target;

pub use passkey::{PasskeySignIn, PasskeySignInOutcome};
use row::SessionRow;
pub(crate) use row::{AuthenticationRow, authentication};
pub use second_step::{SecondStep, SecondStepOutcome};
pub use sign_in::{FirstStep, SignIn, SignInRules};
pub use step_up::{StepUp, StepUpOutcome};
