//! Cursors of lists of users.

use super::{
    Cursor, Direction,
    bytes::{hash, read_array, read_byte, read_last_id, read_number, seal, unseal, write_number},
};
use crate::{
    Role, Status, User,
    page::{UserFilter, UserOrder, UserSort},
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// The first byte: the format of the rest.
const FORMAT: u8 = 1;
/// The earliest time of Postgres, 4714-11-24 BC, in microseconds.
const EARLIEST_MICROS: i64 = -210_866_803_200_000_000;

const ROLES: [Option<Role>; 3] = [None, Some(Role::Admin), Some(Role::User)];
const STATUSES: [Option<Status>; 3] = [None, Some(Status::Active), Some(Status::Suspended)];

/// An item, by the sort key of its list. A key that two users can share comes with the id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserKey {
    /// By creation: the id begins with the time.
    Id(Uuid),
    /// By folded username or e-mail address, which is unique.
    Text(String),
    /// By the time of the last change, or of the last sign-in if there was one.
    Time(Option<DateTime<Utc>>, Uuid),
}

/// The place where a page of a list of users begins or ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserCursor {
    order: UserOrder,
    filter: Fingerprint,
    direction: Direction,
    position: i64,
    key: UserKey,
}

/// The part of a filter that distinguishes the cursors of different lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Fingerprint {
    role: Option<Role>,
    status: Option<Status>,
    q: Option<u64>,
}

impl UserCursor {
    /// The place after or before `user` in a list with this order and filter, with `position` items before it.
    pub fn beside(user: &User, direction: Direction, position: i64, order: UserOrder, filter: &UserFilter) -> Self {
        let key = match order.by {
            UserSort::CreatedAt => UserKey::Id(user.id),
            UserSort::Username => UserKey::Text(user.username.key()),
            UserSort::Email => UserKey::Text(user.email_key.clone()),
            UserSort::UpdatedAt => UserKey::Time(Some(user.updated_at), user.id),
            UserSort::LastLoginAt => UserKey::Time(user.last_login_at, user.id),
        };
        Self { order, filter: Fingerprint::of(filter), direction, position: position.max(0), key }
    }

    /// The item beside this place.
    pub fn key(&self) -> &UserKey {
        &self.key
    }

    /// Whether this cursor belongs to a list with that order and filter.
    pub fn suits(&self, order: UserOrder, filter: &UserFilter) -> bool {
        self.order == order && self.filter == Fingerprint::of(filter)
    }

    /// Order and direction in one byte.
    fn order_byte(&self) -> u8 {
        let name = self.order.as_str();
        let order = UserOrder::NAMES.iter().take_while(|&&other| other != name).map(|_| 2).sum::<u8>();
        order + u8::from(self.direction == Direction::Backward)
    }
}

impl Cursor for UserCursor {
    fn direction(&self) -> Direction {
        self.direction
    }

    fn position(&self) -> i64 {
        self.position
    }

    fn encode(&self) -> String {
        let mut bytes = vec![FORMAT, self.order_byte()];
        self.filter.write(&mut bytes);
        write_number(&mut bytes, self.position.unsigned_abs());
        match &self.key {
            UserKey::Id(id) => bytes.extend(id.as_bytes()),
            UserKey::Text(text) => bytes.extend(text.as_bytes()),
            UserKey::Time(time, id) => {
                bytes.extend(id.as_bytes());
                bytes.extend(time.iter().flat_map(|time| time.timestamp_micros().to_be_bytes()));
            }
        }
        seal(bytes)
    }

    fn decode(text: &str) -> Option<Self> {
        let bytes = unseal(text)?;
        let rest = &mut bytes.as_slice();
        if read_byte(rest)? != FORMAT {
            return None;
        }
        let order_byte = usize::from(read_byte(rest)?);
        let direction = if order_byte % 2 == 0 { Direction::Forward } else { Direction::Backward };
        let order = UserOrder::from_name(UserOrder::NAMES.get(order_byte / 2)?)?;
        let filter = Fingerprint::read(rest)?;
        let position = i64::try_from(read_number(rest)?).ok()?;
        let key = read_key(order.by, rest)?;
        let cursor = Self { order, filter, direction, position, key };
        // Refuses numbers with more bytes than they need, so that each cursor has one spelling.
        (cursor.encode() == text).then_some(cursor)
    }
}

impl Fingerprint {
    fn of(filter: &UserFilter) -> Self {
        Self { role: filter.role, status: filter.status, q: search_hash(filter) }
    }

    fn write(self, bytes: &mut Vec<u8>) {
        let role: u8 = ROLES.iter().take_while(|&&role| role != self.role).map(|_| 1).sum();
        let status: u8 = STATUSES.iter().take_while(|&&status| status != self.status).map(|_| 3).sum();
        bytes.push(role + status + if self.q.is_some() { 9 } else { 0 });
        bytes.extend(self.q.iter().flat_map(|q| q.to_be_bytes()));
    }

    fn read(rest: &mut &[u8]) -> Option<Self> {
        let kind = usize::from(read_byte(rest)?);
        let role = ROLES[kind % 3];
        let status = STATUSES[kind / 3 % 3];
        let q = match kind / 9 {
            0 => None,
            1 => Some(u64::from_be_bytes(read_array(rest)?)),
            _ => return None,
        };
        Some(Self { role, status, q })
    }
}

/// The hash of the search text of a filter.
fn search_hash(filter: &UserFilter) -> Option<u64> {
    let needle = filter.needle()?;
    let all = match filter.address_needle() {
        Some(part) => format!("{needle}\0{part}"),
        None => needle,
    };
    Some(hash(all.as_bytes()))
}

fn read_key(sort: UserSort, rest: &mut &[u8]) -> Option<UserKey> {
    match sort {
        UserSort::CreatedAt => Some(UserKey::Id(read_last_id(rest)?)),
        UserSort::Username | UserSort::Email => {
            let text = std::str::from_utf8(rest).ok()?;
            // Postgres does not accept NUL in a text.
            (!text.is_empty() && !text.contains('\0')).then(|| UserKey::Text(text.to_owned()))
        }
        UserSort::LastLoginAt if rest.len() == 16 => Some(UserKey::Time(None, read_last_id(rest)?)),
        UserSort::UpdatedAt | UserSort::LastLoginAt => {
            let id = Uuid::from_bytes(read_array(rest)?);
            let micros = i64::from_be_bytes(read_array(rest)?);
            let time =
                DateTime::from_timestamp_micros(micros).filter(|_| rest.is_empty() && micros >= EARLIEST_MICROS)?;
            Some(UserKey::Time(Some(time), id))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cursor::bytes::MAX_CHARS;
    use proptest::{prelude::*, sample::select};

    fn order() -> impl Strategy<Value = UserOrder> {
        select(UserOrder::NAMES).prop_map(|name| UserOrder::from_name(name).unwrap())
    }

    fn filter() -> impl Strategy<Value = UserFilter> {
        let q = proptest::option::of(any::<String>());
        (q, select(&ROLES[..]), select(&STATUSES[..])).prop_map(|(q, role, status)| UserFilter { q, role, status })
    }

    fn key(sort: UserSort) -> BoxedStrategy<UserKey> {
        let id = any::<u128>().prop_map(Uuid::from_u128);
        let last = DateTime::<Utc>::MAX_UTC.timestamp_micros();
        let time = (EARLIEST_MICROS..=last).prop_map(|micros| DateTime::from_timestamp_micros(micros).unwrap());
        match sort {
            UserSort::CreatedAt => id.prop_map(UserKey::Id).boxed(),
            UserSort::Username | UserSort::Email => "[^\0]{1,254}".prop_map(UserKey::Text).boxed(),
            UserSort::UpdatedAt => (time, id).prop_map(|(time, id)| UserKey::Time(Some(time), id)).boxed(),
            UserSort::LastLoginAt => {
                (proptest::option::of(time), id).prop_map(|(time, id)| UserKey::Time(time, id)).boxed()
            }
        }
    }

    prop_compose! {
        fn cursor()(order in order())(
            order in Just(order),
            filter in filter(),
            direction in select(vec![Direction::Forward, Direction::Backward]),
            position in prop_oneof![0..100_i64, 0..=i64::MAX],
            key in key(order.by),
        ) -> (UserCursor, UserFilter) {
            (UserCursor { order, filter: Fingerprint::of(&filter), direction, position, key }, filter)
        }
    }

    proptest! {
        #[test]
        fn a_cursor_is_decoded_as_it_was_encoded((cursor, filter) in cursor()) {
            let text = cursor.encode();
            prop_assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
            prop_assert_eq!(UserCursor::decode(&text), Some(cursor.clone()));
            prop_assert!(cursor.suits(cursor.order, &filter));
        }

        #[test]
        fn a_cursor_belongs_to_one_list((cursor, filter) in cursor(), order in order(), other in filter()) {
            let same = order == cursor.order && Fingerprint::of(&other) == Fingerprint::of(&filter);
            prop_assert_eq!(cursor.suits(order, &other), same);
        }

        #[test]
        fn a_text_is_refused_or_is_the_only_spelling_of_a_cursor(text in any::<String>()) {
            if let Some(cursor) = UserCursor::decode(&text) {
                prop_assert_eq!(cursor.encode(), text);
            }
        }

        #[test]
        fn a_changed_cursor_is_refused(
            (cursor, _) in cursor(), at in any::<prop::sample::Index>(), by in "[A-Za-z0-9_=-]?",
        ) {
            let text = cursor.encode();
            let at = at.index(text.len());
            let mut changed = text.clone();
            changed.replace_range(at..=at, &by);
            if changed != text {
                prop_assert_eq!(UserCursor::decode(&changed), None);
            }
        }

        #[test]
        fn bytes_are_refused_or_are_a_cursor_that_postgres_can_look_up(
            shape in 0..20_u8, kind in 0..9_u8, rest in proptest::collection::vec(any::<u8>(), 0..40),
        ) {
            let bytes = [&[FORMAT, shape, kind][..], &rest[..]].concat();
            match UserCursor::decode(&seal(bytes)).map(|cursor| cursor.key) {
                Some(UserKey::Text(text)) => prop_assert!(!text.contains('\0')),
                Some(UserKey::Time(Some(time), _)) => prop_assert!(time.timestamp_micros() >= EARLIEST_MICROS),
                _ => {}
            }
        }
    }

    fn by_name(text: &str) -> UserCursor {
        let order = UserOrder { by: UserSort::Username, descending: false };
        let filter = Fingerprint::of(&UserFilter::default());
        UserCursor { order, filter, direction: Direction::Forward, position: 20, key: UserKey::Text(text.to_owned()) }
    }

    #[test]
    fn a_cursor_of_the_default_list_is_short() {
        let key = UserKey::Id(Uuid::from_u128(1));
        let cursor = UserCursor { order: UserOrder::default(), position: 999_980, key, ..by_name("ada") };
        assert_eq!(cursor.encode().len(), 35);
    }

    #[test]
    fn a_cursor_that_no_list_returns_is_refused() {
        assert!(UserCursor::decode("").is_none());
        assert!(UserCursor::decode(&by_name("").encode()).is_none());
        assert!(UserCursor::decode(&by_name("a\0b").encode()).is_none());
        assert!(UserCursor::decode(&by_name(&"x".repeat(MAX_CHARS)).encode()).is_none());
        let written = by_name("ada").encode();
        assert!(UserCursor::decode(&format!("{written}=")).is_none());
        assert!(UserCursor::decode(&format!(" {written}")).is_none());
    }

    #[test]
    fn the_case_of_a_search_is_ignored_and_an_empty_one_is_none() {
        let of = |q: &str| Fingerprint::of(&UserFilter { q: Some(q.to_owned()), ..UserFilter::default() });
        assert_eq!(of("Ada"), of("aDA"));
        assert_ne!(of("ada"), of("adb"));
        assert_eq!(of(""), Fingerprint::of(&UserFilter::default()));
    }
}
