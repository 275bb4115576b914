//! What an import reports while it runs and at its end.

mod files;

use super::super::progress::Progress;
use crate::{cli::import::Import, failure::Failure};
use files::{MapFile, RejectedFile};
use std::fmt;
use usher_files::report::{Faults, Reasons, RejectedFormat};
use uuid::Uuid;

/// Maximum number of refused records that are printed.
const MAX_PRINTED: u64 = 1000;
/// With more refused records than this, the reasons are counted at the end.
const FEW: u64 = 20;

/// The results of the records.
#[derive(Default)]
pub struct Counts {
    pub added: u64,
    pub already_there: u64,
    pub refused: u64,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { added, already_there, refused } = self;
        write!(f, "{added} added, {already_there} already there, {refused} refused")
    }
}

/// The report of an import.
pub struct Report {
    pub counts: Counts,
    progress: Progress,
    reasons: Reasons,
    left_behind: Reasons,
    skipped: Reasons,
    rejected: RejectedFile,
    map: Option<MapFile>,
    is_dry_run: bool,
    fixes_usernames: bool,
}

impl Report {
    pub fn new(command: &Import, format: RejectedFormat, size: Option<u64>) -> Result<Self, Failure> {
        Ok(Self {
            counts: Counts::default(),
            progress: Progress::new(size),
            reasons: Reasons::default(),
            left_behind: Reasons::default(),
            skipped: Reasons::default(),
            rejected: RejectedFile::new(command, format),
            map: command.map.as_deref().map(MapFile::create).transpose()?,
            is_dry_run: command.dry_run,
            fixes_usernames: command.naming.fix_usernames,
        })
    }

    /// A user was added.
    pub fn added(
        &mut self,
        line: u64,
        old_id: Option<&str>,
        id: Uuid,
        username: &str,
        left_behind: &[&'static str],
    ) -> Result<(), Failure> {
        self.counts.added += 1;
        for what in left_behind {
            self.left_behind.add(what);
        }
        let is_kept = old_id.is_some_and(|old| Uuid::try_parse(old) == Ok(id));
        // A dry run makes other ids than the import that follows it.
        let id = (!self.is_dry_run || is_kept).then_some(id);
        self.map.as_mut().map_or(Ok(()), |map| map.write(line, old_id, id, username))
    }

    /// The user of a record existed before.
    pub fn already_there(&mut self, line: u64, old_id: Option<&str>, id: Uuid, username: &str) -> Result<(), Failure> {
        self.counts.already_there += 1;
        self.map.as_mut().map_or(Ok(()), |map| map.write(line, old_id, Some(id), username))
    }

    /// A record is no user.
    pub fn skipped(&mut self, what: &str) {
        self.skipped.add(what);
    }

    /// A record was refused.
    pub fn refused(&mut self, line: u64, text: &str, faults: &Faults) -> Result<(), Failure> {
        self.counts.refused += 1;
        for fault in faults.iter() {
            self.reasons.add(fault);
        }
        if self.counts.refused <= MAX_PRINTED {
            self.progress.print(&format!("line {line}: {faults}"));
        }
        self.rejected.write(text, faults)
    }

    /// Shows the progress, at a position in the file.
    pub fn progress(&mut self, position: u64) {
        self.progress.show(position, &self.counts.to_string());
    }

    /// Removes the bar.
    pub fn clear(&mut self) {
        self.progress.clear();
    }

    /// Prints what has been counted, and closes the files. `was_imported` is whether the map is valid.
    pub fn finish(&mut self, was_imported: bool) -> Result<(), Failure> {
        self.clear();
        if self.counts.refused > MAX_PRINTED {
            eprintln!("… and {} more", self.counts.refused - MAX_PRINTED);
        }
        if self.counts.refused > FEW {
            eprintln!("reasons:");
            for (count, reason) in self.reasons.by_count() {
                eprintln!("{count:>9}  {reason}");
            }
        }
        print_counted("passed over", &self.skipped);
        print_counted("not imported with their users", &self.left_behind);
        if let Some(path) = self.rejected.finish()? {
            let has_usernames = !self.fixes_usernames
                && self.reasons.by_count().iter().any(|(_, reason)| reason.starts_with("username "));
            let or_fix = if has_usernames { ", or import it with --fix-usernames" } else { "" };
            eprintln!("the refused records are in {}; correct and import that file{or_fix}", path.display());
        }
        self.map.take().map_or(Ok(()), |map| map.finish(was_imported))
    }
}

fn print_counted(title: &str, reasons: &Reasons) {
    if !reasons.is_empty() {
        let all: Vec<_> = reasons.by_count().into_iter().map(|(count, what)| format!("{what} ({count})")).collect();
        eprintln!("{title}: {}", all.join(", "));
    }
}
