//! The list of users.

use super::{Status, UserCollection, UserResource, represent};
use crate::{
    hypermedia::{
        links::{ResourceView, Viewer},
        media::Media,
        pagination::{Collection, PageResponse},
    },
    operation::{
        Listed, ResourceType, operation,
        parameter::{Parameter, ParameterSchema, QueryValue, named_query_value, string},
        response::PageOf,
        schema::{schema, text},
    },
    problem::Problem,
    request::{
        AuthorizedRequest,
        filters::{Filters, ListQuery, filters},
        query::Parameters,
    },
};
use serde::Serialize;
use std::borrow::Cow;
use usher_domain::{
    ExternalId, RoleName, Rule, Text as _, User, checked,
    cursor::UserCursor,
    page::{MAX_QUERY, Page, UserFilter, UserOrder},
};
use usher_persistence::TargetIds;
use utoipa::{PartialSchema as _, ToSchema as _, openapi::Schema};

filters! {
    /// Chooses users and their order.
    pub struct UserFilters {
        /// Part of the username or e-mail address, such as `ada`, case-insensitive; with fewer than three characters, a prefix
        q: SearchText,
        /// Only users with this role, such as `support`
        role: RoleName,
        /// Only users with this status
        status: usher_domain::Status,
        /// Only the user with this `external_id`, which is compared exactly
        external_id: ExternalId,
        /// Sort order (default `created_at`, oldest first)
        sort: UserOrder,
    }
}

impl Filters for UserFilters {
    type Cursor = UserCursor;

    fn parameters() -> Vec<Parameter> {
        Self::parameters()
    }

    fn read(parameters: &mut Parameters) -> Self {
        Self::read(parameters)
    }

    fn pairs(&self) -> Vec<(&'static str, String)> {
        self.pairs()
    }

    fn accepts(&self, cursor: &UserCursor) -> bool {
        cursor.suits(self.order(), &self.filter())
    }
}

impl UserFilters {
    pub fn order(&self) -> UserOrder {
        self.sort.unwrap_or_default()
    }

    pub fn filter(&self) -> UserFilter {
        UserFilter {
            q: self.q.as_ref().map(|q| q.0.clone()),
            role: self.role.clone(),
            status: self.status,
            external_id: self.external_id.clone(),
        }
    }
}

/// The query of the list of users.
pub type UserListQuery = ListQuery<UserFilters>;

/// A text to search for.
#[derive(Debug, Clone)]
pub struct SearchText(String);

impl QueryValue for SearchText {
    const SCHEMA: ParameterSchema = ParameterSchema::Inline(search_text);
    const FAULT: &'static str = "too_long";

    fn detail() -> Cow<'static, str> {
        format!("must have at most {MAX_QUERY} characters").into()
    }

    fn read(text: &str) -> Option<Self> {
        (text.chars().take(MAX_QUERY + 1).count() <= MAX_QUERY).then(|| Self(text.to_owned()))
    }

    fn write(&self) -> String {
        self.0.clone()
    }
}

fn search_text() -> Schema {
    string().max_length(Some(MAX_QUERY)).build().into()
}

impl QueryValue for ExternalId {
    const SCHEMA: ParameterSchema = ParameterSchema::Inline(external_id);
    const FAULT: &'static str = "bad_external_id";

    fn detail() -> Cow<'static, str> {
        format!("must have 1 to {} characters, and no control characters", Self::RULE.max).into()
    }

    fn read(text: &str) -> Option<Self> {
        checked(text).ok()
    }

    fn write(&self) -> String {
        self.as_str().to_owned()
    }
}

fn external_id() -> Schema {
    let Rule { min, max, .. } = ExternalId::RULE;
    string().min_length(Some(min)).max_length(Some(max)).build().into()
}

named_query_value!(usher_domain::Status, || (Status::name().into_owned(), Status::schema()));

schema! {
    /// What a list of users is sorted by.
    UserSort = {
        let rule = Rule::one_of(UserOrder::NAMES);
        text(&rule, "Sort order of users; `-` means descending. Ties are broken by id.").into()
    }
}

named_query_value!(UserOrder, || (UserSort::name().into_owned(), UserSort::schema()));

operation! {
    /// List users
    ///
    /// Returns a page of the users that match the filters. Follow `next` and `prev` to read all pages: no user is
    /// skipped or repeated while others are created or deleted, and every page takes the same time.
    ListUsers
}

pub async fn handle(request: AuthorizedRequest<ListUsers>) -> Result<PageOf<UserResource>, Problem> {
    let UserListQuery { page: page_request, filters } = &request.query;
    let database = &request.service.database;
    let page = database.list_users(&filters.filter(), filters.order(), &page_request.start, page_request.limit).await?;
    request.still_allowed().await?;
    request.page(represent_page(&request.query, &page, request.viewer(), request.media))
}

/// The requested page, as `viewer` sees it.
pub fn represent_page<'a>(
    query: &UserListQuery,
    page: &'a Page<User, UserCursor>,
    viewer: Viewer<'a>,
    media: Media,
) -> PageResponse<impl Serialize + use<'a>> {
    let view = ResourceView::of_target::<UserCollection>(viewer, UserResource::PAGE, TargetIds::NONE, None);
    let collection = Collection::of::<ListUsers, UserResource>(query, view);
    collection.represent(page, view, media, (), |user| represent(viewer, UserResource::KIND, user, media))
}
