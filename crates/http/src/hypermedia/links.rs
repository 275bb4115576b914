//! The links of a resource: the operations of the table that the policy allows this caller. Links come from nowhere else.

use crate::{
    hypermedia::{
        api::{Api, OperationLink, STEP_UP},
        link::Link,
    },
    operation::{CurrentValue, FieldOptions, Operation, OperationSpec, PathParameters, ResourceKind, Target},
    request::AuthorizedRequest,
};
use serde::{
    Serialize,
    ser::{SerializeMap, Serializer},
};
use std::{iter, mem};
use usher_domain::{
    Role,
    policy::{self, Action, Decision, Principal, Resource},
};
use usher_persistence::TargetIds;

/// Bytes of an id in a path.
const ID_LENGTH: usize = 36;

/// Who sees a representation.
#[derive(Clone, Copy)]
pub struct Viewer<'a> {
    pub api: &'a Api,
    pub principal: &'a Principal,
    /// All roles, if the representation has forms; otherwise none.
    pub roles: &'a [Role],
}

/// A link that this caller may follow.
pub struct Offer {
    pub link: OperationLink,
    /// For the link to step up: the relations of the links that its representation has afterwards.
    pub opens: Vec<&'static str>,
}

/// A resource as this caller sees it now.
#[derive(Clone, Copy)]
pub struct ResourceView<'a> {
    pub viewer: Viewer<'a>,
    pub kind: ResourceKind,
    pub resource: Resource<'a>,
    /// The path parameters of the operations on it.
    pub path: PathParameters<'a>,
    /// Returns the current values of its fields.
    pub current_value: CurrentValue,
    /// Returns the values that the caller may send.
    pub options: FieldOptions,
}

impl<'a> ResourceView<'a> {
    /// A target with these ids and this row.
    pub fn of_target<T: Target>(
        viewer: Viewer<'a>,
        kind: ResourceKind,
        ids: TargetIds,
        row: Option<&'a T::Row>,
    ) -> Self {
        let (resource, path) = (T::resource(viewer.api.resource, ids, row), T::path(ids, row));
        Self { viewer, kind, resource, path, current_value: T::current_value, options: T::options }
    }

    /// Another resource, for the same caller.
    pub fn other<T: Target>(&self, kind: ResourceKind, ids: TargetIds, row: &'a T::Row) -> Self {
        Self::of_target::<T>(self.viewer, kind, ids, Some(row))
    }
}

impl<O: Operation> AuthorizedRequest<O> {
    /// The target as the caller sees it now, represented as `kind`.
    pub fn view(&self, kind: ResourceKind) -> ResourceView<'_> {
        ResourceView::of_target::<O::Target>(self.viewer(), kind, self.target_ids, self.target.row())
    }

    /// The caller, as the one who sees a representation.
    pub fn viewer(&self) -> Viewer<'_> {
        Viewer { api: &self.service.api, principal: &self.principal, roles: &self.roles }
    }
}

impl ResourceView<'_> {
    /// The links on it, in the order of the table. The link to step up is the last one; it is there too if freshness alone
    /// keeps other links away.
    pub fn offers(&self) -> impl Iterator<Item = Offer> {
        let api = self.viewer.api;
        let (mut links, mut step_up, mut opens) = (api.links_on(self.kind).iter().copied(), None, Vec::new());
        iter::from_fn(move || {
            for link in links.by_ref() {
                match policy::may(self.viewer.principal, link.spec.action, &self.resource) {
                    Decision::Allow if link.relation == STEP_UP => step_up = Some(link),
                    Decision::Allow => return Some(Offer { link, opens: Vec::new() }),
                    Decision::StepUp { suffices: true, .. } => opens.push(link.relation),
                    _ => {}
                }
            }
            let opens = mem::take(&mut opens);
            let link = step_up.take().or_else(|| if opens.is_empty() { None } else { api.step_up() })?;
            Some(Offer { link, opens })
        })
    }

    /// The service, for the same caller.
    pub fn of_service(&self) -> Self {
        Self {
            resource: self.viewer.api.resource,
            path: PathParameters::default(),
            current_value: |_, _| None,
            options: |_, _, _| None,
            ..*self
        }
    }

    /// Whether this caller may perform the action now.
    pub fn allows(&self, action: Action) -> bool {
        policy::may(self.viewer.principal, action, &self.resource) == Decision::Allow
    }

    /// The URL of an operation on it. A page has hundreds of links, so each is built in one allocation.
    pub fn href(&self, spec: &OperationSpec) -> String {
        let prefix = &self.viewer.api.prefix;
        let mut href = String::with_capacity(prefix.len() + spec.path.len() + ID_LENGTH);
        href.push_str(prefix);
        self.path.expand(spec.path, &mut href);
        href
    }

    /// The URL of an operation that is linked on it.
    fn href_of(&self, link: &OperationLink) -> String {
        let mut href = self.href(link.spec);
        if let Some(filter) = link.filter {
            let value = self.path.get(filter.by);
            debug_assert!(
                value.is_some(),
                "the link {} filters by {}, which is no path parameter",
                link.relation,
                filter.by
            );
            if let Some(value) = value {
                href.extend(["?", filter.parameter, "="]);
                value.push_to(&mut href);
            }
        }
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
        for Offer { link, opens } in self.view.offers() {
            let opening = Link::to(self.view.href_of(&link), &link.spec.method).opening(opens);
            map.serialize_entry(link.relation, &opening)?;
        }
        map.end()
    }
}
