//! How the cluster is created.

use crate::{
    binaries::Binaries,
    cluster,
    error::{Error, IoContext},
    layout::{Layout, random_suffix},
    options::Durability,
    url::USER,
};
use std::process::Command;

/// The name of an unfinished cluster is this and a random suffix.
const UNFINISHED: &str = "postgres.new-";

/// Creates the cluster under another name and renames it, so that there is a complete one or none.
pub(crate) fn create(layout: &Layout, binaries: &Binaries, durability: Durability) -> Result<(), Error> {
    let home = layout.home();
    for name in home.names().unwrap_or_default() {
        if name.to_string_lossy().starts_with(UNFINISHED) {
            // An initdb of a killed service may still write to it. The next start removes the rest.
            let _ = home.remove_tree(name);
        }
    }
    let unfinished = format!("{UNFINISHED}{}", random_suffix());
    let mut outcome = Ok(());
    for locale in locales(binaries.major()) {
        outcome = initdb(layout, binaries, durability, &unfinished, locale);
        if outcome.is_ok() {
            break;
        }
        let _ = home.remove_tree(&unfinished);
    }
    outcome?;
    home.rename(&unfinished, cluster::NAME).context(|| format!("make the cluster {}", layout.cluster.display()))
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
    name: &str,
    locale: &[&str],
) -> Result<(), Error> {
    // Created here, because the user that runs initdb may not be able to write to the parent directory.
    let path = layout.home().path().join(name);
    let directory = layout.home().create_subdirectory(name).context(|| format!("make {}", path.display()))?;
    layout.user.take_ownership(&directory, &path)?;
    let program = binaries.program("initdb");
    let mut command = Command::new(&program);
    command
        .arg("-D")
        .arg(&path)
        .arg(format!("--username={USER}"))
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
