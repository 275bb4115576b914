//! Second factors: their secrets are generated and encrypted here, and codes are verified.

mod changes;
pub(crate) mod passkeys;
mod recovery_codes;
mod secrets;
mod totp;

pub use passkeys::{BegunCeremony, PresentedPasskey};
pub(crate) use secrets::open_totp;
pub use secrets::{count_unreadable_secrets, seal_totp};
pub use totp::EnrolledTotp;

use recovery_codes::RecoveryCodes;
use usher_domain::{Factor, policy::Principal};
use usher_persistence::ConfirmedFactor;

/// A factor that was added.
pub struct AddedFactor {
    pub factor: Factor,
    /// The recovery codes that come with the first factor, which are not shown again.
    pub recovery_codes: Option<Vec<String>>,
    /// Who has added it, and has proved it now.
    pub actor: Principal,
}

impl AddedFactor {
    /// The codes count only if they were stored, with the first factor.
    fn with(codes: RecoveryCodes, ConfirmedFactor { factor, is_first, actor }: ConfirmedFactor) -> Self {
        Self { factor, recovery_codes: is_first.then_some(codes.texts), actor }
    }
}
