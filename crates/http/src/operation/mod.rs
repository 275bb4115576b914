//! The vocabulary of operations: what a row of the table says, and the types that its handler has to agree with.
//!
//! This module is the ground floor. It knows no resource and no handler; `table.rs` brings them together.

mod document;
pub mod parameter;
pub mod resource;
pub mod response;
pub mod schema;
mod target;

pub(crate) use document::operation;
pub use document::{Documented, unwrapped};
pub use parameter::Parameter;
pub use resource::{Exported, Listed, ResourceType};
pub use response::{Response, ResponseSpec};
pub use target::{CurrentValue, FieldOptions, FieldValue, PathParameters, PathValue, Target, path_parameters};

use crate::{
    problem::Conflict,
    request::{
        body::{Alternative, Body, Encoding, Field, InvalidBody},
        query::Query,
    },
};
use actix_web::{Route, http::Method};
use response::PageOf;
use std::any::TypeId;
use usher_domain::policy::{Action, Resource};

/// What a representation is of: a resource or a page of it, by the type that stands for it.
#[derive(Clone, Copy)]
pub struct ResourceKind {
    id: TypeId,
    /// The name of its schema.
    name: &'static str,
}

impl ResourceKind {
    pub const fn of_resource<R: ResourceType>() -> Self {
        Self { id: TypeId::of::<R>(), name: R::NAME }
    }

    pub const fn of_page<R: Listed>() -> Self {
        Self { id: TypeId::of::<PageOf<R>>(), name: R::PAGE_NAME }
    }
}

impl PartialEq for ResourceKind {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for ResourceKind {}

impl std::fmt::Debug for ResourceKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// On a representation of kind `on`, the operation is linked under `relation`.
#[derive(Debug, Clone, Copy)]
pub struct Affordance {
    pub on: ResourceKind,
    pub relation: &'static str,
    /// Whether it leads to a part of a list.
    pub filter: Option<LinkFilter>,
}

/// The part of a list whose items have something in common with a resource.
#[derive(Debug, Clone, Copy)]
pub struct LinkFilter {
    /// The parameter of the query.
    pub parameter: &'static str,
    /// The path parameter of the resource that has the value.
    pub by: &'static str,
}

/// Which credentials an operation reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authentication {
    /// None: `Authorization` is ignored.
    None,
    /// A user's access token, if there is one; an invalid one is an error.
    Optional,
    /// A user's access token.
    Required,
    /// The credential of a service, by HTTP Basic.
    Client,
}

/// One row of the table: everything that is known of an operation.
#[derive(Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a property of its own")]
pub struct OperationSpec {
    pub id: &'static str,
    pub method: Method,
    pub path: &'static str,
    /// The group of operations that it belongs to in the document.
    pub tag: &'static str,
    /// The lines of its documentation: a summary, an empty line, the description.
    pub documentation: &'static [&'static str],
    pub authentication: Authentication,
    pub action: Action,
    pub affordances: &'static [Affordance],
    pub body: BodySpec,
    /// Fields of the body that need permission for an action of their own.
    pub field_permissions: &'static [(&'static str, Action)],
    pub path_parameters: &'static [Parameter],
    pub query_parameters: fn() -> Vec<Parameter>,
    /// Whether it honours `If-Match`.
    pub conditional: bool,
    pub response: ResponseSpec,
    /// Conflicts that the database finds, besides those that the policy decides.
    pub conflicts: &'static [Conflict],
    /// Whether attempts are rate-limited.
    pub rate_limited: bool,
    /// Whether its query names a position, which can be one that is not kept any more (410).
    pub positioned: bool,
    /// Calls the given function with the target in every state that the policy distinguishes, the usual one first.
    pub target_states: States,
    /// Whether the target is always the user who calls.
    pub on_caller: bool,
    pub route: fn() -> Route,
    /// The properties of every query and body that is sent to it.
    #[cfg(any(test, fuzzing))]
    pub checks: crate::fuzzing::Checks,
}

/// Calls the given function with a resource in each of its states.
pub type States = fn(&mut dyn FnMut(&Resource<'_>));

/// What an operation takes as a body.
#[derive(Clone, Copy)]
pub struct BodySpec {
    pub encoding: Encoding,
    pub fields: &'static [Field],
    /// The name of its schema; `None` if there is no body.
    pub name: Option<&'static str>,
    pub description: &'static str,
    /// The forms that it can take, if there are several.
    pub alternatives: &'static [Alternative],
    /// The response to an invalid body, or to an invalid query if there is no body.
    pub invalid: InvalidBody,
    /// Whether the body may be left out.
    pub is_optional: bool,
}

impl BodySpec {
    pub const fn of<B: Body>() -> Self {
        Self {
            encoding: B::ENCODING,
            fields: B::FIELDS,
            name: B::NAME,
            description: B::DESCRIPTION,
            alternatives: B::ALTERNATIVES,
            invalid: B::INVALID,
            is_optional: B::IS_OPTIONAL,
        }
    }
}

/// The types of an operation. A handler that disagrees with its row does not compile.
pub trait Operation: Documented + 'static {
    const SPEC: &'static OperationSpec;
    type Target: Target;
    type Query: Query;
    type Body: Body;
    type Response: Response;
}

impl OperationSpec {
    /// The first line of the documentation.
    pub fn summary(&self) -> &'static str {
        self.documentation.first().map_or("", |line| line.trim())
    }

    /// What follows the summary, one line a paragraph.
    pub fn description(&self) -> Option<String> {
        let text = unwrapped(self.documentation.get(1..).unwrap_or_default());
        (!text.is_empty()).then_some(text)
    }

    /// The path with the examples of its parameters.
    pub fn example_path(&self) -> String {
        self.path_parameters.iter().fold(self.path.to_owned(), |path, parameter| {
            path.replace(&format!("{{{}}}", parameter.name), parameter.example.unwrap_or_default())
        })
    }

    /// The URI template of its query (RFC 6570): the filters, and the position of the page of a list. `None` if there are no
    /// filters.
    pub fn search_template(&self) -> Option<String> {
        parameter::search_template(&(self.query_parameters)())
    }

    /// The relation under which it is linked on `kind`, if it is.
    pub fn relation_on(&self, kind: ResourceKind) -> Option<&'static str> {
        self.affordances.iter().find(|affordance| affordance.on == kind).map(|affordance| affordance.relation)
    }
}

/// The operations of a service.
pub type Table = &'static [&'static OperationSpec];

/// The first operation of the table that needs permission for this action.
pub fn operation_for(table: Table, action: Action) -> Option<&'static OperationSpec> {
    table.iter().copied().find(|spec| spec.action == action)
}
