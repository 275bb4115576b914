//! `usher database-url`

use crate::{
    database::Postgres,
    failure::{Context, Failure},
    settings::DatabaseSettings,
};
use std::io::{Write, stdout};

/// Prints the URL of the database.
pub fn run(settings: &DatabaseSettings) -> Result<(), Failure> {
    let postgres = Postgres::known(settings)?.ok_or_else(|| {
        let data_dir = settings.data_dir.display();
        Failure::new(format!("no private Postgres runs in {data_dir}; start `usher serve`, or set DATABASE_URL"))
    })?;
    writeln!(stdout(), "{}", postgres.url).context("standard output")
}
