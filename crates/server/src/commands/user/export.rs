//! `usher user export`

use super::progress::Progress;
use crate::{
    cli::{self, Format},
    failure::Failure,
};
use std::{
    fs::OpenOptions,
    io::{self, BufWriter, IsTerminal, Write, stdout},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};
use usher_domain::page::{Start, UserFilter, UserOrder};
use usher_files::{
    fields::{self, FIELDS},
    formats::Writer,
};
use usher_persistence::Database;

/// Users that are read together.
const PAGE: i64 = 1000;

/// Writes all users.
pub async fn run(database: &Database, settings: cli::Export) -> Result<(), Failure> {
    let failed = |error| Failure::during(&settings.file.display().to_string(), error);
    let unavailable = |error: usher_persistence::Error| Failure::new(error.to_string());
    let is_seen = settings.file == Path::new("-") && stdout().is_terminal();
    let out = create(&settings.file).map_err(failed)?;
    let fields = if settings.without_password_hashes { &FIELDS[..FIELDS.len() - 1] } else { &FIELDS[..] };
    let format = settings.format.or_else(|| Format::of(&settings.file));
    let mut writer = match format.unwrap_or(Format::Csv) {
        Format::Csv => Writer::csv(out, fields).map_err(failed)?,
        Format::Ndjson => Writer::Ndjson(out),
    };
    let page = database.list_users(&UserFilter::default(), UserOrder::default(), &Start::Offset(0), 1).await;
    let mut progress = Progress::new(u64::try_from(page.map_err(unavailable)?.total).ok());
    let (mut after, mut count) = (None, 0);
    loop {
        let users = database.records(after, PAGE).await.map_err(unavailable)?;
        let Some(last) = users.last() else { break };
        after = Some(last.id);
        for user in users {
            writer.write(&fields::write(user)[..fields.len()]).map_err(failed)?;
            count += 1;
        }
        // What is written to the terminal is progress enough.
        if !is_seen {
            progress.show(count, &format!("{count} users"));
        }
    }
    progress.clear();
    writer.flush().map_err(failed)
}

/// The file, which only its owner can read.
fn create(path: &Path) -> io::Result<Box<dyn Write>> {
    if path == Path::new("-") {
        return Ok(Box::new(BufWriter::new(stdout())));
    }
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    Ok(Box::new(BufWriter::new(file)))
}
