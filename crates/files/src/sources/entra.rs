//! Microsoft Entra ID: a list of users as its admin center downloads it, or the template of its bulk creation. There are no
//! password hashes.

use super::{Names, Row, Settings, TableSource, fill};
use crate::{
    user::{Draft, Field},
    values::flag,
};
use chrono::NaiveDateTime;

/// The name of the user, and whether the sign-in is blocked, in the template.
const NAME: &str = "user_name_[user_principal_name]_required";
const BLOCKED: &str = "block_sign_in_(yes/no)_[account_enabled]_required";
const PASSWORD: &str = "initial_password_[password_profile]_required";

/// A time of the list, in UTC.
const TIME: &str = "%m/%d/%Y %I:%M:%S %p";

pub struct Entra;

impl TableSource for Entra {
    fn recognizes(&self, first_row: &[&str]) -> bool {
        self.is_preamble(first_row) || first_row.iter().any(|column| [NAME, "user_principal_name"].contains(column))
    }

    /// The template begins with its version.
    fn is_preamble(&self, row: &[&str]) -> bool {
        row.first().is_some_and(|cell| cell.starts_with("version:"))
    }

    fn columns(&self) -> Names {
        Names {
            read: &[
                NAME,
                BLOCKED,
                PASSWORD,
                "name_[display_name]_required",
                "user_principal_name",
                "mail",
                "id",
                "object_id",
                "account_enabled",
                "created_date_time",
                "user_type",
            ],
            ignored: &[
                "age_group",
                "alternate_email_address",
                "authentication_alternative_phone_number",
                "authentication_email",
                "authentication_phone_number",
                "city",
                "city_[city]",
                "company_name",
                "consent_provided_for_minor",
                "country",
                "country_or_region_[country]",
                "creation_type",
                "department",
                "department_[department]",
                "directory_synced",
                "display_name",
                "first_name_[given_name]",
                "given_name",
                "identity_issuer",
                "invitation_state",
                "is_deleted",
                "job_title",
                "job_title_[job_title]",
                "last_name_[surname]",
                "legal_age_group_classification",
                "mobile",
                "mobile_phone",
                "mobile_phone_[mobile]",
                "office_[physical_delivery_office_name]",
                "office_location",
                "office_phone_[telephone_number]",
                "physical_delivery_office_name",
                "postal_code",
                "state",
                "state_or_province_[state]",
                "street_address",
                "street_address_[street_address]",
                "surname",
                "telephone_number",
                "usage_location",
                "usage_location_[usage_location]",
                "zip_or_postal_code_[postal_code]",
            ],
        }
    }

    fn read<'a>(&self, row: &Row<'a>, _settings: &'a Settings, user: &mut Draft<'a>) {
        let name = row.get(NAME).or_else(|| row.get("user_principal_name"));
        if name.is_some_and(|name| name.starts_with("Example: ")) {
            return user.skip("examples of the template");
        }
        fill::id(user, row.get("id").or_else(|| row.get("object_id")));
        // The name of a user has the form of an address, and is one if there is no other.
        user.set(Field::Email, row.get("mail").or(name));
        let is_blocked =
            row.get(BLOCKED).and_then(flag) == Some(true) || row.get("account_enabled").and_then(flag) == Some(false);
        fill::suspended_if(user, is_blocked);
        user.set(Field::CreatedAt, row.get("created_date_time").map(time));
        if row.get(PASSWORD).is_some() {
            user.leave_behind("passwords in plain text");
        }
    }
}

/// The time in RFC 3339, or the text as it is.
fn time(text: &str) -> String {
    NaiveDateTime::parse_from_str(text, TIME).map_or_else(|_| text.to_owned(), |time| time.and_utc().to_rfc3339())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::testing::table;

    #[test]
    fn the_template_and_the_list_of_users_are_read() {
        assert_eq!(
            table(&Entra, include_str!("samples/entra.csv"), b','),
            [
                "skipped: examples of the template",
                "email=ada@example.com without passwords in plain text",
                "email=bob@example.com status=suspended without passwords in plain text",
            ]
        );
        assert_eq!(
            table(&Entra, include_str!("samples/entra-download.csv"), b','),
            [
                "id=3905b65f-54eb-4455-a0ea-5948c75ff602 email=ada@example.com created_at=2025-08-25T13:10:05+00:00",
                "id=781bb020-373c-49a8-8fd5-a73260074059 email=bob@acme.onmicrosoft.com status=suspended created_at=2025-08-26T00:00:00+00:00",
            ]
        );
    }
}
