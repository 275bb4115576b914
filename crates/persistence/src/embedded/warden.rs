//! The process between the service and Postgres.
//!
//! Postgres must end with the service, even if that is killed in a way that it cannot answer. So the service does not start
//! Postgres itself. It starts a shell that holds the reading end of a pipe, and the shell starts Postgres. However the
//! service ends, the pipe is closed, and the shell stops Postgres. As its parent it also knows that the process id is still
//! that of its Postgres. This works on every Unix; Linux' "parent death signal" would not, and goes by threads.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{Read, Seek, SeekFrom},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use tokio::process::{Child, ChildStdin, Command};

use super::{
    Durability, Options,
    binaries::Binaries,
    cluster,
    error::{Attempt, EmbeddedError},
    place::{PORT, Place, url},
    setup,
};

/// `$1` is the cluster, the rest the command line of Postgres.
///
/// The watch asks again each second because a signal that comes before Postgres listens to it is lost. `$$` is the outer
/// shell also in there: while it lives Postgres, its child, keeps its process id; after that only the cluster's own note
/// tells whose the id is. The outer shell kills the watch by a signal that it does not ignore.
const SCRIPT: &str = r#"
trap '' INT TERM HUP
cluster=$1
shift
exec 3<&0 </dev/null
"$@" 3<&- &
postgres=$!
{
    while read -r _; do :; done
    seconds=0
    while kill -0 "$postgres"; do
        if kill -0 $$ || { read -r noted <"$cluster/postmaster.pid" && [ "$noted" = "$postgres" ]; }; then
            if [ "$seconds" -lt 20 ]; then kill -INT "$postgres"; else kill -QUIT "$postgres"; fi
        else
            exit
        fi
        sleep 1
        seconds=$((seconds + 1))
    done
} <&3 >/dev/null 2>&1 &
watch=$!
exec 3<&-
wait "$postgres"
status=$?
kill -KILL "$watch"
exit "$status"
"#;

/// More than the warden allows Postgres to end in.
pub(super) const LONGEST_END: Duration = Duration::from_secs(40);
/// How long Postgres may take to let anybody in, recovery after a crash included.
const LONGEST_START: Duration = Duration::from_mins(5);
/// A longer log is put aside when Postgres is started.
const LONGEST_LOG: u64 = 1 << 20;

/// All that it takes to start Postgres, again and again.
#[derive(Debug)]
pub(super) struct Launch {
    pub place: Place,
    program: PathBuf,
    arguments: Vec<OsString>,
}

impl Launch {
    pub(super) fn new(place: Place, binaries: &Binaries, options: &Options) -> Self {
        let mut arguments = vec![
            "-D".into(),
            place.cluster.clone().into_os_string(),
            "-k".into(),
            place.sockets.clone().into_os_string(),
        ];
        // What usher relies on. The rest is the operator's, in the cluster's postgresql.conf.
        let mut set = |name: &str, value: &str| {
            arguments.push("-c".into());
            arguments.push(format!("{name}={value}").into());
        };
        set("listen_addresses", "");
        set("port", &PORT.to_string());
        set("unix_socket_permissions", "0700");
        set("max_connections", &options.max_connections.to_string());
        set("cluster_name", "usher");
        set("timezone", "UTC");
        set("log_timezone", "UTC");
        // Compiling a query takes longer than running any of ours.
        set("jit", "off");
        // To its standard error, which is our file. A statement that fails is the service's to log, without the values
        // that Postgres would add.
        set("logging_collector", "off");
        set("log_destination", "stderr");
        set("log_min_messages", "log");
        set("log_min_error_statement", "panic");
        set("log_checkpoints", "off");
        set("log_line_prefix", "%m [%p] ");
        let safely = match options.durability {
            Durability::Durable => "on",
            Durability::Throwaway => "off",
        };
        for name in ["fsync", "synchronous_commit", "full_page_writes"] {
            set(name, safely);
        }
        Self { program: binaries.program("postgres"), place, arguments }
    }

    /// Starts Postgres under a warden. It may not yet let anybody in.
    pub(super) fn spawn(&self) -> Result<Warden, EmbeddedError> {
        self.place.remake_sockets()?;
        let log = self.open_log().attempt(|| format!("open {}", self.place.log.display()))?;
        let errors = log.try_clone().attempt(|| "open the log twice")?;
        let mut command = std::process::Command::new("/bin/sh");
        command
            .args(["-c", SCRIPT, "usher-warden"])
            .arg(&self.place.cluster)
            .arg(&self.program)
            .args(&self.arguments)
            .stdin(Stdio::piped())
            .stdout(log)
            .stderr(errors)
            // A Ctrl-C in the terminal reaches the service alone, which still needs its database to end in order.
            .process_group(0);
        self.place.account.runs(&mut command);
        let mut process = Command::from(command).spawn().attempt(|| "run /bin/sh")?;
        Ok(Warden { pipe: process.stdin.take(), process })
    }

    fn open_log(&self) -> std::io::Result<File> {
        if fs::symlink_metadata(&self.place.log).is_ok_and(|metadata| metadata.len() > LONGEST_LOG) {
            self.put_log_aside();
        }
        usher_data_dir::open(&self.place.log, OpenOptions::new().append(true).create(true))
    }

    /// Keeps the log of the run before, and only that.
    pub(super) fn put_log_aside(&self) {
        let mut aside = self.place.log.clone().into_os_string();
        aside.push(".1");
        // There may be none yet.
        let _ = fs::rename(&self.place.log, aside);
    }

    fn start_error(&self) -> EmbeddedError {
        EmbeddedError::Start { tail: tail(&self.place.log).unwrap_or_default(), log: self.place.log.clone() }
    }
}

fn tail(log: &Path) -> std::io::Result<String> {
    let mut file = usher_data_dir::open_to_read(log)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(2000)))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A running warden. When it is dropped, it stops Postgres.
#[derive(Debug)]
pub(super) struct Warden {
    process: Child,
    pipe: Option<ChildStdin>,
}

impl Warden {
    /// Waits until the service's database lets us in.
    pub(super) async fn ready(&mut self, launch: &Launch) -> Result<(), EmbeddedError> {
        let deadline = Instant::now() + LONGEST_START;
        loop {
            // Asked first, so that an answer below comes from this Postgres and no other.
            let ended = self.process.try_wait().attempt(|| "wait for Postgres")?;
            if ended.is_some() || Instant::now() >= deadline {
                return Err(launch.start_error());
            }
            if setup::is_ready(&url(&launch.place.sockets, super::DATABASE), || url(&launch.place.sockets, "postgres"))
                .await?
            {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Waits until Postgres ends by itself, and says how.
    pub(super) async fn ended(&mut self) -> String {
        match self.process.wait().await {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        }
    }

    /// Has Postgres end its sessions and shut down, and waits for it.
    pub(super) async fn stop(mut self, place: &Place) -> Result<(), EmbeddedError> {
        drop(self.pipe.take());
        // If the warden was killed, its watch still does this.
        let _ = tokio::time::timeout(LONGEST_END, self.process.wait()).await;
        cluster::wait_until_free(place, LONGEST_END).await
    }
}
