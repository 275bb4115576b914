//! Sessions: where a user is signed in, and how that ends.

mod list;
mod revoke;

use serde_json::Value;
use usher_testkit::{Answer, Client, Person};

fn sessions(page: &Answer) -> &Vec<Value> {
    page.json["_embedded"]["sessions"].as_array().unwrap()
}

async fn session_list(client: &Client, owner: &Person) -> Answer {
    client.get(&format!("{}/sessions", owner.path())).await.expect_status(200)
}
