//! The feed of events: in the shell, during a stop, and after a restore.

use crate::{
    home::{Home, Service},
    metrics,
};
use serde_json::Value;
use usher_testkit::{Client, PASSWORD};

/// A user who reads the feed.
async fn reader(home: &Home, service: &Service) -> Client {
    home.run(&["role", "create", "mirror", "--permissions", "events.read"]).await.expect_success();
    service.client().register("reader").await.expect_status(201);
    home.run(&["user", "set-role", "reader", "mirror"]).await.expect_success();
    let reader = service.client().sign_in("reader", PASSWORD).await;
    service.client().with_token(reader.access_token().unwrap())
}

fn lines(printed: &str) -> Vec<Value> {
    printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shell_prints_the_events_that_the_feed_has() {
    let home = Home::with_database().await;
    let service = home.serve().await;
    let reader = reader(&home, &service).await;
    let printed = home.run(&["events", "tail", "--after", "oldest", "--no-follow"]).await.expect_success();
    let mut feed = reader.get("/v1/events").await.expect_status(200).json;
    let events = feed["_embedded"]["events"].as_array_mut().unwrap();
    for event in &mut *events {
        event.as_object_mut().unwrap().remove("_links");
    }
    assert_eq!(&lines(&printed), events);
    assert!(events.iter().any(|event| event["type"] == "role_created"));

    let newest = feed["position"].as_i64().unwrap();
    let some = ["events", "tail", "--after", "0", "--type", "role_created,user_deleted", "--no-follow"];
    let printed = home.run(&some).await.expect_success();
    assert_eq!(lines(&printed).iter().map(|event| &event["type"]).collect::<Vec<_>>(), ["role_created"]);
    let after = newest.to_string();
    assert_eq!(home.run(&["events", "tail", "--after", &after, "--no-follow"]).await.expect_success(), "");
    let unknown = (newest + 1).to_string();
    let error = home.run(&["events", "tail", "--after", &unknown, "--no-follow"]).await.expect_failure();
    assert!(error.contains("no event has had this position"), "{error}");
    for bad in ["--type=married", "--after=-1", "--after=soon"] {
        home.run(&["events", "tail", bad]).await.expect_failure();
    }
    service.terminate().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shell_prints_events_as_they_happen() {
    use tokio::io::{AsyncBufReadExt, BufReader};
    let home = Home::with_database().await;
    let service = home.serve().await;
    let mut tail = home.command(&["events", "tail", "--after", "oldest", "--type", "user_registered"]).spawn().unwrap();
    let mut printed = BufReader::new(tail.stdout.take().unwrap()).lines();
    for name in ["ada", "grace"] {
        service.client().register(name).await.expect_status(201);
        let event: Value = serde_json::from_str(&printed.next_line().await.unwrap().unwrap()).unwrap();
        assert_eq!(event["type"], "user_registered");
    }
    tail.kill().await.unwrap();
    service.terminate().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_stops_answers_readers_who_wait() {
    let home = metrics::home().await;
    let service = home.serve().await;
    let reader = reader(&home, &service).await;
    let waiting = tokio::spawn(async move { reader.get("/v1/events?after=latest&wait=30&type=user_deleted").await });
    while metrics::read(&home).await["usher_event_readers_waiting"] < 1.0 {
        tokio::task::yield_now().await;
    }
    service.terminate().await;
    let feed = waiting.await.unwrap().expect_status(200);
    assert_eq!(feed.json["_embedded"]["events"].as_array().unwrap().len(), 0);
}
