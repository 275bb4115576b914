//! The targets of operations.

use super::parameter::Parameter;
use crate::{
    problem::Problem,
    request::{
        body::flag_name,
        path::{both, path_id},
    },
};
use actix_web::HttpRequest;
use serde::Serialize;
use std::sync::Arc;
use usher_domain::{
    PermissionSet, Role,
    policy::{Principal, Resource},
};
use usher_persistence::{Credential, TargetIds, TargetRow};
use uuid::Uuid;

/// The target of an operation: how it is found, the resource that the policy is asked about, and what the handler gets.
pub trait Target: Sized + 'static {
    /// The row that is looked up; [`NoRow`](usher_persistence::NoRow) for a target that has none.
    type Row: TargetRow;
    /// The path parameters that identify it: none, its id or its name, or the id of its owner and its own id.
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

    /// The path parameters of the operations that are linked on it, with their values.
    fn path(ids: TargetIds, _: Option<&Self::Row>) -> PathParameters<'_> {
        PathParameters::of::<Self>(ids)
    }

    /// The target, after the policy has allowed the request; `None` if it does not exist.
    fn from_row(row: Option<Arc<Self::Row>>) -> Option<Self>;

    /// Its row.
    fn row(&self) -> Option<&Self::Row> {
        None
    }

    /// The current value of a field: a request that sends it back changes nothing.
    fn current_value<'a>(_: &Resource<'a>, _: &str) -> Option<FieldValue<'a>> {
        None
    }

    /// The values of a field that the caller may send, of these roles if they are roles; `None` if they do not depend on the
    /// caller.
    fn options<'a>(_: &Principal, _: &'a [Role], _: &str) -> Option<Vec<&'a str>> {
        None
    }

    /// Calls `visit` with the target in every state that the policy distinguishes, the usual one first.
    fn states(visit: &mut dyn FnMut(&Resource<'_>));
}

/// Returns the current value of a field of a resource.
pub type CurrentValue = for<'a> fn(&Resource<'a>, &str) -> Option<FieldValue<'a>>;

/// Returns the values of a field that the caller may send.
pub type FieldOptions = for<'a> fn(&Principal, &'a [Role], &str) -> Option<Vec<&'a str>>;

/// The value of a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum FieldValue<'a> {
    Text(&'a str),
    Flag(bool),
    Set(Vec<&'static str>),
}

impl FieldValue<'_> {
    /// Whether it is the value with this text: of a flag, `true` or `false`.
    pub fn is(&self, text: &str) -> bool {
        match self {
            Self::Text(current) => *current == text,
            Self::Flag(current) => text == flag_name(*current),
            Self::Set(_) => false,
        }
    }
}

impl<'a> From<&'a str> for FieldValue<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for FieldValue<'_> {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<PermissionSet> for FieldValue<'_> {
    fn from(permissions: PermissionSet) -> Self {
        Self::Set(permissions.names())
    }
}

/// The value of a path parameter.
#[derive(Debug, Clone, Copy)]
pub enum PathValue<'a> {
    Id(Uuid),
    /// A name that needs no percent-encoding.
    Name(&'a str),
}

impl PathValue<'_> {
    /// Appends the value to a URL.
    pub fn push_to(self, url: &mut String) {
        match self {
            Self::Id(id) => url.push_str(id.as_hyphenated().encode_lower(&mut [0; 36])),
            Self::Name(name) => url.push_str(name),
        }
    }
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
pub struct PathParameters<'a>([Option<(&'static str, PathValue<'a>)>; MAX_PATH_PARAMETERS]);

impl<'a> PathParameters<'a> {
    /// Those of a target with these ids.
    pub fn of<T: Target>(ids: TargetIds) -> Self {
        let value = |parameter: &Parameter, id| Some((parameter.name, PathValue::Id(id)));
        match T::PATH_PARAMETERS {
            [id] => Self([value(id, ids.id), None]),
            [owner, id] => Self([value(owner, ids.owner_id), value(id, ids.id)]),
            _ => Self::default(),
        }
    }

    /// One more, where there is none yet.
    #[must_use]
    pub fn with(mut self, parameter: &Parameter, value: PathValue<'a>) -> Self {
        if let Some(free) = self.0.iter_mut().find(|place| place.is_none()) {
            *free = Some((parameter.name, value));
        }
        self
    }

    /// Appends `path` with its parameters replaced by their values.
    pub fn expand(&self, path: &str, into: &mut String) {
        let mut rest = path;
        while let Some((text, after)) = split_once(rest, b'{') {
            let (name, after) = split_once(after, b'}').unwrap_or((after, ""));
            into.push_str(text);
            match self.get(name) {
                Some(value) => value.push_to(into),
                None => into.push_str(name),
            }
            rest = after;
        }
        into.push_str(rest);
    }

    /// The value of a parameter.
    pub fn get(&self, name: &str) -> Option<PathValue<'a>> {
        self.0.iter().flatten().find(|(parameter, _)| *parameter == name).map(|(_, value)| *value)
    }
}

/// What is before and after the first such byte, which is ASCII. A page has hundreds of links, and in texts as short as theirs
/// the search of `str` for a character takes twice as long.
fn split_once(text: &str, byte: u8) -> Option<(&str, &str)> {
    let at = text.bytes().position(|candidate| candidate == byte)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}
