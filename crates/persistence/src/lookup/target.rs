//! The targets of requests: rows that are read together with the caller. Each resource defines in its own file how its rows are
//! read ([`TargetRow`]); this file depends on none of them.

use crate::OperatorRules;
use chrono::{DateTime, Utc};
use diesel::result::QueryResult;
use diesel_async::AsyncPgConnection;
use futures_util::future::{BoxFuture, FutureExt};
use std::{
    any::{Any, TypeId},
    future::ready,
    sync::Arc,
};
use usher_domain::policy::Principal;
use uuid::Uuid;

/// What a target is looked up by: its ids, or its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TargetIds {
    /// The user that it must belong to. What belongs to no user has its own id here, and so have users.
    pub owner_id: Uuid,
    pub id: Uuid,
    is_caller: bool,
    name: TargetName,
}

impl TargetIds {
    /// The ids of a target without a row ([`NoRow`]). They are not looked up.
    pub const NONE: Self = Self::of(Uuid::nil());

    /// The ids for a request about the user who makes it with an API key: which user that is, is found by the same lookup.
    pub const OF_CALLER: Self = Self { is_caller: true, ..Self::NONE };

    /// The ids of a user, or of a resource that belongs to no user.
    pub const fn of(id: Uuid) -> Self {
        Self::owned(id, id)
    }

    /// The ids of a sub-resource of a user.
    pub const fn owned(owner_id: Uuid, id: Uuid) -> Self {
        Self { owner_id, id, is_caller: false, name: TargetName::NONE }
    }

    /// The same ids after the lookup, which has found the caller.
    #[must_use]
    pub fn after_lookup(self, principal: &Principal) -> Self {
        match principal {
            Principal::User(caller) if self.is_caller => Self::of(caller.id),
            _ => self,
        }
    }

    /// The name of a resource that has one instead of an id, and belongs to no user; `None` if no such name is so long.
    pub fn named(name: &str) -> Option<Self> {
        Some(Self { name: TargetName::of(name)?, ..Self::NONE })
    }

    /// The name; empty for a target that has an id.
    pub fn name(&self) -> &str {
        self.name.as_str()
    }
}

/// A name that is copied with the ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct TargetName {
    bytes: [u8; Self::MAX_BYTES],
    length: usize,
}

impl TargetName {
    /// No name is longer: those of roles have at most 32 characters.
    const MAX_BYTES: usize = 32;
    const NONE: Self = Self { bytes: [0; Self::MAX_BYTES], length: 0 };

    fn of(name: &str) -> Option<Self> {
        let mut bytes = [0; Self::MAX_BYTES];
        bytes.get_mut(..name.len())?.copy_from_slice(name.as_bytes());
        Some(Self { bytes, length: name.len() })
    }

    fn as_str(&self) -> &str {
        self.bytes.get(..self.length).and_then(|bytes| str::from_utf8(bytes).ok()).unwrap_or_default()
    }
}

/// The parameters of reading rows.
#[derive(Debug, Clone, Copy)]
pub struct ReadContext<'a> {
    pub now: DateTime<Utc>,
    pub rules: OperatorRules,
    /// The domain that passkeys must be for.
    pub rp_id: Option<&'a str>,
}

/// A row that a request can be about. It is looked up before the policy decides, in the round trip that looks up the caller.
pub trait TargetRow: Send + Sync + Sized + 'static {
    /// Whether there are such rows. If not, only the caller is looked up.
    const IS_STORED: bool = true;

    /// Reads the rows with these ids in one round trip, each with its own ids. It is given the ids of all requests that wait,
    /// without duplicates. A row with other ids than the requested ones is ignored.
    fn load(
        connection: &AsyncPgConnection,
        ids: &[TargetIds],
        context: ReadContext<'_>,
    ) -> impl Future<Output = QueryResult<Vec<(TargetIds, Self)>>> + Send;
}

/// The target of requests that are about no row.
#[derive(Debug)]
pub enum NoRow {}

impl TargetRow for NoRow {
    const IS_STORED: bool = false;

    fn load(
        _: &AsyncPgConnection,
        _: &[TargetIds],
        _: ReadContext<'_>,
    ) -> impl Future<Output = QueryResult<Vec<(TargetIds, Self)>>> + Send {
        ready(Ok(Vec::new()))
    }
}

/// A row of any type. The requests of a batch that are about the same row share it.
pub(super) type AnyRow = Arc<dyn Any + Send + Sync>;

/// Which row, of which type. Ordered by type, so that rows of one type are adjacent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct TargetKey {
    row_type: TypeId,
    ids: TargetIds,
}

/// A row that a request asks for.
#[derive(Clone, Copy)]
pub(super) struct TargetQuery {
    pub(super) key: TargetKey,
    load: Load,
}

type Rows = Vec<(TargetKey, AnyRow)>;
type Load = for<'a> fn(&'a AsyncPgConnection, Vec<TargetIds>, ReadContext<'a>) -> BoxFuture<'a, QueryResult<Rows>>;

impl TargetQuery {
    /// `None` for a target without a row.
    pub(super) fn of<T: TargetRow>(ids: TargetIds) -> Option<Self> {
        T::IS_STORED.then(|| Self { key: TargetKey { row_type: TypeId::of::<T>(), ids }, load: load::<T> })
    }

    /// Whether it asks for the owner of the API key of its request.
    pub(super) fn is_of_caller(&self) -> bool {
        self.key.ids.is_caller
    }

    /// Reads the rows of these queries, those of one type together.
    pub(super) fn load_all<'a>(
        mut queries: Vec<Self>,
        connection: &'a AsyncPgConnection,
        context: ReadContext<'a>,
    ) -> impl Iterator<Item = BoxFuture<'a, QueryResult<Rows>>> {
        queries.sort_unstable_by_key(|query| query.key);
        queries.dedup_by_key(|query| query.key);
        let groups: Vec<_> = queries
            .chunk_by(|first, second| first.key.row_type == second.key.row_type)
            .map(|group| (group[0].load, group.iter().map(|query| query.key.ids).collect()))
            .collect();
        groups.into_iter().map(move |(load, ids)| load(connection, ids, context))
    }
}

fn load<'a, T: TargetRow>(
    connection: &'a AsyncPgConnection,
    ids: Vec<TargetIds>,
    context: ReadContext<'a>,
) -> BoxFuture<'a, QueryResult<Rows>> {
    async move {
        let rows = T::load(connection, &ids, context).await?;
        let row_type = TypeId::of::<T>();
        Ok(rows.into_iter().map(|(ids, row)| (TargetKey { row_type, ids }, Arc::new(row) as AnyRow)).collect())
    }
    .boxed()
}
