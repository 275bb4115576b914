//! The extractor of every handler.

use super::authorize::authorize;
use crate::{
    hypermedia::media::Media,
    operation::{Operation, Target as _},
    problem::{Problem, TokenError},
    service::Service,
};
use actix_web::{FromRequest, HttpRequest, dev::Payload, web};
use std::{net::IpAddr, pin::Pin, sync::Arc};
use usher_accounts::Caller;
use usher_domain::{
    Role,
    policy::{self, Decision, Principal},
};
use usher_persistence::{Precondition, RequestMetadata, TargetIds, WriteRequest};

/// A request that the policy has allowed, with everything that its handler needs.
pub struct AuthorizedRequest<O: Operation> {
    pub principal: Principal,
    pub target: O::Target,
    /// All roles, if the response has forms; otherwise none.
    pub roles: Arc<[Role]>,
    pub query: O::Query,
    pub body: O::Body,
    pub media: Media,
    pub service: web::Data<Service>,
    pub http_request: HttpRequest,
    /// The ids that the target was looked up by.
    pub target_ids: TargetIds,
    pub(super) precondition: Precondition,
    pub(super) caller: Option<Caller>,
}

impl<O: Operation> AuthorizedRequest<O> {
    /// What a write needs to decide again on the locked rows.
    pub fn write_request(&self) -> WriteRequest {
        WriteRequest {
            actor: self.principal,
            kid: self.caller.as_ref().and_then(|caller| caller.kid.clone()),
            action: O::SPEC.action,
            precondition: self.precondition.clone(),
            metadata: self.metadata(),
        }
    }

    /// The address that the request came from.
    pub fn client_address(&self) -> Option<IpAddr> {
        self.service.client_address(&self.http_request)
    }

    /// Where the request came from, for the audit trail.
    pub fn metadata(&self) -> RequestMetadata {
        self.service.request_metadata(&self.http_request)
    }

    /// For a read that queried the database after the caller was authorized: the caller may see the result only if the
    /// policy still allows it now.
    pub async fn still_allowed(&self) -> Result<(), Problem> {
        let found = self.service.accounts.lookup(self.caller.as_ref(), self.target_ids, false).await?;
        let resource = O::Target::resource(self.service.api.resource, self.target_ids, found.target.as_deref());
        match policy::may(&found.principal, O::SPEC.action, &resource) {
            Decision::Allow => Ok(()),
            Decision::Unauthenticated => Err(Problem::Unauthorized(TokenError::Invalid)),
            refusal => Err(refusal.into()),
        }
    }
}

impl<O: Operation> FromRequest for AuthorizedRequest<O> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move { authorize(&request, payload, request.query_string()).await })
    }
}
