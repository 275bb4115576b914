//! The systems whose files are read: one file for each.
//!
//! A source says which names it knows, and turns a row or an object of its system into values of our fields. It sees neither
//! bytes, encodings, separators nor line breaks, and it does not check values: that is the same for all sources.
//!
//! To add one: a file with a type that is a [`TableSource`], a [`DocumentSource`], or both; a variant of [`Source`]; a sample
//! in the tests; a page in `docs/operating/migrate`.

mod aspnet_identity;
mod auth0;
mod cognito;
mod django;
mod entra;
mod fill;
mod firebase;
mod google_workspace;
mod json;
mod keycloak;
mod kratos;
mod names;
mod okta;
mod row;
mod settings;
mod supabase;
mod usher;
mod wordpress;

#[cfg(test)]
mod testing;

pub use names::{Names, normalized};
pub use row::Row;
pub use settings::Settings;

use crate::user::Draft;
use serde_json::{Map, Value};

/// A system whose tables are read: CSV, TSV, or what a spreadsheet makes of them.
pub trait TableSource: Sync {
    /// Whether a table that begins with this row is surely of this system. The cells are normalized, as names of columns are.
    fn recognizes(&self, first_row: &[&str]) -> bool;

    /// The columns of a table that has no names of columns in its first row.
    fn columns_without_header(&self) -> Option<&'static [&'static str]> {
        None
    }

    /// Whether this row, before the one that names the columns, is to be passed over.
    fn is_preamble(&self, _row: &[&str]) -> bool {
        false
    }

    /// The columns that it knows, normalized (see [`normalized`]).
    fn columns(&self) -> Names;

    /// Whether a column that is not known is a mistake. Otherwise it is only reported: systems add columns.
    fn is_strict(&self) -> bool {
        false
    }

    /// Turns a row into a user.
    fn read<'a>(&self, row: &Row<'a>, settings: &'a Settings, user: &mut Draft<'a>);
}

/// A system whose JSON is read: an array, an object on each line, or an object with an array of users.
pub trait DocumentSource: Sync {
    /// Whether a document whose first object has these keys is surely of this system. The first object is the document itself,
    /// if it is an object with an array of users, or the first user.
    fn recognizes(&self, keys: &[&str]) -> bool;

    /// The members of the document that may have the array of users, if the document is an object.
    fn members(&self) -> &'static [&'static str] {
        &["users"]
    }

    /// The keys of a user that it knows, as they are written.
    fn keys(&self) -> Names;

    /// Whether it knows a key.
    fn knows(&self, key: &str) -> bool {
        self.keys().has(key)
    }

    /// The member of a user in which most of its values are. `--column` finds them there by their own names.
    fn inner(&self) -> Option<&'static str> {
        None
    }

    /// Whether a key that is not known is a mistake. Otherwise it is only reported: systems add keys.
    fn is_strict(&self) -> bool {
        false
    }

    /// Turns an object into a user.
    fn read<'a>(&self, object: &'a Map<String, Value>, settings: &'a Settings, user: &mut Draft<'a>);
}

/// A system whose files are read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Source {
    Usher,
    Keycloak,
    Auth0,
    Firebase,
    Supabase,
    Django,
    Kratos,
    Cognito,
    Okta,
    Entra,
    GoogleWorkspace,
    WordPress,
    AspNetIdentity,
}

impl Source {
    pub const ALL: [Self; 13] = [
        Self::Usher,
        Self::Keycloak,
        Self::Auth0,
        Self::Firebase,
        Self::Supabase,
        Self::Django,
        Self::Kratos,
        Self::Cognito,
        Self::Okta,
        Self::Entra,
        Self::GoogleWorkspace,
        Self::WordPress,
        Self::AspNetIdentity,
    ];

    /// Its name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Usher => "usher",
            Self::Keycloak => "keycloak",
            Self::Auth0 => "auth0",
            Self::Firebase => "firebase",
            Self::Supabase => "supabase",
            Self::Django => "django",
            Self::Kratos => "kratos",
            Self::Cognito => "cognito",
            Self::Okta => "okta",
            Self::Entra => "entra",
            Self::GoogleWorkspace => "google-workspace",
            Self::WordPress => "wordpress",
            Self::AspNetIdentity => "aspnet-identity",
        }
    }

    /// Its name for people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Usher => "usher",
            Self::Keycloak => "Keycloak",
            Self::Auth0 => "Auth0",
            Self::Firebase => "Firebase Authentication",
            Self::Supabase => "Supabase",
            Self::Django => "Django",
            Self::Kratos => "Ory Kratos",
            Self::Cognito => "Amazon Cognito",
            Self::Okta => "Okta",
            Self::Entra => "Microsoft Entra ID",
            Self::GoogleWorkspace => "Google Workspace",
            Self::WordPress => "WordPress",
            Self::AspNetIdentity => "ASP.NET Core Identity",
        }
    }

    /// The source of a name on the command line.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.name() == name)
    }

    /// Its reader of tables, if it writes any.
    pub fn table(self) -> Option<&'static dyn TableSource> {
        match self {
            Self::Usher => Some(&usher::Usher),
            Self::Firebase => Some(&firebase::Firebase),
            Self::Supabase => Some(&supabase::Supabase),
            Self::Cognito => Some(&cognito::Cognito),
            Self::Okta => Some(&okta::Okta),
            Self::Entra => Some(&entra::Entra),
            Self::GoogleWorkspace => Some(&google_workspace::GoogleWorkspace),
            Self::WordPress => Some(&wordpress::WordPress),
            Self::AspNetIdentity => Some(&aspnet_identity::AspNetIdentity),
            Self::Keycloak | Self::Auth0 | Self::Django | Self::Kratos => None,
        }
    }

    /// Its reader of JSON, if it writes any.
    pub fn document(self) -> Option<&'static dyn DocumentSource> {
        match self {
            Self::Usher => Some(&usher::Usher),
            Self::Keycloak => Some(&keycloak::Keycloak),
            Self::Auth0 => Some(&auth0::Auth0),
            Self::Firebase => Some(&firebase::Firebase),
            Self::Django => Some(&django::Django),
            Self::Kratos => Some(&kratos::Kratos),
            Self::Cognito => Some(&cognito::Cognito),
            Self::Supabase
            | Self::Okta
            | Self::Entra
            | Self::GoogleWorkspace
            | Self::WordPress
            | Self::AspNetIdentity => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_source_has_a_reader_and_a_name_of_its_own() {
        for source in Source::ALL {
            assert_eq!(Source::from_name(source.name()), Some(source));
            assert!(source.table().is_some() || source.document().is_some(), "{source:?}");
        }
    }

    #[test]
    fn the_columns_that_a_source_knows_are_normalized() {
        for table in Source::ALL.into_iter().filter_map(Source::table) {
            let Names { read, ignored } = table.columns();
            for name in read.iter().chain(ignored) {
                assert_eq!(normalized(name), **name);
            }
        }
    }
}
