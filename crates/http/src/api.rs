//! The API as its clients see it. Links are made from it.

use crate::operation::{OperationSpec, PathParameters, ResourceKind, Table};
use usher_domain::policy::{Action, Registration, Resource};

/// Where the API is, its operations, and the settings that decide which of them are offered.
pub struct Api {
    /// The path part of the public URL.
    pub prefix: String,
    pub registration: Registration,
    /// Whether only users with a verified address may sign in.
    pub verified_email: bool,
    table: Table,
    /// The links of each kind of representation, so that a page does not search the whole table for each of its items.
    links: Vec<(ResourceKind, Vec<OperationLink>)>,
}

/// A relation, and the operation that it leads to.
pub type OperationLink = (&'static str, &'static OperationSpec);

impl Api {
    pub fn new(prefix: String, registration: Registration, verified_email: bool, table: Table) -> Self {
        let mut links: Vec<(ResourceKind, Vec<OperationLink>)> = Vec::new();
        for spec in table {
            for affordance in spec.affordances {
                let link = (affordance.relation, *spec);
                match links.iter_mut().find(|(kind, _)| *kind == affordance.on) {
                    Some((_, of_kind)) => of_kind.push(link),
                    None => links.push((affordance.on, vec![link])),
                }
            }
        }
        Self { prefix, registration, verified_email, table, links }
    }

    /// All links that a representation of this kind can have, in the order of the table.
    pub fn links_on(&self, kind: ResourceKind) -> &[OperationLink] {
        self.links.iter().find(|(of, _)| *of == kind).map_or(&[], |(_, links)| links)
    }

    /// The service, as the policy is asked about it.
    pub fn resource(&self) -> Resource<'static> {
        Resource::Service { registration: self.registration }
    }

    /// The public path of `path`.
    pub fn href(&self, path: &str) -> String {
        [&self.prefix, path].concat()
    }

    /// The URL of a resource of this kind.
    pub fn url_of(&self, kind: ResourceKind, path: PathParameters) -> String {
        let mut url = self.href("");
        if let Some((_, spec)) = self.links_on(kind).iter().find(|(relation, _)| *relation == "self") {
            path.expand(spec.path, &mut url);
        }
        url
    }

    /// The path of the operation on the service itself that performs `action`, for references outside of representations.
    pub fn path_of(&self, action: Action) -> &'static str {
        operation_for(self.table, action).map_or("", |spec| spec.path)
    }
}

/// The first operation of the table that needs permission for this action.
pub fn operation_for(table: Table, action: Action) -> Option<&'static OperationSpec> {
    table.iter().copied().find(|spec| spec.action == action)
}
