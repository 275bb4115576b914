//! A Postgres for one test, durable as in production, and its failures.

use rustix::process::{Pid, Signal, kill_process};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
};
use usher_private_postgres::{Durability, Options, PrivatePostgres};

static COUNT: AtomicUsize = AtomicUsize::new(0);

/// It is restarted when it ends.
pub struct Postgres {
    data_dir: PathBuf,
    running: Option<PrivatePostgres>,
}

impl Postgres {
    /// One with Postgres's default limit of connections.
    pub async fn start() -> Self {
        let name = format!("usher-faults-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        Self::start_in(std::env::temp_dir().join(name)).await
    }

    /// The same in this folder.
    pub async fn start_in(data_dir: PathBuf) -> Self {
        let running = Some(run(&data_dir).await);
        Self { data_dir, running }
    }

    /// Another one in this folder, with a copy of all data. This one is stopped during the copy.
    pub async fn copy(&mut self, data_dir: PathBuf) -> Self {
        self.running.take().unwrap().stop().await.unwrap();
        fs::create_dir(&data_dir).unwrap();
        let copied = Command::new("cp").arg("-a").arg(self.data_dir.join("postgres")).arg(&data_dir).status();
        assert!(copied.unwrap().success());
        self.running = Some(run(&self.data_dir).await);
        Self::start_in(data_dir).await
    }

    pub fn url(&self) -> &str {
        self.running.as_ref().unwrap().url()
    }

    /// The file of its socket.
    pub fn socket(&self) -> PathBuf {
        let files = fs::read_dir(self.data_dir.join("socket")).unwrap().map(|entry| entry.unwrap().path());
        files.into_iter().find(|path| path.extension().is_some_and(|last| last != "lock")).unwrap()
    }

    /// Ends it like a crash (`KILL`), or without waiting for clients (`INT`).
    pub fn signal(&self, signal: Signal) {
        kill_process(self.postmaster(), signal).unwrap();
    }

    /// Stops or continues each of its processes.
    pub fn signal_all(&self, signal: Signal) {
        let postmaster = self.postmaster();
        for pid in children(postmaster).into_iter().chain([postmaster]) {
            // A process for a connection may just have ended.
            let _ = kill_process(pid, signal);
        }
    }

    fn postmaster(&self) -> Pid {
        let file = fs::read_to_string(self.data_dir.join("postgres/postmaster.pid")).unwrap();
        Pid::from_raw(file.lines().next().unwrap().parse().unwrap()).unwrap()
    }

    /// Stops it and removes its data.
    pub async fn stop(mut self) {
        self.running.take().unwrap().stop().await.unwrap();
        fs::remove_dir_all(&self.data_dir).unwrap();
    }
}

async fn run(data_dir: &Path) -> PrivatePostgres {
    let data_dir = data_dir.to_owned();
    let options = Options { data_dir, durability: Durability::Durable, max_connections: 100 };
    PrivatePostgres::start(options).await.unwrap()
}

/// The processes whose parent this is.
fn children(parent: Pid) -> Vec<Pid> {
    let is_child = |folder: &Path| {
        let status = fs::read_to_string(folder.join("status")).unwrap_or_default();
        status.lines().any(|line| line.strip_prefix("PPid:").is_some_and(|pid| pid.trim() == parent.to_string()))
    };
    let folders = fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path());
    let pids =
        folders.filter(|folder| is_child(folder)).filter_map(|folder| folder.file_name()?.to_str()?.parse().ok());
    pids.filter_map(Pid::from_raw).collect()
}
