//! The data directory, the directory of the socket, and the cluster's own directory.

use crate::{
    connection::{connect, identity},
    processes::is_root,
    test_dir::TestDir,
};
use std::{
    fs::{self, Permissions},
    os::unix::fs::{MetadataExt, PermissionsExt, symlink},
    path::PathBuf,
};
use usher_private_postgres::{Error, Options, PrivatePostgres, running};

#[tokio::test]
async fn a_second_start_on_the_same_directory_is_refused_with_the_process_id_of_the_first() {
    let dir = TestDir::new();
    let postgres = dir.start().await;
    let refusal = PrivatePostgres::start(dir.options()).await.unwrap_err().to_string();
    assert!(refusal.contains(dir.data_dir().to_str().unwrap()), "{refusal}");
    assert!(refusal.contains(&format!("process {}", std::process::id())), "{refusal}");
    connect(postgres.url()).await.unwrap();
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn a_data_directory_that_is_too_deep_for_a_socket_is_served_and_found() {
    let dir = TestDir::new();
    let deep = dir.path.join("d".repeat(60)).join("e".repeat(60));
    let options = Options { data_dir: deep.clone(), ..dir.options() };

    let postgres = PrivatePostgres::start(options.clone()).await.unwrap();
    connect(postgres.url()).await.unwrap();
    assert_eq!(running(&deep).unwrap().as_deref(), Some(postgres.url()));
    let sockets = socket_dir(postgres.url());
    assert_eq!(fs::metadata(&sockets).unwrap().mode() & 0o777, 0o700);
    postgres.stop().await.unwrap();
    assert!(!sockets.exists(), "the dir in {} still exists", sockets.display());

    // It has been deleted, so the next start needs another.
    let postgres = PrivatePostgres::start(options).await.unwrap();
    connect(postgres.url()).await.unwrap();
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn a_directory_of_the_socket_that_is_a_link_is_not_used() {
    let dir = TestDir::new();
    dir.start().await.stop().await.unwrap();
    let sockets = dir.data_dir().join("socket");
    fs::remove_dir(&sockets).unwrap();
    let theirs = dir.path.join("theirs");
    fs::create_dir(&theirs).unwrap();
    symlink(&theirs, &sockets).unwrap();

    let refusal = PrivatePostgres::start(dir.options()).await.unwrap_err();
    assert!(matches!(&refusal, Error::Untrusted { path, .. } if *path == sockets), "{refusal}");
}

#[tokio::test]
async fn a_directory_that_only_root_may_enter_keeps_its_owner_and_is_served() {
    if !is_root() {
        return;
    }
    let dir = TestDir::new();
    fs::set_permissions(&dir.path, Permissions::from_mode(0o700)).unwrap();
    let postgres = dir.start().await;
    let client = connect(postgres.url()).await.unwrap();
    let first = identity(&client).await;
    assert_eq!(running(&dir.data_dir()).unwrap().as_deref(), Some(postgres.url()));
    assert_ne!(fs::metadata(dir.cluster()).unwrap().uid(), 0);
    for entry in fs::read_dir(dir.data_dir()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().uid(), 0, "{entry:?}");
    }
    postgres.stop().await.unwrap();

    let postgres = dir.start().await;
    assert_eq!(identity(&connect(postgres.url()).await.unwrap()).await, first);
    postgres.stop().await.unwrap();

    // After the data directory is removed, the next start creates an empty cluster and removes the orphaned one.
    let left = dir.cluster();
    fs::remove_dir_all(dir.data_dir()).unwrap();
    let postgres = dir.start().await;
    assert_ne!(identity(&connect(postgres.url()).await.unwrap()).await, first);
    assert!(!left.exists());
    postgres.stop().await.unwrap();
}

fn socket_dir(url: &str) -> PathBuf {
    let config: tokio_postgres::Config = url.parse().unwrap();
    match config.get_hosts() {
        [tokio_postgres::config::Host::Unix(dir)] => dir.clone(),
        other => panic!("{other:?} is not the directory of a socket"),
    }
}
