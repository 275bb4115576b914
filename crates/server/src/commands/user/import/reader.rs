//! Reads the file on a thread of its own, ahead of the database.

use super::secret::sealed;
use crate::failure::{Context, Failure};
use std::{
    fs::File,
    io::{self, Read, stdin},
    ops::{ControlFlow, Range},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
};
use tokio::sync::mpsc;
use usher_auth::SecretKey;
use usher_domain::Clock;
use usher_files::{Entry, FileFault, Outcome, UserFile, report::Faults, user::FileUser};
use usher_persistence::Candidate;

/// Records that are added in one transaction or statement.
const BATCH_SIZE: usize = 1000;
/// Bytes after which a batch is not filled further.
const BATCH_BYTES: usize = 4 * 1024 * 1024;
/// Batches that are read ahead of the database.
const READ_AHEAD: usize = 2;

pub type Input = Counted<Box<dyn Read + Send>>;

/// Records of the file.
#[derive(Default)]
pub struct Batch {
    pub records: Vec<Record>,
    /// What each record is.
    pub outcomes: Vec<Outcome>,
    /// The texts of the records, one after the other.
    texts: String,
    /// How much of the file has been read, in bytes.
    pub position: u64,
}

/// A record of the file.
pub struct Record {
    pub line: u64,
    text: Range<usize>,
    pub left_behind: Vec<&'static str>,
}

impl Batch {
    /// The text of a record, as the file has it.
    pub fn text(&self, record: &Record) -> &str {
        &self.texts[record.text.clone()]
    }

    fn push(&mut self, line: u64, text: &str, outcome: Outcome, left_behind: Vec<&'static str>) {
        let start = self.texts.len();
        self.texts.push_str(text);
        self.records.push(Record { line, text: start..self.texts.len(), left_behind });
        self.outcomes.push(outcome);
    }

    fn is_full(&self) -> bool {
        self.records.len() >= BATCH_SIZE || self.texts.len() >= BATCH_BYTES
    }
}

/// A reader that counts what is read.
pub struct Counted<R> {
    input: R,
    count: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.count.fetch_add(u64::try_from(read).unwrap_or(0), Ordering::Relaxed);
        Ok(read)
    }
}

/// The file, its size if it is one, and the number of bytes that have been read.
pub fn open(path: &Path) -> Result<(Input, Option<u64>, Arc<AtomicU64>), Failure> {
    let count = Arc::new(AtomicU64::new(0));
    let counted = |input: Box<dyn Read + Send>| Counted { input, count: Arc::clone(&count) };
    if path == Path::new("-") {
        return Ok((counted(Box::new(stdin())), None, count));
    }
    let file = File::open(path).context(path.display())?;
    let metadata = file.metadata().context(path.display())?;
    Ok((counted(Box::new(file)), metadata.is_file().then_some(metadata.len()), count))
}

/// The thread that reads the file, and its batches. At its end it returns the file, and why it was not read to its end.
pub type Reading = (JoinHandle<(UserFile<Input>, Result<(), FileFault>)>, mpsc::Receiver<Batch>);

/// Starts to read the file to its end, or until the receiver is dropped.
pub fn start(
    mut file: UserFile<Input>,
    clock: Clock,
    secret: Result<SecretKey, String>,
    count: Arc<AtomicU64>,
) -> Reading {
    let (sender, receiver) = mpsc::channel(READ_AHEAD);
    // A thread and not a task of the runtime, which would not end before standard input does.
    let thread = thread::spawn(move || {
        let mut batch = Batch::default();
        let mut each = |entry: Entry<'_>| {
            let Entry { line, text, outcome, left_behind } = entry;
            batch.push(line, text, with_app(outcome, &clock, secret.as_ref()), left_behind);
            if !batch.is_full() {
                return ControlFlow::Continue(());
            }
            batch.position = count.load(Ordering::Relaxed);
            // If the receiver was dropped, its task has reported the reason.
            match sender.blocking_send(std::mem::take(&mut batch)) {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(()),
            }
        };
        let done = file.read(|| clock.now(), &mut each);
        batch.position = count.load(Ordering::Relaxed);
        drop(sender.blocking_send(batch));
        (file, done)
    });
    (thread, receiver)
}

/// The outcome, with the secret of an authenticator app encrypted.
fn with_app(outcome: Outcome, clock: &Clock, secret: Result<&SecretKey, &String>) -> Outcome {
    let Outcome::User(mut user) = outcome else { return outcome };
    let FileUser { candidate: Candidate { totp: imported, .. }, totp, .. } = &mut *user;
    if let Some(totp) = totp {
        match sealed(totp, clock, secret) {
            Ok(sealed) => *imported = Some(sealed),
            Err(fault) => return Outcome::Refused(Faults::from(fault)),
        }
    }
    Outcome::User(user)
}
