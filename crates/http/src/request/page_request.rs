//! The parameters of every list that choose a page: `limit`, and `offset` or `cursor`.

use super::query::Parameters;
use crate::problem::Problem;
use usher_domain::{
    cursor::{Cursor, IdCursor},
    page::{DEFAULT_LIMIT, MAX_LIMIT, Start},
};

/// What is wrong with a valid cursor of another list.
const OTHER_LIST: &str = "is of a list with another filter or sort";

/// Which page of a list is requested.
#[derive(Debug)]
pub struct PageRequest<C> {
    pub limit: u32,
    pub start: Start<C>,
}

impl<C: Cursor> PageRequest<C> {
    /// Reads `limit`, `offset` and `cursor`; `suits` checks whether a cursor belongs to the requested list.
    pub fn read(parameters: &mut Parameters, suits: impl FnOnce(&C) -> bool) -> Option<Self> {
        let limit =
            parameters.read("limit", "out_of_range", format!("must be a number from 1 to {MAX_LIMIT}"), |text| {
                whole_number(text)
                    .and_then(|limit| u32::try_from(limit).ok())
                    .filter(|limit| (1..=MAX_LIMIT).contains(limit))
            });
        let offset = parameters.read("offset", "out_of_range", "must be a whole number from 0", whole_number);
        let cursor = parameters.read("cursor", "invalid_cursor", "is not a cursor of this service", C::decode);
        let start = match (cursor, offset) {
            (Some(_), Some(_)) => {
                parameters.fault("cursor", "cursor_and_offset", "cannot go with an offset");
                return None;
            }
            (Some(cursor), None) => {
                if !suits(&cursor) {
                    parameters.fault("cursor", "invalid_cursor", OTHER_LIST);
                    return None;
                }
                Start::Cursor(cursor)
            }
            (None, offset) => Start::Offset(offset.unwrap_or(0)),
        };
        Some(Self { limit: limit.unwrap_or(DEFAULT_LIMIT), start })
    }

    /// The query of the page of the same list that starts at `start`; `filters` are the parameters that all its pages share.
    pub fn query_from(&self, start: &Start<C>, filters: &[(&'static str, String)]) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("limit", &self.limit.to_string());
        match start {
            Start::Offset(0) => {}
            Start::Offset(offset) => {
                query.append_pair("offset", &offset.to_string());
            }
            Start::Cursor(cursor) => {
                query.append_pair("cursor", &cursor.encode());
            }
        }
        for (name, value) in filters {
            query.append_pair(name, value);
        }
        query.finish()
    }
}

impl PageRequest<IdCursor> {
    /// Refuses a cursor of another list than the one of that name.
    pub fn require_list(&self, list: &str) -> Result<(), Problem> {
        match &self.start {
            Start::Cursor(cursor) if !cursor.suits(list) => Err(Problem::field("cursor", "invalid_cursor", OTHER_LIST)),
            _ => Ok(()),
        }
    }
}

/// Digits only: no sign, no space; at most what Postgres can count.
pub fn whole_number(text: &str) -> Option<i64> {
    text.bytes().all(|digit| digit.is_ascii_digit()).then(|| text.parse().ok())?
}
