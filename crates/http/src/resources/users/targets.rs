//! The targets that are users.

use crate::{
    operation::{FieldValue, Parameter, PathParameters, PathValue, Target, parameter::EXAMPLE_USER},
    resources::roles::ROLE_NAME,
};
use chrono::DateTime;
use std::sync::Arc;
use usher_domain::{
    EmailAddress, Role, Scope, Status, Text as _, User, Username,
    policy::{self, Principal, Resource},
};
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

    /// New users have the role `user` unless they are given another one.
    fn current_value<'a>(_: &Resource<'a>, field: &str) -> Option<FieldValue<'a>> {
        (field == "role").then(|| "user".into())
    }

    fn options<'a>(principal: &Principal, roles: &'a [Role], field: &str) -> Option<Vec<&'a str>> {
        (field == "role").then(|| givable_roles(principal, roles))
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

    /// Beside the id, the name of the role, to which a user has a link.
    fn path(ids: TargetIds, user: Option<&User>) -> PathParameters<'_> {
        let path = PathParameters::of::<Self>(ids);
        match user {
            Some(user) => path.with(&ROLE_NAME, PathValue::Name(user.role.name.as_str())),
            None => path,
        }
    }

    fn current_value<'a>(resource: &Resource<'a>, field: &str) -> Option<FieldValue<'a>> {
        let Resource::User { user: Some(user), .. } = resource else { return None };
        match field {
            "username" => Some(user.username.as_str().into()),
            "email" => Some(user.email.as_str().into()),
            "role" => Some(user.role.name.as_str().into()),
            _ => None,
        }
    }

    fn options<'a>(principal: &Principal, roles: &'a [Role], field: &str) -> Option<Vec<&'a str>> {
        match field {
            "role" => Some(givable_roles(principal, roles)),
            "scopes" => Some(usable_scopes(principal)),
            _ => None,
        }
    }

    fn states(visit: &mut dyn FnMut(&Resource<'_>)) {
        let active = sample();
        let suspended = User { status: Status::Suspended, ..active.clone() };
        let last_admin = User { last_admin: true, ..active.clone() };
        let last_verified_admin = User { last_verified_admin: true, ..last_admin.clone() };
        let rate_limited = User { rate_limited: true, ..active.clone() };
        let with_factors = User { has_factors: true, ..active.clone() };
        let id = active.id;
        for user in [&active, &suspended, &last_admin, &last_verified_admin, &rate_limited, &with_factors] {
            visit(&Resource::User { id, user: Some(user) });
        }
        visit(&Resource::ApiKeys { owner: &active, is_full: true });
        visit(&Resource::User { id, user: None });
    }
}

impl Target for CurrentUser {
    type Row = User;

    fn resolve(in_path: TargetIds, caller: Option<Credential>) -> TargetIds {
        match caller {
            None => in_path,
            Some(Credential::Session { user, .. }) => TargetIds::of(user),
            Some(Credential::ApiKey(_)) => TargetIds::OF_CALLER,
        }
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

/// The names of the roles that the caller may give to a user.
fn givable_roles<'a>(principal: &Principal, roles: &'a [Role]) -> Vec<&'a str> {
    let givable = roles.iter().filter(|role| policy::may_give(principal, role.rights));
    givable.map(|role| role.name.as_str()).collect()
}

/// The names of the scopes that the caller may give to an API key.
fn usable_scopes(principal: &Principal) -> Vec<&'static str> {
    let scopes = Scope::NAMES.iter().copied().filter_map(Scope::from_name);
    scopes.filter(|scope| policy::may_give_to_key(principal, *scope)).map(Scope::as_str).collect()
}

/// The user of all examples.
pub fn sample() -> User {
    User {
        id: EXAMPLE_USER.parse::<Uuid>().unwrap_or_default(),
        external_id: None,
        username: Username::stored(Username::RULE.example.to_owned()),
        email: EmailAddress::stored(EmailAddress::RULE.example.to_owned()),
        email_key: EmailAddress::RULE.example.to_owned(),
        email_verified: true,
        pending_email: None,
        role: Role::USER,
        status: Status::Active,
        version: 1,
        created_at: DateTime::default(),
        updated_at: DateTime::default(),
        last_login_at: None,
        last_admin: false,
        last_verified_admin: false,
        has_factors: false,
        rate_limited: false,
    }
}
