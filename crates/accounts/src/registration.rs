//! Creating users: by registration, or by an admin.

use crate::{
    Accounts, Error,
    keyed_semaphore::Permit,
    rate_limit::{NetworkAction, reveals_taken_name},
};
use std::net::IpAddr;
use usher_auth::Requester;
use usher_domain::{EmailAddress, Fault, NewPassword, RoleName, User, Username, policy::Resource};
use usher_persistence::{Counter, NewUser, WriteRequest};

/// What a person registers with.
#[derive(Clone, Copy)]
pub struct Registrant<'a> {
    pub username: &'a Username,
    pub email: &'a EmailAddress,
    pub password: &'a NewPassword,
}

/// A user that an admin creates.
#[derive(Clone, Copy)]
pub struct UserToCreate<'a> {
    pub username: &'a Username,
    pub email: &'a EmailAddress,
    /// Without a password, the user chooses one with a link that is mailed.
    pub password: Option<&'a NewPassword>,
    pub role: &'a RoleName,
}

impl Accounts {
    /// Registers a user with the role `user`, while registration is open. The attempt counts as an account probe only if the
    /// answer reveals that a name is taken.
    pub async fn register(
        &self,
        request: &WriteRequest,
        registrant: Registrant<'_>,
        address: Option<IpAddr>,
    ) -> Result<User, Error> {
        let Registrant { username, email, password } = registrant;
        reject_personal_password(password, username, email).map_err(Error::PersonalPassword)?;
        let registrations = self.counters_by_network(NetworkAction::MailToNewAddress, address);
        self.check_rate_limit(&registrations).await?;
        let probes = self.counters_by_network(NetworkAction::AccountProbe, address);
        self.record_attempt(&probes).await?;
        let registered = self.hash_and_register(request, registrant, address, &registrations).await;
        if !reveals_taken_name(&registered) {
            self.refund(&probes).await;
        }
        registered
    }

    async fn hash_and_register(
        &self,
        request: &WriteRequest,
        registrant: Registrant<'_>,
        address: Option<IpAddr>,
        counters: &[Counter],
    ) -> Result<User, Error> {
        let Registrant { username, email, password } = registrant;
        let _permits = self.name_permits(username, email).await;
        let hash = self.hash_for_new_user(username, email, password, Requester::unknown(address)).await?;
        let new = NewUser {
            username: username.clone(),
            email: email.clone(),
            email_verified: false,
            role: RoleName::USER,
            password_hash: Some(hash),
        };
        Ok(self.database.create_user(request, &self.service_resource(), &new, counters).await?)
    }

    /// Creates a user. There is no rate limit: who may create users may also list them.
    pub async fn create_user(
        &self,
        request: &WriteRequest,
        new: UserToCreate<'_>,
        address: Option<IpAddr>,
    ) -> Result<User, Error> {
        let UserToCreate { username, email, password, role } = new;
        let _permits = self.name_permits(username, email).await;
        let password_hash = match password {
            Some(password) => {
                reject_personal_password(password, username, email).map_err(Error::PersonalPassword)?;
                Some(self.hash_for_new_user(username, email, password, Requester::known(address)).await?)
            }
            None => None,
        };
        let new = NewUser {
            username: username.clone(),
            email: email.clone(),
            email_verified: false,
            role: role.clone(),
            password_hash,
        };
        Ok(self.database.create_user(request, &Resource::Users, &new, &[]).await?)
    }

    /// Makes this request the only one of this process that creates a user of this username or address, until the permits are
    /// dropped. They are acquired in order, so that no two requests wait for each other.
    async fn name_permits(&self, username: &Username, email: &EmailAddress) -> [Permit; 2] {
        let mut names = [username.key(), email.key()];
        names.sort_unstable();
        let [first, second] = names;
        [self.semaphore().acquire(first, 1).await, self.semaphore().acquire(second, 1).await]
    }

    /// Hashes the password, unless a name is taken already: then the hash would be of no use.
    async fn hash_for_new_user(
        &self,
        username: &Username,
        email: &EmailAddress,
        password: &NewPassword,
        requester: Requester,
    ) -> Result<String, Error> {
        self.database.name_taken(username, email).await?;
        Ok(self.hasher().hash(password, requester).await?)
    }
}

/// Fails for a password that consists of its user's names.
pub fn reject_personal_password(
    password: &NewPassword,
    username: &Username,
    email: &EmailAddress,
) -> Result<(), Fault> {
    password.reject_personal(&[username.as_str(), email.as_str()])
}
