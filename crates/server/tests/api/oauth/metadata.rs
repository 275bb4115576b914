//! Authorization server metadata (RFC 8414).

use serde_json::json;
use usher_testkit::{Answer, Options, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn libraries_find_the_endpoints_by_the_metadata() {
    let app = TestApp::with(Options { prefix: "/auth".to_owned(), ..Options::default() }).await;
    let path = "/auth/.well-known/oauth-authorization-server";
    let metadata = app.nobody().get(path).await.expect_status(200).json;
    assert_eq!(metadata["issuer"], "http://usher.test/auth");
    let grants = json!(["password", "refresh_token", "urn:usher:grant:mfa", "urn:usher:grant:passkey"]);
    assert_eq!(metadata["grant_types_supported"], grants);
    assert!(metadata.get("response_types_supported").is_none(), "there is no authorization endpoint: {metadata}");
    let no_list_is_empty = metadata.as_object().unwrap().values().all(|value| *value != json!([]));
    assert!(no_list_is_empty, "RFC 8414 §3.2: {metadata}");
    for name in ["token_endpoint", "revocation_endpoint", "introspection_endpoint", "jwks_uri"] {
        let path = metadata[name].as_str().unwrap().strip_prefix("http://usher.test").unwrap();
        let answer = Answer::to(app.nobody().request("OPTIONS", path)).await;
        assert_eq!(answer.status, 204, "{name}");
    }
}
