//! The links of a resource: the operations of the table that the policy allows this caller. Links come from nowhere else.

use crate::{
    hypermedia::{
        api::{Api, OperationLink},
        link::Link,
    },
    operation::{CurrentValue, Operation, OperationSpec, PathParameters, ResourceKind, Target},
    request::AuthorizedRequest,
};
use serde::{
    Serialize,
    ser::{SerializeMap, Serializer},
};
use usher_domain::policy::{self, Action, Decision, Principal, Resource};
use usher_persistence::TargetIds;

/// Bytes of an id in a path.
const ID_LENGTH: usize = 36;

/// A resource as this caller sees it now.
#[derive(Clone, Copy)]
pub struct ResourceView<'a> {
    pub api: &'a Api,
    pub principal: &'a Principal,
    pub kind: ResourceKind,
    pub resource: Resource<'a>,
    /// The path parameters of the operations on it.
    pub path: PathParameters,
    /// Returns the current values of its fields.
    pub current_value: CurrentValue,
}

impl<'a> ResourceView<'a> {
    /// A target with these ids and this row.
    pub fn of_target<T: Target>(
        api: &'a Api,
        principal: &'a Principal,
        kind: ResourceKind,
        ids: TargetIds,
        row: Option<&'a T::Row>,
    ) -> Self {
        let (resource, path) = (T::resource(api.resource(), ids, row), PathParameters::of::<T>(ids));
        Self { api, principal, kind, resource, path, current_value: T::current_value }
    }

    /// Another resource, for the same caller.
    pub fn other<T: Target>(&self, kind: ResourceKind, ids: TargetIds, row: &'a T::Row) -> Self {
        Self::of_target::<T>(self.api, self.principal, kind, ids, Some(row))
    }
}

impl<O: Operation> AuthorizedRequest<O> {
    /// The target as the caller sees it now, represented as `kind`.
    pub fn view(&self, kind: ResourceKind) -> ResourceView<'_> {
        let api = &self.service.api;
        ResourceView::of_target::<O::Target>(api, &self.principal, kind, self.target_ids, self.target.row())
    }
}

impl ResourceView<'_> {
    /// The operations linked on it, each with its relation.
    pub fn offers(&self) -> impl Iterator<Item = OperationLink> {
        self.api.links_on(self.kind).iter().copied().filter(|(_, spec)| self.allows(spec.action))
    }

    /// Whether this caller may perform the action now.
    pub fn allows(&self, action: Action) -> bool {
        policy::may(self.principal, action, &self.resource) == Decision::Allow
    }

    /// The URL of an operation on it. A page has hundreds of links, so each is built in one allocation.
    pub fn href(&self, spec: &OperationSpec) -> String {
        let mut href = String::with_capacity(self.api.prefix.len() + spec.path.len() + ID_LENGTH);
        href.push_str(&self.api.prefix);
        self.path.expand(spec.path, &mut href);
        href
    }

    /// Its links, `more` first.
    pub fn links(self, more: Vec<(&'static str, Link)>) -> Links<Self> {
        Links { view: self, more }
    }
}

/// The `_links` of a representation.
pub struct Links<V> {
    view: V,
    more: Vec<(&'static str, Link)>,
}

impl Serialize for Links<ResourceView<'_>> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (relation, link) in &self.more {
            map.serialize_entry(relation, link)?;
        }
        for (relation, spec) in self.view.offers() {
            map.serialize_entry(relation, &Link::to(self.view.href(spec), &spec.method))?;
        }
        map.end()
    }
}
