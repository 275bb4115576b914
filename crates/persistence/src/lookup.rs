//! Coalesced reads: who calls, and what the call is about, in one round trip that many requests share.
//!
//! One task owns one connection. It takes the questions that are waiting, asks the database once for all of them, and only
//! then looks at those that have come meanwhile: a question never joins a query that has left, so no answer is older than
//! its question. That alone makes every acknowledged write visible to every later request.
//!
//! Each thread that serves has such a task and connection of its own ([`Lookup::here`]): nothing wakes another thread on the
//! way, and while the questions of one are with the database the others work.

use crate::{
    Error,
    connection::{Connection, Connector},
    row::{UserRow, columns},
    schema::{sessions, users},
    sessions::SessionRow,
    signing_keys::revision,
};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection, pooled_connection::PoolableConnection};
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::{
    runtime::Handle,
    sync::{mpsc, oneshot},
    task::yield_now,
    time::{Instant, timeout},
};
use usher_domain::{
    Clock, Role, Session, User,
    policy::{AuthenticatedUser, Principal},
};
use uuid::Uuid;

/// Most questions in one round trip.
const BATCH: usize = 64;
/// Most questions waiting; beyond that the database is too slow and callers are told so at once.
const QUEUE: usize = 4096;
/// Longest a round trip may take before its connection is given up.
const PATIENCE: Duration = Duration::from_secs(3);
/// Keeps the plans of the statements that follow, made anew. Left to itself Postgres makes them anew each time, since a plan
/// for as few ids as there are now looks cheaper than one for any number; that takes longer than the reading.
const PLAN: &str = "SET plan_cache_mode = force_generic_plan; DISCARD PLANS";
/// How long plans are kept: the tables may be many times larger soon.
const PLANS_LAST: Duration = Duration::from_secs(1);
/// Pause after a connection could not be made; questions meanwhile are refused at once.
const PAUSE: Duration = Duration::from_millis(200);

/// The session a token names, and the user it was made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Credential {
    pub session: Uuid,
    pub user: Uuid,
}

/// What a request is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TargetIds {
    pub user_id: Option<Uuid>,
    /// A session of that user.
    pub session_id: Option<Uuid>,
}

impl TargetIds {
    /// That user.
    pub fn user(id: Uuid) -> Self {
        Self { user_id: Some(id), session_id: None }
    }
}

/// What is known of a request at this moment.
#[derive(Debug)]
pub struct LookupResult {
    /// [`Principal::Anonymous`] where no credential was given, or where its session has ended or its user may not sign in.
    pub principal: Principal,
    pub user: Option<User>,
    /// The session that was asked about, while it lives.
    pub session: Option<Session>,
    /// The revision of the signing keys in use. Not known where a credential was given that is good for nothing.
    pub keys: Option<i64>,
}

/// Asks who calls and about whom.
#[derive(Clone)]
pub struct Lookup {
    questions: mpsc::Sender<LookupRequest>,
    source: Arc<Source>,
    handle: Handle,
}

/// What all gatherers share: where they ask, and what they have done since the start.
struct Source {
    connector: Connector,
    clock: Clock,
    verified_email: bool,
    asked: AtomicU64,
    taken: AtomicU64,
    round_trips: AtomicU64,
}

impl Source {
    fn new(connector: Connector, clock: Clock, verified_email: bool) -> Self {
        let [asked, taken, round_trips] = [const { AtomicU64::new(0) }; 3];
        Self { connector, clock, verified_email, asked, taken, round_trips }
    }
}

/// How many questions share a round trip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LookupLoad {
    /// Questions that wait to be asked.
    pub waiting: u64,
    /// Questions asked since the start.
    pub questions: u64,
    /// The round trips that it took to ask them.
    pub round_trips: u64,
}

struct LookupRequest {
    credential: Option<Credential>,
    target_ids: TargetIds,
    answer: oneshot::Sender<Result<LookupResult, Error>>,
}

impl Lookup {
    pub(crate) fn start(connector: Connector, clock: Clock, handle: &Handle) -> Self {
        Self::gather(Arc::new(Source::new(connector, clock, false)), handle)
    }

    /// The same where an admin needs a verified address to sign in, or does not.
    pub(crate) fn requiring_verified_email(&self, verified_email: bool) -> Self {
        if self.source.verified_email == verified_email {
            return self.clone();
        }
        Self::gather(
            Arc::new(Source::new(self.source.connector.clone(), self.source.clock.clone(), verified_email)),
            &self.handle,
        )
    }

    /// The same with a gatherer of its own, on the runtime of this thread.
    pub(crate) fn here(&self) -> Self {
        Self::gather(Arc::clone(&self.source), &Handle::current())
    }

    fn gather(source: Arc<Source>, handle: &Handle) -> Self {
        let (questions, waiting) = mpsc::channel(QUEUE);
        let gatherer = Batcher {
            source: Arc::clone(&source),
            handle: handle.clone(),
            connection: None,
            failed: None,
            planned: None,
        };
        handle.spawn(gatherer.run(waiting));
        Self { questions, source, handle: handle.clone() }
    }

    /// How many questions wait anywhere, and how many have shared a round trip.
    pub fn load(&self) -> LookupLoad {
        // Read first: a question that comes in between is then one that waits, and not one less than none.
        let taken = AtomicU64::load(&self.source.taken, Relaxed);
        LookupLoad {
            waiting: AtomicU64::load(&self.source.asked, Relaxed).saturating_sub(taken),
            questions: taken,
            round_trips: AtomicU64::load(&self.source.round_trips, Relaxed),
        }
    }

    /// The caller and what the request is about as they are now: no older than this call.
    #[tracing::instrument(name = "lookup", skip_all, fields(otel.kind = "client", db.system.name = "postgresql"))]
    pub async fn find(&self, credential: Option<Credential>, target_ids: TargetIds) -> Result<LookupResult, Error> {
        let (answer, answered) = oneshot::channel();
        self.questions
            .try_send(LookupRequest { credential, target_ids, answer })
            .map_err(|_| Error::Unavailable("too many requests are waiting for the database".to_owned()))?;
        self.source.asked.fetch_add(1, Relaxed);
        answered.await.unwrap_or_else(|_| Err(Error::Unavailable("the service is stopping".to_owned())))
    }
}

struct Batcher {
    source: Arc<Source>,
    handle: Handle,
    connection: Option<Connection>,
    failed: Option<(Instant, String)>,
    /// When the statements were last planned on this connection.
    planned: Option<Instant>,
}

/// A connection for a round trip.
struct Taken {
    connection: Connection,
    /// Whether it was used before: then it may have been closed meanwhile.
    used: bool,
}

#[derive(Default)]
struct Answers {
    members: HashMap<Uuid, AuthenticatedUser>,
    users: HashMap<Uuid, User>,
    sessions: HashMap<Uuid, Session>,
    keys: Option<i64>,
}

impl Batcher {
    async fn run(mut self, mut waiting: mpsc::Receiver<LookupRequest>) {
        let mut batch = Vec::with_capacity(BATCH);
        while waiting.recv_many(&mut batch, BATCH).await > 0 {
            // One turn of the event loop: whoever has been heard meanwhile comes along.
            yield_now().await;
            while batch.len() < BATCH
                && let Ok(question) = waiting.try_recv()
            {
                batch.push(question);
            }
            self.source.taken.fetch_add(batch.len() as u64, Relaxed);
            self.source.round_trips.fetch_add(1, Relaxed);
            // Whoever has gone away needs no answer.
            batch.retain(|question| !question.answer.is_closed());
            let answers = self.ask(&batch).await;
            for question in batch.drain(..) {
                let answer = match &answers {
                    Ok(answers) => Ok(question.pick(answers)),
                    Err(why) => Err(Error::Unavailable(why.clone())),
                };
                // The asker may have gone away meanwhile.
                drop(question.answer.send(answer));
            }
        }
    }

    async fn ask(&mut self, batch: &[LookupRequest]) -> Result<Answers, String> {
        let taken = self.connected().await?;
        let used = taken.used;
        let answers = match self.ask_on(taken.connection, batch).await {
            // It was closed while nobody used it: a pooler was restarted, or the database is another one now.
            Err(Error::ConnectionLost(why)) if used => {
                tracing::debug!(why, "asking again on a new connection");
                let taken = self.connected().await?;
                self.ask_on(taken.connection, batch).await
            }
            answers => answers,
        };
        answers.map_err(|error| error.outage().map_or_else(|| error.to_string(), str::to_owned))
    }

    /// Asks on this connection. It is kept only after a good answer: one that failed or timed out may have answers under way
    /// that belong to nobody.
    async fn ask_on(&mut self, mut connection: Connection, batch: &[LookupRequest]) -> Result<Answers, Error> {
        let planned = self.planned.filter(|at| at.elapsed() < PLANS_LAST);
        let asked = timeout(PATIENCE, async {
            if planned.is_none() {
                connection.batch_execute(PLAN).await?;
            }
            read(&connection, &self.source, batch).await
        });
        let answers = asked
            .await
            .unwrap_or_else(|_| Err(Error::Unavailable(format!("no answer within {} s", PATIENCE.as_secs()))))?;
        self.planned = planned.or_else(|| Some(Instant::now()));
        self.connection = Some(connection);
        Ok(answers)
    }

    /// The connection, made anew where there is none that can be used.
    async fn connected(&mut self) -> Result<Taken, String> {
        if let Some(mut connection) = self.connection.take()
            && !connection.is_broken()
        {
            return Ok(Taken { connection, used: true });
        }
        if let Some((at, why)) = &self.failed
            && at.elapsed() < PAUSE
        {
            return Err(why.clone());
        }
        match self.source.connector.connect(&self.handle).await {
            Ok(connection) => {
                self.failed = None;
                self.planned = None;
                Ok(Taken { connection, used: false })
            }
            Err(error) => {
                let why = error.to_string();
                self.failed = Some((Instant::now(), why.clone()));
                Err(why)
            }
        }
    }
}

/// Two statements, rarely more, sent one behind the other without waiting.
async fn read(connection: &AsyncPgConnection, source: &Source, batch: &[LookupRequest]) -> Result<Answers, Error> {
    let mut session_ids: Vec<Uuid> = batch.iter().filter_map(|question| Some(question.credential?.session)).collect();
    let mut user_ids: Vec<Uuid> = batch.iter().filter_map(|question| question.target_ids.user_id).collect();
    let mut target_session_ids: Vec<Uuid> =
        batch.iter().filter_map(|question| question.target_ids.session_id).collect();
    let now = source.clock.now();
    let columns = columns(now, source.verified_email);
    for ids in [&mut session_ids, &mut user_ids, &mut target_session_ids] {
        ids.sort_unstable();
        ids.dedup();
    }
    let members = async {
        if session_ids.is_empty() {
            return Ok(Vec::new());
        }
        sessions::table
            .inner_join(users::table)
            .filter(sessions::id.eq_any(&session_ids))
            .filter(sessions::expires_at.gt(now))
            .filter(users::status.eq("active"))
            .select((sessions::id, users::id, users::role, revision()))
            .load::<(Uuid, Uuid, String, Option<i64>)>(&mut &*connection)
            .await
    };
    // With callers it comes along with them, which costs next to nothing; a statement of its own would.
    let keys = async {
        if batch.iter().all(|question| question.credential.is_some()) {
            return Ok(None);
        }
        diesel::select(revision()).get_result::<Option<i64>>(&mut &*connection).await
    };
    let users = async {
        if user_ids.is_empty() {
            return Ok(Vec::new());
        }
        users::table.filter(users::id.eq_any(&user_ids)).select(columns).load::<UserRow>(&mut &*connection).await
    };
    let sessions = async {
        if target_session_ids.is_empty() {
            return Ok(Vec::new());
        }
        sessions::table
            .filter(sessions::id.eq_any(&target_session_ids))
            .filter(sessions::expires_at.gt(now))
            .select(SessionRow::as_select())
            .load::<SessionRow>(&mut &*connection)
            .await
    };
    let (members, users, sessions, keys) = tokio::try_join!(members, users, sessions, keys)?;
    let keys = keys.or_else(|| members.iter().find_map(|(.., keys)| *keys));
    let members = members.into_iter().map(|(session, id, role, _)| {
        (session, AuthenticatedUser { id, session, role: Role::from_name(&role).unwrap_or(Role::User) })
    });
    let users = users.into_iter().map(User::from).map(|user| (user.id, user));
    let sessions = sessions.into_iter().map(Session::from).map(|session| (session.id, session));
    Ok(Answers { members: members.collect(), users: users.collect(), sessions: sessions.collect(), keys })
}

impl LookupRequest {
    fn pick(&self, answers: &Answers) -> LookupResult {
        let member = self.credential.and_then(|credential| {
            answers.members.get(&credential.session).filter(|member| member.id == credential.user).copied()
        });
        let TargetIds { user_id, session_id } = self.target_ids;
        let session = session_id.and_then(|id| answers.sessions.get(&id));
        LookupResult {
            principal: member.map_or(Principal::Anonymous, Principal::User),
            user: user_id.and_then(|id| answers.users.get(&id).cloned()),
            session: session.filter(|session| Some(session.user_id) == user_id).cloned(),
            keys: answers.keys,
        }
    }
}
