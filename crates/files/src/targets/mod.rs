//! The systems that users can be exported to: one file for each.

mod auth0;
mod keycloak;

use std::{
    collections::BTreeSet,
    io::{self, Write},
};
use usher_persistence::UserRecord;

/// A system that imports users.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Target {
    Keycloak,
    Auth0,
}

impl Target {
    pub const ALL: [Self; 2] = [Self::Keycloak, Self::Auth0];

    /// Its name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Keycloak => "keycloak",
            Self::Auth0 => "auth0",
        }
    }

    /// The target of a name on the command line.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|target| target.name() == name)
    }

    /// Its name for people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Keycloak => "Keycloak",
            Self::Auth0 => "Auth0",
        }
    }
}

/// Writes users as a document that another system imports, user by user.
pub struct TargetWriter<W> {
    out: W,
    target: Target,
    is_empty: bool,
    /// The roles of the users so far.
    roles: BTreeSet<String>,
    left_behind: usize,
}

impl<W: Write> TargetWriter<W> {
    /// Begins the document.
    pub fn new(mut out: W, target: Target) -> io::Result<Self> {
        let head = match target {
            Target::Keycloak => keycloak::HEAD,
            Target::Auth0 => "[",
        };
        out.write_all(head.as_bytes())?;
        Ok(Self { out, target, is_empty: true, roles: BTreeSet::new(), left_behind: 0 })
    }

    pub fn write(&mut self, user: &UserRecord) -> io::Result<()> {
        let password = user.password_hash.as_deref().and_then(|hash| match self.target {
            Target::Keycloak => keycloak::credential(hash),
            Target::Auth0 => auth0::custom_password_hash(hash),
        });
        if password.is_none() && user.password_hash.is_some() {
            self.left_behind += 1;
        }
        let value = match self.target {
            Target::Keycloak => keycloak::user(user, password),
            Target::Auth0 => auth0::user(user, password),
        };
        if !self.roles.contains(user.role.as_str()) {
            self.roles.insert(user.role.as_str().to_owned());
        }
        self.out.write_all(if self.is_empty { b"\n" } else { b",\n" })?;
        self.is_empty = false;
        serde_json::to_writer(&mut self.out, &value)?;
        Ok(())
    }

    /// Ends the document. Returns how many password hashes the system cannot verify, and the document does not have.
    pub fn finish(mut self) -> io::Result<usize> {
        match self.target {
            Target::Keycloak => keycloak::finish(&mut self.out, &self.roles)?,
            Target::Auth0 => self.out.write_all(b"\n]\n")?,
        }
        self.out.flush()?;
        Ok(self.left_behind)
    }
}

#[cfg(test)]
mod tests;
