//! Updating a role.

use super::RoleResource;
use crate::{
    operation::{operation, response::Represented},
    problem::Problem,
    request::{AuthorizedRequest, body::request, faults::InputFault},
};
use usher_domain::{PermissionSet, RoleDescription};
use usher_persistence::{RoleChanges, UpdatedRole};

request! {
    /// The fields to change.
    pub struct Changes as "RoleChanges" {
        /// What the role is for
        optional description: RoleDescription,
        /// What it allows; replaces the present permissions. Only permissions that you have yourself. Include what each
        /// permission requires
        optional_set permissions: PermissionSet,
        /// Whether only admins may give it, and act on those who have it
        optional_flag reserved: bool,
    }
}

operation! {
    /// Update a role
    ///
    /// Changes the fields that are sent. A change applies to every user who has the role, from their next request on.
    /// Sending the current value changes nothing.
    UpdateRole
}

pub async fn handle(request: AuthorizedRequest<UpdateRole>) -> Result<Represented<RoleResource>, Problem> {
    let Changes { description, permissions, reserved } = &request.body;
    if description.is_none() && permissions.is_none() && reserved.is_none() {
        return Err(Problem::invalid(InputFault::new("", "empty", "must change at least one field")));
    }
    let changes = RoleChanges { description: description.clone(), permissions: *permissions, reserved: *reserved };
    let (database, name) = (&request.service.database, &request.target.role.role.name);
    let UpdatedRole { role, actor } = database.update_role(&request.write_request(), name, &changes).await?;
    request.role(&actor, &role)
}
