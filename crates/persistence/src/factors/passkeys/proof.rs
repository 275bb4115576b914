//! Proofs by passkeys.

use super::{
    super::heard::{Accepted, Heard},
    ceremonies::{Purpose, StoredCeremony, spend_sealed},
};
use crate::{
    Database, Error, audit::Record, database::found, digest::Digest, schema::factors, write_request::RequestMetadata,
};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use usher_domain::{
    Method,
    audit::{Change, Event},
};
use uuid::Uuid;

/// The ceremony that a proof answers.
#[derive(Debug, Clone, Copy)]
pub enum Ceremony<'a> {
    /// One to sign in, which has not expired.
    Sealed { digest: &'a Digest, expires_at: DateTime<Utc> },
    /// One of a session, to step up.
    Stored { digest: &'a Digest, session: Uuid },
}

/// What a passkey has answered.
#[derive(Clone, Copy)]
pub struct PasskeyProof<'a> {
    pub ceremony: Ceremony<'a>,
    pub credential_id: &'a [u8],
    /// The domain that the passkey must be for.
    pub rp_id: &'a str,
    /// Whether nothing else is proved, so that the authenticator must have verified the user.
    pub is_alone: bool,
    pub verify: &'a VerifyPasskey<'a>,
}

/// Verifies the answer with the passkey as it is stored and, if it is stored too, the state of the ceremony.
pub type VerifyPasskey<'a> = dyn Fn(Value, Option<Value>) -> PasskeyVerdict + Send + Sync + 'a;

/// What a verification finds.
#[derive(Debug, Clone)]
pub enum PasskeyVerdict {
    Verified(VerifiedPasskey),
    /// The signature is right, but the authenticator has counted no more signatures than before.
    CountRegressed {
        stored: u32,
        received: u32,
    },
    Refused,
}

/// A passkey that was proved.
#[derive(Debug, Clone)]
pub struct VerifiedPasskey {
    /// As it is stored from now on.
    pub credential: Value,
    pub method: Method,
    /// Whether the authenticator has verified the user, so that it is two factors.
    pub is_two_factors: bool,
}

/// Accepts a proof by a passkey of the user, whose row is locked. A refused one does not spend the ceremony, unless its signature
/// is right.
pub(in crate::factors) async fn accept(
    database: &Database,
    connection: &mut AsyncPgConnection,
    user: Uuid,
    proof: &PasskeyProof<'_>,
    metadata: &RequestMetadata,
) -> Result<Heard, Error> {
    let now = database.clock.now();
    let of_session = |digest, session| StoredCeremony { digest, user, session, purpose: Purpose::StepUp };
    let state = match proof.ceremony {
        Ceremony::Sealed { .. } => None,
        Ceremony::Stored { digest, session } => match of_session(digest, session).state(connection, now).await? {
            Some(state) => Some(state),
            None => return Ok(Heard::CeremonySpent),
        },
    };
    let passkey = factors::table
        .filter(factors::credential_id.eq(proof.credential_id))
        .filter(factors::user_id.eq(user))
        .filter(factors::rp_id.eq(proof.rp_id))
        .select((factors::id, factors::credential.assume_not_null()));
    let Some((id, credential)) = found(passkey.get_result::<(Uuid, Value)>(connection).await)? else {
        return Ok(Heard::Refused);
    };
    let verdict = (proof.verify)(credential, state);
    match &verdict {
        PasskeyVerdict::Refused => return Ok(Heard::Refused),
        PasskeyVerdict::Verified(passkey) if proof.is_alone && !passkey.is_two_factors => {
            return Ok(Heard::PasswordRequired);
        }
        PasskeyVerdict::Verified(_) | PasskeyVerdict::CountRegressed { .. } => {}
    }
    let is_spent_now = match proof.ceremony {
        Ceremony::Sealed { digest, expires_at } => spend_sealed(connection, digest, expires_at).await?,
        Ceremony::Stored { digest, session } => of_session(digest, session).spend(connection).await?,
    };
    if !is_spent_now {
        return Ok(Heard::CeremonySpent);
    }
    match verdict {
        PasskeyVerdict::Refused => Ok(Heard::Refused),
        PasskeyVerdict::CountRegressed { stored, received } => {
            let changes = [
                Change::new("factor", &id.to_string()),
                Change::between("sign_count", &stored.to_string(), &received.to_string()),
            ];
            let record = Record::refused(Event::PasskeyCounterRegressed, Some(user)).changing(&changes);
            record.write(connection, &database.clock, metadata).await?;
            Ok(Heard::Refused)
        }
        PasskeyVerdict::Verified(VerifiedPasskey { credential, method, .. }) => {
            diesel::update(factors::table.find(id))
                .set((factors::credential.eq(credential), factors::last_used_at.eq(now)))
                .execute(connection)
                .await?;
            Ok(Heard::Accepted(Accepted { method, remaining: None }))
        }
    }
}
