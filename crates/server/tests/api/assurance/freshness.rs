//! Creating an API key needs a fresh session.

use super::{app, create_key, enrol, key_wanted, keys_of, pass_freshness, prove, with};
use chrono::TimeDelta;
use usher_testkit::{Answer, Options, PASSWORD};

const STALE: &str = "insufficient_user_authentication";

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_fresh_for_a_while_after_the_sign_in() {
    let app = app().await;
    let ada = app.user("ada").await;
    let list = async || ada.get(&keys_of(&ada)).await.expect_status(200).links();
    app.clock.advance(TimeDelta::minutes(14));
    assert!(list().await.contains(&"create".to_owned()));
    create_key(&ada).await.expect_status(201);
    app.clock.advance(TimeDelta::minutes(1));
    assert!(!list().await.contains(&"create".to_owned()));
    let refused = create_key(&ada).await.expect_problem(401, STALE);
    assert_eq!(
        refused.header("www-authenticate"),
        "Bearer realm=\"usher\", error=\"insufficient_user_authentication\", \
         error_description=\"A more recent authentication is required\", max_age=\"900\""
    );
    // Reading, and what is not marked fresh, goes on.
    ada.get("/v1/me").await.expect_status(200);
    ada.delete(&keys_of(&ada)).await.expect_status(204);
    // A refresh proves nothing; a sign-in does.
    let grant = [("grant_type", "refresh_token"), ("refresh_token", ada.token["refresh_token"].as_str().unwrap())];
    let refreshed = app.nobody().form("/v1/oauth/token", &grant).await.expect_status(200).json;
    let again = app.nobody().with_token(refreshed["access_token"].as_str().unwrap());
    again.post(&keys_of(&ada), &key_wanted()).await.expect_problem(401, STALE);
    create_key(&app.nobody().sign_in("ada", PASSWORD).await).await.expect_status(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_says_how_long_a_session_is_fresh() {
    let app = with(Options { fresh_for: TimeDelta::minutes(60), ..Options::default() }).await;
    let ada = app.user("ada").await;
    app.clock.advance(TimeDelta::minutes(59));
    create_key(&ada).await.expect_status(201);
    app.clock.advance(TimeDelta::minutes(1));
    let refused = create_key(&ada).await.expect_problem(401, STALE);
    assert!(refused.header("www-authenticate").ends_with("max_age=\"3600\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_session_is_reported_after_403_and_before_406_and_the_body() {
    let app = app().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    pass_freshness(&app);
    ada.post(&keys_of(&bob), &key_wanted()).await.expect_problem(403, "not_allowed");
    let request = || ada.request("POST", &keys_of(&ada));
    Answer::to(request().header("accept", "image/png").json(&key_wanted())).await.expect_problem(401, STALE);
    Answer::to(request().header("content-type", "text/plain").body("no JSON")).await.expect_problem(401, STALE);
    // Where freshness is not all that lacks, the answer is the other one.
    let full = format!(
        "INSERT INTO api_keys (id, user_id, digest, name, hint, scopes, created_at, expires_at) \
         SELECT gen_random_uuid(), '{}', sha256(n::text::bytea), 'a script', 'usher_pat_0000', '{{account.read}}', now(), \
         now() + interval '1 year' FROM generate_series(1, 50) AS n",
        ada.id
    );
    app.sql().await.execute(&full).await;
    assert_eq!(ada.get(&keys_of(&ada)).await.links(), ["first", "last", "next", "revoke-all", "self"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_with_a_second_factor_must_have_proved_it_in_the_session() {
    let app = app().await;
    let ada = app.user("ada").await;
    enrol(&app, &ada).await;
    create_key(&ada).await.expect_problem(401, STALE);
    prove(&app, &ada).await;
    create_key(&ada).await.expect_status(201);
    pass_freshness(&app);
    create_key(&ada).await.expect_problem(401, STALE);
    prove(&app, &ada).await;
    create_key(&ada).await.expect_status(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_becomes_stale_before_the_write_takes_effect_is_refused() {
    for by_time in [true, false] {
        let app = app().await;
        let ada = app.user("ada").await;
        let mut sql = app.sql().await;
        sql.execute("BEGIN").await;
        sql.execute(&format!("SELECT FROM users WHERE id = '{}' FOR UPDATE", ada.id)).await;
        let creation = tokio::spawn(Answer::to(ada.request("POST", &keys_of(&ada)).json(&key_wanted())));
        app.sql().await.until_waiting(1).await;
        if by_time {
            pass_freshness(&app);
        } else {
            sql.execute(&format!("UPDATE users SET has_factors = true WHERE id = '{}'", ada.id)).await;
        }
        sql.execute("COMMIT").await;
        creation.await.unwrap().expect_problem(401, STALE);
        assert_eq!(ada.get(&keys_of(&ada)).await.expect_status(200).json["total"], 0);
    }
}
