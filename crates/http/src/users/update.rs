//! Updating a user.

use crate::{
    body::request,
    call::Call,
    faults::InputFault,
    openapi,
    operations::{Operation, UpdateUser},
    problem::Problem,
    service::Service,
};
use actix_web::HttpResponse;
use std::net::IpAddr;
use usher_auth::Verdict;
use usher_domain::{EmailAddress, Role, Username, policy::Actor, text::Opaque};
use uuid::Uuid;

/// Most characters of a password that is verified.
pub const CURRENT_PASSWORD: usize = 1024;

request! {
    /// What changes; the rest stays.
    pub struct Changes as "UserChanges" {
        /// The name to sign in with; unique in any case
        optional username: Username,
        /// The e-mail address; unique in any case. One's own new address waits in `pending_email` until it is confirmed
        optional email: EmailAddress,
        /// What the user may do
        optional role: Role,
        /// The current password, needed where one's own e-mail address changes
        optional current_password: Opaque<CURRENT_PASSWORD>,
    }
}

/// Update a user
///
/// Changes what is sent. A value that is there already is no change.
#[utoipa::path(patch, path = UpdateUser::ROW.path, impl_for = UpdateUser, tag = "users", params(openapi::UserId),
    responses((status = 200, description = "The user as it is now", body = openapi::User)))]
pub async fn handle(call: Call<UpdateUser>) -> Result<HttpResponse, Problem> {
    let Changes { username, email, role, current_password } = &call.body;
    if username.is_none() && email.is_none() && role.is_none() {
        return Err(Problem::invalid(InputFault::new("", "empty", "must change something")));
    }
    let (service, target) = (&call.service, &call.target.0);
    let own = matches!(call.actor, Actor::Member(member) if member.id == target.id);
    let mut proof = None;
    if own && email.as_ref().is_some_and(|email| !email.is_same_mailbox(&target.email)) {
        let Some(password) = current_password else {
            let detail = "is needed to change your e-mail address";
            return Err(Problem::field("current_password", "required", detail));
        };
        let from = service.address(&call.request);
        proof = Some(prove(service, target.id, password.as_str(), from).await?);
    }
    let changes = usher_persistence::Changes { username: username.clone(), email: email.clone(), role: *role, proof };
    let user = service.database.update_user(&call.ask(), target.id, &changes).await?;
    call.user(&user)
}

/// The user's password hash, if `password` is the user's current password.
pub async fn prove(service: &Service, user: Uuid, password: &str, from: Option<IpAddr>) -> Result<String, Problem> {
    let guess = service.guess_at_proof(user).await?;
    let counter = guess.as_ref().map(|guess| &guess.counters);
    let hash = service.database.password_hash(user).await?;
    let verdict = service.hasher.verify(password, hash.as_deref(), from).await;
    if let Some(counter) = counter {
        match verdict {
            Ok(Verdict { matches: true, .. }) => service.database.forget_guesses(counter).await?,
            Ok(Verdict { matches: false, .. }) => {}
            Err(_) => service.take_back(&[*counter]).await,
        }
    }
    let Verdict { matches, .. } = verdict?;
    hash.filter(|_| matches)
        .ok_or_else(|| Problem::field("current_password", "wrong_password", "is not your current password"))
}
