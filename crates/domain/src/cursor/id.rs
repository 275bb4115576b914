//! Cursors of lists that are sorted by the creation of their items, which is the order of their ids.

use super::{
    Cursor, Direction,
    bytes::{hash, read_array, read_byte, read_last_id, read_number, seal, unseal, write_number},
};
use uuid::Uuid;

/// The first byte: the format of the rest. Cursors of users have another.
const FORMAT: u8 = 2;

/// The position in such a list where a page begins or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdCursor {
    /// The hash of the list, with its filter and order.
    list: u64,
    direction: Direction,
    position: i64,
    id: Uuid,
}

impl IdCursor {
    /// The position after or before the item `id`, with `position` items before it. `list` is a text that identifies the list,
    /// its filter and its order.
    pub fn beside(id: Uuid, direction: Direction, position: i64, list: &str) -> Self {
        Self { list: hash(list.as_bytes()), direction, position: position.max(0), id }
    }

    /// The item next to this position.
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// Whether this cursor belongs to that list.
    pub fn suits(&self, list: &str) -> bool {
        self.list == hash(list.as_bytes())
    }
}

impl Cursor for IdCursor {
    fn encode(&self) -> String {
        let mut bytes = vec![FORMAT, u8::from(self.direction == Direction::Backward)];
        bytes.extend(self.list.to_be_bytes());
        write_number(&mut bytes, self.position.unsigned_abs());
        bytes.extend(self.id.as_bytes());
        seal(bytes)
    }

    fn decode(text: &str) -> Option<Self> {
        let bytes = unseal(text)?;
        let rest = &mut bytes.as_slice();
        if read_byte(rest)? != FORMAT {
            return None;
        }
        let direction = match read_byte(rest)? {
            0 => Direction::Forward,
            1 => Direction::Backward,
            _ => return None,
        };
        let list = u64::from_be_bytes(read_array(rest)?);
        let position = i64::try_from(read_number(rest)?).ok()?;
        let cursor = Self { list, direction, position, id: read_last_id(rest)? };
        // Refuses numbers with more bytes than they need, so that each cursor has one spelling.
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
        fn a_cursor_is_decoded_as_it_was_encoded(
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
        fn bytes_are_refused_or_are_the_only_spelling_of_a_cursor(
            flag in 0..3_u8, rest in proptest::collection::vec(any::<u8>(), 20..40),
        ) {
            let text = seal([&[FORMAT, flag][..], &rest[..]].concat());
            if let Some(cursor) = IdCursor::decode(&text) {
                prop_assert_eq!(cursor.encode(), text);
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in any::<String>()) {
            let _ = IdCursor::decode(&text);
        }
    }

    #[test]
    fn cursors_of_users_are_refused_for_other_lists() {
        assert_eq!(IdCursor::decode(&seal([&[1, 0][..], &[0; 25]].concat())), None);
    }
}
