//! The targets of operations.

use super::parameter::Parameter;
use crate::{
    problem::Problem,
    request::path::{both, path_id},
};
use actix_web::HttpRequest;
use std::sync::Arc;
use usher_domain::policy::Resource;
use usher_persistence::{Credential, TargetIds, TargetRow};
use uuid::Uuid;

/// The target of an operation: how it is found, the resource that the policy is asked about, and what the handler gets.
pub trait Target: Sized + 'static {
    /// The row that is looked up; [`NoRow`](usher_persistence::NoRow) for a target that has none.
    type Row: TargetRow;
    /// The path parameters that identify it: none, its id, or the id of its owner and its own id.
    const PATH_PARAMETERS: &'static [Parameter] = &[];
    /// Whether it has a version that `If-Match` can name.
    const VERSIONED: bool = false;
    /// Whether it is always the user who calls.
    const IS_CALLER: bool = false;

    /// The ids in the path. This comes before the caller is known, so that a malformed path is refused first.
    fn locate(request: &HttpRequest) -> Result<TargetIds, Problem> {
        match Self::PATH_PARAMETERS {
            [id] => path_id(request, id.name).map(TargetIds::of),
            [owner, id] => {
                let (owner, id) = both(path_id(request, owner.name), path_id(request, id.name))?;
                Ok(TargetIds::owned(owner, id))
            }
            _ => Ok(TargetIds::NONE),
        }
    }

    /// The ids to look up, for a target that depends on the caller.
    fn resolve(in_path: TargetIds, _: Option<Credential>) -> TargetIds {
        in_path
    }

    /// What the policy is asked about; `service` for a target that is the service itself.
    fn resource<'a>(service: Resource<'a>, ids: TargetIds, row: Option<&'a Self::Row>) -> Resource<'a>;

    /// The target, after the policy has allowed the request; `None` if it does not exist.
    fn from_row(row: Option<Arc<Self::Row>>) -> Option<Self>;

    /// Its row.
    fn row(&self) -> Option<&Self::Row> {
        None
    }

    /// The current value of a field: a request that sends it back changes nothing.
    fn current_value<'a>(_: &Resource<'a>, _: &str) -> Option<&'a str> {
        None
    }

    /// Calls `visit` with the target in every state that the policy distinguishes, the usual one first.
    fn states(visit: &mut dyn FnMut(&Resource<'_>));
}

/// Returns the current value of a field of a resource.
pub type CurrentValue = for<'a> fn(&Resource<'a>, &str) -> Option<&'a str>;

/// The value of a path parameter.
#[derive(Debug, Clone, Copy)]
pub enum PathValue {
    Id(Uuid),
}

/// The largest number of path parameters: the id of a target, and the id of its owner.
const MAX_PATH_PARAMETERS: usize = 2;

/// The path parameters of an operation at `path`. A row whose path and target disagree does not compile.
pub const fn path_parameters<T: Target>(path: &str) -> &'static [Parameter] {
    assert!(T::PATH_PARAMETERS.len() <= MAX_PATH_PARAMETERS, "a target has more path parameters than two ids");
    assert!(T::PATH_PARAMETERS.len() == placeholders(path), "the path and the target have different parameters");
    T::PATH_PARAMETERS
}

/// The number of `{` in a path.
const fn placeholders(path: &str) -> usize {
    let (bytes, mut at, mut count) = (path.as_bytes(), 0, 0);
    while at < bytes.len() {
        if bytes[at] == b'{' {
            count += 1;
        }
        at += 1;
    }
    count
}

/// The path parameters of the operations on a resource, with their values.
#[derive(Debug, Clone, Copy, Default)]
pub struct PathParameters([Option<(&'static str, PathValue)>; MAX_PATH_PARAMETERS]);

impl PathParameters {
    /// Those of a target with these ids.
    pub fn of<T: Target>(ids: TargetIds) -> Self {
        let value = |parameter: &Parameter, id| Some((parameter.name, PathValue::Id(id)));
        match T::PATH_PARAMETERS {
            [id] => Self([value(id, ids.id), None]),
            [owner, id] => Self([value(owner, ids.owner_id), value(id, ids.id)]),
            _ => Self::default(),
        }
    }

    /// Appends `path` with its parameters replaced by their values.
    pub fn expand(&self, path: &str, into: &mut String) {
        for part in path.split(['{', '}']) {
            match self.0.iter().flatten().find(|(name, _)| *name == part) {
                Some((_, PathValue::Id(id))) => into.push_str(id.as_hyphenated().encode_lower(&mut [0; 36])),
                None => into.push_str(part),
            }
        }
    }
}
