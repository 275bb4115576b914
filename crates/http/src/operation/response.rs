//! What operations answer with when they succeed. The type of the answer says its status, header fields and schema, so that
//! the document cannot differ from the handler.

use super::{
    ResourceKind,
    resource::{self, LinksSpec, Listed, ResourceType},
};
use crate::operation::schema::{self, NamedSchema};
use actix_web::HttpResponse;
use std::marker::PhantomData;
use utoipa::ToSchema;

/// A successful answer.
pub trait Response {
    const STATUS: u16;
    /// Whether it is a representation, in the form that the caller accepts.
    const NEGOTIATED: bool = false;

    /// What the document says of it.
    fn content() -> Content {
        Content::default()
    }

    fn into_http(self) -> HttpResponse;
}

/// What the document says of an answer.
#[derive(Default)]
pub struct Content {
    /// The header fields, each with its description.
    pub headers: Vec<(&'static str, &'static str)>,
    /// The name of the body's schema, if there is a body.
    pub schema: Option<String>,
    /// That schema and those that it refers to.
    pub schemas: Vec<NamedSchema>,
    /// The links in it.
    pub links: Vec<LinksSpec>,
    /// The resources that it shows.
    pub shows: Vec<Shown>,
}

/// A resource that an answer shows, and where the parameters of its path are (runtime expressions of OpenAPI).
pub struct Shown {
    pub kind: ResourceKind,
    pub parameters: Vec<(&'static str, String)>,
}

/// What a row says about the answer.
#[derive(Clone, Copy)]
pub struct ResponseSpec {
    pub status: u16,
    pub negotiated: bool,
    pub description: &'static str,
    pub content: fn() -> Content,
}

impl ResponseSpec {
    pub const fn of<R: Response>(description: &'static str) -> Self {
        Self { status: R::STATUS, negotiated: R::NEGOTIATED, description, content: R::content }
    }
}

const VARY: (&str, &str) = ("Vary", "The request headers that affect the response");
const LOCATION: (&str, &str) = ("Location", "The URL of the created resource");

/// Declares an answer that is known by its type alone.
macro_rules! answers {
    ($( $(#[doc = $about:literal])+ $name:ident = $status:literal, headers $headers:expr; )+) => { $(
        $(#[doc = $about])+
        pub struct $name(pub(crate) HttpResponse);

        impl Response for $name {
            const STATUS: u16 = $status;

            fn content() -> Content {
                Content { headers: $headers, ..Content::default() }
            }

            fn into_http(self) -> HttpResponse {
                self.0
            }
        }
    )+ };
}

answers! {
    /// 200 without a body.
    Done = 200, headers Vec::new();
    /// 202: it will be done.
    Accepted = 202, headers Vec::new();
    /// 204: it is done.
    NoContent = 204, headers Vec::new();
    /// 303: the answer is elsewhere.
    SeeOther = 303, headers vec![("Location", "The URL of Swagger UI")];
}

impl Default for Done {
    fn default() -> Self {
        Self(HttpResponse::Ok().finish())
    }
}

impl Default for Accepted {
    fn default() -> Self {
        Self(HttpResponse::Accepted().finish())
    }
}

impl Default for NoContent {
    fn default() -> Self {
        Self(HttpResponse::NoContent().finish())
    }
}

/// Declares an answer that carries a type.
macro_rules! carries {
    ($( $(#[doc = $about:literal])+ $name:ident<$type:ident> )+) => { $(
        $(#[doc = $about])+
        pub struct $name<$type>(HttpResponse, PhantomData<$type>);

        impl<$type> $name<$type> {
            /// The response must be what the type says.
            pub(crate) fn new(response: HttpResponse) -> Self {
                Self(response, PhantomData)
            }
        }
    )+ };
}

carries! {
    /// 200 with a representation of a resource.
    Represented<R>
    /// 201 with the representation of a new resource.
    Created<R>
    /// 200 with a page of resources.
    PageOf<R>
    /// 200 with JSON that is not a representation.
    Json<T>
    /// 200 with a file of JSON.
    Download<T>
}

impl<R: ResourceType> Response for Represented<R> {
    const STATUS: u16 = 200;
    const NEGOTIATED: bool = true;

    fn content() -> Content {
        let headers = R::HEADERS.iter().copied().chain([VARY]).collect();
        one::<R>(headers)
    }

    fn into_http(self) -> HttpResponse {
        self.0
    }
}

impl<R: ResourceType> Response for Created<R> {
    const STATUS: u16 = 201;
    const NEGOTIATED: bool = true;

    fn content() -> Content {
        // The place of a new resource is in `Location`.
        let headers = R::HEADERS.iter().copied().filter(|(name, _)| *name != "Content-Location");
        one::<R>(headers.chain([LOCATION, VARY]).collect())
    }

    fn into_http(self) -> HttpResponse {
        self.0
    }
}

fn one<R: ResourceType>(headers: Vec<(&'static str, &'static str)>) -> Content {
    let mut content = Content { headers, schema: Some(R::NAME.to_owned()), ..Content::default() };
    resource::add::<R>(&mut content.schemas);
    content.links.push(LinksSpec::of::<R>());
    R::embedded(&mut content);
    for kind in [R::KIND].iter().chain(R::ALSO) {
        let parameters = R::IDS.iter().map(|(name, pointer)| (*name, format!("$response.body#{pointer}"))).collect();
        content.shows.push(Shown { kind: *kind, parameters });
    }
    content
}

impl<R: Listed> Response for PageOf<R> {
    const STATUS: u16 = 200;
    const NEGOTIATED: bool = true;

    fn content() -> Content {
        let headers = vec![("Link", "Links to other pages (RFC 8288)"), VARY];
        let mut content = Content { headers, schema: Some(R::PAGE_NAME.to_owned()), ..Content::default() };
        resource::add_page::<R>(&mut content.schemas);
        content.links = vec![
            LinksSpec {
                name: R::PAGE_NAME,
                kind: R::PAGE,
                about: R::PAGE_LINKS,
                is_page: true,
                has_self: true,
                more: &[],
            },
            LinksSpec::of::<R>(),
        ];
        let first = |(name, pointer): &(&'static str, &str)| {
            (*name, format!("$response.body#/_embedded/{}/0{pointer}", R::ITEMS))
        };
        content.shows = vec![
            Shown { kind: R::PAGE, parameters: Vec::new() },
            Shown { kind: R::KIND, parameters: R::IDS.iter().map(first).collect() },
        ];
        content
    }

    fn into_http(self) -> HttpResponse {
        self.0
    }
}

impl<T: ToSchema> Response for Json<T> {
    const STATUS: u16 = 200;

    fn content() -> Content {
        json::<T>(Vec::new())
    }

    fn into_http(self) -> HttpResponse {
        self.0
    }
}

impl<T: ToSchema> Response for Download<T> {
    const STATUS: u16 = 200;

    fn content() -> Content {
        json::<T>(vec![("Content-Disposition", "The file name")])
    }

    fn into_http(self) -> HttpResponse {
        self.0
    }
}

fn json<T: ToSchema>(headers: Vec<(&'static str, &'static str)>) -> Content {
    let mut content = Content { headers, schema: Some(T::name().into_owned()), ..Content::default() };
    schema::add::<T>(&mut content.schemas);
    content
}
