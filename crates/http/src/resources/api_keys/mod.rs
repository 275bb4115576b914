//! The API keys of a user: their representation, the target that names one, and one file for each operation.

pub mod create;
pub mod get;
pub mod list;
mod members;
pub mod revoke;
pub mod revoke_all;
mod target;

pub use members::{ApiKeyMembers, CreatedApiKeyMembers};
pub use target::ApiKeyById;

use crate::operation::{Exported, Listed, ResourceKind, ResourceType};
use usher_domain::{ApiKey, policy::Principal};

/// An API key, without its secret.
pub struct ApiKeyResource;

impl ResourceType for ApiKeyResource {
    const NAME: &'static str = "ApiKey";
    const LINKS: &'static str = "The operations that the caller may use on this API key now.";
    const IDS: &'static [(&'static str, &'static str)] = &[("key_id", "/id")];
    type Members = ApiKeyMembers<'static>;
}

impl Listed for ApiKeyResource {
    const PAGE_NAME: &'static str = "ApiKeyPage";
    const PAGE_LINKS: &'static str = "The links of the page and the operations that the caller may use on the list.";
    const EMBEDDED: &'static str = "ApiKeysOfPage";
    const ITEMS: &'static str = "api_keys";
}

impl Exported for ApiKeyResource {
    type Row = ApiKey;
    const ABOUT: &'static str = "API keys, oldest first";
    const EXPORTED_NAME: &'static str = "ExportedApiKey";

    fn write(key: &ApiKey, _: &Principal, file: &mut Vec<u8>) -> serde_json::Result<()> {
        serde_json::to_writer(file, &ApiKeyMembers::from(key))
    }
}

/// An API key that has just been created, with its secret.
pub struct CreatedApiKeyResource;

impl ResourceType for CreatedApiKeyResource {
    /// It has the links of every key.
    const KIND: ResourceKind = ApiKeyResource::KIND;
    const NAME: &'static str = "CreatedApiKey";
    const LINKS: &'static str = ApiKeyResource::LINKS;
    const IDS: &'static [(&'static str, &'static str)] = ApiKeyResource::IDS;
    type Members = CreatedApiKeyMembers<'static>;
}
