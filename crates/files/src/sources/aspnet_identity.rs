//! ASP.NET Core Identity: the table `AspNetUsers`.

use super::{Names, Row, Settings, TableSource, fill};
use crate::{
    user::{Draft, Field},
    values::{flag, instant},
};
use chrono::TimeDelta;

pub struct AspNetIdentity;

impl TableSource for AspNetIdentity {
    fn recognizes(&self, first_row: &[&str]) -> bool {
        first_row.contains(&"normalized_user_name") && first_row.contains(&"password_hash")
    }

    fn columns(&self) -> Names {
        Names {
            read: &[
                "id",
                "user_name",
                "email",
                "email_confirmed",
                "password_hash",
                "two_factor_enabled",
                "lockout_end",
                "lockout_end_date_utc",
                "role",
                "roles",
                "authenticator_key",
            ],
            ignored: &[
                "access_failed_count",
                "concurrency_stamp",
                "discriminator",
                "lockout_enabled",
                "normalized_email",
                "normalized_user_name",
                "phone_number",
                "phone_number_confirmed",
                "security_stamp",
            ],
        }
    }

    fn read<'a>(&self, row: &Row<'a>, settings: &'a Settings, user: &mut Draft<'a>) {
        fill::id(user, row.get("id"));
        fill::names(user, row.get("user_name"), row.get("email"));
        user.set(Field::EmailVerified, row.get("email_confirmed"));
        user.set(Field::PasswordHash, row.get("password_hash"));
        user.set(Field::TotpSecret, row.get("authenticator_key"));
        let lockout_end = row.get("lockout_end").or_else(|| row.get("lockout_end_date_utc"));
        fill::suspended_if(user, lockout_end.is_some_and(|end| is_by_an_admin(end, settings)));
        let roles = row.get("roles").or_else(|| row.get("role")).into_iter().flat_map(|roles| roles.split(','));
        user.set(Field::Role, settings.role(roles.map(str::trim)));
        if row.get("authenticator_key").is_none() && row.get("two_factor_enabled").and_then(flag) == Some(true) {
            user.leave_behind("second factors");
        }
    }
}

/// Whether a lockout that ends at this time is one that an administrator has set. One after wrong passwords lasts minutes.
fn is_by_an_admin(end: &str, settings: &Settings) -> bool {
    end == "infinity" || instant(end).is_some_and(|end| end > settings.now + TimeDelta::days(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::testing::table;

    #[test]
    fn the_table_is_read() {
        assert_eq!(
            table(&AspNetIdentity, include_str!("samples/aspnet-identity.csv"), b','),
            [
                "id=1e0a800a-c314-4450-9191-34de6650ada3 username=ada email=ada@example.com email_verified=True password_hash=AQAAAAEA… without second factors",
                "id=325304c3-037d-4937-af2e-df03d083a3fd email=bob@example.com email_verified=1 status=suspended password_hash=AQAAAAIA…",
                "external_id=42 username=cleo email=cleo@example.com email_verified=0",
            ]
        );
    }
}
