//! Cursors of the list of roles.

use super::{
    Cursor, Direction,
    bytes::{read_byte, read_number, seal, unseal, write_number},
};
use crate::{RoleName, checked};

/// The first byte: the format of the rest. Cursors of other lists have another.
const FORMAT: u8 = 3;

/// The place where a page of the list of roles begins or ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleCursor {
    direction: Direction,
    position: i64,
    name: RoleName,
}

impl RoleCursor {
    /// The place after or before the role `name`, with `position` roles before it.
    pub fn beside(name: RoleName, direction: Direction, position: i64) -> Self {
        Self { direction, position: position.max(0), name }
    }

    /// The role next to this position.
    pub fn name(&self) -> &RoleName {
        &self.name
    }
}

impl Cursor for RoleCursor {
    fn encode(&self) -> String {
        let mut bytes = vec![FORMAT, u8::from(self.direction == Direction::Backward)];
        write_number(&mut bytes, self.position.unsigned_abs());
        bytes.extend(self.name.as_str().bytes());
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
        let position = i64::try_from(read_number(rest)?).ok()?;
        let cursor = Self { direction, position, name: checked(str::from_utf8(rest).ok()?).ok()? };
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
            name in "[a-z][a-z0-9-]{0,31}", backward in any::<bool>(), position in 0..=i64::MAX,
        ) {
            let direction = if backward { Direction::Backward } else { Direction::Forward };
            let cursor = RoleCursor::beside(checked(&name).unwrap(), direction, position);
            prop_assert_eq!(RoleCursor::decode(&cursor.encode()), Some(cursor));
        }

        #[test]
        fn bytes_are_refused_or_are_the_only_spelling_of_a_cursor(
            flag in 0..3_u8, rest in proptest::collection::vec(any::<u8>(), 0..40),
        ) {
            let text = seal([&[FORMAT, flag][..], &rest[..]].concat());
            if let Some(cursor) = RoleCursor::decode(&text) {
                prop_assert_eq!(cursor.encode(), text);
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in any::<String>()) {
            let _ = RoleCursor::decode(&text);
        }
    }
}
