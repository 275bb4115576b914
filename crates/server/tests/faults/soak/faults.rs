//! The faults that the soak test injects.

use super::{
    callers::{Caller, RequestSpec},
    shared_state::{SharedState, Violation},
};
use crate::{
    home::{Home, Service},
    postgres::Postgres,
    pressure::sent,
    proxy::{Proxy, ProxyMode},
};
use fastrand::Rng;
use rustix::process::Signal;
use serde_json::json;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{task::JoinSet, time::sleep};
use usher_testkit::PASSWORD;

/// Duration of a fault during which Postgres or the network is silent.
const SILENCE: Duration = Duration::from_secs(10);
/// Number of times that all connections are cut.
const CUTS: usize = 30;
/// Sign-ins at once at each replica.
const SIGN_INS_PER_REPLICA: usize = 60;
/// Accounts of these sign-ins.
pub const ACCOUNTS: usize = 30;
/// Slow clients of each kind at each replica.
const SLOW_CLIENTS: usize = 50;
/// Idle connections to each replica.
const IDLE_CONNECTIONS: usize = 1000;
/// Time that idle connections are held.
const IDLE_TIME: Duration = Duration::from_secs(15);
/// Pause between attempts to write again.
const RETRY_PAUSE: Duration = Duration::from_millis(20);
/// Maximum time until writes succeed again.
const RECOVERY_TIMEOUT: Duration = Duration::from_secs(30);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    KillReplica,
    ReplaceReplica,
    KillPostgres,
    RestartPostgres,
    StopPostgres,
    CutConnections,
    DropTraffic,
    SignInStorm,
    SlowClients,
    IdleConnections,
}

impl Fault {
    pub const ALL: [Self; 10] = [
        Self::KillReplica,
        Self::ReplaceReplica,
        Self::KillPostgres,
        Self::RestartPostgres,
        Self::StopPostgres,
        Self::CutConnections,
        Self::DropTraffic,
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
            Self::StopPostgres => "Postgres is stopped for 10 s",
            Self::CutConnections => "connections to Postgres are cut, 30 times",
            Self::DropTraffic => "the network to Postgres drops everything for 10 s",
            Self::SignInStorm => "120 sign-ins at once",
            Self::SlowClients => "300 clients that are slow or never read",
            Self::IdleConnections => "2,000 idle connections",
        }
    }
}

/// The system that faults are injected into.
pub struct Target {
    pub state: Arc<SharedState>,
    pub postgres: Postgres,
    pub proxy: Proxy,
    /// The home of the replica that is restarted, and that replica; `None` only during a restart.
    pub home: Home,
    pub restarted: Option<Service>,
    /// The ports of both.
    pub ports: [u16; 2],
    /// A client that writes as soon as that is possible again, and the path that it writes to.
    pub prober: Caller,
    pub path: String,
    pub rng: Rng,
}

impl Target {
    /// Injects a fault; returns the time after it until both replicas have written again.
    pub async fn inject(&mut self, fault: Fault) -> Result<Duration, Violation> {
        if let Some(prober) = self.prober.refresh(0).await? {
            self.prober = prober;
        }
        match fault {
            Fault::KillReplica => {
                self.restarted.take().unwrap().kill().await;
                let began = Instant::now();
                self.restarted = Some(self.home.serve().await);
                return self.recovered(began).await;
            }
            Fault::ReplaceReplica => {
                self.restarted.take().unwrap().terminate().await;
                let began = Instant::now();
                self.restarted = Some(self.home.serve().await);
                return self.recovered(began).await;
            }
            Fault::KillPostgres => self.postgres.signal(Signal::KILL),
            Fault::RestartPostgres => self.postgres.signal(Signal::INT),
            Fault::StopPostgres => {
                self.postgres.signal_all(Signal::STOP);
                sleep(SILENCE).await;
                self.postgres.signal_all(Signal::CONT);
            }
            Fault::CutConnections => {
                for n in 0..CUTS {
                    self.proxy.set(ProxyMode::CutConnections(n));
                    sleep(Duration::from_millis(self.rng.u64(..100))).await;
                }
            }
            Fault::DropTraffic => {
                self.proxy.set(ProxyMode::DropTraffic);
                sleep(SILENCE).await;
                self.proxy.set(ProxyMode::Forward);
            }
            Fault::SignInStorm => self.sign_in_storm().await?,
            Fault::SlowClients => self.slow_clients().await,
            Fault::IdleConnections => {
                let mut idle = Vec::new();
                for _ in 0..IDLE_CONNECTIONS {
                    for port in self.ports {
                        idle.push(sent(port, "").await);
                    }
                }
                sleep(IDLE_TIME).await;
                return self.recovered(Instant::now()).await;
            }
        }
        self.recovered(Instant::now()).await
    }

    /// Waits until both replicas have acknowledged a write.
    async fn recovered(&self, began: Instant) -> Result<Duration, Violation> {
        for at in 0..2 {
            let name = json!({ "username": format!("prober{}", began.elapsed().as_nanos()) });
            let ask = RequestSpec::new("PATCH", &self.path).json(&name);
            loop {
                match self.prober.ask(at, &ask).await {
                    Some((200, _)) => break,
                    Some((status, body)) => {
                        return Err(self.state.record.violation(format!("a write at {at} got {status}: {body}")));
                    }
                    None if began.elapsed() > RECOVERY_TIMEOUT => {
                        return Err(self.state.record.violation(format!("no write at {at} for {RECOVERY_TIMEOUT:?}")));
                    }
                    None => sleep(RETRY_PAUSE).await,
                }
            }
        }
        Ok(began.elapsed())
    }

    /// Sends more sign-ins than can be served in time.
    async fn sign_in_storm(&self) -> Result<(), Violation> {
        let mut sign_in_storm = JoinSet::new();
        for n in 0..2 * SIGN_INS_PER_REPLICA {
            let account = n / 2 % ACCOUNTS;
            let caller = self.state.nobody(ADDRESSES + account);
            let ask = Caller::password_grant(&account_name(account), PASSWORD);
            sign_in_storm.spawn(async move { caller.ask(n % 2, &ask).await });
        }
        while let Some(done) = sign_in_storm.join_next().await {
            if let Some((status, body)) = done.unwrap()
                && status != 200
            {
                return Err(self.state.record.violation(format!("a sign-in among many got {status}: {body}")));
            }
        }
        Ok(())
    }

    /// Opens connections that send half a request and connections that never read, until the former are closed.
    async fn slow_clients(&self) {
        let read = "GET /openapi.json HTTP/1.1\r\nHost: usher\r\n\r\n".repeat(20);
        let head = "POST /v1/register HTTP/1.1\r\nHost: usher\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{";
        let (mut slow, mut never_reading) = (Vec::new(), Vec::new());
        for _ in 0..SLOW_CLIENTS {
            for port in self.ports {
                slow.push(sent(port, "GET /v1 HTTP/1.1\r\nHost: us").await);
                slow.push(sent(port, head).await);
                never_reading.push(sent(port, &read).await);
            }
        }
        for mut stream in slow {
            // A connection that is reset has been closed too.
            let _ = tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut Vec::new()).await;
        }
    }
}

/// The client addresses of these sign-ins differ from those of other clients.
const ADDRESSES: usize = 200 << 16;

pub fn account_name(account: usize) -> String {
    format!("sign_in_storm{account}")
}
