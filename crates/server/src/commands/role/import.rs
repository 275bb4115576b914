//! `usher role import`

use super::failure;
use crate::{
    cli::role::complete,
    failure::{Context, Failure},
};
use serde::Deserialize;
use std::{
    fs::File,
    io::{self, BufRead, BufReader},
    path::Path,
};
use usher_domain::{Permission, RoleDetails, RoleName, Text, checked};
use usher_files::lines::Lines;
use usher_persistence::{Database, Error, NewRole};

/// A line of the file. What only the service writes is ignored.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    name: String,
    #[serde(default)]
    description: String,
    permissions: Vec<String>,
    #[serde(default)]
    reserved: bool,
    #[serde(default, rename = "built_in")]
    _built_in: bool,
    #[serde(default, rename = "users")]
    _users: i64,
    #[serde(default, rename = "created_at")]
    _created_at: String,
    #[serde(default, rename = "updated_at")]
    _updated_at: String,
}

/// Adds the roles of a file that do not exist.
pub async fn run(database: &Database, file: &Path) -> Result<(), Failure> {
    let mut lines = Lines::new(open(file)?);
    let mut roles = database.roles().await.or_fail()?;
    let (mut added, mut already_there, mut refused) = (0_u64, 0_u64, 0_u64);
    while let Some((number, line)) = lines.next_line().context("cannot read the file")? {
        let line = line.map_err(str::to_owned).and_then(read);
        let result = match line {
            Ok(new) => add(database, &mut roles, &new).await?,
            Err(fault) => Err(fault),
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

fn open(path: &Path) -> Result<Box<dyn BufRead>, Failure> {
    if path == Path::new("-") {
        return Ok(Box::new(BufReader::new(io::stdin())));
    }
    Ok(Box::new(BufReader::new(File::open(path).context(path.display())?)))
}

fn read(line: &str) -> Result<NewRole, String> {
    let line: Line = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let permissions = line.permissions.iter().map(|name| value::<Permission>("permissions", name));
    let permissions =
        complete(permissions.collect::<Result<_, _>>()?).map_err(|fault| format!("permissions: {fault}"))?;
    Ok(NewRole {
        name: value("name", &line.name)?,
        description: value("description", &line.description)?,
        permissions,
        reserved: line.reserved,
    })
}

fn value<T: Text>(key: &str, text: &str) -> Result<T, String> {
    checked(text).map_err(|fault| format!("{key}: {}", fault.detail))
}

/// Whether the role was added, rather than there already; or why the line is refused. `roles` are those that exist.
async fn add(
    database: &Database,
    roles: &mut Vec<RoleDetails>,
    new: &NewRole,
) -> Result<Result<bool, String>, Failure> {
    if let Some(existing) = roles.iter().find(|role| role.role.name == new.name) {
        let differences = differences(new, existing);
        // `admin` gets the permissions of each release.
        if differences.is_empty() || new.name == RoleName::ADMIN {
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
