//! One road for every request. The order of the checks is the order in which errors are reported: path, credentials,
//! policy, `Accept`, body and query. All are in one function, so that no handler can forget one.

use super::{
    authorized_request::AuthorizedRequest,
    body::{Body as _, ValueContext, Writable},
    body_reader::{ReceivedBody, read_body},
    caller::authenticate,
    conditions::if_match,
    query::{Parameters, Query as _},
};
use crate::{
    hypermedia::media::{self, Media},
    middleware::request_context,
    operation::{Authentication, Operation, OperationSpec, Target},
    problem::{Problem, TokenError},
    service::Service,
};
use actix_web::{HttpRequest, dev::Payload, web};
use usher_accounts::Caller;
use usher_domain::{
    Fault,
    policy::{self, Action, Decision, Principal},
};
use usher_persistence::{Credential, LookupResult, TargetIds};

/// Authorizes a request for operation `O`, with the parameters in `query`.
pub async fn authorize<O: Operation>(
    request: &HttpRequest,
    payload: Payload,
    query: &str,
) -> Result<AuthorizedRequest<O>, Problem> {
    let spec = O::SPEC;
    request_context::set_operation(request, spec);
    let service = request
        .app_data::<web::Data<Service>>()
        .cloned()
        .ok_or_else(|| Problem::Internal("the application was assembled without its service".to_owned()))?;

    let ids_in_path = O::Target::locate(request)?;

    let caller = authenticate(&service, request.headers(), spec.authentication).await;
    let caller = caller.map_err(|problem| with_link_to_token(problem, &service, spec))?;
    if let Some(Credential::Session { user, .. }) = caller.as_ref().map(|caller| caller.credential) {
        request_context::set_user(request, user);
    }

    let target_ids = O::Target::resolve(ids_in_path, caller.as_ref().map(|caller| caller.credential));
    let accepted = media::negotiate(request.headers());
    // Forms show which roles there are.
    let with_roles = spec.response.negotiated && accepted == Some(Media::HalForms);
    let mut found = look_up_and_decide::<O>(&service, caller.as_ref(), target_ids, with_roles).await?;
    let target_ids = target_ids.after_lookup(&found.principal);
    if let Principal::User(user) = found.principal {
        request_context::set_user(request, user.id);
    }

    let media = match accepted {
        Some(media) => media,
        None if spec.response.negotiated => return Err(Problem::NotAcceptable),
        None => Media::Json,
    };

    let ReceivedBody { bytes, was_awaited } = read_body(spec, request, payload).await?;
    if was_awaited && caller.is_some() {
        // The client decides how long a body takes. The caller's rights must not be older than the response.
        found = look_up_and_decide::<O>(&service, caller.as_ref(), target_ids, with_roles).await?;
    }

    let LookupResult { principal, target, roles, .. } = found;
    let resource = O::Target::resource(service.api.resource, target_ids, target.as_deref());
    let context = ValueContext { principal: &principal, settings: service.accounts.settings(), clock: &service.clock };
    let writable = |field: &str, value: &str| {
        let permission = spec.field_permissions.iter().find(|(name, _)| *name == field);
        let writable = permission.is_none_or(|(_, action)| {
            O::Target::current_value(&resource, field).is_some_and(|current| current.is(value))
                || match policy::may(&principal, *action, &resource) {
                    // The operation reports what conflicts with the state, and what proves a factor that does not exist.
                    Decision::Allow | Decision::Conflict(_) | Decision::NotFound => true,
                    Decision::Unauthenticated | Decision::Forbid(_) | Decision::StepUp { .. } => false,
                }
        });
        let fault = if writable {
            O::Body::value_fault(&context, field, value)
        } else {
            Some(Fault::new("not_writable", "is not writable for you"))
        };
        fault.map_or(Ok(()), Err)
    };
    let (query, body) = read_query_and_body::<O>(query, &bytes, &writable)?;

    let precondition = if_match(request.headers());
    let target = O::Target::from_row(target).ok_or(Problem::NoSuchResource)?;
    let http_request = request.clone();
    Ok(AuthorizedRequest {
        principal,
        target,
        roles,
        query,
        body,
        media,
        service,
        http_request,
        target_ids,
        precondition,
        caller,
    })
}

/// The row of an operation's target.
type TargetRowOf<O> = <<O as Operation>::Target as Target>::Row;

/// Reads the caller and the target in one round trip, and asks the policy.
async fn look_up_and_decide<O: Operation>(
    service: &Service,
    caller: Option<&Caller>,
    target_ids: TargetIds,
    with_roles: bool,
) -> Result<LookupResult<TargetRowOf<O>>, Problem> {
    let found = match caller {
        Some(_) => service.accounts.lookup(caller, target_ids, with_roles).await?,
        None => LookupResult::anonymous(),
    };
    if caller.is_some() && found.principal == Principal::Anonymous {
        return Err(with_link_to_token(Problem::Unauthorized(TokenError::Invalid), service, O::SPEC));
    }
    let target_ids = target_ids.after_lookup(&found.principal);
    let resource = O::Target::resource(service.api.resource, target_ids, found.target.as_deref());
    match policy::may(&found.principal, O::SPEC.action, &resource) {
        // A conflict with the state is reported last: the write checks it again on the locked rows.
        Decision::Allow | Decision::Conflict(_) => Ok(found),
        refusal => Err(refusal.into()),
    }
}

/// Adds a link to the token endpoint to a 401 of an operation that also works without a token.
fn with_link_to_token(problem: Problem, service: &Service, spec: &OperationSpec) -> Problem {
    match (problem, spec.authentication) {
        (Problem::Unauthorized(credentials), Authentication::Optional) => {
            let token_endpoint = service.api.href(service.api.path_of(Action::IssueToken));
            Problem::UnauthorizedWithLink(credentials, token_endpoint)
        }
        (problem, _) => problem,
    }
}

/// Query and body, or the faults of both.
fn read_query_and_body<O: Operation>(
    query: &str,
    bytes: &[u8],
    writable: Writable<'_>,
) -> Result<(O::Query, O::Body), Problem> {
    let mut parameters = Parameters::parse(query);
    let query = O::Query::read(&mut parameters);
    let mut faults = parameters.finish();
    match (query, O::Body::read(bytes, writable)) {
        (Some(query), Ok(body)) if faults.is_empty() => Ok((query, body)),
        (_, Err(Problem::Invalid(more))) => {
            faults.extend(more);
            Err(Problem::Invalid(faults))
        }
        (_, Err(problem)) if faults.is_empty() => Err(problem),
        _ => Err(Problem::Invalid(faults)),
    }
}
