//! The list of roles.

use super::role;
use usher_testkit::TestApp;

fn names(page: &serde_json::Value) -> Vec<&str> {
    page["_embedded"]["roles"].as_array().unwrap().iter().map(|role| role["name"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_are_listed_with_their_users_in_pages() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for name in ["support", "auditor", "b", "zz"] {
        role(&admin, name, &["users.read"]).await;
    }
    app.user_with_role("bob", "support").await;
    app.user_with_role("carol", "support").await;
    let all = admin.get("/v1/roles").await.expect_status(200);
    assert_eq!(names(&all.json), ["admin", "user", "auditor", "b", "support", "zz"]);
    assert_eq!(all.json["total"], 6);
    let counts: Vec<_> = all.json["_embedded"]["roles"].as_array().unwrap().iter().map(|role| &role["users"]).collect();
    assert_eq!(counts, [1, 0, 0, 0, 2, 0]);
    assert_eq!(all.links(), ["create", "first", "last", "self"]);

    let first = admin.get("/v1/roles?limit=2").await.expect_status(200);
    assert_eq!((names(&first.json), first.href("prev")), (vec!["admin", "user"], None));
    let next = first.href("next").unwrap();
    assert!(next.contains("cursor="), "{next}");
    // What is before the page does not move it.
    role(&admin, "a", &[]).await;
    let second = admin.get(&next).await.expect_status(200);
    assert_eq!((names(&second.json), &second.json["offset"]), (vec!["a", "auditor"], &2.into()));
    let third = admin.get(&second.href("next").unwrap()).await.expect_status(200);
    assert_eq!(names(&third.json), ["b", "support"]);
    admin.delete("/v1/roles/auditor").await.expect_status(204);
    let back = admin.get(&third.href("prev").unwrap()).await.expect_status(200);
    assert_eq!(names(&back.json), ["user", "a"]);
    let last = admin.get(&third.href("next").unwrap()).await.expect_status(200);
    assert_eq!((names(&last.json), last.href("next")), (vec!["zz"], None));
    let past = admin.get("/v1/roles?limit=4&offset=40").await.expect_status(200);
    assert_eq!((names(&past.json), past.href("prev").as_deref()), (vec![], Some("/v1/roles?limit=4&offset=4")));
    let middle = admin.get("/v1/roles?limit=2&offset=3").await.expect_status(200);
    assert_eq!(names(&middle.json), ["b", "support"]);
    for bad in ["limit=0", "limit=101", "offset=-1", "cursor=x", "q=a", "sort=name"] {
        admin.get(&format!("/v1/roles?{bad}")).await.expect_problem(400, "invalid_input");
    }
    let of_users = admin.get("/v1/users?limit=1").await.href("next").unwrap();
    let cursor = of_users.split_once("cursor=").unwrap().1;
    let refused = admin.get(&format!("/v1/roles?cursor={cursor}")).await.expect_problem(400, "invalid_input");
    assert_eq!(refused.faults(), ["/cursor invalid_cursor"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_links_of_a_list_are_those_of_its_reader() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    role(&admin, "role-admin", &["roles.read", "roles.write", "users.read"]).await;
    role(&admin, "reader", &["roles.read"]).await;
    role(&admin, "bigger", &["audit.read"]).await;
    role(&admin, "smaller", &["users.read"]).await;
    admin.post("/v1/roles", &serde_json::json!({ "name": "kept", "permissions": [], "reserved": true })).await;
    let eve = app.user_with_role("eve", "role-admin").await;
    let reader = app.user_with_role("reader", "reader").await;
    let links = async |client: &usher_testkit::Client| {
        let page = client.get("/v1/roles").await.expect_status(200).json;
        let of = |role: &serde_json::Value| {
            let mut links: Vec<_> = role["_links"].as_object().unwrap().keys().cloned().collect();
            links.sort();
            format!("{} {}", role["name"].as_str().unwrap(), links.join(" "))
        };
        page["_embedded"]["roles"].as_array().unwrap().iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(
        links(&eve).await,
        [
            "admin self users",
            "user self users",
            "bigger self users",
            "kept self users",
            "reader self update users",
            "role-admin self update users",
            "smaller delete self update users",
        ]
    );
    assert!(links(&reader).await.iter().all(|line| line.ends_with(" self")), "{:?}", links(&reader).await);
    assert!(reader.get("/v1/roles").await.href("create").is_none());
    app.user("ada").await.get("/v1/roles").await.expect_problem(403, "not_allowed");
    app.nobody().get("/v1/roles").await.expect_problem(401, "authentication_required");
}
