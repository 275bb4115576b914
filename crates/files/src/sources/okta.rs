//! Okta: the template of its CSV import, with columns of an export beside them. There are no password hashes.

use super::{Names, Row, Settings, TableSource, fill};
use crate::user::{Draft, Field};

pub struct Okta;

impl TableSource for Okta {
    fn recognizes(&self, first_row: &[&str]) -> bool {
        ["login", "first_name", "last_name", "email"].iter().all(|column| first_row.contains(column))
    }

    fn columns(&self) -> Names {
        Names {
            read: &["id", "login", "email", "status", "created", "last_updated", "last_login"],
            ignored: &[
                "activated",
                "city",
                "cost_center",
                "country_code",
                "department",
                "display_name",
                "division",
                "employee_number",
                "first_name",
                "honorific_prefix",
                "honorific_suffix",
                "last_name",
                "locale",
                "manager",
                "manager_id",
                "middle_name",
                "mobile_phone",
                "nick_name",
                "organization",
                "password_changed",
                "postal_address",
                "preferred_language",
                "primary_phone",
                "profile_url",
                "second_email",
                "state",
                "status_changed",
                "street_address",
                "timezone",
                "title",
                "user_type",
                "zip_code",
            ],
        }
    }

    fn read<'a>(&self, row: &Row<'a>, _settings: &'a Settings, user: &mut Draft<'a>) {
        fill::id(user, row.get("id"));
        let login = row.get("login");
        let email = row.get("email").or_else(|| login.filter(|login| login.contains('@')));
        fill::names(user, login, email);
        let status = row.get("status").unwrap_or_default();
        fill::suspended_if(user, ["SUSPENDED", "DEPROVISIONED"].iter().any(|ended| status.eq_ignore_ascii_case(ended)));
        user.set(Field::CreatedAt, row.get("created"));
        user.set(Field::UpdatedAt, row.get("last_updated"));
        user.set(Field::LastLoginAt, row.get("last_login"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::testing::table;

    #[test]
    fn the_table_is_read() {
        assert_eq!(
            table(&Okta, include_str!("samples/okta.csv"), b','),
            ["email=ada@example.com", "username=bob email=bob@example.com",]
        );
    }
}
