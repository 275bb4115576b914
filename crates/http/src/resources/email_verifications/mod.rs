//! E-mail addresses: who reads one proves it with the token that was mailed there.

pub mod confirm;
pub mod resend;
