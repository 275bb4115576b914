//! `usher serve`

use super::{first_admin, keys};
use crate::{
    cleanup,
    cli::Serve,
    database::Place,
    failure::Failure,
    listen::{Bound, unreachable_url},
    mail, malformed,
    notify::{State, notify},
    secrets,
    settings::{Binding, Switch},
    starting::Starting,
    traces::Tally,
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
use usher_auth::{AccessTokenConfig, Hasher, HasherConfig};
use usher_domain::Clock;
use usher_http::{ServerSettings, Service, Settings, serve, serve_metrics};
use usher_jobs::JobRunner;
use usher_mail::{Links, SendMail, Sender, Transport};
use usher_persistence::{Retention, SessionLifetimes};

const LISTEN: &str = "USHER_LISTEN";
const METRICS_LISTEN: &str = "USHER_METRICS_LISTEN";
/// Longest that a stop waits for what is in flight.
const SHUTDOWN: Duration = Duration::from_secs(30);

/// Migrates, then serves until it is told to stop. `spans` is what its metrics tell of traces.
pub async fn run(options: Serve, spans: Arc<Tally>) -> Result<(), Failure> {
    // Listened to from the first moment on: a stop while Postgres starts must stop Postgres too.
    let mut stop = Stop::new()?;
    open_many_files();
    // Before anything is created: a key that is refused must not leave a database behind.
    if secrets::secret_key(&options.database.data_dir)?.is_none() {
        secrets::may_generate(options.generation)?;
    }
    let mail = mail::prepare(&options.mail, options.binding.public_url.as_deref(), &options.database.data_dir)?;
    let listeners = Listeners::bind(&options.binding)?;
    let settings = settings(&options.binding, &listeners.service.url)?;
    if let Some(warning) = unreachable_url(&options.binding) {
        tracing::warn!("{warning}");
    }
    // A migration may take long, and so may that of another replica: nothing must restart the process meanwhile.
    let starting = Starting::on(&listeners.service.sockets, settings.prefix())?;
    let place = tokio::select! {
        place = Place::for_service(&options.database) => place?,
        () = stop.asked() => return Ok(()),
    };
    let done = serve_from(&options, mail, spans, &place, (listeners, settings, starting), &mut stop).await;
    let closed = place.close().await;
    done.and(closed)
}

async fn serve_from(
    options: &Serve,
    (transport, sender): (Transport, Sender),
    spans: Arc<Tally>,
    place: &Place,
    (listeners, settings, starting): (Listeners, Settings, Starting),
    stop: &mut Stop,
) -> Result<(), Failure> {
    let service = tokio::select! {
        service = prepare(options, place, settings) => service?,
        () = stop.asked() => return Ok(()),
    };
    let Listeners { service: Bound { sockets, url }, metrics } = listeners;
    let Settings { app_url, public_url, .. } = &service.settings;
    let links = Links { base: app_url.as_ref().unwrap_or(public_url).clone() };
    let jobs = JobRunner::builder(service.database.clone(), service.clock.clone())
        .register(SendMail { clock: service.clock.clone(), transport, sender, links })
        .start()
        .map_err(|error| Failure::during("no thread for background jobs", error))?;
    let database = service.database.clone();
    let retention = Retention {
        audit_events: options.binding.audit_retention.map(time_delta),
        access_tokens: time_delta(options.binding.access_token_ttl),
    };
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let metrics = metrics.map(|listener| tell_metrics(service.clone(), spans, listener)).transpose()?;
    starting.end().await?;
    let settings = ServerSettings { workers, shutdown: SHUTDOWN, keep_alive: options.binding.keep_alive };
    let server = serve(service.clone(), sockets, settings).map_err(|error| Failure::during(LISTEN, error))?;
    let handle = server.handle();
    let serving = tokio::spawn(server);
    // Whoever waits for this line may have gone; the service does not depend on them.
    let _ = writeln!(stdout(), "usher is ready on {url} (docs at {url}/docs)");
    let _ = stdout().flush();
    notify(State::Ready);
    tokio::select! {
        () = stop.asked() => {}
        never = cleanup::run(&database, retention) => match never {},
        never = malformed::keep_logging() => match never {},
    }
    notify(State::Stopping);
    drain(&service, options.binding.drain, stop).await;
    tracing::info!("stopping: finishing what is in flight");
    handle.stop(true).await;
    jobs.stop().await;
    if let Some(metrics) = metrics {
        metrics.stop(false).await;
    }
    let end = serving.await;
    malformed::log();
    match end {
        Ok(end) => end.map_err(|error| Failure::during("the server", error)),
        Err(lost) => Err(Failure::during("the server", lost)),
    }
}

/// Serves on for a while, so that load balancers notice that it is about to stop; not for longer than until it is told to
/// stop once more.
async fn drain(service: &Service, time: Duration, stop: &mut Stop) {
    if time.is_zero() {
        return;
    }
    tracing::info!(?time, "stopping: letting load balancers notice");
    service.start_draining();
    tokio::select! {
        () = tokio::time::sleep(time) => {}
        () = stop.asked() => {}
    }
}

/// Takes as many open files as the system gives: an idle connection is one, and the usual limit is 1,024.
fn open_many_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current != maximum
        && let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })
    {
        tracing::warn!(%error, current, "the limit of open files stays as it is");
    }
}

/// Lets Prometheus read metrics, and logs where.
fn tell_metrics(service: Service, spans: Arc<Tally>, listener: TcpListener) -> Result<ServerHandle, Failure> {
    let failure = |error| Failure::during(METRICS_LISTEN, error);
    let url = format!("http://{}/metrics", listener.local_addr().map_err(failure)?);
    let server = serve_metrics(service, move || spans.load(), listener).map_err(failure)?;
    let handle = server.handle();
    tokio::spawn(server);
    tracing::info!(url, "metrics are to be read");
    Ok(handle)
}

/// The addresses that the service takes at its start.
struct Listeners {
    service: Bound,
    metrics: Option<TcpListener>,
}

impl Listeners {
    fn bind(binding: &Binding) -> Result<Self, Failure> {
        let metrics = binding.metrics_listen.map(metrics_listener).transpose()?;
        Ok(Self { service: binding.listen.listen.bind()?, metrics })
    }
}

/// A service that is ready to be served.
async fn prepare(options: &Serve, place: &Place, settings: Settings) -> Result<Service, Failure> {
    let data_dir = &options.database.data_dir;
    secrets::data_dir(data_dir)?;
    let secret = secrets::secret_key_or_new(&options.database, options.generation)?;
    place.warn_if_unencrypted();
    if !options.no_migrate {
        let applied = place.migrate().await?;
        if !applied.is_empty() {
            tracing::info!(?applied, "migrated the database");
        }
    }
    let schema = place.schema().await?;
    if schema.is_outdated {
        return Err(Failure::new("the database lacks migrations; run `usher migrate`, or leave out --no-migrate"));
    }
    if !schema.obstacles.is_empty() {
        return Err(Failure::during("DATABASE_URL", schema.obstacles.join("; ")));
    }
    let clock = Clock::default();
    let database = place.open(clock.clone())?;
    let config = HasherConfig { cost: options.binding.bcrypt_cost, ..HasherConfig::default() };
    let hasher = Hasher::new(config).map_err(|error| Failure::during("no threads to hash on", error))?;
    first_admin::ensure(&options.admin, place, Path::new(data_dir), &database, &hasher).await?;
    let tokens = AccessTokenConfig {
        issuer: settings.public_url.clone(),
        audience: options.binding.token_audience.clone().unwrap_or_else(|| settings.public_url.clone()),
        ttl: options.binding.access_token_ttl,
    };
    let keyring = Keyring::open(&database, secret, tokens, clock.clone()).await.map_err(keys::failure)?;
    let accounts = Accounts::new(database, keyring, hasher, account_settings(&options.binding));
    Ok(usher_http::service(accounts, clock, settings))
}

fn metrics_listener(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address)
        .map_err(|error| Failure::during(&format!("{METRICS_LISTEN}: cannot listen on {address}"), error))
}

fn settings(binding: &Binding, url: &str) -> Result<Settings, Failure> {
    Ok(Settings {
        public_url: binding.public_url.clone().unwrap_or_else(|| url.to_owned()),
        app_url: binding.app_url.clone(),
        trusted_proxies: binding.trusted_proxies.clone(),
        introspection_clients: secrets::introspection_clients()?,
        cors_origins: binding.cors_origins.clone(),
        cors_headers: binding.cors_headers.clone(),
    })
}

fn account_settings(binding: &Binding) -> AccountSettings {
    AccountSettings {
        registration: binding.registration.into(),
        require_verified_email: binding.require_verified_email == Switch::On,
        rate_limit: binding.rate_limit == Switch::On,
        lifetimes: SessionLifetimes {
            idle: time_delta(binding.refresh_token_ttl),
            absolute: time_delta(binding.session_ttl),
        },
    }
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
        let listen = |kind| signal(kind).map_err(|error| Failure::during("signals", error));
        Ok(Self { terminate: listen(SignalKind::terminate())?, interrupt: listen(SignalKind::interrupt())? })
    }

    async fn asked(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
