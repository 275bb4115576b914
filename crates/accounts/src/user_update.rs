//! Updating users.

use crate::{
    Accounts, Error,
    password_verification::CurrentPassword,
    rate_limit::{NetworkAction, UserAction, reveals_taken_name},
};
use std::net::IpAddr;
use usher_domain::{EmailAddress, EmailChange, RoleName, User, Username, policy::Principal};
use usher_persistence::{Changes, Counter, WriteRequest};

/// The new values; a field that is `None` is not changed.
#[derive(Clone, Copy)]
pub struct UserUpdate<'a> {
    pub username: Option<&'a Username>,
    pub email: Option<&'a EmailAddress>,
    pub role: Option<&'a RoleName>,
    /// Required for a new e-mail address of one's own.
    pub current_password: Option<&'a str>,
}

impl Accounts {
    /// Updates `user`. Changes to one's own account are limited, and those of the username or the address also count as an
    /// account probe if the answer reveals that a name is taken. A new address of one's own is sent a mail and counts with the
    /// registrations. Changes to others are not limited: a role that allows them also allows to list users.
    pub async fn update_user(
        &self,
        request: &WriteRequest,
        user: &User,
        update: UserUpdate<'_>,
        address: Option<IpAddr>,
    ) -> Result<User, Error> {
        let is_self = matches!(request.actor, Principal::User(actor) if actor.id == user.id);
        if is_self {
            self.update_own_account(request, user, update, address).await
        } else {
            self.write_update(request, user, update, None, &[]).await
        }
    }

    async fn update_own_account(
        &self,
        request: &WriteRequest,
        user: &User,
        update: UserUpdate<'_>,
        address: Option<IpAddr>,
    ) -> Result<User, Error> {
        let email_change = update.email.map(|email| EmailChange::decide(user, true, email));
        let new_username = update.username.is_some_and(|username| *username != user.username);
        let current_password = match update.current_password {
            _ if !email_change.is_some_and(EmailChange::needs_password) => None,
            Some(password) => Some(CurrentPassword { user: user.id, password, address }),
            None => return Err(Error::CurrentPasswordRequired),
        };
        let probes = if new_username || email_change.is_some_and(EmailChange::reveals_accounts) {
            let by_network = self.counters_by_network(NetworkAction::AccountProbe, address);
            [by_network, self.counters_by_user(UserAction::AccountProbe, user.id)].concat()
        } else {
            Vec::new()
        };
        self.record_attempt(&probes).await?;
        let mut changes = self.counters_by_user(UserAction::AccountChange, user.id);
        if email_change == Some(EmailChange::NeedsConfirmation) {
            changes.extend(self.counters_by_network(NetworkAction::MailToNewAddress, address));
        }
        let updated = self.write_update(request, user, update, current_password, &changes).await;
        if !reveals_taken_name(&updated) {
            self.refund(&probes).await;
        }
        updated
    }

    async fn write_update(
        &self,
        request: &WriteRequest,
        user: &User,
        update: UserUpdate<'_>,
        current_password: Option<CurrentPassword<'_>>,
        counters: &[Counter],
    ) -> Result<User, Error> {
        let write = async |verified: Option<String>| {
            let changes = Changes {
                username: update.username.cloned(),
                email: update.email.cloned(),
                role: update.role.cloned(),
                verified_hash: verified,
            };
            self.database.update_user(request, user.id, &changes, counters).await
        };
        match current_password {
            Some(current) => {
                let verified = self.verify_current_password(current).await?;
                self.write_verified(current, verified, async |verified| write(Some(verified)).await).await
            }
            None => Ok(write(None).await?),
        }
    }
}
