//! `usher serve`

use super::{first_admin, keys};
use crate::{
    cleanup,
    cli::Serve,
    database::Postgres,
    failure::{Context, Failure},
    invalid_requests,
    listen::{Bound, unreachable_url},
    mail, second_factors, secrets,
    settings::{ServeSettings, Switch, TokenClaim},
    startup_server::StartupServer,
    systemd::{State, notify},
    traces::SpanCounters,
};
use actix_web::dev::ServerHandle;
use chrono::TimeDelta;
use std::{
    io::{Write, stdout},
    net::{SocketAddr, TcpListener},
    path::Path,
    sync::Arc,
    time::Duration,
};
use tokio::signal::unix::{Signal, SignalKind, signal};
use usher_accounts::{AccountSettings, Accounts, Keyring};
use usher_auth::{AccessTokenConfig, Hasher, HasherConfig, passkeys::RelyingParty};
use usher_domain::Clock;
use usher_http::{OPERATIONS, ServerSettings, Service, Settings, serve, serve_metrics};
use usher_jobs::JobRunner;
use usher_mail::{Links, SendMail, Sender, Transport};
use usher_persistence::{OperatorRules, Retention, SessionLifetimes};

const LISTEN: &str = "USHER_LISTEN";
const METRICS_LISTEN: &str = "USHER_METRICS_LISTEN";
/// Maximum time that a stop waits for requests in flight.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(30);

/// Migrates the database, then serves until a signal asks it to stop. `spans` are the counters of traces in its metrics.
pub async fn run(options: Serve, spans: Arc<SpanCounters>) -> Result<(), Failure> {
    // The signals are handled from the beginning: a stop while Postgres starts must stop Postgres too.
    let mut stop = Stop::new()?;
    raise_file_limit();
    // Before anything is created: a key that is refused must not leave a database behind.
    if secrets::secret_key(&options.database.data_dir)?.is_none() {
        secrets::may_generate(options.generation)?;
    }
    let mail = mail::prepare(&options.mail, options.settings.public_url.as_deref(), &options.database.data_dir)?;
    let listeners = Listeners::bind(&options.settings)?;
    let settings = settings(&options.settings, &listeners.service.url)?;
    let relying_party = second_factors::relying_party(&options.settings, &settings.public_url)?;
    let no_passkeys = relying_party.as_ref().err().cloned();
    let unattainable = second_factors::unattainable(&options.settings).map(str::to_owned);
    for warning in [unreachable_url(&options.settings), no_passkeys, unattainable].into_iter().flatten() {
        tracing::warn!("{warning}");
    }
    // A migration may take long, also that of another replica. The process must not be restarted during it.
    let startup_server = StartupServer::start(&listeners.service.sockets, settings.prefix())?;
    let postgres = tokio::select! {
        postgres = Postgres::for_service(&options.database) => postgres?,
        () = stop.asked() => return Ok(()),
    };
    let done = serve_from(
        &options,
        mail,
        spans,
        &postgres,
        (listeners, settings, relying_party.ok(), startup_server),
        &mut stop,
    )
    .await;
    let closed = postgres.close().await;
    done.and(closed)
}

async fn serve_from(
    options: &Serve,
    (transport, sender): (Transport, Sender),
    spans: Arc<SpanCounters>,
    postgres: &Postgres,
    (listeners, settings, relying_party, startup_server): (Listeners, Settings, Option<RelyingParty>, StartupServer),
    stop: &mut Stop,
) -> Result<(), Failure> {
    let service = tokio::select! {
        service = prepare(options, postgres, settings, relying_party) => service?,
        () = stop.asked() => return Ok(()),
    };
    let Listeners { service: Bound { sockets, url }, metrics } = listeners;
    let Settings { app_url, public_url, .. } = &service.settings;
    let links = Links { base: app_url.as_ref().unwrap_or(public_url).clone() };
    let jobs = JobRunner::builder(service.database.clone(), service.clock.clone())
        .register(SendMail { clock: service.clock.clone(), transport, sender, links })
        .start()
        .context("cannot start the thread for background jobs")?;
    let database = service.database.clone();
    let retention = Retention {
        audit_events: options.settings.audit_retention.map(time_delta),
        events: event_retention(&options.settings),
        access_tokens: time_delta(options.settings.access_token_ttl),
    };
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let metrics = metrics.map(|listener| spawn_metrics_server(service.clone(), spans, listener)).transpose()?;
    startup_server.hand_over().await?;
    let settings = ServerSettings { workers, shutdown: SHUTDOWN_TIMEOUT, keep_alive: options.settings.keep_alive };
    let server = serve(service.clone(), sockets, settings).context(LISTEN)?;
    let handle = server.handle();
    let serving = tokio::spawn(server);
    // The service also runs if standard output is closed.
    let _ = writeln!(stdout(), "usher is ready on {url} (docs at {url}/docs)");
    let _ = stdout().flush();
    notify(State::Ready);
    tokio::select! {
        () = stop.asked() => {}
        never = cleanup::run(&database, retention) => match never {},
        never = database.follow_events() => match never {},
        never = invalid_requests::keep_logging() => match never {},
    }
    notify(State::Stopping);
    service.end_waits();
    drain(&service, options.settings.drain, stop).await;
    tracing::info!("stopping: finishing requests in flight");
    handle.stop(true).await;
    jobs.stop().await;
    if let Some(metrics) = metrics {
        metrics.stop(false).await;
    }
    let result = serving.await;
    invalid_requests::log();
    match result {
        Ok(ended) => ended.context("the server"),
        Err(error) => Err(error).context("the server"),
    }
}

/// Keeps serving for a while, so that load balancers notice that the service will stop. A second signal ends the wait.
async fn drain(service: &Service, time: Duration, stop: &mut Stop) {
    if time.is_zero() {
        return;
    }
    tracing::info!(?time, "stopping: waiting for load balancers");
    service.start_draining();
    tokio::select! {
        () = tokio::time::sleep(time) => {}
        () = stop.asked() => {}
    }
}

/// Raises the limit of open files to the maximum: each idle connection is one, and the usual limit is 1,024.
fn raise_file_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current != maximum
        && let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })
    {
        tracing::warn!(%error, current, "cannot raise the limit of open files");
    }
}

/// Starts the listener for Prometheus and logs its URL.
fn spawn_metrics_server(
    service: Service,
    spans: Arc<SpanCounters>,
    listener: TcpListener,
) -> Result<ServerHandle, Failure> {
    let url = format!("http://{}/metrics", listener.local_addr().context(METRICS_LISTEN)?);
    let server = serve_metrics(service, move || spans.load(), listener).context(METRICS_LISTEN)?;
    let handle = server.handle();
    tokio::spawn(server);
    tracing::info!(url, "serving metrics");
    Ok(handle)
}

/// The sockets that the service binds at its start.
struct Listeners {
    service: Bound,
    metrics: Option<TcpListener>,
}

impl Listeners {
    fn bind(serve: &ServeSettings) -> Result<Self, Failure> {
        let metrics = serve.metrics_listen.map(metrics_listener).transpose()?;
        Ok(Self { service: serve.listen.listen.bind()?, metrics })
    }
}

/// Migrates the database and opens the service.
async fn prepare(
    options: &Serve,
    postgres: &Postgres,
    settings: Settings,
    relying_party: Option<RelyingParty>,
) -> Result<Service, Failure> {
    let data_dir = &options.database.data_dir;
    secrets::data_dir(data_dir)?;
    let secret = secrets::secret_key_or_new(&options.database, options.generation)?;
    postgres.warn_if_unencrypted();
    if !options.no_migrate {
        let applied = postgres.migrate().await?;
        if !applied.is_empty() {
            tracing::info!(?applied, "migrated the database");
        }
    }
    let schema = postgres.schema_of_primary().await?;
    if schema.is_outdated {
        return Err(Failure::new("the database is not migrated; run `usher migrate`, or leave out --no-migrate"));
    }
    if !schema.obstacles.is_empty() {
        return Err(schema.obstacles.join("; ")).context("DATABASE_URL");
    }
    let clock = Clock::default();
    let database = postgres.open(clock.clone())?;
    let config = HasherConfig { cost: options.settings.bcrypt_cost, ..HasherConfig::default() };
    let hasher = Hasher::new(config).context("cannot start threads for hashing")?;
    first_admin::ensure(&options.admin, postgres, Path::new(data_dir), &database, &hasher).await?;
    let tokens = AccessTokenConfig {
        issuer: settings.public_url.clone(),
        audience: options.settings.token_audience.clone().unwrap_or_else(|| settings.public_url.clone()),
        ttl: options.settings.access_token_ttl,
        role_claim: options.settings.token_claims.contains(&TokenClaim::Role),
    };
    let keyring = Keyring::open(&database, secret, tokens, clock.clone()).await.map_err(keys::failure)?;
    let rp_id = relying_party.as_ref().map(RelyingParty::id);
    if let Some(warning) = second_factors::passkeys_of_other_domains(&database, rp_id).await? {
        tracing::warn!("{warning}");
    }
    let settings_of_accounts = account_settings(&options.settings);
    let accounts = Accounts::new(database, keyring, hasher, settings_of_accounts, relying_party);
    Ok(usher_http::service(accounts, clock, settings, OPERATIONS))
}

fn metrics_listener(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).context(format_args!("{METRICS_LISTEN}: cannot listen on {address}"))
}

fn settings(serve: &ServeSettings, url: &str) -> Result<Settings, Failure> {
    Ok(Settings {
        public_url: serve.public_url.clone().unwrap_or_else(|| url.to_owned()),
        app_url: serve.app_url.clone(),
        console: serve.console == Switch::On,
        event_retention: event_retention(serve),
        trusted_proxies: serve.trusted_proxies.clone(),
        introspection_clients: secrets::introspection_clients()?,
        cors_origins: serve.cors_origins.clone(),
        cors_headers: serve.cors_headers.clone(),
    })
}

fn account_settings(serve: &ServeSettings) -> AccountSettings {
    AccountSettings {
        registration: serve.registration.into(),
        rules: OperatorRules {
            verified_email: serve.require_verified_email == Switch::On,
            fresh_for: time_delta(serve.fresh_for),
            require_mfa: serve.require_mfa.into(),
        },
        rate_limit: serve.rate_limit == Switch::On,
        lifetimes: SessionLifetimes {
            idle: time_delta(serve.refresh_token_ttl),
            absolute: time_delta(serve.session_ttl),
        },
        api_key_max_ttl: time_delta(serve.api_key_max_ttl),
        factor_enrolment: serve.second_factors == Switch::On,
    }
}

/// Events are read together with their audit events, so they are not kept for longer.
fn event_retention(serve: &ServeSettings) -> TimeDelta {
    time_delta(serve.audit_retention.map_or(serve.event_retention, |kept| kept.min(serve.event_retention)))
}

fn time_delta(time: Duration) -> TimeDelta {
    TimeDelta::from_std(time).unwrap_or(TimeDelta::MAX)
}

/// The signals that ask the service to stop.
struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    fn new() -> Result<Self, Failure> {
        let listen = |kind| signal(kind).context("signals");
        Ok(Self { terminate: listen(SignalKind::terminate())?, interrupt: listen(SignalKind::interrupt())? })
    }

    async fn asked(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
