//! The cluster on disk: its version, and how it is created.

use crate::{
    Durability,
    binaries::Binaries,
    error::{Error, IoContext},
    layout::{Layout, random_suffix},
};
use std::{
    fs::{self, DirBuilder},
    os::unix::fs::DirBuilderExt,
    path::Path,
    process::Command,
};
use usher_data_dir::sync;

/// The name of an unfinished cluster is this and a random suffix.
const UNFINISHED: &str = "postgres.new-";

/// The major version of Postgres that created the cluster; `None` if there is no cluster.
pub(crate) fn major_version(cluster: &Path) -> Result<Option<u32>, Error> {
    let path = cluster.join("PG_VERSION");
    let version = usher_data_dir::read(&path).context(|| format!("read {}", path.display()))?;
    Ok(version.and_then(|version| String::from_utf8_lossy(&version).trim().parse().ok()))
}

/// Creates the cluster under another name and renames it, so that there is a complete one or none.
pub(crate) fn create(layout: &Layout, binaries: &Binaries, durability: Durability) -> Result<(), Error> {
    let Some(home) = layout.cluster.parent() else {
        return Ok(());
    };
    for entry in fs::read_dir(home).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            // An initdb of a killed service may still write to it. The next start removes the rest.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
    let unfinished = home.join(format!("{UNFINISHED}{}", random_suffix()));
    let mut outcome = Ok(());
    for locale in locales(binaries.major()) {
        outcome = initdb(layout, binaries, durability, &unfinished, locale);
        if outcome.is_ok() {
            break;
        }
        let _ = fs::remove_dir_all(&unfinished);
    }
    outcome?;
    fs::rename(&unfinished, &layout.cluster)
        .and_then(|()| sync(home))
        .context(|| format!("make the cluster {}", layout.cluster.display()))
}

/// The locale options of `initdb`, in order of preference.
///
/// Text sorts by code point, so an update of the system's locales cannot corrupt an index. With C.UTF-8, of the system or built
/// into Postgres 17 and later, letters outside ASCII count as letters for trigrams and `lower`.
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
    layout: &Layout,
    binaries: &Binaries,
    durability: Durability,
    directory: &Path,
    locale: &[&str],
) -> Result<(), Error> {
    // Created here, because the user that runs initdb may not be able to write to the parent directory.
    DirBuilder::new().mode(0o700).create(directory).context(|| format!("make {}", directory.display()))?;
    layout.user.take_ownership(directory)?;
    let program = binaries.program("initdb");
    let mut command = Command::new(&program);
    command
        .arg("-D")
        .arg(directory)
        .arg(format!("--username={}", crate::USER))
        // The permissions of the socket's directory are the access control: only its owner can enter it.
        .args(["--auth-local=trust", "--auth-host=reject"])
        .args(["--encoding=UTF8", "--data-checksums"])
        .args(locale);
    if durability == Durability::Throwaway {
        command.arg("--no-sync");
    }
    layout.user.configure(&mut command);
    let output = command.output().context(|| format!("run {}", program.display()))?;
    if output.status.success() {
        Ok(())
    } else {
        Err(Error::Initdb { output: String::from_utf8_lossy(&output.stderr).into_owned() })
    }
}
