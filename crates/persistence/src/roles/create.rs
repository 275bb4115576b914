//! Creating a role.

use super::row::RoleRow;
use crate::{
    Database, Error, WriteRequest,
    audit::Record,
    schema::roles,
    write::{Locked, ask, authorize},
    write_request::RequestMetadata,
};
use chrono::{DateTime, Utc};
use diesel::{dsl::exists, prelude::*, sql_query};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::{
    PermissionSet, RoleDescription, RoleDetails, RoleName, User,
    audit::{Change, Event},
    policy::{self, Action, ConflictReason, Decision, Resource},
    role::MAX_ROLES,
};

/// Roles are created one at a time, so that there are never more than [`MAX_ROLES`].
const LOCK: &str = "SELECT pg_advisory_xact_lock(hashtext('usher.roles')::bigint)";

/// The initial values of a role.
#[derive(Debug, Clone)]
pub struct NewRole {
    pub name: RoleName,
    pub description: RoleDescription,
    pub permissions: PermissionSet,
    pub reserved: bool,
}

#[derive(Insertable)]
#[diesel(table_name = roles, treat_none_as_default_value = false)]
struct Row<'a> {
    name: &'a str,
    description: &'a str,
    permissions: Vec<&'static str>,
    reserved: bool,
    version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl Database {
    /// Adds a role, if the policy allows it.
    ///
    /// # Errors
    /// [`Error::NotGivable`] if the actor lacks one of the permissions, [`Error::RoleNameTaken`], or a refusal if there are
    /// [`MAX_ROLES`].
    pub async fn create_role(&self, request: &WriteRequest, new: &NewRole) -> Result<RoleDetails, Error> {
        self.transaction(async |connection| {
            // Whether there is room is known when no other role can be created.
            let resource = Resource::Roles { is_full: false };
            let Locked { actor, principal, .. } = self.lock_actor_and_authorize(connection, request, &resource).await?;
            if new.reserved {
                ask(&principal, Action::ReserveRole, &resource)?;
            }
            if !policy::may_grant(&principal, new.permissions) {
                return Err(Error::NotGivable);
            }
            let is_full = lock_roles(connection, &new.name).await?;
            authorize(request, &principal, &Resource::Roles { is_full }, None)?;
            self.insert_role(connection, new, actor.as_ref(), &request.metadata).await
        })
        .await
    }

    /// Adds a role for the operator, without asking the policy.
    ///
    /// # Errors
    /// [`Error::RoleNameTaken`], or a refusal if there are [`MAX_ROLES`].
    pub async fn create_role_as_operator(&self, new: &NewRole) -> Result<RoleDetails, Error> {
        self.transaction(async |connection| {
            if lock_roles(connection, &new.name).await? {
                return Err(Error::Refused(Decision::Conflict(ConflictReason::TooManyRoles)));
            }
            self.insert_role(connection, new, None, &RequestMetadata::default()).await
        })
        .await
    }

    async fn insert_role(
        &self,
        connection: &mut AsyncPgConnection,
        new: &NewRole,
        actor: Option<&User>,
        metadata: &RequestMetadata,
    ) -> Result<RoleDetails, Error> {
        let NewRole { name, description, permissions, reserved } = new;
        let now = self.clock.now();
        let row = diesel::insert_into(roles::table)
            .values(Row {
                name: name.as_str(),
                description: description.as_str(),
                permissions: permissions.names(),
                reserved: *reserved,
                version: 1,
                created_at: now,
                updated_at: now,
            })
            .returning(RoleRow::as_returning())
            .get_result::<RoleRow>(connection)
            .await?;
        let changes = [
            Change::new("name", name.as_str()),
            Change::new("permissions", &permissions.names().join(" ")),
            Change::new("reserved", &reserved.to_string()),
        ];
        let record = Record::success(Event::RoleCreated, None).by(actor).changing(&changes);
        record.write(connection, &self.clock, metadata).await?;
        Ok(row.with_users(0))
    }
}

/// Prevents that other roles are created until the transaction ends. Returns whether there are [`MAX_ROLES`].
///
/// # Errors
/// [`Error::RoleNameTaken`] if there is a role with this name.
async fn lock_roles(connection: &mut AsyncPgConnection, name: &RoleName) -> Result<bool, Error> {
    sql_query(LOCK).execute(connection).await?;
    let same: bool = diesel::select(exists(roles::table.find(name.as_str()))).get_result(connection).await?;
    if same || name.is_built_in() {
        return Err(Error::RoleNameTaken);
    }
    Ok(roles::table.count().get_result::<i64>(connection).await? >= MAX_ROLES)
}
