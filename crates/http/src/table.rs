//! The table of operations: one row for each. Routes, checks, links, forms and the OpenAPI document are read from here and
//! nowhere else.

use crate::{
    oauth::{self, introspect::Introspection, jwks::Jwks, metadata::Metadata, token::Token},
    operation::{
        Affordance, Authentication, BodySpec, Documented, LinkFilter, Operation, OperationSpec, Response, ResponseSpec,
        Table, Target, path_parameters,
        response::{Accepted, Created, Done, Download, Json, NoContent, PageOf, Represented, SeeOther},
    },
    problem::{Conflict, Problem},
    request::{
        AuthorizedRequest,
        query::{Ignored, Query},
    },
    resources::{
        api_keys::{self, ApiKeyById, ApiKeyResource, CreatedApiKeyResource, list::ApiKeyListQuery},
        audit::{self, AuditEventResource, TrailQuery, UserTrailQuery},
        email_verifications,
        events::{self, EventFeedResource, EventQuery},
        factors::{
            self, ConfirmedFactorResource, EnrolledTotpResource, FactorById, FactorResource, FactorsOfUser,
            PasskeyOptionsMembers, PasskeyOptionsResource, RecoveryCodesResource, list::FactorListQuery,
        },
        health::{self, Health},
        me, password_resets, register,
        roles::{self, RoleByName, RoleCollection, RoleResource, list::RoleListQuery},
        root::{self, RootResource, ServiceRoot},
        sessions::{self, SessionById, SessionResource, list::SessionListQuery},
        statistics::{self, StatisticsQuery, StatisticsResource},
        step_up::{self, options::StepUpOptionsResource},
        users::{
            self, CurrentUser, CurrentUserState, RegisteredUserResource, UserById, UserCollection, UserResource,
            export::UserExport, list::UserListQuery,
        },
    },
    web::docs::{self, openapi::OpenApiDocument},
};
use actix_web::{http::Method, web};
use usher_domain::policy::Action;

/// The groups of operations in the document, in alphabetical order, as tools expect them.
pub const TAGS: &[(&str, &str)] = &[
    ("accounts", "Registration and sign-in."),
    ("api-keys", "API keys of a user."),
    ("audit", "The audit trail."),
    ("events", "The feed of events."),
    ("factors", "Second factors of a user."),
    ("roles", "Roles and their permissions."),
    ("service", "API root, API description, public keys and health."),
    ("sessions", "Sessions of a user."),
    ("statistics", "Counts of users and sign-ins."),
    ("users", "Users and their administration."),
];

/// What operations are linked on, by the names that the rows use.
#[expect(non_upper_case_globals, reason = "the names stand in rows beside those of types")]
mod kind {
    use super::{
        ApiKeyResource, FactorResource, PasskeyOptionsResource, RegisteredUserResource, RoleResource, RootResource,
        SessionResource, StepUpOptionsResource, UserResource,
    };
    use crate::operation::{Listed as _, ResourceKind, ResourceType as _};

    pub const Service: ResourceKind = RootResource::KIND;
    pub const Users: ResourceKind = UserResource::PAGE;
    pub const User: ResourceKind = UserResource::KIND;
    pub const Registration: ResourceKind = RegisteredUserResource::KIND;
    pub const Sessions: ResourceKind = SessionResource::PAGE;
    pub const Session: ResourceKind = SessionResource::KIND;
    pub const Roles: ResourceKind = RoleResource::PAGE;
    pub const Role: ResourceKind = RoleResource::KIND;
    pub const ApiKeys: ResourceKind = ApiKeyResource::PAGE;
    pub const ApiKey: ResourceKind = ApiKeyResource::KIND;
    pub const Factors: ResourceKind = FactorResource::PAGE;
    pub const Factor: ResourceKind = FactorResource::KIND;
    pub const PasskeyOptions: ResourceKind = PasskeyOptionsResource::KIND;
    pub const StepUpOptions: ResourceKind = StepUpOptionsResource::KIND;
}

/// The type of a clause that may be left out.
macro_rules! clause {
    () => {
        ()
    };
    ($type:ty) => {
        $type
    };
}

/// Whether a clause is there.
macro_rules! flag {
    () => {
        false
    };
    ($flag:ident) => {
        true
    };
}

/// The part of a list that a link leads to, if it does not lead to the whole list.
macro_rules! filter {
    () => {
        None
    };
    ($parameter:literal by $by:literal) => {
        Some(LinkFilter { parameter: $parameter, by: $by })
    };
}

macro_rules! operations {
    ($(
        $name:ident in $($module:ident)::+ = $id:literal : $method:ident $path:literal in $tag:literal,
        $authentication:ident, on $target:ty, needs $action:ident,
        $(query $query:ty,)?
        $(body $body:ty,)?
        answers $response:ty as $description:literal
        $(, linked [ $( $kind:ident $relation:literal $( ( $parameter:literal by $by:literal ) )? ),+ ])?
        $(, fields [ $( $field:literal $permission:ident ),+ ])?
        $(, conflicts [ $( $conflict:ident ),+ ])?
        $(, rate $limited:ident)?
        $(, from $position:ident)?
        ;
    )+) => {
        $(
            impl Operation for $($module)::+::$name {
                const SPEC: &'static OperationSpec = &OperationSpec {
                    id: $id,
                    method: Method::$method,
                    path: $path,
                    tag: $tag,
                    documentation: Self::DOCUMENTATION,
                    authentication: Authentication::$authentication,
                    action: Action::$action,
                    affordances: &[$( $( Affordance {
                        on: kind::$kind,
                        relation: $relation,
                        filter: filter!($( $parameter by $by )?),
                    } ),+ )?],
                    body: BodySpec::of::<clause!($($body)?)>(),
                    field_permissions: &[$( $( ($field, Action::$permission) ),+ )?],
                    path_parameters: path_parameters::<$target>($path),
                    query_parameters: <clause!($($query)?) as Query>::parameters,
                    conditional: <$target as Target>::VERSIONED && !is_safe(stringify!($method)),
                    response: ResponseSpec::of::<$response>($description),
                    conflicts: &[$( $( Conflict::$conflict ),+ )?],
                    rate_limited: flag!($($limited)?),
                    positioned: flag!($($position)?),
                    target_states: <$target as Target>::states,
                    on_caller: <$target as Target>::IS_CALLER,
                    route: || web::route().to(async |request: AuthorizedRequest<Self>| {
                        let answer: Result<$response, Problem> = $($module)::+::handle(request).await;
                        answer.map(Response::into_http)
                    }),
                    #[cfg(any(test, fuzzing))]
                    checks: crate::fuzzing::Checks::of::<clause!($($query)?), clause!($($body)?)>(),
                };
                type Target = $target;
                type Query = clause!($($query)?);
                type Body = clause!($($body)?);
                type Response = $response;
            }
        )+

        /// Every operation of the service.
        pub static OPERATIONS: Table = &[ $( $($module)::+::$name::SPEC ),+ ];
    };
}

/// Whether a method only reads.
const fn is_safe(method: &str) -> bool {
    matches!(method.as_bytes(), b"GET")
}

operations! {
    GetRoot in root = "get_root": GET "/v1" in "service",
        Optional, on ServiceRoot, needs ReadRoot,
        answers Represented<RootResource> as "The links of this caller",
        linked [Service "self"];
    RegisterUser in register = "register_user": POST "/v1/register" in "accounts",
        None, on ServiceRoot, needs Register,
        body register::Registration,
        answers Created<RegisteredUserResource> as "The new user, as an anonymous caller sees it",
        linked [Service "register"],
        conflicts [UsernameTaken, EmailTaken],
        rate limited;
    IssueToken in oauth::token = "issue_token": POST "/v1/oauth/token" in "accounts",
        None, on ServiceRoot, needs IssueToken,
        query Ignored,
        body oauth::token::Grant,
        answers Json<Token> as "The tokens",
        linked [Service "token", Registration "token"],
        rate limited;
    RevokeToken in oauth::revoke = "revoke_token": POST "/v1/oauth/revoke" in "accounts",
        None, on ServiceRoot, needs RevokeToken,
        query Ignored,
        body oauth::presented::PresentedToken,
        answers Done as "The token is revoked";
    IntrospectToken in oauth::introspect = "introspect_token": POST "/v1/oauth/introspect" in "accounts",
        Client, on ServiceRoot, needs IntrospectToken,
        query Ignored,
        body oauth::presented::PresentedToken,
        answers Json<Introspection> as "The state of the token";
    GetMe in me = "get_me": GET "/v1/me" in "users",
        Required, on CurrentUser, needs ReadMe,
        answers Represented<UserResource> as "The current user",
        linked [Service "me"];
    RequestPasswordReset in password_resets::request = "request_password_reset": POST "/v1/password-resets" in "accounts",
        None, on ServiceRoot, needs RequestPasswordReset,
        body password_resets::request::ResetRequest,
        answers Accepted as "Accepted; a link is mailed if the account exists",
        linked [Service "request-password-reset"],
        rate limited;
    ResetPassword in password_resets::confirm = "reset_password": POST "/v1/password-resets/confirm" in "accounts",
        None, on ServiceRoot, needs ResetPassword,
        body password_resets::confirm::PasswordReset,
        answers NoContent as "Password changed",
        linked [Service "reset-password"];
    ResendVerification in email_verifications::resend = "resend_verification": POST "/v1/email-verifications" in "accounts",
        Required, on CurrentUserState, needs ResendVerification,
        answers Accepted as "Accepted; the link will be mailed",
        linked [User "resend-verification"],
        rate limited;
    VerifyEmail in email_verifications::confirm = "verify_email": POST "/v1/email-verifications/confirm" in "accounts",
        None, on ServiceRoot, needs VerifyEmail,
        body email_verifications::confirm::EmailVerification,
        answers NoContent as "Address verified",
        linked [Service "verify-email"],
        conflicts [EmailTaken];
    ListUsers in users::list = "list_users": GET "/v1/users" in "users",
        Required, on UserCollection, needs ListUsers,
        query UserListQuery,
        answers PageOf<UserResource> as "A page of the list",
        linked [Service "users", User "collection", Role "users" ("role" by "name")];
    CreateUser in users::create = "create_user": POST "/v1/users" in "users",
        Required, on UserCollection, needs CreateUser,
        body users::create::UserCreation,
        answers Created<UserResource> as "The user",
        linked [Users "create"],
        fields ["password" ChooseInitialPassword, "role" AssignRole],
        conflicts [UsernameTaken, EmailTaken];
    GetUser in users::get = "get_user": GET "/v1/users/{id}" in "users",
        Required, on UserById, needs ReadUser,
        answers Represented<UserResource> as "The user",
        linked [User "self"];
    UpdateUser in users::update = "update_user": PATCH "/v1/users/{id}" in "users",
        Required, on UserById, needs UpdateUser,
        body users::update::Changes,
        answers Represented<UserResource> as "The updated user",
        linked [User "update"],
        fields ["username" ChangeUsername, "email" ChangeEmail, "role" AssignRole, "current_password" ProvePassword],
        conflicts [UsernameTaken, EmailTaken],
        rate limited;
    DeleteUser in users::delete = "delete_user": DELETE "/v1/users/{id}" in "users",
        Required, on UserById, needs DeleteUser,
        answers NoContent as "User deleted",
        linked [User "delete"];
    ChangePassword in users::change_password = "change_password": PUT "/v1/users/{id}/password" in "users",
        Required, on UserById, needs ChangePassword,
        body users::change_password::PasswordChange,
        answers NoContent as "Password changed",
        linked [User "change-password"],
        rate limited;
    SendPasswordReset in users::send_password_reset = "send_password_reset": POST "/v1/users/{id}/password-reset" in "users",
        Required, on UserById, needs SendPasswordReset,
        answers Accepted as "Accepted; the link will be mailed",
        linked [User "send-password-reset"],
        rate limited;
    SuspendUser in users::suspend = "suspend_user": POST "/v1/users/{id}/suspend" in "users",
        Required, on UserById, needs SuspendUser,
        answers Represented<UserResource> as "The suspended user",
        linked [User "suspend"];
    ReactivateUser in users::reactivate = "reactivate_user": POST "/v1/users/{id}/reactivate" in "users",
        Required, on UserById, needs ReactivateUser,
        answers Represented<UserResource> as "The reactivated user",
        linked [User "reactivate"];
    LiftThrottle in users::lift_throttle = "lift_throttle": POST "/v1/users/{id}/lift-throttle" in "users",
        Required, on UserById, needs LiftThrottle,
        answers NoContent as "Sign-in and password checks are no longer rate limited",
        linked [User "lift-throttle"];
    ExportUser in users::export = "export_user": GET "/v1/users/{id}/export" in "users",
        Required, on UserById, needs ExportUser,
        answers Download<UserExport> as "The export file",
        linked [User "export"];
    ListSessions in sessions::list = "list_sessions": GET "/v1/users/{id}/sessions" in "sessions",
        Required, on UserById, needs ListSessions,
        query SessionListQuery,
        answers PageOf<SessionResource> as "A page of the list",
        linked [User "sessions"];
    RevokeSessions in sessions::revoke_all = "revoke_sessions": DELETE "/v1/users/{id}/sessions" in "sessions",
        Required, on UserById, needs RevokeSessions,
        answers NoContent as "All sessions ended",
        linked [User "revoke-all", Sessions "revoke-all"];
    RevokeSession in sessions::revoke = "revoke_session": DELETE "/v1/users/{id}/sessions/{session_id}" in "sessions",
        Required, on SessionById, needs RevokeSession,
        answers NoContent as "Session ended",
        linked [Session "revoke"];
    ListRoles in roles::list = "list_roles": GET "/v1/roles" in "roles",
        Required, on RoleCollection, needs ListRoles,
        query RoleListQuery,
        answers PageOf<RoleResource> as "A page of the list",
        linked [Service "roles"];
    CreateRole in roles::create = "create_role": POST "/v1/roles" in "roles",
        Required, on RoleCollection, needs CreateRole,
        body roles::create::RoleCreation,
        answers Created<RoleResource> as "The role",
        linked [Roles "create"],
        fields ["reserved" ReserveRole],
        conflicts [RoleNameTaken];
    GetRole in roles::get = "get_role": GET "/v1/roles/{name}" in "roles",
        Required, on RoleByName, needs ReadRole,
        answers Represented<RoleResource> as "The role",
        linked [Role "self", User "role"];
    UpdateRole in roles::update = "update_role": PATCH "/v1/roles/{name}" in "roles",
        Required, on RoleByName, needs UpdateRole,
        body roles::update::Changes,
        answers Represented<RoleResource> as "The updated role",
        linked [Role "update"],
        fields ["reserved" ReserveRole];
    DeleteRole in roles::delete = "delete_role": DELETE "/v1/roles/{name}" in "roles",
        Required, on RoleByName, needs DeleteRole,
        answers NoContent as "Role deleted",
        linked [Role "delete"];
    ListAuditEvents in audit::list = "list_audit_events": GET "/v1/audit-events" in "audit",
        Required, on ServiceRoot, needs ListAuditEvents,
        query TrailQuery,
        answers PageOf<AuditEventResource> as "A page of the list",
        linked [Service "audit"];
    ListUserAuditEvents in audit::of_user = "list_user_audit_events": GET "/v1/users/{id}/audit-events" in "audit",
        Required, on UserById, needs ListUserAuditEvents,
        query UserTrailQuery,
        answers PageOf<AuditEventResource> as "A page of the list",
        linked [User "audit"];
    ListApiKeys in api_keys::list = "list_api_keys": GET "/v1/users/{id}/api-keys" in "api-keys",
        Required, on UserById, needs ListApiKeys,
        query ApiKeyListQuery,
        answers PageOf<ApiKeyResource> as "A page of the list",
        linked [User "api-keys"];
    CreateApiKey in api_keys::create = "create_api_key": POST "/v1/users/{id}/api-keys" in "api-keys",
        Required, on UserById, needs CreateApiKey,
        body api_keys::create::ApiKeyCreation,
        answers Created<CreatedApiKeyResource> as "The API key; the member `key` is not shown again",
        linked [ApiKeys "create"],
        rate limited;
    RevokeApiKeys in api_keys::revoke_all = "revoke_api_keys": DELETE "/v1/users/{id}/api-keys" in "api-keys",
        Required, on UserById, needs RevokeApiKeys,
        answers NoContent as "All API keys revoked",
        linked [ApiKeys "revoke-all"];
    GetApiKey in api_keys::get = "get_api_key": GET "/v1/users/{id}/api-keys/{key_id}" in "api-keys",
        Required, on ApiKeyById, needs ReadApiKey,
        answers Represented<ApiKeyResource> as "The API key",
        linked [ApiKey "self"];
    RevokeApiKey in api_keys::revoke = "revoke_api_key": DELETE "/v1/users/{id}/api-keys/{key_id}" in "api-keys",
        Required, on ApiKeyById, needs RevokeApiKey,
        answers NoContent as "API key revoked",
        linked [ApiKey "revoke"];
    ListFactors in factors::list = "list_factors": GET "/v1/users/{id}/factors" in "factors",
        Required, on UserById, needs ListFactors,
        query FactorListQuery,
        answers PageOf<FactorResource> as "A page of the list",
        linked [User "factors"];
    EnrolTotp in factors::enrol_totp = "enrol_totp": POST "/v1/users/{id}/factors/totp" in "factors",
        Required, on FactorsOfUser, needs EnrolTotp,
        body factors::enrol_totp::TotpEnrolment,
        answers Created<EnrolledTotpResource> as "The authenticator app; its secret is not shown again",
        linked [Factors "enrol-totp"],
        rate limited;
    CreatePasskeyOptions in factors::passkey_options = "passkey_creation_options": POST "/v1/users/{id}/factors/passkey-options" in "factors",
        Required, on FactorsOfUser, needs CreatePasskeyOptions,
        answers Represented<PasskeyOptionsResource> as "The options for a new passkey",
        linked [Factors "passkey-options"];
    EnrolPasskey in factors::enrol_passkey = "enrol_passkey": POST "/v1/users/{id}/factors/passkeys" in "factors",
        Required, on FactorsOfUser, needs EnrolPasskey,
        body factors::enrol_passkey::PasskeyEnrolment,
        answers Created<ConfirmedFactorResource> as "The passkey; its recovery codes are not shown again",
        linked [PasskeyOptions "enrol-passkey"],
        rate limited;
    CreateRecoveryCodes in factors::create_recovery_codes = "create_recovery_codes": POST "/v1/users/{id}/factors/recovery-codes" in "factors",
        Required, on FactorsOfUser, needs CreateRecoveryCodes,
        answers Created<RecoveryCodesResource> as "The recovery codes, which are not shown again",
        linked [Factors "create-recovery-codes"],
        rate limited;
    GetFactor in factors::get = "get_factor": GET "/v1/users/{id}/factors/{factor_id}" in "factors",
        Required, on FactorById, needs ReadFactor,
        answers Represented<FactorResource> as "The factor",
        linked [Factor "self"];
    ConfirmTotp in factors::confirm_totp = "confirm_totp": POST "/v1/users/{id}/factors/{factor_id}/confirm" in "factors",
        Required, on FactorById, needs ConfirmTotp,
        body factors::confirm_totp::TotpConfirmation,
        answers Represented<ConfirmedFactorResource> as "The confirmed factor; its recovery codes are not shown again",
        linked [Factor "confirm"],
        rate limited;
    RenameFactor in factors::rename = "rename_factor": PATCH "/v1/users/{id}/factors/{factor_id}" in "factors",
        Required, on FactorById, needs RenameFactor,
        body factors::rename::FactorChanges,
        answers Represented<FactorResource> as "The renamed factor",
        linked [Factor "update"],
        rate limited;
    RemoveFactor in factors::remove = "remove_factor": DELETE "/v1/users/{id}/factors/{factor_id}" in "factors",
        Required, on FactorById, needs RemoveFactor,
        answers NoContent as "Factor removed",
        linked [Factor "remove"],
        rate limited;
    ResetFactors in factors::reset = "reset_factors": DELETE "/v1/users/{id}/factors" in "factors",
        Required, on UserById, needs ResetFactors,
        answers NoContent as "All factors removed, and all sessions ended",
        linked [User "reset-factors"];
    GetDocs in docs::page = "get_docs": GET "/docs" in "service",
        None, on ServiceRoot, needs ReadDocument,
        query Ignored,
        answers SeeOther as "Redirect to Swagger UI",
        linked [Service "service-doc"];
    GetOpenapi in docs::openapi = "get_openapi": GET "/openapi.json" in "service",
        None, on ServiceRoot, needs ReadDocument,
        query Ignored,
        answers Json<OpenApiDocument> as "The OpenAPI document",
        linked [Service "service-desc"];
    GetJwks in oauth::jwks = "get_jwks": GET "/.well-known/jwks.json" in "service",
        None, on ServiceRoot, needs ReadDocument,
        query Ignored,
        answers Json<Jwks> as "The public keys";
    GetMetadata in oauth::metadata = "get_oauth_metadata": GET "/.well-known/oauth-authorization-server" in "service",
        None, on ServiceRoot, needs ReadDocument,
        query Ignored,
        answers Json<Metadata> as "The metadata";
    GetLiveness in health::live = "get_liveness": GET "/health/live" in "service",
        None, on ServiceRoot, needs ReadDocument,
        query Ignored,
        answers Json<Health> as "The process is alive";
    GetReadiness in health::ready = "get_readiness": GET "/health/ready" in "service",
        None, on ServiceRoot, needs ReadDocument,
        query Ignored,
        answers Json<Health> as "The service is ready";
    StepUp in step_up::prove = "step_up": POST "/v1/step-up" in "sessions",
        Required, on ServiceRoot, needs StepUp,
        body step_up::prove::StepUpProof,
        answers Represented<SessionResource> as "The session, which is fresh",
        linked [Service "step-up", StepUpOptions "step-up"],
        fields ["otp" ProveTotp, "recovery_code" ProveRecoveryCode, "ceremony" ProvePasskey, "credential" ProvePasskey],
        rate limited;
    CreateStepUpOptions in step_up::options = "step_up_options": POST "/v1/step-up/options" in "sessions",
        Required, on ServiceRoot, needs CreateStepUpOptions,
        answers Represented<StepUpOptionsResource> as "The options for a proof by a passkey",
        linked [Service "step-up-options"];
    RequestPasskeyOptions in oauth::passkey_options = "passkey_request_options": POST "/v1/oauth/passkey-options" in "accounts",
        None, on ServiceRoot, needs RequestPasskeySignIn,
        query Ignored,
        body oauth::passkey_options::PasskeyOptionsRequest,
        answers Json<PasskeyOptionsMembers> as "The options for a proof by a passkey",
        linked [Service "sign-in-with-passkey"],
        rate limited;
    GetStatistics in statistics = "get_statistics": GET "/v1/statistics" in "statistics",
        Required, on ServiceRoot, needs ReadStatistics,
        query StatisticsQuery,
        answers Represented<StatisticsResource> as "The statistics",
        linked [Service "statistics"];
    ListEvents in events::list = "list_events": GET "/v1/events" in "events",
        Required, on ServiceRoot, needs ListEvents,
        query EventQuery,
        answers Represented<EventFeedResource> as "The next events",
        linked [Service "events"],
        from position;
}
