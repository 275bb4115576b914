//! The command that starts Postgres, its settings and its log.

use crate::{
    binaries::Binaries,
    error::{Error, IoContext},
    layout::{LOG, Layout},
    options::{Durability, Options},
    url::PORT,
    watchdog_script::SCRIPT,
};
use std::{
    ffi::OsString,
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    os::unix::process::CommandExt,
    path::PathBuf,
    process::{Command, Stdio},
};

/// A longer log is rotated when Postgres is restarted.
const MAX_LOG_BYTES: u64 = 1 << 20;
/// How much of the end of the log an error shows.
const LOG_TAIL_BYTES: u64 = 2000;

/// Everything that is needed to start Postgres repeatedly.
#[derive(Debug)]
pub(crate) struct LaunchPlan {
    pub layout: Layout,
    program: PathBuf,
    arguments: Vec<OsString>,
}

impl LaunchPlan {
    pub(crate) fn new(layout: Layout, binaries: &Binaries, options: &Options) -> Self {
        let mut arguments = vec![
            "-D".into(),
            layout.cluster.clone().into_os_string(),
            "-k".into(),
            layout.socket_dir.clone().into_os_string(),
        ];
        for (name, value) in settings(options) {
            arguments.push("-c".into());
            arguments.push(format!("{name}={value}").into());
        }
        Self { program: binaries.program("postgres"), layout, arguments }
    }

    /// The command that starts Postgres under a watchdog, with the log opened.
    pub(crate) fn command(&self) -> Result<tokio::process::Command, Error> {
        self.layout.ensure_socket_dir()?;
        let log = self.open_log().context(|| format!("open {}", self.layout.log().display()))?;
        let errors = log.try_clone().context(|| "open the log twice")?;
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", SCRIPT, "usher-watchdog"])
            .arg(&self.layout.cluster)
            .arg(&self.program)
            .args(&self.arguments)
            .stdin(Stdio::piped())
            .stdout(log)
            .stderr(errors)
            // Ctrl-C in the terminal must reach only the service, which still needs its database for an orderly stop.
            .process_group(0);
        self.layout.user.configure(&mut command);
        Ok(command.into())
    }

    fn open_log(&self) -> io::Result<File> {
        let log = self.layout.data_dir.open_to_append(LOG)?;
        if log.metadata()?.len() <= MAX_LOG_BYTES {
            return Ok(log);
        }
        self.rotate_log();
        self.layout.data_dir.open_to_append(LOG)
    }

    /// Keeps the log of the previous run, and no older one.
    pub(crate) fn rotate_log(&self) {
        // There may be no log yet.
        let _ = self.layout.data_dir.rename(LOG, format!("{LOG}.1"));
    }

    fn log_tail(&self) -> io::Result<String> {
        let mut file = self.layout.data_dir.open_to_read(LOG)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(LOG_TAIL_BYTES)))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The error for a Postgres that did not start, with the end of its log.
    pub(crate) fn start_error(&self) -> Error {
        Error::Start { tail: self.log_tail().unwrap_or_default(), log: self.layout.log() }
    }
}

/// The settings that usher depends on. The operator may change all others in the cluster's `postgresql.conf`.
fn settings(options: &Options) -> Vec<(&'static str, String)> {
    let durable = match options.durability {
        Durability::Durable => "on",
        Durability::Throwaway => "off",
    };
    let settings = [
        ("listen_addresses", ""),
        ("port", &PORT.to_string()),
        ("unix_socket_permissions", "0700"),
        ("max_connections", &options.max_connections.to_string()),
        ("cluster_name", "usher"),
        ("timezone", "UTC"),
        ("log_timezone", "UTC"),
        // Compiling a query (JIT) takes longer than running any of ours.
        ("jit", "off"),
        // Postgres logs to its standard error, which is our file. The service logs failed statements itself, without the
        // values that Postgres would include.
        ("logging_collector", "off"),
        ("log_destination", "stderr"),
        ("log_min_messages", "log"),
        ("log_min_error_statement", "panic"),
        ("log_checkpoints", "off"),
        ("log_line_prefix", "%m [%p] "),
        ("fsync", durable),
        ("synchronous_commit", durable),
        ("full_page_writes", durable),
    ];
    settings.map(|(name, value)| (name, value.to_owned())).into()
}
