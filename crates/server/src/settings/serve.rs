//! The settings of the service.

use super::{
    Switch,
    listen_address::ListenAddress,
    origins::{header, origin},
    values::{drain, keep_alive, lifetime, network, public_url},
};
use actix_web::http::header::HeaderName;
use clap::{Args, ValueEnum, builder::NonEmptyStringValueParser};
use ipnet::IpNet;
use std::{net::SocketAddr, time::Duration};

/// Where the service listens.
#[derive(Args)]
pub struct ListenSettings {
    /// Address and port to listen on; `localhost` means `127.0.0.1` and, if the machine has it, `[::1]`; port 0 picks a
    /// free port
    #[arg(long, env = "USHER_LISTEN", value_name = "ADDRESS:PORT", default_value_t = ListenAddress::Localhost(8080))]
    pub listen: ListenAddress,
}

/// How the service serves. `USHER_INTROSPECTION_CLIENTS`, or the file that `USHER_INTROSPECTION_CLIENTS_FILE` names, lists the
/// services that may introspect tokens: `id:secret` pairs, separated by commas or white space.
#[derive(Args)]
pub struct ServeSettings {
    #[command(flatten)]
    pub listen: ListenSettings,
    /// How long an idle connection is kept open; set it above the timeout of the proxy in front
    #[arg(long, env = "USHER_KEEP_ALIVE", value_name = "TIME", default_value = "75s", value_parser = keep_alive)]
    pub keep_alive: Duration,
    /// Address and port for Prometheus to read metrics from, at `/metrics` [default: none]
    #[arg(long, env = "USHER_METRICS_LISTEN", value_name = "ADDRESS:PORT")]
    pub metrics_listen: Option<SocketAddr>,
    /// How long to keep serving after SIGTERM, while `/health/ready` reports that the service is not ready, so that load
    /// balancers send requests elsewhere
    #[arg(long, env = "USHER_DRAIN", value_name = "TIME", default_value = "0s", value_parser = drain)]
    pub drain: Duration,
    /// URL at which clients reach the service: the issuer of its tokens and the base of its links [default: http:// and the
    /// listen address, with localhost for a loopback address]
    #[arg(long, env = "USHER_PUBLIC_URL", value_name = "URL", value_parser = public_url)]
    pub public_url: Option<String>,
    /// Base of mailed links: `/verify-email` and `/reset-password` below this URL, each with `#token=…` [default: pages that
    /// the service has itself]
    #[arg(long, env = "USHER_APP_URL", value_name = "URL", value_parser = public_url)]
    pub app_url: Option<String>,
    /// Whether the service has a web console at `/console`
    #[arg(long, env = "USHER_CONSOLE", value_enum, default_value_t = Switch::On)]
    pub console: Switch,
    /// Whether anyone may register
    #[arg(long, env = "USHER_REGISTRATION", value_enum, default_value_t = Registration::Open)]
    pub registration: Registration,
    /// Whether a user must verify the e-mail address before signing in
    #[arg(long, env = "USHER_REQUIRE_VERIFIED_EMAIL", value_enum, default_value_t = Switch::Off)]
    pub require_verified_email: Switch,
    /// Whether users may enrol second factors; those who have one are asked for it in any case
    #[arg(long, env = "USHER_SECOND_FACTORS", value_enum, default_value_t = Switch::On)]
    pub second_factors: Switch,
    /// Who must have a second factor: nobody, users whose role has a permission, or all users
    #[arg(long, env = "USHER_REQUIRE_MFA", value_enum, default_value_t = RequireMfa::Off)]
    pub require_mfa: RequireMfa,
    /// How long after proving who they are users may change their second factors and create API keys
    #[arg(long, env = "USHER_FRESH_FOR", value_name = "TIME", default_value = "15m", value_parser = lifetime)]
    pub fresh_for: Duration,
    /// Domain that passkeys are for: the host of the public URL or a parent of it; passkeys keep theirs [default: the host of
    /// the public URL, localhost for a loopback address]
    #[arg(
        long,
        env = "USHER_WEBAUTHN_RP_ID",
        value_name = "DOMAIN",
        value_parser = NonEmptyStringValueParser::new()
    )]
    pub webauthn_rp_id: Option<String>,
    /// Origins from which passkeys may be used, within that domain, or `android:apk-key-hash:…`, separated by commas [default:
    /// the origin of the public URL]
    #[arg(long, env = "USHER_WEBAUTHN_ORIGINS", value_name = "ORIGINS", value_delimiter = ',')]
    pub webauthn_origins: Vec<String>,
    /// Cost of bcrypt; each step doubles the time to hash a password
    #[arg(
        long,
        env = "USHER_BCRYPT_COST",
        value_name = "COST",
        default_value_t = 12,
        value_parser = clap::value_parser!(u32).range(10..=16)
    )]
    pub bcrypt_cost: u32,
    /// Limit failed sign-ins, requests that reveal whether an account exists, registrations, and changes of one's own account
    #[arg(long, env = "USHER_RATE_LIMIT", value_enum, default_value_t = Switch::On)]
    pub rate_limit: Switch,
    /// Lifetime of an access token
    #[arg(long, env = "USHER_ACCESS_TOKEN_TTL", value_name = "TIME", default_value = "15m", value_parser = lifetime)]
    pub access_token_ttl: Duration,
    /// Lifetime of an unused session
    #[arg(long, env = "USHER_REFRESH_TOKEN_TTL", value_name = "TIME", default_value = "30d", value_parser = lifetime)]
    pub refresh_token_ttl: Duration,
    /// Absolute lifetime of a session
    #[arg(long, env = "USHER_SESSION_TTL", value_name = "TIME", default_value = "90d", value_parser = lifetime)]
    pub session_ttl: Duration,
    /// Longest lifetime of an API key
    #[arg(long, env = "USHER_API_KEY_MAX_TTL", value_name = "TIME", default_value = "1y", value_parser = lifetime)]
    pub api_key_max_ttl: Duration,
    /// How long audit events are kept [default: forever]
    #[arg(long, env = "USHER_AUDIT_RETENTION", value_name = "TIME", value_parser = lifetime)]
    pub audit_retention: Option<Duration>,
    /// How long events can be read from the feed, at most as long as audit events are kept
    #[arg(long, env = "USHER_EVENT_RETENTION", value_name = "TIME", default_value = "30d", value_parser = lifetime)]
    pub event_retention: Duration,
    /// Audience of access tokens [default: the public URL]
    #[arg(long, env = "USHER_TOKEN_AUDIENCE", value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    pub token_audience: Option<String>,
    /// Optional claims of access tokens, separated by commas; `role` adds `roles` with the role of the user, which is outdated
    /// if the role changes before the token expires
    #[arg(long, env = "USHER_TOKEN_CLAIMS", value_name = "CLAIMS", value_delimiter = ',', value_enum)]
    pub token_claims: Vec<TokenClaim>,
    /// Networks or addresses of proxies whose `X-Forwarded-For` is trusted, separated by commas
    #[arg(long, env = "USHER_TRUSTED_PROXIES", value_name = "NETWORKS", value_delimiter = ',', value_parser = network)]
    pub trusted_proxies: Vec<IpNet>,
    /// Origins from which browsers and apps may call, such as `https://app.example.com` or `capacitor://localhost`,
    /// separated by commas
    #[arg(long, env = "USHER_CORS_ORIGINS", value_name = "ORIGINS", value_delimiter = ',', value_parser = origin)]
    pub cors_origins: Vec<String>,
    /// Header fields that browsers may send besides those that the service reads, separated by commas
    #[arg(long, env = "USHER_CORS_HEADERS", value_name = "NAMES", value_delimiter = ',', value_parser = header)]
    pub cors_headers: Vec<HeaderName>,
}

/// A claim that access tokens have only on request.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TokenClaim {
    Role,
}

/// Who must have a second factor.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RequireMfa {
    Off,
    Privileged,
    All,
}

impl From<RequireMfa> for usher_domain::policy::RequireMfa {
    fn from(require: RequireMfa) -> Self {
        match require {
            RequireMfa::Off => Self::Off,
            RequireMfa::Privileged => Self::Privileged,
            RequireMfa::All => Self::All,
        }
    }
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
