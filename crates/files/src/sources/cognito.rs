//! Amazon Cognito: `aws cognito-idp list-users`, or a file of its CSV import. There are no password hashes.

use super::{DocumentSource, Names, Row, Settings, TableSource, fill, json};
use crate::{
    user::{Draft, Field},
    values::flag,
};
use serde_json::{Map, Value};
use uuid::Uuid;

pub struct Cognito;

impl TableSource for Cognito {
    fn recognizes(&self, first_row: &[&str]) -> bool {
        first_row.contains(&"cognito:username")
    }

    fn columns(&self) -> Names {
        Names {
            read: &["cognito:username", "preferred_username", "email", "email_verified", "cognito:mfa_enabled", "sub"],
            ignored: &[
                "address",
                "birthdate",
                "family_name",
                "gender",
                "given_name",
                "locale",
                "middle_name",
                "name",
                "nickname",
                "phone_number",
                "phone_number_verified",
                "picture",
                "profile",
                "updated_at",
                "website",
                "zoneinfo",
                "custom:*",
            ],
        }
    }

    fn read<'a>(&self, row: &Row<'a>, _settings: &'a Settings, user: &mut Draft<'a>) {
        fill::id(user, row.get("sub"));
        names(user, row.get("cognito:username"), row.get("preferred_username"), row.get("email"));
        user.set(Field::EmailVerified, row.get("email_verified"));
        if row.get("cognito:mfa_enabled").and_then(flag) == Some(true) {
            user.leave_behind("second factors");
        }
    }
}

impl DocumentSource for Cognito {
    fn recognizes(&self, keys: &[&str]) -> bool {
        keys.contains(&"Users") || (keys.contains(&"UserStatus") && keys.contains(&"Attributes"))
    }

    fn members(&self) -> &'static [&'static str] {
        &["Users"]
    }

    fn keys(&self) -> Names {
        Names {
            read: &["Username", "Attributes", "UserCreateDate", "UserLastModifiedDate", "Enabled", "MFAOptions"],
            ignored: &["UserStatus"],
        }
    }

    fn read<'a>(&self, object: &'a Map<String, Value>, _settings: &'a Settings, user: &mut Draft<'a>) {
        let attribute = |name: &str| {
            let mut attributes = json::items(object.get("Attributes"));
            json::text(attributes.find(|attribute| json::text(attribute.get("Name")) == Some(name))?.get("Value"))
        };
        fill::id(user, attribute("sub"));
        let username = json::text(object.get("Username"));
        names(user, username, attribute("preferred_username"), attribute("email"));
        user.set(Field::EmailVerified, attribute("email_verified"));
        user.set(Field::CreatedAt, object.get("UserCreateDate"));
        user.set(Field::UpdatedAt, object.get("UserLastModifiedDate"));
        fill::suspended_if(user, object.get("Enabled") == Some(&Value::Bool(false)));
        if json::items(object.get("MFAOptions")).next().is_some() {
            user.leave_behind("second factors");
        }
    }
}

/// Sets the names. A pool whose users sign in with an address makes up usernames, which are UUIDs.
fn names<'a>(user: &mut Draft<'a>, username: Option<&'a str>, preferred: Option<&'a str>, email: Option<&'a str>) {
    let username = username.filter(|username| Uuid::try_parse(username).is_err());
    fill::names(user, preferred.or(username), email);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::testing::{document, table};

    #[test]
    fn a_list_of_users_and_a_file_for_the_import_are_read() {
        assert_eq!(
            document(&Cognito, include_str!("samples/cognito.json")),
            [
                "id=dd522f88-7eee-47e9-8219-4653060f7d18 username=ada email=ada@example.com email_verified=true created_at=2025-08-25T11:10:00.123000+02:00 updated_at=2025-08-26T11:10:00+02:00",
                "id=fdbbb3ee-2862-4de7-9e16-2b4c2e490bdc username=bob email=bob@example.com email_verified=false status=suspended created_at=1756113060.123 updated_at=1756113060.123",
            ]
        );
        assert_eq!(
            table(&Cognito, include_str!("samples/cognito.csv"), b','),
            [
                "username=ada email=ada@example.com email_verified=TRUE",
                "username=bob email=bob@example.com email_verified=false without second factors",
            ]
        );
    }
}
