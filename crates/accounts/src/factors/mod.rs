//! Second factors: their secrets are generated and encrypted here, and codes are verified.

mod changes;
pub(crate) mod passkeys;
mod recovery_codes;
mod secrets;
mod totp;

pub use passkeys::{BegunCeremony, EnrolledPasskey, PresentedPasskey};
pub(crate) use secrets::open_totp;
pub use secrets::{count_unreadable_secrets, seal_totp};
pub use totp::{ConfirmedTotp, EnrolledTotp};
