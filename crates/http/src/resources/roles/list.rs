//! The list of roles.

use super::{RoleResource, represent};
use crate::{
    hypermedia::{links::ResourceView, pagination::Collection},
    operation::{Listed as _, operation, response::PageOf},
    problem::Problem,
    request::{
        AuthorizedRequest,
        filters::{ListQuery, Unfiltered},
    },
};
use usher_domain::{
    cursor::RoleCursor,
    policy::Resource,
    role::{BUILT_IN_ROLES, MAX_ROLES},
};

/// The query of the list of roles. There are few roles, so it has no filters.
pub type RoleListQuery = ListQuery<Unfiltered<RoleCursor>>;

operation! {
    /// List roles
    ///
    /// Returns a page of the roles: `admin` and `user`, which are built in, then the others by name.
    ListRoles
}

pub async fn handle(request: AuthorizedRequest<ListRoles>) -> Result<PageOf<RoleResource>, Problem> {
    let page_request = &request.query.page;
    let page = request.service.database.list_roles(&page_request.start, page_request.limit).await?;
    request.still_allowed().await?;
    let is_full = page.total >= MAX_ROLES + BUILT_IN_ROLES;
    let view = ResourceView { resource: Resource::Roles { is_full }, ..request.view(RoleResource::PAGE) };
    let collection = Collection::of::<ListRoles, RoleResource>(&request.query, view);
    let page = collection.represent(&page, view, request.media, (), |role| represent(view.viewer, role, request.media));
    request.page(page)
}
