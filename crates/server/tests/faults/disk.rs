//! The disk of the database is full.

use crate::{clients::home, postgres::Postgres, writers::Writers};
use std::{
    fs::{self, File},
    io::Write,
    path::PathBuf,
    process::Command,
    time::Instant,
};

/// A small file system in memory; only root can create one.
struct Disk(PathBuf);

impl Disk {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("usher-disk-{}", std::process::id()));
        fs::create_dir(&path).unwrap();
        let options = ["-t", "tmpfs", "-o", "size=160m,mode=755", "tmpfs"];
        assert!(Command::new("mount").args(options).arg(&path).status().unwrap().success());
        Self(path)
    }

    /// Uses all remaining space.
    fn fill(&self) {
        let mut file = File::create(self.0.join("filler")).unwrap();
        let block = vec![0; 4096];
        while file.write_all(&block).is_ok() {}
    }

    fn empty(&self) {
        fs::remove_file(self.0.join("filler")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
        let _ = fs::remove_dir(&self.0);
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "make test-faults"]
async fn with_a_full_disk_writes_get_503_and_nothing_is_lost() {
    if !rustix::process::getuid().is_root() {
        println!("passed over: only root can make a small file system");
        return;
    }
    let disk = Disk::new();
    let postgres = Postgres::start_in(disk.0.join("data")).await;
    let home = home(postgres.url());
    let service = home.serve().await;
    let writers = Writers::start(&service.url);
    writers.progress(40).await;
    disk.fill();
    let began = Instant::now();
    writers.trouble().await;
    println!("the disk is full: the first 503 {:?} later", began.elapsed());
    for _ in 0..30 {
        writers.trouble().await;
    }
    service.client().get("/health/live").await.expect_status(200);
    disk.empty();
    let began = Instant::now();
    writers.progress(10).await;
    println!("there is room again: writes again {:?} later", began.elapsed());
    writers.progress(40).await;
    assert_eq!(writers.lost(), 0, "the service itself did not fail");
    writers.compare(postgres.url()).await;
    service.terminate().await;
    postgres.stop().await;
}
