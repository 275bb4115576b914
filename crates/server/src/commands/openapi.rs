//! `usher openapi`

use crate::failure::{Context, Failure};
use std::io::{Write, stdout};

/// Prints the OpenAPI document.
pub fn run() -> Result<(), Failure> {
    let text = usher_http::document(usher_http::OPERATIONS, "").to_pretty_json().or_fail()?;
    writeln!(stdout(), "{text}").context("standard output")
}
