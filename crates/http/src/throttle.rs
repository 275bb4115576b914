//! What is counted before it is done: guesses, questions that tell who exists, registrations and changes. By what each is
//! counted, and whether it is heard.

use crate::{
    keyed_semaphore::Permit,
    problem::{Conflict, Problem},
    service::Service,
};
use std::{
    net::{IpAddr, Ipv4Addr},
    time::Duration,
};
use tokio::time::timeout;
use usher_domain::{Network, Width, throttle::Limit};
use usher_persistence::{Counter, Digest, Error, Proven, RequestMetadata, SignInCounters};
use uuid::Uuid;

/// How many count by the same network, or by the same user, at the same time. The others wait here: in the database they would
/// wait for the same row, each with a connection that others need.
const COUNTING: usize = 2;

/// Longest that a guess waits for others at the same password, or from the same network.
const PATIENCE: Duration = Duration::from_secs(10);

/// A guess that is heard. It keeps its turn among those at the same password until it is dropped.
pub struct Guess<C> {
    pub counters: C,
    _turn: Permit,
}

/// What one caller may ask only so often.
#[derive(Clone, Copy)]
pub enum Question {
    /// Whether a name is taken: a registration tells, and so does a change of one's own names.
    Registration,
    /// Mail to somebody.
    PasswordReset,
}

impl Service {
    /// By what guesses at the password of a user are counted, or at that of a name that nobody has.
    pub fn account(&self, user: Option<Uuid>, name: &str) -> Digest {
        match user {
            Some(id) => self.keyring.pseudonym("user", &[id.as_bytes()]),
            None => self.keyring.pseudonym("name", &[name.as_bytes()]),
        }
    }

    /// A sign-in to the account of `user`, or to `name` that nobody has; `None` where nothing is counted. The first one that
    /// is refused in each delay stands in the audit trail.
    pub async fn guess_at_sign_in(
        &self,
        user: Option<Uuid>,
        name: &str,
        from: Option<IpAddr>,
        origin: &RequestMetadata,
    ) -> Result<Option<Guess<SignInCounters>>, Problem> {
        if !self.settings.rate_limit {
            return Ok(None);
        }
        let account = self.account(user, name);
        let of_account = |subject, limit| Counter { subject, account: Some(account), limit };
        let [address, networks @ ..] = &self.by_network("address", from, Limit::sign_ins)[..] else { return Ok(None) };
        let here = self.keyring.pseudonym("account at an address", &[&account, &address.subject]);
        let at_home = self.keyring.pseudonym("familiar address", &[&address.subject]);
        let counters = SignInCounters {
            user,
            account: of_account(account, Limit::ACCOUNT),
            address: *address,
            networks: networks.to_vec(),
            here: of_account(here, Limit::ACCOUNT),
            at_home: Counter { subject: at_home, account: None, limit: Limit::KNOWN_ADDRESS },
            proofs: self.proofs(&account),
            familiar: self.database.is_familiar(user, &address.subject).await?,
        };
        let turn = self.turn(if counters.familiar { here } else { account }).await?;
        let judging = counters.judging();
        let counting = self.turn_to_count(&judging).await?;
        let counted = self.database.count_guess(&judging).await;
        drop(counting);
        match counted {
            Ok(()) => Ok(Some(Guess { counters, _turn: turn })),
            Err(refusal) => {
                if matches!(refusal, Error::TooManyAttempts { first: true, .. }) {
                    self.database.sign_in_refused(user, None, origin).await?;
                }
                Err(refusal.into())
            }
        }
    }

    /// A user's proof that they know their password; `None` where nothing is counted.
    pub async fn guess_at_proof(&self, user: Uuid) -> Result<Option<Guess<Counter>>, Problem> {
        if !self.settings.rate_limit {
            return Ok(None);
        }
        let account = self.account(Some(user), "");
        let subject = self.proofs(&account);
        let counters = Counter { subject, account: Some(account), limit: Limit::ACCOUNT };
        let turn = self.turn(subject).await?;
        self.database.count_guess(&[counters]).await?;
        Ok(Some(Guess { counters, _turn: turn }))
    }

    /// By what proofs of an account's password are counted.
    fn proofs(&self, account: &Digest) -> Digest {
        self.keyring.pseudonym("proof", &[account])
    }

    /// A user who has proved at this address who they are without a guess; `None` where nothing is counted.
    pub fn proven(&self, user: Uuid, from: Option<IpAddr>) -> Option<Proven> {
        let address = self.by_network("address", from, Limit::sign_ins).first()?.subject;
        Some(Proven { account: self.account(Some(user), ""), address })
    }

    /// By what a question is counted.
    pub fn question(&self, question: Question, from: Option<IpAddr>) -> Vec<Counter> {
        let kind = match question {
            Question::Registration => "registration",
            Question::PasswordReset => "password reset",
        };
        self.by_network(kind, from, Limit::account_probes)
    }

    /// By what a question of a user is counted beside their address.
    pub fn question_of(&self, user: Uuid) -> Vec<Counter> {
        self.by_user("question", user, Limit::ACCOUNT_PROBES_OF_USER)
    }

    /// By what a registration is counted that succeeds.
    pub fn registration(&self, from: Option<IpAddr>) -> Vec<Counter> {
        self.by_network("registered", from, Limit::registrations)
    }

    /// By what a change is counted that a user makes to their own account.
    pub fn change_of(&self, user: Uuid) -> Vec<Counter> {
        self.by_user("change", user, Limit::CHANGES)
    }

    /// Whether none of these has what it counts wait.
    pub async fn heard(&self, counters: &[Counter]) -> Result<(), Problem> {
        if counters.is_empty() { Ok(()) } else { Ok(self.database.heard(counters).await?) }
    }

    /// Counts by each of these, unless one of them has it wait.
    pub async fn count(&self, counters: &[Counter]) -> Result<(), Problem> {
        if counters.is_empty() {
            return Ok(());
        }
        let _counting = self.turn_to_count(counters).await?;
        Ok(self.database.count_guess(counters).await?)
    }

    /// Takes back what has not failed, or did not come about. Where even this fails, it is forgotten in time.
    pub async fn take_back(&self, counters: &[Counter]) {
        if counters.is_empty() {
            return;
        }
        if let Err(error) = self.database.take_guess_back(counters).await {
            tracing::debug!(%error, "a guess stays counted");
        }
    }

    /// The address and the networks that it is in, the address first; none where nothing is counted. All whose address is not
    /// known are one.
    fn by_network(&self, kind: &str, from: Option<IpAddr>, limit: impl Fn(Width) -> Limit) -> Vec<Counter> {
        if !self.settings.rate_limit {
            return Vec::new();
        }
        let address = from.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        let counter = |network: Network| {
            let (octets, width) = (network.octets(), network.width());
            let subject = match width {
                Width::Host => self.keyring.pseudonym(kind, &[&octets]),
                Width::Site => self.keyring.pseudonym(kind, &[&octets, b"site"]),
                Width::Block => self.keyring.pseudonym(kind, &[&octets, b"block"]),
            };
            Counter { subject, account: None, limit: limit(width) }
        };
        [Network::host(address)].into_iter().chain(Network::around(address)).map(counter).collect()
    }

    fn by_user(&self, kind: &str, user: Uuid, limit: Limit) -> Vec<Counter> {
        if !self.settings.rate_limit {
            return Vec::new();
        }
        vec![Counter { subject: self.keyring.pseudonym(kind, &[user.as_bytes()]), account: None, limit }]
    }

    /// No more at once than the failures that are free, as which they are counted until they prove right.
    async fn turn(&self, subject: Digest) -> Result<Permit, Problem> {
        self.patient_turn(subject.to_vec(), Limit::ACCOUNT.free()).await
    }

    /// A turn to count by these. The last one is that of the widest network.
    async fn turn_to_count(&self, counters: &[Counter]) -> Result<Permit, Problem> {
        let widest = counters.last().map_or(&[][..], |counter| &counter.subject);
        self.patient_turn([b"count ", widest].concat(), COUNTING).await
    }

    async fn patient_turn(&self, name: Vec<u8>, at_once: usize) -> Result<Permit, Problem> {
        timeout(PATIENCE, self.turns.take(name, at_once)).await.map_err(|_| Problem::Unavailable {
            retry_after: PATIENCE,
            why: "too many guesses wait for those before them".to_owned(),
        })
    }
}

/// Whether an answer told that somebody has a name.
pub fn told_who_exists<T>(answer: &Result<T, Problem>) -> bool {
    matches!(answer, Err(Problem::Conflict(Conflict::UsernameTaken | Conflict::EmailTaken)))
}
