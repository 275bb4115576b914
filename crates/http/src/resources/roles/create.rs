//! Creating a role.

use super::RoleResource;
use crate::{
    operation::{operation, response::Created},
    problem::Problem,
    request::{AuthorizedRequest, body::request},
};
use usher_domain::{PermissionSet, RoleDescription, RoleName};
use usher_persistence::NewRole;

request! {
    /// The role to create.
    pub struct RoleCreation as "RoleCreation" {
        /// The name; unique, and never changed
        required name: RoleName,
        /// What the role is for
        optional description: RoleDescription,
        /// What it allows; only permissions that you have yourself. Include what each permission requires
        required_set permissions: PermissionSet,
        /// Whether only admins may give it, and act on those who have it (default `false`)
        optional_flag reserved: bool,
    }
}

operation! {
    /// Create a role
    ///
    /// Creates a role with the given permissions. There can be 100 roles beside those that are built in.
    CreateRole
}

pub async fn handle(request: AuthorizedRequest<CreateRole>) -> Result<Created<RoleResource>, Problem> {
    let RoleCreation { name, description, permissions, reserved } = &request.body;
    let new = NewRole {
        name: name.clone(),
        description: description.clone().unwrap_or_default(),
        permissions: *permissions,
        reserved: reserved.unwrap_or_default(),
    };
    let role = request.service.database.create_role(&request.write_request(), &new).await?;
    request.created_role(&role)
}
