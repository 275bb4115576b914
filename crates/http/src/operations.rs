//! One row for each operation. Routes, checks, links, forms and the document are read from here and nowhere else.

use crate::{
    audit,
    body::{Alternative, Body, Encoding, Field},
    call::{Everyone, One, OneSession, Oneself, Own, Target, Whole},
    document, email_verifications, health, me, oauth, password_resets,
    problem::Problem,
    query::{self, Query},
    register, root, sessions, users,
};
use actix_web::{
    HttpResponse, Resource, Route, guard,
    http::{Method, header},
    web,
};
use usher_domain::policy::Action;
use utoipa::{
    __dev::{SchemaReferences as _, Tags as _},
    Path as _, openapi,
};

/// What a representation is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Service,
    Users,
    User,
    /// The sessions of a user.
    Sessions,
    Session,
    /// Events of the audit trail.
    AuditEvents,
    AuditEvent,
    /// A user as a stranger sees one who has just registered.
    Registration,
}

/// On a representation of `on`, the operation is offered under `relation`.
#[derive(Debug, Clone, Copy)]
pub struct Offer {
    pub on: Kind,
    pub relation: &'static str,
}

/// Whose token an operation looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Nobody's: `Authorization` is ignored.
    Anyone,
    /// The caller's, if there is one; a bad one is an error.
    Guest,
    /// The caller's, and there must be one.
    Member,
    /// Nobody's: the caller is a service that proves itself by HTTP Basic.
    Service,
}

/// What an operation answers with when it succeeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// A representation, in the form that the caller accepts.
    Representation,
    /// Nothing, or something that comes in one form only.
    Other,
}

/// An operation.
pub struct Row {
    pub id: &'static str,
    pub method: Method,
    pub path: &'static str,
    pub access: Access,
    pub action: Action,
    pub answer: Answer,
    pub offers: &'static [Offer],
    pub encoding: Encoding,
    pub fields: &'static [Field],
    /// Fields that ask for an action of their own.
    pub guards: &'static [(&'static str, Action)],
    pub body: BodyDocs,
    route: fn() -> Route,
    pub docs: fn() -> Docs,
}

/// What the document says of the body.
pub struct BodyDocs {
    pub name: Option<&'static str>,
    pub description: &'static str,
    /// Where there are several forms of it.
    pub alternatives: &'static [Alternative],
}

/// What an operation's file says of it.
pub struct Docs {
    pub operation: openapi::path::Operation,
    pub methods: Vec<openapi::HttpMethod>,
    pub schemas: Vec<(String, openapi::RefOr<openapi::Schema>)>,
}

/// What the compiler knows of a row.
pub trait Operation: utoipa::Path + 'static {
    const ROW: &'static Row;
    type Target: Target;
    type Query: Query;
    type Body: Body;
}

macro_rules! operations {
    ($(
        $name:ident = $id:literal : $method:ident $path:literal by $access:ident, on $target:ty, asks $action:ident,
        query $query:ty, body $body:ty, answers $answer:ident,
        offered [ $( $kind:ident $relation:literal ),* ], guards [ $( $field:literal $guard:ident ),* ] => $file:path ;
    )+) => {
        $(
            #[doc = concat!("`", $id, "`: ", stringify!($method), " `", $path, "`")]
            pub struct $name;

            impl Operation for $name {
                const ROW: &'static Row = &Row {
                    id: $id,
                    method: Method::$method,
                    path: $path,
                    access: Access::$access,
                    action: Action::$action,
                    answer: Answer::$answer,
                    offers: &[ $( Offer { on: Kind::$kind, relation: $relation } ),* ],
                    encoding: <$body as Body>::ENCODING,
                    fields: <$body as Body>::FIELDS,
                    guards: &[ $( ($field, Action::$guard) ),* ],
                    body: BodyDocs {
                        name: <$body as Body>::NAME,
                        description: <$body as Body>::DESCRIPTION,
                        alternatives: <$body as Body>::ALTERNATIVES,
                    },
                    route: || {
                        use $file as file;
                        web::route().to(file::handle)
                    },
                    docs: || {
                        let mut schemas = Vec::new();
                        $name::schemas(&mut schemas);
                        let mut operation = $name::operation();
                        operation.tags = Some($name::tags().into_iter().map(str::to_owned).collect());
                        Docs { operation, methods: $name::methods(), schemas }
                    },
                };
                type Target = $target;
                type Query = $query;
                type Body = $body;
            }
        )+

        /// Every operation of the service.
        pub static OPERATIONS: &[&Row] = &[ $( $name::ROW ),+ ];
    };
}

operations! {
    GetRoot = "get_root": GET "/v1" by Guest, on Whole, asks ReadRoot,
        query (), body (), answers Representation,
        offered [Service "self"], guards [] => root;
    RegisterUser = "register_user": POST "/v1/register" by Anyone, on Whole, asks Register,
        query (), body register::Registration, answers Representation,
        offered [Service "register"], guards [] => register;
    IssueToken = "issue_token": POST "/v1/oauth/token" by Anyone, on Whole, asks IssueToken,
        query query::Ignored, body oauth::token::Grant, answers Other,
        offered [Service "token", Registration "token"], guards [] => oauth::token;
    RevokeToken = "revoke_token": POST "/v1/oauth/revoke" by Anyone, on Whole, asks RevokeToken,
        query query::Ignored, body oauth::presented::PresentedToken, answers Other,
        offered [], guards [] => oauth::revoke;
    IntrospectToken = "introspect_token": POST "/v1/oauth/introspect" by Service, on Whole, asks IntrospectToken,
        query query::Ignored, body oauth::presented::PresentedToken, answers Other,
        offered [], guards [] => oauth::introspect;
    GetMe = "get_me": GET "/v1/me" by Member, on Own, asks ReadMe,
        query (), body (), answers Representation,
        offered [Service "me"], guards [] => me;

    RequestPasswordReset = "request_password_reset": POST "/v1/password-resets" by Anyone, on Whole,
        asks RequestPasswordReset, query (), body password_resets::request::ResetRequest, answers Other,
        offered [Service "request-password-reset"], guards [] => password_resets::request;
    ResetPassword = "reset_password": POST "/v1/password-resets/confirm" by Anyone, on Whole, asks ResetPassword,
        query (), body password_resets::confirm::PasswordReset, answers Other,
        offered [Service "reset-password"], guards [] => password_resets::confirm;
    ResendVerification = "resend_verification": POST "/v1/email-verifications" by Member, on Oneself,
        asks ResendVerification, query (), body (), answers Other,
        offered [User "resend-verification"], guards [] => email_verifications::resend;
    VerifyEmail = "verify_email": POST "/v1/email-verifications/confirm" by Anyone, on Whole, asks VerifyEmail,
        query (), body email_verifications::confirm::EmailVerification, answers Other,
        offered [Service "verify-email"], guards [] => email_verifications::confirm;

    ListUsers = "list_users": GET "/v1/users" by Member, on Everyone, asks ListUsers,
        query users::list::Parts, body (), answers Representation,
        offered [Service "users", User "collection"], guards [] => users::list;
    CreateUser = "create_user": POST "/v1/users" by Member, on Everyone, asks CreateUser,
        query (), body users::create::UserCreation, answers Representation,
        offered [Users "create"], guards [] => users::create;
    GetUser = "get_user": GET "/v1/users/{id}" by Member, on One, asks ReadUser,
        query (), body (), answers Representation,
        offered [User "self"], guards [] => users::get;
    UpdateUser = "update_user": PATCH "/v1/users/{id}" by Member, on One, asks UpdateUser,
        query (), body users::update::Changes, answers Representation,
        offered [User "update"], guards ["role" AssignRole, "current_password" ProvePassword] => users::update;
    DeleteUser = "delete_user": DELETE "/v1/users/{id}" by Member, on One, asks DeleteUser,
        query (), body (), answers Other,
        offered [User "delete"], guards [] => users::delete;
    ChangePassword = "change_password": PUT "/v1/users/{id}/password" by Member, on One, asks ChangePassword,
        query (), body users::change_password::PasswordChange, answers Other,
        offered [User "change-password"], guards [] => users::change_password;
    SendPasswordReset = "send_password_reset": POST "/v1/users/{id}/password-reset" by Member, on One,
        asks SendPasswordReset, query (), body (), answers Other,
        offered [User "send-password-reset"], guards [] => users::send_password_reset;
    SuspendUser = "suspend_user": POST "/v1/users/{id}/suspend" by Member, on One, asks SuspendUser,
        query (), body (), answers Representation,
        offered [User "suspend"], guards [] => users::suspend;
    ReactivateUser = "reactivate_user": POST "/v1/users/{id}/reactivate" by Member, on One, asks ReactivateUser,
        query (), body (), answers Representation,
        offered [User "reactivate"], guards [] => users::reactivate;
    LiftThrottle = "lift_throttle": POST "/v1/users/{id}/lift-throttle" by Member, on One, asks LiftThrottle,
        query (), body (), answers Other,
        offered [User "lift-throttle"], guards [] => users::lift_throttle;
    ExportUser = "export_user": GET "/v1/users/{id}/export" by Member, on One, asks ExportUser,
        query (), body (), answers Other,
        offered [User "export"], guards [] => users::export;

    ListSessions = "list_sessions": GET "/v1/users/{id}/sessions" by Member, on One, asks ListSessions,
        query sessions::list::Parts, body (), answers Representation,
        offered [User "sessions"], guards [] => sessions::list;
    RevokeSessions = "revoke_sessions": DELETE "/v1/users/{id}/sessions" by Member, on One, asks RevokeSessions,
        query (), body (), answers Other,
        offered [User "revoke-all", Sessions "revoke-all"], guards [] => sessions::revoke_all;
    RevokeSession = "revoke_session": DELETE "/v1/users/{id}/sessions/{session_id}" by Member, on OneSession,
        asks RevokeSession,
        query (), body (), answers Other,
        offered [Session "revoke"], guards [] => sessions::revoke;

    ListAuditEvents = "list_audit_events": GET "/v1/audit-events" by Member, on Whole, asks ListAuditEvents,
        query audit::OfAnyone, body (), answers Representation,
        offered [Service "audit"], guards [] => audit::list;
    ListUserAuditEvents = "list_user_audit_events": GET "/v1/users/{id}/audit-events" by Member, on One,
        asks ListUserAuditEvents,
        query audit::OfOne, body (), answers Representation,
        offered [User "audit"], guards [] => audit::of_user;

    GetDocs = "get_docs": GET "/docs" by Anyone, on Whole, asks ReadDocument,
        query query::Ignored, body (), answers Other,
        offered [Service "service-doc"], guards [] => document::page;
    GetOpenapi = "get_openapi": GET "/openapi.json" by Anyone, on Whole, asks ReadDocument,
        query query::Ignored, body (), answers Other,
        offered [Service "service-desc"], guards [] => document::description;
    GetJwks = "get_jwks": GET "/.well-known/jwks.json" by Anyone, on Whole, asks ReadDocument,
        query query::Ignored, body (), answers Other,
        offered [], guards [] => document::jwks;
    GetMetadata = "get_oauth_metadata": GET "/.well-known/oauth-authorization-server" by Anyone, on Whole, asks ReadDocument,
        query query::Ignored, body (), answers Other,
        offered [], guards [] => oauth::metadata;
    GetLiveness = "get_liveness": GET "/health/live" by Anyone, on Whole, asks ReadDocument,
        query query::Ignored, body (), answers Other,
        offered [], guards [] => health::live;
    GetReadiness = "get_readiness": GET "/health/ready" by Anyone, on Whole, asks ReadDocument,
        query query::Ignored, body (), answers Other,
        offered [], guards [] => health::ready;
}

/// The routes of every operation, each path once with all of its methods.
pub fn routes(config: &mut web::ServiceConfig) {
    for (n, row) in OPERATIONS.iter().enumerate() {
        if OPERATIONS[..n].iter().any(|earlier| earlier.path == row.path) {
            continue;
        }
        let same = OPERATIONS.iter().filter(|other| other.path == row.path);
        config.service(resource(row.path, same.map(|row| (&row.method, (row.route)()))));
    }
}

/// A path with its methods. `HEAD` answers as `GET`; the server leaves out the body (RFC 9110 §9.3.2). `OPTIONS` tells the
/// methods, whatever else is a 405 that tells them too.
pub fn resource<'a>(path: &str, routes: impl IntoIterator<Item = (&'a Method, Route)>) -> Resource {
    let mut resource = web::resource(path);
    let mut allow = Vec::new();
    for (method, route) in routes {
        allow.push(method.as_str());
        resource = if *method == Method::GET {
            allow.push(Method::HEAD.as_str());
            resource.route(route.guard(guard::Any(guard::Get()).or(guard::Head())))
        } else {
            resource.route(route.guard(guard::Method(method.clone())))
        };
    }
    allow.push(Method::OPTIONS.as_str());
    let allow = allow.join(", ");
    resource.default_service(web::to(move |method: Method| {
        let allow = allow.clone();
        async move {
            if method == Method::OPTIONS {
                Ok(HttpResponse::NoContent().insert_header((header::ALLOW, allow)).finish())
            } else {
                Err(Problem::MethodNotAllowed(allow))
            }
        }
    }))
}
