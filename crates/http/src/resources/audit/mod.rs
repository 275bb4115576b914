//! The audit trail: the representation of its events, and one file for each operation.

pub mod event;
mod filters;
pub mod list;
pub mod of_user;
mod page;
mod time;

pub use filters::{TrailQuery, UserTrailQuery};

use crate::operation::{Exported, Listed, ResourceType};
use event::EventMembers;
use usher_domain::{audit::AuditEvent, policy::Principal};
use utoipa::openapi::{ObjectBuilder, Type};

/// An event.
pub struct AuditEventResource;

impl ResourceType for AuditEventResource {
    const NAME: &'static str = "AuditEvent";
    const LINKS: &'static str = "The links of an audit event.";
    type Members = EventMembers<'static>;
}

impl Listed for AuditEventResource {
    const PAGE_NAME: &'static str = "AuditEventPage";
    const PAGE_LINKS: &'static str = "The links of the page.";
    const EMBEDDED: &'static str = "AuditEventsOfPage";
    const ITEMS: &'static str = "audit_events";

    fn more_members(page: ObjectBuilder) -> ObjectBuilder {
        let about = "Whether `total` is exact; if false, there are more items";
        let flag = ObjectBuilder::new().schema_type(Type::Boolean).description(Some(about)).examples([true]);
        page.property("total_is_exact", flag).required("total_is_exact")
    }
}

impl Exported for AuditEventResource {
    type Row = AuditEvent;
    const ABOUT: &'static str = "Audit events by or about the user, oldest first";
    const EXPORTED_NAME: &'static str = "ExportedEvent";

    fn write(event: &AuditEvent, reader: &Principal, file: &mut Vec<u8>) -> serde_json::Result<()> {
        serde_json::to_writer(file, &EventMembers::new(event, reader))
    }
}
