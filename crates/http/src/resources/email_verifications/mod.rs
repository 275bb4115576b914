//! Verification of e-mail addresses: the user proves to read the address with the token that was mailed there.

pub mod confirm;
pub mod resend;
