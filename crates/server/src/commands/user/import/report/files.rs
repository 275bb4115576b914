//! The files that an import writes. Only their owner can read them, and none is overwritten.

use crate::{
    cli::import::Import,
    failure::{Context, Failure},
};
use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, BufWriter},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};
use usher_files::report::{Faults, RejectedFormat, RejectedWriter};
use uuid::Uuid;

/// Maximum number of files of refused records beside a file.
const MAX_NUMBER: u32 = 1000;

/// The file of the refused records, which is created with the first of them.
pub struct RejectedFile {
    format: RejectedFormat,
    /// The file that is read, if it has a name.
    input: Option<PathBuf>,
    /// The file to write, if it was named.
    named: Option<PathBuf>,
    open: Option<(PathBuf, RejectedWriter<BufWriter<File>>)>,
}

impl RejectedFile {
    pub fn new(command: &Import, format: RejectedFormat) -> Self {
        let input = (command.file != Path::new("-")).then(|| command.file.clone());
        Self { format, input, named: command.rejected.clone(), open: None }
    }

    /// Writes a record with its faults.
    pub fn write(&mut self, text: &str, faults: &Faults) -> Result<(), Failure> {
        if text.is_empty() {
            // It could not be read.
            return Ok(());
        }
        if self.open.is_none() {
            let Some((path, file)) = self.create()? else { return Ok(()) };
            let writer = RejectedWriter::new(BufWriter::new(file), self.format.clone()).context(path.display())?;
            self.open = Some((path, writer));
        }
        let Some((path, writer)) = &mut self.open else { return Ok(()) };
        writer.write(text, &faults.to_string()).context(path.display())
    }

    fn create(&self) -> Result<Option<(PathBuf, File)>, Failure> {
        if let Some(path) = &self.named {
            return Ok(Some((path.clone(), create(path).context(path.display())?)));
        }
        let Some(input) = &self.input else { return Ok(None) };
        for number in 1..MAX_NUMBER {
            let path = beside(input, number, self.format.extension());
            match create(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                created => {
                    let file = created.context(format_args!(
                        "{}: name another file for the refused records with --rejected",
                        path.display()
                    ))?;
                    return Ok(Some((path, file)));
                }
            }
        }
        Err(Failure::new(format!("there are too many files of refused records beside {}", input.display())))
    }

    /// Closes the file, and returns its path if there is one.
    pub fn finish(&mut self) -> Result<Option<PathBuf>, Failure> {
        let Some((path, mut writer)) = self.open.take() else { return Ok(None) };
        writer.flush().context(path.display())?;
        Ok(Some(path))
    }
}

/// `users.csv.rejected.csv`, then `users.csv.rejected.2.csv`.
fn beside(input: &Path, number: u32, extension: &str) -> PathBuf {
    let mut name = OsString::from(input);
    name.push(if number == 1 { format!(".rejected.{extension}") } else { format!(".rejected.{number}.{extension}") });
    name.into()
}

fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// The map from the users of the file to those of the service.
pub struct MapFile {
    path: PathBuf,
    writer: csv::Writer<File>,
}

impl MapFile {
    pub fn create(path: &Path) -> Result<Self, Failure> {
        let mut writer = csv::Writer::from_writer(create(path).context(path.display())?);
        writer.write_record(["line", "old_id", "new_id", "username"]).context(path.display())?;
        Ok(Self { path: path.to_owned(), writer })
    }

    pub fn write(&mut self, line: u64, old_id: Option<&str>, id: Option<Uuid>, username: &str) -> Result<(), Failure> {
        let id = id.map(|id| id.to_string()).unwrap_or_default();
        let row = [&line.to_string(), old_id.unwrap_or_default(), &id, username];
        self.writer.write_record(row).context(self.path.display())
    }

    /// Closes the file, or removes it if nothing was imported.
    pub fn finish(mut self, was_imported: bool) -> Result<(), Failure> {
        let done = if was_imported { self.writer.flush() } else { fs::remove_file(&self.path) };
        done.context(self.path.display())
    }
}
