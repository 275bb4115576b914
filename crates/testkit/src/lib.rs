//! The whole service on a real Postgres, for tests that speak to it through a socket.
//!
//! Every [`TestApp`] is a service of its own on a database of its own, cloned from a template that is migrated once; all
//! share one private Postgres, which ends with the process (or one that many processes share, see [`SHARED`]).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    clippy::return_self_not_must_use
)]

mod authenticator;
mod client;
mod collector;
mod document;
mod forms;
mod mail;
mod mail_server;
mod passkey;
mod postgres;
mod raw;
mod sql;
mod table;
mod token;

pub use authenticator::Authenticator;
pub use client::{Answer, Client, Person, until_served};
pub use collector::{Collector, Span};
pub use forms::{FORMS, form_fields, form_options, form_property};
pub use mail::Mail;
pub use mail_server::{Delivery, Encryption, MailServer};
pub use passkey::{Device, HeldPasskey};
pub use postgres::{SHARED, empty_database, german_database, new_database, start_postgres};
pub use raw::Raw;
pub use sql::Sql;
pub use table::altered_table;
pub use token::{token_claims, token_header};
pub use usher_auth::HasherConfig;

use actix_web::{dev::ServerHandle, http::header::HeaderName};
use chrono::TimeDelta;
use std::{convert::Infallible, net::TcpListener, path::PathBuf, time::Duration};
use tokio::{
    runtime::{self, Handle},
    sync::oneshot,
};
use usher_accounts::{
    AccountSettings, Accounts,
    keyring::{self, Keyring},
    operator::{OperatorUser, create_first_admin},
};
use usher_auth::{AccessTokenConfig, Clients, Hasher, SecretKey, passkeys::RelyingParty};
use usher_domain::{
    Clock, FactorSupport, RoleName, checked,
    policy::{Registration, RequireMfa},
};
use usher_http::{OPERATIONS, ServerSettings, Settings, Table, serve};
use usher_jobs::JobRunner;
use usher_mail::{Links, SendMail, Sender, Transport};
use usher_persistence::{Database, OperatorRules, Retention, SessionLifetimes};

/// The first admin's name and password.
pub const ADMIN: &str = "root";
/// The password of every user that a test does not give another.
pub const PASSWORD: &str = "grace-hopper-1906";

/// Connections of each service: few, because many tests run in parallel.
const CONNECTIONS: usize = 4;
/// The cheapest bcrypt there is.
const COST: u32 = 4;

/// The settings that a test can change.
#[derive(Clone)]
#[allow(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
pub struct Options {
    /// The operations of the service.
    pub table: Table,
    pub registration: Registration,
    pub access_token_ttl: Duration,
    /// Whether access tokens name the role of their user.
    pub role_claim: bool,
    pub idle: TimeDelta,
    pub absolute: TimeDelta,
    /// The longest lifetime of an API key.
    pub api_key_max_ttl: TimeDelta,
    /// How long audit events are kept; forever if `None`.
    pub audit_retention: Option<TimeDelta>,
    /// How long events can be read from the feed.
    pub event_retention: TimeDelta,
    /// The scheme and the host of the public URL.
    pub public_origin: &'static str,
    /// The path part of the public URL, such as `/auth`.
    pub prefix: String,
    pub trusted_proxies: Vec<String>,
    /// Services that may introspect tokens, as `id:secret`.
    pub introspection_clients: String,
    pub cors_origins: Vec<String>,
    pub cors_headers: Vec<&'static str>,
    pub app_url: Option<String>,
    /// Whether there is a console.
    pub console: bool,
    pub require_verified_email: bool,
    /// How long a session is fresh.
    pub fresh_for: TimeDelta,
    pub require_mfa: RequireMfa,
    pub factors: FactorSupport,
    /// The domain of passkeys, and the origin that they come from.
    pub relying_party: (&'static str, &'static str),
    /// Whether rate limits are on.
    pub rate_limit: bool,
    /// How passwords are hashed.
    pub hashing: HasherConfig,
    /// Whether mail is sent; otherwise it stays in the database.
    pub send_mail: bool,
    /// How often the queue of jobs is read.
    pub poll_interval: Duration,
    /// Whether the runner of jobs listens to notifications.
    pub listen: bool,
    /// A mail server, instead of the folder that [`TestApp::mails`] reads.
    pub smtp_url: Option<String>,
    /// The data directory of another service, for a second replica.
    pub data_dir: Option<PathBuf>,
    /// A database to serve instead of a new one, for a second replica.
    pub database_url: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            table: OPERATIONS,
            registration: Registration::Open,
            access_token_ttl: Duration::from_mins(15),
            role_claim: false,
            idle: TimeDelta::days(30),
            absolute: TimeDelta::days(90),
            api_key_max_ttl: TimeDelta::days(365),
            audit_retention: None,
            event_retention: TimeDelta::days(30),
            public_origin: "http://usher.test",
            prefix: String::new(),
            trusted_proxies: Vec::new(),
            introspection_clients: String::new(),
            cors_origins: Vec::new(),
            cors_headers: Vec::new(),
            app_url: None,
            console: true,
            require_verified_email: false,
            fresh_for: TimeDelta::minutes(15),
            require_mfa: RequireMfa::Off,
            factors: FactorSupport::FULL,
            relying_party: ("usher.test", "https://usher.test"),
            rate_limit: true,
            hashing: HasherConfig { cost: COST, threads: 2, max_wait: Duration::from_secs(30) },
            send_mail: true,
            // Short, because a clock that a test moves does not wake the runner.
            poll_interval: Duration::from_millis(100),
            listen: true,
            smtp_url: None,
            data_dir: None,
            database_url: None,
        }
    }
}

/// A running service.
pub struct TestApp {
    /// Its base URL, without a slash at the end and without the prefix.
    pub url: String,
    /// Its database, for what the API does not show.
    pub database_url: String,
    /// Its clock, which a test can move.
    pub clock: Clock,
    database: Database,
    retention: Retention,
    data_dir: PathBuf,
    _jobs: Option<JobRunner>,
    /// Follows the feed of events until it is dropped.
    _feed: oneshot::Sender<Infallible>,
    server: ServerHandle,
}

impl TestApp {
    /// A service with the usual settings and one admin.
    pub async fn start() -> Self {
        Self::with(Options::default()).await
    }

    /// A service with these settings and one admin.
    pub async fn with(options: Options) -> Self {
        let database_url = match options.database_url {
            Some(url) => url,
            None => new_database().await,
        };
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let clock = Clock::default();
        let database = Database::new(&database_url, CONNECTIONS, clock.clone(), &Handle::current()).unwrap();
        let hasher = Hasher::new(options.hashing).unwrap();
        first_admin(&database, &hasher).await;
        let public_url = [options.public_origin, &options.prefix].concat();
        let tokens = AccessTokenConfig {
            issuer: public_url.clone(),
            audience: public_url.clone(),
            ttl: options.access_token_ttl,
            role_claim: options.role_claim,
        };
        let keyring = Keyring::open(&database, secret(), tokens, clock.clone()).await.unwrap();
        let links = Links { base: options.app_url.clone().unwrap_or_else(|| public_url.clone()) };
        let settings = Settings {
            public_url,
            app_url: options.app_url,
            console: options.console,
            event_retention: options.event_retention,
            trusted_proxies: options.trusted_proxies.iter().map(|net| net.parse().unwrap()).collect(),
            introspection_clients: Clients::parse(&options.introspection_clients).unwrap(),
            cors_origins: options.cors_origins,
            cors_headers: options.cors_headers.into_iter().map(HeaderName::from_static).collect(),
        };
        let account_settings = AccountSettings {
            registration: options.registration,
            rules: OperatorRules {
                verified_email: options.require_verified_email,
                fresh_for: options.fresh_for,
                require_mfa: options.require_mfa,
            },
            rate_limit: options.rate_limit,
            lifetimes: SessionLifetimes { idle: options.idle, absolute: options.absolute },
            api_key_max_ttl: options.api_key_max_ttl,
            factor_enrolment: options.factors.enrolment,
        };
        let (rp_id, origin) = options.relying_party;
        let relying_party = options.factors.passkeys.then(|| RelyingParty::new(rp_id, "usher", [origin]).unwrap());
        let accounts = Accounts::new(database, keyring, hasher, account_settings, relying_party);
        let database = accounts.database().clone();
        let service = usher_http::service(accounts, clock.clone(), settings, options.table);
        let data_dir = options.data_dir.unwrap_or_else(postgres::new_folder);
        let transport = match options.smtp_url {
            Some(url) => Transport::smtp(&url, None).unwrap(),
            None => Transport::Folder(data_dir.clone()),
        };
        let jobs = options.send_mail.then(|| {
            let mail = SendMail { clock: clock.clone(), transport, sender: Sender::placeholder(), links };
            let runner = JobRunner::builder(database.clone(), clock.clone()).register(mail);
            let runner = runner.poll_interval(options.poll_interval);
            let runner = if options.listen { runner } else { runner.without_listening() };
            runner.start().unwrap()
        });
        let server_settings =
            ServerSettings { workers: 1, shutdown: Duration::from_secs(1), keep_alive: Duration::from_secs(75) };
        let server = serve(service, [listener], server_settings).unwrap();
        let handle = server.handle();
        tokio::spawn(server);
        let access_tokens = TimeDelta::from_std(options.access_token_ttl).unwrap();
        let (audit_events, events) = (options.audit_retention, options.event_retention);
        let retention = Retention { audit_events, events, access_tokens };
        let feed = follow_events(database.clone());
        Self { url, database_url, clock, database, retention, data_dir, _jobs: jobs, _feed: feed, server: handle }
    }

    /// Another replica of this service, on the same database, with the same folder for mail.
    pub async fn replica(&self) -> Self {
        self.replica_with(Options::default()).await
    }

    /// The same, with settings of its own.
    pub async fn replica_with(&self, options: Options) -> Self {
        let (database_url, data_dir) = (Some(self.database_url.clone()), Some(self.data_dir.clone()));
        Self::with(Options { data_dir, database_url, ..options }).await
    }

    /// An anonymous client.
    pub fn nobody(&self) -> Client {
        Client::new(&self.url)
    }

    /// The first admin, signed in.
    pub async fn admin(&self) -> Person {
        self.nobody().sign_in(ADMIN, PASSWORD).await
    }

    /// A new user of that name, registered and signed in.
    pub async fn user(&self, username: &str) -> Person {
        let nobody = self.nobody();
        nobody.register(username).await.expect_status(201);
        nobody.sign_in(username, PASSWORD).await
    }

    /// Creates a role with these permissions.
    pub async fn role(&self, name: &str, permissions: &[&str]) {
        let permissions = permissions.join(",");
        let values = format!("'{name}', '', '{{{permissions}}}', false, 1, now(), now()");
        self.sql().await.execute(&format!("INSERT INTO roles VALUES ({values})")).await;
    }

    /// A new user of that name with a new role of these permissions.
    pub async fn user_with(&self, username: &str, role: &str, permissions: &[&str]) -> Person {
        self.role(role, permissions).await;
        self.user_with_role(username, role).await
    }

    /// A new user of that name with this role, registered and signed in.
    pub async fn user_with_role(&self, username: &str, role: &str) -> Person {
        let user = self.user(username).await;
        self.give(&user, role).await;
        user
    }

    /// Gives a user a role, as the first admin.
    pub async fn give(&self, user: &Person, role: &str) {
        let body = serde_json::json!({ "role": role });
        self.admin().await.patch(&user.path(), &body).await.expect_status(200);
    }

    /// A new admin of that name, created by the first one, and signed in.
    pub async fn another_admin(&self, username: &str) -> Person {
        self.another_admin_by(&self.admin().await, username).await
    }

    /// A new admin of that name, created by `admin`, and signed in.
    pub async fn another_admin_by(&self, admin: &Person, username: &str) -> Person {
        let body = serde_json::json!({
            "username": username, "email": format!("{username}@example.com"), "password": PASSWORD, "role": "admin",
        });
        admin.post("/v1/users", &body).await.expect_status(201);
        self.nobody().sign_in(username, PASSWORD).await
    }

    /// Deletes expired rows, as the service does in the background, until none are left.
    pub async fn cleanup(&self) {
        while self.database.cleanup(self.retention).await.unwrap() > 0 {}
    }

    /// Publishes a new signing key and returns its id.
    pub async fn rotate_keys(&self) -> String {
        keyring::rotate(&self.database, &secret(), &self.clock).await.unwrap().kid
    }

    /// Replaces all signing keys by a new one and returns its id.
    pub async fn revoke_keys(&self) -> String {
        keyring::revoke(&self.database, &secret(), &self.clock, false).await.unwrap().0.kid
    }

    /// How many requests have looked up their caller or target since the start.
    pub fn lookups(&self) -> u64 {
        self.database.lookup().load().requests
    }

    /// A connection to its database.
    pub async fn sql(&self) -> Sql {
        Sql::connect(&self.database_url).await
    }

    /// A connection to its socket.
    pub async fn raw(&self) -> Raw {
        Raw::connect(&self.url).await
    }

    /// Stops the service at once, as a crash would for its clients.
    pub async fn stop(self) {
        self.server.stop(false).await;
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        // Begins the stop and does not wait for it.
        drop(self.server.stop(false));
    }
}

/// The same for every replica, and so for every test.
fn secret() -> SecretKey {
    SecretKey::new("a secret for tests, long enough to be taken for one").unwrap()
}

/// Follows the feed of events until the result is dropped, on a thread of its own.
fn follow_events(database: Database) -> oneshot::Sender<Infallible> {
    let (follower, dropped) = oneshot::channel();
    let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
    std::thread::spawn(move || {
        runtime.block_on(async {
            tokio::select! {
                never = database.follow_events() => match never {},
                _ = dropped => {}
            }
        });
    });
    follower
}

async fn first_admin(database: &Database, hasher: &Hasher) {
    let admin = OperatorUser {
        username: checked(ADMIN).unwrap(),
        email: checked("root@example.com").unwrap(),
        password: checked(PASSWORD).unwrap(),
        role: RoleName::ADMIN,
    };
    create_first_admin(database, hasher, admin).await.unwrap();
}
