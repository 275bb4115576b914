//! `usher user export`

use super::progress::Progress;
use crate::{
    cli::{self, Format},
    failure::{Context, Failure},
};
use std::{
    fs::OpenOptions,
    io::{self, BufWriter, IsTerminal, Write, stdout},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};
use usher_domain::page::{Start, UserFilter, UserOrder};
use usher_files::{
    fields::{self, FIELDS, WRITTEN},
    formats::Writer,
};
use usher_persistence::Database;

/// Users that are read in one query.
const PAGE_SIZE: i64 = 1000;

/// Writes all users.
pub async fn run(database: &Database, settings: cli::Export) -> Result<(), Failure> {
    let file = settings.file.display();
    let is_terminal = settings.file == Path::new("-") && stdout().is_terminal();
    let out = create(&settings.file).context(&file)?;
    let fields = if settings.without_password_hashes { &FIELDS[..WRITTEN - 1] } else { &FIELDS[..WRITTEN] };
    let format = settings.format.or_else(|| Format::of(&settings.file));
    let mut writer = match format.unwrap_or(Format::Csv) {
        Format::Csv => Writer::csv(out, fields).context(&file)?,
        Format::Ndjson => Writer::Ndjson(out),
    };
    let page = database.list_users(&UserFilter::default(), UserOrder::default(), &Start::Offset(0), 1).await;
    let mut progress = Progress::new(u64::try_from(page.or_fail()?.total).ok());
    let (mut after, mut count) = (None, 0);
    loop {
        let users = database.records(after, PAGE_SIZE).await.or_fail()?;
        let Some(last) = users.last() else { break };
        after = Some((last.created_at, last.id));
        for user in users {
            writer.write(&fields::write(user)[..fields.len()]).context(&file)?;
            count += 1;
        }
        // On a terminal the users themselves show the progress.
        if !is_terminal {
            progress.show(count, &format!("{count} users"));
        }
    }
    progress.clear();
    writer.flush().context(&file)
}

/// Creates the file, which only its owner can read.
fn create(path: &Path) -> io::Result<Box<dyn Write>> {
    if path == Path::new("-") {
        return Ok(Box::new(BufWriter::new(stdout())));
    }
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    Ok(Box::new(BufWriter::new(file)))
}
