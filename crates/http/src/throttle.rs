//! Guesses, before anybody looks whether they are right: what each is counted by, and whether it is heard at all.

use crate::{problem::Problem, service::Service, turns::Turn};
use std::{
    net::{IpAddr, Ipv4Addr},
    time::Duration,
};
use tokio::time::timeout;
use usher_domain::throttle::{Limit, network};
use usher_persistence::{Counter, Digest, Error, Origin, Proven, SignInCounters};
use uuid::Uuid;

/// Longest that a guess waits for others at the same password.
const PATIENCE: Duration = Duration::from_secs(10);

/// A guess that is heard. It keeps its turn among those at the same password until it is dropped.
pub struct Guess<C> {
    pub counters: C,
    _turn: Turn,
}

/// What one address may ask only so often.
#[derive(Clone, Copy)]
pub enum Question {
    /// Whether a name is taken: a registration tells.
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
        origin: &Origin,
    ) -> Result<Option<Guess<SignInCounters>>, Problem> {
        if !self.settings.rate_limit {
            return Ok(None);
        }
        let (account, address) = (self.account(user, name), self.keyring.pseudonym("address", &[&octets(from)]));
        let here = self.keyring.pseudonym("account at an address", &[&account, &address]);
        let counters = SignInCounters {
            user,
            account: Counter { subject: account, account: Some(account), limit: Limit::ACCOUNT },
            address: Counter { subject: address, account: None, limit: Limit::ADDRESS },
            here: Counter { subject: here, account: Some(account), limit: Limit::ACCOUNT },
            familiar: self.database.is_familiar(user, &address).await?,
        };
        let turn = self.turn(if counters.familiar { here } else { account }).await?;
        match self.database.count_guess(&counters.judging()).await {
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
        let subject = self.keyring.pseudonym("proof", &[&account]);
        let counters = Counter { subject, account: Some(account), limit: Limit::ACCOUNT };
        let turn = self.turn(subject).await?;
        self.database.count_guess(&[counters]).await?;
        Ok(Some(Guess { counters, _turn: turn }))
    }

    /// A user who has proved at this address who they are without a guess; `None` where nothing is counted.
    pub fn proven(&self, user: Uuid, from: Option<IpAddr>) -> Option<Proven> {
        self.settings.rate_limit.then(|| Proven {
            account: self.account(Some(user), ""),
            address: self.keyring.pseudonym("address", &[&octets(from)]),
        })
    }

    /// A question from an address; `None` where nothing is counted.
    pub async fn ask_about(&self, question: Question, from: Option<IpAddr>) -> Result<Option<Counter>, Problem> {
        if !self.settings.rate_limit {
            return Ok(None);
        }
        let kind = match question {
            Question::Registration => "registration",
            Question::PasswordReset => "password reset",
        };
        let subject = self.keyring.pseudonym(kind, &[&octets(from)]);
        let counter = Counter { subject, account: None, limit: Limit::QUESTIONS };
        self.database.count_guess(&[counter]).await?;
        Ok(Some(counter))
    }

    /// Takes back what has not failed. Where even this fails, it is forgotten in time.
    pub async fn take_back(&self, counters: &[Counter]) {
        if let Err(error) = self.database.take_guess_back(counters).await {
            tracing::debug!(%error, "a guess stays counted");
        }
    }

    /// No more at once than the failures that are free, as which they are counted until they prove right.
    async fn turn(&self, subject: Digest) -> Result<Turn, Problem> {
        timeout(PATIENCE, self.turns.take(subject, Limit::ACCOUNT.free())).await.map_err(|_| Problem::Unavailable {
            retry_after: PATIENCE,
            why: "too many guesses wait for those before them".to_owned(),
        })
    }
}

/// The network that an address is taken for; all whose address is not known are one.
fn octets(address: Option<IpAddr>) -> Vec<u8> {
    match network(address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED))) {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    }
}
