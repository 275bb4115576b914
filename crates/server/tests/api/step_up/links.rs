//! Where a step-up is linked, and its form.

use super::{is_fresh, stale_with_totp, start};
use usher_testkit::Answer;

#[tokio::test(flavor = "multi_thread")]
async fn the_root_links_to_it_with_a_form_while_the_session_is_not_fresh() {
    let app = start().await;
    let (ada, _) = stale_with_totp(&app).await;
    let request = ada.request("GET", "/v1").header("accept", "application/prs.hal-forms+json");
    let root = Answer::to(request).await.expect_status(200);
    assert_eq!(root.href("step-up").as_deref(), Some("/v1/step-up"));
    let form = &root.json["_templates"]["step-up"];
    assert_eq!((&form["method"], &form["target"]), (&"POST".into(), &"/v1/step-up".into()));
    let names: Vec<_> =
        form["properties"].as_array().unwrap().iter().map(|property| property["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["password", "otp", "recovery_code", "ceremony", "credential"]);
    assert!(!app.nobody().get("/v1").await.links().contains(&"step-up".to_owned()));
    assert!(!is_fresh(&ada).await);
}
