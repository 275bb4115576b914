//! Cursors of lists that stand in the order in which their items were made: the items' ids are that order.

use super::{Cursor, Direction, byte, hash, read_last_id, read_number, seal, take, unseal, write_number};
use uuid::Uuid;

/// The first byte: what comes after it is read as this version of the service writes it. Cursors of users have another.
const VERSION: u8 = 2;

/// Where a page of such a list begins or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdCursor {
    /// Tells a cursor of another list, filter or order.
    list: u64,
    direction: Direction,
    position: i64,
    id: Uuid,
}

impl IdCursor {
    /// The place after or before the item `id`, with `position` items before that place. `list` is a text that no list of
    /// other items or in another order has.
    pub fn beside(id: Uuid, direction: Direction, position: i64, list: &str) -> Self {
        Self { list: hash(list.as_bytes()), direction, position: position.max(0), id }
    }

    /// The item this place lies beside.
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// Whether this cursor comes from that list.
    pub fn suits(&self, list: &str) -> bool {
        self.list == hash(list.as_bytes())
    }
}

impl Cursor for IdCursor {
    fn encode(&self) -> String {
        let mut bytes = vec![VERSION, u8::from(self.direction == Direction::Backward)];
        bytes.extend(self.list.to_be_bytes());
        write_number(&mut bytes, self.position.unsigned_abs());
        bytes.extend(self.id.as_bytes());
        seal(bytes)
    }

    fn decode(text: &str) -> Option<Self> {
        let bytes = unseal(text)?;
        let rest = &mut bytes.as_slice();
        if byte(rest)? != VERSION {
            return None;
        }
        let direction = match byte(rest)? {
            0 => Direction::Forward,
            1 => Direction::Backward,
            _ => return None,
        };
        let list = u64::from_be_bytes(take(rest)?);
        let position = i64::try_from(read_number(rest)?).ok()?;
        let cursor = Self { list, direction, position, id: read_last_id(rest)? };
        // One spelling for each: a number can be written with more bytes than it needs.
        (cursor.encode() == text).then_some(cursor)
    }

    fn direction(&self) -> Direction {
        self.direction
    }

    fn position(&self) -> i64 {
        self.position
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_cursor_is_read_as_it_was_written(
            id in any::<u128>(), backward in any::<bool>(), position in 0..=i64::MAX, list in any::<String>(),
        ) {
            let direction = if backward { Direction::Backward } else { Direction::Forward };
            let cursor = IdCursor::beside(Uuid::from_u128(id), direction, position, &list);
            prop_assert_eq!(IdCursor::decode(&cursor.encode()), Some(cursor));
            prop_assert!(cursor.suits(&list));
            let longer = list + "x";
            prop_assert!(!cursor.suits(&longer));
        }

        #[test]
        fn any_bytes_are_refused_or_are_the_only_spelling_of_a_cursor(
            flag in 0..3_u8, rest in proptest::collection::vec(any::<u8>(), 20..40),
        ) {
            let text = seal([&[VERSION, flag][..], &rest[..]].concat());
            if let Some(cursor) = IdCursor::decode(&text) {
                prop_assert_eq!(cursor.encode(), text);
            }
        }

        #[test]
        fn any_text_is_no_reason_to_panic(text in any::<String>()) {
            let _ = IdCursor::decode(&text);
        }
    }

    #[test]
    fn cursors_of_users_are_no_cursors_of_other_lists() {
        assert_eq!(IdCursor::decode(&seal([&[1, 0][..], &[0; 25]].concat())), None);
    }
}
