//! `usher role`

use super::role_name;
use crate::settings::DatabaseSettings;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;
use usher_domain::{Permission, PermissionSet, RoleDescription, RoleName, checked};

#[derive(Args)]
pub struct RoleCommand {
    #[command(flatten)]
    pub database: DatabaseSettings,
    #[command(subcommand)]
    pub command: RoleSubcommand,
}

#[derive(Subcommand)]
pub enum RoleSubcommand {
    /// List roles: name, number of users, permissions
    List {
        /// Format of the list; `ndjson` is what `usher role import` reads
        #[arg(long, value_enum, default_value_t = ListFormat::Table)]
        format: ListFormat,
    },
    /// Create a role
    #[command(after_help = permission_list())]
    Create {
        /// Name: lowercase letters, digits and hyphens
        #[arg(value_parser = role_name)]
        name: RoleName,
        /// What the role is for
        #[arg(long, value_parser = description, default_value = "")]
        description: RoleDescription,
        /// Permissions, separated by commas; listed below
        #[arg(long, value_parser = permissions, default_value = "")]
        permissions: PermissionSet,
        /// Let only admins give the role, and act on those who have it
        #[arg(long)]
        reserved: bool,
    },
    /// Change a role; running services apply it at the next request of each user who has it
    #[command(after_help = permission_list())]
    Update {
        /// Name
        #[arg(value_parser = role_name)]
        name: RoleName,
        /// What the role is for
        #[arg(long, value_parser = description)]
        description: Option<RoleDescription>,
        /// All permissions, separated by commas, in place of the present ones; listed below
        #[arg(long, value_parser = permissions)]
        permissions: Option<PermissionSet>,
        /// Whether only admins may give the role, and act on those who have it
        #[arg(long)]
        reserved: Option<bool>,
    },
    /// Delete a role that no user has
    Delete {
        /// Name
        #[arg(value_parser = role_name)]
        name: RoleName,
    },
    /// Add roles from a file of `usher role list --format ndjson`
    ///
    /// Each line is a JSON object with the keys `name`, `permissions`, `description` and `reserved`; the last two may be left
    /// out. Existing roles are not changed: an equal one is skipped, and for another one the line is refused with what differs.
    /// An invalid line is reported by its number on standard error with all of its faults, and the other lines are imported.
    Import {
        /// File to read; `-` is standard input
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

/// The format of a list of roles.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum ListFormat {
    Table,
    Ndjson,
}

/// All permissions, each with what it allows and requires.
fn permission_list() -> String {
    let width = Permission::NAMES.iter().map(|name| name.len()).max().unwrap_or_default();
    let line = |permission: &Permission| {
        let requires = permission.requires().map(|required| format!(" (requires {})", required.as_str()));
        let (name, about) = (permission.as_str(), permission.description());
        format!("  {name:width$}  {about}{}", requires.unwrap_or_default())
    };
    format!("Permissions:\n{}", Permission::ALL.iter().map(line).collect::<Vec<_>>().join("\n"))
}

fn description(text: &str) -> Result<RoleDescription, String> {
    checked(text).map_err(|fault| fault.detail.into_owned())
}

fn permissions(text: &str) -> Result<PermissionSet, String> {
    let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
    complete(names.map(checked::<Permission>).collect::<Result<_, _>>().map_err(|fault| fault.detail.into_owned())?)
}

/// The permissions, if they have what they require.
fn complete(permissions: PermissionSet) -> Result<PermissionSet, String> {
    let missing: Vec<_> = permissions.missing().map(Permission::as_str).collect();
    if missing.is_empty() { Ok(permissions) } else { Err(format!("must also have {}", missing.join(", "))) }
}
