//! Pages: the items around a position in a list, and the positions of the pages next to it.

use crate::Error;
use usher_domain::{
    cursor::{Cursor, Direction, IdCursor},
    page::{Page, Start},
};
use uuid::Uuid;

/// The result of a query for a page.
pub(crate) struct Found<T> {
    /// How many items pass the filter.
    pub(crate) total: i64,
    /// How many items were reached in the page's direction: those of the page, and up to one more, or before a cursor up to a
    /// page more.
    pub(crate) reached: i64,
    /// How many items lie on the other side of a cursor: up to a page after it, up to one before it.
    pub(crate) other_side: i64,
    /// The items of the page, in the order of the list.
    pub(crate) items: Vec<T>,
}

impl<T> Default for Found<T> {
    fn default() -> Self {
        Self { total: 0, reached: 0, other_side: 0, items: Vec::new() }
    }
}

/// The requested page.
pub(crate) struct Asked<'a, C, B> {
    pub(crate) start: &'a Start<C>,
    pub(crate) limit: i64,
    /// The cursor at an item, with this many items before it.
    pub(crate) beside: B,
}

impl<C: Cursor, B> Asked<'_, C, B> {
    /// The page, with where the pages before and after it begin.
    pub(crate) fn page<T>(&self, found: Found<T>) -> Page<T, C>
    where
        B: Fn(&T, Direction, i64) -> C,
    {
        let length = i64::try_from(found.items.len()).unwrap_or(i64::MAX);
        let rest = found.reached - length;
        // How many lie before the page, as far as is known, and whether any lie after it.
        let (before, after) = match self.start {
            Start::Offset(offset) => ((*offset).min(found.total), rest > 0),
            Start::Cursor(cursor) => match cursor.direction() {
                Direction::Forward => (found.other_side, rest > 0),
                Direction::Backward => (rest, found.other_side > 0),
            },
        };
        let offset = match self.start {
            Start::Offset(offset) => *offset,
            // All items before the cursor have been deleted.
            Start::Cursor(_) if before == 0 => 0,
            Start::Cursor(cursor) => match cursor.direction() {
                Direction::Forward => cursor.position(),
                Direction::Backward => (cursor.position() - length).max(0),
            },
        };
        Page {
            prev: (before > 0).then(|| self.prev(&found, before, offset)),
            next: after.then(|| self.next(&found, offset + length)),
            items: found.items,
            total: found.total,
            counted: true,
            offset,
        }
    }

    fn prev<T>(&self, found: &Found<T>, before: i64, offset: i64) -> Start<C>
    where
        B: Fn(&T, Direction, i64) -> C,
    {
        match found.items.as_slice().first() {
            None => Start::Offset((found.total - 1).max(0) / self.limit * self.limit),
            // The first page rather than a partial one, unless that would skip items that were added since.
            Some(_) if 0 < offset && offset < self.limit && before < self.limit => Start::Offset(0),
            Some(first) => Start::Cursor((self.beside)(first, Direction::Backward, offset)),
        }
    }

    fn next<T>(&self, found: &Found<T>, position: i64) -> Start<C>
    where
        B: Fn(&T, Direction, i64) -> C,
    {
        match found.items.as_slice().last() {
            // All items before the cursor have been deleted, so the page after it begins the list.
            None => Start::Offset(0),
            Some(last) => Start::Cursor((self.beside)(last, Direction::Forward, position)),
        }
    }
}

/// A part of a list that is sorted newest first, by id.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stretch {
    pub(crate) bound: Bound,
    /// Whether the newest of the stretch come first.
    pub(crate) newest_first: bool,
    pub(crate) offset: i64,
    pub(crate) limit: i64,
}

/// Which ids a stretch may have.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Bound {
    None,
    OlderThan(Uuid),
    NotOlderThan(Uuid),
    NewerThan(Uuid),
    NotNewerThan(Uuid),
}

/// The query of a stretch: the boxed query of a list, and the column of the ids that it is sorted by.
macro_rules! stretched {
    ($query:expr, $id:expr, $stretch:expr) => {{
        let (query, stretch) = ($query, $stretch);
        let query = match stretch.bound {
            $crate::pages::Bound::None => query,
            $crate::pages::Bound::OlderThan(id) => query.filter($id.lt(id)),
            $crate::pages::Bound::NotOlderThan(id) => query.filter($id.ge(id)),
            $crate::pages::Bound::NewerThan(id) => query.filter($id.gt(id)),
            $crate::pages::Bound::NotNewerThan(id) => query.filter($id.le(id)),
        };
        let query = if stretch.newest_first { query.order($id.desc()) } else { query.order($id.asc()) };
        query.offset(stretch.offset).limit(stretch.limit)
    }};
}
pub(crate) use stretched;

/// Reads the items around `start` in a list that is sorted newest first, or oldest first. `total` is how many items there are,
/// `read` reads a stretch.
pub(crate) async fn chronology<T>(
    start: &Start<IdCursor>,
    limit: i64,
    newest_first: bool,
    total: i64,
    mut read: impl AsyncFnMut(Stretch) -> Result<Vec<T>, Error>,
) -> Result<Found<T>, Error> {
    // Older and newer are swapped if the list begins with the oldest.
    let beyond = |id| if newest_first { Bound::OlderThan(id) } else { Bound::NewerThan(id) };
    let from = |id| if newest_first { Bound::NotNewerThan(id) } else { Bound::NotOlderThan(id) };
    let before = |id| if newest_first { Bound::NewerThan(id) } else { Bound::OlderThan(id) };
    let until = |id| if newest_first { Bound::NotOlderThan(id) } else { Bound::NotNewerThan(id) };
    let ahead = |bound, offset, limit| Stretch { bound, newest_first, offset, limit };
    let back = |bound, limit| Stretch { bound, newest_first: !newest_first, offset: 0, limit };
    let count = |items: &Vec<T>| i64::try_from(items.len()).unwrap_or(i64::MAX);
    let (mut items, reached, other_side) = match start {
        Start::Offset(offset) => {
            let items = read(ahead(Bound::None, *offset, limit + 1)).await?;
            let reached = count(&items);
            (items, reached, 0)
        }
        Start::Cursor(cursor) if cursor.direction() == Direction::Forward => {
            let items = read(ahead(beyond(cursor.id()), 0, limit + 1)).await?;
            let earlier = read(back(until(cursor.id()), limit)).await?;
            let (reached, other_side) = (count(&items), count(&earlier));
            (items, reached, other_side)
        }
        Start::Cursor(cursor) => {
            let mut items = read(back(before(cursor.id()), 2 * limit)).await?;
            let later = read(ahead(from(cursor.id()), 0, 1)).await?;
            let (reached, other_side) = (count(&items), count(&later));
            items.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
            items.reverse();
            (items, reached, other_side)
        }
    };
    items.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(Found { total, reached, other_side, items })
}
