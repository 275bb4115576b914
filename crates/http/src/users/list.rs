//! The list of users.

use crate::{
    call::Call,
    links::{Link, Seen},
    media::Media,
    openapi,
    operations::{Kind, ListUsers, Operation},
    problem::Problem,
    query::{Parameters, Query},
    representation::{Representation, UserMembers, user},
};
use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};
use serde::Serialize;
use usher_domain::{
    Role, Status, User,
    cursor::UserCursor,
    page::{DEFAULT_LIMIT, MAX_LIMIT, MAX_QUERY, Page, Start, UserFilter, UserOrder},
    policy::Resource,
};

/// Which part of which list.
#[derive(Debug)]
pub struct Parts {
    limit: u32,
    start: Start<UserCursor>,
    filter: UserFilter,
    /// `None` where the caller did not say.
    order: Option<UserOrder>,
}

impl Query for Parts {
    fn read(parameters: &mut Parameters<'_>) -> Option<Self> {
        let limit =
            parameters.read("limit", "out_of_range", format!("must be a number from 1 to {MAX_LIMIT}"), |text| {
                whole_number(text)
                    .and_then(|limit| u32::try_from(limit).ok())
                    .filter(|limit| (1..=MAX_LIMIT).contains(limit))
            });
        let offset = parameters.read("offset", "out_of_range", "must be a whole number from 0", whole_number);
        let q = parameters.read(
            "q",
            "too_long",
            format!("must have 1 to {MAX_QUERY} characters, none of them NUL"),
            |text| ((1..=MAX_QUERY).contains(&text.chars().count()) && !text.contains('\0')).then(|| text.to_owned()),
        );
        let role = parameters.read("role", "unknown_option", "must be admin or user", Role::from_name);
        let status = parameters.read("status", "unknown_option", "must be active or suspended", Status::from_name);
        let sorts = || format!("must be one of: {}", UserOrder::NAMES.join(", "));
        let order = parameters.read("sort", "unknown_option", sorts(), UserOrder::from_name);
        let filter = UserFilter { q, role, status };
        let cursor = parameters.read("cursor", "invalid_cursor", "is no cursor of this service", UserCursor::decode);
        let start = match (cursor, offset) {
            (Some(_), Some(_)) => {
                parameters.fault("cursor", "cursor_and_offset", "cannot go with an offset");
                return None;
            }
            (Some(cursor), None) => {
                if !cursor.suits(order.unwrap_or_default(), &filter) {
                    parameters.fault("cursor", "invalid_cursor", "is of a list with another filter or sort");
                    return None;
                }
                Start::Cursor(cursor)
            }
            (None, offset) => Start::Offset(offset.unwrap_or(0)),
        };
        Some(Self { limit: limit.unwrap_or(DEFAULT_LIMIT), start, filter, order })
    }
}

/// Digits only: no sign, no space; at most what Postgres can count.
fn whole_number(text: &str) -> Option<i64> {
    text.bytes().all(|digit| digit.is_ascii_digit()).then(|| text.parse().ok())?
}

#[derive(Serialize)]
struct Members<'a> {
    total: i64,
    limit: u32,
    offset: i64,
    #[serde(rename = "_embedded")]
    embedded: Embedded<'a>,
}

#[derive(Serialize)]
struct Embedded<'a> {
    users: Vec<Representation<'a, UserMembers<'a>>>,
}

/// List users
///
/// A page of the users that pass the filter, in the order asked for. Walk by `next` and `prev`: no user is skipped or shown
/// twice while others come and go, and every page costs the same.
#[utoipa::path(get, path = ListUsers::ROW.path, impl_for = ListUsers, tag = "users", params(openapi::ListParts),
    responses((status = 200, description = "The page", body = openapi::UserPage)))]
pub async fn handle(call: Call<ListUsers>) -> Result<HttpResponse, Problem> {
    let Parts { limit, start, filter, order } = &call.query;
    let database = &call.service.database;
    let page = database.list_users(filter, order.unwrap_or_default(), start, *limit).await?;
    call.still_allowed().await?;
    let href = |start: &Start<UserCursor>| href(&call, start);
    let mut links = vec![("self", Link::get(href(start)))];
    let steps = steps(&page, i64::from(*limit));
    links.extend(steps.iter().map(|(relation, start)| (*relation, Link::get(href(start)))));
    let path = call.service.href(ListUsers::ROW.path);
    links.push(("search", Link::template(format!("{path}{{?q,role,status,sort,limit,offset}}"))));
    let header = steps
        .iter()
        .map(|(relation, start)| format!("<{}>; rel=\"{relation}\"", href(start)))
        .collect::<Vec<_>>()
        .join(", ");
    let users = page.items.iter().map(|item| row(&call, item, call.media)).collect();
    let seen = Seen { service: &call.service, actor: &call.actor, kind: Kind::Users, resource: Resource::Users };
    let members = Members { total: page.total, limit: *limit, offset: page.offset, embedded: Embedded { users } };
    let body = Representation::new(members, seen, links, call.media);
    call.send(StatusCode::OK, &[(header::LINK, header)], &body)
}

fn row<'a>(call: &'a Call<ListUsers>, item: &'a User, media: Media) -> Representation<'a, UserMembers<'a>> {
    user(&call.service, &call.actor, Kind::User, item, media)
}

/// Where one can go from here.
fn steps(page: &Page<User, UserCursor>, limit: i64) -> Vec<(&'static str, Start<UserCursor>)> {
    let mut steps = vec![("first", Start::Offset(0))];
    steps.extend(page.prev.clone().map(|start| ("prev", start)));
    steps.extend(page.next.clone().map(|start| ("next", start)));
    if page.total > 0 {
        steps.push(("last", Start::Offset((page.total - 1) / limit * limit)));
    }
    steps
}

/// The same list from another start.
fn href(call: &Call<ListUsers>, start: &Start<UserCursor>) -> String {
    let Parts { limit, filter, order, .. } = &call.query;
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("limit", &limit.to_string());
    match start {
        Start::Offset(0) => {}
        Start::Offset(offset) => {
            query.append_pair("offset", &offset.to_string());
        }
        Start::Cursor(cursor) => {
            query.append_pair("cursor", &cursor.encode());
        }
    }
    let filters = [
        ("q", filter.q.as_deref()),
        ("role", filter.role.map(Role::as_str)),
        ("status", filter.status.map(Status::as_str)),
        ("sort", order.map(UserOrder::as_str)),
    ];
    for (name, value) in filters {
        if let Some(value) = value {
            query.append_pair(name, value);
        }
    }
    format!("{}?{}", call.service.href(ListUsers::ROW.path), query.finish())
}
