//! The directory of a test.

use std::{
    fs::{self, DirBuilder},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};
use usher_private_postgres::{Durability, Options, PrivatePostgres};
use uuid::Uuid;

/// The directory of a test. Removed at the end, together with a cluster outside it.
pub struct TestDir {
    pub path: PathBuf,
}

impl TestDir {
    pub fn new() -> Self {
        let mut name = Uuid::now_v7().simple().to_string();
        let path = Path::new("/tmp").join(format!("usher-test-{}", name.split_off(20)));
        DirBuilder::new().mode(0o755).create(&path).unwrap();
        Self { path: fs::canonicalize(path).unwrap() }
    }

    pub fn data_dir(&self) -> PathBuf {
        self.path.join("data")
    }

    pub fn options(&self) -> Options {
        options(self.data_dir())
    }

    pub async fn start(&self) -> PrivatePostgres {
        PrivatePostgres::start(self.options()).await.unwrap()
    }

    pub fn relocated_to(&self) -> Option<PathBuf> {
        let record = fs::read_to_string(self.data_dir().join("postgres.place")).ok()?;
        record.lines().find_map(|line| line.strip_prefix("home ").map(PathBuf::from))
    }

    pub fn cluster(&self) -> PathBuf {
        self.relocated_to().unwrap_or_else(|| self.data_dir()).join("postgres")
    }

    pub fn recorded_postmaster(&self) -> Option<i32> {
        let text = fs::read_to_string(self.cluster().join("postmaster.pid")).ok()?;
        text.lines().next()?.parse().ok()
    }

    pub fn postmaster(&self) -> i32 {
        self.recorded_postmaster().unwrap()
    }
}

impl Drop for TestDir {
    fn drop(&mut self) {
        if let Some(relocated) = self.relocated_to() {
            let _ = fs::remove_dir_all(relocated);
        }
        let _ = fs::remove_dir_all(&self.path);
    }
}

pub fn options(data_dir: PathBuf) -> Options {
    Options { data_dir, durability: Durability::Throwaway, max_connections: 20 }
}
