//! The use of mailed tokens. Each of them can be used once.

use super::{Mail, rights, withdraw_links};
use crate::{
    Database, Error,
    audit::Record,
    database::found,
    rate_limits::{self, VerifiedOwner},
    roles,
    row::UserRow,
    schema::{mailed_tokens, sessions, users},
    withdraw_api_keys::withdraw_api_keys,
    write_request::RequestMetadata,
};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::{
    EmailAddress, MailKind, Purpose, Rights, Status, User,
    audit::{Change, Event},
};
use uuid::Uuid;

#[derive(AsChangeset)]
#[diesel(table_name = users)]
struct Confirmed<'a> {
    email: Option<&'a str>,
    email_key: Option<String>,
    email_verified: bool,
    pending_email: Option<Option<String>>,
}

impl Database {
    /// Confirms the address that the token was mailed to. A new address replaces the current one, which gets a notice.
    ///
    /// # Errors
    /// [`Error::TokenInvalid`]; [`Error::EmailTaken`] if another user has taken the new address. The token is not spent then.
    pub async fn verify_email(&self, digest: &[u8], metadata: &RequestMetadata) -> Result<(), Error> {
        self.transaction(async |connection| {
            let (user, address) = self.spend(connection, digest, Purpose::VerifyEmail).await?;
            let pending = user.pending_email.as_ref().filter(|pending| pending.is_same_mailbox(&address));
            let (confirmed, field) = if let Some(pending) = pending {
                let confirmed = Confirmed {
                    email: Some(pending.as_str()),
                    email_key: Some(pending.key()),
                    email_verified: true,
                    pending_email: Some(None),
                };
                (confirmed, "email")
            } else if user.email.is_same_mailbox(&address) && !user.email_verified {
                let confirmed = Confirmed { email: None, email_key: None, email_verified: true, pending_email: None };
                (confirmed, "email_verified")
            } else {
                return Err(Error::TokenInvalid);
            };
            diesel::update(users::table.find(user.id))
                .set((&confirmed, users::version.eq(users::version + 1), users::updated_at.eq(self.clock.now())))
                .execute(connection)
                .await?;
            if confirmed.email.is_some() {
                withdraw_links(connection, &user, None).await?;
                Mail::notice(MailKind::EmailChanged, &user.email).queue(connection, self, metadata).await?;
            }
            self.token_used(connection, Event::EmailVerified, &user, &[Change::of(field)], metadata).await
        })
        .await
    }

    /// The user who may choose a new password with this token.
    ///
    /// # Errors
    /// [`Error::TokenInvalid`].
    pub async fn holder_of_reset(&self, digest: &[u8]) -> Result<User, Error> {
        self.read(async |connection| {
            let token = self.token(connection, digest, Purpose::ResetPassword).await?;
            let user = users::table.find(token.user).select(self.columns());
            found(user.get_result::<UserRow>(connection).await)?
                .map(User::from)
                .filter(|user| token.is_valid_for(user))
                .ok_or(Error::TokenInvalid)
        })
        .await
    }

    /// Replaces the password of the user that the token was mailed to, and ends all of their sessions and API keys. Confirms
    /// their address. A pending address is removed, because another person may have requested it. With `owner`, the failed
    /// sign-ins of the account are forgotten too, so that the owner can sign in at once.
    ///
    /// # Errors
    /// [`Error::TokenInvalid`].
    pub async fn reset_password(
        &self,
        digest: &[u8],
        hash: &str,
        owner: Option<&VerifiedOwner>,
        metadata: &RequestMetadata,
    ) -> Result<(), Error> {
        self.transaction(async |connection| {
            let (user, _) = self.spend(connection, digest, Purpose::ResetPassword).await?;
            let former: Option<String> =
                users::table.find(user.id).select(users::password_hash).get_result(connection).await?;
            // The version does not count changes of the password.
            let counts = !user.email_verified || user.pending_email.is_some();
            let changed_at = if counts { self.clock.now() } else { user.updated_at };
            diesel::update(users::table.find(user.id))
                .set((
                    users::password_hash.eq(hash),
                    users::email_verified.eq(true),
                    users::pending_email.eq(None::<String>),
                    users::version.eq(users::version + i64::from(counts)),
                    users::updated_at.eq(changed_at),
                ))
                .execute(connection)
                .await?;
            diesel::delete(sessions::table.filter(sessions::user_id.eq(user.id))).execute(connection).await?;
            withdraw_links(connection, &user, None).await?;
            if let Some(owner) = owner {
                rate_limits::owner_verified(connection, owner, user.id, self.clock.now()).await?;
            }
            if former.is_some() {
                Mail::notice(MailKind::PasswordChanged, &user.email).queue(connection, self, metadata).await?;
            }
            let mut changes = vec![Change::of("password")];
            changes.extend(withdraw_api_keys(connection, user.id).await?);
            self.token_used(connection, Event::PasswordReset, &user, &changes, metadata).await
        })
        .await
    }

    /// A token that has not expired.
    async fn token(&self, connection: &mut AsyncPgConnection, digest: &[u8], purpose: Purpose) -> Result<Token, Error> {
        let row = mailed_tokens::table
            .find(digest)
            .filter(mailed_tokens::purpose.eq(purpose.as_str()))
            .filter(mailed_tokens::expires_at.gt(self.clock.now()))
            .select((mailed_tokens::user_id, mailed_tokens::address, mailed_tokens::rights))
            .get_result::<(Uuid, String, Option<Vec<String>>)>(connection)
            .await;
        let (user, address, rights) = found(row)?.ok_or(Error::TokenInvalid)?;
        let address = EmailAddress::stored(address);
        Ok(Token { purpose, user, address, rights: rights::read(rights.as_deref()) })
    }

    /// Locks the user of the token and their role, then deletes the token. If it is used twice at once, one of the two gets an error.
    async fn spend(
        &self,
        connection: &mut AsyncPgConnection,
        digest: &[u8],
        purpose: Purpose,
    ) -> Result<(User, EmailAddress), Error> {
        let token = self.token(connection, digest, purpose).await?;
        let user = users::table.find(token.user).select(self.columns()).for_no_key_update();
        let mut user = found(user.get_result::<UserRow>(connection).await)?.map(User::from);
        roles::lock_held(connection, user.iter_mut()).await?;
        let user = user.filter(|user| token.is_valid_for(user)).ok_or(Error::TokenInvalid)?;
        let spent = diesel::delete(mailed_tokens::table.find(digest)).execute(connection).await?;
        if spent == 1 { Ok((user, token.address)) } else { Err(Error::TokenInvalid) }
    }

    async fn token_used(
        &self,
        connection: &mut AsyncPgConnection,
        event: Event,
        user: &User,
        changes: &[Change],
        metadata: &RequestMetadata,
    ) -> Result<(), Error> {
        let record = Record::success(event, user.id).changing(changes);
        record.write(connection, &self.clock, metadata).await
    }
}

/// A mailed token.
struct Token {
    purpose: Purpose,
    user: Uuid,
    /// The address that it was mailed to.
    address: EmailAddress,
    /// What the user was allowed when the mail was requested.
    rights: Rights,
}

impl Token {
    /// Whether it is still valid: its user is active and allowed no more than then, and its address is the current one or, to
    /// verify it, the pending one.
    fn is_valid_for(&self, user: &User) -> bool {
        let is_address = |theirs: &EmailAddress| theirs.is_same_mailbox(&self.address);
        let theirs = match self.purpose {
            Purpose::VerifyEmail => is_address(&user.email) || user.pending_email.as_ref().is_some_and(is_address),
            Purpose::ResetPassword => is_address(&user.email),
        };
        theirs && user.status == Status::Active && !user.role.rights.exceed(self.rights)
    }
}
