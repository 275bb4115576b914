//! A Postgres process on the cluster: whether one runs, and how to wait for the end of one that a killed service left behind.

use crate::{
    cluster,
    error::{Error, IoContext},
    layout::Layout,
    url::SOCKET_FILE,
};
use rustix::process::{Pid, test_kill_process};
use std::{
    fs,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};
use usher_data_dir::is_absent;

/// The file in which Postgres records its process id.
const PID_FILE: &str = "postmaster.pid";
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// Whether a Postgres runs here, or ran and was not shut down.
pub(crate) fn was_left_behind(layout: &Layout) -> bool {
    layout.cluster.join(PID_FILE).exists()
}

/// Waits until no Postgres runs on the cluster, then removes what would keep the next one from starting. The Postgres of a
/// killed service ends by itself. The caller holds the lock.
pub(crate) async fn wait_until_free(layout: &Layout, timeout: Duration) -> Result<(), Error> {
    let deadline = Instant::now() + timeout;
    while let Some(pid) = running_pid(layout) {
        if Instant::now() >= deadline {
            return Err(Error::StillRunning { cluster: layout.cluster.clone(), pid });
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
    // Postgres itself ignores the file of a process that does not exist. It refuses to start if another process of the same
    // user has got the id since, as happens after the machine or its container was restarted.
    if let Some(pid) = recorded_pid(layout)
        && is_alive(pid)
    {
        let name = Path::new(cluster::NAME).join(PID_FILE);
        layout.home().remove(name).context(|| format!("remove {}", layout.cluster.join(PID_FILE).display()))?;
    }
    for name in [SOCKET_FILE.to_owned(), format!("{SOCKET_FILE}.lock")] {
        let path = layout.socket_dir.join(name);
        match fs::remove_file(&path) {
            Err(error) if !is_absent(&error) => return Err(error).context(|| format!("remove {}", path.display())),
            _ => {}
        }
    }
    Ok(())
}

/// The process id of the Postgres that runs on the cluster, if one does.
fn running_pid(layout: &Layout) -> Option<i32> {
    let pid = recorded_pid(layout)?;
    is_postmaster(pid, layout).then_some(pid)
}

fn recorded_pid(layout: &Layout) -> Option<i32> {
    let text = cluster::read(layout.home(), PID_FILE).ok()??;
    String::from_utf8_lossy(&text).lines().next()?.trim().parse().ok().filter(|&pid| pid > 0)
}

/// Whether the process exists and belongs to a user whose processes we may signal.
fn is_alive(pid: i32) -> bool {
    Pid::from_raw(pid).is_some_and(|pid| test_kill_process(pid).is_ok())
}

/// Whether the process is a Postgres on this cluster, as far as can be determined. In doubt it is.
fn is_postmaster(pid: i32, layout: &Layout) -> bool {
    if !is_alive(pid) {
        return false;
    }
    if Path::new("/proc/self/cmdline").exists() {
        let proc = Path::new("/proc").join(pid.to_string());
        // Empty for a zombie.
        let Ok(command) = fs::read(proc.join("cmdline")) else {
            return false;
        };
        let program = command.split(|&byte| byte == 0).next().unwrap_or_default();
        return is_postgres(&String::from_utf8_lossy(program))
            // The working directory of a postmaster is its cluster.
            && match (fs::read_link(proc.join("cwd")), fs::canonicalize(&layout.cluster)) {
                (Ok(cwd), Ok(cluster)) => cwd == cluster,
                _ => true,
            };
    }
    let mut ps = Command::new("ps");
    ps.args(["-o", "comm=", "-p", &pid.to_string()]);
    layout.user.configure(&mut ps);
    ps.output().map_or(true, |output| is_postgres(String::from_utf8_lossy(&output.stdout).trim()))
}

fn is_postgres(program: &str) -> bool {
    let name = program.rsplit('/').next().unwrap_or_default();
    name.starts_with("postgres") || name.starts_with("postmaster")
}
