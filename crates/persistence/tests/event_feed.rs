//! The feed of events under concurrent writes: every reader sees each committed event once, in one order.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use futures_util::future::join_all;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};
use tokio::runtime::Handle;
use tokio_postgres::{Client, NoTls};
use usher_domain::{
    Clock,
    event_feed::{FeedEvent, FeedStart, Position},
};
use usher_persistence::{Database, FeedQuery};
use usher_private_postgres::{Durability, Options, PrivatePostgres};
use uuid::Uuid;

const WRITERS: u128 = 64;
/// Transactions of each writer; every fourth is rolled back.
const TRANSACTIONS: u128 = 20;

/// The id of the event that a writer records in one of its transactions.
fn event_id(writer: u128, transaction: u128) -> Uuid {
    Uuid::from_u128(writer * 1000 + transaction + 1)
}

fn is_committed(transaction: u128) -> bool {
    transaction % 4 != 3
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

async fn record(client: &Client, id: Uuid) {
    let insert = "INSERT INTO audit_events (id, at, action, outcome, actor_is_admin, changes) \
        VALUES ($1::text::uuid, now(), 'user_created', 'success', false, '[]')";
    client.execute(insert, &[&id.to_string()]).await.unwrap();
}

/// Records one event in each transaction.
async fn write(url: &str, writer: u128) {
    let client = connect(url).await;
    for transaction in 0..TRANSACTIONS {
        client.batch_execute("BEGIN").await.unwrap();
        record(&client, event_id(writer, transaction)).await;
        let end = if is_committed(transaction) { "COMMIT" } else { "ROLLBACK" };
        client.batch_execute(end).await.unwrap();
    }
}

/// Follows the feed from its beginning, a few events at a time, until it has so many.
async fn follow(database: &Database, wanted: usize) -> Vec<FeedEvent> {
    let mut query = FeedQuery { start: FeedStart::After(Position::START), types: None, limit: 7, kept_since: None };
    let mut found = Vec::new();
    while found.len() < wanted {
        let page = database.events(&query).await.unwrap();
        query.start = FeedStart::After(page.position);
        found.extend(page.events);
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_see_each_committed_event_once_in_one_order() {
    let data_dir = PathBuf::from(concat!(env!("CARGO_TARGET_TMPDIR"), "/event-feed"));
    let options = Options { data_dir, durability: Durability::Throwaway, max_connections: 100 };
    let postgres = PrivatePostgres::start(options).await.unwrap();
    let admin = connect(postgres.url()).await;
    admin.batch_execute("DROP DATABASE IF EXISTS event_feed").await.unwrap();
    admin.batch_execute("CREATE DATABASE event_feed").await.unwrap();
    let url = format!("{}/event_feed", postgres.url().rsplit_once('/').unwrap().0);
    usher_persistence::migrate(&url).await.unwrap();

    // One transaction begins before all others and ends after them.
    let slow = connect(&url).await;
    slow.batch_execute("BEGIN").await.unwrap();
    record(&slow, event_id(WRITERS, 0)).await;

    let committed: BTreeSet<Uuid> = (0..WRITERS)
        .flat_map(|writer| (0..TRANSACTIONS).filter(|n| is_committed(*n)).map(move |n| event_id(writer, n)))
        .collect();
    let replicas: Vec<_> =
        (0..2).map(|_| Database::new(&url, 4, Clock::default(), &Handle::current()).unwrap()).collect();
    let readers = join_all(replicas.iter().map(|replica| follow(replica, committed.len())));
    let (seen, _) = tokio::join!(readers, join_all((0..WRITERS).map(|writer| write(&url, writer))));
    assert_eq!(seen[0], seen[1], "the replicas agree");
    let ids: BTreeSet<Uuid> = seen[0].iter().map(|event| event.id).collect();
    assert_eq!(ids, committed, "what was committed, and nothing else");
    let positions: Vec<i64> = seen[0].iter().map(|event| event.position.get()).collect();
    assert!(positions.iter().copied().eq(1..=i64::try_from(committed.len()).unwrap()), "each once, without a gap");
    // What a writer commits later comes later.
    let mut last: BTreeMap<u128, u128> = BTreeMap::new();
    for event in &seen[0] {
        let (writer, transaction) = (event.id.as_u128() / 1000, event.id.as_u128() % 1000);
        assert!(last.insert(writer, transaction).is_none_or(|before| before < transaction), "{writer}");
    }

    slow.batch_execute("COMMIT").await.unwrap();
    let start = FeedStart::After(seen[0].last().unwrap().position);
    let page = replicas[0].events(&FeedQuery { start, types: None, limit: 7, kept_since: None }).await.unwrap();
    assert_eq!(page.events.iter().map(|event| event.id).collect::<Vec<_>>(), [event_id(WRITERS, 0)]);
    postgres.stop().await.unwrap();
}
