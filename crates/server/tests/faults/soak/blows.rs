//! What breaks, one thing a minute.

use super::{
    callers::{Ask, Caller},
    lot::Lot,
    world::{Breach, World},
};
use crate::{
    home::{Home, Service},
    postgres::Postgres,
    pressure::sent,
    proxy::{Mood, Proxy},
};
use rustix::process::Signal;
use serde_json::json;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{task::JoinSet, time::sleep};
use usher_testkit::PASSWORD;

/// For how long what falls silent is silent.
const SILENCE: Duration = Duration::from_secs(10);
const CUTS: usize = 30;
/// Sign-ins at once at each replica, to so many accounts.
const STORM: usize = 60;
pub const ACCOUNTS: usize = 30;
/// Of each kind at each replica.
const SLOW: usize = 50;
const IDLE: usize = 1000;
/// For how long idle connections are held.
const HELD: Duration = Duration::from_secs(15);
const BREATH: Duration = Duration::from_millis(20);
/// Longest that writing may take to succeed again.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Blow {
    KillReplica,
    ReplaceReplica,
    KillPostgres,
    RestartPostgres,
    StopPostgres,
    CutConnections,
    SwallowEverything,
    SignInStorm,
    SlowClients,
    IdleConnections,
}

impl Blow {
    pub const ALL: [Self; 10] = [
        Self::KillReplica,
        Self::ReplaceReplica,
        Self::KillPostgres,
        Self::RestartPostgres,
        Self::StopPostgres,
        Self::CutConnections,
        Self::SwallowEverything,
        Self::SignInStorm,
        Self::SlowClients,
        Self::IdleConnections,
    ];

    pub const fn describe(self) -> &'static str {
        match self {
            Self::KillReplica => "a replica is killed with -9 and started again",
            Self::ReplaceReplica => "a replica is stopped and started again",
            Self::KillPostgres => "Postgres is killed with -9 and starts again",
            Self::RestartPostgres => "Postgres restarts",
            Self::StopPostgres => "Postgres falls silent for 10 s",
            Self::CutConnections => "connections to Postgres are cut, 30 times",
            Self::SwallowEverything => "the network to Postgres swallows everything for 10 s",
            Self::SignInStorm => "120 sign-ins at once",
            Self::SlowClients => "300 clients that are slow or never read",
            Self::IdleConnections => "2,000 idle connections",
        }
    }
}

/// What can be broken.
pub struct Target {
    pub world: Arc<World>,
    pub postgres: Postgres,
    pub proxy: Proxy,
    /// Where the replica lives that is killed, and that replica; `None` only while it is not there.
    pub home: Home,
    pub mortal: Option<Service>,
    /// The ports of both.
    pub ports: [u16; 2],
    /// Somebody who writes as soon as that is possible again, and where.
    pub prober: Caller,
    pub path: String,
    pub lot: Lot,
}

impl Target {
    /// Strikes; tells how long it took afterwards until both replicas had written again.
    pub async fn strike(&mut self, blow: Blow) -> Result<Duration, Breach> {
        if let Some(prober) = self.prober.refresh(0).await? {
            self.prober = prober;
        }
        match blow {
            Blow::KillReplica => {
                self.mortal.take().unwrap().kill().await;
                let began = Instant::now();
                self.mortal = Some(self.home.serve().await);
                return self.recovered(began).await;
            }
            Blow::ReplaceReplica => {
                self.mortal.take().unwrap().terminate().await;
                let began = Instant::now();
                self.mortal = Some(self.home.serve().await);
                return self.recovered(began).await;
            }
            Blow::KillPostgres => self.postgres.signal(Signal::KILL),
            Blow::RestartPostgres => self.postgres.signal(Signal::INT),
            Blow::StopPostgres => {
                self.postgres.signal_all(Signal::STOP);
                sleep(SILENCE).await;
                self.postgres.signal_all(Signal::CONT);
            }
            Blow::CutConnections => {
                for n in 0..CUTS {
                    self.proxy.set(Mood::Cuts(n));
                    sleep(Duration::from_millis(self.lot.draw() % 100)).await;
                }
            }
            Blow::SwallowEverything => {
                self.proxy.set(Mood::Swallows);
                sleep(SILENCE).await;
                self.proxy.set(Mood::Forwards);
            }
            Blow::SignInStorm => self.storm().await?,
            Blow::SlowClients => self.crawl().await,
            Blow::IdleConnections => {
                let mut idle = Vec::new();
                for _ in 0..IDLE {
                    for port in self.ports {
                        idle.push(sent(port, "").await);
                    }
                }
                sleep(HELD).await;
                return self.recovered(Instant::now()).await;
            }
        }
        self.recovered(Instant::now()).await
    }

    /// Until both replicas have acknowledged a write.
    async fn recovered(&self, began: Instant) -> Result<Duration, Breach> {
        for at in 0..2 {
            let name = json!({ "username": format!("prober{}", began.elapsed().as_nanos()) });
            let ask = Ask::new("PATCH", &self.path).json(&name);
            loop {
                match self.prober.ask(at, &ask).await {
                    Some((200, _)) => break,
                    Some((status, body)) => {
                        return Err(self.world.book.breach(format!("a write at {at} got {status}: {body}")));
                    }
                    None if began.elapsed() > PATIENCE => {
                        return Err(self.world.book.breach(format!("no write at {at} for {PATIENCE:?}")));
                    }
                    None => sleep(BREATH).await,
                }
            }
        }
        Ok(began.elapsed())
    }

    /// More sign-ins than there is time for.
    async fn storm(&self) -> Result<(), Breach> {
        let mut storm = JoinSet::new();
        for n in 0..2 * STORM {
            let account = n / 2 % ACCOUNTS;
            let caller = self.world.nobody(ADDRESSES + account);
            let ask = Caller::password_grant(&account_name(account), PASSWORD);
            storm.spawn(async move { caller.ask(n % 2, &ask).await });
        }
        while let Some(done) = storm.join_next().await {
            if let Some((status, body)) = done.unwrap()
                && status != 200
            {
                return Err(self.world.book.breach(format!("a sign-in in a storm got {status}: {body}")));
            }
        }
        Ok(())
    }

    /// Clients that send half a request, and clients that never read, until the former are let go.
    async fn crawl(&self) {
        let read = "GET /openapi.json HTTP/1.1\r\nHost: usher\r\n\r\n".repeat(20);
        let head = "POST /v1/register HTTP/1.1\r\nHost: usher\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{";
        let (mut slow, mut deaf) = (Vec::new(), Vec::new());
        for _ in 0..SLOW {
            for port in self.ports {
                slow.push(sent(port, "GET /v1 HTTP/1.1\r\nHost: us").await);
                slow.push(sent(port, head).await);
                deaf.push(sent(port, &read).await);
            }
        }
        for mut stream in slow {
            // A connection that is reset has ended too.
            let _ = tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut Vec::new()).await;
        }
    }
}

/// The accounts of the storm have addresses of their own.
const ADDRESSES: usize = 200 << 16;

pub fn account_name(account: usize) -> String {
    format!("storm{account}")
}
