//! The sessions of a user: their representation, the target that names one, and one file for each operation.

pub mod list;
mod members;
pub mod revoke;
pub mod revoke_all;
mod target;

pub use members::SessionMembers;
pub use target::SessionById;

use crate::operation::{Exported, Listed, ResourceType};
use usher_domain::{Session, policy::Principal};

/// A session.
pub struct SessionResource;

impl ResourceType for SessionResource {
    const NAME: &'static str = "Session";
    const LINKS: &'static str = "The operations that the caller may use on this session now.";
    const IDS: &'static [(&'static str, &'static str)] = &[("session_id", "/id")];
    type Members = SessionMembers<'static>;
}

impl Listed for SessionResource {
    const PAGE_NAME: &'static str = "SessionPage";
    const PAGE_LINKS: &'static str = "The links of the page and the operations that the caller may use on the list.";
    const EMBEDDED: &'static str = "SessionsOfPage";
    const ITEMS: &'static str = "sessions";
}

impl Exported for SessionResource {
    type Row = Session;
    const ABOUT: &'static str = "Active sessions, oldest first";
    const EXPORTED_NAME: &'static str = "ExportedSession";

    fn write(session: &Session, reader: &Principal, file: &mut Vec<u8>) -> serde_json::Result<()> {
        serde_json::to_writer(file, &SessionMembers::new(session, reader))
    }
}
