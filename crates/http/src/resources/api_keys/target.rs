//! The target that is an API key.

use crate::{
    operation::{Parameter, Target},
    resources::users::{self, USER_ID},
};
use chrono::DateTime;
use std::sync::Arc;
use usher_domain::{ApiKey, ApiKeyName, Rights, ScopeSet, policy::Resource};
use usher_persistence::TargetIds;
use uuid::Uuid;

/// The id in a key's path.
const KEY_ID: Parameter = Parameter::id("key_id", "The API key's id", "01937f41-2b3c-7d4e-8f5a-6b7c8d9e0f1a");

/// The API key that the path names.
pub struct ApiKeyById {
    pub key: Arc<ApiKey>,
}

impl Target for ApiKeyById {
    type Row = ApiKey;
    const PATH_PARAMETERS: &'static [Parameter] = &[USER_ID, KEY_ID];
    const VERSIONED: bool = true;

    fn resource<'a>(_: Resource<'a>, ids: TargetIds, key: Option<&'a ApiKey>) -> Resource<'a> {
        Resource::ApiKey { owner: ids.owner_id, key }
    }

    fn from_row(key: Option<Arc<ApiKey>>) -> Option<Self> {
        key.map(|key| Self { key })
    }

    fn row(&self) -> Option<&ApiKey> {
        Some(&self.key)
    }

    fn states(visit: &mut dyn FnMut(&Resource<'_>)) {
        let owner = users::sample().id;
        let key = ApiKey {
            id: Uuid::nil(),
            user_id: owner,
            owner: Rights::NONE,
            name: ApiKeyName::stored(String::new()),
            hint: String::new(),
            scopes: ScopeSet::default(),
            created_at: DateTime::default(),
            expires_at: DateTime::default(),
            last_used_at: None,
        };
        visit(&Resource::ApiKey { owner, key: Some(&key) });
        visit(&Resource::ApiKey { owner, key: None });
    }
}
