//! Ids and names in paths.

use super::faults::InputFault;
use crate::problem::Problem;
use actix_web::HttpRequest;
use usher_domain::{Text, checked};
use usher_persistence::TargetIds;
use uuid::Uuid;

/// The UUID in the path, in its usual form (RFC 9562 §4).
pub fn path_id(request: &HttpRequest, name: &'static str) -> Result<Uuid, Problem> {
    let text = request.match_info().get(name).unwrap_or_default();
    let id = if text.len() == 36 { Uuid::parse_str(text).ok() } else { None };
    id.ok_or_else(|| Problem::field(name, "not_a_uuid", "must be a UUID"))
}

/// The name in the path.
pub fn path_name<T: Text>(request: &HttpRequest, name: &'static str) -> Result<TargetIds, Problem> {
    let text = request.match_info().get(name).unwrap_or_default();
    checked::<T>(text).map_err(|fault| Problem::invalid(InputFault::of(name, fault)))?;
    TargetIds::named(text).ok_or(Problem::NoSuchResource)
}

/// Both values, or the faults of both.
pub fn both<A, B>(first: Result<A, Problem>, second: Result<B, Problem>) -> Result<(A, B), Problem> {
    match (first, second) {
        (Ok(first), Ok(second)) => Ok((first, second)),
        (Err(Problem::Invalid(mut faults)), Err(Problem::Invalid(more))) => {
            faults.extend(more);
            Err(Problem::Invalid(faults))
        }
        (Err(problem), _) | (_, Err(problem)) => Err(problem),
    }
}
