//! Ory Kratos: identities with their credentials, as its admin API answers them.

use super::{DocumentSource, Names, Settings, fill, json};
use crate::user::{Draft, Field};
use serde_json::{Map, Value};

pub struct Kratos;

impl DocumentSource for Kratos {
    fn recognizes(&self, keys: &[&str]) -> bool {
        keys.contains(&"traits") && keys.contains(&"schema_id")
    }

    fn members(&self) -> &'static [&'static str] {
        &["identities"]
    }

    fn keys(&self) -> Names {
        Names {
            read: &[
                "id",
                "external_id",
                "traits",
                "credentials",
                "state",
                "verifiable_addresses",
                "metadata_admin",
                "metadata_public",
                "created_at",
                "updated_at",
            ],
            ignored: &[
                "organization_id",
                "recovery_addresses",
                "schema_id",
                "schema_url",
                "state_changed_at",
                "available_aal",
            ],
        }
    }

    fn read<'a>(&self, object: &'a Map<String, Value>, settings: &'a Settings, user: &mut Draft<'a>) {
        let member = |member: &str, key| object.get(member).and_then(|member: &Value| member.get(key));
        user.set(Field::Id, object.get("id"));
        user.set(Field::ExternalId, json::text(object.get("external_id")));
        let email =
            json::text(member("traits", "email")).or_else(|| json::text(addresses(object).next()?.get("value")));
        let username = json::text(member("traits", "username"));
        fill::names(user, username.or_else(|| login(member("credentials", "password"))), email);
        user.set(Field::EmailVerified, email.is_some_and(|email| is_verified(object, email)));
        fill::suspended_if(user, json::text(object.get("state")) == Some("inactive"));
        user.set(Field::CreatedAt, object.get("created_at"));
        user.set(Field::UpdatedAt, object.get("updated_at"));
        let metadata = ["metadata_admin", "metadata_public"].into_iter().map(|key| object.get(key));
        let roles = metadata.flat_map(json::roles);
        user.set(Field::Role, settings.role(roles));
        let config = |kind, key| member("credentials", kind).and_then(|credential| credential.get("config")?.get(key));
        user.set(Field::PasswordHash, config("password", "hashed_password"));
        user.set(Field::TotpSecret, config("totp", "totp_url"));
        for (kind, what) in [
            ("oidc", "federated identities"),
            ("saml", "federated identities"),
            ("lookup_secret", "recovery codes"),
            ("webauthn", "passkeys"),
            ("passkey", "passkeys"),
        ] {
            if member("credentials", kind).is_some() {
                user.leave_behind(what);
            }
        }
    }
}

/// The addresses that can be verified.
fn addresses(object: &Map<String, Value>) -> impl Iterator<Item = &Value> {
    json::items(object.get("verifiable_addresses")).filter(|address| json::text(address.get("via")) == Some("email"))
}

fn is_verified(object: &Map<String, Value>, email: &str) -> bool {
    let is_this =
        |address: &Value| json::text(address.get("value")).is_some_and(|value| value.eq_ignore_ascii_case(email));
    addresses(object).any(|address| is_this(address) && address.get("verified") == Some(&Value::Bool(true)))
}

/// The identifier of the password that is neither an address nor a phone number.
fn login(password: Option<&Value>) -> Option<&str> {
    json::texts(password?.get("identifiers")).find(|name| !name.contains('@') && !name.starts_with('+'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::testing::document;

    #[test]
    fn identities_are_read() {
        assert_eq!(
            document(&Kratos, include_str!("samples/kratos.json")),
            [
                "id=64faa75b-15b7-4c05-a14a-c01cde524f32 username=ada email=ada@example.com email_verified=true role=helper created_at=2025-08-25T09:10:00.512345Z updated_at=2025-08-26T09:10:00.512345Z password_hash=$2a$05$S… totp_secret=otpauth://totp/acme:ada@example.com?algorithm=SHA1&digits=6&issuer=acme&period=30&secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
                "id=9c8f1f8a-6b4d-4094-929e-86c02d3157ec username=bob email=bob@example.com email_verified=true status=suspended created_at=2025-08-25T09:10:00.512345Z updated_at=2025-08-26T09:10:00.512345Z password_hash=$2a$05$E…",
                "id=b21c2ade-5046-4d94-bef8-93205408afec email=cleo@example.com email_verified=false created_at=2025-08-25T09:10:00.512345Z updated_at=2025-08-26T09:10:00.512345Z password_hash=$argon2i…",
            ]
        );
    }
}
