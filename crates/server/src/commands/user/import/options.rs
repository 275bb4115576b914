//! The options of an import.

use crate::{
    cli::import::{Import, InputFormat},
    failure::{Context, Failure},
};
use chrono::{DateTime, Utc};
use std::{fs, path::Path};
use usher_auth::imported_hashes::FirebaseParameters;
use usher_domain::{RoleName, checked};
use usher_files::{Mapping, Options, sources::Settings, usernames::Naming};

/// What the command line says about the file.
pub fn options(command: &Import, now: DateTime<Utc>) -> Result<Options, Failure> {
    let mut mapping = Mapping::default();
    for (theirs, ours) in &command.columns {
        mapping.add(theirs, ours).context("--column")?;
    }
    if command.ignore_unknown {
        mapping.ignore_unknown();
    }
    for (_, ours) in &command.roles {
        checked::<RoleName>(ours).map_err(|fault| Failure::new(format!("--role: the role {}", fault.detail)))?;
    }
    let firebase = command.firebase_hash_config.as_deref().map(firebase).transpose()?;
    Ok(Options {
        source: command.from,
        format: command.format.or_else(|| InputFormat::of(&command.file)).map(InputFormat::format),
        encoding: command.encoding,
        mapping,
        naming: Naming { rule: command.naming.username.rule(), fixes: command.naming.fix_usernames },
        settings: Settings { roles: command.roles.iter().cloned().collect(), firebase, now },
    })
}

fn firebase(path: &Path) -> Result<FirebaseParameters, Failure> {
    let text = fs::read_to_string(path).context(path.display())?;
    FirebaseParameters::parse(&text).map_err(|fault| Failure::new(format!("{}: {}", path.display(), fault.detail)))
}
