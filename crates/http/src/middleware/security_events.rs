//! Which responses are security events in the log: authentications and likely tampering.

use crate::problem::Problem;
use actix_web::http::StatusCode;
use usher_domain::policy::Action;

/// The outcome of an authentication: of a sign-in, or of an operation that requires the current password.
pub fn authentication_outcome(action: Action, status: StatusCode, problem: Option<&Problem>) -> Option<&'static str> {
    let authenticates = matches!(
        action,
        Action::IssueToken | Action::IntrospectToken | Action::ChangePassword | Action::CreateApiKey | Action::StepUp
    );
    let verifies_password = authenticates || action == Action::UpdateUser;
    match problem {
        Some(Problem::OAuth { .. } | Problem::SecondFactor(_) | Problem::InvalidClient) if authenticates => {
            Some("failure")
        }
        Some(Problem::Invalid(faults)) if faults.have("wrong_password") || faults.have("wrong_code") => Some("failure"),
        Some(Problem::TooManyAttempts { .. }) if verifies_password => Some("failure"),
        None if authenticates && status.is_success() => Some("success"),
        _ => None,
    }
}

/// The code of likely tampering: exceeded limits, unknown or unwritable fields, malformed cursors. Clients that follow the
/// document do not cause it by mistake.
pub fn tampering(problem: &Problem) -> Option<&str> {
    match problem {
        Problem::BodyTooLarge | Problem::UriTooLong | Problem::HeadersTooLarge | Problem::Malformed(_) => {
            Some(problem.code())
        }
        Problem::Invalid(faults) => {
            let mut codes = faults.listed().iter().map(|fault| &*fault.code);
            codes.find(|code| matches!(*code, "not_writable" | "unknown" | "duplicate" | "invalid_cursor"))
        }
        _ => None,
    }
}
