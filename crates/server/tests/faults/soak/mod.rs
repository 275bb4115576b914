//! Everything at once, for an hour: two replicas on one Postgres, a mixed load, and every minute something breaks.
//! `make soak`; the minutes come from `SOAK_MINUTES`.

mod admins;
mod blows;
mod callers;
mod judgement;
mod lives;
mod lot;
mod readers;
mod watch;
mod world;

use crate::{
    clients::home,
    gauges::{open_files, resident},
    home::{Home, Service},
    postgres::Postgres,
    pressure::open_many_files,
    proxy::Proxy,
};
use blows::{ACCOUNTS, Blow, Target, account_name};
use callers::Caller;
use lot::Lot;
use serde_json::json;
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
use watch::Watch;
use world::{Book, Breach, World};

const MINUTE: Duration = Duration::from_mins(1);
/// Into each minute, before something breaks.
const CALM: Duration = Duration::from_secs(15);
const LIVES: usize = 4;
const READERS: usize = 2;
const ADMINS: [&str; 2] = ["root", "deputy"];
#[tokio::test(flavor = "multi_thread")]
#[ignore = "make soak"]
async fn an_hour_of_everything_breaks_nothing() {
    open_many_files();
    let minutes = std::env::var("SOAK_MINUTES").map_or(60, |minutes| minutes.parse().unwrap());
    let seed = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let mut soak = Soak::start(seed).await;
    println!("{minutes} minutes, seed {seed}");
    let mut load = soak.load();
    let _ = soak.pass(minutes, &mut load).await;
    soak.end(load).await;
}

struct Soak {
    world: Arc<World>,
    watch: Arc<Watch>,
    target: Target,
    steady: Service,
    steady_home: Home,
    /// How long it took to recover from each blow, of each kind.
    recoveries: BTreeMap<Blow, Vec<Duration>>,
}

impl Soak {
    async fn start(seed: u64) -> Self {
        let postgres = Postgres::start().await;
        let proxy = Proxy::start(postgres.socket()).await;
        let [steady_home, home] = [(); 2].map(|()| replica(&proxy.url()));
        let steady = steady_home.serve().await;
        let mortal = home.serve().await;
        let replicas = [steady.client(), mortal.client()];
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
        let book = Arc::new(Book::default());
        let nobody = Caller::nobody(&book, &replicas, 1);
        let mut signed_in = Vec::new();
        for name in [ADMINS[0], ADMINS[1], "prober"] {
            signed_in.push(nobody.sign_in(0, name, PASSWORD).await.unwrap());
        }
        let [root, deputy, prober] = signed_in.try_into().ok().unwrap();
        let world = Arc::new(World::new(replicas, [root, deputy], book, seed));
        let watch = Watch::new(Arc::clone(&world), postgres.url(), steady.pid());
        let target = Target {
            world: Arc::clone(&world),
            postgres,
            proxy,
            home,
            ports: [steady.port(), mortal.port()],
            mortal: Some(mortal),
            prober,
            path: format!("/v1/users/{id}"),
            lot: Lot::new(seed),
        };
        Self { world, watch, target, steady, steady_home, recoveries: BTreeMap::new() }
    }

    /// Everybody who asks for something all the while.
    fn load(&self) -> JoinSet<Result<(), Breach>> {
        let world = || Arc::clone(&self.world);
        let mut load = JoinSet::new();
        for n in 0..LIVES {
            // Addresses below these are the others'.
            load.spawn(lives::live(world(), n + 1));
        }
        for _ in 0..READERS {
            load.spawn(readers::read(world()));
        }
        load.spawn(readers::intrude(world(), self.world.nobody(2)));
        load.spawn(admins::step_down(world(), ADMINS, PASSWORD));
        let watch = Arc::clone(&self.watch);
        load.spawn(async move {
            watch.run().await;
            Ok(())
        });
        load
    }

    /// One minute after another, until time is over or something has happened that must not.
    async fn pass(&mut self, minutes: u32, load: &mut JoinSet<Result<(), Breach>>) -> Result<(), Breach> {
        let began = Instant::now();
        let mut bag = Vec::new();
        for minute in 0..minutes {
            if bag.is_empty() {
                bag = Blow::ALL.to_vec();
                self.target.lot.shuffle(&mut bag);
            }
            let blow = bag.pop().unwrap();
            sleep_until(began + MINUTE * minute + CALM).await;
            let recovery = self.target.strike(blow).await?;
            self.recoveries.entry(blow).or_default().push(recovery);
            sleep_until(began + MINUTE * (minute + 1)).await;
            self.compare().await;
            self.tell(minute + 1, blow, recovery);
            if let Some(ended) = load.try_join_next() {
                return Err(self.world.book.breach(format!("somebody has gone: {ended:?}")));
            }
            if !self.world.book.breaches().is_empty() {
                return Err(Breach);
            }
        }
        Ok(())
    }

    async fn compare(&self) {
        if let Err(error) = self.watch.compare().await {
            self.world.book.breach(format!("the database is away when nothing is broken: {error}"));
        }
    }

    fn tell(&self, minute: u32, blow: Blow, recovery: Duration) {
        let Book { answered, acknowledged, refused, put_off, slowed, lost, .. } = &*self.world.book;
        println!(
            "{minute:>3} min: {}, writes again {recovery:.1?} later; {} answered ({} writes, {} refusals), {} put off, {} \
             slowed, {lost:?} lost; memory {} and {} kB, files {}",
            blow.describe(),
            answered.load(Relaxed),
            acknowledged.load(Relaxed),
            refused.load(Relaxed),
            put_off.load(Relaxed),
            slowed.load(Relaxed),
            resident(self.steady.pid()),
            resident(self.target.mortal.as_ref().unwrap().pid()),
            open_files(self.steady.pid()),
        );
    }

    /// Ends the load, looks at everything once more, and sums up.
    async fn end(mut self, mut load: JoinSet<Result<(), Breach>>) {
        let book = Arc::clone(&self.world.book);
        self.world.finish();
        while let Some(ended) = load.join_next().await {
            if let Err(panic) = ended {
                book.breach(panic.to_string());
            }
        }
        self.compare().await;
        let _ = self.sign_in_again().await;
        self.compare_mail().await;
        self.judge();
        self.sum_up();
        let breaches = book.breaches();
        let Self { target: Target { postgres, mortal, .. }, steady, .. } = self;
        steady.terminate().await;
        mortal.unwrap().terminate().await;
        postgres.stop().await;
        assert!(breaches.is_empty(), "{} breaches: {breaches:#?}", breaches.len());
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
