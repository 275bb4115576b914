//! What is known about a request while it is served. Later steps add to it; the log entry at the end reads it.

use crate::operation::OperationSpec;
use actix_web::{HttpMessage as _, HttpRequest};
use opentelemetry::trace::TraceId;
use std::time::Instant;
use uuid::Uuid;

/// An endpoint of the console, which is in no row of the table. Its requests are logged, traced and counted under its name.
#[derive(Clone, Copy)]
pub enum ConsoleEndpoint {
    SignIn,
    Token,
    SignOut,
}

impl ConsoleEndpoint {
    pub const ALL: [Self; 3] = [Self::SignIn, Self::Token, Self::SignOut];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "console_sign_in",
            Self::Token => "console_token",
            Self::SignOut => "console_sign_out",
        }
    }
}

#[derive(Clone, Copy)]
pub struct RequestContext {
    pub id: Uuid,
    pub started_at: Instant,
    pub trace_id: Option<TraceId>,
    pub operation: Option<&'static OperationSpec>,
    /// It may carry out an operation of the table, as the sign-in at the console does.
    pub endpoint: Option<ConsoleEndpoint>,
    pub user_id: Option<Uuid>,
}

impl RequestContext {
    pub fn new(id: Uuid) -> Self {
        Self { id, started_at: Instant::now(), trace_id: None, operation: None, endpoint: None, user_id: None }
    }

    /// The name of the endpoint, or the operation's id; `None` if the request matched neither.
    pub fn name(&self) -> Option<&'static str> {
        self.endpoint.map(ConsoleEndpoint::as_str).or_else(|| self.operation.map(|spec| spec.id))
    }
}

pub fn request_context(request: &HttpRequest) -> Option<RequestContext> {
    request.extensions().get::<RequestContext>().copied()
}

/// The id that the response, the log and the audit trail show.
pub fn request_id(request: &HttpRequest) -> Option<Uuid> {
    request_context(request).map(|context| context.id)
}

pub fn set_endpoint(request: &HttpRequest, endpoint: ConsoleEndpoint) {
    update(request, |context| context.endpoint = Some(endpoint));
}

pub fn set_operation(request: &HttpRequest, spec: &'static OperationSpec) {
    update(request, |context| context.operation = Some(spec));
}

/// Records the user of a token with a valid signature, or the one whose name was submitted.
pub fn set_user(request: &HttpRequest, id: Uuid) {
    update(request, |context| context.user_id = Some(id));
}

pub fn set_trace(request: &HttpRequest, id: Option<TraceId>) {
    update(request, |context| context.trace_id = id);
}

fn update(request: &HttpRequest, change: impl FnOnce(&mut RequestContext)) {
    if let Some(context) = request.extensions_mut().get_mut::<RequestContext>() {
        change(context);
    }
}
