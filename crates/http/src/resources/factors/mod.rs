//! The second factors of a user: their representations, the targets that name them, and one file for each operation.

pub mod confirm_totp;
pub mod create_recovery_codes;
pub mod enrol_passkey;
pub mod enrol_totp;
mod exported;
pub mod get;
pub mod list;
mod members;
pub mod passkey_options;
pub mod remove;
pub mod rename;
pub mod reset;
mod targets;

use exported::ExportedFactorMembers;
pub use members::{
    ConfirmedFactorMembers, EnrolledTotpMembers, FactorMembers, PasskeyOptionsMembers, RecoveryCodesMembers,
};
pub use targets::{FactorById, FactorsOfUser};

use crate::{
    hypermedia::{
        links::{ResourceView, Viewer},
        representation::Representation,
    },
    operation::{
        Exported, Listed, Operation, PathParameters, ResourceKind, ResourceType,
        response::{Created, Represented},
        schema,
    },
    problem::Problem,
    request::{AuthorizedRequest, conditions::entity_tag},
};
use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};
use serde::Serialize;
use usher_domain::{Factor, policy::Principal};
use usher_persistence::{ExportedFactor, TargetIds};
use utoipa::{
    PartialSchema,
    openapi::{RefOr, Schema},
};

const IDS: &[(&str, &str)] = &[("factor_id", "/id")];
const HEADERS: &[(&str, &str)] = &[("ETag", "The factor's version, for `If-Match`")];
const LINKS: &str = "The operations that the caller may use on this factor now.";

/// A factor, without its secrets.
pub struct FactorResource;

impl ResourceType for FactorResource {
    const NAME: &'static str = "Factor";
    const LINKS: &'static str = LINKS;
    const HEADERS: &'static [(&'static str, &'static str)] = HEADERS;
    const IDS: &'static [(&'static str, &'static str)] = IDS;
    type Members = FactorMembers<'static>;
}

impl Listed for FactorResource {
    const PAGE_NAME: &'static str = "FactorPage";
    const PAGE_LINKS: &'static str = "The links of the page and the operations that the caller may use on the list.";
    const EMBEDDED: &'static str = "FactorsOfPage";
    const ITEMS: &'static str = "factors";
}

impl Exported for FactorResource {
    type Row = ExportedFactor;
    const ABOUT: &'static str = "Second factors, without their secrets, oldest first";
    const EXPORTED_NAME: &'static str = "ExportedFactor";

    fn exported_schema() -> RefOr<Schema> {
        schema::members(ExportedFactorMembers::schema())
    }

    fn write(factor: &ExportedFactor, _: &Principal, file: &mut Vec<u8>) -> serde_json::Result<()> {
        serde_json::to_writer(file, &ExportedFactorMembers::from(factor))
    }
}

/// Declares what answers with a factor and with something that is shown once. It has the links of every factor.
macro_rules! shown_once {
    ($( $(#[doc = $about:literal])+ $name:ident as $schema:literal with $members:ident; )+) => { $(
        $(#[doc = $about])+
        pub struct $name;

        impl ResourceType for $name {
            const KIND: ResourceKind = FactorResource::KIND;
            const NAME: &'static str = $schema;
            const LINKS: &'static str = LINKS;
            const HEADERS: &'static [(&'static str, &'static str)] = HEADERS;
            const IDS: &'static [(&'static str, &'static str)] = IDS;
            type Members = $members<'static>;
        }
    )+ };
}

shown_once! {
    /// An authenticator app that has just been enrolled, with its secret.
    EnrolledTotpResource as "EnrolledTotp" with EnrolledTotpMembers;
    /// A factor that has just been confirmed or enrolled. With the first one come the recovery codes.
    ConfirmedFactorResource as "ConfirmedFactor" with ConfirmedFactorMembers;
    /// Recovery codes that have just been created.
    RecoveryCodesResource as "CreatedRecoveryCodes" with RecoveryCodesMembers;
}

/// The options for a new passkey.
pub struct PasskeyOptionsResource;

impl ResourceType for PasskeyOptionsResource {
    const NAME: &'static str = "PasskeyCreationOptions";
    const LINKS: &'static str = "The operation that finishes the ceremony.";
    const HAS_SELF: bool = false;
    type Members = PasskeyOptionsMembers;
}

impl<O: Operation> AuthorizedRequest<O> {
    /// A factor after this operation, as `principal` may see it.
    pub fn factor<R: ResourceType>(
        &self,
        principal: &Principal,
        factor: &Factor,
        members: impl Serialize,
    ) -> Result<Represented<R>, Problem> {
        self.send_factor(StatusCode::OK, principal, factor, members, None).map(Represented::new)
    }

    /// A new factor as `principal` may see it, and its URL.
    pub fn created_factor<R: ResourceType>(
        &self,
        principal: &Principal,
        factor: &Factor,
        members: impl Serialize,
    ) -> Result<Created<R>, Problem> {
        let ids = TargetIds::owned(factor.user_id, factor.id);
        let url = self.service.api.url_of(FactorResource::KIND, PathParameters::of::<FactorById>(ids));
        self.send_factor(StatusCode::CREATED, principal, factor, members, Some(url)).map(Created::new)
    }

    fn send_factor(
        &self,
        status: StatusCode,
        principal: &Principal,
        factor: &Factor,
        members: impl Serialize,
        location: Option<String>,
    ) -> Result<HttpResponse, Problem> {
        let (viewer, ids) = (Viewer { principal, ..self.viewer() }, TargetIds::owned(factor.user_id, factor.id));
        let view = ResourceView::of_target::<FactorById>(viewer, FactorResource::KIND, ids, Some(factor));
        let body = Representation::new(members, view, Vec::new(), self.media);
        let mut headers = vec![(header::ETAG, entity_tag(factor.version).to_string())];
        headers.extend(location.map(|url| (header::LOCATION, url)));
        self.send(status, &headers, &body)
    }
}
