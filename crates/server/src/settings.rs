//! Every setting: a flag of the command, with an environment variable of the same meaning. Secrets are no flags.

use crate::{
    listen::ListenAddress,
    origins::{header, origin},
};
use actix_web::http::header::HeaderName;
use clap::{Args, ValueEnum, builder::NonEmptyStringValueParser};
use ipnet::IpNet;
use percent_encoding::percent_decode_str;
use std::{borrow::Cow, net::SocketAddr, path::PathBuf, time::Duration};
use usher_mail::Sender;

/// Where users are kept. `DATABASE_URL`, or the file that `DATABASE_URL_FILE` names, is the database; without it the
/// service starts a private Postgres of its own.
#[derive(Args, Clone)]
pub struct DatabaseSettings {
    /// Where the private Postgres and generated secrets live
    #[arg(long, env = "USHER_DATA_DIR", hide_env_values = true, value_name = "DIR", default_value = ".usher")]
    pub data_dir: PathBuf,
}

/// Whether a secret key is generated.
#[derive(Args, Clone, Copy)]
pub struct Generation {
    /// Whether a secret key is generated in the data directory if `DATABASE_URL` is set and `USHER_SECRET_KEY` is not. Turn it
    /// off if the data directory does not outlive the service or if there are replicas, as the container image does
    #[arg(
        long,
        env = "USHER_GENERATE_SECRETS",
        hide_env_values = true,
        value_enum,
        default_value_t = Switch::On
    )]
    pub generate_secrets: Switch,
}

/// How logs are written.
#[derive(Args)]
pub struct Logging {
    /// What is logged: a level (error, warn, info, debug, trace), or directives such as `info,usher_http=debug`
    #[arg(long, env = "USHER_LOG", hide_env_values = true, global = true, default_value = "info")]
    pub log: String,
    /// How: `pretty` on a terminal, else `json`
    #[arg(long, env = "USHER_LOG_FORMAT", hide_env_values = true, global = true, value_enum)]
    pub log_format: Option<LogFormat>,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum LogFormat {
    Pretty,
    Json,
}

/// The first admin, created at start if there is no admin. The password comes from `USHER_ADMIN_PASSWORD` or the file that
/// `USHER_ADMIN_PASSWORD_FILE` names.
#[derive(Args)]
pub struct Admin {
    /// Username of the first admin
    #[arg(
        long,
        env = "USHER_ADMIN_USERNAME",
        hide_env_values = true,
        value_name = "NAME",
        value_parser = NonEmptyStringValueParser::new()
    )]
    pub admin_username: Option<String>,
    /// E-mail address of the first admin
    #[arg(
        long,
        env = "USHER_ADMIN_EMAIL",
        hide_env_values = true,
        value_name = "ADDRESS",
        value_parser = NonEmptyStringValueParser::new()
    )]
    pub admin_email: Option<String>,
}

/// How mail is sent. `USHER_SMTP_URL`, or the file that `USHER_SMTP_URL_FILE` names, is the mail server; without it each mail
/// is a file in the data directory's `outbox`.
#[derive(Args)]
pub struct Mail {
    /// Who mails are from; needed where there is a mail server
    #[arg(long, env = "USHER_MAIL_FROM", hide_env_values = true, value_name = "ADDRESS")]
    pub mail_from: Option<Sender>,
}

/// Where traces of requests go, by the variables that OpenTelemetry's specification names. `OTEL_EXPORTER_OTLP_HEADERS`, or
/// the file that `OTEL_EXPORTER_OTLP_HEADERS_FILE` names, has what the collector knows the service by.
#[derive(Args)]
pub struct Traces {
    /// Collector that traces of requests are sent to, by OTLP over HTTP: to `/v1/traces` below this URL [default: none, and
    /// nothing is traced]
    #[arg(
        long,
        env = "OTEL_EXPORTER_OTLP_ENDPOINT",
        hide_env_values = true,
        value_name = "URL",
        value_parser = public_url
    )]
    pub otlp_endpoint: Option<String>,
    /// The same as a whole URL, to which nothing is added
    #[arg(
        long,
        env = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        hide_env_values = true,
        value_name = "URL",
        value_parser = whole_url
    )]
    pub otlp_traces_endpoint: Option<String>,
    /// Name of the service in traces [default: usher]
    #[arg(
        long,
        env = "OTEL_SERVICE_NAME",
        hide_env_values = true,
        value_name = "NAME",
        value_parser = NonEmptyStringValueParser::new()
    )]
    pub otel_service_name: Option<String>,
    /// What else traces tell of the service: `key=value` pairs, separated by commas
    #[arg(
        long,
        env = "OTEL_RESOURCE_ATTRIBUTES",
        hide_env_values = true,
        value_name = "PAIRS",
        value_delimiter = ',',
        value_parser = pair
    )]
    pub otel_resource_attributes: Vec<(String, String)>,
    /// Which traces are sent; those by parent do as the caller does, where a request names one
    #[arg(
        long,
        env = "OTEL_TRACES_SAMPLER",
        hide_env_values = true,
        value_enum,
        default_value_t = Sampler::ParentbasedAlwaysOn
    )]
    pub otel_traces_sampler: Sampler,
    /// Share of traces that are sent, from 0 to 1, where that goes by ratio
    #[arg(
        long,
        env = "OTEL_TRACES_SAMPLER_ARG",
        hide_env_values = true,
        value_name = "SHARE",
        default_value = "1",
        value_parser = share
    )]
    pub otel_traces_sampler_arg: f64,
}

impl Traces {
    /// Where to send traces, if anywhere.
    pub fn url(&self) -> Option<String> {
        let below = || self.otlp_endpoint.as_ref().map(|base| format!("{base}/v1/traces"));
        self.otlp_traces_endpoint.clone().or_else(below)
    }
}

#[derive(Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Sampler {
    AlwaysOn,
    AlwaysOff,
    Traceidratio,
    ParentbasedAlwaysOn,
    ParentbasedAlwaysOff,
    ParentbasedTraceidratio,
}

/// Where the service listens.
#[derive(Args)]
pub struct Listen {
    /// Address and port to listen on; `localhost` is `127.0.0.1` and, where there is one, `[::1]`; port 0 picks a free port
    #[arg(
        long,
        env = "USHER_LISTEN",
        hide_env_values = true,
        value_name = "ADDRESS:PORT",
        default_value_t = ListenAddress::Localhost(8080)
    )]
    pub listen: ListenAddress,
}

/// How the service presents itself to the world. `USHER_INTROSPECTION_CLIENTS`, or the file that
/// `USHER_INTROSPECTION_CLIENTS_FILE` names, has the services that may look at tokens, as `id:secret` pairs with commas or
/// white space between them.
#[derive(Args)]
pub struct Binding {
    #[command(flatten)]
    pub listen: Listen,
    /// How long a connection is kept on which nothing is under way; longer than the proxy in front keeps it
    #[arg(
        long,
        env = "USHER_KEEP_ALIVE",
        hide_env_values = true,
        value_name = "TIME",
        default_value = "75s",
        value_parser = keep_alive
    )]
    pub keep_alive: Duration,
    /// Address and port for Prometheus to read metrics from, at `/metrics` [default: none]
    #[arg(long, env = "USHER_METRICS_LISTEN", hide_env_values = true, value_name = "ADDRESS:PORT")]
    pub metrics_listen: Option<SocketAddr>,
    /// For how long, once it is told to stop, it answers as ever but says at `/health/ready` that it is not ready, so that load
    /// balancers send requests elsewhere
    #[arg(
        long,
        env = "USHER_DRAIN",
        hide_env_values = true,
        value_name = "TIME",
        default_value = "0s",
        value_parser = drain
    )]
    pub drain: Duration,
    /// Where the world finds the service: the issuer of its tokens, and the prefix of the paths it tells [default: http://
    /// and the listen address, where loopback is written as localhost]
    #[arg(long, env = "USHER_PUBLIC_URL", hide_env_values = true, value_name = "URL", value_parser = public_url)]
    pub public_url: Option<String>,
    /// Where mailed links lead: to `/verify-email` and `/reset-password` below this URL, each with `#token=…` [default: pages
    /// of our own]
    #[arg(long, env = "USHER_APP_URL", hide_env_values = true, value_name = "URL", value_parser = public_url)]
    pub app_url: Option<String>,
    /// Whether strangers may register
    #[arg(long, env = "USHER_REGISTRATION", hide_env_values = true, value_enum, default_value_t = Registration::Open)]
    pub registration: Registration,
    /// Whether nobody signs in before their e-mail address is confirmed
    #[arg(
        long,
        env = "USHER_REQUIRE_VERIFIED_EMAIL",
        hide_env_values = true,
        value_enum,
        default_value_t = Switch::Off
    )]
    pub require_verified_email: Switch,
    /// Cost of bcrypt: each step doubles the time that a password takes to hash
    #[arg(
        long,
        env = "USHER_BCRYPT_COST",
        hide_env_values = true,
        value_name = "COST",
        default_value_t = 12,
        value_parser = clap::value_parser!(u32).range(10..=16)
    )]
    pub bcrypt_cost: u32,
    /// Whether there are limits: of sign-ins that fail, what tells who exists, registrations, and changes of one's own account
    #[arg(long, env = "USHER_RATE_LIMIT", hide_env_values = true, value_enum, default_value_t = Switch::On)]
    pub rate_limit: Switch,
    /// Lifetime of an access token
    #[arg(
        long,
        env = "USHER_ACCESS_TOKEN_TTL",
        hide_env_values = true,
        value_name = "TIME",
        default_value = "15m",
        value_parser = lifetime
    )]
    pub access_token_ttl: Duration,
    /// Lifetime of a session that is not used
    #[arg(
        long,
        env = "USHER_REFRESH_TOKEN_TTL",
        hide_env_values = true,
        value_name = "TIME",
        default_value = "30d",
        value_parser = lifetime
    )]
    pub refresh_token_ttl: Duration,
    /// Lifetime of a session at all
    #[arg(
        long,
        env = "USHER_SESSION_TTL",
        hide_env_values = true,
        value_name = "TIME",
        default_value = "90d",
        value_parser = lifetime
    )]
    pub session_ttl: Duration,
    /// How long audit events stay [default: for ever]
    #[arg(long, env = "USHER_AUDIT_RETENTION", hide_env_values = true, value_name = "TIME", value_parser = lifetime)]
    pub audit_retention: Option<Duration>,
    /// Audience of access tokens [default: the public URL]
    #[arg(
        long,
        env = "USHER_TOKEN_AUDIENCE",
        hide_env_values = true,
        value_name = "TEXT",
        value_parser = NonEmptyStringValueParser::new()
    )]
    pub token_audience: Option<String>,
    /// Networks or addresses of proxies that may tell the client's address, separated by commas
    #[arg(
        long,
        env = "USHER_TRUSTED_PROXIES",
        hide_env_values = true,
        value_name = "NETWORKS",
        value_delimiter = ',',
        value_parser = network
    )]
    pub trusted_proxies: Vec<IpNet>,
    /// Origins that a browser or an app may call from, such as `https://app.example.com` or `capacitor://localhost`,
    /// separated by commas
    #[arg(
        long,
        env = "USHER_CORS_ORIGINS",
        hide_env_values = true,
        value_name = "ORIGINS",
        value_delimiter = ',',
        value_parser = origin
    )]
    pub cors_origins: Vec<String>,
    /// Header fields that a browser may send besides those that the service reads, separated by commas
    #[arg(
        long,
        env = "USHER_CORS_HEADERS",
        hide_env_values = true,
        value_name = "NAMES",
        value_delimiter = ',',
        value_parser = header
    )]
    pub cors_headers: Vec<HeaderName>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    On,
    Off,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum Registration {
    Open,
    Closed,
}

impl From<Registration> for usher_domain::policy::Registration {
    fn from(registration: Registration) -> Self {
        match registration {
            Registration::Open => Self::Open,
            Registration::Closed => Self::Closed,
        }
    }
}

/// A time such as `15m`, `30d` or `1h 30m`, of at least a second.
fn lifetime(text: &str) -> Result<Duration, String> {
    const MOST: Duration = Duration::from_hours(10 * 365 * 24);
    let time = humantime::parse_duration(text).map_err(|error| format!("{error}; write it like 15m, 12h or 30d"))?;
    if (Duration::from_secs(1)..=MOST).contains(&time) {
        Ok(time)
    } else {
        Err("must be between a second and ten years".to_owned())
    }
}

/// A time such as `5s`, of at most ten minutes; it may be none.
fn drain(text: &str) -> Result<Duration, String> {
    const MOST: Duration = Duration::from_mins(10);
    let time = humantime::parse_duration(text).map_err(|error| format!("{error}; write it like 5s"))?;
    if time <= MOST { Ok(time) } else { Err("must be ten minutes at most".to_owned()) }
}

/// A time such as `75s`, of a second to a day.
fn keep_alive(text: &str) -> Result<Duration, String> {
    const MOST: Duration = Duration::from_hours(24);
    let time = humantime::parse_duration(text).map_err(|error| format!("{error}; write it like 75s or 10m"))?;
    let fits = (Duration::from_secs(1)..=MOST).contains(&time);
    fits.then_some(time).ok_or_else(|| "must be between a second and a day".to_owned())
}

/// A network, or a single address.
fn network(text: &str) -> Result<IpNet, String> {
    let text = text.trim();
    text.parse::<IpNet>()
        .or_else(|_| text.parse::<std::net::IpAddr>().map(IpNet::from))
        .map_err(|_| "must be a network such as 10.0.0.0/8, or an address".to_owned())
}

/// A pair such as `key=value`, percent-encoded where it has to be (W3C Baggage, §3.3.1).
pub fn pair(text: &str) -> Result<(String, String), String> {
    let decoded = |text: &str| percent_decode_str(text.trim()).decode_utf8().map(Cow::into_owned).ok();
    let pair = text.split_once('=').and_then(|(key, value)| Some((decoded(key)?, decoded(value)?)));
    pair.filter(|(key, _)| !key.is_empty()).ok_or_else(|| "must be pairs such as key=value".to_owned())
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "must be a number from 0 to 1".to_owned())
}

/// A URL as it stands.
fn whole_url(text: &str) -> Result<String, String> {
    public_url(text).map(|_| text.to_owned())
}

/// A URL without query and fragment; a slash at its end is dropped.
fn public_url(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let visible = text.bytes().all(|byte| byte.is_ascii_graphic());
    match rest {
        Some(rest)
            if visible
                && !rest.starts_with('/')
                && !rest.is_empty()
                && !rest.contains(['?', '#', '@', '"', '<', '>', '{', '}', '\\']) =>
        {
            Ok(text.trim_end_matches('/').to_owned())
        }
        _ => {
            Err("must be a URL such as https://example.com/auth, without user name, password, query or fragment"
                .to_owned())
        }
    }
}
