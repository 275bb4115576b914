//! `usher openapi`

use crate::failure::Failure;
use std::io::{Write, stdout};

/// Prints the OpenAPI document.
pub fn run() -> Result<(), Failure> {
    let text = usher_http::document("").to_pretty_json().map_err(|error| Failure::new(error.to_string()))?;
    writeln!(stdout(), "{text}").map_err(|error| Failure::during("standard output", error))
}
