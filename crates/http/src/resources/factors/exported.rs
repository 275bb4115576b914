//! The members of a factor in an export.

use super::members::{FactorMembers, factor_with, text};
use serde::Serialize;
use usher_auth::passkeys::Passkey;
use usher_persistence::ExportedFactor;
use utoipa::{
    PartialSchema,
    openapi::{ArrayBuilder, ObjectBuilder, RefOr, Schema, Type},
};

/// A factor with all that is kept about it, except secrets.
#[derive(Serialize)]
pub struct ExportedFactorMembers<'a> {
    #[serde(flatten)]
    members: FactorMembers<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rp_id: Option<&'a str>,
    #[serde(flatten)]
    passkey: Option<PasskeyMembers>,
}

/// What is known of a passkey.
#[derive(Serialize)]
struct PasskeyMembers {
    backup_eligible: bool,
    backed_up: bool,
    transports: Vec<String>,
}

impl<'a> From<&'a ExportedFactor> for ExportedFactorMembers<'a> {
    fn from(exported: &'a ExportedFactor) -> Self {
        let passkey = exported.passkey.clone().and_then(|passkey| serde_json::from_value(passkey).ok());
        Self {
            members: FactorMembers::from(&exported.factor),
            rp_id: exported.rp_id.as_deref(),
            passkey: passkey.as_ref().map(PasskeyMembers::from),
        }
    }
}

impl From<&Passkey> for PasskeyMembers {
    fn from(passkey: &Passkey) -> Self {
        Self {
            backup_eligible: passkey.backup_eligible(),
            backed_up: passkey.backup_state(),
            transports: passkey.transports().to_vec(),
        }
    }
}

impl PartialSchema for ExportedFactorMembers<'_> {
    fn schema() -> RefOr<Schema> {
        let flag = |about: &str| {
            let flag = ObjectBuilder::new().schema_type(Type::Boolean).description(Some(about)).examples([true]);
            flag.build().into()
        };
        let transports = ArrayBuilder::new()
            .items(ObjectBuilder::new().schema_type(Type::String).examples(["internal"]))
            .description(Some("How clients can reach the authenticator of a passkey; only for `passkey`"));
        factor_with(vec![
            ("rp_id", text("The domain of a passkey; only for `passkey`", "id.example.com"), false),
            ("backup_eligible", flag("Whether a passkey may be copied to other devices; only for `passkey`"), false),
            ("backed_up", flag("Whether it was backed up at its last use; only for `passkey`"), false),
            ("transports", transports.build().into(), false),
        ])
    }
}
