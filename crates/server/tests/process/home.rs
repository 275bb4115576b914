//! A temporary directory and an `usher` process for each test.

use rustix::process::{Pid, Signal, kill_process};
use std::{
    fs::{self, OpenOptions},
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{ExitStatus, Output, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    process::{Child, ChildStdout, Command},
    time::{sleep, timeout},
};
use usher_testkit::Client;

/// Longer than any command takes, even on a busy machine.
const PROCESS_TIMEOUT: Duration = Duration::from_mins(2);
const POLL_INTERVAL: Duration = Duration::from_millis(20);

static COUNT: AtomicUsize = AtomicUsize::new(0);

/// A folder with a data directory, and the environment that every command in it gets. Removed when it is dropped.
pub struct Home {
    path: PathBuf,
    environment: Vec<(String, String)>,
}

impl Home {
    pub fn new() -> Self {
        let name = format!("usher-process-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).unwrap();
        Self { path, environment: Vec::new() }
    }

    /// A home whose database is one of the tests' Postgres instead of a private one.
    pub async fn with_database() -> Self {
        Self::new().set("DATABASE_URL", &usher_testkit::new_database().await)
    }

    /// The same with this setting.
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.environment.retain(|(known, _)| known != name);
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn data_dir(&self) -> PathBuf {
        self.path.join("data")
    }

    /// Writes a file next to the data directory and returns its path.
    pub fn file(&self, name: &str, text: &str) -> String {
        let path = self.path.join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// All that services here have logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.path.join("log")).unwrap_or_default()
    }

    /// A command with nothing in its environment but what is set here.
    pub fn command(&self, arguments: &[&str]) -> Command {
        self.program(env!("CARGO_BIN_EXE_usher"), arguments)
    }

    fn program(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("USHER_DATA_DIR", self.data_dir())
            .env("USHER_LISTEN", "127.0.0.1:0")
            .env("USHER_BCRYPT_COST", "10")
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(&self.path)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// Runs a command to its end.
    pub async fn run(&self, arguments: &[&str]) -> Done {
        self.run_with_input(arguments, "").await
    }

    /// Runs a command to its end, with this on its standard input.
    pub async fn run_with_input(&self, arguments: &[&str], input: &str) -> Done {
        let mut child = self.command(arguments).stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // A command that reads nothing may have ended before this is written.
        let _ = stdin.write_all(input.as_bytes()).await;
        drop(stdin);
        let output = timeout(PROCESS_TIMEOUT, child.wait_with_output()).await.unwrap().unwrap();
        Done::of(output)
    }

    /// Runs the lines of a script in a shell that finds `usher`, until one fails.
    pub async fn run_script(&self, script: &str) -> Done {
        let bin = Path::new(env!("CARGO_BIN_EXE_usher")).parent().unwrap();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths([bin.to_owned()].into_iter().chain(std::env::split_paths(&path))).unwrap();
        let mut shell = self.program("sh", &["-ec", script]);
        let output = timeout(PROCESS_TIMEOUT, shell.env("PATH", path).output()).await.unwrap().unwrap();
        Done::of(output)
    }

    /// Starts `usher serve`; it may not be ready yet.
    pub fn spawn_service(&self) -> Child {
        self.spawn_service_with(&["serve"])
    }

    fn spawn_service_with(&self, arguments: &[&str]) -> Child {
        self.spawn(&mut self.command(arguments))
    }

    fn spawn(&self, command: &mut Command) -> Child {
        let log = OpenOptions::new().create(true).append(true).open(self.path.join("log")).unwrap();
        command.stderr(log).spawn().unwrap()
    }

    /// Starts `usher serve` and waits for its ready line.
    pub async fn serve(&self) -> Service {
        self.serve_with(&["serve"]).await
    }

    /// The same with these arguments.
    pub async fn serve_with(&self, arguments: &[&str]) -> Service {
        self.ready(self.spawn_service_with(arguments)).await
    }

    /// The same as this user, which only root can do.
    pub async fn serve_as(&self, uid: u32) -> Service {
        self.ready(self.spawn(self.command(&["serve"]).uid(uid).gid(uid))).await
    }

    async fn ready(&self, mut child: Child) -> Service {
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut ready = String::new();
        timeout(PROCESS_TIMEOUT, out.read_line(&mut ready)).await.unwrap().unwrap();
        let Some(url) = ready.strip_prefix("usher is ready on ").and_then(|rest| rest.split(' ').next()) else {
            panic!("no ready line but {ready:?}; the log: {}", self.log());
        };
        Service { url: url.to_owned(), ready: ready.clone(), child, out }
    }

    /// The command lines of the processes that work here.
    pub fn processes(&self) -> Vec<String> {
        let here = self.path.to_str().unwrap();
        let processes = fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| {
            let line = String::from_utf8(fs::read(entry.path().join("cmdline")).ok()?).ok()?.replace('\0', " ");
            let at_home = fs::read_link(entry.path().join("cwd")).is_ok_and(|cwd| cwd.starts_with(&self.path));
            (at_home || line.contains(here)).then_some(line)
        });
        processes.filter(|line| !line.is_empty()).collect()
    }

    /// The environments of the processes that work here.
    pub fn environments(&self) -> Vec<String> {
        let here = self.path.to_str().unwrap();
        let processes = fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| {
            let line = String::from_utf8_lossy(&fs::read(entry.path().join("cmdline")).ok()?).into_owned();
            let environment = String::from_utf8_lossy(&fs::read(entry.path().join("environ")).ok()?).into_owned();
            (line.contains(here) || environment.contains(here)).then_some(environment)
        });
        processes.collect()
    }

    /// Waits until nothing works here any more, and asserts that nothing of it is left but its data.
    pub async fn expect_quiet(&self) {
        wait_until("the last process to end", || self.processes().is_empty()).await;
        let postgres = self.data_dir().join("postgres");
        assert!(!postgres.join("postmaster.pid").exists());
        let left: Vec<_> = entries(&self.data_dir().join("socket"));
        assert!(left.is_empty(), "{left:?}");
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        // A Postgres that is about to end would write once more into what is being removed.
        for _ in 0..500 {
            if self.processes().is_empty() {
                break;
            }
            std::thread::sleep(POLL_INTERVAL);
        }
        drop(fs::remove_dir_all(&self.path));
    }
}

/// The output of a command that has ended.
#[derive(Debug)]
pub struct Done {
    pub status: ExitStatus,
    pub out: String,
    pub err: String,
}

impl Done {
    fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { status: output.status, out: text(output.stdout), err: text(output.stderr) }
    }

    /// What it printed, if it succeeded.
    #[track_caller]
    pub fn expect_success(self) -> String {
        assert!(self.status.success(), "{self:?}");
        self.out
    }

    /// Its error message, if it failed by itself.
    #[track_caller]
    pub fn expect_failure(self) -> String {
        assert!(self.status.code().is_some_and(|code| code != 0), "{self:?}");
        self.err
    }
}

/// A running `usher serve`.
pub struct Service {
    pub url: String,
    /// The line by which it said that it is ready.
    pub ready: String,
    child: Child,
    out: BufReader<ChildStdout>,
}

impl Service {
    pub fn client(&self) -> Client {
        Client::new(&self.url)
    }

    pub fn port(&self) -> u16 {
        self.url.rsplit_once(':').unwrap().1.parse().unwrap()
    }

    pub fn pid(&self) -> u32 {
        self.child.id().unwrap()
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_raw(self.pid().cast_signed()).unwrap(), signal).unwrap();
    }

    /// Waits until it has ended, and returns its status. It must have printed nothing more on its standard output.
    pub async fn ended(mut self) -> ExitStatus {
        let status = timeout(PROCESS_TIMEOUT, self.child.wait()).await.unwrap().unwrap();
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).await.unwrap();
        assert_eq!(rest, "");
        status
    }

    /// Stops it as an operator does; it must succeed.
    pub async fn terminate(self) {
        self.signal(Signal::TERM);
        assert_eq!(self.ended().await.code(), Some(0));
    }

    /// Kills it with SIGKILL.
    pub async fn kill(self) {
        self.signal(Signal::KILL);
        assert_eq!(self.ended().await.signal(), Some(9));
    }
}

/// Waits for a condition.
pub async fn wait_until(what: &str, holds: impl Fn() -> bool) {
    let waiting = async {
        while !holds() {
            sleep(POLL_INTERVAL).await;
        }
    };
    assert!(timeout(PROCESS_TIMEOUT, waiting).await.is_ok(), "waited in vain for {what}");
}

/// A port that is free now, for a service whose port must be known before it is ready.
pub fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn entries(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}
