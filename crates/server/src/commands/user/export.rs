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
use usher_domain::{
    page::{Start, UserFilter, UserOrder},
    text::counted,
};
use usher_files::{
    targets::{Target, TargetWriter},
    user::{Field, WRITTEN, Writer, values},
};
use usher_persistence::{Database, UserRecord};

/// Users that are read in one query.
const PAGE_SIZE: i64 = 1000;

/// Writes all users.
pub async fn run(database: &Database, settings: cli::Export) -> Result<(), Failure> {
    let file = settings.file.display();
    let is_terminal = settings.file == Path::new("-") && stdout().is_terminal();
    let out = create(&settings.file).context(&file)?;
    let mut output = Output::begin(out, &settings).context(&file)?;
    let page = database.list_users(&UserFilter::default(), UserOrder::default(), &Start::Offset(0), 1).await;
    let mut progress = Progress::new(u64::try_from(page.or_fail()?.total).ok());
    let (mut after, mut count) = (None, 0);
    loop {
        let users = database.records(after, PAGE_SIZE).await.or_fail()?;
        let Some(last) = users.last() else { break };
        after = Some((last.created_at, last.id));
        for mut user in users {
            if settings.without_password_hashes {
                user.password_hash = None;
            }
            output.write(user).context(&file)?;
            count += 1;
        }
        // On a terminal the users themselves show the progress.
        if !is_terminal {
            progress.show(count, &format!("{count} users"));
        }
    }
    progress.clear();
    if let Some(warning) = output.finish().context(&file)? {
        progress.print(&warning);
    }
    Ok(())
}

/// The file that is written.
enum Output {
    /// A user on each line, with the first of the fields.
    Lines(Writer<Box<dyn Write>>, &'static [Field]),
    Document(TargetWriter<Box<dyn Write>>, Target),
}

impl Output {
    fn begin(out: Box<dyn Write>, settings: &cli::Export) -> io::Result<Self> {
        if let Some(target) = settings.to {
            return Ok(Self::Document(TargetWriter::new(out, target)?, target));
        }
        let written = if settings.without_password_hashes { WRITTEN - 1 } else { WRITTEN };
        let fields = &Field::ALL[..written];
        let format = settings.format.or_else(|| Format::of(&settings.file));
        let writer = match format.unwrap_or(Format::Csv) {
            Format::Csv => Writer::csv(out, fields)?,
            Format::Ndjson => Writer::Ndjson(out),
        };
        Ok(Self::Lines(writer, fields))
    }

    fn write(&mut self, user: UserRecord) -> io::Result<()> {
        match self {
            Self::Lines(writer, fields) => writer.write(&values(user)[..fields.len()]),
            Self::Document(writer, _) => writer.write(&user),
        }
    }

    /// Returns what the file does not have.
    fn finish(self) -> io::Result<Option<String>> {
        match self {
            Self::Lines(mut writer, _) => writer.flush().map(|()| None),
            Self::Document(writer, target) => {
                let left_behind = writer.finish()?;
                let name = target.title();
                Ok((left_behind > 0).then(|| {
                    format!(
                        "without the password hashes of {}, which {name} cannot verify",
                        counted(left_behind, "user")
                    )
                }))
            }
        }
    }
}

/// Creates the file, which only its owner can read.
fn create(path: &Path) -> io::Result<Box<dyn Write>> {
    if path == Path::new("-") {
        return Ok(Box::new(BufWriter::new(stdout())));
    }
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    Ok(Box::new(BufWriter::new(file)))
}
