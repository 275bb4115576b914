//! Deleting a role.

use crate::{
    Database, Error, WriteRequest, audit::Record, schema::roles, write::authorize, write_request::RequestMetadata,
};
use diesel::{prelude::*, sql_query, sql_types::Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::{
    RoleDetails, RoleName, User,
    audit::{Change, Event},
    policy::{ConflictReason, Decision, Resource},
};

/// The counts of a role that nobody has add up to 0. Those that another transaction is changing stay: it may be an import, which
/// waits for the row of the role.
const DELETE_COUNTS: &str = "DELETE FROM user_counts WHERE (shard, role, status) IN \
    (SELECT shard, role, status FROM user_counts WHERE role = $1 FOR UPDATE SKIP LOCKED)";

impl Database {
    /// Removes a role that nobody has, if the policy allows it.
    pub async fn delete_role(&self, request: &WriteRequest, name: &RoleName) -> Result<(), Error> {
        self.transaction(async |connection| {
            let locked = self.lock_role(connection, request, name).await?;
            let resource = Resource::Role { role: Some(&locked.target) };
            authorize(request, &locked.principal, &resource, Some(locked.target.version))?;
            self.remove_role(connection, &locked.target, locked.actor.as_ref(), &request.metadata).await
        })
        .await
    }

    /// Removes a role that nobody has, for the operator.
    ///
    /// # Errors
    /// [`Error::UnknownRole`], or a refusal of a role that is built in or that some user has.
    pub async fn delete_role_as_operator(&self, name: &RoleName) -> Result<(), Error> {
        self.transaction(async |connection| {
            let role = self.lock_role_as_operator(connection, name).await?;
            if role.users > 0 {
                return Err(Error::Refused(Decision::Conflict(ConflictReason::RoleInUse)));
            }
            self.remove_role(connection, &role, None, &RequestMetadata::default()).await
        })
        .await
    }

    async fn remove_role(
        &self,
        connection: &mut AsyncPgConnection,
        role: &RoleDetails,
        actor: Option<&User>,
        metadata: &RequestMetadata,
    ) -> Result<(), Error> {
        let name = role.role.name.as_str();
        diesel::delete(roles::table.find(name)).execute(connection).await?;
        sql_query(DELETE_COUNTS).bind::<Text, _>(name).execute(connection).await?;
        let changes = [
            Change::ended("name", name),
            Change::ended("permissions", &role.role.rights.permissions.names().join(" ")),
            Change::ended("reserved", &role.role.rights.reserved.to_string()),
        ];
        let record = Record::success(Event::RoleDeleted, None).by(actor).changing(&changes);
        record.write(connection, &self.clock, metadata).await
    }
}
