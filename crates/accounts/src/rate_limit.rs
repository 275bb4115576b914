//! Rate limits: which counters count which attempts, and when. An attempt is counted before it is processed, and refunded
//! if it did not fail. The numbers are in `usher_domain::rate_limit`, the counters in the database.

use crate::{Accounts, Error, keyed_semaphore::Permit};
use std::{
    net::{IpAddr, Ipv4Addr},
    time::Duration,
};
use tokio::time::timeout;
use usher_domain::{MfaMethod, Network, Width, rate_limit::Limit};
use usher_persistence::{
    Counter, Digest, Error as DatabaseError, PasswordCheckCounter, ProofCounters, RequestMetadata, SignInCounters,
    VerifiedOwner, WriteRequest,
};
use uuid::Uuid;

/// How many requests of this process count by the same widest network, or by the same user, at once. The others wait here: in
/// the database they would wait for the same row, each with a connection that others need.
const CONCURRENT_COUNTS: usize = 2;

/// Maximum wait for the permit to attempt a password, or to count.
const PERMIT_TIMEOUT: Duration = Duration::from_secs(10);

/// An attempt that was counted and may go on. It counts as one of the concurrent attempts at its password until it is dropped.
pub(crate) struct Attempt<C> {
    pub counters: C,
    permit: Permit,
}

/// The account that an attempt is counted for.
struct Counters {
    user: Option<Uuid>,
    account: Digest,
    /// The subject that the attempts are counted by.
    subject: Digest,
    /// The subject that these counters are deleted with.
    counted_with: Digest,
    /// Whether the account knows the address.
    is_known_address: bool,
}

/// An action that is limited by the client's address and the networks around it.
#[derive(Clone, Copy)]
pub(crate) enum NetworkAction {
    SignIn,
    /// The proof of a second factor, of this kind.
    Proof(MfaMethod),
    /// A request whose answer reveals whether a username or an e-mail address is taken.
    AccountProbe,
    PasswordResetRequest,
    /// Options to sign in with a passkey.
    PasskeyOptions,
    /// A registration that succeeds, or a new address of one's own: each sends a mail to an address that may be a stranger's.
    MailToNewAddress,
}

impl NetworkAction {
    /// The kind in pseudonyms. Stored counters depend on it.
    const fn kind(self) -> &'static str {
        match self {
            Self::SignIn => "address",
            Self::Proof(MfaMethod::Totp) => "totp from an address",
            Self::Proof(MfaMethod::Passkey) => "passkey from an address",
            Self::Proof(MfaMethod::RecoveryCode) => "recovery code from an address",
            Self::AccountProbe => "registration",
            Self::PasswordResetRequest => "password reset",
            Self::PasskeyOptions => "passkey options",
            Self::MailToNewAddress => "registered",
        }
    }

    const fn limit(self, width: Width) -> Limit {
        match self {
            Self::SignIn | Self::Proof(_) => Limit::sign_ins(width),
            Self::AccountProbe | Self::PasswordResetRequest => Limit::account_probes(width),
            Self::PasskeyOptions => Limit::passkey_options(width),
            Self::MailToNewAddress => Limit::mails_to_new_addresses(width),
        }
    }
}

/// An action on one's own account that is limited by the user.
#[derive(Clone, Copy)]
pub(crate) enum UserAction {
    /// As [`NetworkAction::AccountProbe`], by a change of one's own names.
    AccountProbe,
    AccountChange,
}

impl UserAction {
    /// The kind in pseudonyms. Stored counters depend on it.
    const fn kind(self) -> &'static str {
        match self {
            Self::AccountProbe => "question",
            Self::AccountChange => "change",
        }
    }

    const fn limit(self) -> Limit {
        match self {
            Self::AccountProbe => Limit::ACCOUNT_PROBES_OF_USER,
            Self::AccountChange => Limit::CHANGES,
        }
    }
}

impl Accounts {
    /// Counts a sign-in to the account of `user`, or to a name that no user has; `None` if rate limits are off. The audit
    /// trail records the first one that is refused in each delay.
    ///
    /// # Errors
    /// [`DatabaseError::TooManyAttempts`].
    pub(crate) async fn record_sign_in_attempt(
        &self,
        user: Option<Uuid>,
        name: &str,
        address: Option<IpAddr>,
        metadata: &RequestMetadata,
    ) -> Result<Option<Attempt<SignInCounters>>, Error> {
        let Some(counters) = self.sign_in_counters(user, name, address).await? else { return Ok(None) };
        let counted = self.count_sign_in(&counters).await;
        let permit = self.audit_first_refusal(user, counted, metadata).await?;
        Ok(Some(Attempt { counters, permit }))
    }

    /// Counts the proof of a second factor, in the second step of a sign-in; `None` if rate limits are off. The audit trail
    /// records the first one that is refused in each delay.
    ///
    /// # Errors
    /// [`DatabaseError::TooManyAttempts`].
    pub(crate) async fn record_proof(
        &self,
        user: Uuid,
        method: MfaMethod,
        address: Option<IpAddr>,
        metadata: &RequestMetadata,
    ) -> Result<Option<Attempt<ProofCounters>>, Error> {
        let Some(counters) = self.proof_counters(user, method, address).await? else { return Ok(None) };
        let counted = self.count_sign_in(&counters.proof).await;
        let permit = self.audit_first_refusal(Some(user), counted, metadata).await?;
        Ok(Some(Attempt { counters, permit }))
    }

    /// Counts the proof of a second factor in a session; `None` if rate limits are off.
    ///
    /// # Errors
    /// [`DatabaseError::TooManyAttempts`].
    pub(crate) async fn record_proof_of_session(
        &self,
        user: Uuid,
        method: MfaMethod,
        address: Option<IpAddr>,
    ) -> Result<Option<Attempt<ProofCounters>>, Error> {
        let Some(counters) = self.proof_counters(user, method, address).await? else { return Ok(None) };
        let permit = self.count_sign_in(&counters.proof).await?;
        Ok(Some(Attempt { counters, permit }))
    }

    /// Undoes the count of a proof that was not looked at.
    pub(crate) async fn refund_proof(&self, counters: Option<&ProofCounters>) {
        if let Some(counters) = counters {
            self.refund(&counters.proof.blocking_counters()).await;
        }
    }

    /// Counts an attempt, and returns the permit to make it.
    async fn count_sign_in(&self, counters: &SignInCounters) -> Result<Permit, Error> {
        let secret =
            if counters.is_known_address { counters.account_at_address.subject } else { counters.account.subject };
        let permit = self.permit_to_attempt(secret).await?;
        let blocking = counters.blocking_counters();
        let _counting = self.permit_to_count(&blocking).await?;
        self.database.record_attempt(&blocking).await?;
        Ok(permit)
    }

    async fn audit_first_refusal<T>(
        &self,
        user: Option<Uuid>,
        counted: Result<T, Error>,
        metadata: &RequestMetadata,
    ) -> Result<T, Error> {
        if matches!(counted, Err(Error::Database(DatabaseError::TooManyAttempts { first: true, .. }))) {
            self.database.sign_in_refused(user, None, metadata).await?;
        }
        counted
    }

    async fn sign_in_counters(
        &self,
        user: Option<Uuid>,
        name: &str,
        address: Option<IpAddr>,
    ) -> Result<Option<SignInCounters>, Error> {
        let by_network = self.counters_by_network(NetworkAction::SignIn, address);
        let Some(host) = by_network.first() else { return Ok(None) };
        let is_known_address = self.database.is_known_address(user, &host.subject).await?;
        let account = self.account_key(user, name);
        let counters = Counters { user, account, subject: account, counted_with: account, is_known_address };
        Ok(self.counters_of(&counters, &by_network))
    }

    /// The counters of a proof, and those of passwords.
    async fn proof_counters(
        &self,
        user: Uuid,
        method: MfaMethod,
        address: Option<IpAddr>,
    ) -> Result<Option<ProofCounters>, Error> {
        let Some(sign_in) = self.sign_in_counters(Some(user), "", address).await? else { return Ok(None) };
        let account = self.account_key(Some(user), "");
        let second_factors = self.second_factor_key(&account);
        let counters = Counters {
            user: Some(user),
            account,
            subject: self.proof_key(method, &account),
            counted_with: second_factors,
            is_known_address: sign_in.is_known_address,
        };
        let proof = self.counters_of(&counters, &self.counters_by_network(NetworkAction::Proof(method), address));
        Ok(proof.map(|proof| ProofCounters { proof, second_factors, sign_in }))
    }

    /// The counters of an attempt, by its account and its networks, of which the first is the address itself.
    fn counters_of(&self, counters: &Counters, by_network: &[Counter]) -> Option<SignInCounters> {
        let Counters { user, account, subject, counted_with, is_known_address } = *counters;
        let (address, networks) = by_network.split_first()?;
        let of_account = |subject| Counter { subject, account: Some(counted_with), limit: Limit::ACCOUNT };
        let pseudonym = |kind, parts: &[&[u8]]| self.keyring().pseudonym(kind, parts);
        let known_address = pseudonym("familiar address", &[&address.subject]);
        Some(SignInCounters {
            user,
            account: of_account(subject),
            address: *address,
            networks: networks.to_vec(),
            account_at_address: of_account(pseudonym("account at an address", &[&subject, &address.subject])),
            known_address: Counter { subject: known_address, account: None, limit: Limit::KNOWN_ADDRESS },
            shown: self.shown_subjects(&account),
            is_known_address,
        })
    }

    /// Counts a check of a user's current password; `None` if rate limits are off.
    ///
    /// # Errors
    /// [`DatabaseError::TooManyAttempts`].
    pub(crate) async fn record_password_check(
        &self,
        user: Uuid,
    ) -> Result<Option<Attempt<PasswordCheckCounter>>, Error> {
        let account = self.account_key(Some(user), "");
        let attempt = self.record_check(account, self.password_check_key(&account)).await?;
        Ok(attempt.map(|Attempt { counters: counter, permit }| {
            let counters = PasswordCheckCounter { counter, shown: self.shown_subjects(&account) };
            Attempt { counters, permit }
        }))
    }

    /// Counts a code that is to confirm an authenticator app of a user; `None` if rate limits are off. It is counted apart
    /// from passwords, so that codes that are right do not hide guesses at the password.
    ///
    /// # Errors
    /// [`DatabaseError::TooManyAttempts`].
    pub(crate) async fn record_factor_confirmation(&self, user: Uuid) -> Result<Option<Attempt<Counter>>, Error> {
        let account = self.account_key(Some(user), "");
        self.record_check(account, self.keyring().pseudonym("factor confirmation", &[&account])).await
    }

    async fn record_check(&self, account: Digest, subject: Digest) -> Result<Option<Attempt<Counter>>, Error> {
        if !self.settings().rate_limit {
            return Ok(None);
        }
        let counters = Counter { subject, account: Some(account), limit: Limit::ACCOUNT };
        let permit = self.permit_to_attempt(subject).await?;
        self.database.record_attempt(&[counters]).await?;
        Ok(Some(Attempt { counters, permit }))
    }

    /// Fails if one of these counters delays the next attempt. It counts nothing.
    ///
    /// # Errors
    /// [`DatabaseError::TooManyAttempts`].
    pub(crate) async fn check_rate_limit(&self, counters: &[Counter]) -> Result<(), Error> {
        if counters.is_empty() { Ok(()) } else { Ok(self.database.check_rate_limit(counters).await?) }
    }

    /// Counts an attempt by each of these, unless one of them delays it: then by none.
    ///
    /// # Errors
    /// [`DatabaseError::TooManyAttempts`].
    pub(crate) async fn record_attempt(&self, counters: &[Counter]) -> Result<(), Error> {
        if counters.is_empty() {
            return Ok(());
        }
        let _counting = self.permit_to_count(counters).await?;
        Ok(self.database.record_attempt(counters).await?)
    }

    /// Undoes the count of an attempt that has not failed, or that was not processed. If this fails, the count expires.
    pub(crate) async fn refund(&self, counters: &[Counter]) {
        if counters.is_empty() {
            return;
        }
        if let Err(error) = self.database.refund_attempt(counters).await {
            tracing::debug!(%error, "an attempt could not be refunded");
        }
    }

    /// Clears the failed attempts at a user's password and at their second factors.
    pub async fn lift_throttle(&self, request: &WriteRequest, user: Uuid) -> Result<(), Error> {
        let account = self.account_key(Some(user), "");
        let counted_with = [account, self.second_factor_key(&account)];
        Ok(self.database.lift_throttle(request, user, &counted_with).await?)
    }

    /// Removes all second factors of a user, and forgets the wrong proofs of them.
    pub async fn reset_factors(&self, request: &WriteRequest, user: Uuid) -> Result<(), Error> {
        let account = self.account_key(Some(user), "");
        let (counted_with, shown) = (self.second_factor_key(&account), self.shown_subjects(&account));
        Ok(self.database.reset_factors(request, user, counted_with, &shown).await?)
    }

    /// The keys of a user who has proved who they are by a mailed link; `None` if rate limits are off.
    pub(crate) fn verified_owner(&self, user: Uuid, address: Option<IpAddr>) -> Option<VerifiedOwner> {
        let address = self.counters_by_network(NetworkAction::SignIn, address).first()?.subject;
        let account = self.account_key(Some(user), "");
        Some(VerifiedOwner { account, address, shown: self.shown_subjects(&account) })
    }

    /// The counters of the address and of the networks around it, the address first; none if rate limits are off. All
    /// clients whose address is unknown share their counters.
    pub(crate) fn counters_by_network(&self, action: NetworkAction, address: Option<IpAddr>) -> Vec<Counter> {
        if !self.settings().rate_limit {
            return Vec::new();
        }
        let address = address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        let pseudonym = |parts: &[&[u8]]| self.keyring().pseudonym(action.kind(), parts);
        let counter = |network: Network| {
            let (octets, width) = (network.octets(), network.width());
            let subject = match width {
                Width::Host => pseudonym(&[&octets]),
                Width::Site => pseudonym(&[&octets, b"site"]),
                Width::Block => pseudonym(&[&octets, b"block"]),
            };
            Counter { subject, account: None, limit: action.limit(width) }
        };
        [Network::host(address)].into_iter().chain(Network::around(address)).map(counter).collect()
    }

    /// The counter of the user; none if rate limits are off.
    pub(crate) fn counters_by_user(&self, action: UserAction, user: Uuid) -> Vec<Counter> {
        if !self.settings().rate_limit {
            return Vec::new();
        }
        let subject = self.keyring().pseudonym(action.kind(), &[user.as_bytes()]);
        vec![Counter { subject, account: None, limit: action.limit() }]
    }

    /// The subject by which attempts at an account are counted: the user's, or that of a name that no user has.
    fn account_key(&self, user: Option<Uuid>, name: &str) -> Digest {
        match user {
            Some(id) => self.keyring().pseudonym("user", &[id.as_bytes()]),
            None => self.keyring().pseudonym("name", &[name.as_bytes()]),
        }
    }

    /// The subject by which checks of an account's current password are counted.
    fn password_check_key(&self, account: &Digest) -> Digest {
        self.keyring().pseudonym("proof", &[account])
    }

    /// The subject by which proofs of this kind are counted.
    fn proof_key(&self, method: MfaMethod, account: &Digest) -> Digest {
        self.keyring().pseudonym(method.as_str(), &[account])
    }

    /// The subject that the counters of an account's second factors are deleted with. It is not the one of passwords: a mailed
    /// link, which clears those, does not prove a second factor.
    fn second_factor_key(&self, account: &Digest) -> Digest {
        self.keyring().pseudonym("second factors", &[account])
    }

    /// The subjects by which an account shows that it is rate limited.
    fn shown_subjects(&self, account: &Digest) -> Vec<Digest> {
        let proofs = MfaMethod::ALL.iter().map(|method| self.proof_key(*method, account));
        [*account, self.password_check_key(account)].into_iter().chain(proofs).collect()
    }

    /// A permit to attempt one password. There are as many as failures without a delay: until an attempt succeeds it counts as
    /// failed, and attempts that are all right must not delay each other.
    async fn permit_to_attempt(&self, password: Digest) -> Result<Permit, Error> {
        self.permit(password.to_vec(), Limit::ACCOUNT.free()).await
    }

    /// A permit to count by these, whose last one is that of the widest network.
    async fn permit_to_count(&self, counters: &[Counter]) -> Result<Permit, Error> {
        let widest = counters.last().map_or(&[][..], |counter| &counter.subject);
        self.permit([b"count ", widest].concat(), CONCURRENT_COUNTS).await
    }

    async fn permit(&self, key: Vec<u8>, permits: usize) -> Result<Permit, Error> {
        timeout(PERMIT_TIMEOUT, self.semaphore().acquire(key, permits))
            .await
            .map_err(|_| Error::TooManyConcurrentAttempts { retry_after: PERMIT_TIMEOUT })
    }
}

/// Whether an answer reveals that a name is taken.
pub(crate) fn reveals_taken_name<T>(answer: &Result<T, Error>) -> bool {
    matches!(answer, Err(Error::Database(DatabaseError::UsernameTaken | DatabaseError::EmailTaken)))
}
