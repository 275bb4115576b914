//! Hostile bodies, queries, headers and sizes.

use serde_json::json;
use usher_testkit::{Answer, Client, PASSWORD, TestApp};

fn with_body(client: &Client, body: impl Into<reqwest::Body>) -> reqwest::RequestBuilder {
    client.request("POST", "/v1/register").header("content-type", "application/json").body(body)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_not_a_json_object_is_malformed() {
    let app = TestApp::start().await;
    let nobody = app.nobody();
    let deep = format!("{{\"username\":{}1{}}}", "[".repeat(10_000), "]".repeat(10_000));
    let wide = format!("[{}1]", "1,".repeat(20_000));
    for body in [
        "",
        " ",
        "{",
        "}",
        "[]",
        "[[\"username\",\"ada\"]]",
        &format!("[\"ada\", \"ada@example.com\", \"{PASSWORD}\"]"),
        "null",
        "true",
        "1",
        "\"text\"",
        "{}{}",
        "{} x",
        "{'username': 'ada'}",
        "{username: 1}",
        "{\"username\": \"ada\",}",
        "{\"username\": \"\\ud800\"}",
        "{\"username\": 1e999}",
        "{\"username\": NaN}",
        "\u{feff}{}",
        "username=ada",
        "<xml/>",
        &deep,
        &wide,
    ] {
        let refused = Answer::to(with_body(&nobody, body.to_owned())).await;
        let shown: String = body.chars().take(40).collect();
        assert_eq!((refused.status, refused.code()), (400, "malformed"), "{shown:?}: {}", refused.text);
    }
    let not_utf8 = b"{\"username\": \"\xff\xfe\"}".to_vec();
    Answer::to(with_body(&nobody, not_utf8)).await.expect_problem(400, "malformed");
    let nul = format!("{{\"username\":\"ada\",\"email\":\"ada@example.com\",\"password\":\"{PASSWORD}\"}}\0");
    Answer::to(with_body(&nobody, nul)).await.expect_problem(400, "malformed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_duplicate_field_is_reported() {
    let app = TestApp::start().await;
    let body = format!(
        "{{\"username\":\"ada\",\"email\":\"ada@example.com\",\"password\":\"{PASSWORD}\",\"username\":\"ada\",\"x\":1,\"x\":2}}"
    );
    let refused = Answer::to(with_body(&app.nobody(), body)).await.expect_problem(400, "invalid_input");
    assert_eq!(refused.faults(), ["/username duplicate", "/x duplicate", "/x unknown"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn values_of_other_types_are_named() {
    let app = TestApp::start().await;
    // A required field cannot be null.
    for value in [json!(null), json!(1), json!(true), json!([]), json!(["ada"]), json!({}), json!({ "$ne": null })] {
        let body = json!({ "username": value, "email": value, "password": value });
        let refused = app.nobody().post("/v1/register", &body).await.expect_problem(400, "invalid_input");
        assert_eq!(refused.faults(), ["/email not_text", "/password not_text", "/username not_text"], "{value}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_problem_lists_32_faults_and_counts_the_rest() {
    let app = TestApp::start().await;
    let nobody = app.nobody();
    let body: serde_json::Map<String, serde_json::Value> = (0..4000).map(|n| (format!("x{n}"), json!(n))).collect();
    let refused = nobody.post("/v1/register", &body.into()).await.expect_problem(400, "invalid_input");
    assert_eq!((refused.faults().len(), &refused.json["errors_omitted"]), (32, &json!(4003 - 32)));
    for field in ["/username required", "/email required", "/password required"] {
        assert!(refused.faults().contains(&field.to_owned()), "{field}");
    }

    // The faults of the fields come before those of members that were sent again.
    let again = format!("{{{}\"email\":1}}", "\"email\":1,".repeat(3000));
    let refused = Answer::to(with_body(&nobody, again)).await.expect_problem(400, "invalid_input");
    assert!(refused.faults().contains(&"/username required".to_owned()), "{}", refused.text);
    assert_eq!(refused.json["errors_omitted"], json!(3003 - 32));

    let query: Vec<String> = (0..1000).map(|n| format!("x{n}")).collect();
    let path = format!("/v1/register?{}", query.join("&"));
    let refused = nobody.post(&path, &json!({ "username": 1 })).await.expect_problem(400, "invalid_input");
    assert_eq!((refused.faults().len(), &refused.json["errors_omitted"]), (32, &json!(1003 - 32)));

    // 32 are not too many.
    let query: Vec<String> = (0..32).map(|n| format!("x{n}")).collect();
    let refused = nobody.get(&format!("/v1?{}", query.join("&"))).await.expect_problem(400, "invalid_input");
    assert_eq!(refused.faults().len(), 32);
    assert!(refused.json.get("errors_omitted").is_none(), "{}", refused.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_repeats_no_long_text_of_the_request() {
    let app = TestApp::start().await;
    let nobody = app.nobody();
    let long = "x".repeat(50_000);
    for body in [
        json!({ &long: 1 }).to_string(),
        json!({ "username": &long[..20_000], "email": &long[..20_000], "password": &long[..20_000] }).to_string(),
        json!(long).to_string(),
        format!("{{\"username\":{}}}", json!([&long])),
        (0..60).map(|n| format!("\"{n}{}\":1", "y".repeat(1000))).collect::<Vec<_>>().join(",").replacen('"', "{\"", 1)
            + "}",
    ] {
        let refused = Answer::to(with_body(&nobody, body)).await.expect_status(400);
        assert!(refused.text.len() < 10_000, "{}: {} bytes", refused.code(), refused.text.len());
    }
    let refused = nobody.get(&format!("/v1?{}", &long[..7000])).await.expect_problem(400, "invalid_input");
    assert!(refused.text.len() < 1000, "{} bytes", refused.text.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn null_counts_as_absent_where_a_field_is_optional() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    // Permissions do not matter: an absent field is not written.
    let body = json!({ "username": "ada2", "email": null, "role": null, "current_password": null });
    let changed = ada.patch(&ada.path(), &body).await.expect_status(200);
    assert_eq!((&changed.json["username"], &changed.json["role"]), (&json!("ada2"), &json!("user")));
    assert_eq!(changed.json["email"], json!("ada@example.com"));
    for nothing in [json!({ "email": null }), json!({ "username": null, "email": null, "role": null })] {
        let refused = ada.patch(&ada.path(), &nothing).await.expect_problem(400, "invalid_input");
        assert_eq!(refused.json["errors"][0]["code"], "empty", "{nothing}");
    }
    let body = json!({ "username": "bob", "email": "bob@example.com", "password": null, "role": null });
    let created = app.admin().await.post("/v1/users", &body).await.expect_status(201);
    assert_eq!(created.json["role"], "user");

    let refused = ada.patch(&ada.path(), &json!({ "email": null, "nickname": null })).await;
    assert_eq!(refused.expect_problem(400, "invalid_input").faults(), ["/nickname unknown"]);
    let twice = ada.request("PATCH", &ada.path()).header("content-type", "application/json");
    let refused = Answer::to(twice.body("{\"role\":null,\"role\":null,\"username\":\"ada3\"}")).await;
    assert_eq!(refused.expect_problem(400, "invalid_input").faults(), ["/role duplicate"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_are_limited_with_a_length_and_in_chunks() {
    let app = TestApp::start().await;
    let just = format!("{{\"username\":\"{}\"}}", "a".repeat(64 * 1024 - 15));
    assert_eq!(just.len(), 64 * 1024);
    let refused = Answer::to(with_body(&app.nobody(), just.clone())).await.expect_problem(400, "invalid_input");
    assert_eq!(refused.faults(), ["/email required", "/password required", "/username too_long"]);
    Answer::to(with_body(&app.nobody(), just + " ")).await.expect_problem(413, "body_too_large");
    Answer::to(with_body(&app.nobody(), "x".repeat(10_000_000))).await.expect_problem(413, "body_too_large");

    let head = "POST /v1/register HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n";
    let mut chunked = app.raw().await;
    chunked.send(format!("{head}Transfer-Encoding: chunked\r\n\r\n")).await;
    for _ in 0..70 {
        chunked.send(format!("400\r\n{}\r\n", "x".repeat(1024))).await;
    }
    assert_eq!(chunked.status().await, 413);
    for length in ["18446744073709551615", "99999999999999999999", "-1", "1x", ""] {
        let mut lying = app.raw().await;
        let status = lying.send(format!("{head}Content-Length: {length}\r\n\r\n{{}}")).await.status().await;
        assert!([400, 413].contains(&status), "{length:?}: {status}");
    }
    let mut both = app.raw().await;
    both.send(format!("{head}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n")).await;
    assert_eq!(both.status().await, 400);
    app.nobody().get("/v1").await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_with_a_content_coding_is_refused() {
    let app = TestApp::start().await;
    let fields = json!({ "username": "ada", "email": "ada@example.com", "password": PASSWORD });
    let register = async |coding: &str| {
        let request = app.nobody().request("POST", "/v1/register").header("content-encoding", coding);
        Answer::to(request.json(&fields)).await
    };
    for coding in ["gzip", "br", "identity, gzip"] {
        register(coding).await.expect_problem(415, "unsupported_media_type");
    }
    register("Identity").await.expect_status(201);
    // Without a body there is nothing that could be coded.
    let ada = app.nobody().sign_in("ada", PASSWORD).await;
    Answer::to(ada.request("DELETE", &ada.path()).header("content-encoding", "gzip")).await.expect_status(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_in_chunks_is_a_body() {
    let app = TestApp::start().await;
    let fields = json!({ "username": "ada", "email": "ada@example.com", "password": PASSWORD });
    let body = format!("{:2000}", fields.to_string());
    let (one, two) = body.split_at(1000);
    let mut raw = app.raw().await;
    raw.send("POST /v1/register HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n").await;
    raw.send("Transfer-Encoding: chunked\r\n\r\n").await;
    for part in [one, two, ""] {
        raw.send(format!("{:x}\r\n{part}\r\n", part.len())).await;
    }
    assert_eq!(raw.status().await, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn uris_and_headers_have_limits() {
    let app = TestApp::start().await;
    let nobody = app.nobody();
    nobody.get(&format!("/v1?{}", "q".repeat(9000))).await.expect_problem(414, "uri_too_long");
    nobody.get(&format!("/{}", "q".repeat(9000))).await.expect_problem(414, "uri_too_long");
    let large = nobody.request("GET", "/v1").header("x-large", "x".repeat(33_000));
    Answer::to(large).await.expect_problem(431, "headers_too_large");
    let mut many = nobody.request("GET", "/v1");
    for n in 0..80 {
        many = many.header(format!("x-many-{n}"), "x".repeat(500));
    }
    Answer::to(many).await.expect_problem(431, "headers_too_large");
    for (what, request) in [
        ("a huge URI", format!("GET /{} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "q".repeat(300_000))),
        ("a huge header", format!("GET /v1 HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n", "x".repeat(300_000))),
        ("very many headers", format!("GET /v1 HTTP/1.1\r\nHost: x\r\n{}\r\n", "X: y\r\n".repeat(1000))),
        ("no HTTP", "nonsense\r\n\r\n".to_owned()),
        ("a bad URI", "GET http://[ HTTP/1.1\r\nHost: x\r\n\r\n".to_owned()),
    ] {
        let status = app.raw().await.send(request).await.status().await;
        assert!([400, 414, 431].contains(&status), "{what}: {status}");
    }
    nobody.get("/v1").await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn links_do_not_depend_on_the_host_header() {
    let app = TestApp::start().await;
    let mut raw = app.raw().await;
    raw.send("GET /v1 HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\n").await;
    raw.send("Forwarded: host=evil.example\r\nX-Forwarded-Proto: gopher\r\nConnection: close\r\n\r\n").await;
    let answer = raw.answer().await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(!answer.contains("evil") && !answer.contains("gopher"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_parameters_are_refused_by_the_api() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for path in ["/v1", "/v1/me", "/v1/users", &admin.path(), "/v1/audit-events"] {
        let refused = admin.get(&format!("{path}?x=1&x=2&y")).await.expect_problem(400, "invalid_input");
        assert_eq!(refused.faults(), ["/x duplicate", "/x unknown", "/y unknown"], "{path}");
        admin.get(&format!("{path}?")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_parameters_are_ignored_by_what_machines_probe_and_browsers_open() {
    let app = TestApp::start().await;
    for path in [
        "/docs",
        "/docs/",
        "/openapi.json",
        "/.well-known/jwks.json",
        "/.well-known/oauth-authorization-server",
        "/health/live",
        "/health/ready",
        "/verify-email",
        "/reset-password",
        "/assets/console-0123456789abcdef.js",
        "/console/",
        "/",
    ] {
        let plain = app.nobody().get(path).await;
        assert!(plain.status < 400, "{path}: {}", plain.status);
        for query in ["_=1", "cachebust=17", "v=2&v=3", "q=%F6", "utm_source=mail", "limit=x"] {
            for method in ["GET", "HEAD"] {
                let answer = app.nobody().request(method, &format!("{path}?{query}")).send().await.unwrap();
                assert_eq!(answer.status(), plain.status, "{method} {path}?{query}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_of_the_query_and_of_the_body_are_reported_at_once() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let refused = ada.patch(&format!("{}?x=1", ada.path()), &json!({ "username": "a" })).await;
    assert_eq!(refused.expect_problem(400, "invalid_input").faults(), ["/username too_short", "/x unknown"]);
    let broken = ada.request("PATCH", &format!("{}?x=1", ada.path())).header("content-type", "application/json");
    let refused = Answer::to(broken.body("[")).await.expect_problem(400, "invalid_input");
    assert_eq!(refused.faults(), ["/x unknown"], "an error with faults is returned before one without");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_media_type_of_no_body_matters_only_where_one_is_taken() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let empty = |method, path: &str| Answer::to(ada.request(method, path).header("content-type", "text/plain"));
    empty("PATCH", &ada.path()).await.expect_problem(415, "unsupported_media_type");
    empty("DELETE", &format!("{}/sessions", ada.path())).await.expect_status(204);
}
