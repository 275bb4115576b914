//! `usher role list`

use crate::{
    cli::role::ListFormat,
    failure::{Context, Failure},
};
use serde_json::json;
use std::io::{Write, stdout};
use usher_domain::{RoleDetails, clock::format_time};
use usher_persistence::Database;

/// Lists all roles.
pub async fn run(database: &Database, format: ListFormat) -> Result<(), Failure> {
    let mut out = stdout().lock();
    for role in database.roles().await.or_fail()? {
        let line = match format {
            ListFormat::Table => row(&role),
            ListFormat::Ndjson => object(&role),
        };
        writeln!(out, "{line}").context("standard output")?;
    }
    Ok(())
}

fn row(details: &RoleDetails) -> String {
    let rights = details.role.rights;
    let reserved = if rights.reserved { "reserved" } else { "" };
    let permissions = if rights.admin { "all".to_owned() } else { rights.permissions.names().join(", ") };
    format!("{:<32}  {:>8}  {reserved:<8}  {permissions}", details.role.name.as_str(), details.users)
        .trim_end()
        .to_owned()
}

/// The names are those of the representation.
fn object(details: &RoleDetails) -> String {
    let role = &details.role;
    json!({
        "name": role.name.as_str(),
        "description": details.description.as_str(),
        "permissions": role.rights.permissions.names(),
        "reserved": role.rights.reserved,
        "built_in": role.name.is_built_in(),
        "users": details.users,
        "created_at": format_time(details.created_at),
        "updated_at": format_time(details.updated_at),
    })
    .to_string()
}
