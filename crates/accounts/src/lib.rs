//! The application layer: what the service does with accounts, passwords, tokens and signing keys.
//!
//! Here belongs everything that combines the database (`usher_persistence`) with credentials (`usher_auth`): signing in,
//! refreshing a session, registering, verifying and changing passwords, rate limits, and the signing keys in use. HTTP and the
//! command line both call it. It knows no path, no status code and no SQL; it fails with [`Error`], and its caller decides how
//! an error is shown. A rule about who may do what belongs in `usher_domain::policy`, and a rule about a single value, such as
//! the length of a username, in `usher_domain`.

mod accounts;
mod api_keys;
mod caller;
mod email_verification;
mod error;
pub mod factors;
mod keyed_semaphore;
pub mod keyring;
pub mod operator;
mod passkey_sign_in;
mod password_change;
mod password_reset;
mod password_verification;
mod presented_token;
mod proof;
mod rate_limit;
mod refresh;
mod registration;
mod second_step;
mod session;
mod sign_in;
mod step_up;
mod user_update;

pub use accounts::{AccountSettings, Accounts};
pub use api_keys::ApiKeyToCreate;
pub use caller::Caller;
pub use error::Error;
pub use factors::{AddedFactor, BegunCeremony, EnrolledTotp, PresentedPasskey};
pub use keyring::{Keyring, KeyringError};
pub use password_verification::MAX_PASSWORD_LENGTH;
pub use presented_token::{ActiveToken, TokenKind};
pub use proof::Proof;
pub use registration::{Registrant, UserToCreate, reject_personal_password};
pub use second_step::WaitingSignIn;
pub use session::{IssuedSession, SignedIn};
pub use sign_in::{MAX_NAME_LENGTH, NamedAccount};
pub use user_update::UserUpdate;
