//! Building blocks of JSON Schemas for the OpenAPI document.

use usher_domain::Rule;
use utoipa::{
    ToSchema,
    openapi::{ArrayBuilder, Object, ObjectBuilder, Ref, RefOr, Schema, SchemaFormat, Type, extensions::Extensions},
};

/// A schema under its name.
pub type NamedSchema = (String, RefOr<Schema>);

/// The schema of a type, and of all types that it refers to.
pub fn add<T: ToSchema>(schemas: &mut Vec<NamedSchema>) {
    schemas.push((T::name().into_owned(), T::schema()));
    T::schemas(schemas);
}

/// Declares a type that stands for a schema of the document.
macro_rules! schema {
    ($(#[doc = $about:literal])* $name:ident = $schema:expr) => {
        $(#[doc = $about])*
        pub struct $name;

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                $schema
            }
        }

        impl utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
        }
    };
}
pub(crate) use schema;

/// A reference to a schema, with a description of its own.
pub fn reference(name: &str, about: &str) -> Ref {
    Ref::builder().ref_location_from_schema_name(name).description(Some(about)).build()
}

/// An array of a named schema.
pub fn list(about: &str, items: &str) -> Schema {
    ArrayBuilder::new().items(Ref::from_schema_name(items)).description(Some(about)).build().into()
}

/// utoipa describes the reference in a choice of it or null; the description is the choice's.
fn describe_choice(member: &mut RefOr<Schema>) {
    let RefOr::T(Schema::OneOf(choice)) = member else { return };
    choice.description = choice.items.iter_mut().find_map(|item| match item {
        RefOr::Ref(reference) => Some(std::mem::take(&mut reference.description)),
        RefOr::T(_) => None,
    });
}

/// The members of a resource, or of an object in it.
pub fn members(mut schema: RefOr<Schema>) -> RefOr<Schema> {
    if let RefOr::T(Schema::Object(object)) = &mut schema {
        object.properties.values_mut().for_each(describe_choice);
    }
    schema
}

/// A resource's own members with its links and forms.
pub fn resource(schema: RefOr<Schema>, links: &str) -> RefOr<Schema> {
    let mut schema = members(schema);
    let RefOr::T(Schema::Object(object)) = &mut schema else { return schema };
    object.properties.insert("_links".to_owned(), Ref::from_schema_name(links).into());
    object.required.push("_links".to_owned());
    let forms = reference("Templates", "A form for each unsafe link; only in `application/prs.hal-forms+json`");
    object.properties.insert("_templates".to_owned(), forms.into());
    schema
}

pub fn described(kind: Type, about: &str, example: &str) -> Object {
    ObjectBuilder::new().schema_type(kind).description(Some(about)).examples([example]).build()
}

/// A text that follows a rule.
pub fn text(rule: &Rule, description: &str) -> Object {
    let free = rule.options.is_empty();
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(description))
        .format(rule.format.map(|format| SchemaFormat::Custom(format.to_owned())))
        .min_length((free && rule.min > 0).then_some(rule.min))
        .max_length(free.then_some(rule.max))
        .pattern(rule.pattern)
        .enum_values((rule.options.len() > 1).then(|| rule.options.iter().copied()))
        .extensions(extensions(rule.options))
        .examples([rule.example])
        .build()
}

/// A text with known values, to which later releases add others. It is no enumeration: clients generated from one refuse
/// other values.
pub fn open_text(known: &[&str], about: &str) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(format!("{about} Known values: `{}`; later releases add others.", known.join("`, `"))))
        .examples(known.iter().copied())
        .build()
}

/// What utoipa has no word for: the value that is the only one, and names for values that begin with a sign, which
/// generators would number.
fn extensions(options: &[&str]) -> Option<Extensions> {
    if let [only] = options {
        return Some(Extensions::from_iter([("const", *only)]));
    }
    let signed = options.iter().any(|option| option.starts_with('-'));
    signed.then(|| Extensions::from_iter([("x-enum-varnames", options.iter().map(spoken).collect::<Vec<_>>())]))
}

/// The option as a name in a programming language: `CreatedAtDescending` for `-created_at`.
fn spoken(option: &&str) -> String {
    let (words, direction) = option.strip_prefix('-').map_or((*option, ""), |words| (words, "Descending"));
    let letters = words.split('_').flat_map(|word| {
        let mut letters = word.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        first.into_iter().chain(letters)
    });
    letters.chain(direction.chars()).collect()
}
