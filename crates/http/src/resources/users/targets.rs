//! The targets that are users.

use crate::{
    operation::{Parameter, Target, parameter::EXAMPLE_USER},
    problem::Problem,
    request::path::path_id,
    site::Site,
};
use actix_web::HttpRequest;
use chrono::DateTime;
use usher_domain::{EmailAddress, Role, Status, Text as _, User, Username, policy::Resource};
use usher_persistence::{Credential, LookupResult, TargetIds};
use uuid::Uuid;

/// The id in a user's path.
pub const USER_ID: Parameter = Parameter::id("id", "The user's id", EXAMPLE_USER);

/// The user whom the path names.
pub struct UserById {
    pub user: User,
}

/// The user who calls, for what every signed-in user may do.
pub struct CurrentUser {
    pub user: User,
}

/// The user who calls, for what depends on the state that their account is in.
pub struct CurrentUserState {
    pub user: User,
}

/// The collection of users.
pub struct UserCollection;

impl Target for UserCollection {
    fn resource<'a>(_: &Site, _: TargetIds, _: &'a LookupResult) -> Resource<'a> {
        Resource::Users
    }

    fn from_lookup(_: LookupResult) -> Option<Self> {
        Some(Self)
    }

    fn states(visit: &mut dyn FnMut(&Resource<'_>)) {
        visit(&Resource::Users);
    }
}

impl Target for UserById {
    const PATH_PARAMETERS: &'static [Parameter] = &[USER_ID];
    const VERSIONED: bool = true;

    fn locate(request: &HttpRequest) -> Result<TargetIds, Problem> {
        path_id(request, USER_ID.name).map(TargetIds::user)
    }

    fn resource<'a>(site: &Site, ids: TargetIds, found: &'a LookupResult) -> Resource<'a> {
        ids.user_id.map_or_else(|| site.resource(), |id| Resource::User { id, user: found.user.as_ref() })
    }

    fn from_lookup(found: LookupResult) -> Option<Self> {
        found.user.map(|user| Self { user })
    }

    fn current_value<'a>(resource: &Resource<'a>, field: &str) -> Option<&'a str> {
        current_value(resource, field)
    }

    fn states(visit: &mut dyn FnMut(&Resource<'_>)) {
        let active = sample();
        let suspended = User { status: Status::Suspended, ..active.clone() };
        let last_admin = User { last_admin: true, ..active.clone() };
        let slowed = User { slowed: true, ..active.clone() };
        let id = active.id;
        for user in [&active, &suspended, &last_admin, &slowed] {
            visit(&Resource::User { id, user: Some(user) });
        }
        visit(&Resource::User { id, user: None });
    }
}

impl Target for CurrentUser {
    fn resolve(_: TargetIds, caller: Option<Credential>) -> TargetIds {
        TargetIds { user_id: caller.map(|caller| caller.user), session_id: None }
    }

    fn resource<'a>(site: &Site, _: TargetIds, _: &'a LookupResult) -> Resource<'a> {
        site.resource()
    }

    fn from_lookup(found: LookupResult) -> Option<Self> {
        found.user.map(|user| Self { user })
    }

    fn states(visit: &mut dyn FnMut(&Resource<'_>)) {
        crate::resources::root::ServiceRoot::states(visit);
    }
}

impl Target for CurrentUserState {
    const IS_CALLER: bool = true;

    fn resolve(in_path: TargetIds, caller: Option<Credential>) -> TargetIds {
        CurrentUser::resolve(in_path, caller)
    }

    fn resource<'a>(site: &Site, ids: TargetIds, found: &'a LookupResult) -> Resource<'a> {
        UserById::resource(site, ids, found)
    }

    fn from_lookup(found: LookupResult) -> Option<Self> {
        found.user.map(|user| Self { user })
    }

    fn states(visit: &mut dyn FnMut(&Resource<'_>)) {
        UserById::states(&mut |state| {
            if matches!(state, Resource::User { user: Some(_), .. }) {
                visit(state);
            }
        });
    }
}

/// The value that a field of a user has now.
pub fn current_value<'a>(resource: &Resource<'a>, field: &str) -> Option<&'a str> {
    let Resource::User { user: Some(user), .. } = resource else { return None };
    match field {
        "username" => Some(user.username.as_str()),
        "email" => Some(user.email.as_str()),
        "role" => Some(user.role.as_str()),
        _ => None,
    }
}

/// The user of all examples.
pub fn sample() -> User {
    User {
        id: EXAMPLE_USER.parse::<Uuid>().unwrap_or_default(),
        username: Username::stored(Username::RULE.example.to_owned()),
        email: EmailAddress::stored(EmailAddress::RULE.example.to_owned()),
        email_key: EmailAddress::RULE.example.to_owned(),
        email_verified: true,
        pending_email: None,
        role: Role::User,
        status: Status::Active,
        version: 1,
        created_at: DateTime::default(),
        updated_at: DateTime::default(),
        last_login_at: None,
        last_admin: false,
        slowed: false,
    }
}
