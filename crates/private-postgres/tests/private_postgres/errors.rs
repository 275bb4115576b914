//! Errors have what an operator needs to know.

use crate::test_dir::TestDir;
use std::fs;
use usher_private_postgres::{Error, PrivatePostgres, running};

#[tokio::test]
async fn a_cluster_of_a_version_that_is_not_installed_is_refused_with_that_version() {
    let dir = TestDir::new();
    dir.start().await.stop().await.unwrap();
    fs::write(dir.cluster().join("PG_VERSION"), "13\n").unwrap();
    let refusal = PrivatePostgres::start(dir.options()).await.unwrap_err();
    assert!(matches!(refusal, Error::WrongVersion { needs: 13, .. }), "{refusal}");
    assert!(refusal.to_string().contains("Install Postgres 13"), "{refusal}");
}

#[tokio::test]
async fn the_error_of_a_postgres_that_cannot_start_has_the_end_of_its_log() {
    let dir = TestDir::new();
    dir.start().await.stop().await.unwrap();
    fs::write(dir.cluster().join("postgresql.conf"), "no_such_setting = 1\n").unwrap();
    let refusal = PrivatePostgres::start(dir.options()).await.unwrap_err().to_string();
    assert!(refusal.contains("no_such_setting"), "{refusal}");
    assert_eq!(running(&dir.data_dir()).unwrap(), None);
}

#[test]
fn the_error_without_binaries_has_the_commands_that_install_them() {
    let message = Error::NoBinaries.to_string();
    for part in [
        "sudo apt-get install postgresql\n",
        "brew install postgresql@17\n",
        "sudo dnf install postgresql-server postgresql-contrib\n",
        "DATABASE_URL",
    ] {
        assert!(message.contains(part), "{message}");
    }
}
