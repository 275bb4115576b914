//! Pages of any list: which one is asked for, and where one can go from there.

use crate::{
    call::Call,
    links::{Link, Seen},
    media::Media,
    operations::Operation,
    problem::Problem,
    query::Parameters,
    representation::Representation,
};
use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};
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
pub struct Part<C> {
    pub limit: u32,
    pub start: Start<C>,
}

impl<C: Cursor> Part<C> {
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

impl Part<IdCursor> {
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
pub struct Listing<'a, C> {
    /// Where it is, without a query.
    pub path: String,
    pub part: &'a Part<C>,
    /// The parameters that all pages of the list have in common.
    pub filters: Vec<(&'static str, String)>,
    /// The names of the parameters that choose another list of these items, for a template (RFC 6570).
    pub search: &'static str,
    /// The name of the items in `_embedded`.
    pub items: &'static str,
}

impl<C: Cursor> Listing<'_, C> {
    /// Where the page itself is.
    pub fn own_href(&self) -> String {
        self.href(&self.part.start)
    }

    /// The same list from another start.
    fn href(&self, start: &Start<C>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("limit", &self.part.limit.to_string());
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
    fn steps<T>(&self, page: &Page<T, C>) -> Vec<(&'static str, String)> {
        let limit = i64::from(self.part.limit);
        let mut steps = vec![("first", self.href(&Start::Offset(0)))];
        steps.extend(page.prev.as_ref().map(|start| ("prev", self.href(start))));
        steps.extend(page.next.as_ref().map(|start| ("next", self.href(start))));
        if page.total > 0 && page.counted {
            steps.push(("last", self.href(&Start::Offset((page.total - 1) / limit * limit))));
        }
        steps
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
pub struct Sheet<B> {
    pub body: B,
    pub steps: String,
}

impl<C: Cursor> Listing<'_, C> {
    /// A page of the list as `seen`, each of its items represented by `item`; `more` are members beside those that every
    /// page has.
    pub fn represent<'a, T, R: Serialize + 'a, M: Serialize>(
        &self,
        page: &'a Page<T, C>,
        seen: Seen<'a>,
        media: Media,
        more: M,
        item: impl Fn(&'a T) -> Representation<'a, R>,
    ) -> Sheet<Representation<'a, Members<Representation<'a, R>, M>>> {
        let steps = self.steps(page);
        let header = steps.iter().map(|(relation, href)| format!("<{href}>; rel=\"{relation}\"")).collect::<Vec<_>>();
        let mut links = vec![("self", Link::get(self.own_href()))];
        links.extend(steps.into_iter().map(|(relation, href)| (relation, Link::get(href))));
        if !self.search.is_empty() {
            links.push(("search", Link::template(format!("{}{{?{}}}", self.path, self.search))));
        }
        let members = Members {
            total: page.total,
            limit: self.part.limit,
            offset: page.offset,
            more,
            embedded: Embedded { name: self.items, items: page.items.iter().map(item).collect() },
        };
        Sheet { body: Representation::new(members, seen, links, media), steps: header.join(", ") }
    }
}

impl<O: Operation> Call<O> {
    /// A page of a list.
    pub fn page(&self, sheet: Sheet<impl Serialize>) -> Result<HttpResponse, Problem> {
        self.send(StatusCode::OK, &[(header::LINK, sheet.steps)], &sheet.body)
    }
}
