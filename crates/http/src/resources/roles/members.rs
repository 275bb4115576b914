//! The members of a role's representation.

use crate::{
    operation::{
        parameter::{ParameterSchema, QueryValue},
        schema::{schema, text},
    },
    request::time::Time,
};
use serde::Serialize;
use std::borrow::Cow;
use usher_domain::{RoleDetails, RoleName, Text as _, checked};
use utoipa::{PartialSchema as _, ToSchema};

schema! {
    /// The name of a role.
    Role = text(&RoleName::RULE, "The name of a role: `admin`, `user`, or one that was created").into()
}

schema! {
    /// A permission.
    Permission = text(&usher_domain::Permission::RULE, "What a role allows to do to other users and to the service").into()
}

impl QueryValue for RoleName {
    const SCHEMA: ParameterSchema = ParameterSchema::Named(|| (Role::name().into_owned(), Role::schema()));
    const FAULT: &'static str = "unknown_option";

    fn detail() -> Cow<'static, str> {
        "must be the name of a role".into()
    }

    fn read(text: &str) -> Option<Self> {
        checked(text).ok()
    }

    fn write(&self) -> String {
        self.as_str().to_owned()
    }
}

/// A role as the caller sees it.
#[derive(Serialize, ToSchema)]
pub struct RoleMembers<'a> {
    /// The name, which never changes
    #[schema(value_type = Role)]
    name: &'a str,
    /// What the role is for
    #[schema(example = "May read users and mail them a link to choose a new password")]
    description: &'a str,
    /// What it allows to do to users other than oneself and to the service, sorted
    #[schema(value_type = Vec<Permission>)]
    permissions: Vec<&'static str>,
    /// Whether only admins may give it, and act on those who have it
    #[schema(example = false)]
    reserved: bool,
    /// Whether it is `admin` or `user`, which cannot be changed
    #[schema(example = false)]
    built_in: bool,
    /// How many users have it
    #[schema(example = 3, minimum = 0)]
    users: i64,
    /// The time of creation
    #[schema(value_type = DateTime<Utc>, example = "2026-01-02T03:04:05.678Z")]
    created_at: Time,
    /// The time of the last change to description, permissions or `reserved`
    #[schema(value_type = DateTime<Utc>, example = "2026-01-02T03:04:05.678Z")]
    updated_at: Time,
}

impl<'a> From<&'a RoleDetails> for RoleMembers<'a> {
    fn from(details: &'a RoleDetails) -> Self {
        let role = &details.role;
        Self {
            name: role.name.as_str(),
            description: details.description.as_str(),
            permissions: role.rights.permissions.names(),
            reserved: role.rights.reserved,
            built_in: role.name.is_built_in(),
            users: details.users,
            created_at: Time(details.created_at),
            updated_at: Time(details.updated_at),
        }
    }
}
