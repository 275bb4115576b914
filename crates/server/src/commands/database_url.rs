//! `usher database-url`

use crate::{
    database::Place,
    failure::{Context, Failure},
    settings::DatabaseSettings,
};
use std::io::{Write, stdout};

/// Prints the URL of the database.
pub fn run(settings: &DatabaseSettings) -> Result<(), Failure> {
    let place = Place::known(settings)?.ok_or_else(|| {
        let data_dir = settings.data_dir.display();
        Failure::new(format!("no private Postgres runs in {data_dir}; start `usher serve`, or set DATABASE_URL"))
    })?;
    writeln!(stdout(), "{}", place.url).context("standard output")
}
