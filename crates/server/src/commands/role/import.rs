//! `usher role import`

use super::failure;
use crate::failure::{Context, Failure};
use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};
use usher_domain::{RoleDetails, RoleName};
use usher_files::{
    input::{Decoder, LineBreak, Lines},
    report::Faults,
    roles::{self, RoleLine},
};
use usher_persistence::{Database, Error, NewRole};

/// Adds the roles of a file that do not exist.
pub async fn run(database: &Database, file: &Path) -> Result<(), Failure> {
    let mut lines = Lines::new(Decoder::new(open(file)?, None), LineBreak::Lf);
    let mut existing = database.roles().await.or_fail()?;
    let (mut added, mut already_there, mut refused) = (0_u64, 0_u64, 0_u64);
    while let Some((number, line)) = lines.next_line().context("cannot read the file")? {
        let line = line.map_err(|fault| Faults::from(fault.to_owned())).and_then(roles::read);
        let result = match line {
            Ok(line) => add(database, &mut existing, &line).await?,
            Err(faults) => Err(faults.to_string()),
        };
        match result {
            Ok(true) => added += 1,
            Ok(false) => already_there += 1,
            Err(fault) => {
                refused += 1;
                eprintln!("line {number}: {fault}");
            }
        }
    }
    println!("{added} added, {already_there} already there, {refused} refused");
    match refused {
        0 => Ok(()),
        1 => Err(Failure::new("a line was refused")),
        refused => Err(Failure::new(format!("{refused} lines were refused"))),
    }
}

fn open(path: &Path) -> Result<Box<dyn Read>, Failure> {
    if path == Path::new("-") {
        return Ok(Box::new(io::stdin()));
    }
    Ok(Box::new(File::open(path).context(path.display())?))
}

/// Whether the role was added, rather than there already; or why the line is refused. `roles` are those that exist.
async fn add(
    database: &Database,
    roles: &mut Vec<RoleDetails>,
    line: &RoleLine,
) -> Result<Result<bool, String>, Failure> {
    let new = &line.role;
    if let Some(existing) = roles.iter().find(|role| role.role.name == new.name) {
        let differences = differences(new, existing);
        // The export of an earlier release has fewer permissions of `admin`, which gets those of each release.
        let is_earlier_admin = new.name == RoleName::ADMIN && line.built_in && differences == ["permissions"];
        if differences.is_empty() || is_earlier_admin {
            return Ok(Ok(false));
        }
        let (name, differences) = (new.name.as_str(), differences.join(", "));
        return Ok(Err(format!("the role {name} exists with another value of {differences}")));
    }
    match database.create_role_as_operator(new).await {
        Ok(role) => {
            roles.push(role);
            Ok(Ok(true))
        }
        Err(error @ (Error::RoleNameTaken | Error::Refused(_))) => Ok(Err(failure(&new.name, &error).to_string())),
        Err(error) => Err(failure(&new.name, &error)),
    }
}

fn differences(new: &NewRole, existing: &RoleDetails) -> Vec<&'static str> {
    let rights = existing.role.rights;
    let members = [
        ("description", new.description != existing.description),
        ("permissions", new.permissions != rights.permissions),
        ("reserved", new.reserved != rights.reserved),
    ];
    members.into_iter().filter_map(|(name, differs)| differs.then_some(name)).collect()
}
