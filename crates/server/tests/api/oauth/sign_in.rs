//! Signing in while hashes are renewed, for who may not, and while strangers flood the queue of passwords.

use futures_util::future::join_all;
use serde_json::json;
use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};
use usher_testkit::{Answer, HasherConfig, Options, PASSWORD, Sql, TestApp};

/// `PASSWORD`, as hashed elsewhere; nearly no work to verify.
const FOREIGN: &str = "$pbkdf2-sha256$i=1000,l=32$c2l4dGVlbiBieXRlcyBvZg$qO5uE0OVvMnLnf7F+kf4nH1HnNye9mq3e3WM9yWsM+g";
/// `PASSWORD` by bcrypt at cost 4, as here, and at cost 5.
const OURS: &str = "$2b$04$abcdefghijklmnopqrstuuaWeCwZHiFrSN/EDdHtjrF0WMfVyoX6S";
const COSTLIER: &str = "$2b$05$abcdefghijklmnopqrstuu6g5PAwo4ofK22x/8KxzzH4UnFi30Joa";

async fn set_hash(app: &TestApp, username: &str, hash: &str) {
    let statement = format!("UPDATE users SET password_hash = '{hash}' WHERE username = '{username}'");
    app.sql().await.execute(&statement).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_right_sign_ins_at_once_all_succeed_while_the_hash_is_renewed() {
    let app = TestApp::start().await;
    app.user("ada").await;
    for hash in [FOREIGN, COSTLIER, FOREIGN, COSTLIER] {
        set_hash(&app, "ada", hash).await;
        let nobody = app.nobody();
        let answers = join_all((0..5).map(|_| nobody.password_grant("ada", PASSWORD))).await;
        assert!(answers.iter().all(|answer| answer.status == 200), "{answers:#?}");
        let wrong = join_all((0..3).map(|_| nobody.password_grant("ada", "wrong"))).await;
        assert!(wrong.iter().all(|answer| answer.status == 400), "{wrong:#?}");
        nobody.sign_in("ada", PASSWORD).await;
    }
    let renewed = app.sql().await.rows("SELECT password_hash FROM users WHERE username = 'ada'").await;
    assert!(renewed[0]["password_hash"].as_str().unwrap().starts_with("$2b$04$"));
    let refused = "SELECT FROM audit_events WHERE action = 'sign_in_refused'";
    assert_eq!(app.sql().await.rows(refused).await.len(), 4 * 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_password_is_right_when_its_hash_is_renewed_in_that_moment_and_a_former_one_is_not() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let (nobody, path) = (app.nobody(), ada.path());
    let password = json!({ "current_password": PASSWORD, "new_password": "another-good-one-77" });
    let row = format!("SELECT FROM users WHERE id = '{}' FOR UPDATE", ada.id);
    let another = "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e";
    for (replaced, [signed_in, changed]) in [(COSTLIER, [200, 200]), (another, [400, 400])] {
        set_hash(&app, "ada", OURS).await;
        let email = json!({ "email": format!("{signed_in}@example.com"), "current_password": PASSWORD });
        let (mut holder, mut watcher) = (app.sql().await, app.sql().await);
        holder.execute("BEGIN").await;
        holder.execute(&row).await;
        // Both verify the password, then wait for the row.
        let both = async { tokio::join!(nobody.password_grant("ada", PASSWORD), ada.patch(&path, &email)) };
        let replace = async {
            watcher.until_waiting(2).await;
            let statement = format!("UPDATE users SET password_hash = '{replaced}' WHERE id = '{}'", ada.id);
            holder.execute(&statement).await;
            holder.execute("COMMIT").await;
        };
        let ((signing_in, changing), ()) = tokio::join!(both, replace);
        assert_eq!((signing_in.status, changing.status), (signed_in, changed), "{} {}", signing_in.text, changing.text);
    }
    set_hash(&app, "ada", OURS).await;
    ada.put(&format!("{path}/password"), &password).await.expect_status(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_time_of_a_refused_sign_in_does_not_reveal_whether_the_password_is_right() {
    let hashing = HasherConfig { cost: 11, threads: 2, max_wait: Duration::from_mins(1) };
    let app =
        TestApp::with(Options { hashing, rate_limit: false, require_verified_email: true, ..Options::default() }).await;
    let nobody = app.nobody();
    for name in ["suspended", "unverified"] {
        nobody.register(name).await.expect_status(201);
    }
    let suspend = "UPDATE users SET status = 'suspended', email_verified = true WHERE username = 'suspended'";
    app.sql().await.execute(suspend).await;
    for name in ["suspended", "unverified"] {
        set_hash(&app, name, FOREIGN).await;
        // The shortest of several: other load on the machine makes none shorter.
        let mut shortest = [Duration::MAX; 2];
        for _ in 0..5 {
            for (password, shortest) in [PASSWORD, "wrong"].into_iter().zip(&mut shortest) {
                let sent_at = Instant::now();
                nobody.password_grant(name, password).await.expect_problem(400, "invalid_grant");
                *shortest = sent_at.elapsed().min(*shortest);
            }
        }
        // A hash at cost 11 takes some 100 ms.
        let [right, wrong] = shortest;
        assert!(right < wrong + Duration::from_millis(40), "{name}: {right:?} and {wrong:?}");
    }
}

/// A sign-in from that address.
async fn sign_in(app: &TestApp, from: &str, username: &str, password: &str) -> Answer {
    let body = format!("grant_type=password&username={username}&password={password}");
    let request = app.nobody().request("POST", "/v1/oauth/token").header("x-forwarded-for", from);
    Answer::to(request.header("content-type", "application/x-www-form-urlencoded").body(body)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_strangers_from_many_networks_does_not_keep_an_owner_out_at_home() {
    // Some thirty may wait, for two seconds.
    let hashing = HasherConfig { cost: 10, threads: 1, max_wait: Duration::from_secs(2) };
    let trusted_proxies = vec!["127.0.0.0/8".to_owned()];
    let app = TestApp::with(Options { hashing, trusted_proxies, ..Options::default() }).await;
    app.user("ada").await;
    sign_in(&app, "192.0.2.1", "ada", PASSWORD).await.expect_status(200);
    let over = AtomicBool::new(false);
    let strangers = join_all((0..120).map(async |n| {
        let mut put_off = 0;
        for guess in 0.. {
            if over.load(Ordering::Relaxed) {
                break;
            }
            let answer = sign_in(&app, &format!("2001:db8:{n:x}::1"), &format!("s{n}g{guess}"), "wrong").await;
            put_off += usize::from(answer.status == 503);
        }
        put_off
    }));
    let owner = async {
        // Once the queue is full.
        tokio::time::sleep(Duration::from_secs(2)).await;
        let mut statuses = Vec::new();
        for _ in 0..8 {
            statuses.push(sign_in(&app, "192.0.2.1", "ada", PASSWORD).await.status);
        }
        over.store(true, Ordering::Relaxed);
        statuses
    };
    let (put_off, statuses) = tokio::join!(strangers, owner);
    assert!(put_off.iter().sum::<usize>() > 0, "the queue was full");
    assert_eq!(statuses, [200; 8]);
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_ins_from_one_network_that_wait_for_each_other_leave_connections_to_others() {
    let app = TestApp::with(Options { trusted_proxies: vec!["127.0.0.0/8".to_owned()], ..Options::default() }).await;
    let admin = app.admin().await;
    sign_in(&app, "2001:db8:1::1", "stranger", "wrong").await.expect_problem(400, "invalid_grant");
    // The counters of the network are blocked by a row lock that each of them needs.
    let mut sql = Sql::connect(&app.database_url).await;
    sql.execute("BEGIN").await;
    sql.execute("UPDATE throttles SET failures = failures").await;
    let strangers =
        join_all((0..20).map(async |n| {
            sign_in(&app, &format!("2001:db8:1:{n:x}::1"), &format!("stranger{n}"), "wrong").await.status
        }));
    let others = async {
        app.sql().await.until_waiting(2).await;
        for _ in 0..5 {
            admin.get("/v1/users").await.expect_status(200);
        }
        sql.execute("ROLLBACK").await;
    };
    let (statuses, ()) = tokio::join!(strangers, others);
    assert!(statuses.iter().all(|status| *status == 400), "{statuses:?}");
}
