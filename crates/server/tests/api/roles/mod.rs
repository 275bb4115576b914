//! Roles, and what they allow.

mod create;
mod delete;
mod forms;
mod get;
mod list;
mod races;
mod update;

use serde_json::{Value, json};
use usher_testkit::{Client, Person};

/// Creates a role with these permissions, as an admin.
async fn role(admin: &Person, name: &str, permissions: &[&str]) {
    let body = json!({ "name": name, "permissions": permissions });
    admin.post("/v1/roles", &body).await.expect_status(201);
}

/// The representation of a resource with its forms.
async fn with_forms(client: &Client, path: &str) -> Value {
    client.get_with_forms(path).await.expect_status(200).json
}
