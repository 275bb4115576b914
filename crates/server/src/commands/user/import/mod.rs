//! `usher user import`

mod add;
mod options;
mod reader;
mod report;
mod secret;

pub use secret::secret_key;

use self::{add::AddError, reader::Batch, report::Report};
use crate::{
    cli::import::Import as Command,
    failure::{Context, Failure},
};
use tokio::sync::mpsc;
use usher_auth::SecretKey;
use usher_domain::Clock;
use usher_files::UserFile;
use usher_persistence::{Database, Error, Import};

/// Adds the users of a file.
pub async fn run(
    database: &Database,
    clock: Clock,
    secret: Result<SecretKey, String>,
    command: Command,
) -> Result<(), Failure> {
    let options = options::options(&command, clock.now())?;
    let (input, size, position) = reader::open(&command.file)?;
    let file = UserFile::open(input, options).or_fail()?;
    let said = file.description();
    say(said.as_deref());
    let mut report = Report::new(&command, file.rejected_format(), size)?;
    let at_once = command.all_or_nothing || command.dry_run;
    let import = if at_once { database.import_at_once().await } else { Ok(database.import_in_batches()) };
    let mut import = import.or_fail()?;

    let (thread, batches) = reader::start(file, clock, secret, position);
    if let Err(error) = add_all(&mut import, batches, &mut report).await {
        report.finish(!at_once)?;
        let (added, rest) =
            if at_once { (0, "") } else { (report.counts.added, "; import the file again to add the rest") };
        return Err(Failure::new(format!("{error}; {added} users were added{rest}")));
    }
    let (file, read) = thread.join().map_err(|_| Failure::new("cannot read the file to its end"))?;
    report.clear();
    // A file may show its encoding late.
    let description = file.description();
    say(description.as_deref().filter(|text| Some(*text) != said.as_deref()));
    say_ignored(&file.ignored());

    let refused = report.counts.refused;
    let is_refused = at_once && !command.dry_run && (refused > 0 || read.is_err());
    report.finish(!is_refused)?;
    if command.dry_run {
        import.abandon().await.or_fail()?;
        println!("dry run; the import would give: {}", report.counts);
    } else if is_refused {
        import.abandon().await.or_fail()?;
        println!("nothing was imported; {} valid lines, {refused} refused", report.counts.added);
    } else {
        commit(import).await?;
        println!("{}", report.counts);
    }
    read.or_fail()?;
    match refused {
        0 => Ok(()),
        1 => Err(Failure::new("a line was refused")),
        refused => Err(Failure::new(format!("{refused} lines were refused"))),
    }
}

/// Says what was guessed about the file.
fn say(description: Option<&str>) {
    if let Some(text) = description {
        eprintln!("{text}");
    }
}

fn say_ignored(names: &[String]) {
    if !names.is_empty() {
        eprintln!("ignored, because they are not known: {}", names.join(", "));
    }
}

async fn add_all(import: &mut Import, mut batches: mpsc::Receiver<Batch>, report: &mut Report) -> Result<(), AddError> {
    while let Some(batch) = batches.recv().await {
        add::add(import, batch, report).await?;
    }
    Ok(())
}

async fn commit(import: Import) -> Result<(), Failure> {
    import.commit().await.map_err(|error| match error {
        Error::Contended => {
            Failure::new("nothing was imported: another user took one of the names during the import; try again")
        }
        Error::UnknownRole => Failure::new("nothing was imported: one of the roles was deleted during the import"),
        error => Failure::new(error.to_string()),
    })
}
