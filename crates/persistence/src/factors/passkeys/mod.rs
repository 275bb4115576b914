//! Passkeys, and the ceremonies in which they are created and used.
//!
//! What a passkey and the state of a ceremony are is JSON here: the caller gives functions that read and verify it. A ceremony of
//! a session is stored when it begins, and deleted when a credential has answered it. One to sign in is sealed and handed to the
//! client; only that it is spent is stored, until it has expired.
//!
//! A passkey is for one domain (RP ID). Under another one it is neither listed nor accepted.

mod ceremonies;
mod enrol;
mod find;
mod proof;
mod step_up;

pub use enrol::{Enrolment, NewPasskey, PasskeyEnrolled, PasskeysOfUser};
pub(super) use proof::accept;
pub use proof::{Ceremony, PasskeyProof, PasskeyVerdict, VerifiedPasskey, VerifyPasskey};
