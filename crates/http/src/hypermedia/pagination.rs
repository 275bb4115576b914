//! Pages of any list: which one is asked for, and where one can go from there.

use crate::{
    hypermedia::{link::Link, links::ResourceView, media::Media, representation::Representation},
    operation::{Listed, Operation, response::PageOf},
    problem::Problem,
    request::{
        AuthorizedRequest,
        filters::{Filters, ListQuery},
        query::Parameters,
    },
};
use actix_web::http::{StatusCode, header};
use serde::{
    Serialize,
    ser::{SerializeMap, Serializer},
};
use usher_domain::{
    cursor::{Cursor, IdCursor},
    page::{DEFAULT_LIMIT, MAX_LIMIT, Page, Start},
};

/// What is wrong with a good cursor in the wrong place.
const OTHER_LIST: &str = "is of a list with another filter or sort";

/// How much of a list, and from where on.
#[derive(Debug)]
pub struct PageRequest<C> {
    pub limit: u32,
    pub start: Start<C>,
}

impl<C: Cursor> PageRequest<C> {
    /// Takes `limit`, `offset` and `cursor`; `suits` says whether a cursor is of the list that is asked for.
    pub fn read(parameters: &mut Parameters, suits: impl FnOnce(&C) -> bool) -> Option<Self> {
        let limit =
            parameters.read("limit", "out_of_range", format!("must be a number from 1 to {MAX_LIMIT}"), |text| {
                whole_number(text)
                    .and_then(|limit| u32::try_from(limit).ok())
                    .filter(|limit| (1..=MAX_LIMIT).contains(limit))
            });
        let offset = parameters.read("offset", "out_of_range", "must be a whole number from 0", whole_number);
        let cursor = parameters.read("cursor", "invalid_cursor", "is no cursor of this service", C::decode);
        let start = match (cursor, offset) {
            (Some(_), Some(_)) => {
                parameters.fault("cursor", "cursor_and_offset", "cannot go with an offset");
                return None;
            }
            (Some(cursor), None) => {
                if !suits(&cursor) {
                    parameters.fault("cursor", "invalid_cursor", OTHER_LIST);
                    return None;
                }
                Start::Cursor(cursor)
            }
            (None, offset) => Start::Offset(offset.unwrap_or(0)),
        };
        Some(Self { limit: limit.unwrap_or(DEFAULT_LIMIT), start })
    }
}

impl PageRequest<IdCursor> {
    /// Refuses a cursor that is not of the list of that name.
    pub fn of(&self, list: &str) -> Result<(), Problem> {
        match &self.start {
            Start::Cursor(cursor) if !cursor.suits(list) => Err(Problem::field("cursor", "invalid_cursor", OTHER_LIST)),
            _ => Ok(()),
        }
    }
}

/// Digits only: no sign, no space; at most what Postgres can count.
fn whole_number(text: &str) -> Option<i64> {
    text.bytes().all(|digit| digit.is_ascii_digit()).then(|| text.parse().ok())?
}

/// A list that is walked in pages.
pub struct Collection<'a, C> {
    /// Where it is, without a query.
    pub path: String,
    pub request: &'a PageRequest<C>,
    /// The parameters that all pages of the list have in common.
    pub filters: Vec<(&'static str, String)>,
    /// The template of the query of such lists (RFC 6570), where they have filters.
    pub search: Option<String>,
    /// The name of the items in `_embedded`.
    pub items: &'static str,
}

impl<'a, C: Cursor> Collection<'a, C> {
    /// The list that the operation answers with.
    pub fn of<O, R>(query: &'a ListQuery<impl Filters<Cursor = C>>, view: ResourceView<'_>) -> Self
    where
        O: Operation,
        R: Listed,
    {
        Self {
            path: view.href(O::SPEC),
            request: &query.page,
            filters: query.filters.pairs(),
            search: O::SPEC.search_template(),
            items: R::ITEMS,
        }
    }
}

impl<C: Cursor> Collection<'_, C> {
    /// Where the page itself is.
    pub fn own_href(&self) -> String {
        self.href(&self.request.start)
    }

    /// The same list from another start.
    fn href(&self, start: &Start<C>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("limit", &self.request.limit.to_string());
        match start {
            Start::Offset(0) => {}
            Start::Offset(offset) => {
                query.append_pair("offset", &offset.to_string());
            }
            Start::Cursor(cursor) => {
                query.append_pair("cursor", &cursor.encode());
            }
        }
        for (name, value) in &self.filters {
            query.append_pair(name, value);
        }
        format!("{}?{}", self.path, query.finish())
    }

    /// Where one can go from a page.
    fn page_links<T>(&self, page: &Page<T, C>) -> Vec<(&'static str, String)> {
        let limit = i64::from(self.request.limit);
        let mut page_links = vec![("first", self.href(&Start::Offset(0)))];
        page_links.extend(page.prev.as_ref().map(|start| ("prev", self.href(start))));
        page_links.extend(page.next.as_ref().map(|start| ("next", self.href(start))));
        if page.total > 0 && page.counted {
            page_links.push(("last", self.href(&Start::Offset((page.total - 1) / limit * limit))));
        }
        page_links
    }
}

/// The members that every page has.
#[derive(Serialize)]
pub struct Members<T, M> {
    total: i64,
    limit: u32,
    offset: i64,
    #[serde(flatten)]
    more: M,
    #[serde(rename = "_embedded")]
    embedded: Embedded<T>,
}

struct Embedded<T> {
    name: &'static str,
    items: Vec<T>,
}

impl<T: Serialize> Serialize for Embedded<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(self.name, &self.items)?;
        map.end()
    }
}

/// A page as it is sent: its body, and where one can go from it for the header field `Link` (RFC 8288).
pub struct PageResponse<B> {
    pub body: B,
    pub link_header: String,
}

impl<C: Cursor> Collection<'_, C> {
    /// A page of the list as `seen`, each of its items represented by `item`; `more` are members beside those that every
    /// page has.
    pub fn represent<'a, T, R: Serialize + 'a, M: Serialize>(
        &self,
        page: &'a Page<T, C>,
        view: ResourceView<'a>,
        media: Media,
        more: M,
        item: impl Fn(&'a T) -> Representation<'a, R>,
    ) -> PageResponse<Representation<'a, Members<Representation<'a, R>, M>>> {
        let page_links = self.page_links(page);
        let header =
            page_links.iter().map(|(relation, href)| format!("<{href}>; rel=\"{relation}\"")).collect::<Vec<_>>();
        let mut links = vec![("self", Link::get(self.own_href()))];
        links.extend(page_links.into_iter().map(|(relation, href)| (relation, Link::get(href))));
        if let Some(template) = &self.search {
            links.push(("search", Link::template(format!("{}{template}", self.path))));
        }
        let members = Members {
            total: page.total,
            limit: self.request.limit,
            offset: page.offset,
            more,
            embedded: Embedded { name: self.items, items: page.items.iter().map(item).collect() },
        };
        PageResponse { body: Representation::new(members, view, links, media), link_header: header.join(", ") }
    }
}

impl<O: Operation> AuthorizedRequest<O> {
    /// A page of a list.
    pub fn page<R: Listed>(&self, page: PageResponse<impl Serialize>) -> Result<PageOf<R>, Problem> {
        self.send(StatusCode::OK, &[(header::LINK, page.link_header)], &page.body).map(PageOf::new)
    }
}
