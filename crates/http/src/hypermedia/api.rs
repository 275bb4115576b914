//! The API that links lead to: its prefix, its operations, and the settings that decide which of them are offered.

use crate::operation::{LinkFilter, OperationSpec, PathParameters, ResourceKind, Table, operation_for};
use usher_domain::policy::{Action, Resource};

/// Where the API is, its operations, and the settings that decide which of them are offered.
pub struct Api {
    /// The path part of the public URL.
    pub prefix: String,
    /// The service, as the policy is asked about it.
    pub resource: Resource<'static>,
    /// Whether only users with a verified address may sign in.
    pub verified_email: bool,
    pub table: Table,
    /// The links of each kind of representation, so that a page does not search the whole table for each of its items.
    links: Vec<(ResourceKind, Vec<OperationLink>)>,
    /// The URI templates of the operations with filters, by the ids of their operations.
    search_templates: Vec<(&'static str, String)>,
}

/// The relation of the operation by which callers prove again who they are.
pub const STEP_UP: &str = "step-up";

/// A relation, and the operation that it leads to.
#[derive(Clone, Copy)]
pub struct OperationLink {
    pub relation: &'static str,
    pub spec: &'static OperationSpec,
    pub filter: Option<LinkFilter>,
}

impl Api {
    pub fn new(prefix: String, resource: Resource<'static>, verified_email: bool, table: Table) -> Self {
        let mut links: Vec<(ResourceKind, Vec<OperationLink>)> = Vec::new();
        let mut search_templates = Vec::new();
        for spec in table {
            search_templates.extend(spec.search_template().map(|template| (spec.id, template)));
            for affordance in spec.affordances {
                let link = OperationLink { relation: affordance.relation, spec, filter: affordance.filter };
                match links.iter_mut().find(|(kind, _)| *kind == affordance.on) {
                    Some((_, of_kind)) => of_kind.push(link),
                    None => links.push((affordance.on, vec![link])),
                }
            }
        }
        Self { prefix, resource, verified_email, table, links, search_templates }
    }

    /// All links that a representation of this kind can have, in the order of the table.
    pub fn links_on(&self, kind: ResourceKind) -> &[OperationLink] {
        self.links.iter().find(|(of, _)| *of == kind).map_or(&[], |(_, links)| links)
    }

    /// The link to prove again, in one's session, who one is.
    pub fn step_up(&self) -> Option<OperationLink> {
        self.links.iter().flat_map(|(_, links)| links).find(|link| link.relation == STEP_UP).copied()
    }

    /// The URI template of the query of an operation (RFC 6570); `None` if it has no filters.
    pub fn search_template(&self, spec: &OperationSpec) -> Option<&str> {
        self.search_templates.iter().find(|(id, _)| *id == spec.id).map(|(_, template)| template.as_str())
    }

    /// The public path of `path`.
    pub fn href(&self, path: &str) -> String {
        [&self.prefix, path].concat()
    }

    /// The URL of a resource of this kind.
    pub fn url_of(&self, kind: ResourceKind, path: PathParameters<'_>) -> String {
        let mut url = self.href("");
        if let Some(link) = self.links_on(kind).iter().find(|link| link.relation == "self") {
            path.expand(link.spec.path, &mut url);
        }
        url
    }

    /// The path of the operation on the service itself that performs `action`, for references outside of representations.
    pub fn path_of(&self, action: Action) -> &'static str {
        operation_for(self.table, action).map_or("", |spec| spec.path)
    }
}
