//! What a representation needs to know of the service itself.

use crate::operation::{OperationSpec, PathParameters, ResourceKind, Table};
use usher_domain::policy::{Action, Registration, Resource};

/// Where the service is, what it offers, and whether it is open for registration.
pub struct Site {
    /// The path part of the public URL.
    pub prefix: String,
    pub registration: Registration,
    /// Whether only users whose address is verified may sign in.
    pub verified_email: bool,
    pub table: Table,
}

impl Site {
    /// The service as the policy knows it.
    pub fn resource(&self) -> Resource<'static> {
        Resource::Service { registration: self.registration }
    }

    /// A path as the client must ask for it.
    pub fn href(&self, path: &str) -> String {
        [&self.prefix, path].concat()
    }

    /// The URL of a resource of this kind.
    pub fn url_of(&self, kind: ResourceKind, path: PathParameters) -> String {
        let mut url = self.href("");
        if let Some(spec) = self.table.iter().find(|spec| spec.relation_on(kind) == Some("self")) {
            path.expand(spec.path, &mut url);
        }
        url
    }

    /// The path of the operation that does this, on the service itself; for references from outside the representations.
    pub fn path_of(&self, action: Action) -> &'static str {
        operation_for(self.table, action).map_or("", |spec| spec.path)
    }
}

/// The first operation of the table that needs permission for this action.
pub fn operation_for(table: Table, action: Action) -> Option<&'static OperationSpec> {
    table.iter().copied().find(|spec| spec.action == action)
}
