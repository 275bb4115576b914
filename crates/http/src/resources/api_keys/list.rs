//! The list of a user's API keys.

use super::{ApiKeyById, ApiKeyMembers, ApiKeyResource};
use crate::{
    hypermedia::{links::ResourceView, pagination::Collection, representation::Representation},
    operation::{Listed as _, ResourceType as _, operation, response::PageOf},
    problem::Problem,
    request::{
        AuthorizedRequest,
        filters::{ListQuery, Unfiltered},
    },
};
use usher_domain::{MAX_API_KEYS, cursor::IdCursor, policy::Resource};
use usher_persistence::TargetIds;

/// The query of the list: whose keys they are is in the path.
pub type ApiKeyListQuery = ListQuery<Unfiltered<IdCursor>>;

operation! {
    /// List a user's API keys
    ///
    /// Returns a page of the user's API keys, newest first, without the keys themselves. Expired keys are listed for 30
    /// days.
    ListApiKeys
}

pub async fn handle(request: AuthorizedRequest<ListApiKeys>) -> Result<PageOf<ApiKeyResource>, Problem> {
    let (page_request, owner) = (&request.query.page, &request.target.user);
    let list = format!("API keys of {}", owner.id);
    page_request.require_list(&list)?;
    let database = &request.service.database;
    let (page, unexpired) = database.list_api_keys(owner, &list, &page_request.start, page_request.limit).await?;
    request.still_allowed().await?;
    let resource = Resource::ApiKeys { owner, is_full: unexpired >= MAX_API_KEYS };
    let view = ResourceView { resource, ..request.view(ApiKeyResource::PAGE) };
    let collection = Collection::of::<ListApiKeys, ApiKeyResource>(&request.query, view);
    request.page(collection.represent(&page, view, request.media, (), |key| {
        let view = view.other::<ApiKeyById>(ApiKeyResource::KIND, TargetIds::owned(owner.id, key.id), key);
        Representation::new(ApiKeyMembers::from(key), view, Vec::new(), request.media)
    }))
}
