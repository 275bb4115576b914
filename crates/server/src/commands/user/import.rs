//! `usher user import`

use super::progress::Progress;
use crate::{
    cli::{self, Format},
    commands::keys,
    failure::{Context, Failure},
    secrets,
    settings::{DatabaseSettings, Generation, Switch},
};
use std::{
    borrow::Cow,
    fmt,
    fs::File,
    io::{self, BufRead, BufReader},
    path::Path,
    thread,
};
use tokio::sync::mpsc;
use usher_accounts::{KeyringError, factors::seal_totp, keyring};
use usher_auth::SecretKey;
use usher_domain::Clock;
use usher_files::{
    fields::{self, FileUser},
    formats::{Header, read_json},
    lines::Lines,
};
use usher_persistence::{Candidate, Conflict, Database, Error, Import, ImportedTotp, Placing};

/// Lines that are added in one transaction or statement.
const BATCH_SIZE: usize = 1000;
/// Batches that are read ahead of the database.
const READ_AHEAD: usize = 2;

/// Lines of the file, and the position of their end.
#[derive(Default)]
struct Batch {
    /// The number of each line, and the user or the error.
    lines: Vec<(u64, Result<Candidate, String>)>,
    /// Bytes.
    position: u64,
}

/// The results of the lines.
#[derive(Default)]
struct Counts {
    added: u64,
    already_there: u64,
    refused: u64,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { added, already_there, refused } = self;
        write!(f, "{added} added, {already_there} already there, {refused} refused")
    }
}

/// Adds the users of a file.
pub async fn run(
    database: &Database,
    clock: Clock,
    secret: Result<SecretKey, String>,
    settings: cli::Import,
) -> Result<(), Failure> {
    let (input, size) = open(&settings.file)?;
    let format = settings.format.or_else(|| Format::of(&settings.file));
    let at_once = settings.all_or_nothing || settings.dry_run;
    let import = if at_once { database.import_at_once().await } else { Ok(database.import_in_batches()) };
    let mut import = import.or_fail()?;

    let (sender, batches) = mpsc::channel(READ_AHEAD);
    // A thread and not a task of the runtime, which would not end before standard input does.
    let reader = thread::spawn(move || read(input, format, &clock, secret.as_ref(), &sender));
    let mut counts = Counts::default();
    let added = add(&mut import, batches, Progress::new(size), &mut counts).await;
    if let Err(error) = added {
        let (added, rest) = if at_once { (0, "") } else { (counts.added, "; import the file again to add the rest") };
        return Err(Failure::new(format!("{error}; {added} users were added{rest}")));
    }
    let read = reader.join().unwrap_or_else(|_| Err(Failure::new("cannot read the file to its end")));

    let Counts { refused, .. } = counts;
    if settings.dry_run {
        import.abandon().await.or_fail()?;
        println!("dry run; the import would give: {counts}");
    } else if at_once && (refused > 0 || read.is_err()) {
        import.abandon().await.or_fail()?;
        println!("nothing was imported; {} valid lines, {refused} refused", counts.added);
    } else {
        import.commit().await.map_err(|error| match error {
            Error::Contended => {
                Failure::new("nothing was imported: another user took one of the names during the import; try again")
            }
            Error::UnknownRole => Failure::new("nothing was imported: one of the roles was deleted during the import"),
            error => Failure::new(error.to_string()),
        })?;
        println!("{counts}");
    }
    read?;
    match refused {
        0 => Ok(()),
        1 => Err(Failure::new("a line was refused")),
        refused => Err(Failure::new(format!("{refused} lines were refused"))),
    }
}

/// The secret key that encrypts the secrets of authenticator apps, or why there is none. One is generated for a private
/// Postgres only: another database belongs to services that have one.
pub async fn secret_key(
    settings: &DatabaseSettings,
    database: &Database,
) -> Result<Result<SecretKey, String>, Failure> {
    let generation = Generation { generate_secrets: Switch::Off };
    let key = if let Some(key) = secrets::secret_key_of_service(&settings.data_dir)? {
        key
    } else if secrets::may_generate(generation).is_ok() {
        secrets::secret_key_or_new(settings, generation)?
    } else {
        return Ok(Err(
            "set the secret key of the services in USHER_SECRET_KEY, or their data directory in USHER_DATA_DIR"
                .to_owned(),
        ));
    };
    // Secrets under another key than that of the services would be unreadable to them, and their users locked out.
    match keyring::check_secret(database, &key).await {
        Ok(()) => Ok(Ok(key)),
        Err(error @ KeyringError::Unwrap(_)) => Ok(Err(keys::failure(error).to_string())),
        Err(error) => Err(keys::failure(error)),
    }
}

/// The user, with the secret of the authenticator app encrypted.
fn sealed(user: FileUser, clock: &Clock, secret: Result<&SecretKey, &String>) -> Result<Candidate, String> {
    let FileUser { candidate, totp } = user;
    let Some(totp) = totp else { return Ok(candidate) };
    let secret = secret.map_err(|reason| format!("totp_secret cannot be encrypted: {reason}"))?;
    let (id, _) = clock.new_id();
    let secret = seal_totp(secret, id, &totp).map_err(|error| format!("totp_secret cannot be encrypted: {error}"))?;
    Ok(Candidate { totp: Some(ImportedTotp { id, secret }), ..candidate })
}

/// The file, and its size if it is one.
fn open(path: &Path) -> Result<(Box<dyn BufRead + Send>, Option<u64>), Failure> {
    if path == Path::new("-") {
        return Ok((Box::new(BufReader::new(io::stdin())), None));
    }
    let file = File::open(path).context(path.display())?;
    let metadata = file.metadata().context(path.display())?;
    Ok((Box::new(BufReader::new(file)), metadata.is_file().then_some(metadata.len())))
}

/// The reader of the lines of a file.
enum Reader {
    Csv(Header),
    Ndjson,
}

/// Reads the file to its end, or until the receiver is dropped.
fn read(
    input: impl BufRead,
    format: Option<Format>,
    clock: &Clock,
    secret: Result<&SecretKey, &String>,
    batches: &mpsc::Sender<Batch>,
) -> Result<(), Failure> {
    let mut lines = Lines::new(input);
    let mut reader = None;
    let mut batch = Batch::default();
    loop {
        let next = lines.next_line().context("cannot read the file")?;
        let Some((number, line)) = next else { break };
        let reader = match &reader {
            Some(reader) => reader,
            None => {
                let starts = line.map(|line| line.trim_start().starts_with('{'));
                let format = format.unwrap_or(if starts == Ok(true) { Format::Ndjson } else { Format::Csv });
                if format == Format::Csv {
                    let header = line.map_err(str::to_owned).and_then(Header::parse);
                    let header = header.map_err(|fault| Failure::new(format!("line {number}: {fault}")))?;
                    reader = Some(Reader::Csv(header));
                    continue;
                }
                reader.insert(Reader::Ndjson)
            }
        };
        let values = line.map_err(str::to_owned).and_then(|line| match reader {
            Reader::Csv(header) => header.read(line),
            Reader::Ndjson => read_json(line),
        });
        let user = values.and_then(|values| fields::read(&values, clock.now()));
        let user = user.and_then(|user| sealed(user, clock, secret));
        batch.lines.push((number, user));
        if batch.lines.len() == BATCH_SIZE {
            batch.position = lines.position();
            if batches.blocking_send(std::mem::take(&mut batch)).is_err() {
                return Ok(());
            }
        }
    }
    if reader.is_none() && format != Some(Format::Ndjson) {
        return Err(Failure::new("the file is empty: its first line must name the columns"));
    }
    batch.position = lines.position();
    // If the receiver was dropped, its task has reported the reason.
    drop(batches.blocking_send(batch));
    Ok(())
}

/// Adds the lines, and reports the reason for each refused line.
async fn add(
    import: &mut Import,
    mut batches: mpsc::Receiver<Batch>,
    mut progress: Progress,
    counts: &mut Counts,
) -> Result<(), Error> {
    while let Some(batch) = batches.recv().await {
        let (mut numbers, mut candidates, mut refused) = (Vec::new(), Vec::new(), Vec::new());
        for (number, user) in batch.lines {
            match user {
                Ok(candidate) => {
                    numbers.push(number);
                    candidates.push(candidate);
                }
                Err(fault) => refused.push((number, fault)),
            }
        }
        let placings = import.add(&candidates).await.inspect_err(|_| progress.clear())?;
        for ((number, candidate), placing) in numbers.into_iter().zip(&candidates).zip(placings) {
            match placing {
                Placing::Added => counts.added += 1,
                Placing::AlreadyThere(_) => counts.already_there += 1,
                Placing::Refused(conflicts) => {
                    let faults: Vec<_> = conflicts.into_iter().map(|conflict| describe(conflict, candidate)).collect();
                    refused.push((number, faults.join("; ")));
                }
            }
        }
        refused.sort_unstable();
        for (number, fault) in refused {
            counts.refused += 1;
            progress.print(&format!("line {number}: {fault}"));
        }
        progress.show(batch.position, &counts.to_string());
    }
    progress.clear();
    Ok(())
}

fn describe(conflict: Conflict, candidate: &Candidate) -> Cow<'static, str> {
    match conflict {
        Conflict::UsernameTaken => "username is taken".into(),
        Conflict::EmailTaken => "email is taken".into(),
        Conflict::IdTaken => "id is taken".into(),
        Conflict::ExternalIdTaken => "external_id is taken".into(),
        Conflict::UnknownRole => format!("there is no role {}", candidate.user.role.as_str()).into(),
    }
}
