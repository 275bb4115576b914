//! Adds the users of a batch.

use super::{
    reader::{Batch, Record},
    report::Report,
};
use crate::failure::Failure;
use std::borrow::Cow;
use usher_files::{Outcome, report::Faults, usernames::Usernames};
use usher_persistence::{Candidate, Conflict, Error, Import, Placing};

/// A user of a batch that can be added.
struct Addition {
    /// The position in the batch.
    at: usize,
    old_id: Option<String>,
    usernames: Usernames,
}

/// Adds the users of a batch, and reports each record.
pub async fn add(import: &mut Import, mut batch: Batch, report: &mut Report) -> Result<(), AddError> {
    let (mut additions, mut candidates, mut refused) = (Vec::new(), Vec::new(), Vec::new());
    for (at, outcome) in std::mem::take(&mut batch.outcomes).into_iter().enumerate() {
        match outcome {
            Outcome::User(user) => {
                additions.push(Addition { at, old_id: user.old_id, usernames: user.usernames });
                candidates.push(user.candidate);
            }
            Outcome::Skipped(what) => report.skipped(what),
            Outcome::Refused(faults) => refused.push((at, faults)),
        }
    }
    let placings = place(import, &mut additions, &mut candidates).await?;
    for ((addition, candidate), placing) in additions.into_iter().zip(&candidates).zip(placings) {
        let Record { line, left_behind, .. } = &batch.records[addition.at];
        match placing {
            Placing::Added => {
                let user = &candidate.user;
                report.added(*line, addition.old_id.as_deref(), user.id, user.username.as_str(), left_behind)?;
            }
            Placing::AlreadyThere { id, username } => {
                report.already_there(*line, addition.old_id.as_deref(), id, &username)?;
            }
            Placing::Refused(conflicts) => refused.push((addition.at, faults(conflicts, candidate))),
        }
    }
    refused.sort_unstable_by_key(|(at, _)| *at);
    for (at, faults) in refused {
        let record = &batch.records[at];
        report.refused(record.line, batch.text(record), &faults)?;
    }
    report.progress(batch.position);
    Ok(())
}

/// Adds the candidates. One whose username is taken is tried again with its next one, if it has others.
async fn place(
    import: &mut Import,
    additions: &mut [Addition],
    candidates: &mut [Candidate],
) -> Result<Vec<Placing>, Error> {
    let mut placings = import.add(candidates).await?;
    loop {
        let mut again = Vec::new();
        for (at, placing) in placings.iter().enumerate() {
            let Placing::Refused(conflicts) = placing else { continue };
            if conflicts.contains(&Conflict::UsernameTaken)
                && let Some(username) = additions[at].usernames.next()
            {
                candidates[at].user.username = username;
                candidates[at].username_is_given = false;
                again.push(at);
            }
        }
        if again.is_empty() {
            return Ok(placings);
        }
        let retried: Vec<Candidate> = again.iter().map(|at| candidates[*at].clone()).collect();
        for (at, placing) in again.into_iter().zip(import.add(&retried).await?) {
            placings[at] = placing;
        }
    }
}

fn faults(conflicts: Vec<Conflict>, candidate: &Candidate) -> Faults {
    let mut faults = Faults::default();
    for conflict in conflicts {
        let fault: Cow<'_, str> = match conflict {
            Conflict::UsernameTaken => "username is taken".into(),
            Conflict::EmailTaken => "email is taken".into(),
            Conflict::IdTaken => "id is taken".into(),
            Conflict::ExternalIdTaken => "external_id is taken".into(),
            Conflict::UnknownRole => format!("there is no role {}", candidate.user.role.as_str()).into(),
        };
        faults.add(fault.into_owned());
    }
    faults
}

/// Why the rest of the users cannot be added.
#[derive(Debug, thiserror::Error)]
pub enum AddError {
    #[error(transparent)]
    Database(#[from] Error),
    /// The file of refused records or the map cannot be written.
    #[error(transparent)]
    Report(#[from] Failure),
}
