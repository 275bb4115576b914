//! Pages of lists: size, start, filter and order.

use crate::{ExternalId, RoleName, Status, email::search_key, fold, named_enum};

/// Maximum number of items on a page.
pub const MAX_LIMIT: u32 = 100;
/// Items on a page by default.
pub const DEFAULT_LIMIT: u32 = 20;
/// Maximum length of a search, in characters.
pub const MAX_QUERY: usize = 200;

named_enum! {
    /// What a list of users can be sorted by.
    pub enum UserSort {
        CreatedAt = "created_at",
        Username = "username",
        Email = "email",
        UpdatedAt = "updated_at",
        LastLoginAt = "last_login_at",
    }
}

/// A sort key and its direction. Ties are broken by id, in the same direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserOrder {
    pub by: UserSort,
    pub descending: bool,
}

impl UserOrder {
    /// The names of all orders, as written in a query.
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
        Some(Self { by: UserSort::from_name(key)?, descending })
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

/// Which users a list has: those that match all members.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserFilter {
    /// A part of the username or e-mail address, as sent.
    pub q: Option<String>,
    pub role: Option<RoleName>,
    pub status: Option<Status>,
    pub external_id: Option<ExternalId>,
}

impl UserFilter {
    /// The search text, folded like names; `None` if every name matches.
    pub fn needle(&self) -> Option<String> {
        self.q.as_deref().map(fold).filter(|needle| !needle.is_empty())
    }

    /// What to search for in addresses besides: domains are not compared by their folding.
    pub fn address_needle(&self) -> Option<String> {
        self.q.as_deref().and_then(search_key)
    }
}

/// Where a page begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start<C> {
    /// After this many items.
    Offset(i64),
    /// Next to the last or first item of another page.
    Cursor(C),
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T, C> {
    pub items: Vec<T>,
    /// Number of items that match the filters.
    pub total: i64,
    /// Whether `total` is exact; otherwise there are more.
    pub counted: bool,
    /// How many of them are before this page.
    pub offset: i64,
    /// The start of the previous page; `None` on the first page.
    pub prev: Option<Start<C>>,
    /// The start of the next page; `None` on the last page.
    pub next: Option<Start<C>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_order_is_found_by_its_name() {
        for name in UserOrder::NAMES {
            assert_eq!(UserOrder::from_name(name).map(UserOrder::as_str), Some(*name));
        }
        for name in ["", "-", "--email", "Email", "password", "email "] {
            assert_eq!(UserOrder::from_name(name), None, "{name:?}");
        }
        assert!(UserOrder::NAMES.contains(&UserOrder::default().as_str()));
    }
}
