//! Roles, and what they allow.

mod create;
mod delete;
mod forms;
mod get;
mod list;
mod races;
mod update;

use serde_json::{Value, json};
use usher_testkit::{PASSWORD, Person, TestApp};

/// Creates a role with these permissions, as an admin.
async fn role(admin: &Person, name: &str, permissions: &[&str]) {
    let body = json!({ "name": name, "permissions": permissions });
    admin.post("/v1/roles", &body).await.expect_status(201);
}

/// A new user with this role, signed in.
async fn user_with_role(app: &TestApp, admin: &Person, username: &str, role: &str) -> Person {
    let body = json!({
        "username": username, "email": format!("{username}@example.com"), "password": PASSWORD, "role": role,
    });
    admin.post("/v1/users", &body).await.expect_status(201);
    app.nobody().sign_in(username, PASSWORD).await
}

/// The representation of a resource with its forms.
async fn with_forms(client: &usher_testkit::Client, path: &str) -> Value {
    let request = client.request("GET", path).header("accept", "application/prs.hal-forms+json");
    usher_testkit::Answer::to(request).await.expect_status(200).json
}

/// The property of a form.
fn property<'a>(resource: &'a Value, relation: &str, name: &str) -> Option<&'a Value> {
    resource["_templates"][relation]["properties"].as_array()?.iter().find(|property| property["name"] == name)
}

/// The values that a form offers for a field.
fn options(resource: &Value, relation: &str, name: &str) -> Vec<String> {
    let options = property(resource, relation, name).unwrap()["options"]["inline"].as_array().cloned();
    options.unwrap().iter().map(|option| option.as_str().unwrap().to_owned()).collect()
}
