//! The document, the truth table and the routes have the same operations.

use crate::{truth::THINGS, world::World};
use std::collections::{BTreeMap, BTreeSet};
use usher_testkit::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn the_truth_is_about_every_operation_of_the_document_and_no_other() {
    let world = World::closed().await;
    let documented: Vec<&str> = world.document.operations.keys().map(String::as_str).collect();
    let mut known: Vec<&str> = world.truth.operations().map(|line| line.name.as_str()).collect();
    known.sort_unstable();
    assert_eq!(documented, known);
    for line in world.truth.operations() {
        let fields = &world.document.operations[&line.name].fields;
        for (field, _) in world.truth.fields(&line.name) {
            assert!(fields.contains_key(field), "{}.{field}", line.name);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_path_answers_to_the_methods_of_the_document_and_tells_them_to_everyone() {
    let world = World::closed().await;
    let id = world.facts().await.user_ids().next().unwrap().clone();
    let names = THINGS.iter().map(|(name, _)| *name).chain(["id"]);
    let parameters: BTreeMap<_, _> = names.map(|name| (name.to_owned(), id.clone())).collect();
    let mut paths: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for operation in world.document.operations.values() {
        let methods = paths.entry(operation.href(&parameters)).or_default();
        methods.extend([operation.method.as_str(), "OPTIONS"]);
        if operation.method == "GET" {
            methods.insert("HEAD");
        }
    }
    for character in &world.cast {
        for (path, methods) in &paths {
            let options = character.agent.send("OPTIONS", path, None).await;
            assert_eq!(options.status, 204, "{path}");
            let allowed: BTreeSet<&str> = options.header("allow").split(", ").collect();
            assert_eq!(&allowed, methods, "{path}");
            for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"] {
                if !methods.contains(method) {
                    let answer = character.agent.send(method, path, None).await;
                    assert_eq!(answer.status, 405, "{method} {path}");
                    assert_eq!(answer.header("allow"), options.header("allow"), "{method} {path}");
                }
            }
            if methods.contains("GET") {
                let (get, head) = (character.agent.get(path).await, character.agent.send("HEAD", path, None).await);
                assert_eq!(head.status, get.status, "{path}");
                for header in ["content-type", "content-length", "etag", "vary", "link", "location", "www-authenticate"]
                {
                    assert_eq!(head.header(header), get.header(header), "{header} of {path}");
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_resource_is_offered_two_operations_under_one_relation() {
    // A parser keeps one of two members with the same name, so the text itself is searched.
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for path in ["/v1", "/v1/users", "/v1/me"] {
        let text = admin.get(path).await.expect_status(200).text;
        let (_, links) = text.rsplit_once("\"_links\":").unwrap();
        let relations: Vec<&str> = links.split("\":{\"href\"").filter_map(|part| part.rsplit('"').next()).collect();
        let distinct: BTreeSet<&&str> = relations.iter().collect();
        assert_eq!(distinct.len(), relations.len(), "{path}: {relations:?}");
    }
}
