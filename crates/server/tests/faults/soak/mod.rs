//! The soak test: two replicas on one Postgres under a mixed load for an hour, with a fault every minute. `make soak` runs it;
//! `SOAK_MINUTES` sets the duration.

mod admins;
mod callers;
mod faults;
mod final_checks;
mod invariants;
mod readers;
mod scenarios;
mod shared_state;

use crate::{
    clients::home,
    home::{Home, Service},
    postgres::Postgres,
    pressure::open_many_files,
    process_stats::{open_files, resident},
    proxy::Proxy,
};
use callers::Caller;
use fastrand::Rng;
use faults::{ACCOUNTS, Fault, Target, account_name};
use invariants::InvariantChecker;
use serde_json::json;
use shared_state::{Record, SharedState, Violation};
use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::{Duration, SystemTime},
};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep_until},
};
use usher_testkit::PASSWORD;

const MINUTE: Duration = Duration::from_mins(1);
/// Time in each minute before the fault.
const TIME_BEFORE_FAULT: Duration = Duration::from_secs(15);
const SCENARIOS: usize = 4;
const READERS: usize = 2;
const ADMINS: [&str; 2] = ["root", "deputy"];

#[tokio::test(flavor = "multi_thread")]
#[ignore = "make soak"]
async fn every_promise_holds_for_an_hour_of_load_and_faults() {
    open_many_files();
    let minutes = std::env::var("SOAK_MINUTES").map_or(60, |minutes| minutes.parse().unwrap());
    let seed = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let mut soak = Soak::start(seed).await;
    println!("{minutes} minutes, seed {seed}");
    let mut load = soak.load();
    let _ = soak.run(minutes, &mut load).await;
    soak.end(load).await;
}

struct Soak {
    state: Arc<SharedState>,
    checker: Arc<InvariantChecker>,
    target: Target,
    steady: Service,
    steady_home: Home,
    /// The times to recover from each fault, by its kind.
    recoveries: BTreeMap<Fault, Vec<Duration>>,
}

impl Soak {
    async fn start(seed: u64) -> Self {
        let postgres = Postgres::start().await;
        let proxy = Proxy::start(postgres.socket()).await;
        let [steady_home, home] = [(); 2].map(|()| replica(&proxy.url()));
        let steady = steady_home.serve().await;
        let restarted = home.serve().await;
        let replicas = [steady.client(), restarted.client()];
        let root = replicas[0].sign_in(ADMINS[0], PASSWORD).await;
        let deputy =
            json!({ "username": ADMINS[1], "email": "deputy@example.com", "password": PASSWORD, "role": "admin" });
        root.post("/v1/users", &deputy).await.expect_status(201);
        for name in (0..ACCOUNTS).map(account_name).chain(["prober".to_owned()]) {
            // By an admin: one address may register fewer.
            let user = json!({ "username": name, "email": format!("{name}@example.com"), "password": PASSWORD });
            root.post("/v1/users", &user).await.expect_status(201);
        }
        let id = replicas[0].sign_in("prober", PASSWORD).await.id;
        let record = Arc::new(Record::default());
        let nobody = Caller::nobody(&record, &replicas, 1);
        let mut signed_in = Vec::new();
        for name in [ADMINS[0], ADMINS[1], "prober"] {
            signed_in.push(nobody.sign_in(0, name, PASSWORD).await.unwrap());
        }
        let [root, deputy, prober] = signed_in.try_into().ok().unwrap();
        let state = Arc::new(SharedState::new(replicas, [root, deputy], record, seed));
        let checker = InvariantChecker::new(Arc::clone(&state), postgres.url(), steady.pid());
        let target = Target {
            state: Arc::clone(&state),
            postgres,
            proxy,
            home,
            ports: [steady.port(), restarted.port()],
            restarted: Some(restarted),
            prober,
            path: format!("/v1/users/{id}"),
            rng: Rng::with_seed(seed),
        };
        Self { state, checker, target, steady, steady_home, recoveries: BTreeMap::new() }
    }

    /// The clients that send requests all the time.
    fn load(&self) -> JoinSet<Result<(), Violation>> {
        let state = || Arc::clone(&self.state);
        let mut load = JoinSet::new();
        for n in 0..SCENARIOS {
            // The other clients have lower addresses.
            load.spawn(scenarios::run(state(), n + 1));
        }
        for _ in 0..READERS {
            load.spawn(readers::read(state()));
        }
        load.spawn(readers::intrude(state(), self.state.nobody(2)));
        load.spawn(admins::step_down(state(), ADMINS, PASSWORD));
        let checker = Arc::clone(&self.checker);
        load.spawn(async move {
            checker.run().await;
            Ok(())
        });
        load
    }

    /// Injects a fault every minute until the time is over or a promise is violated.
    async fn run(&mut self, minutes: u32, load: &mut JoinSet<Result<(), Violation>>) -> Result<(), Violation> {
        let began = Instant::now();
        let mut pending = Vec::new();
        for minute in 0..minutes {
            if pending.is_empty() {
                pending = Fault::ALL.to_vec();
                self.target.rng.shuffle(&mut pending);
            }
            let fault = pending.pop().unwrap();
            sleep_until(began + MINUTE * minute + TIME_BEFORE_FAULT).await;
            let recovery = self.target.inject(fault).await?;
            self.recoveries.entry(fault).or_default().push(recovery);
            sleep_until(began + MINUTE * (minute + 1)).await;
            self.compare().await;
            self.print_minute(minute + 1, fault, recovery);
            if let Some(ended) = load.try_join_next() {
                return Err(self.state.record.violation(format!("a client of the load has ended: {ended:?}")));
            }
            if !self.state.record.violations().is_empty() {
                return Err(Violation);
            }
        }
        Ok(())
    }

    async fn compare(&self) {
        if let Err(error) = self.checker.compare().await {
            self.state.record.violation(format!("the database is unavailable without a fault: {error}"));
        }
    }

    fn print_minute(&self, minute: u32, fault: Fault, recovery: Duration) {
        let Record { answered, acknowledged, refused, unavailable, rate_limited, lost, .. } = &*self.state.record;
        println!(
            "{minute:>3} min: {}, writes again {recovery:.1?} later; {} answered ({} writes, {} refusals), {} unavailable, {} \
             rate limited, {lost:?} lost; memory {} and {} kB, files {}",
            fault.describe(),
            answered.load(Relaxed),
            acknowledged.load(Relaxed),
            refused.load(Relaxed),
            unavailable.load(Relaxed),
            rate_limited.load(Relaxed),
            resident(self.steady.pid()),
            resident(self.target.restarted.as_ref().unwrap().pid()),
            open_files(self.steady.pid()),
        );
    }

    /// Ends the load, checks everything once more, and prints a summary.
    async fn end(mut self, mut load: JoinSet<Result<(), Violation>>) {
        let record = Arc::clone(&self.state.record);
        self.state.finish();
        while let Some(ended) = load.join_next().await {
            if let Err(panic) = ended {
                record.violation(panic.to_string());
            }
        }
        self.compare().await;
        let _ = self.sign_in_again().await;
        self.compare_mail().await;
        self.check_limits();
        self.print_summary();
        let violations = record.violations();
        let Self { target: Target { postgres, restarted, .. }, steady, .. } = self;
        steady.terminate().await;
        restarted.unwrap().terminate().await;
        postgres.stop().await;
        assert!(violations.is_empty(), "{} violations: {violations:#?}", violations.len());
    }
}

/// Settings for a replica on this database.
fn replica(database: &str) -> Home {
    home(database)
        .set("USHER_SECRET_KEY", "the same for both replicas, and long enough")
        .set("USHER_PUBLIC_URL", "http://usher.test")
        .set("USHER_ADMIN_USERNAME", ADMINS[0])
        .set("USHER_ADMIN_EMAIL", "root@example.com")
        .set("USHER_ADMIN_PASSWORD", PASSWORD)
        .set("USHER_RATE_LIMIT", "on")
        .set("USHER_TRUSTED_PROXIES", "127.0.0.1")
}
