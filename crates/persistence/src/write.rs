//! Writes ask the policy again, because the rows that a request has read are stale by the time it writes. A write locks its
//! rows first, and asks the policy about their current state.
//!
//! Rows are locked in one order, so that no two writes wait for each other: the users by their ids (the actor, and the user
//! who is the target or owns it), the target if it is not a user, the actor's session or API key, the key that signed the
//! actor's token, the roles of these users (built-in roles have no row), and a role that is given to one of them. A role that is
//! the target is locked together with the actor's, in the order of their names.

use crate::{
    Database, Error,
    database::found,
    lookup::TargetRow,
    operator_rules::EnrolledFactors,
    roles,
    row::UserRow,
    schema::{api_keys, sessions, users},
    sessions::{AuthenticationRow, authentication},
    write_request::WriteRequest,
};
use diesel::{prelude::*, result::QueryResult, sql_types::Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use usher_domain::{
    Authentication, Rights, RoleDetails, RoleName, ScopeSet, Status, User,
    policy::{self, Action, AuthenticatedUser, ConflictReason, Decision, Means, Principal, Resource},
};
use uuid::Uuid;

/// The actor and the target of a write, locked until its transaction ends.
pub(crate) struct Locked<T> {
    /// `None` for an anonymous request.
    pub(crate) actor: Option<User>,
    /// The actor, as the policy was asked about it.
    pub(crate) principal: Principal,
    pub(crate) target: T,
}

/// A sub-resource of a user, with its owner.
pub(crate) struct Owned<T> {
    pub(crate) owner: User,
    pub(crate) row: T,
}

/// A sub-resource of a user: how a write locks it, and the `Resource` that the policy is asked about.
pub(crate) trait OwnedRow: TargetRow {
    /// Reads the row and locks it until the transaction ends; `None` if the owner does not have it. The row of the owner
    /// has been locked before.
    fn lock(
        database: &Database,
        connection: &AsyncPgConnection,
        owner_id: Uuid,
        id: Uuid,
    ) -> impl Future<Output = QueryResult<Option<Self>>>;

    /// The same row, whose owner has these rights now.
    fn owned_by(self, rights: Rights) -> Self;

    fn resource(owner_id: Uuid, row: Option<&Self>) -> Resource<'_>;

    /// The version that `If-Match` names.
    fn version(&self, owner: &User) -> i64;
}

/// What the actor of a write is authenticated by, locked until its transaction ends.
struct LockedCredential {
    means: Means,
    /// How the session was authenticated; `None` for an API key.
    authentication: Option<Authentication>,
}

/// The rows of users that a write has locked.
struct LockedUsers {
    actor: Option<User>,
    /// The target, or its owner.
    user: Option<User>,
}

impl Database {
    /// Locks the actor and the user who is the target, and asks the policy.
    pub(crate) async fn lock_and_authorize(
        &self,
        connection: &AsyncPgConnection,
        request: &WriteRequest,
        user_id: Uuid,
    ) -> Result<Locked<User>, Error> {
        // Pipelined: the database executes the statements in this order. If one fails, so do those after it, for another
        // reason. All are awaited, and the first error is the cause.
        let (users, credential) = tokio::join!(
            biased;
            self.lock_users(connection, request, user_id),
            self.lock_credential(connection, request)
        );
        let (LockedUsers { actor, user }, credential) = (users?, credential?);
        let principal = self.current_principal(actor.as_ref(), credential);
        let resource = Resource::User { id: user_id, user: user.as_ref() };
        authorize(request, &principal, &resource, user.as_ref().map(|user| user.version))?;
        let target = user.ok_or(Error::Refused(Decision::NotFound))?;
        Ok(Locked { actor, principal, target })
    }

    /// Locks the actor, the owner and a sub-resource of the owner, and asks the policy about the latter.
    pub(crate) async fn lock_and_authorize_owned<T: OwnedRow>(
        &self,
        connection: &AsyncPgConnection,
        request: &WriteRequest,
        owner_id: Uuid,
        id: Uuid,
    ) -> Result<Locked<Owned<T>>, Error> {
        let (users, row, credential) = tokio::join!(
            biased;
            self.lock_users(connection, request, owner_id),
            T::lock(self, connection, owner_id, id),
            self.lock_credential(connection, request)
        );
        let (LockedUsers { actor, user }, row, credential) = (users?, row?, credential?);
        let owned = user.zip(row).map(|(owner, row)| Owned { row: row.owned_by(owner.role.rights), owner });
        let resource = T::resource(owner_id, owned.as_ref().map(|owned| &owned.row));
        let version = owned.as_ref().map(|owned| owned.row.version(&owned.owner));
        let principal = self.current_principal(actor.as_ref(), credential);
        authorize(request, &principal, &resource, version)?;
        let target = owned.ok_or(Error::Refused(Decision::NotFound))?;
        Ok(Locked { actor, principal, target })
    }

    /// Locks the actor alone, and asks the policy about a resource that has no row.
    pub(crate) async fn lock_actor_and_authorize(
        &self,
        connection: &AsyncPgConnection,
        request: &WriteRequest,
        resource: &Resource<'_>,
    ) -> Result<Locked<()>, Error> {
        let actor = async {
            let mut actor = self.lock_actor_of(connection, request).await?;
            roles::lock_held(connection, actor.iter_mut()).await?;
            Ok::<_, Error>(actor)
        };
        let (actor, credential) = tokio::join!(biased; actor, self.lock_credential(connection, request));
        let (actor, credential) = (actor?, credential?);
        let principal = self.current_principal(actor.as_ref(), credential);
        authorize(request, &principal, resource, None)?;
        Ok(Locked { actor, principal, target: () })
    }

    /// Locks the actor for a write to the actor's own row, and asks the policy about a resource that has no row.
    pub(crate) async fn lock_own_row_and_authorize(
        &self,
        connection: &AsyncPgConnection,
        request: &WriteRequest,
        resource: &Resource<'_>,
    ) -> Result<Locked<User>, Error> {
        let Principal::User(AuthenticatedUser { id, .. }) = request.actor else {
            return Err(Error::Refused(Decision::Unauthenticated));
        };
        let (users, credential) = tokio::join!(
            biased;
            self.lock_users(connection, request, id),
            self.lock_credential(connection, request)
        );
        let (LockedUsers { actor, user }, credential) = (users?, credential?);
        let principal = self.current_principal(actor.as_ref(), credential);
        authorize(request, &principal, resource, None)?;
        let target = user.ok_or(Error::Refused(Decision::NotFound))?;
        Ok(Locked { actor, principal, target })
    }

    /// Locks the actor and a role, and asks the policy about the latter. A conflict is left to [`authorize`], which the caller
    /// calls when it has judged the new values.
    pub(crate) async fn lock_role(
        &self,
        connection: &AsyncPgConnection,
        request: &WriteRequest,
        name: &RoleName,
    ) -> Result<Locked<RoleDetails>, Error> {
        let rows = async {
            let mut actor = self.lock_actor_of(connection, request).await?;
            let role = roles::lock_to_write(connection, actor.as_mut(), name).await?;
            Ok::<_, Error>((actor, role))
        };
        let (rows, credential) = tokio::join!(biased; rows, self.lock_credential(connection, request));
        let ((actor, role), credential) = (rows?, credential?);
        let principal = self.current_principal(actor.as_ref(), credential);
        let resource = Resource::Role { role: role.as_ref() };
        match (policy::may(&principal, request.action, &resource), role) {
            (Decision::Allow | Decision::Conflict(_), Some(target)) => Ok(Locked { actor, principal, target }),
            (refusal, _) => Err(Error::Refused(refusal)),
        }
    }

    /// Locks a role for the operator.
    ///
    /// # Errors
    /// [`Error::UnknownRole`], or a refusal of a built-in role.
    pub(crate) async fn lock_role_as_operator(
        &self,
        connection: &AsyncPgConnection,
        name: &RoleName,
    ) -> Result<RoleDetails, Error> {
        if name.is_built_in() {
            return Err(Error::Refused(Decision::Conflict(ConflictReason::BuiltInRole)));
        }
        roles::lock_to_write(connection, None, name).await?.ok_or(Error::UnknownRole)
    }

    /// Locks the actor and another user, in the order of their ids, once if they are the same; then their roles.
    async fn lock_users(
        &self,
        connection: &AsyncPgConnection,
        request: &WriteRequest,
        user_id: Uuid,
    ) -> Result<LockedUsers, Error> {
        let (actor, user) = match request.actor {
            Principal::User(caller) if caller.id < user_id => {
                tokio::join!(biased; self.lock_actor(connection, caller.id), self.lock_user(connection, user_id))
            }
            Principal::User(caller) if caller.id > user_id => {
                let (user, actor) =
                    tokio::join!(biased; self.lock_user(connection, user_id), self.lock_actor(connection, caller.id));
                // The first statement has the cause.
                let user = user?;
                (actor, Ok(user))
            }
            Principal::User(_) => {
                let user = self.lock_user(connection, user_id).await?;
                (Ok(user.clone()), Ok(user))
            }
            Principal::Anonymous => (Ok(None), self.lock_user(connection, user_id).await),
        };
        let (mut actor, mut user) = (actor?, user?);
        roles::lock_held(connection, actor.iter_mut().chain(&mut user)).await?;
        Ok(LockedUsers { actor, user })
    }

    async fn lock_actor_of(
        &self,
        connection: &AsyncPgConnection,
        request: &WriteRequest,
    ) -> Result<Option<User>, Error> {
        match request.actor {
            Principal::User(caller) => self.lock_actor(connection, caller.id).await,
            Principal::Anonymous => Ok(None),
        }
    }

    async fn lock_actor(&self, mut connection: &AsyncPgConnection, id: Uuid) -> Result<Option<User>, Error> {
        let row = users::table.find(id).select(self.columns()).for_share();
        Ok(found(row.get_result::<UserRow>(&mut connection).await)?.map(User::from))
    }

    async fn lock_user(&self, mut connection: &AsyncPgConnection, id: Uuid) -> Result<Option<User>, Error> {
        let row = users::table.find(id).select(self.columns()).for_no_key_update();
        Ok(found(row.get_result::<UserRow>(&mut connection).await)?.map(User::from))
    }

    /// What the actor is authenticated by; `None` if the session has ended, the API key has expired or been revoked, or the
    /// key that signed the actor's token has been revoked.
    async fn lock_credential(
        &self,
        connection: &AsyncPgConnection,
        request: &WriteRequest,
    ) -> Result<Option<LockedCredential>, Error> {
        let Principal::User(AuthenticatedUser { id: user_id, means, .. }) = request.actor else { return Ok(None) };
        match means {
            Means::Session(session) => {
                // The signing key last: a write that waits for a row delays no revocation.
                let (session, held) = tokio::join!(
                    biased;
                    self.session(connection, user_id, session),
                    is_key_held(connection, request.kid.as_deref())
                );
                let (session, held) = (session?, held?);
                Ok(session.filter(|_| held))
            }
            Means::ApiKey { id, .. } => self.api_key(connection, user_id, id).await,
        }
    }

    /// What was proved in a session changes only under the lock of its user's row, which is locked before. Its own row is
    /// locked against its end only.
    async fn session(
        &self,
        mut connection: &AsyncPgConnection,
        user_id: Uuid,
        id: Uuid,
    ) -> Result<Option<LockedCredential>, Error> {
        let session = sessions::table
            .filter(sessions::id.eq(id))
            .filter(sessions::user_id.eq(user_id))
            .filter(sessions::expires_at.gt(self.clock.now()))
            .select(authentication())
            .for_key_share()
            .get_result::<AuthenticationRow>(&mut connection)
            .await;
        Ok(found(session)?.map(|row| LockedCredential { means: Means::Session(id), authentication: Some(row.into()) }))
    }

    async fn api_key(
        &self,
        mut connection: &AsyncPgConnection,
        user_id: Uuid,
        id: Uuid,
    ) -> Result<Option<LockedCredential>, Error> {
        let scopes = api_keys::table
            .find(id)
            .filter(api_keys::user_id.eq(user_id))
            .filter(api_keys::expires_at.gt(self.clock.now()))
            .select(api_keys::scopes)
            .for_key_share()
            .get_result::<Vec<String>>(&mut connection)
            .await;
        let credential = |scopes: Vec<String>| {
            let scopes = ScopeSet::from_names(scopes.iter().map(String::as_str));
            LockedCredential { means: Means::ApiKey { id, scopes, owner: Rights::NONE }, authentication: None }
        };
        Ok(found(scopes)?.map(credential))
    }

    /// The actor as the locked rows say, at this moment: anonymous without a valid credential or with a suspended account.
    fn current_principal(&self, actor: Option<&User>, credential: Option<LockedCredential>) -> Principal {
        let (Some(actor), Some(credential)) = (actor, credential) else { return Principal::Anonymous };
        if actor.status != Status::Active {
            return Principal::Anonymous;
        }
        let (authentication, now) = (credential.authentication.as_ref(), self.clock.now());
        let assurance = self.rules.assurance(authentication, EnrolledFactors::from(actor), now);
        Principal::User(AuthenticatedUser::by(actor.id, credential.means, actor.role.rights, assurance))
    }
}

#[diesel::declare_sql_function]
extern "SQL" {
    /// Whether a signing key is in use. It stays so until the transaction ends: a transaction that removes it waits.
    fn signing_key_is_held(kid: Text) -> Bool;
}

/// Whether the key that signed a token is in use, and stays in use until the transaction ends. True if no key signed it.
pub(crate) async fn is_key_held(mut connection: &AsyncPgConnection, kid: Option<&str>) -> Result<bool, Error> {
    let Some(kid) = kid else { return Ok(true) };
    Ok(diesel::select(signing_key_is_held(kid)).get_result(&mut connection).await?)
}

/// Asks the policy.
pub(crate) fn ask(principal: &Principal, action: Action, resource: &Resource<'_>) -> Result<(), Error> {
    match policy::may(principal, action, resource) {
        Decision::Allow => Ok(()),
        refusal => Err(Error::Refused(refusal)),
    }
}

/// Asks the policy about the action of a request, and checks its condition. `version` is that of the row, if there is one.
pub(crate) fn authorize(
    request: &WriteRequest,
    principal: &Principal,
    resource: &Resource<'_>,
    version: Option<i64>,
) -> Result<(), Error> {
    let decided = ask(principal, request.action, resource);
    let entitled = matches!(decided, Ok(()) | Err(Error::Refused(Decision::Conflict(_))));
    if entitled && let Some(version) = version {
        request.precondition.check(version)?;
    }
    decided
}
