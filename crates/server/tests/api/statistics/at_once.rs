//! Counting while others count, delete users, close days, or hold what the transaction waits for.

use super::{counts, recorded, statistics};
use chrono::TimeDelta;
use futures_util::future::join_all;
use usher_testkit::{PASSWORD, Person, Sql, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_at_once_is_counted_exactly() {
    const DOOMED: usize = 6;
    const LATE: usize = 12;
    // The clock of one replica shows an hour of the day that the other one closes.
    let late = TestApp::start().await;
    let app = late.replica().await;
    let now = late.clock.now();
    let first_day = now.date_naive() + chrono::Days::new(1);
    let midnight = (first_day + chrono::Days::new(1)).and_hms_opt(0, 0, 0).unwrap().and_utc();
    late.clock.advance(midnight - TimeDelta::hours(1) - now);
    app.clock.advance(midnight + TimeDelta::minutes(90) - now);
    let sign_in = async |app: &TestApp, name: &str, password: &str| app.nobody().password_grant(name, password).await;
    let refresh = async |person: &Person| {
        let token = person.token["refresh_token"].as_str().unwrap();
        app.nobody().form("/v1/oauth/token", &[("grant_type", "refresh_token"), ("refresh_token", token)]).await
    };
    let mut sessions = vec![late.user("ada").await];
    for _ in 0..3 {
        sessions.push(late.nobody().sign_in("ada", PASSWORD).await);
    }
    let mut doomed = Vec::new();
    for n in 0..DOOMED {
        doomed.push(late.user(&format!("doomed{n}")).await);
    }
    for n in 0..LATE {
        late.nobody().register(&format!("late{n}")).await.expect_status(201);
    }
    let admin = app.admin().await;

    // The first activity of a user on a day, in several sessions.
    let refreshed = join_all(sessions.iter().map(&refresh));
    let signed_in = join_all((0..2).map(|_| sign_in(&app, "ada", PASSWORD)));
    // The first activity of users who are being deleted.
    let active_before_deletion = join_all(doomed.iter().enumerate().map(async |(n, person)| {
        let (name, path) = (format!("doomed{n}"), person.path());
        let (refreshed, signed_in, deleted) =
            tokio::join!(refresh(person), sign_in(&app, &name, PASSWORD), admin.delete(&path));
        deleted.expect_status(204);
        [refreshed, signed_in].iter().any(|answer| answer.status == 200)
    }));
    // Each kind of event on the day that is being closed.
    let counted_late = join_all((0..LATE).map(async |n| {
        let name = format!("late{n}");
        sign_in(&late, &name, PASSWORD).await.expect_status(200);
        sign_in(&late, &name, "wrong").await.expect_status(400);
        late.nobody().register(&format!("new{n}")).await.expect_status(201);
    }));
    let closed = async {
        for _ in 0..LATE {
            app.cleanup().await;
        }
    };
    let (refreshed, signed_in, active_before_deletion, ..) =
        tokio::join!(refreshed, signed_in, active_before_deletion, counted_late, closed);
    assert!(refreshed.iter().chain(&signed_in).all(|answer| answer.status == 200));

    let first = [1 + DOOMED + 2 * LATE, 4 + DOOMED + LATE, LATE, 1 + DOOMED + LATE].map(|n| i64::try_from(n).unwrap());
    let active = 2 + active_before_deletion.iter().filter(|was_active| **was_active).count();
    // Before the last of it is closed, and afterwards.
    for _ in 0..2 {
        let found = statistics(&admin, 2).await;
        let days = [counts(&found, 1), counts(&found, 0)];
        assert_eq!(days[0], first);
        assert_eq!(days[0][..3], recorded(&app, first_day).await);
        assert_eq!(days[1][..3], recorded(&app, midnight.date_naive()).await);
        assert_eq!(days[1][3], i64::try_from(active).unwrap());
        app.cleanup().await;
    }
}

/// Adds this counter of today to every shard, so that one that is held is seen.
async fn in_every_shard(sql: &mut Sql, app: &TestApp, counter: &str) {
    let today = app.clock.now().date_naive();
    let rows = format!("SELECT '{today}', shard, '{counter}', 0 FROM generate_series(0, 31) AS shard");
    sql.execute(&format!("INSERT INTO daily_counts {rows} ON CONFLICT DO NOTHING")).await;
}

/// In how many shards nobody holds this counter.
async fn free_shards(sql: &mut Sql, counter: &str) -> usize {
    sql.rows(&format!("SELECT shard FROM daily_counts WHERE counter = '{counter}' FOR UPDATE SKIP LOCKED")).await.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_that_waits_for_its_network_holds_no_counter() {
    let app = TestApp::start().await;
    // It is counted by the address and its networks from now on.
    app.nobody().register("ada").await.expect_status(201);
    let (mut holder, mut observer) = (app.sql().await, app.sql().await);
    in_every_shard(&mut observer, &app, "registrations").await;
    holder.execute("BEGIN").await;
    holder.execute("SELECT FROM throttles FOR UPDATE").await;
    let nobody = app.nobody();
    let registering = tokio::spawn(async move { nobody.register("bob").await });
    observer.until_waiting(1).await;
    assert_eq!(free_shards(&mut observer, "registrations").await, 32);
    holder.execute("COMMIT").await;
    registering.await.unwrap().expect_status(201);
    assert_eq!(counts(&statistics(&app.admin().await, 1).await, 0)[0], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_second_step_that_waits_for_its_token_holds_no_counter() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let authenticator = app.enrol_totp(&ada).await;
    let first = app.nobody().password_grant("ada", PASSWORD).await.expect_problem(400, "mfa_required");
    let mfa_token = first.json["mfa_token"].as_str().unwrap().to_owned();
    let (mut holder, mut observer) = (app.sql().await, app.sql().await);
    in_every_shard(&mut observer, &app, "failed_sign_ins").await;
    holder.execute("BEGIN").await;
    holder.execute("SELECT FROM mfa_tokens FOR UPDATE").await;
    let (nobody, code) = (app.nobody(), authenticator.wrong_code(&app));
    let refused = tokio::spawn(async move {
        let fields = [("grant_type", "urn:usher:grant:mfa"), ("mfa_token", &mfa_token), ("otp", &code)];
        nobody.form("/v1/oauth/token", &fields).await
    });
    observer.until_waiting(1).await;
    assert_eq!(free_shards(&mut observer, "failed_sign_ins").await, 32);
    holder.execute("COMMIT").await;
    refused.await.unwrap().expect_problem(400, "wrong_code");
    assert_eq!(counts(&statistics(&app.admin().await, 1).await, 0)[2], 1);
}
