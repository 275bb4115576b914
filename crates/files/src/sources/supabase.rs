//! Supabase: the table `auth.users`, as CSV or as text of `\copy`.

use super::{Names, Row, Settings, TableSource, fill, json};
use crate::{
    user::{Draft, Field},
    values::{flag, instant},
};
use serde_json::Value;

pub struct Supabase;

impl TableSource for Supabase {
    fn recognizes(&self, first_row: &[&str]) -> bool {
        first_row.contains(&"encrypted_password") && first_row.contains(&"instance_id")
    }

    fn columns(&self) -> Names {
        Names {
            read: &[
                "id",
                "email",
                "encrypted_password",
                "email_confirmed_at",
                "confirmed_at",
                "email_change",
                "last_sign_in_at",
                "raw_app_meta_data",
                "raw_user_meta_data",
                "created_at",
                "updated_at",
                "banned_until",
                "deleted_at",
                "is_anonymous",
                "is_sso_user",
                "totp_secret",
            ],
            ignored: &[
                "aud",
                "confirmation_sent_at",
                "confirmation_token",
                "email_change_confirm_status",
                "email_change_sent_at",
                "email_change_token",
                "email_change_token_current",
                "email_change_token_new",
                "instance_id",
                "invited_at",
                "is_super_admin",
                "phone",
                "phone_change",
                "phone_change_sent_at",
                "phone_change_token",
                "phone_confirmed_at",
                "reauthentication_sent_at",
                "reauthentication_token",
                "recovery_sent_at",
                "recovery_token",
                "role",
            ],
        }
    }

    fn read<'a>(&self, row: &Row<'a>, settings: &'a Settings, user: &mut Draft<'a>) {
        if row.get("deleted_at").is_some() {
            return user.skip("deleted users");
        }
        if row.get("is_anonymous").and_then(flag) == Some(true) {
            return user.skip("anonymous users");
        }
        if row.get("is_sso_user").and_then(flag) == Some(true) {
            user.leave_behind("federated identities");
        }
        user.set(Field::Id, row.get("id"));
        user.set(Field::Email, row.get("email"));
        let confirmed = row.get("email_confirmed_at").or_else(|| row.get("confirmed_at"));
        user.set(Field::EmailVerified, confirmed.is_some());
        user.set(Field::PendingEmail, row.get("email_change"));
        user.set(Field::PasswordHash, row.get("encrypted_password"));
        user.set(Field::TotpSecret, row.get("totp_secret"));
        user.set(Field::CreatedAt, row.get("created_at"));
        user.set(Field::UpdatedAt, row.get("updated_at"));
        user.set(Field::LastLoginAt, row.get("last_sign_in_at"));
        let banned_until = row.get("banned_until").and_then(instant);
        fill::suspended_if(user, banned_until.is_some_and(|end| end > settings.now));
        if let Some(metadata) = row.get("raw_user_meta_data").and_then(parse) {
            let names = ["username", "user_name", "preferred_username"];
            let username = names.iter().find_map(|name| json::text(metadata.get(name)));
            user.set(Field::Username, username.map(str::to_owned));
        }
        if let Some(metadata) = row.get("raw_app_meta_data").and_then(parse) {
            user.set(Field::Role, settings.role(json::roles(Some(&metadata))));
        }
    }
}

fn parse(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::testing::table;

    #[test]
    fn the_table_of_users_is_read() {
        assert_eq!(
            table(&Supabase, include_str!("samples/supabase.csv"), b','),
            [
                "id=02a1dad6-fb4b-4880-9ba2-15e481efe4d8 username=ada email=ada@example.com email_verified=true role=helper created_at=2025-08-25 09:10:00.123456+00 updated_at=2025-08-26 09:10:00+00 last_login_at=2026-02-03 06:59:58.12+00 password_hash=$2a$05$w…",
                "id=151eb744-4439-4bd9-ac51-df38ac3bac37 username=bob email=bob@example.com email_verified=true status=suspended created_at=2025-08-25 09:10:00.123456+00 updated_at=2025-08-26 09:10:00+00 password_hash=$2a$05$C…",
                "id=6a530993-e184-437c-b78a-acd02f04acda email=cleo@example.com email_verified=false pending_email=cleo.new@example.com created_at=2025-08-25 09:10:00.123456+00 updated_at=2025-08-26 09:10:00+00 password_hash=$2a$05$l…",
                "skipped: deleted users",
                "skipped: anonymous users",
            ]
        );
    }
}
