//! The queue of background jobs, and how mails get through it.

use chrono::TimeDelta;
use serde_json::json;
use std::time::Duration;
use tokio::runtime::Handle;
use usher_persistence::{ClaimedJob, Database, MAIL_JOB, PreparedMail};
use usher_testkit::{Options, Sql, TestApp};

const ADA: &str = "ada@example.com";
/// Longer than any test.
const NEVER: Duration = Duration::from_hours(1);

/// An application that serves the same database and runs no jobs.
async fn without_jobs(app: &TestApp) -> TestApp {
    app.replica_with(Options { send_mail: false, ..Options::default() }).await
}

/// Queues a warning for Ada as the previous release does, due at this time of the test's clock.
async fn queue_as_the_previous_release(app: &TestApp, due_in: TimeDelta, attempts: i32) {
    let (now, due_at) = (app.clock.now().to_rfc3339(), (app.clock.now() + due_in).to_rfc3339());
    app.sql()
        .await
        .execute(&format!(
            "INSERT INTO outbox (id, kind, address, address_key, created_at, due_at, attempts)
             VALUES (gen_random_uuid(), 'password_changed', '{ADA}', '{ADA}', '{now}', '{due_at}', {attempts})"
        ))
        .await;
}

async fn count(sql: &mut Sql, query: &str) -> usize {
    sql.rows(query).await.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_another_replica_enqueues_runs_at_once() {
    let app = TestApp::with(Options { poll_interval: NEVER, ..Options::default() }).await;
    let listening = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND query = 'LISTEN usher_jobs'";
    while count(&mut app.sql().await, listening).await == 0 {
        tokio::task::yield_now().await;
    }
    without_jobs(&app).await.nobody().register("ada").await.expect_status(201);
    app.mail_to(ADA, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_runner_whose_listening_connection_is_lost_listens_again() {
    let app = TestApp::with(Options { poll_interval: NEVER, ..Options::default() }).await;
    let listening = "pid FROM pg_stat_activity WHERE datname = current_database() AND query = 'LISTEN usher_jobs'";
    let mut sql = app.sql().await;
    let mut first = Vec::new();
    while first.is_empty() {
        first = sql.rows(&format!("SELECT {listening}")).await;
    }
    sql.execute(&format!("SELECT pg_terminate_backend(pid) FROM (SELECT {listening}) AS listening")).await;
    // It is sent at the latest when the runner listens again.
    without_jobs(&app).await.nobody().register("ada").await.expect_status(201);
    app.mail_to(ADA, 1).await;
    let second = sql.rows(&format!("SELECT {listening}")).await;
    assert!(second.len() == 1 && second != first, "{first:?}, {second:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_are_found_by_polling_where_no_notification_arrives() {
    let app = TestApp::with(Options { listen: false, ..Options::default() }).await;
    let listening = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND query = 'LISTEN usher_jobs'";
    without_jobs(&app).await.nobody().register("ada").await.expect_status(201);
    app.mail_to(ADA, 1).await;
    assert_eq!(count(&mut app.sql().await, listening).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_of_a_replica_that_died_runs_when_its_lease_ends() {
    let app = TestApp::with(Options { send_mail: false, ..Options::default() }).await;
    app.nobody().register("ada").await.expect_status(201);
    let mut sql = app.sql().await;
    let lease_end = (app.clock.now() + TimeDelta::minutes(3)).to_rfc3339();
    sql.execute(&format!("UPDATE jobs SET attempts = 1, run_at = '{lease_end}'")).await;
    let other = app.replica().await;
    other.nobody().register("bob").await.expect_status(201);
    other.mail_to("bob@example.com", 1).await;
    assert!(other.mails_to(ADA, 0).await.is_empty(), "the lease has not ended");
    other.clock.advance(TimeDelta::minutes(3));
    other.all_mail_sent().await;
    assert_eq!(other.mails_to(ADA, 1).await.len(), 1);
}

/// A mail to Ada whose job a runner has claimed and lost, and another one has: their two claims.
async fn claimed_twice(app: &TestApp) -> (Database, [ClaimedJob; 2]) {
    app.nobody().register("ada").await.expect_status(201);
    let database = Database::new(&app.database_url, 2, app.clock.clone(), &Handle::current()).unwrap();
    let lease = TimeDelta::minutes(3);
    let late = database.claim_job(MAIL_JOB, lease).await.unwrap().unwrap();
    app.clock.advance(lease);
    let holder = database.claim_job(MAIL_JOB, lease).await.unwrap().unwrap();
    assert_eq!((late.id, late.attempts, holder.attempts), (holder.id, 1, 2));
    (database, [late, holder])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_runner_whose_lease_has_ended_does_not_give_up_the_mail_of_the_next_one() {
    let app = TestApp::with(Options { send_mail: false, ..Options::default() }).await;
    let (database, [late, holder]) = claimed_twice(&app).await;
    let mut sql = app.sql().await;
    database.discard_mail(&late).await.unwrap();
    database.complete_job(&late).await.unwrap();
    assert_eq!(count(&mut sql, "SELECT FROM outbox JOIN jobs USING (id)").await, 1);
    let prepared = database.prepare_mail(&holder, b"digest").await.unwrap();
    assert!(matches!(prepared, PreparedMail::Outgoing(_)), "{prepared:?}");
    database.discard_mail(&holder).await.unwrap();
    database.complete_job(&holder).await.unwrap();
    assert_eq!(count(&mut sql, "SELECT FROM outbox").await + count(&mut sql, "SELECT FROM jobs").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_a_runner_has_sent_after_its_lease_is_not_sent_by_the_next_one() {
    let app = TestApp::with(Options { send_mail: false, ..Options::default() }).await;
    let (database, [late, holder]) = claimed_twice(&app).await;
    // It cannot prepare the mail any more, but it had prepared and sent it before.
    let not_wanted = async |job: &ClaimedJob| {
        matches!(database.prepare_mail(job, b"digest").await.unwrap(), PreparedMail::NotWanted)
    };
    assert!(not_wanted(&late).await);
    database.mail_sent(late.id).await.unwrap();
    assert!(not_wanted(&holder).await);
    assert_eq!(count(&mut app.sql().await, "SELECT FROM outbox WHERE due_at IS NULL").await, 1, "it counts");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_of_an_unknown_kind_is_left_alone() {
    let app = TestApp::start().await;
    let mut sql = app.sql().await;
    sql.execute(
        "INSERT INTO jobs (id, kind, created_at, run_at, attempts)
         VALUES (gen_random_uuid(), 'webhook', now(), now() - interval '1 day', 0)",
    )
    .await;
    app.nobody().register("ada").await.expect_status(201);
    app.mail_to(ADA, 1).await;
    while count(&mut sql, "SELECT FROM jobs WHERE kind = 'mail'").await > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(count(&mut sql, "SELECT FROM jobs WHERE kind = 'webhook' AND attempts = 0").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_the_previous_release_queued_is_sent_once_whichever_replica_finds_it() {
    let app = TestApp::start().await;
    let _others = [app.replica().await, app.replica().await];
    let mut sql = app.sql().await;
    for sent in 1..=3 {
        queue_as_the_previous_release(&app, TimeDelta::zero(), 0).await;
        while count(&mut sql, "SELECT FROM outbox WHERE due_at IS NULL").await < sent {
            tokio::task::yield_now().await;
        }
        app.all_mail_sent().await;
        assert_eq!(app.mails_to(ADA, sent).await.len(), sent);
    }
    assert_eq!(count(&mut sql, "SELECT FROM outbox WHERE due_at IS NOT NULL").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_a_replica_of_the_previous_release_is_sending_is_left_to_it() {
    let app = TestApp::start().await;
    queue_as_the_previous_release(&app, TimeDelta::minutes(3), 1).await;
    app.nobody().register("bob").await.expect_status(201);
    app.mail_to("bob@example.com", 1).await;
    let mut sql = app.sql().await;
    assert_eq!(count(&mut sql, "SELECT FROM outbox WHERE attempts = 1 AND due_at IS NOT NULL").await, 1);
    assert!(app.mails_to(ADA, 0).await.is_empty());
    // It has died: its lease ends.
    app.clock.advance(TimeDelta::minutes(3));
    app.mail_to(ADA, 1).await;
    app.all_mail_sent().await;
    assert_eq!(app.mails_to(ADA, 1).await.len(), 1);
    // Had it only been slow, it would not find the row that it claimed.
    assert_eq!(count(&mut sql, "SELECT FROM outbox WHERE attempts = 1").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_of_the_previous_release_never_claims_a_mail_that_has_a_job_but_withdraws_it() {
    let app = TestApp::with(Options { send_mail: false, ..Options::default() }).await;
    app.nobody().register("ada").await.expect_status(201);
    app.nobody().post("/v1/password-resets", &json!({ "email": ADA })).await.expect_status(202);
    let mut sql = app.sql().await;
    assert_eq!(count(&mut sql, "SELECT FROM outbox WHERE due_at IS NOT NULL").await, 2);
    assert_eq!(count(&mut sql, "SELECT FROM outbox WHERE due_at < now() + interval '100 years'").await, 0);
    // As it withdraws links.
    sql.execute("DELETE FROM outbox WHERE due_at IS NOT NULL AND kind = 'reset_password'").await;
    let other = app.replica().await;
    other.all_mail_sent().await;
    assert_eq!(other.mails().len(), 1, "only the verification");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_of_an_unknown_kind_is_left_to_a_newer_replica_however_long_it_takes() {
    let app = TestApp::start().await;
    app.nobody().register("ada").await.expect_status(201);
    app.all_mail_sent().await;
    let mut sql = app.sql().await;
    let queued = "WITH mail AS (INSERT INTO outbox (id, kind, address, address_key, created_at, due_at, attempts)
        SELECT gen_random_uuid(), 'of_a_later_release', address, address_key, created_at, '9999-12-31', 0 FROM outbox
        RETURNING id)
        INSERT INTO jobs (id, kind, created_at, run_at, attempts)
        SELECT id, 'mail', now() - interval '1 year', now(), 0 FROM mail";
    sql.execute(queued).await;
    let left =
        "SELECT FROM outbox JOIN jobs USING (id) WHERE outbox.kind = 'of_a_later_release' AND due_at IS NOT NULL";
    for attempts in 1..=3 {
        let released = format!("{left} AND jobs.attempts >= {attempts} AND run_at < now() + interval '170 seconds'");
        while count(&mut sql, &released).await == 0 {
            assert_eq!(count(&mut sql, left).await, 1, "it is still there");
            tokio::task::yield_now().await;
        }
        sql.execute("UPDATE jobs SET run_at = now()").await;
    }
    assert_eq!(app.mails_to(ADA, 1).await.len(), 1);
    // As if a replica ran that knows it.
    sql.execute("UPDATE outbox SET kind = 'password_changed'").await;
    app.clock.advance(TimeDelta::minutes(1));
    app.mails_to(ADA, 2).await;
    app.all_mail_sent().await;
}
