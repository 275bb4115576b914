//! Google Workspace: the list of users that its admin console downloads, or a file for its upload.
//!
//! The download has no password hashes. A file for the upload may have some.

use super::{Names, Row, Settings, TableSource, fill};
use crate::user::{Draft, Field};
use chrono::NaiveDateTime;

const EMAIL: &str = "email_address_[required]";
const PASSWORD: &str = "password_[required]";
const HASH_FUNCTION: &str = "password_hash_function_[upload_only]";
const STATUS: &str = "status_[read_only]";
const NEW_STATUS: &str = "new_status_[upload_only]";
const LAST_SIGN_IN: &str = "last_sign_in_[read_only]";
const TWO_STEP: &str = "2sv_enrolled_[read_only]";

/// A time of the list, in UTC.
const TIME: &str = "%Y/%m/%d %H:%M:%S";

pub struct GoogleWorkspace;

impl TableSource for GoogleWorkspace {
    fn recognizes(&self, first_row: &[&str]) -> bool {
        first_row.contains(&EMAIL)
    }

    fn columns(&self) -> Names {
        Names {
            read: &[EMAIL, PASSWORD, HASH_FUNCTION, STATUS, NEW_STATUS, LAST_SIGN_IN, TWO_STEP],
            ignored: &[
                "2sv_enforced_[read_only]",
                "advanced_protection_program_enrollment",
                "building_id",
                "change_password_at_next_sign_in",
                "cost_center",
                "department",
                "drive_usage_[read_only]",
                "email_usage_[read_only]",
                "employee_id",
                "employee_title",
                "employee_type",
                "first_name_[required]",
                "floor_name",
                "floor_section",
                "home_address",
                "home_phone",
                "home_secondary_email",
                "last_name_[required]",
                "licenses_[read_only]",
                "manager_email",
                "mobile_phone",
                "new_licenses_[upload_only]",
                "new_primary_email_[upload_only]",
                "org_unit_path_[required]",
                "photos_usage_[read_only]",
                "recovery_email",
                "recovery_phone_[must_be_in_the_e.164_format]",
                "storage_limit_[read_only]",
                "storage_used_[read_only]",
                "total_storage_[read_only]",
                "work_address",
                "work_phone",
                "work_secondary_email",
            ],
        }
    }

    fn read<'a>(&self, row: &Row<'a>, _settings: &'a Settings, user: &mut Draft<'a>) {
        user.set(Field::Email, row.get(EMAIL));
        let status = row.get(NEW_STATUS).or_else(|| row.get(STATUS)).unwrap_or_default();
        fill::suspended_if(user, ["suspended", "archived"].iter().any(|ended| status.eq_ignore_ascii_case(ended)));
        // `Never logged in` is no time.
        let signed_in = row.get(LAST_SIGN_IN).and_then(|text| NaiveDateTime::parse_from_str(text, TIME).ok());
        user.set(Field::LastLoginAt, signed_in.map(|time| time.and_utc().to_rfc3339()));
        if row.get(TWO_STEP).is_some_and(|text| text.eq_ignore_ascii_case("true")) {
            user.leave_behind("second factors");
        }
        match (row.get(HASH_FUNCTION), row.get(PASSWORD)) {
            (Some(_), Some(hash)) => user.set(Field::PasswordHash, hash),
            // What the download has for a password.
            (None, None | Some("****")) | (Some(_), None) => {}
            (None, Some(_)) => user.leave_behind("passwords in plain text"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::testing::table;

    #[test]
    fn the_download_and_a_file_for_the_upload_are_read() {
        assert_eq!(
            table(&GoogleWorkspace, include_str!("samples/google-workspace.csv"), b','),
            [
                "email=ada@example.com last_login_at=2026-02-03T06:59:58+00:00 without second factors",
                "email=bob@example.com status=suspended without second factors",
            ]
        );
        assert_eq!(
            table(&GoogleWorkspace, include_str!("samples/google-workspace-upload.csv"), b','),
            [
                "email=ada@example.com password_hash=$6$round…",
                "email=bob@example.com status=suspended without passwords in plain text",
                "email=cleo@example.com password_hash=056dad7d…",
            ]
        );
    }
}
