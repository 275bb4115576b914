//! API keys: long-lived credentials of a user, for scripts.

use crate::{
    Fault, Permission, PermissionSet, Rights, Rule, Text, TextSet, clock::format_time, fold::trim, text::printable,
};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

/// Maximum number of unexpired keys of a user.
pub const MAX_API_KEYS: i64 = 50;
/// How long a key is valid if its creator does not say.
pub const DEFAULT_LIFETIME: TimeDelta = TimeDelta::days(90);

/// What a key allows: a permission that its owner must have too, or a part of its owner's account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Read one's own account, sessions, keys, audit events and export.
    AccountRead,
    /// Change one's own username.
    AccountWrite,
    Permission(Permission),
}

const ACCOUNT_READ: &str = "account.read";
const ACCOUNT_WRITE: &str = "account.write";

impl Scope {
    /// The names of all scopes.
    pub const NAMES: &'static [&'static str] = &all_names();

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccountRead => ACCOUNT_READ,
            Self::AccountWrite => ACCOUNT_WRITE,
            Self::Permission(permission) => permission.as_str(),
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            ACCOUNT_READ => Some(Self::AccountRead),
            ACCOUNT_WRITE => Some(Self::AccountWrite),
            _ => Permission::from_name(name).map(Self::Permission),
        }
    }
}

const fn all_names() -> [&'static str; 2 + Permission::NAMES.len()] {
    let mut names = [ACCOUNT_READ; 2 + Permission::NAMES.len()];
    names[1] = ACCOUNT_WRITE;
    let mut at = 0;
    while at < Permission::NAMES.len() {
        names[2 + at] = Permission::NAMES[at];
        at += 1;
    }
    names
}

impl Text for Scope {
    const RULE: Rule = Rule { name: Some("Scope"), example: "users.read", ..Rule::one_of(Self::NAMES) };

    fn parse(raw: &str) -> Result<Self, Fault> {
        Self::from_name(raw).ok_or_else(|| Fault::unknown_option(Self::NAMES))
    }
}

/// A set of scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ScopeSet {
    pub account_read: bool,
    pub account_write: bool,
    pub permissions: PermissionSet,
}

impl ScopeSet {
    /// The scopes with these names. Unknown names, which a later release may have stored, are ignored.
    pub fn from_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        names.into_iter().filter_map(Scope::from_name).collect()
    }

    pub fn iter(self) -> impl Iterator<Item = Scope> {
        let account = [(self.account_read, Scope::AccountRead), (self.account_write, Scope::AccountWrite)];
        let account = account.into_iter().filter_map(|(is_in, scope)| is_in.then_some(scope));
        account.chain(self.permissions.iter().map(Scope::Permission))
    }

    /// The names, sorted.
    pub fn names(self) -> Vec<&'static str> {
        let mut names: Vec<_> = self.iter().map(Scope::as_str).collect();
        names.sort_unstable();
        names
    }

    /// The names of the scopes that others in the set require.
    pub fn missing(self) -> Vec<&'static str> {
        let account = (self.account_write && !self.account_read).then_some(ACCOUNT_READ);
        account.into_iter().chain(self.permissions.missing().map(Permission::as_str)).collect()
    }
}

impl TextSet for ScopeSet {
    type Item = Scope;
    const MIN: usize = 1;

    fn missing(&self) -> Vec<&'static str> {
        Self::missing(*self)
    }
}

impl FromIterator<Scope> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        let mut set = Self::default();
        for scope in scopes {
            match scope {
                Scope::AccountRead => set.account_read = true,
                Scope::AccountWrite => set.account_write = true,
                Scope::Permission(permission) => {
                    set.permissions = set.permissions.union(PermissionSet::of(&[permission]));
                }
            }
        }
        set
    }
}

/// What a user calls a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKeyName(String);

impl ApiKeyName {
    /// A name as the database has it.
    pub fn stored(name: String) -> Self {
        Self(name)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Text for ApiKeyName {
    const RULE: Rule = Rule::free(1, 64, "nightly report");

    fn trimmed(raw: &str) -> &str {
        trim(raw)
    }

    fn parse(raw: &str) -> Result<Self, Fault> {
        printable(raw).map(Self)
    }
}

/// When a key expires, as its creator has chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApiKeyExpiry(DateTime<Utc>);

impl ApiKeyExpiry {
    pub const fn time(self) -> DateTime<Utc> {
        self.0
    }

    /// The time at which a key expires if its creator does not choose.
    pub fn default_at(now: DateTime<Utc>, max_lifetime: TimeDelta) -> DateTime<Utc> {
        now + DEFAULT_LIFETIME.min(max_lifetime)
    }

    /// Checks that the time is in the future and not beyond the longest lifetime.
    ///
    /// # Errors
    /// The fault.
    pub fn check(self, now: DateTime<Utc>, max_lifetime: TimeDelta) -> Result<(), Fault> {
        if self.0 <= now {
            return Err(Fault::new("in_the_past", "must be in the future"));
        }
        // Beyond the calendar there is no limit.
        match now.checked_add_signed(max_lifetime) {
            Some(latest) if self.0 > latest => {
                Err(Fault::new("too_late", format!("must be at or before {}", format_time(latest))))
            }
            _ => Ok(()),
        }
    }
}

impl Text for ApiKeyExpiry {
    const RULE: Rule = Rule { format: Some("date-time"), ..Rule::free(1, 64, "2027-01-02T03:04:05.678Z") };

    fn parse(raw: &str) -> Result<Self, Fault> {
        let time = DateTime::parse_from_rfc3339(raw);
        let time = time.map_err(|_| {
            Fault::new("not_a_time", "must be a time with a time zone, such as 2027-01-02T03:04:05Z (RFC 3339)")
        })?;
        Ok(Self(time.to_utc()))
    }
}

/// An API key, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    pub id: Uuid,
    pub user_id: Uuid,
    /// What the role of its owner allows now.
    pub owner: Rights,
    pub name: ApiKeyName,
    /// The beginning of the key, by which its owner recognizes it.
    pub hint: String,
    pub scopes: ScopeSet,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    /// The hour of its last use.
    pub last_used_at: Option<DateTime<Utc>>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checked;

    #[test]
    fn a_key_expires_in_the_future_and_within_the_longest_lifetime() {
        let (now, year) = (DateTime::from_timestamp(1_800_000_000, 0).unwrap(), TimeDelta::days(365));
        let check = |text: &str| checked::<ApiKeyExpiry>(text).unwrap().check(now, year).map_err(|fault| fault.code);
        // Now is 2027-01-15T08:00:00Z.
        assert_eq!(check("2027-01-15T08:00:00.001Z"), Ok(()));
        assert_eq!(check("2027-01-15T10:00:00+02:00"), Err("in_the_past"));
        assert_eq!(check("2028-01-15T08:00:00Z"), Ok(()));
        assert_eq!(check("2028-01-15T08:00:00.001Z"), Err("too_late"));
        assert_eq!(check("0000-01-01T00:00:00Z"), Err("in_the_past"));
        for text in ["", "tomorrow", "2027-01-15", "2027-13-01T00:00:00Z", "2027-01-15T08:00:00"] {
            assert!(checked::<ApiKeyExpiry>(text).is_err(), "{text}");
        }
        assert_eq!(ApiKeyExpiry::default_at(now, year), now + TimeDelta::days(90));
        assert_eq!(ApiKeyExpiry::default_at(now, TimeDelta::days(7)), now + TimeDelta::days(7));
    }

    #[test]
    fn each_scope_is_found_by_its_name() {
        for name in Scope::NAMES {
            assert_eq!(checked::<Scope>(name).unwrap().as_str(), *name);
        }
        assert_eq!(Scope::NAMES.len(), Permission::NAMES.len() + 2);
        assert_eq!(checked::<Scope>("account.fly").unwrap_err().code, "unknown_option");
    }

    #[test]
    fn scopes_are_sorted_and_requirements_are_reported() {
        let set = ScopeSet::from_names(["users.read", "sessions.revoke", "account.write", "later.scope", "audit.read"]);
        assert_eq!(set.names(), ["account.write", "audit.read", "sessions.revoke", "users.read"]);
        assert_eq!(set.missing(), ["account.read", "sessions.read"]);
        assert!(ScopeSet::default().missing().is_empty());
    }
}
