//! The lists of an export. What reads a list is an implementation of [`ExportedRow`]; the caller says which lists an export
//! has.

use super::{ExportReader, Part, Sender, send};
use crate::Error;
use diesel::result::QueryResult;
use diesel_async::AsyncPgConnection;
use futures_util::future::{BoxFuture, FutureExt};
use std::any::Any;
use uuid::Uuid;

/// Rows in one part.
pub(crate) const PART_ROWS: i64 = 500;

/// A row of a list. Lists are in the order of the ids.
pub trait ExportedRow: Sized + Send + Sync + 'static {
    /// Reads the rows of the user that come after the one with this id, as many as a part has.
    fn read(
        reader: &ExportReader,
        connection: &mut AsyncPgConnection,
        after: Uuid,
    ) -> impl Future<Output = QueryResult<Vec<Self>>> + Send;

    fn id(&self) -> Uuid;
}

/// A list of an export.
#[derive(Clone, Copy)]
pub struct ExportList {
    read: for<'a> fn(&'a ExportReader, &'a mut AsyncPgConnection, Uuid) -> BoxFuture<'a, QueryResult<Rows>>,
}

/// Some rows, and the id of the last of them.
struct Rows {
    rows: Box<dyn Any + Send + Sync>,
    last: Option<Uuid>,
}

impl ExportList {
    /// The list of these rows. Its parts are vectors of them.
    pub const fn of<T: ExportedRow>() -> Self {
        Self { read: read::<T> }
    }
}

fn read<'a, T: ExportedRow>(
    reader: &'a ExportReader,
    connection: &'a mut AsyncPgConnection,
    after: Uuid,
) -> BoxFuture<'a, QueryResult<Rows>> {
    async move {
        let rows = T::read(reader, connection, after).await?;
        Ok(Rows { last: rows.last().map(T::id), rows: Box::new(rows) })
    }
    .boxed()
}

impl ExportReader {
    /// Sends a list in parts; an empty list is one empty part.
    pub(super) async fn list(
        &self,
        connection: &mut AsyncPgConnection,
        list: usize,
        ExportList { read }: ExportList,
        sender: &Sender,
    ) -> Result<(), Error> {
        let mut part = read(self, connection, Uuid::nil()).await?;
        loop {
            send(sender, Ok(Part::Rows { list, rows: part.rows })).await?;
            let Some(last_id) = part.last else { return Ok(()) };
            part = read(self, connection, last_id).await?;
            if part.last.is_none() {
                return Ok(());
            }
        }
    }
}
