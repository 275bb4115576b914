//! Queries of lists: filters, order and page. One definition gives the reader, the links of the page, the URI template and the
//! parameters in the document.

use crate::{
    operation::parameter::{Parameter, ParameterSchema, integer, string},
    request::{
        page_request::PageRequest,
        query::{Parameters, Query},
    },
};
use std::marker::PhantomData;
use usher_domain::{
    cursor::Cursor,
    page::{DEFAULT_LIMIT, MAX_LIMIT},
};
use utoipa::openapi::{KnownFormat, Schema};

/// The filters and the order of a list.
pub trait Filters: Sized + 'static {
    type Cursor: Cursor;
    /// The largest offset, if it is limited.
    const MAX_OFFSET: Option<i64> = None;

    fn parameters() -> Vec<Parameter>;
    fn read(parameters: &mut Parameters) -> Self;
    /// The parameters that were sent; every link to the same list repeats them.
    fn pairs(&self) -> Vec<(&'static str, String)>;
    /// Whether a cursor belongs to this list, as far as the query shows.
    fn accepts(&self, _: &Self::Cursor) -> bool {
        true
    }
}

/// Declares filters. Each is optional; its doc comment is its description in the document.
macro_rules! filters {
    (
        $(#[doc = $about:literal])+
        pub struct $name:ident { $( $(#[doc = $doc:literal])+ $field:ident : $type:ty ),+ $(,)? }
    ) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone, Default)]
        pub struct $name { $( $(#[doc = $doc])+ pub $field: Option<$type> ),+ }

        impl $name {
            fn parameters() -> Vec<$crate::operation::parameter::Parameter> {
                vec![$(
                    $crate::operation::parameter::Parameter::filter::<$type>(
                        stringify!($field),
                        concat!($($doc),+).trim_ascii(),
                    )
                ),+]
            }

            fn read(parameters: &mut $crate::request::query::Parameters) -> Self {
                Self { $( $field: parameters.value::<$type>(stringify!($field)) ),+ }
            }

            fn pairs(&self) -> Vec<(&'static str, String)> {
                let mut pairs = Vec::new();
                $( pairs.extend(self.$field.as_ref().map(|value| {
                    (stringify!($field), $crate::operation::parameter::QueryValue::write(value))
                })); )+
                pairs
            }
        }
    };
}
pub(crate) use filters;

/// A list without filters, in one order.
#[derive(Debug, Clone, Copy)]
pub struct Unfiltered<C>(PhantomData<C>);

impl<C: Cursor + 'static> Filters for Unfiltered<C> {
    type Cursor = C;

    fn parameters() -> Vec<Parameter> {
        Vec::new()
    }

    fn read(_: &mut Parameters) -> Self {
        Self(PhantomData)
    }

    fn pairs(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}

/// A page of a list.
#[derive(Debug)]
pub struct ListQuery<F: Filters> {
    pub page: PageRequest<F::Cursor>,
    pub filters: F,
}

impl<F: Filters> Query for ListQuery<F> {
    fn parameters() -> Vec<Parameter> {
        // The default of `offset` is not declared in the schema: generated clients send declared defaults, and with a
        // cursor that would be an error.
        let mut parameters = vec![
            Parameter {
                name: "limit",
                description: "Maximum number of items on the page",
                schema: ParameterSchema::Inline(limit),
                example: None,
                filters: false,
            },
            Parameter {
                name: "offset",
                description: "Number of items to skip (default 0); cannot be combined with `cursor`",
                schema: ParameterSchema::Inline(offset::<F>),
                example: None,
                filters: false,
            },
            Parameter {
                name: "cursor",
                description: "Opaque cursor from a `next` or `prev` link",
                schema: ParameterSchema::Inline(cursor),
                example: None,
                filters: false,
            },
        ];
        parameters.extend(F::parameters());
        parameters
    }

    fn read(parameters: &mut Parameters) -> Option<Self> {
        let filters = F::read(parameters);
        let page = PageRequest::read(parameters, |cursor| filters.accepts(cursor))?;
        Some(Self { page, filters })
    }

    #[cfg(any(test, fuzzing))]
    fn own_href(&self) -> Option<String> {
        Some(format!("?{}", self.page.query_from(&self.page.start, &self.filters.pairs())))
    }
}

fn limit() -> Schema {
    let limit = integer(KnownFormat::Int32).minimum(Some(1)).maximum(Some(MAX_LIMIT));
    limit.default(Some(DEFAULT_LIMIT.into())).build().into()
}

fn offset<F: Filters>() -> Schema {
    integer(KnownFormat::Int64).minimum(Some(0)).maximum(F::MAX_OFFSET).build().into()
}

fn cursor() -> Schema {
    string().pattern(Some("^[A-Za-z0-9_-]+$")).build().into()
}
