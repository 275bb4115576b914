//! Statistics of users and sign-ins.

use crate::{
    hypermedia::{link::Link, representation::Representation},
    operation::{
        Operation as _, ResourceType, operation,
        parameter::{Parameter, ParameterSchema, QueryValue, integer},
        response::Represented,
        schema::schema,
    },
    problem::Problem,
    request::{
        AuthorizedRequest,
        query::{Parameters, Query},
    },
};
use actix_web::http::StatusCode;
use serde::Serialize;
use std::{borrow::Cow, collections::BTreeMap};
use usher_domain::{
    RoleName, Status,
    statistics::{DEFAULT_DAYS, DayCounts, Days, MAX_DAYS, MIN_DAYS, Statistics},
};
use utoipa::{
    ToSchema,
    openapi::{KnownFormat, Object, ObjectBuilder, Schema, schema::AdditionalProperties},
};

/// Statistics.
pub struct StatisticsResource;

impl ResourceType for StatisticsResource {
    const NAME: &'static str = "Statistics";
    const LINKS: &'static str = "The links of the statistics.";
    type Members = Members;
}

/// Counts of users and sign-ins. Days are in UTC.
#[derive(Serialize, ToSchema)]
#[schema(as = StatisticsMembers)]
pub struct Members {
    users: UserCounts,
    /// Every day of the period, in ascending order; the last one is today.
    days: Vec<Day>,
}

/// How many users there are.
#[derive(Serialize, ToSchema)]
#[schema(as = UserCounts)]
struct UserCounts {
    /// The number of users with each status; every status is listed.
    #[schema(value_type = CountsByName)]
    by_status: BTreeMap<String, i64>,
    /// The number of users with each role. `admin` and `user` are always listed, other roles if a user has them.
    #[schema(value_type = CountsByName)]
    by_role: BTreeMap<String, i64>,
}

/// What happened on a day.
#[derive(Serialize, ToSchema)]
#[schema(as = DayCounts)]
struct Day {
    /// The day (UTC).
    #[schema(value_type = String, format = Date, example = "2026-11-27")]
    date: String,
    /// Users who registered; users that were created or imported are not counted.
    #[schema(minimum = 0, example = 3)]
    registrations: i64,
    /// Completed sign-ins.
    #[schema(minimum = 0, example = 40)]
    sign_ins: i64,
    /// Sign-ins that were refused: a wrong password, second factor or passkey, an unknown account, or one that may not sign
    /// in. Of attempts that a rate limit refuses, only the first in a row counts, and none with an unknown passkey. A right
    /// password that waits for a second factor does not count.
    #[schema(minimum = 0, example = 2)]
    failed_sign_ins: i64,
    /// Users who signed in or refreshed a session.
    #[schema(minimum = 0, example = 17)]
    active_users: i64,
}

schema! {
    /// Numbers of users by name.
    CountsByName = counts_by_name().into()
}

fn counts_by_name() -> Object {
    let count: Schema = integer(KnownFormat::Int64).minimum(Some(0)).build().into();
    ObjectBuilder::new()
        .description(Some("Numbers of users, by name."))
        .additional_properties(Some(AdditionalProperties::RefOr(count.into())))
        .examples([serde_json::json!({ "active": 12, "suspended": 1 })])
        .build()
}

/// Which period the statistics are about.
#[derive(Debug)]
pub struct StatisticsQuery {
    days: Option<Days>,
}

impl QueryValue for Days {
    const SCHEMA: ParameterSchema = ParameterSchema::Inline(days);
    const FAULT: &'static str = "out_of_range";

    fn detail() -> Cow<'static, str> {
        format!("must be an integer from {MIN_DAYS} to {MAX_DAYS}").into()
    }

    fn read(text: &str) -> Option<Self> {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|_| digits).and_then(Self::new)
    }

    fn write(&self) -> String {
        self.get().to_string()
    }
}

fn days() -> Schema {
    let days = integer(KnownFormat::Int32).minimum(Some(MIN_DAYS)).maximum(Some(MAX_DAYS));
    days.default(Some(DEFAULT_DAYS.get().into())).build().into()
}

impl Query for StatisticsQuery {
    fn parameters() -> Vec<Parameter> {
        vec![Parameter::filter::<Days>("days", "Number of days, today included")]
    }

    fn read(parameters: &mut Parameters) -> Option<Self> {
        Some(Self { days: parameters.value("days") })
    }

    #[cfg(any(test, fuzzing))]
    fn own_href(&self) -> Option<String> {
        self.days.map(|days| format!("?days={}", days.write()))
    }
}

operation! {
    /// Get statistics
    ///
    /// Returns how many users there are, by status and role, and what happened on each of the last days: registrations,
    /// completed and refused sign-ins, and active users. It takes the same time for any number of users.
    GetStatistics
}

pub async fn handle(request: AuthorizedRequest<GetStatistics>) -> Result<Represented<StatisticsResource>, Problem> {
    let days = request.query.days;
    let statistics = request.service.database.statistics(days.unwrap_or(DEFAULT_DAYS)).await?;
    request.still_allowed().await?;
    let view = request.view(StatisticsResource::KIND);
    let path = view.href(GetStatistics::SPEC);
    let own = days.map_or_else(|| path.clone(), |days| format!("{path}?days={}", days.write()));
    let mut links = vec![("self", Link::get(own))];
    if let Some(template) = request.service.api.search_template(GetStatistics::SPEC) {
        links.push(("search", Link::template(format!("{path}{template}"))));
    }
    let statistics = Representation::new(members(statistics), view, links, request.media);
    request.send(StatusCode::OK, &[], &statistics).map(Represented::new)
}

fn members(statistics: Statistics) -> Members {
    let Statistics { mut by_status, mut by_role, days } = statistics;
    for status in Status::NAMES {
        by_status.entry((*status).to_owned()).or_default();
    }
    for role in [RoleName::ADMIN, RoleName::USER] {
        by_role.entry(role.as_str().to_owned()).or_default();
    }
    Members { users: UserCounts { by_status, by_role }, days: days.iter().map(Day::from).collect() }
}

impl From<&DayCounts> for Day {
    fn from(counts: &DayCounts) -> Self {
        let DayCounts { date, registrations, sign_ins, failed_sign_ins, active_users } = *counts;
        Self { date: date.to_string(), registrations, sign_ins, failed_sign_ins, active_users }
    }
}
