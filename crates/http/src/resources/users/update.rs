//! Updating a user.

use super::{
    UserResource,
    proof::{CURRENT_PASSWORD, Proof},
};
use crate::{
    operation::{operation, response::Represented},
    problem::Problem,
    request::{AuthorizedRequest, body::request, faults::InputFault},
    throttle::{Question, told_who_exists},
};
use usher_domain::{EmailAddress, EmailChange, Role, User, Username, policy::Principal, text::SecretText};
use usher_persistence::Counter;

request! {
    /// The fields to change.
    pub struct Changes as "UserChanges" {
        /// The username; unique, ignoring case
        optional username: Username,
        /// The e-mail address; unique, ignoring case. When users change their own address, the new one stays in
        /// `pending_email` until it is verified
        optional email: EmailAddress,
        /// The role
        optional role: Role,
        /// The current password; required to change one's own e-mail address
        optional current_password: SecretText<CURRENT_PASSWORD>,
    }
}

operation! {
    /// Update a user
    ///
    /// Changes the fields that are sent. Sending the current value changes nothing. Changes to one's own account are
    /// rate-limited.
    UpdateUser
}

pub async fn handle(request: AuthorizedRequest<UpdateUser>) -> Result<Represented<UserResource>, Problem> {
    let Changes { username, email, role, .. } = &request.body;
    if username.is_none() && email.is_none() && role.is_none() {
        return Err(Problem::invalid(InputFault::new("", "empty", "must change at least one field")));
    }
    let own = matches!(request.principal, Principal::User(member) if member.id == request.target.user.id);
    let user = if own { update_own(&request).await? } else { update(&request, None, &[]).await? };
    request.user(&user)
}

/// Changes the caller's own account. It is counted as a change, and, where it tells that somebody has a name, as a question. Who may
/// change others is not limited: they may also list them.
async fn update_own(request: &AuthorizedRequest<UpdateUser>) -> Result<User, Problem> {
    let Changes { username, email, current_password, .. } = &request.body;
    let (service, target) = (&request.service, &request.target.user);
    let email_change = email.as_ref().map(|email| EmailChange::decide(target, true, email));
    let new_name = username.as_ref().is_some_and(|username| *username != target.username);
    let from = request.client_address();
    let proof = match current_password {
        _ if !email_change.is_some_and(EmailChange::needs_password) => None,
        Some(password) => Some(Proof { service, user: target.id, password: password.as_str(), from }),
        None => {
            let detail = "is required to change your e-mail address";
            return Err(Problem::field("current_password", "required", detail));
        }
    };
    let question = if new_name || email_change.is_some_and(EmailChange::reveals_accounts) {
        [service.question(Question::Registration, from), service.question_of(target.id)].concat()
    } else {
        Vec::new()
    };
    service.count(&question).await?;
    let updated = update(request, proof, &service.change_of(target.id)).await;
    if !told_who_exists(&updated) {
        service.take_back(&question).await;
    }
    updated
}

async fn update(
    request: &AuthorizedRequest<UpdateUser>,
    proof: Option<Proof<'_>>,
    counters: &[Counter],
) -> Result<User, Problem> {
    let Changes { username, email, role, .. } = &request.body;
    let update = async |proof| {
        let changes =
            usher_persistence::Changes { username: username.clone(), email: email.clone(), role: *role, proof };
        request.service.database.update_user(&request.write_request(), request.target.user.id, &changes, counters).await
    };
    match proof {
        Some(proof) => proof.write(proof.verify().await?, async |verified| update(Some(verified)).await).await,
        None => Ok(update(None).await?),
    }
}
