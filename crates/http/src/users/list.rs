//! The list of users.

use crate::{
    call::Call,
    links::Seen,
    openapi,
    operations::{Kind, ListUsers, Operation},
    pages::{Listing, Part},
    problem::Problem,
    query::{Parameters, Query},
    representation::user,
};
use actix_web::HttpResponse;
use usher_domain::{
    Role, Status,
    cursor::UserCursor,
    page::{MAX_QUERY, UserFilter, UserOrder},
    policy::Resource,
};

/// Which part of which list.
#[derive(Debug)]
pub struct Parts {
    part: Part<UserCursor>,
    filter: UserFilter,
    /// `None` where the caller did not say.
    order: Option<UserOrder>,
}

impl Query for Parts {
    fn read(parameters: &mut Parameters<'_>) -> Option<Self> {
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
    let listing = call.query.listing(call.service.href(ListUsers::ROW.path));
    let seen = Seen { service: &call.service, actor: &call.actor, kind: Kind::Users, resource: Resource::Users };
    call.page(&listing, &page, seen, (), |item| user(&call.service, &call.actor, Kind::User, item, call.media))
}
