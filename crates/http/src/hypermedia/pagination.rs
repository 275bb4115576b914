//! Pages of lists: their members, and the links to other pages.

use crate::{
    hypermedia::{link::Link, links::ResourceView, media::Media, representation::Representation},
    operation::{Listed, Operation, response::PageOf},
    problem::Problem,
    request::{
        AuthorizedRequest,
        filters::{Filters, ListQuery},
        page_request::PageRequest,
    },
};
use actix_web::http::{StatusCode, header};
use serde::{
    Serialize,
    ser::{SerializeMap, Serializer},
};
use usher_domain::{
    cursor::Cursor,
    page::{Page, Start},
};

/// A list that is read page by page.
pub struct Collection<'a, C> {
    /// Its path, without a query.
    pub path: String,
    pub request: &'a PageRequest<C>,
    /// The parameters that all pages of the list have in common.
    pub filters: Vec<(&'static str, String)>,
    /// The URI template of the list (RFC 6570), if it has filters.
    pub search: Option<String>,
    /// The name of the items in `_embedded`.
    pub items: &'static str,
}

impl<'a, C: Cursor> Collection<'a, C> {
    /// The list that the operation responds with.
    pub fn of<O, R>(query: &'a ListQuery<impl Filters<Cursor = C>>, view: ResourceView<'_>) -> Self
    where
        O: Operation,
        R: Listed,
    {
        let path = view.href(O::SPEC);
        let search = view.viewer.api.search_template(O::SPEC).map(|template| format!("{path}{template}"));
        Self { path, request: &query.page, filters: query.filters.pairs(), search, items: R::ITEMS }
    }
}

impl<C: Cursor> Collection<'_, C> {
    /// The URL of the page itself.
    pub fn own_href(&self) -> String {
        self.href(&self.request.start)
    }

    /// The same list from another start.
    fn href(&self, start: &Start<C>) -> String {
        format!("{}?{}", self.path, self.request.query_from(start, &self.filters))
    }

    /// The links from a page to others.
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

/// A page of a response: its body, and the links to other pages for the header field `Link` (RFC 8288).
pub struct PageResponse<B> {
    pub body: B,
    pub link_header: String,
    /// How many items the page has.
    pub length: usize,
}

impl<C: Cursor> Collection<'_, C> {
    /// The representation of a page, with each item represented by `item`; `more` are members besides those of every page.
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
            links.push(("search", Link::template(template.clone())));
        }
        let members = Members {
            total: page.total,
            limit: self.request.limit,
            offset: page.offset,
            more,
            embedded: Embedded { name: self.items, items: page.items.iter().map(item).collect() },
        };
        PageResponse {
            body: Representation::new(members, view, links, media),
            link_header: header.join(", "),
            length: page.items.len(),
        }
    }
}

impl<O: Operation> AuthorizedRequest<O> {
    /// A page of a list.
    pub fn page<R: Listed>(&self, page: PageResponse<impl Serialize>) -> Result<PageOf<R>, Problem> {
        // The list is a resource too.
        let resources = page.length + 1;
        self.send_many(StatusCode::OK, &[(header::LINK, page.link_header)], &page.body, resources).map(PageOf::new)
    }
}
