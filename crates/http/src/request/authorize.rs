//! One request, one way through: path, caller and target (one round trip), policy, negotiation, body. In this order and in
//! one place, so that no handler can forget a check.

use crate::{
    hypermedia::media::{self, Media},
    middleware::{limits, request_log},
    operation::{Authentication, Operation, OperationSpec, Target as _},
    problem::{Credentials, Problem},
    request::{
        body::{Body, Encoding},
        query::{Parameters, Query},
    },
    service::Service,
};
use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::{
        Method,
        header::{self, HeaderMap},
    },
    web,
};
use futures_util::StreamExt;
use std::{
    future::{Future, poll_fn},
    net::IpAddr,
    pin::{Pin, pin},
    sync::Arc,
    task::Poll,
    time::Duration,
};
use usher_auth::{Claims, Clients};
use usher_domain::policy::{self, Action, Decision, Principal};
use usher_persistence::{Condition, Credential, LookupResult, RequestMetadata, TargetIds, WriteRequest};

/// Longest that a body may take to arrive.
const BODY_PATIENCE: Duration = Duration::from_secs(15);

/// A request that the policy has let through, with all that its handler needs.
pub struct AuthorizedRequest<O: Operation> {
    pub principal: Principal,
    pub target: O::Target,
    pub query: O::Query,
    pub body: O::Body,
    pub media: Media,
    pub service: web::Data<Service>,
    pub http_request: HttpRequest,
    condition: Condition,
    caller: Option<Caller>,
    target_ids: TargetIds,
}

impl<O: Operation> AuthorizedRequest<O> {
    /// What a write is asked with, so that it can decide again.
    pub fn write_request(&self) -> WriteRequest {
        WriteRequest {
            actor: self.principal,
            kid: self.caller.as_ref().and_then(|caller| caller.kid.clone()),
            action: O::SPEC.action,
            condition: self.condition.clone(),
            origin: self.metadata(),
        }
    }

    /// The address that the request came from.
    pub fn client_address(&self) -> Option<IpAddr> {
        self.service.address(&self.http_request)
    }

    /// Where the request came from, for the audit trail.
    pub fn metadata(&self) -> RequestMetadata {
        self.service.request_metadata(&self.http_request)
    }

    /// For a read that asked the database once more after the caller was let in: the caller may see what it found only if
    /// the policy still says so now.
    pub async fn still_allowed(&self) -> Result<(), Problem> {
        let found = lookup(&self.service, self.caller.as_ref(), self.target_ids).await?;
        let resource = O::Target::resource(&self.service.site, self.target_ids, &found);
        match policy::may(&found.principal, O::SPEC.action, &resource) {
            Decision::Allow => Ok(()),
            Decision::Unauthenticated => Err(Problem::Unauthorized(Credentials::Invalid)),
            refusal => Err(refusal.into()),
        }
    }
}

impl<O: Operation> FromRequest for AuthorizedRequest<O> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move { authorize::<O>(&request, payload, request.query_string()).await })
    }
}

/// The call that the request makes, with the parameters of `query`.
pub async fn authorize<O: Operation>(
    request: &HttpRequest,
    mut payload: Payload,
    query: &str,
) -> Result<AuthorizedRequest<O>, Problem> {
    let spec = O::SPEC;
    request_log::operation(request, spec);
    let service = request
        .app_data::<web::Data<Service>>()
        .cloned()
        .ok_or_else(|| Problem::Internal("the application was assembled without its service".to_owned()))?;
    // The path comes before the caller, who may be what the path is about.
    let in_path = O::Target::locate(request)?;
    let unauthorized = |credentials| match spec.authentication {
        Authentication::Optional => {
            Problem::UnauthorizedWithLink(credentials, service.site.href(service.site.path_of(Action::IssueToken)))
        }
        Authentication::Required | Authentication::None | Authentication::Client => Problem::Unauthorized(credentials),
    };
    let caller = match caller(&service, request, spec.authentication).await {
        Err(Problem::Unauthorized(credentials)) => return Err(unauthorized(credentials)),
        caller => caller?,
    };
    if let Some(caller) = &caller {
        request_log::user(request, caller.credential.user);
    }
    let target_ids = O::Target::resolve(in_path, caller.as_ref().map(|caller| caller.credential));
    let admit = async || {
        let found = match &caller {
            Some(_) => lookup(&service, caller.as_ref(), target_ids).await?,
            None => LookupResult { principal: Principal::Anonymous, user: None, session: None, keys: None },
        };
        if caller.is_some() && found.principal == Principal::Anonymous {
            return Err(unauthorized(Credentials::Invalid));
        }
        match policy::may(&found.principal, spec.action, &O::Target::resource(&service.site, target_ids, &found)) {
            // What state forbids is told last: the write finds it again on the rows as they are by then.
            Decision::Allow | Decision::Conflict(_) => Ok(found),
            refusal => Err(refusal.into()),
        }
    };
    let mut found = admit().await?;
    let media = match media::negotiate(request.headers()) {
        Some(media) => media,
        None if spec.response.negotiated => return Err(Problem::NotAcceptable),
        None => Media::Json,
    };
    let (bytes, waited) = read_body(spec, request, &mut payload).await?;
    if waited && caller.is_some() {
        // The client decides how long a body takes. What is known of the caller must not be older than the answer.
        found = admit().await?;
    }
    let principal = found.principal;
    let resource = O::Target::resource(&service.site, target_ids, &found);
    let writable = |field: &str, value: &str| {
        let permission = spec.field_permissions.iter().find(|(name, _)| *name == field);
        permission.is_none_or(|(_, action)| {
            O::Target::current_value(&resource, field) == Some(value)
                || matches!(policy::may(&principal, *action, &resource), Decision::Allow | Decision::Conflict(_))
        })
    };
    let (query, body) = input::<O>(query, &bytes, &writable)?;
    let condition = condition(request.headers());
    let target = O::Target::from_lookup(found).ok_or(Problem::NoSuchResource)?;
    let http_request = request.clone();
    Ok(AuthorizedRequest {
        principal,
        target,
        query,
        body,
        media,
        service,
        http_request,
        condition,
        caller,
        target_ids,
    })
}

/// Query and body, with the faults of both.
fn input<O: Operation>(
    query: &str,
    bytes: &[u8],
    writable: crate::request::body::Writable<'_>,
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

/// Whom a token names.
pub struct Caller {
    pub credential: Credential,
    /// The key that signed it, where it is signed.
    pub kid: Option<Arc<str>>,
}

impl From<&Claims> for Caller {
    fn from(claims: &Claims) -> Self {
        let credential = Credential { session: claims.sid, user: claims.sub };
        Self { credential, kid: Some(Arc::clone(&claims.kid)) }
    }
}

/// Who calls and what about, as the database has them now; nobody does with a token whose key has been revoked.
pub async fn lookup(
    service: &Service,
    caller: Option<&Caller>,
    target_ids: TargetIds,
) -> Result<LookupResult, Problem> {
    let mut found = service.database.lookup().find(caller.map(|caller| caller.credential), target_ids).await?;
    if let Some(kid) = caller.and_then(|caller| caller.kid.as_deref())
        && !service.keyring.is_in_use(kid, found.keys, &service.database).await?
    {
        found.principal = Principal::Anonymous;
    }
    Ok(found)
}

/// Whom the request's token names, where the operation looks at it and there is one.
async fn caller(
    service: &Service,
    request: &HttpRequest,
    authentication: Authentication,
) -> Result<Option<Caller>, Problem> {
    match authentication {
        Authentication::None => return Ok(None),
        Authentication::Client => {
            return service_credential(&service.settings.introspection_clients, request.headers()).map(|()| None);
        }
        Authentication::Optional | Authentication::Required => {}
    }
    let Some(token) = bearer(request.headers())? else { return Ok(None) };
    let claims = service.keyring.verify(token, &service.database).await?;
    Ok(Some(Caller::from(&claims)))
}

/// Whether the caller is a service that the operator knows (RFC 6749 §2.3.1).
pub fn service_credential(clients: &Clients, headers: &HeaderMap) -> Result<(), Problem> {
    let mut values = headers.get_all(header::AUTHORIZATION);
    let (Some(value), None) = (values.next(), values.next()) else { return Err(Problem::InvalidClient) };
    let known = value.to_str().ok().and_then(|value| value.split_once(' ')).is_some_and(|(scheme, credentials)| {
        scheme.eq_ignore_ascii_case("basic") && clients.authenticate(credentials).is_some()
    });
    if known { Ok(()) } else { Err(Problem::InvalidClient) }
}

/// The bearer token of the request (RFC 6750 §2.1), if it has one.
pub fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let mut values = headers.get_all(header::AUTHORIZATION);
    let Some(value) = values.next() else { return Ok(None) };
    let invalid = Problem::Unauthorized(Credentials::Invalid);
    if values.next().is_some() {
        return Err(invalid);
    }
    let Ok(value) = value.to_str() else { return Err(invalid) };
    match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(Some(token.trim())),
        None if value.eq_ignore_ascii_case("bearer") => Err(invalid),
        _ => Ok(None),
    }
}

/// The body, and whether it had to be waited for.
async fn read_body(
    spec: &OperationSpec,
    request: &HttpRequest,
    payload: &mut Payload,
) -> Result<(Vec<u8>, bool), Problem> {
    if spec.method.is_safe() {
        return Ok((Vec::new(), false));
    }
    let media = request.headers().get(header::CONTENT_TYPE).map(|value| {
        let text = value.to_str().unwrap_or_default();
        text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    });
    let json = spec.body.encoding != Encoding::Form;
    let suits = |media: &str| match media {
        // What clients of HAL send that know no forms.
        "application/hal+json" => json,
        "application/merge-patch+json" => spec.method == Method::PATCH,
        media => media == spec.body.encoding.media_type(),
    };
    let unsupported = || Problem::UnsupportedMediaType(spec.body.encoding.media_type());
    let takes_one = spec.body.encoding != Encoding::None;
    if takes_one && media.as_deref().is_some_and(|media| !suits(media)) {
        return Err(unsupported());
    }
    let mut gathering = pin!(gather(payload));
    let (bytes, waited) = match poll_fn(|context| Poll::Ready(gathering.as_mut().poll(context))).await {
        Poll::Ready(bytes) => (bytes?, false),
        Poll::Pending => match tokio::time::timeout(BODY_PATIENCE, gathering).await {
            Ok(bytes) => (bytes?, true),
            Err(_) => return Err(Problem::TimedOut),
        },
    };
    if !bytes.is_empty() && !media.as_deref().is_some_and(suits) {
        return Err(unsupported());
    }
    if !bytes.is_empty() && is_coded(request.headers()) {
        return Err(Problem::UnsupportedMediaType("sent without a content coding"));
    }
    Ok((bytes, waited))
}

/// Whether the body is compressed, say (RFC 9110 §8.4): nobody here undoes that.
fn is_coded(headers: &HeaderMap) -> bool {
    let codings = headers.get_all(header::CONTENT_ENCODING).map(|value| value.to_str().unwrap_or_default());
    codings
        .flat_map(|value| value.split(',').map(str::trim))
        .any(|coding| !matches!(coding.to_ascii_lowercase().as_str(), "" | "identity"))
}

async fn gather(payload: &mut Payload) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    while let Some(chunk) = payload.next().await {
        let chunk =
            chunk.map_err(|error| Problem::Malformed(format!("The body could not be read: {error}.").into()))?;
        if bytes.len() + chunk.len() > limits::BODY {
            return Err(Problem::BodyTooLarge);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// `If-Match` (RFC 9110 §13.1.1). `*` holds wherever there is a row, and without one the answer is a 404 anyway.
pub fn condition(headers: &HeaderMap) -> Condition {
    let mut values = headers.get_all(header::IF_MATCH).peekable();
    if values.peek().is_none() {
        return Condition::None;
    }
    let mut versions = Vec::new();
    for tag in values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).map(str::trim) {
        if tag == "*" {
            return Condition::None;
        }
        versions.extend(version(tag));
    }
    Condition::Versions(versions)
}

/// The content codings that proxies apply (IANA HTTP Content Coding Registry).
const CODINGS: [&str; 7] = ["gzip", "br", "zstd", "deflate", "compress", "dcb", "dcz"];

/// The version that a tag names, if it is one of ours. A tag counts versions of the resource, the same in every form: where
/// a proxy that compresses has weakened it (`W/"3"`) or marked it with the coding (`"3-gzip"`, `"3--gzip"`, `"3;br"`), it
/// still names that version.
fn version(tag: &str) -> Option<i64> {
    let tag = tag.strip_prefix("W/").unwrap_or(tag);
    let mut tag = tag.strip_prefix('"')?.strip_suffix('"')?;
    while let Some(rest) = unmarked(tag) {
        tag = rest;
    }
    tag.parse().ok().filter(|version: &i64| version.to_string() == tag)
}

/// The tag without the coding that a proxy has put behind it.
fn unmarked(tag: &str) -> Option<&str> {
    let (rest, coding) = tag.rsplit_once(['-', ';'])?;
    let is_coding = CODINGS.iter().any(|known| known.eq_ignore_ascii_case(coding));
    is_coding.then(|| rest.strip_suffix('-').unwrap_or(rest))
}
