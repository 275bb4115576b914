//! The list of users.

use crate::{
    call::Call,
    links::Seen,
    media::Media,
    openapi,
    operations::{Kind, ListUsers, Operation},
    pages::{Listing, Part, Sheet},
    problem::Problem,
    query::{Parameters, Query},
    representation::user,
    service::Site,
};
use actix_web::HttpResponse;
use serde::Serialize;
use usher_domain::{
    Role, Status, User,
    cursor::UserCursor,
    page::{MAX_QUERY, Page, UserFilter, UserOrder},
    policy::{Actor, Resource},
};

/// Which part of which list.
#[derive(Debug)]
pub struct Parts {
    pub part: Part<UserCursor>,
    pub filter: UserFilter,
    /// `None` where the caller did not say.
    pub order: Option<UserOrder>,
}

impl Query for Parts {
    fn read(parameters: &mut Parameters) -> Option<Self> {
        let q = parameters.read("q", "too_long", format!("must have at most {MAX_QUERY} characters"), |text| {
            (text.chars().take(MAX_QUERY + 1).count() <= MAX_QUERY).then(|| text.to_owned())
        });
        let role = parameters.read("role", "unknown_option", "must be admin or user", Role::from_name);
        let status = parameters.read("status", "unknown_option", "must be active or suspended", Status::from_name);
        let sorts = || format!("must be one of: {}", UserOrder::NAMES.join(", "));
        let order = parameters.read("sort", "unknown_option", sorts(), UserOrder::from_name);
        let filter = UserFilter { q, role, status };
        let suits = |cursor: &UserCursor| cursor.suits(order.unwrap_or_default(), &filter);
        let part = Part::read(parameters, suits)?;
        Some(Self { part, filter, order })
    }
}

impl Parts {
    /// The list at that path.
    pub fn listing(&self, path: String) -> Listing<'_, UserCursor> {
        let Self { part, filter, order } = self;
        let filters = [
            ("q", filter.q.as_deref()),
            ("role", filter.role.map(Role::as_str)),
            ("status", filter.status.map(Status::as_str)),
            ("sort", order.map(UserOrder::as_str)),
        ];
        Listing {
            path,
            part,
            filters: filters.into_iter().filter_map(|(name, value)| Some((name, value?.to_owned()))).collect(),
            search: "q,role,status,sort,limit,offset",
            items: "users",
        }
    }
}

/// List users
///
/// A page of the users that pass the filter, in the order asked for. Walk by `next` and `prev`: no user is skipped or shown
/// twice while others come and go, and every page costs the same.
#[utoipa::path(get, path = ListUsers::ROW.path, impl_for = ListUsers, tag = "users", params(openapi::ListParts),
    responses((status = 200, description = "The page", body = openapi::UserPage)))]
pub async fn handle(call: Call<ListUsers>) -> Result<HttpResponse, Problem> {
    let Parts { part, filter, order } = &call.query;
    let database = &call.service.database;
    let page = database.list_users(filter, order.unwrap_or_default(), &part.start, part.limit).await?;
    call.still_allowed().await?;
    call.page(represent(&call.query, &page, &call.service.site, &call.actor, call.media))
}

/// The page that was asked for, as `actor` sees it.
pub fn represent<'a>(
    parts: &Parts,
    page: &'a Page<User, UserCursor>,
    site: &'a Site,
    actor: &'a Actor,
    media: Media,
) -> Sheet<impl Serialize + use<'a>> {
    let listing = parts.listing(site.href(ListUsers::ROW.path));
    let seen = Seen { site, actor, kind: Kind::Users, resource: Resource::Users };
    listing.represent(page, seen, media, (), |item| user(site, actor, Kind::User, item, media))
}
