//! Users: their representation, the targets that name them, and one file for each operation.

pub mod change_password;
pub mod create;
pub mod delete;
pub mod export;
pub mod get;
pub mod lift_throttle;
pub mod list;
mod members;
pub mod reactivate;
pub mod send_password_reset;
pub mod suspend;
mod targets;
pub mod update;

pub use members::{Status, UserMembers};
pub use targets::{CurrentUser, CurrentUserState, USER_ID, UserById, UserCollection, sample};

use crate::{
    hypermedia::{
        links::{ResourceView, Viewer},
        media::Media,
        representation::Representation,
    },
    operation::{
        Listed, Operation, PathParameters, ResourceKind, ResourceType,
        response::{Created, Represented},
    },
    problem::Problem,
    request::{AuthorizedRequest, conditions::entity_tag},
    resources::roles::ROLE_NAME,
};
use actix_web::http::{StatusCode, header};
use usher_domain::{
    User,
    policy::{Action, Principal, Resource},
};
use usher_persistence::TargetIds;

const ETAG: (&str, &str) = ("ETag", "The user's version, for `If-Match`");
const CONTENT_LOCATION: (&str, &str) = ("Content-Location", "The URL of the user in the response");

/// A user.
pub struct UserResource;

impl ResourceType for UserResource {
    const NAME: &'static str = "User";
    const LINKS: &'static str = "The operations that the caller may use on this user now.";
    const HEADERS: &'static [(&'static str, &'static str)] = &[ETAG, CONTENT_LOCATION];
    const IDS: &'static [(&'static str, &'static str)] = &[("id", "/id"), (ROLE_NAME.name, "/role")];
    /// An API key may list users, its owner among them, and not be allowed to read its owner's account.
    const HAS_SELF: bool = false;
    type Members = UserMembers<'static>;
}

impl Listed for UserResource {
    const PAGE_NAME: &'static str = "UserPage";
    const PAGE_LINKS: &'static str = "The links of the page and the operations that the caller may use on the list.";
    const EMBEDDED: &'static str = "UsersOfPage";
    const ITEMS: &'static str = "users";
}

/// A user as a client that has just registered sees it.
pub struct RegisteredUserResource;

impl ResourceType for RegisteredUserResource {
    const NAME: &'static str = "RegisteredUser";
    const LINKS: &'static str = "The links of a newly registered user.";
    const HEADERS: &'static [(&'static str, &'static str)] = &[ETAG];
    const IDS: &'static [(&'static str, &'static str)] = &[("id", "/id")];
    const ALSO: &'static [ResourceKind] = &[UserResource::KIND];
    type Members = UserMembers<'static>;
}

/// A user as `viewer` sees it, alone or in a page.
pub fn represent<'a>(
    viewer: Viewer<'a>,
    kind: ResourceKind,
    user: &'a User,
    media: Media,
) -> Representation<'a, UserMembers<'a>> {
    let mut view = ResourceView::of_target::<UserById>(viewer, kind, TargetIds::of(user.id), Some(user));
    if kind == RegisteredUserResource::KIND {
        // A client that has just registered a user is not signed in as that user.
        view.resource = Resource::Registered { user, verified_email: viewer.api.verified_email };
    }
    // External ids are those of other systems, for the people who administer the users.
    let shows_external_id = view.of_service().allows(Action::ListUsers);
    Representation::new(UserMembers::new(user, shows_external_id), view, Vec::new(), media)
}

impl<O: Operation> AuthorizedRequest<O> {
    /// The user, as the caller may see it after this operation. Clients that cache learn from `Content-Location` which
    /// user they have read, whichever URL they requested (RFC 9110 §8.7).
    pub fn user(&self, user: &User) -> Result<Represented<UserResource>, Problem> {
        let principal = self.principal_after(user);
        let viewer = Viewer { principal: &principal, ..self.viewer() };
        let body = represent(viewer, UserResource::KIND, user, self.media);
        let headers =
            [(header::ETAG, entity_tag(user.version).to_string()), (header::CONTENT_LOCATION, self.url_of(user))];
        Ok(Represented::new(self.send(StatusCode::OK, &headers, &body)?))
    }

    /// A new user, and its URL.
    pub fn created<R: ResourceType>(&self, user: &User) -> Result<Created<R>, Problem> {
        let body = represent(self.viewer(), R::KIND, user, self.media);
        let headers = [(header::ETAG, entity_tag(user.version).to_string()), (header::LOCATION, self.url_of(user))];
        Ok(Created::new(self.send(StatusCode::CREATED, &headers, &body)?))
    }

    fn url_of(&self, user: &User) -> String {
        self.service.api.url_of(UserResource::KIND, PathParameters::of::<UserById>(TargetIds::of(user.id)))
    }

    /// The caller, after the operation: it may have changed the caller's own role.
    fn principal_after(&self, user: &User) -> Principal {
        match self.principal {
            Principal::User(caller) if caller.id == user.id => Principal::User(caller.with_role(user.role.rights)),
            principal => principal,
        }
    }
}
