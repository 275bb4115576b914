//! Forgotten passwords.

mod confirm;
mod request;
mod rights;

const REQUEST: &str = "/v1/password-resets";
const CONFIRM: &str = "/v1/password-resets/confirm";
const NEW: &str = "difference-engine-1822";
