//! The list of users: pages, links, filters, searches, sorts.

use serde_json::{Value, json};
use usher_testkit::{Answer, Client, Person, TestApp};

/// A service with its admin and `n` users, `user00` and so on, who have no password.
async fn with_users(n: usize) -> (TestApp, Person) {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for n in 0..n {
        create(&admin, &format!("user{n:02}"), "user").await;
    }
    (app, admin)
}

async fn create(admin: &Client, name: &str, role: &str) -> Value {
    let body = json!({ "username": name, "email": format!("{name}@example.com"), "role": role });
    admin.post("/v1/users", &body).await.expect_status(201).json
}

fn names(page: &Answer) -> Vec<&str> {
    page.json["_embedded"]["users"].as_array().unwrap().iter().map(|user| user["username"].as_str().unwrap()).collect()
}

async fn page(client: &Client, query: &str) -> Answer {
    let page = client.get(&format!("/v1/users{query}")).await.expect_status(200);
    let steps = ["first", "prev", "next", "last"];
    let links = steps.iter().filter_map(|step| Some(format!("<{}>; rel=\"{step}\"", page.href(step)?)));
    assert_eq!(page.header("link"), links.collect::<Vec<_>>().join(", "), "the header repeats the page's links");
    page
}

/// Follows a relation to its end; the names on the way, page by page.
async fn walk(client: &Client, from: Answer, relation: &str) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut here = from;
    loop {
        pages.push(names(&here).into_iter().map(str::to_owned).collect());
        let Some(href) = here.href(relation) else { return pages };
        here = page(client, href.trim_start_matches("/v1/users")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_describes_itself_and_each_user_links_the_allowed_operations() {
    let (app, admin) = with_users(3).await;
    let all = page(&admin, "").await;
    assert_eq!((&all.json["total"], &all.json["limit"], &all.json["offset"]), (&json!(4), &json!(20), &json!(0)));
    assert_eq!(names(&all), ["root", "user00", "user01", "user02"]);
    assert_eq!(all.links(), ["create", "first", "last", "search", "self"]);
    assert_eq!(all.json["_links"]["create"], json!({ "href": "/v1/users", "method": "POST" }));
    assert_eq!(
        all.json["_links"]["search"],
        json!({ "href": "/v1/users{?q,role,status,external_id,sort,limit,offset}", "templated": true })
    );
    for name in ["vary", "cache-control", "x-content-type-options"] {
        assert!(!all.header(name).is_empty(), "{name}");
    }
    for user in all.json["_embedded"]["users"].as_array().unwrap() {
        let path = user["_links"]["self"]["href"].as_str().unwrap();
        assert_eq!(admin.get(path).await.json, *user, "the same as by itself");
    }
    let forms = admin.get_with_forms("/v1/users").await.expect_status(200);
    assert!(forms.json["_templates"]["create"].is_object());
    assert!(forms.json["_embedded"]["users"][1]["_templates"]["suspend"].is_object(), "embedded ones too");
    drop(app);
}

#[tokio::test(flavor = "multi_thread")]
async fn walking_a_list_both_ways_returns_each_user_once_in_every_order() {
    let (app, admin) = with_users(11).await;
    for name in ["user03", "user07"] {
        let one = page(&admin, &format!("?q={name}")).await;
        let path = one.json["_embedded"]["users"][0]["_links"]["self"]["href"].as_str().unwrap().to_owned();
        admin.patch(&path, &json!({ "email": format!("a-{name}@example.com") })).await.expect_status(200);
    }
    for sort in ["created_at", "username", "email", "updated_at", "last_login_at"] {
        let up: Vec<String> =
            names(&page(&admin, &format!("?sort={sort}")).await).into_iter().map(Into::into).collect();
        let down: Vec<String> = up.iter().rev().cloned().collect();
        for (sort, expected) in [(sort.to_owned(), up), (format!("-{sort}"), down)] {
            let first = page(&admin, &format!("?sort={sort}&limit=5")).await;
            let forwards = walk(&admin, first.clone(), "next").await;
            assert_eq!(forwards.concat(), expected, "{sort}");
            assert_eq!(forwards.iter().map(Vec::len).collect::<Vec<_>>(), [5, 5, 2], "{sort}");
            let last = first.href("last").unwrap();
            let last = page(&admin, last.trim_start_matches("/v1/users")).await;
            let mut backwards = walk(&admin, last, "prev").await;
            backwards.reverse();
            assert_eq!(backwards, forwards, "{sort}");
        }
    }
    drop(app);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_order_sorts_by_the_field_that_it_names() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for name in ["Delta", "alpha", "Bravo", "charlie"] {
        create(&admin, name, "user").await;
    }
    assert_eq!(names(&page(&admin, "?sort=username").await), ["alpha", "Bravo", "charlie", "Delta", "root"]);
    assert_eq!(names(&page(&admin, "?sort=-created_at").await), ["charlie", "Bravo", "alpha", "Delta", "root"]);
    assert_eq!(
        names(&page(&admin, "?sort=last_login_at").await),
        ["Delta", "alpha", "Bravo", "charlie", "root"],
        "never comes before all others"
    );
    assert_eq!(names(&page(&admin, "?sort=-last_login_at").await)[0], "root");
}

#[tokio::test(flavor = "multi_thread")]
async fn links_keep_the_parameters_of_the_query() {
    let (app, admin) = with_users(9).await;
    let asked = "q=user&role=user&status=active&sort=-username";
    let second = page(&admin, &format!("?limit=3&offset=3&{asked}")).await;
    assert_eq!(second.json["total"], 9);
    assert_eq!(names(&second), ["user05", "user04", "user03"]);
    for step in ["self", "first", "prev", "next", "last"] {
        let href = second.href(step).unwrap();
        for part in ["limit=3", "q=user", "role=user", "status=active", "sort=-username"] {
            assert!(href.contains(part), "{step}: {href}");
        }
        assert_eq!(href.contains("cursor="), ["prev", "next"].contains(&step), "{step}: {href}");
        let followed = admin.get(&href).await.expect_status(200);
        assert_eq!(followed.json["total"], 9);
        assert_eq!(followed.json["limit"], 3);
    }
    let next = admin.get(&second.href("next").unwrap()).await;
    assert_eq!((&next.json["offset"], names(&next)), (&json!(6), vec!["user02", "user01", "user00"]));
    let prev = admin.get(&next.href("prev").unwrap()).await;
    assert_eq!((&prev.json["offset"], names(&prev)), (&json!(3), names(&second)));
    drop(app);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_before_one_near_the_beginning_is_the_first() {
    let (app, admin) = with_users(12).await;
    let here = page(&admin, "?offset=5&limit=10").await;
    let prev = page(&admin, here.href("prev").unwrap().trim_start_matches("/v1/users")).await;
    assert_eq!((&prev.json["offset"], names(&prev).len()), (&json!(0), 10));
    assert_eq!(prev.href("prev"), None);
    assert_eq!(here.href("prev"), here.href("first"));
    drop(app);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_beyond_the_end_is_empty_and_links_back() {
    let (app, admin) = with_users(4).await;
    for offset in ["5", "6", "1000000", "9223372036854775807"] {
        let beyond = page(&admin, &format!("?limit=2&offset={offset}")).await;
        assert!(names(&beyond).is_empty());
        assert_eq!((&beyond.json["total"], beyond.json["offset"].to_string().as_str()), (&json!(5), offset));
        assert_eq!(beyond.href("next"), None);
        assert_eq!(beyond.href("prev"), beyond.href("last"));
        let last = admin.get(&beyond.href("prev").unwrap()).await;
        assert_eq!(names(&last), ["user03"]);
    }
    let nobody = page(&admin, "?q=zzz").await;
    assert_eq!((&nobody.json["total"], nobody.links()), (&json!(0), vec_of(&["create", "first", "search", "self"])));
    let nobody = page(&admin, "?q=zzz&offset=7").await;
    assert_eq!(nobody.links(), ["create", "first", "search", "self"]);
    drop(app);
}

fn vec_of(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn parameters_out_of_range_are_named_not_bent() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let long = format!("q={}", "x".repeat(201));
    for (query, fault) in [
        ("limit=0", "/limit out_of_range"),
        ("limit=101", "/limit out_of_range"),
        ("limit=-1", "/limit out_of_range"),
        ("limit=abc", "/limit out_of_range"),
        ("limit=", "/limit out_of_range"),
        ("limit=1.5", "/limit out_of_range"),
        ("limit=1e1", "/limit out_of_range"),
        ("limit=%2B5", "/limit out_of_range"),
        ("limit=5%20", "/limit out_of_range"),
        ("limit=%D9%A3", "/limit out_of_range"),
        ("limit=4294967297", "/limit out_of_range"),
        ("limit=99999999999999999999", "/limit out_of_range"),
        ("offset=-1", "/offset out_of_range"),
        ("offset=abc", "/offset out_of_range"),
        ("offset=9223372036854775808", "/offset out_of_range"),
        ("offset=99999999999999999999999", "/offset out_of_range"),
        ("role=Owner", "/role unknown_option"),
        ("role=Admin", "/role unknown_option"),
        ("role=", "/role unknown_option"),
        ("status=deleted", "/status unknown_option"),
        ("sort=password_hash", "/sort unknown_option"),
        ("sort=--username", "/sort unknown_option"),
        ("sort=username,email", "/sort unknown_option"),
        ("sort=", "/sort unknown_option"),
        ("cursor=", "/cursor invalid_cursor"),
        ("cursor=nonsense", "/cursor invalid_cursor"),
        ("page=2", "/page unknown"),
        ("Limit=5", "/Limit unknown"),
        ("limit=5&limit=5", "/limit duplicate"),
        ("q=a&q=b", "/q duplicate"),
        ("q=%ff", "/q bad_encoding"),
        (&long, "/q too_long"),
    ] {
        let refused = admin.get(&format!("/v1/users?{query}")).await;
        assert_eq!((refused.status, refused.code()), (400, "invalid_input"), "{query}: {}", refused.text);
        assert_eq!(refused.faults(), [fault], "{query}");
    }
    let all = admin.get("/v1/users?limit=0&offset=-1&role=X&status=x&sort=x&cursor=x&page=1").await;
    assert_eq!(all.faults().len(), 7, "{:?}", all.faults());
    for good in ["limit=1", "limit=100", "limit=0100", "offset=0", "q=", "q=%00", "q=%F0%9F%A6%80", "", "&&"] {
        admin.get(&format!("/v1/users?{good}")).await.expect_status(200);
    }
    admin.get(&format!("/v1/users?q={}", "%C3%BC".repeat(200))).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_belongs_to_its_list() {
    let (app, admin) = with_users(8).await;
    let first = page(&admin, "?limit=3&sort=username&role=user&q=user").await;
    let next = first.href("next").unwrap();
    let cursor = next.split(['?', '&']).find(|part| part.starts_with("cursor=")).unwrap();
    let of = |rest: &str| format!("/v1/users?{cursor}{rest}");

    let more = admin.get(&of("&limit=4&sort=username&role=user&q=user")).await.expect_status(200);
    assert_eq!((names(&more), &more.json["offset"]), (vec!["user03", "user04", "user05", "user06"], &json!(3)));
    admin.get(&of("&sort=username&role=user&q=USER")).await.expect_status(200);
    for rest in [
        "",
        "&sort=username",
        "&sort=-username&role=user&q=user",
        "&sort=email&role=user&q=user",
        "&sort=username&role=admin&q=user",
        "&sort=username&role=user&q=use",
        "&sort=username&role=user&q=user&status=active",
    ] {
        let refused = admin.get(&of(rest)).await.expect_problem(400, "invalid_input");
        assert_eq!(refused.faults(), ["/cursor invalid_cursor"], "{rest}");
    }
    let both = admin.get(&of("&sort=username&role=user&q=user&offset=0")).await.expect_problem(400, "invalid_input");
    assert_eq!(both.faults(), ["/cursor cursor_and_offset"]);
    for touched in [format!("{cursor}A"), cursor[..cursor.len() - 2].to_owned(), cursor.replace("cursor=", "cursor=A")]
    {
        let refused = admin.get(&format!("/v1/users?{touched}&sort=username&role=user&q=user")).await;
        assert_eq!(refused.status, 400, "{touched}: {}", refused.text);
    }
    for at in "cursor=".len()..cursor.len() {
        let other = if cursor[at..].starts_with('A') { "B" } else { "A" };
        let damaged = format!("{}{other}{}", &cursor[..at], &cursor[at + 1..]);
        let refused = admin.get(&format!("/v1/users?{damaged}&sort=username&role=user&q=user")).await;
        assert_eq!(refused.expect_problem(400, "invalid_input").faults(), ["/cursor invalid_cursor"], "{damaged}");
    }
    drop(app);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_user_is_skipped_or_shown_twice_while_others_are_created_and_deleted() {
    let (app, admin) = with_users(12).await;
    let expected: Vec<String> = (0..12).map(|n| format!("user{n:02}")).collect();
    let mut here = page(&admin, "?limit=4&sort=username&q=user").await;
    let mut seen: Vec<String> = names(&here).into_iter().map(str::to_owned).collect();
    for round in 0.. {
        // A user of this page is deleted, and two users are created before those of the next page.
        let gone = here.json["_embedded"]["users"][0]["_links"]["self"]["href"].as_str().unwrap().to_owned();
        admin.delete(&gone).await.expect_status(204);
        for letter in ["a", "b"] {
            create(&admin, &format!("a{letter}{round}user"), "user").await;
        }
        let Some(next) = here.href("next") else { break };
        here = page(&admin, next.trim_start_matches("/v1/users")).await;
        seen.extend(names(&here).into_iter().map(str::to_owned));
    }
    assert_eq!(seen, expected);
    drop(app);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_is_literal_and_in_any_case() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for (name, email) in [
        ("under_score", "one@example.com"),
        ("underxscore", "two%25@example.com"),
        ("Straße", "three@example.com"),
        ("владимир", "four@example.com"),
        ("back-slash", "o'five@example.com"),
    ] {
        admin.post("/v1/users", &json!({ "username": name, "email": email })).await.expect_status(201);
    }
    for (q, expected) in [
        ("r_s", vec!["under_score"]),
        ("under_", vec!["under_score"]),
        ("rxs", vec!["underxscore"]),
        ("%25", vec![]),
        ("two%25", vec!["underxscore"]),
        ("%2525", vec!["underxscore"]),
        ("%25%25", vec![]),
        ("_", vec![]),
        ("%5C", vec![]),
        ("o%27five", vec!["back-slash"]),
        ("%27 OR 1=1 --", vec![]),
        ("STRASSE", vec!["Straße"]),
        ("%C3%9F", vec![]),
        ("ВЛАД", vec!["владимир"]),
        ("димир", vec!["владимир"]),
        ("ми", vec![]),
        ("вл", vec!["владимир"]),
        ("un", vec!["under_score", "underxscore"]),
        ("t", vec!["underxscore", "Straße"]),
        ("nd", vec![]),
        ("three%40", vec!["Straße"]),
        ("%00", vec![]),
        ("a%00b", vec![]),
    ] {
        let found = page(&admin, &format!("?q={q}")).await;
        let mut found = names(&found);
        found.retain(|name| *name != "root");
        assert_eq!(found, expected, "{q}");
    }
    assert_eq!(page(&admin, "?q=example").await.json["total"], 6);
    assert_eq!(page(&admin, "?q=").await.json["total"], 6, "an empty search is none");
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_narrow_the_list_and_its_total() {
    let (app, admin) = with_users(5).await;
    create(&admin, "boss", "admin").await;
    let second = admin.get("/v1/users?q=user01").await.json["_embedded"]["users"][0].clone();
    let suspend = second["_links"]["suspend"]["href"].as_str().unwrap();
    admin.act(suspend).await.expect_status(200);
    for (query, expected) in [
        ("?role=admin", vec!["root", "boss"]),
        ("?status=suspended", vec!["user01"]),
        ("?role=user&status=active", vec!["user00", "user02", "user03", "user04"]),
        ("?role=admin&status=suspended", vec![]),
        ("?role=owner", vec![]),
        ("?role=user&q=user0&status=active&limit=100", vec!["user00", "user02", "user03", "user04"]),
    ] {
        let found = page(&admin, query).await;
        assert_eq!((names(&found), &found.json["total"]), (expected.clone(), &json!(expected.len())), "{query}");
    }
    admin.delete(second["_links"]["self"]["href"].as_str().unwrap()).await.expect_status(204);
    assert_eq!(page(&admin, "").await.json["total"], 6);
    assert_eq!(page(&admin, "?status=suspended").await.json["total"], 0);
    drop(app);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_for_admins() {
    let app = TestApp::start().await;
    app.user("ada").await.get("/v1/users?limit=0").await.expect_problem(403, "not_allowed");
    app.nobody().get("/v1/users?limit=0").await.expect_problem(401, "authentication_required");
}
