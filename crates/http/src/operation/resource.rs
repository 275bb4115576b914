//! What a representation is made of, for the document: its members, its links, and where its ids are.

use super::{ResourceKind, response::Content};
use crate::operation::schema::{self, NamedSchema};
use usher_domain::{page::DEFAULT_LIMIT, policy::Principal};
use usher_persistence::ExportedRow;
use utoipa::{
    PartialSchema as _, ToSchema,
    openapi::{ArrayBuilder, KnownFormat, Object, ObjectBuilder, Ref, RefOr, Schema, SchemaFormat, Type},
};

/// A resource that operations answer with.
pub trait ResourceType: Sized + 'static {
    const KIND: ResourceKind = ResourceKind::of_resource::<Self>();
    /// The name of its schema; that of its links is this and `Links`.
    const NAME: &'static str;
    /// The description of its links.
    const LINKS: &'static str;
    /// The header fields of an answer that shows it alone, each with its description.
    const HEADERS: &'static [(&'static str, &'static str)] = &[];
    /// The path parameters whose values the representation contains, each with the JSON Pointer of the value.
    const IDS: &'static [(&'static str, &'static str)] = &[];
    /// Whether everybody who sees it may also read it alone, so that it always has the link `self`.
    const HAS_SELF: bool = true;
    /// Links that no operation of the table is on it for: each with its description and an example of its query.
    const MORE_LINKS: &'static [(&'static str, &'static str, &'static str)] = &[];
    /// Other kinds that it also is a representation of.
    const ALSO: &'static [ResourceKind] = &[];
    /// Its own members.
    type Members: ToSchema;

    /// Adds to the document what it embeds.
    fn embedded(_: &mut Content) {}
}

/// A resource that is listed in pages.
pub trait Listed: ResourceType {
    /// What a page of it is.
    const PAGE: ResourceKind = ResourceKind::of_page::<Self>();
    /// The name of the schema of a page.
    const PAGE_NAME: &'static str;
    /// The description of the links of a page.
    const PAGE_LINKS: &'static str;
    /// The name of the schema of `_embedded`.
    const EMBEDDED: &'static str;
    /// The name of the items in `_embedded`.
    const ITEMS: &'static str;

    /// The members of a page besides those that every page has.
    fn more_members(page: ObjectBuilder) -> ObjectBuilder {
        page
    }
}

/// A resource of users that is exported, oldest first.
pub trait Exported: Listed {
    type Row: ExportedRow;
    /// The description of the list.
    const ABOUT: &'static str;
    /// The name of the schema of an item: the members without links.
    const EXPORTED_NAME: &'static str;

    /// The schema of an item.
    fn exported_schema() -> RefOr<Schema> {
        schema::members(Self::Members::schema())
    }

    /// Writes a row as its owner, `reader`, may see it.
    fn write(row: &Self::Row, reader: &Principal, file: &mut Vec<u8>) -> serde_json::Result<()>;
}

/// The links of a representation, as the document describes them.
#[derive(Debug, Clone, Copy)]
pub struct LinksSpec {
    pub name: &'static str,
    pub kind: ResourceKind,
    pub about: &'static str,
    pub is_page: bool,
    /// Whether the link `self` is always there.
    pub has_self: bool,
    /// Those of [`ResourceType::MORE_LINKS`].
    pub more: &'static [(&'static str, &'static str, &'static str)],
}

impl LinksSpec {
    /// The links of one resource.
    pub const fn of<R: ResourceType>() -> Self {
        Self {
            name: R::NAME,
            kind: R::KIND,
            about: R::LINKS,
            is_page: false,
            has_self: R::HAS_SELF,
            more: R::MORE_LINKS,
        }
    }
}

/// Adds the schema of a resource and those that it refers to.
pub fn add<R: ResourceType>(schemas: &mut Vec<NamedSchema>) {
    let links = format!("{}Links", R::NAME);
    schemas.push((R::NAME.to_owned(), schema::resource(R::Members::schema(), &links)));
    let mut referred = Vec::new();
    R::Members::schemas(&mut referred);
    schemas.extend(referred.into_iter().map(|(name, schema)| (name, schema::members(schema))));
}

/// Adds a resource that another one embeds.
pub fn embed<R: ResourceType>(content: &mut Content) {
    add::<R>(&mut content.schemas);
    content.links.push(LinksSpec::of::<R>());
}

/// Adds the schema of a page of a resource and those that it refers to.
pub fn add_page<R: Listed>(schemas: &mut Vec<NamedSchema>) {
    let links = format!("{}Links", R::PAGE_NAME);
    schemas.push((R::PAGE_NAME.to_owned(), schema::resource(page::<R>().into(), &links)));
    let items = ArrayBuilder::new().items(Ref::from_schema_name(R::NAME)).description(Some("The items, in list order"));
    let embedded =
        ObjectBuilder::new().description(Some("The items of a page.")).property(R::ITEMS, items).required(R::ITEMS);
    schemas.push((R::EMBEDDED.to_owned(), embedded.build().into()));
    add::<R>(schemas);
}

fn page<R: Listed>() -> Object {
    let number = |about: &str, example: i64| {
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
            .minimum(Some(0))
            .description(Some(about))
            .examples([example])
    };
    let page = ObjectBuilder::new()
        .description(Some("A page of a list."))
        .property("total", number("Number of items that match the filters", 42))
        .required("total")
        .property("limit", number("Maximum number of items on this page", i64::from(DEFAULT_LIMIT)))
        .required("limit")
        .property("offset", number("Number of items before this page", 0))
        .required("offset")
        .property("_embedded", Ref::from_schema_name(R::EMBEDDED))
        .required("_embedded");
    R::more_members(page).build()
}
