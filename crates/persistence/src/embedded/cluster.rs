//! The cluster on disk: made once, and looked after when a Postgres was left behind on it.

use std::{
    fs,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use rustix::process::{Pid, test_kill_process};
use usher_data_dir::{is_absent, sync};

use super::{
    Durability,
    account::Account,
    binaries::Binaries,
    error::{Attempt, EmbeddedError},
    place::{Place, SOCKET, nonce},
};

/// A cluster that is being made has this name and something random behind it.
const UNFINISHED: &str = "postgres.new-";

/// The major version of Postgres that made the cluster; `None` if there is no cluster.
pub(super) fn made_by(cluster: &Path) -> Result<Option<u32>, EmbeddedError> {
    let path = cluster.join("PG_VERSION");
    let version = usher_data_dir::read(&path).attempt(|| format!("read {}", path.display()))?;
    Ok(version.and_then(|version| String::from_utf8_lossy(&version).trim().parse().ok()))
}

/// Makes the cluster under another name first, so that there is a whole one or none.
pub(super) fn create(place: &Place, binaries: &Binaries, durability: Durability) -> Result<(), EmbeddedError> {
    let Some(home) = place.cluster.parent() else {
        return Ok(());
    };
    for entry in fs::read_dir(home).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            // An initdb may still be at it. What is left goes next time.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
    let unfinished = home.join(format!("{UNFINISHED}{}", nonce()));
    let mut outcome = Ok(());
    for locale in locales(binaries.major()) {
        outcome = initdb(place, binaries, durability, &unfinished, locale);
        if outcome.is_ok() {
            break;
        }
        let _ = fs::remove_dir_all(&unfinished);
    }
    outcome?;
    fs::rename(&unfinished, &place.cluster)
        .and_then(|()| sync(home))
        .attempt(|| format!("make the cluster {}", place.cluster.display()))
}

/// Text sorts by code point, which no update of the system's locales changes under an index. Where there is a C.UTF-8, or
/// a Postgres that brings its own, letters outside ASCII are letters, which trigrams and `lower` go by.
fn locales(major: u32) -> [&'static [&'static str]; 2] {
    if major >= 17 {
        [
            &["--locale=C", "--lc-ctype=C.UTF-8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"],
            &["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"],
        ]
    } else {
        [&["--locale=C", "--lc-ctype=C.UTF-8"], &["--locale=C"]]
    }
}

fn initdb(
    place: &Place,
    binaries: &Binaries,
    durability: Durability,
    into: &Path,
    locale: &[&str],
) -> Result<(), EmbeddedError> {
    use std::os::unix::fs::DirBuilderExt;

    // Made by us: its user need not be able to write to our directory.
    fs::DirBuilder::new().mode(0o700).create(into).attempt(|| format!("make {}", into.display()))?;
    place.account.take(into)?;
    let program = binaries.program("initdb");
    let mut command = Command::new(&program);
    command
        .arg("-D")
        .arg(into)
        .arg(format!("--username={}", super::USER))
        // Whoever gets into the socket's folder is let in; nobody but its owner does.
        .args(["--auth-local=trust", "--auth-host=reject"])
        .args(["--encoding=UTF8", "--data-checksums"])
        .args(locale);
    if durability == Durability::Throwaway {
        command.arg("--no-sync");
    }
    place.account.runs(&mut command);
    let output = command.output().attempt(|| format!("run {}", program.display()))?;
    if output.status.success() {
        Ok(())
    } else {
        Err(EmbeddedError::Initdb { output: String::from_utf8_lossy(&output.stderr).into_owned() })
    }
}

/// The process of the Postgres that runs on the cluster, if one does.
pub(super) fn postmaster(cluster: &Path) -> Option<i32> {
    let pid = noted_pid(cluster)?;
    is_postmaster(pid, cluster).then_some(pid)
}

/// Whether a Postgres ran here that did not end in an orderly way, or still runs.
pub(super) fn was_left_behind(cluster: &Path) -> bool {
    cluster.join("postmaster.pid").exists()
}

/// Waits until no Postgres runs on the cluster any more: that of a service which was killed is about to end. Then clears
/// what would keep the next from starting. The caller holds the lock.
pub(super) async fn wait_until_free(place: &Place, patience: Duration) -> Result<(), EmbeddedError> {
    let deadline = Instant::now() + patience;
    while let Some(pid) = postmaster(&place.cluster) {
        if Instant::now() >= deadline {
            return Err(EmbeddedError::StillRunning { cluster: place.cluster.clone(), pid });
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // Postgres itself clears the file of a process that is gone. It does not dare to if the number has since been given to
    // another process of the same user, as happens after the machine, or its container, was started again.
    if let Some(pid) = noted_pid(&place.cluster)
        && is_alive(pid)
    {
        let path = place.cluster.join("postmaster.pid");
        fs::remove_file(&path).attempt(|| format!("remove {}", path.display()))?;
    }
    for stale in [SOCKET.to_owned(), format!("{SOCKET}.lock")] {
        let path = place.sockets.join(stale);
        match fs::remove_file(&path) {
            Err(error) if !is_absent(&error) => return Err(error).attempt(|| format!("remove {}", path.display())),
            _ => {}
        }
    }
    Ok(())
}

fn noted_pid(cluster: &Path) -> Option<i32> {
    let note = usher_data_dir::read(&cluster.join("postmaster.pid")).ok()??;
    String::from_utf8_lossy(&note).lines().next()?.trim().parse().ok().filter(|&pid| pid > 0)
}

/// Whether the process exists and is of a user whose processes we may signal.
fn is_alive(pid: i32) -> bool {
    Pid::from_raw(pid).is_some_and(|pid| test_kill_process(pid).is_ok())
}

/// Whether the process is a Postgres and, as far as can be seen, one on this cluster. In doubt it is.
fn is_postmaster(pid: i32, cluster: &Path) -> bool {
    if !is_alive(pid) {
        return false;
    }
    let proc = Path::new("/proc").join(pid.to_string());
    if Path::new("/proc/self/cmdline").exists() {
        // Empty for one that has ended and that nobody has waited for yet.
        let Ok(command) = fs::read(proc.join("cmdline")) else {
            return false;
        };
        let program = command.split(|&byte| byte == 0).next().unwrap_or_default();
        return is_postgres(&String::from_utf8_lossy(program))
            // A postmaster's working directory is its cluster.
            && match (fs::read_link(proc.join("cwd")), fs::canonicalize(cluster)) {
                (Ok(cwd), Ok(cluster)) => cwd == cluster,
                _ => true,
            };
    }
    let mut ps = Command::new("ps");
    ps.args(["-o", "comm=", "-p", &pid.to_string()]);
    if let Ok(account) = Account::for_cluster(cluster) {
        account.runs(&mut ps);
    }
    ps.output().map_or(true, |output| is_postgres(String::from_utf8_lossy(&output.stdout).trim()))
}

fn is_postgres(program: &str) -> bool {
    let name = program.rsplit('/').next().unwrap_or_default();
    name.starts_with("postgres") || name.starts_with("postmaster")
}
