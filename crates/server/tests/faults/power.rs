//! The machine loses power right after the first start.

use crate::home::Home;
use std::{fs, path::Path, process::Command, time::Duration};
use tokio::time::sleep;

/// The relevant system calls of a first start, in order, as `strace` reports them.
async fn calls(home: &Home, data_dir: &Path, arguments: &[&str]) -> Vec<String> {
    let trace = home.data_dir().with_file_name("trace");
    let plain = home.command(arguments);
    let plain = plain.as_std();
    let mut traced = Command::new("strace");
    traced.args(["--follow-forks", "--decode-fds=path", "--trace=link,linkat,rename,fsync,openat", "--output"]);
    traced.arg(&trace).arg(plain.get_program()).args(plain.get_args()).env_clear();
    for (name, value) in plain.get_envs() {
        traced.env(name, value.unwrap_or_default());
    }
    let mut child = traced.stdout(std::process::Stdio::null()).spawn().unwrap();
    let done = data_dir.join("admin_password");
    for _ in 0..600 {
        if done.exists() {
            break;
        }
        sleep(Duration::from_millis(100)).await;
    }
    sleep(Duration::from_secs(1)).await;
    // The service itself: strace does not end before it does.
    let pid = fs::read_to_string(data_dir.join("postgres.lock")).unwrap().trim().parse().unwrap();
    rustix::process::kill_process(rustix::process::Pid::from_raw(pid).unwrap(), rustix::process::Signal::TERM).unwrap();
    child.wait().unwrap();
    fs::read_to_string(&trace).unwrap().lines().map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "make test-faults"]
async fn files_that_are_written_once_are_synced_to_disk_with_their_folder() {
    if Command::new("strace").arg("--version").output().is_err() {
        println!("skipped: strace is not installed");
        return;
    }
    let home = Home::new();
    // Its parents do not exist either.
    let data_dir = home.data_dir().join("new/nested");
    let home = home.set("USHER_DATA_DIR", data_dir.to_str().unwrap());
    let calls = calls(&home, &data_dir, &["serve"]).await;
    let path = data_dir.to_str().unwrap();
    let position = |made: &dyn Fn(&str) -> bool| calls.iter().position(|call| made(call)).unwrap();
    let secret_key = position(&|call| call.contains("link") && call.contains("\"secret_key\""));
    let admin_password = position(&|call| call.contains("\"admin_password\"") && call.contains("O_CREAT"));
    let assert_synced = |from: usize, to: usize, folder: &str| {
        let synced = |call: &String| call.contains("fsync(") && call.contains(&format!("<{folder}>)"));
        assert!(calls[from..to].iter().any(synced), "{folder} is not synchronized after {}", calls[from]);
    };
    // Before the next file: its folder is the same.
    assert_synced(secret_key, admin_password, path);
    assert_synced(admin_password, calls.len(), path);
    for parent in data_dir.ancestors().skip(1).take(3) {
        assert_synced(0, secret_key, parent.to_str().unwrap());
    }
}
