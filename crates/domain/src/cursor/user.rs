//! Cursors of lists of users.

#[cfg(test)]
mod tests;

use super::{
    Cursor, Direction,
    bytes::{hash, read_array, read_byte, read_last_id, read_number, seal, unseal, write_number},
};
use crate::{
    RoleName, Status, User,
    clock::time_of_id,
    page::{UserFilter, UserOrder, UserSort},
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// The first byte: the format of the rest.
const FORMAT: u8 = 1;
/// The earliest time of Postgres, 4714-11-24 BC, in microseconds.
const EARLIEST_MICROS: i64 = -210_866_803_200_000_000;

const STATUSES: [Option<Status>; 3] = [None, Some(Status::Active), Some(Status::Suspended)];

/// An item, by the sort key of its list. A key that two users can share comes with the id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserKey {
    /// By folded username or e-mail address, which is unique.
    Text(String),
    /// By the time of creation, of the last change, or of the last sign-in if there was one.
    Time(Option<DateTime<Utc>>, Uuid),
}

/// The position in a list of users where a page begins or ends.
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
    role: RoleFilter,
    status: Option<Status>,
    /// The hash of the search text and the external id.
    search: Option<u64>,
}

/// The role that the users of a list have. The names of roles that are not built in are hashed: the role is checked against
/// the filter of the request, and need not be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RoleFilter {
    Any,
    Admin,
    User,
    Custom(u64),
}

impl RoleFilter {
    fn of(role: Option<&RoleName>) -> Self {
        match role.map(RoleName::as_str) {
            None => Self::Any,
            Some("admin") => Self::Admin,
            Some("user") => Self::User,
            Some(custom) => Self::Custom(hash(custom.as_bytes())),
        }
    }
}

impl UserCursor {
    /// The position after or before `user` in a list with this order and filter, with `position` items before it.
    pub fn beside(user: &User, direction: Direction, position: i64, order: UserOrder, filter: &UserFilter) -> Self {
        let key = match order.by {
            UserSort::CreatedAt => UserKey::Time(Some(user.created_at), user.id),
            UserSort::Username => UserKey::Text(user.username.key()),
            UserSort::Email => UserKey::Text(user.email_key.clone()),
            UserSort::UpdatedAt => UserKey::Time(Some(user.updated_at), user.id),
            UserSort::LastLoginAt => UserKey::Time(user.last_login_at, user.id),
        };
        Self { order, filter: Fingerprint::of(filter), direction, position: position.max(0), key }
    }

    /// The item next to this position.
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
            UserKey::Text(text) => bytes.extend(text.as_bytes()),
            UserKey::Time(time, id) => {
                bytes.extend(id.as_bytes());
                // By creation, the id alone if it has the time: the form of 0.1.0, which sorts by id.
                if self.order.by == UserSort::CreatedAt && time_of_id(*id) == *time {
                    return seal(bytes);
                }
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
        Self { role: RoleFilter::of(filter.role.as_ref()), status: filter.status, search: search_hash(filter) }
    }

    fn write(self, bytes: &mut Vec<u8>) {
        let (role, custom) = match self.role {
            RoleFilter::Any => (0, None),
            RoleFilter::Admin => (1, None),
            RoleFilter::User => (2, None),
            RoleFilter::Custom(name) => (18, Some(name)),
        };
        let status: u8 = STATUSES.iter().take_while(|&&status| status != self.status).map(|_| 3).sum();
        bytes.push(role + status + if self.search.is_some() { 9 } else { 0 });
        bytes.extend(custom.iter().chain(&self.search).flat_map(|hash| hash.to_be_bytes()));
    }

    fn read(rest: &mut &[u8]) -> Option<Self> {
        let kind = usize::from(read_byte(rest)?);
        let role = match (kind / 18, kind % 3) {
            (0, 0) => RoleFilter::Any,
            (0, 1) => RoleFilter::Admin,
            (0, 2) => RoleFilter::User,
            (1, 0) => RoleFilter::Custom(u64::from_be_bytes(read_array(rest)?)),
            _ => return None,
        };
        let status = STATUSES[kind / 3 % 3];
        let search = if kind / 9 % 2 == 1 { Some(u64::from_be_bytes(read_array(rest)?)) } else { None };
        Some(Self { role, status, search })
    }
}

/// The hash of the search text and the external id of a filter; `None` if it has neither.
fn search_hash(filter: &UserFilter) -> Option<u64> {
    let mut parts = filter.needle().unwrap_or_default();
    if !parts.is_empty()
        && let Some(part) = filter.address_needle()
    {
        parts = parts + "\0" + &part;
    }
    if let Some(id) = &filter.external_id {
        parts = parts + "\0\0" + id.as_str();
    }
    (!parts.is_empty()).then(|| hash(parts.as_bytes()))
}

fn read_key(sort: UserSort, rest: &mut &[u8]) -> Option<UserKey> {
    match sort {
        UserSort::Username | UserSort::Email => {
            let text = std::str::from_utf8(rest).ok()?;
            // Postgres does not accept NUL in a text.
            (!text.is_empty() && !text.contains('\0')).then(|| UserKey::Text(text.to_owned()))
        }
        UserSort::CreatedAt if rest.len() == 16 => {
            let id = read_last_id(rest)?;
            Some(UserKey::Time(Some(time_of_id(id)?), id))
        }
        UserSort::LastLoginAt if rest.len() == 16 => Some(UserKey::Time(None, read_last_id(rest)?)),
        UserSort::CreatedAt | UserSort::UpdatedAt | UserSort::LastLoginAt => {
            let id = Uuid::from_bytes(read_array(rest)?);
            let micros = i64::from_be_bytes(read_array(rest)?);
            let time =
                DateTime::from_timestamp_micros(micros).filter(|_| rest.is_empty() && micros >= EARLIEST_MICROS)?;
            Some(UserKey::Time(Some(time), id))
        }
    }
}
