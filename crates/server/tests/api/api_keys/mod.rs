//! API keys: how they are made, what they may do, and how they end.

mod create;
mod credential;
mod introspection;
mod last_use;
mod list;
mod revoke;
mod scopes;

use serde_json::{Value, json};
use usher_testkit::{Answer, Client, PASSWORD, Person, TestApp};

/// An API key, and a client that uses it.
struct Key {
    id: String,
    text: String,
    client: Client,
}

impl std::ops::Deref for Key {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

fn keys_of(owner: &Person) -> String {
    format!("{}/api-keys", owner.path())
}

fn wanted(scopes: &[&str]) -> Value {
    json!({ "name": "a script", "scopes": scopes, "current_password": PASSWORD })
}

async fn create(owner: &Person, body: &Value) -> Answer {
    owner.post(&keys_of(owner), body).await
}

/// A new key with these scopes.
async fn key(app: &TestApp, owner: &Person, scopes: &[&str]) -> Key {
    let created = create(owner, &wanted(scopes)).await.expect_status(201).json;
    let text = created["key"].as_str().unwrap().to_owned();
    let client = app.nobody().with_token(&text);
    Key { id: created["id"].as_str().unwrap().to_owned(), text, client }
}

fn keys(page: &Answer) -> &Vec<Value> {
    page.json["_embedded"]["api_keys"].as_array().unwrap()
}

#[track_caller]
fn expect_insufficient_scope(answer: Answer) {
    let answer = answer.expect_problem(403, "insufficient_scope");
    assert_eq!(answer.header("www-authenticate"), r#"Bearer realm="usher", error="insufficient_scope""#);
}
