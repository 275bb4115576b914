//! The targets that are roles.

use crate::{
    operation::{FieldValue, Parameter, PathParameters, PathValue, Target},
    problem::Problem,
    request::path::path_name,
};
use actix_web::HttpRequest;
use chrono::DateTime;
use std::sync::Arc;
use usher_domain::{
    Permission, PermissionSet, Rights, Role, RoleDescription, RoleDetails, RoleName, Text as _,
    policy::{self, Principal, Resource},
};
use usher_persistence::{NoRow, TargetIds};

/// The name in a role's path.
pub const ROLE_NAME: Parameter = Parameter::name::<RoleName>("name", "The role's name", RoleName::RULE.example);

/// The role that the path names.
pub struct RoleByName {
    pub role: Arc<RoleDetails>,
}

/// The collection of roles.
pub struct RoleCollection;

impl Target for RoleCollection {
    type Row = NoRow;

    fn resource<'a>(_: Resource<'a>, _: TargetIds, _: Option<&'a NoRow>) -> Resource<'a> {
        // The handler of the list counts the roles, and so does a write.
        Resource::Roles { is_full: false }
    }

    fn from_row(_: Option<Arc<NoRow>>) -> Option<Self> {
        Some(Self)
    }

    /// New roles are not reserved unless an admin says so.
    fn current_value<'a>(_: &Resource<'a>, field: &str) -> Option<FieldValue<'a>> {
        (field == "reserved").then(|| false.into())
    }

    fn options<'a>(principal: &Principal, _: &'a [Role], field: &str) -> Option<Vec<&'a str>> {
        (field == "permissions").then(|| grantable_permissions(principal))
    }

    fn states(visit: &mut dyn FnMut(&Resource<'_>)) {
        for is_full in [false, true] {
            visit(&Resource::Roles { is_full });
        }
    }
}

impl Target for RoleByName {
    type Row = RoleDetails;
    const PATH_PARAMETERS: &'static [Parameter] = &[ROLE_NAME];
    const VERSIONED: bool = true;

    fn locate(request: &HttpRequest) -> Result<TargetIds, Problem> {
        path_name::<RoleName>(request, ROLE_NAME.name)
    }

    fn resource<'a>(_: Resource<'a>, _: TargetIds, role: Option<&'a RoleDetails>) -> Resource<'a> {
        Resource::Role { role }
    }

    fn path(_: TargetIds, role: Option<&RoleDetails>) -> PathParameters<'_> {
        let name = role.map_or("", |role| role.role.name.as_str());
        PathParameters::default().with(&ROLE_NAME, PathValue::Name(name))
    }

    fn from_row(role: Option<Arc<RoleDetails>>) -> Option<Self> {
        role.map(|role| Self { role })
    }

    fn row(&self) -> Option<&RoleDetails> {
        Some(&self.role)
    }

    fn current_value<'a>(resource: &Resource<'a>, field: &str) -> Option<FieldValue<'a>> {
        let Resource::Role { role: Some(details) } = resource else { return None };
        match field {
            "description" => Some(details.description.as_str().into()),
            "permissions" => Some(details.role.rights.permissions.into()),
            "reserved" => Some(details.role.rights.reserved.into()),
            _ => None,
        }
    }

    fn options<'a>(principal: &Principal, roles: &'a [Role], field: &str) -> Option<Vec<&'a str>> {
        RoleCollection::options(principal, roles, field)
    }

    fn states(visit: &mut dyn FnMut(&Resource<'_>)) {
        let role = Role { name: RoleName::stored("support".to_owned()), rights: Rights::NONE };
        let unused = RoleDetails {
            role,
            description: RoleDescription::default(),
            users: 0,
            version: 1,
            created_at: DateTime::default(),
            updated_at: DateTime::default(),
        };
        let in_use = RoleDetails { users: 1, ..unused.clone() };
        let built_in = RoleDetails { role: Role::USER, ..unused.clone() };
        for role in [&unused, &in_use, &built_in] {
            visit(&Resource::Role { role: Some(role) });
        }
        visit(&Resource::Role { role: None });
    }
}

/// The permissions that the caller may put into a role.
fn grantable_permissions(principal: &Principal) -> Vec<&'static str> {
    let may_grant = |permission: &&Permission| policy::may_grant(principal, PermissionSet::of(&[**permission]));
    Permission::ALL.iter().filter(may_grant).map(|permission| permission.as_str()).collect()
}
