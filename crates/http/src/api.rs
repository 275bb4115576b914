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
    pub table: Table,
}

impl Api {
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
        if let Some(spec) = self.table.iter().find(|spec| spec.relation_on(kind) == Some("self")) {
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
