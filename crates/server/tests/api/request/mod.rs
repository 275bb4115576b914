//! What holds for every request: sizes, encodings, conditions, negotiation, and the order of errors.

mod client_address;
mod connections;
mod cors;
mod encoding;
mod fuzz;
mod input;
mod negotiation;
mod order_of_errors;
