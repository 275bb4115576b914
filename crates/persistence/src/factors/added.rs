//! What a new factor changes besides its own row, whatever it is.

use super::{
    discard_unconfirmed, factors_changed, list::is_full, proof::usable_methods, recovery_codes::replace_codes,
};
use crate::{
    Database, Error, WriteRequest,
    audit::Record,
    digest::Digest,
    mail::Mail,
    operator_rules::EnrolledFactors,
    schema::sessions,
    sessions::{AuthenticationRow, authentication},
};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{SmallInt, Uuid as SqlUuid},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::{
    Authentication, Factor, FactorType, MailKind, Method, MethodSet, MfaMethod, User,
    audit::{Change, Event},
    policy::Principal,
};
use uuid::Uuid;

/// A factor that was confirmed.
#[derive(Debug, Clone)]
pub struct ConfirmedFactor {
    pub factor: Factor,
    /// Whether it is the user's first one, with which the recovery codes were stored.
    pub is_first: bool,
    /// Who has added it, and has proved it now.
    pub actor: Principal,
}

/// A factor that its user has just proved.
pub(super) struct AddedFactor<'a> {
    pub(super) id: Uuid,
    pub(super) kind: FactorType,
    /// How it was proved.
    pub(super) method: Method,
    /// Stored if it is the first factor of the user.
    pub(super) recovery_codes: &'a [Digest],
}

impl Database {
    /// Records that the owner, whose row is locked, has one more factor. With the first one, the recovery codes are stored and
    /// the owner's other sessions have to prove it. After the last one that there is room for, no app is left to be confirmed.
    /// The owner is notified by mail.
    pub(super) async fn factor_added(
        &self,
        connection: &mut AsyncPgConnection,
        request: &WriteRequest,
        caller: Principal,
        owner: &User,
        added: AddedFactor<'_>,
    ) -> Result<ConfirmedFactor, Error> {
        let AddedFactor { id, kind, method, recovery_codes } = added;
        factors_changed(connection, owner.id, true).await?;
        let mut changes = vec![Change::made("factor", id), Change::new("type", kind.as_str())];
        let is_first = !owner.has_factors;
        if is_first || is_full(connection, owner.id).await? {
            discard_unconfirmed(connection, owner.id).await?;
        }
        if is_first {
            changes.push(replace_codes(connection, &self.clock, owner.id, recovery_codes).await?.change());
        }
        let usable = usable_methods(connection, owner.id, 0, self.rp_id().as_deref()).await?;
        let enrolled = EnrolledFactors {
            any: true,
            totp: usable.contains(&MfaMethod::Totp),
            passkeys: usable.contains(&MfaMethod::Passkey),
        };
        let actor = self.prove(connection, caller, method, is_first, enrolled).await?;
        Mail::notice(MailKind::FactorEnrolled, &owner.email).queue(connection, self, &request.metadata).await?;
        let record = Record::success(Event::FactorEnrolled, owner.id).by(Some(owner)).changing(&changes);
        record.write(connection, &self.clock, &request.metadata).await?;
        Ok(ConfirmedFactor { factor: self.read_factor(connection, id, owner.role.rights).await?, is_first, actor })
    }

    /// Records that the session of the caller has proved the factor. If it is the first one, no session has proved it before.
    /// Beside other factors, it does not stand for them: a session that has proved none of them has not proved two factors now.
    /// The first one counts only beside the password: what else was proved once may be a factor that was removed since.
    /// Returns the caller after that. When the password was proved stays as it is.
    async fn prove(
        &self,
        connection: &mut AsyncPgConnection,
        caller: Principal,
        method: Method,
        is_first: bool,
        enrolled: EnrolledFactors,
    ) -> Result<Principal, Error> {
        let Principal::User(user) = caller else { return Ok(caller) };
        let Some(session) = user.session() else { return Ok(caller) };
        if is_first {
            let no_second_factor =
                "UPDATE sessions SET methods = methods & ~$2 WHERE user_id = $1 AND methods & $2 <> 0";
            sql_query(no_second_factor)
                .bind::<SqlUuid, _>(user.id)
                .bind::<SmallInt, _>(MethodSet::of(&[Method::Mfa]).bits())
                .execute(connection)
                .await?;
        }
        let session = sessions::table.find(session);
        let before = session.select(authentication()).get_result::<AuthenticationRow>(connection).await?;
        let before = Authentication::from(before);
        let is_complete = if is_first { before.methods.contains(Method::Password) } else { before.has_second_factor() };
        let proved = if is_complete { MethodSet::of(&[method, Method::Mfa]) } else { MethodSet::of(&[method]) };
        let methods = before.methods.union(proved);
        diesel::update(session).set(sessions::methods.eq(methods.bits())).execute(connection).await?;
        let proved = Authentication { methods, ..before };
        let assurance = self.rules.assurance(Some(&proved), enrolled, self.clock.now());
        Ok(Principal::User(user.with_assurance(assurance)))
    }
}
