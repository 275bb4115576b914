//! The cluster: how it is created, and what is in it.

use crate::{
    connection::{connect, identity, query},
    test_dir::TestDir,
};
use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
};
use usher_private_postgres::{Durability, Options, PrivatePostgres};

#[tokio::test]
async fn a_cluster_is_created_once_and_keeps_its_data_across_restarts() {
    let dir = TestDir::new();
    let options = Options { durability: Durability::Durable, ..dir.options() };

    let postgres = PrivatePostgres::start(options.clone()).await.unwrap();
    let client = connect(postgres.url()).await.unwrap();
    client.batch_execute("CREATE TABLE kept AS SELECT 'ada' AS name").await.unwrap();
    let first = identity(&client).await;
    assert_eq!(query(&client, "SELECT current_setting('fsync')").await, "on");
    assert_eq!(query(&client, "SELECT current_setting('listen_addresses')").await, "");
    postgres.stop().await.unwrap();

    let postgres = PrivatePostgres::start(options).await.unwrap();
    let client = connect(postgres.url()).await.unwrap();
    assert_eq!(identity(&client).await, first);
    assert_eq!(query(&client, "SELECT name FROM kept").await, "ada");
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn text_sorts_by_code_point_and_the_needed_extension_and_settings_exist() {
    let dir = TestDir::new();
    let postgres = dir.start().await;
    let client = connect(postgres.url()).await.unwrap();
    assert_eq!(query(&client, "SELECT current_setting('server_encoding')").await, "UTF8");
    assert_eq!(
        query(&client, "SELECT string_agg(x, '' ORDER BY x) FROM unnest(ARRAY['é', 'a', 'b', 'Z']) x").await,
        "Zabé"
    );
    client.batch_execute("CREATE EXTENSION pg_trgm").await.unwrap();
    assert_eq!(query(&client, "SELECT current_setting('max_connections')").await, "20");
    assert_eq!(query(&client, "SELECT current_setting('fsync')").await, "off");
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn an_unfinished_cluster_is_removed() {
    let dir = TestDir::new();
    let half = dir.data_dir().join("postgres.new-0123456789ab");
    fs::create_dir_all(half.join("base")).unwrap();
    fs::set_permissions(dir.data_dir(), Permissions::from_mode(0o711)).unwrap();
    fs::write(half.join("PG_VERSION"), "15\n").unwrap();
    let postgres = dir.start().await;
    connect(postgres.url()).await.unwrap();
    assert!(!half.exists());
    postgres.stop().await.unwrap();
}
