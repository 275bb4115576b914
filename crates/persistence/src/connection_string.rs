//! Connection strings: reading them, and describing them in messages. A message never contains a part that may belong to a
//! password, whatever is wrong with the text.

use percent_encoding::percent_decode_str;
use std::net::IpAddr;
use tokio_postgres::{
    Config,
    config::{Host, SslMode},
};

const PERCENT_ENCODE: &str = "percent-encode the user name and the password: `@` is written as %40, `:` as %3A, `/` as %2F, \
     `?` as %3F, `#` as %23, `&` as %26, `%` as %25";
const QUOTE: &str = "put a password with spaces into single quotes";
const OPTIONS: [&str; 19] = [
    "user",
    "password",
    "dbname",
    "options",
    "application_name",
    "sslmode",
    "sslnegotiation",
    "host",
    "hostaddr",
    "port",
    "connect_timeout",
    "tcp_user_timeout",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_retries",
    "target_session_attrs",
    "channel_binding",
    "load_balance_hosts",
];

/// Reads a URL, or the `key=value` pairs that libpq also takes. `verify-ca` and `verify-full` are read as `require`, which
/// checks the server's certificate and name too.
///
/// # Errors
/// Names the error and how to write it, without any part of the text except the names of options.
pub(crate) fn parse(text: &str) -> Result<Config, String> {
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.starts_with(['"', '\'', '`']) {
        return Err(
            "it begins with a quotation mark; write it without quotation marks (`docker --env-file` keeps them as a \
                    part of the value)"
                .to_owned(),
        );
    }
    let config = match scheme(text) {
        Some(rest) => of_url(rest)?,
        None if has_pairs(text) => of_pairs(text)?,
        None => return Err("it must begin with postgres:// or postgresql://".to_owned()),
    };
    if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
        return Err("it names no host".to_owned());
    }
    Ok(config)
}

/// Where the database is, without the user name and the password; `None` if the text cannot be read.
pub fn redacted_url(text: &str) -> Option<String> {
    let config = parse(text).ok()?;
    let ports = config.get_ports();
    let at = |index: usize, name: &str| {
        let port = ports.get(index).or(ports.first()).unwrap_or(&5432);
        if name.contains(':') { format!("[{name}]:{port}") } else { format!("{name}:{port}") }
    };
    let hosts: Vec<String> = if config.get_hosts().is_empty() {
        config.get_hostaddrs().iter().enumerate().map(|(index, address)| at(index, &address.to_string())).collect()
    } else {
        let hosts = config.get_hosts().iter().enumerate();
        hosts
            .map(|(index, host)| match host {
                Host::Tcp(name) => at(index, name),
                Host::Unix(folder) => folder.display().to_string(),
            })
            .collect()
    };
    let hosts = hosts.join(",");
    Some(config.get_dbname().map_or_else(|| hosts.clone(), |name| format!("{hosts}/{name}")))
}

/// The first other machine that the password and all data go to unencrypted, if there is one.
pub fn unencrypted_host(text: &str) -> Option<String> {
    let config = parse(text).ok()?;
    if config.get_ssl_mode() == SslMode::Require {
        return None;
    }
    if !config.get_hostaddrs().is_empty() {
        return config.get_hostaddrs().iter().find(|address| !address.is_loopback()).map(ToString::to_string);
    }
    config.get_hosts().iter().find_map(|host| match host {
        Host::Tcp(name) if !is_local(name) => Some(name.clone()),
        Host::Tcp(_) | Host::Unix(_) => None,
    })
}

fn is_local(name: &str) -> bool {
    name.eq_ignore_ascii_case("localhost") || name.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

/// The rest of a Postgres URL after the scheme. A scheme is the same in capitals (RFC 3986, §3.1).
fn scheme(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_once("://")?;
    ["postgres", "postgresql"].iter().any(|known| scheme.eq_ignore_ascii_case(known)).then_some(rest)
}

fn has_pairs(text: &str) -> bool {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_alphabetic() || c == '_');
    rest.len() < text.len() && rest.trim_start().starts_with('=')
}

fn of_url(rest: &str) -> Result<Config, String> {
    // The driver ends the credentials at the first `@`, libpq at the first `/` too.
    let (credentials, tail) = rest.split_once('@').map_or((None, rest), |(before, behind)| (Some(before), behind));
    let (place, query) = tail.split_once('?').unwrap_or((tail, ""));
    let user = credentials.and_then(|credentials| credentials.split(':').next()).unwrap_or_default();
    if place.contains('@') || user.contains(['/', '?', '#']) {
        return Err(PERCENT_ENCODE.to_owned());
    }
    let mut options = Options { doubtful: query.contains('@'), advice: PERCENT_ENCODE, ..Options::default() };
    let mut url = String::from("postgresql://");
    if let Some(credentials) = credentials {
        url.extend([credentials, "@"]);
    }
    url.extend([place, "?"]);
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').ok_or(PERCENT_ENCODE)?;
        let name = percent_decode_str(key).decode_utf8().map_err(|_| PERCENT_ENCODE)?;
        options.note(&name, true);
        url.extend([key, "=", plain_mode(&name, value), "&"]);
    }
    options.known()?;
    url.parse().map_err(|error| explain(&error, PERCENT_ENCODE))
}

fn of_pairs(text: &str) -> Result<Config, String> {
    let mut options = Options { advice: QUOTE, ..Options::default() };
    let mut pairs = String::new();
    let mut rest = text;
    while !rest.trim_start().is_empty() {
        let (key, behind) = rest.split_once('=').ok_or(QUOTE)?;
        let key = key.trim();
        let (value, is_bare, behind) = value(behind.trim_start()).ok_or(QUOTE)?;
        options.note(key, is_bare);
        let value = plain_mode(key, &value).replace('\\', "\\\\").replace('\'', "\\'");
        pairs.extend([key, "='", &value, "' "]);
        rest = behind;
    }
    options.known()?;
    pairs.parse().map_err(|error| explain(&error, QUOTE))
}

/// The value that the text begins with, whether it is without quotation marks, and the rest.
fn value(text: &str) -> Option<(String, bool, &str)> {
    let quoted = text.strip_prefix('\'');
    let mut value = String::new();
    let inner = quoted.unwrap_or(text);
    let mut chars = inner.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => value.push(chars.next()?.1),
            '\'' if quoted.is_some() => return Some((value, false, &inner[at + 1..])),
            c if quoted.is_none() && c.is_whitespace() => return Some((value, true, &inner[at..])),
            c => value.push(c),
        }
    }
    quoted.is_none().then_some((value, true, ""))
}

fn plain_mode<'a>(key: &str, value: &'a str) -> &'a str {
    match (key, value) {
        ("sslmode", "verify-ca" | "verify-full") => "require",
        _ => value,
    }
}

/// The names of the options of a connection string.
#[derive(Default)]
struct Options {
    unknown: Vec<String>,
    /// Whether what looks like an option may be the rest of a password.
    doubtful: bool,
    advice: &'static str,
}

impl Options {
    fn note(&mut self, name: &str, is_bare: bool) {
        if !OPTIONS.contains(&name) {
            self.doubtful |= name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            self.unknown.push(format!("`{name}`"));
        }
        // What follows in a password may look like the next option.
        self.doubtful |= name == "password" && is_bare && self.unknown.is_empty();
    }

    fn known(self) -> Result<(), String> {
        let Self { unknown, doubtful, advice } = self;
        if unknown.is_empty() {
            return Ok(());
        }
        if doubtful {
            return Err(advice.to_owned());
        }
        let authorities = if unknown.iter().any(|name| name == "`sslrootcert`") {
            "; the server's certificate is checked against the authorities of the system or of the file in SSL_CERT_FILE"
        } else {
            ""
        };
        let options = if unknown.len() == 1 { "unknown option" } else { "unknown options" };
        Err(format!("{options} {}{authorities}", unknown.join(", ")))
    }
}

/// The message of the driver, if it only names an option; otherwise the advice.
fn explain(error: &tokio_postgres::Error, advice: &str) -> String {
    let cause = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    let is_plain = |name: &str| cause == format!("invalid value for option `{name}`");
    if OPTIONS.iter().any(|name| is_plain(name)) { cause } else { advice.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> String {
        match parse(text) {
            Ok(_) => panic!("{text} is taken"),
            Err(fault) => fault,
        }
    }

    #[test]
    fn a_fault_never_has_a_part_of_the_password() {
        for text in [
            "postgres://usher:hush@hush@db/usher",
            "postgres://usher:hush@hush/hush@db/usher",
            "postgres://usher:hush@hush?hush=hush@db/usher",
            "postgres://usher:hush@hush?hush@db/usher",
            "postgres://usher:hush?hush",
            "postgres://usher:hush/usher",
            "\"postgres://usher:hush@db/usher?sslmode=require\"",
            "'postgres://usher:hush@db/usher?sslmode=require'",
            "jdbc:postgresql://db/usher?user=usher&password=hush",
            "mysql://usher:hush@db/usher?sslmode=require",
            "postgres+ssl://usher:hush@db/usher?sslmode=require",
            "postgres//usher:hush@db/usher?sslmode=require",
            "postgres:/usher:hush@db/usher?sslmode=require",
            "://usher:hush@db/usher?sslmode=require",
            "hush",
            "postgres://db/usher?password=hush&hush=1",
            "postgres://usher:hush@db/usher?hush",
            "postgres://usher@db/usher?a b hush=1",
            "host=db user=usher password=hush hush=1",
            "host=db user=usher password=hush hush",
            "host=db user=usher password='hush",
            "password=hush=hush connect_timeout=hush host=db",
            "postgres://usher:hush@db:hush/usher",
            "postgres://usher:hush@[db/usher",
            "postgres://usher:%ffhush@db/%ffhush",
            "postgres:///usher?password=hush",
        ] {
            let fault = fault(text);
            assert!(!fault.contains("hush"), "{text}: {fault}");
        }
    }

    #[test]
    fn a_fault_says_how_to_write_it() {
        let double = fault("postgres://usher:half@other-half@127.0.0.1:1/usher");
        assert!(double.contains("percent-encode") && double.contains("%40"), "{double}");
        let in_the_query = fault("postgres://db/usher?user=usher&password=half&other-half");
        for encoded in ["%40", "%3A", "%2F", "%3F", "%23", "%26", "%25"] {
            assert!(in_the_query.contains(encoded), "{in_the_query}");
        }
        assert!(fault("\"postgres://usher:hush@db/usher\"").contains("without quotation marks"));
        assert!(fault("mysql://db/usher").contains("postgres://"));
        assert_eq!(
            fault("postgres://u:p@db/usher?pgbouncer=true&schema=public&sslmode=require"),
            "unknown options `pgbouncer`, `schema`"
        );
        assert!(fault("postgres://u:p@db/usher?sslrootcert=/ca.pem").contains("SSL_CERT_FILE"));
        assert_eq!(fault("postgres://u:p@db/usher?sslmode=allow"), "invalid value for option `sslmode`");
        assert_eq!(fault("postgres:///usher"), "it names no host");
    }

    #[test]
    fn a_password_is_taken_as_it_is_or_percent_encoded() {
        for (text, password) in [
            ("postgres://usher:half%40other@db/usher", "half@other"),
            ("postgres://usher:p/w#d:1?x@db/usher", "p/w#d:1?x"),
            ("POSTGRES://usher:sslmode=verify-full@db/usher?sslmode=verify-full", "sslmode=verify-full"),
            ("\u{feff}postgresql://usher:plain@db/usher\r\n", "plain"),
            ("host=db user=usher password='it\\'s \\\\ p@ss' dbname=usher", "it's \\ p@ss"),
            ("host = db user = usher password = p@ss", "p@ss"),
        ] {
            let config = parse(text).unwrap();
            assert_eq!(config.get_password(), Some(password.as_bytes()), "{text}");
            assert_eq!(config.get_hosts(), [Host::Tcp("db".to_owned())], "{text}");
        }
    }

    #[test]
    fn the_host_is_found_whatever_the_options_are() {
        for (text, place) in [
            ("postgres://usher:hush@127.0.0.1:1/usher?sslmode=verify-full", "127.0.0.1:1/usher"),
            ("host=db hostaddr=10.0.0.1 sslmode = verify-ca password=hush dbname=usher", "db:5432/usher"),
            ("hostaddr=10.0.0.1 port=1 password=hush", "10.0.0.1:1"),
            ("postgres://usher:hush@a:1,[::1]:2/usher", "a:1,[::1]:2/usher"),
            ("postgres://usher@%2Frun%2Fpostgresql/usher", "/run/postgresql/usher"),
        ] {
            assert_eq!(redacted_url(text).as_deref(), Some(place), "{text}");
        }
    }

    #[test]
    fn another_machine_without_encryption_is_named() {
        for text in [
            "postgres://u:p@db.example.com/usher",
            "postgres://u:p@localhost,db.example.com/usher?sslmode=prefer",
            "host=db.example.com sslmode=disable",
        ] {
            assert_eq!(unencrypted_host(text).as_deref(), Some("db.example.com"), "{text}");
        }
        assert_eq!(unencrypted_host("host=localhost hostaddr=10.0.0.1").as_deref(), Some("10.0.0.1"));
        for text in [
            "postgres://u:p@db.example.com/usher?sslmode=verify-full",
            "postgres://u:p@localhost/usher",
            "postgres://u:p@127.0.0.2/usher",
            "postgres://u:p@[::1]/usher",
            "postgres://u@%2Frun%2Fpostgresql/usher",
        ] {
            assert_eq!(unencrypted_host(text), None, "{text}");
        }
    }
}
