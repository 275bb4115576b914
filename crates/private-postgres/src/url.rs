//! The connection string of Postgres, and the names in it.

use std::{fmt::Write, os::unix::ffi::OsStrExt, path::Path};

/// The role that owns the cluster.
pub(crate) const USER: &str = "usher";
/// The service's database.
pub(crate) const DATABASE: &str = "usher";
/// Constant, so that it does not depend on the environment. It only names the socket: Postgres does not listen on TCP.
pub(crate) const PORT: u16 = 5432;
/// The name that Postgres gives to the socket of [`PORT`].
pub(crate) const SOCKET_FILE: &str = ".s.PGSQL.5432";

/// The connection string of `database`.
pub(crate) fn url(socket_dir: &Path, database: &str) -> String {
    let mut host = String::new();
    for &byte in socket_dir.as_os_str().as_bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            host.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(host, "%{byte:02X}");
        }
    }
    format!("postgresql://{USER}@{host}:{PORT}/{database}")
}

#[cfg(test)]
mod tests {
    use super::url;
    use std::path::Path;
    use tokio_postgres::{Config, config::Host};

    #[test]
    fn the_host_of_a_url_is_the_directory_of_the_socket() {
        let config: Config = url(Path::new("/srv/a+b@c~/.usher/socket"), "usher").parse().unwrap();
        assert_eq!(config.get_hosts(), [Host::Unix("/srv/a+b@c~/.usher/socket".into())]);
        assert_eq!(config.get_ports(), [5432]);
        assert_eq!(config.get_user(), Some("usher"));
        assert_eq!(config.get_dbname(), Some("usher"));
    }
}
