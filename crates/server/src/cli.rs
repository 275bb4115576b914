//! The command line. `usher serve --help` is the whole reference of the settings.

use crate::settings::{Admin, Binding, DatabaseSettings, Logging};
use clap::{Args, Parser, Subcommand, ValueEnum};

/// Registers, signs in and administers the users of an application.
#[derive(Parser)]
#[command(name = "usher", version, propagate_version = true)]
pub struct Cli {
    #[command(flatten)]
    pub logging: Logging,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Migrate the database, then serve
    Serve(Serve),
    /// Migrate the database and exit
    Migrate(DatabaseSettings),
    /// Administer users from the shell
    User(UserCommand),
    /// Tell whether settings and database would serve
    Check(Check),
    /// Print the OpenAPI document
    Openapi,
}

#[derive(Args)]
pub struct Serve {
    #[command(flatten)]
    pub database: DatabaseSettings,
    /// Leave the database's schema as it is
    #[arg(long)]
    pub no_migrate: bool,
    #[command(flatten)]
    pub admin: Admin,
    #[command(flatten)]
    pub binding: Binding,
}

#[derive(Args)]
pub struct Check {
    #[command(flatten)]
    pub database: DatabaseSettings,
    #[command(flatten)]
    pub binding: Binding,
}

#[derive(Args)]
pub struct UserCommand {
    #[command(flatten)]
    pub database: DatabaseSettings,
    #[command(subcommand)]
    pub command: UserSubcommand,
}

#[derive(Subcommand)]
pub enum UserSubcommand {
    /// Create a user; the password is read from standard input
    Create {
        /// The name to sign in with
        username: String,
        /// The e-mail address
        email: String,
        /// What the user may do
        #[arg(long, value_enum, default_value_t = RoleName::User)]
        role: RoleName,
    },
    /// List users
    List {
        /// Only users whose username or e-mail address has this part
        #[arg(long)]
        q: Option<String>,
        /// Only users with this role
        #[arg(long, value_enum)]
        role: Option<RoleName>,
        /// Most users to list
        #[arg(long, default_value_t = 100)]
        limit: u32,
    },
    /// Give a user a role
    SetRole {
        /// The user's name
        username: String,
        /// The role
        #[arg(value_enum)]
        role: RoleName,
    },
}

/// A role, as it is typed.
#[derive(Clone, Copy, ValueEnum)]
pub enum RoleName {
    Admin,
    User,
}

impl From<RoleName> for usher_domain::Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Admin => Self::Admin,
            RoleName::User => Self::User,
        }
    }
}
