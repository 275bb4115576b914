//! Roles: their representation, the targets that name them, and one file for each operation.

pub mod create;
pub mod delete;
pub mod get;
pub mod list;
mod members;
mod targets;
pub mod update;

pub use members::{Role, RoleMembers};
pub use targets::{ROLE_NAME, RoleByName, RoleCollection};

use crate::{
    hypermedia::{
        links::{ResourceView, Viewer},
        media::Media,
        representation::Representation,
    },
    operation::{
        Listed, Operation, ResourceType, Target as _,
        response::{Created, Represented},
    },
    problem::Problem,
    request::{AuthorizedRequest, conditions::entity_tag},
};
use actix_web::http::{StatusCode, header};
use usher_domain::{RoleDetails, policy::Principal};
use usher_persistence::TargetIds;

/// A role.
pub struct RoleResource;

impl ResourceType for RoleResource {
    const NAME: &'static str = "RoleDetails";
    const LINKS: &'static str = "The operations that the caller may use on this role now.";
    const HEADERS: &'static [(&'static str, &'static str)] = &[("ETag", "The role's version, for `If-Match`")];
    const IDS: &'static [(&'static str, &'static str)] = &[(ROLE_NAME.name, "/name")];
    /// Those who update the role that they have may lose the permission to read it.
    const HAS_SELF: bool = false;
    type Members = RoleMembers<'static>;
}

impl Listed for RoleResource {
    const PAGE_NAME: &'static str = "RolePage";
    const PAGE_LINKS: &'static str = "The links of the page and the operations that the caller may use on the list.";
    const EMBEDDED: &'static str = "RolesOfPage";
    const ITEMS: &'static str = "roles";
}

/// A role as `viewer` sees it, alone or in a page.
pub fn represent<'a>(viewer: Viewer<'a>, role: &'a RoleDetails, media: Media) -> Representation<'a, RoleMembers<'a>> {
    // The path has the name of the row.
    let view = ResourceView::of_target::<RoleByName>(viewer, RoleResource::KIND, TargetIds::NONE, Some(role));
    Representation::new(role.into(), view, Vec::new(), media)
}

impl<O: Operation> AuthorizedRequest<O> {
    /// The role, as `principal` may see it.
    pub fn role(&self, principal: &Principal, role: &RoleDetails) -> Result<Represented<RoleResource>, Problem> {
        let body = represent(Viewer { principal, ..self.viewer() }, role, self.media);
        let headers = [(header::ETAG, entity_tag(role.version).to_string())];
        Ok(Represented::new(self.send(StatusCode::OK, &headers, &body)?))
    }

    /// A new role, and its URL.
    pub fn created_role(&self, role: &RoleDetails) -> Result<Created<RoleResource>, Problem> {
        let url = self.service.api.url_of(RoleResource::KIND, RoleByName::path(TargetIds::NONE, Some(role)));
        let body = represent(self.viewer(), role, self.media);
        let headers = [(header::ETAG, entity_tag(role.version).to_string()), (header::LOCATION, url)];
        Ok(Created::new(self.send(StatusCode::CREATED, &headers, &body)?))
    }
}
