//! Registration: a stranger becomes a user.

use crate::{
    keyed_semaphore::Permit,
    operation::{operation, response::Created},
    problem::Problem,
    request::{AuthorizedRequest, body::request, faults::InputFault},
    resources::users::RegisteredUserResource,
    service::Service,
    throttle::{Question, told_who_exists},
};
use std::net::IpAddr;
use usher_auth::Requester;
use usher_domain::{EmailAddress, NewPassword, Role, User, Username};
use usher_persistence::{Counter, NewUser};

request! {
    /// The new account.
    pub struct Registration as "Registration" {
        /// The username; unique, ignoring case
        required username: Username,
        /// The e-mail address; unique, ignoring case
        required email: EmailAddress,
        /// The password, used exactly as sent
        required password: NewPassword,
    }
}

operation! {
    /// Register
    ///
    /// Creates a user with the role `user` if registration is open. If sign-in requires a verified e-mail address, the
    /// response has no `token` link until the address is verified by the mailed link. Registrations are rate-limited by
    /// client address.
    RegisterUser
}

pub async fn handle(request: AuthorizedRequest<RegisterUser>) -> Result<Created<RegisteredUserResource>, Problem> {
    let Registration { username, email, password } = &request.body;
    unlike_its_owner(password, username, email)?;
    let (service, from) = (&request.service, request.client_address());
    let registration = service.registration(from);
    service.heard(&registration).await?;
    let question = service.question(Question::Registration, from);
    service.count(&question).await?;
    let made = make(&request, from, &registration).await;
    if !told_who_exists(&made) {
        service.take_back(&question).await;
    }
    request.created(&made?)
}

async fn make(
    request: &AuthorizedRequest<RegisterUser>,
    from: Option<IpAddr>,
    counters: &[Counter],
) -> Result<User, Problem> {
    let Registration { username, email, password } = &request.body;
    let service = &request.service;
    let _turns = turns(service, username, email).await;
    let password_hash = Some(hash_for_new_user(service, username, email, password, Requester::unknown(from)).await?);
    let new = NewUser {
        username: username.clone(),
        email: email.clone(),
        email_verified: false,
        role: Role::User,
        password_hash,
    };
    Ok(service.database.create_user(&request.write_request(), &service.api.resource(), &new, counters).await?)
}

/// A password must not be made of its owner's name or address.
pub fn unlike_its_owner(password: &NewPassword, username: &Username, email: &EmailAddress) -> Result<(), Problem> {
    password
        .reject_personal(&[username.as_str(), email.as_str()])
        .map_err(|fault| Problem::invalid(InputFault::of("password", fault)))
}

/// Both names are this request's until the turns are dropped; taken in order, so that no two requests wait for each other.
pub async fn turns(service: &Service, username: &Username, email: &EmailAddress) -> [Permit; 2] {
    let mut names = [username.key(), email.key()];
    names.sort_unstable();
    let [first, second] = names;
    [service.turns.take(first, 1).await, service.turns.take(second, 1).await]
}

/// The password's hash, unless it would be computed for names that are taken already.
pub async fn hash_for_new_user(
    service: &Service,
    username: &Username,
    email: &EmailAddress,
    password: &NewPassword,
    requester: Requester,
) -> Result<String, Problem> {
    service.database.name_taken(username, email).await?;
    Ok(service.hasher.hash(password, requester).await?)
}
