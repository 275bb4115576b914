//! Changes to a role. They apply to everybody who has it, from their next request on.

use super::row::RoleRow;
use crate::{
    Database, Error, WriteRequest,
    audit::Record,
    cached_statement::CachedStatement,
    schema::roles,
    write::{ask, authorize},
    write_request::RequestMetadata,
};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::{
    PermissionSet, RoleDescription, RoleDetails, RoleName, User,
    audit::{Change, Event},
    policy::{self, Action, Principal, Resource},
};

/// A role after an update.
#[derive(Debug)]
pub struct UpdatedRole {
    pub role: RoleDetails,
    /// The actor, who may have the role.
    pub actor: Principal,
}

/// The new values; a field that is `None` is not changed.
#[derive(Debug, Clone, Default)]
pub struct RoleChanges {
    pub description: Option<RoleDescription>,
    pub permissions: Option<PermissionSet>,
    pub reserved: Option<bool>,
}

#[derive(AsChangeset, Default)]
#[diesel(table_name = roles)]
struct Patch<'a> {
    description: Option<&'a str>,
    permissions: Option<Vec<&'static str>>,
    reserved: Option<bool>,
}

impl Database {
    /// Changes what differs from the role as it is, if the policy allows it.
    ///
    /// # Errors
    /// [`Error::NotGivable`] if the actor lacks one of the new permissions.
    pub async fn update_role(
        &self,
        request: &WriteRequest,
        name: &RoleName,
        changes: &RoleChanges,
    ) -> Result<UpdatedRole, Error> {
        self.transaction(async |connection| {
            let locked = self.lock_role(connection, request, name).await?;
            let (role, resource) = (&locked.target, Resource::Role { role: Some(&locked.target) });
            // Permissions that the actor may not grant are refused whatever the version is.
            if changes.permissions.is_some_and(|permissions| !policy::may_grant(&locked.principal, permissions)) {
                return Err(Error::NotGivable);
            }
            authorize(request, &locked.principal, &resource, Some(role.version))?;
            if changes.reserved.is_some_and(|reserved| reserved != role.role.rights.reserved) {
                ask(&locked.principal, Action::ReserveRole, &resource)?;
            }
            let actor = locked.actor.as_ref();
            let updated = self.change_role(connection, role, changes, actor, &request.metadata).await?;
            let has_it = actor.is_some_and(|actor| actor.role.name == updated.role.name);
            let actor = match locked.principal {
                Principal::User(caller) if has_it => Principal::User(caller.with_role(updated.role.rights)),
                principal => principal,
            };
            Ok(UpdatedRole { role: updated, actor })
        })
        .await
    }

    /// Changes a role for the operator, without asking the policy.
    ///
    /// # Errors
    /// [`Error::UnknownRole`], or a refusal of a built-in role.
    pub async fn update_role_as_operator(&self, name: &RoleName, changes: &RoleChanges) -> Result<RoleDetails, Error> {
        self.transaction(async |connection| {
            let role = self.lock_role_as_operator(connection, name).await?;
            self.change_role(connection, &role, changes, None, &RequestMetadata::default()).await
        })
        .await
    }

    async fn change_role(
        &self,
        connection: &mut AsyncPgConnection,
        role: &RoleDetails,
        changes: &RoleChanges,
        actor: Option<&User>,
        metadata: &RequestMetadata,
    ) -> Result<RoleDetails, Error> {
        let (patch, changed_fields) = difference(role, changes);
        if changed_fields.is_empty() {
            return Ok(role.clone());
        }
        let update = diesel::update(roles::table.find(role.role.name.as_str()))
            .set((patch, roles::version.eq(roles::version + 1), roles::updated_at.eq(self.clock.now())))
            .returning(RoleRow::as_returning());
        let row = CachedStatement(update).get_result::<RoleRow>(connection).await?;
        let name = role.role.name.as_str();
        // The name says which role it is.
        let changes = [vec![Change::between("name", name, name)], changed_fields].concat();
        let record = Record::success(Event::RoleUpdated, None).by(actor).changing(&changes);
        record.write(connection, &self.clock, metadata).await?;
        Ok(row.with_users(role.users))
    }
}

/// The part of `changes` that differs from the role.
fn difference<'a>(role: &RoleDetails, changes: &'a RoleChanges) -> (Patch<'a>, Vec<Change>) {
    let (mut patch, mut changed_fields) = (Patch::default(), Vec::new());
    let rights = role.role.rights;
    if let Some(description) = changes.description.as_ref().filter(|description| **description != role.description) {
        patch.description = Some(description.as_str());
        changed_fields.push(Change::of("description"));
    }
    if let Some(permissions) = changes.permissions.filter(|permissions| *permissions != rights.permissions) {
        patch.permissions = Some(permissions.names());
        let (from, to) = (rights.permissions.names().join(" "), permissions.names().join(" "));
        changed_fields.push(Change::between("permissions", &from, &to));
    }
    if let Some(reserved) = changes.reserved.filter(|reserved| *reserved != rights.reserved) {
        patch.reserved = Some(reserved);
        changed_fields.push(Change::between("reserved", &rights.reserved.to_string(), &reserved.to_string()));
    }
    (patch, changed_fields)
}
