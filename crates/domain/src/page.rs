//! A page of a collection: how much, from where, of what, in which order.

use crate::{Role, Status, email::searched_part, fold};

/// Most items on a page.
pub const MAX_LIMIT: u32 = 100;
/// Items on a page where the caller does not say.
pub const DEFAULT_LIMIT: u32 = 20;
/// Most characters of a search.
pub const MAX_QUERY: usize = 200;

/// What a list of users can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserSort {
    CreatedAt,
    Username,
    Email,
    UpdatedAt,
    LastLoginAt,
}

/// A sort key and its direction; ties go by id, in the same direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserOrder {
    pub by: UserSort,
    pub descending: bool,
}

impl UserOrder {
    /// Every order there is, by the name it goes by in a query.
    pub const NAMES: &'static [&'static str] = &[
        "created_at",
        "-created_at",
        "username",
        "-username",
        "email",
        "-email",
        "updated_at",
        "-updated_at",
        "last_login_at",
        "-last_login_at",
    ];

    pub fn from_name(name: &str) -> Option<Self> {
        let (descending, key) = name.strip_prefix('-').map_or((false, name), |key| (true, key));
        let by = match key {
            "created_at" => UserSort::CreatedAt,
            "username" => UserSort::Username,
            "email" => UserSort::Email,
            "updated_at" => UserSort::UpdatedAt,
            "last_login_at" => UserSort::LastLoginAt,
            _ => return None,
        };
        Some(Self { by, descending })
    }

    pub const fn as_str(self) -> &'static str {
        match (self.by, self.descending) {
            (UserSort::CreatedAt, false) => "created_at",
            (UserSort::CreatedAt, true) => "-created_at",
            (UserSort::Username, false) => "username",
            (UserSort::Username, true) => "-username",
            (UserSort::Email, false) => "email",
            (UserSort::Email, true) => "-email",
            (UserSort::UpdatedAt, false) => "updated_at",
            (UserSort::UpdatedAt, true) => "-updated_at",
            (UserSort::LastLoginAt, false) => "last_login_at",
            (UserSort::LastLoginAt, true) => "-last_login_at",
        }
    }
}

impl Default for UserOrder {
    fn default() -> Self {
        Self { by: UserSort::CreatedAt, descending: false }
    }
}

/// Which users a list is of. All parts must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserFilter {
    /// A part of username or e-mail address, as sent.
    pub q: Option<String>,
    pub role: Option<Role>,
    pub status: Option<Status>,
}

impl UserFilter {
    /// What is searched for, folded as the names are; `None` where every name will do.
    pub fn needle(&self) -> Option<String> {
        self.q.as_deref().map(fold).filter(|needle| !needle.is_empty())
    }

    /// What else is searched for among the addresses: domains are not compared by their folding.
    pub fn address_needle(&self) -> Option<String> {
        self.q.as_deref().and_then(searched_part)
    }
}

/// Where a page begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start<C> {
    /// After so many items.
    Offset(i64),
    /// Next to an item that an earlier page ended with.
    Cursor(C),
}

/// What stands on a page, and what lies around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T, C> {
    pub items: Vec<T>,
    /// Number of items that match the filters.
    pub total: i64,
    /// Whether there are no more than that.
    pub counted: bool,
    /// How many of them stand before this page.
    pub offset: i64,
    /// Where the page before begins; `None` where there is none.
    pub prev: Option<Start<C>>,
    /// Where the page after begins; `None` where there is none.
    pub next: Option<Start<C>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_order_goes_by_its_name() {
        for name in UserOrder::NAMES {
            assert_eq!(UserOrder::from_name(name).map(UserOrder::as_str), Some(*name));
        }
        for name in ["", "-", "--email", "Email", "password", "email "] {
            assert_eq!(UserOrder::from_name(name), None, "{name:?}");
        }
        assert!(UserOrder::NAMES.contains(&UserOrder::default().as_str()));
    }
}
