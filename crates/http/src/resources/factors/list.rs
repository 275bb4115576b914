//! The list of a user's factors.

use super::{FactorById, FactorMembers, FactorResource, targets::support};
use crate::{
    hypermedia::{links::ResourceView, pagination::Collection, representation::Representation},
    operation::{Listed as _, ResourceType as _, operation, response::PageOf},
    problem::Problem,
    request::{
        AuthorizedRequest,
        filters::{ListQuery, Unfiltered},
    },
};
use usher_domain::{cursor::IdCursor, policy::Resource};
use usher_persistence::TargetIds;

/// The query of the list: whose factors they are is in the path.
pub type FactorListQuery = ListQuery<Unfiltered<IdCursor>>;

operation! {
    /// List a user's second factors
    ///
    /// Returns a page of the user's second factors, newest first, without their secrets. An authenticator app that is not
    /// confirmed is listed for 10 minutes.
    ListFactors
}

pub async fn handle(request: AuthorizedRequest<ListFactors>) -> Result<PageOf<FactorResource>, Problem> {
    let (page_request, owner) = (&request.query.page, &request.target.user);
    let list = format!("factors of {}", owner.id);
    page_request.require_list(&list)?;
    let database = &request.service.database;
    let (page, is_full) = database.list_factors(owner.id, &list, &page_request.start, page_request.limit).await?;
    request.still_allowed().await?;
    let support = support(request.service.api.resource);
    let resource = Resource::Factors { owner: owner.id, user: Some(owner), support, is_full };
    let view = ResourceView { resource, ..request.view(FactorResource::PAGE) };
    let collection = Collection::of::<ListFactors, FactorResource>(&request.query, view);
    request.page(collection.represent(&page, view, request.media, (), |factor| {
        let view = view.other::<FactorById>(FactorResource::KIND, TargetIds::owned(owner.id, factor.id), factor);
        Representation::new(FactorMembers::from(factor), view, Vec::new(), request.media)
    }))
}
