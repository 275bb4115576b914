//! The targets that are users.

use crate::operation::{Parameter, Target, parameter::EXAMPLE_USER};
use chrono::DateTime;
use std::sync::Arc;
use usher_domain::{EmailAddress, Role, Status, Text as _, User, Username, policy::Resource};
use usher_persistence::{Credential, NoRow, TargetIds};
use uuid::Uuid;

/// The id in a user's path.
pub const USER_ID: Parameter = Parameter::id("id", "The user's id", EXAMPLE_USER);

/// The user that the path names.
pub struct UserById {
    pub user: Arc<User>,
}

/// The caller, for operations that every signed-in user may perform.
pub struct CurrentUser {
    pub user: Arc<User>,
}

/// The caller, for operations that depend on the state of their account.
pub struct CurrentUserState {
    pub user: Arc<User>,
}

/// The collection of users.
pub struct UserCollection;

impl Target for UserCollection {
    type Row = NoRow;

    fn resource<'a>(_: Resource<'a>, _: TargetIds, _: Option<&'a NoRow>) -> Resource<'a> {
        Resource::Users
    }

    fn from_row(_: Option<Arc<NoRow>>) -> Option<Self> {
        Some(Self)
    }

    fn states(visit: &mut dyn FnMut(&Resource<'_>)) {
        visit(&Resource::Users);
    }
}

impl Target for UserById {
    type Row = User;
    const PATH_PARAMETERS: &'static [Parameter] = &[USER_ID];
    const VERSIONED: bool = true;

    fn resource<'a>(_: Resource<'a>, ids: TargetIds, user: Option<&'a User>) -> Resource<'a> {
        Resource::User { id: ids.id, user }
    }

    fn from_row(user: Option<Arc<User>>) -> Option<Self> {
        user.map(|user| Self { user })
    }

    fn row(&self) -> Option<&User> {
        Some(&self.user)
    }

    fn current_value<'a>(resource: &Resource<'a>, field: &str) -> Option<&'a str> {
        let Resource::User { user: Some(user), .. } = resource else { return None };
        match field {
            "username" => Some(user.username.as_str()),
            "email" => Some(user.email.as_str()),
            "role" => Some(user.role.as_str()),
            _ => None,
        }
    }

    fn states(visit: &mut dyn FnMut(&Resource<'_>)) {
        let active = sample();
        let suspended = User { status: Status::Suspended, ..active.clone() };
        let last_admin = User { last_admin: true, ..active.clone() };
        let last_verified_admin = User { last_verified_admin: true, ..last_admin.clone() };
        let rate_limited = User { rate_limited: true, ..active.clone() };
        let id = active.id;
        for user in [&active, &suspended, &last_admin, &last_verified_admin, &rate_limited] {
            visit(&Resource::User { id, user: Some(user) });
        }
        visit(&Resource::User { id, user: None });
    }
}

impl Target for CurrentUser {
    type Row = User;

    fn resolve(in_path: TargetIds, caller: Option<Credential>) -> TargetIds {
        caller.map_or(in_path, |caller| TargetIds::of(caller.user))
    }

    fn resource<'a>(service: Resource<'a>, _: TargetIds, _: Option<&'a User>) -> Resource<'a> {
        service
    }

    fn from_row(user: Option<Arc<User>>) -> Option<Self> {
        user.map(|user| Self { user })
    }

    fn row(&self) -> Option<&User> {
        Some(&self.user)
    }

    fn states(visit: &mut dyn FnMut(&Resource<'_>)) {
        crate::resources::root::ServiceRoot::states(visit);
    }
}

impl Target for CurrentUserState {
    type Row = User;
    const IS_CALLER: bool = true;

    fn resolve(in_path: TargetIds, caller: Option<Credential>) -> TargetIds {
        CurrentUser::resolve(in_path, caller)
    }

    fn resource<'a>(service: Resource<'a>, ids: TargetIds, user: Option<&'a User>) -> Resource<'a> {
        UserById::resource(service, ids, user)
    }

    fn from_row(user: Option<Arc<User>>) -> Option<Self> {
        user.map(|user| Self { user })
    }

    fn row(&self) -> Option<&User> {
        Some(&self.user)
    }

    fn states(visit: &mut dyn FnMut(&Resource<'_>)) {
        UserById::states(&mut |state| {
            if matches!(state, Resource::User { user: Some(_), .. }) {
                visit(state);
            }
        });
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
        last_verified_admin: false,
        rate_limited: false,
    }
}
