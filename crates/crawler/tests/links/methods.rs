//! The document, the policy table and the routes have the same operations.

use crate::{fixture::Fixture, policy_table::SUB_RESOURCES};
use std::collections::{BTreeMap, BTreeSet};
use usher_testkit::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn the_policy_table_has_every_operation_of_the_document_and_no_other() {
    let fixture = Fixture::with_closed_registration().await;
    let documented: Vec<&str> = fixture.document.operations.keys().map(String::as_str).collect();
    let mut known: Vec<&str> = fixture.policy_table.operations().map(|line| line.name.as_str()).collect();
    known.sort_unstable();
    assert_eq!(documented, known);
    for line in fixture.policy_table.operations() {
        let fields = &fixture.document.operations[&line.name].fields;
        for (field, _) in fixture.policy_table.fields(&line.name) {
            assert!(fields.contains_key(field), "{}.{field}", line.name);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_path_has_the_methods_of_the_document_and_lists_them_for_every_caller() {
    let fixture = Fixture::with_closed_registration().await;
    let id = fixture.facts().await.user_ids().next().unwrap().clone();
    let names = SUB_RESOURCES.iter().map(|(name, _)| *name).chain(["id"]);
    let mut parameters: BTreeMap<_, _> = names.map(|name| (name.to_owned(), id.clone())).collect();
    parameters.insert("name".to_owned(), "admin".to_owned());
    let mut paths: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for operation in fixture.document.operations.values() {
        let methods = paths.entry(operation.href(&parameters)).or_default();
        methods.extend([operation.method.as_str(), "OPTIONS"]);
        if operation.method == "GET" {
            methods.insert("HEAD");
        }
    }
    for caller in &fixture.callers {
        for (path, methods) in &paths {
            let options = caller.agent.send("OPTIONS", path, None).await;
            assert_eq!(options.status, 204, "{path}");
            let allowed: BTreeSet<&str> = options.header("allow").split(", ").collect();
            assert_eq!(&allowed, methods, "{path}");
            for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"] {
                if !methods.contains(method) {
                    let answer = caller.agent.send(method, path, None).await;
                    assert_eq!(answer.status, 405, "{method} {path}");
                    assert_eq!(answer.header("allow"), options.header("allow"), "{method} {path}");
                }
            }
            if methods.contains("GET") {
                let (get, head) = (caller.agent.get(path).await, caller.agent.send("HEAD", path, None).await);
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
async fn no_representation_has_two_links_under_one_relation() {
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
