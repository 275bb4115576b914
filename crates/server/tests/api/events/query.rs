//! The parameters of the feed.

use super::{FEED, events, latest, position, read, types};
use usher_testkit::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn invalid_parameters_are_reported() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for bad in ["-1", "x", "", "1.5", "LATEST", "99999999999999999999", "%2B1"] {
        let refused = admin.get(&format!("{FEED}?after={bad}")).await.expect_problem(400, "invalid_input");
        assert_eq!(refused.faults(), ["/after invalid_position"], "{bad}");
    }
    for (bad, faults) in [
        ("limit=0", "/limit out_of_range"),
        ("limit=1001", "/limit out_of_range"),
        ("wait=31", "/wait out_of_range"),
        ("wait=-1", "/wait out_of_range"),
        ("type=", "/type unknown_option"),
        ("type=user_created,", "/type unknown_option"),
        ("type=user_created,user_married", "/type unknown_option"),
        ("type=sign_in_refused", "/type unknown_option"),
        ("offset=1", "/offset unknown"),
    ] {
        let refused = admin.get(&format!("{FEED}?{bad}")).await.expect_problem(400, "invalid_input");
        assert_eq!(refused.faults(), [faults], "{bad}");
    }
    let unknown = format!("{FEED}?after={}", latest(&admin).await + 1);
    assert_eq!(admin.get(&unknown).await.expect_problem(400, "invalid_input").faults(), ["/after unknown_position"]);
    read(&admin, &format!("after={}&limit=1000&wait=0", latest(&admin).await)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_events_of_the_requested_types_are_shown() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let start = latest(&admin).await;
    app.user("ada").await;
    app.user("bob").await;
    let feed = read(&admin, &format!("after={start}&type=user_registered,user_deleted")).await;
    assert_eq!(types(&feed), ["user_registered"; 2]);
    assert_eq!(position(&feed), start + 3, "that of the last of these events");
    let none = read(&admin, &format!("after={start}&type=user_deleted")).await;
    assert_eq!((events(&none).len(), position(&none)), (0, start + 4), "where to go on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_for_rare_events_goes_on_where_it_has_stopped() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let start = latest(&admin).await;
    let mut sql = app.sql().await;
    sql.execute(
        "INSERT INTO audit_events (id, at, action, outcome, actor_is_admin, changes) \
         SELECT gen_random_uuid(), now(), 'user_imported', 'success', false, '[]' FROM generate_series(1, 25000)",
    )
    .await;
    app.user("ada").await;
    let mut feed = read(&admin, &format!("after={start}&type=user_registered")).await;
    let mut empty = 0;
    while events(&feed).is_empty() {
        empty += 1;
        feed = admin.get(&feed.href("next").unwrap()).await.expect_status(200);
    }
    assert_eq!((types(&feed), position(&feed)), (vec!["user_registered"], start + 25_001));
    assert!((1..=5).contains(&empty), "{empty} empty responses");
    // Who waits need not ask again.
    let waiting = read(&admin, &format!("after={start}&type=user_registered&wait=30")).await;
    assert_eq!(types(&waiting), ["user_registered"]);
}
