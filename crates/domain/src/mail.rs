//! Mail that the service sends, and the tokens that some of it brings.

use crate::{Fault, Rule, Text};
use chrono::TimeDelta;

/// What a mail is about; the name is what is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MailKind {
    /// Brings a link that confirms the address.
    VerifyEmail,
    /// Brings a link to choose a new password.
    ResetPassword,
    /// Brings a link to choose the first password of an account that an admin has made.
    Invitation,
    /// Tells that the password was changed.
    PasswordChanged,
    /// Tells the address in use that another one waits to be confirmed.
    EmailChanging,
    /// Tells the former address that another one took its place.
    EmailChanged,
    /// Tells that many sign-ins were refused.
    SignInsRefused,
}

impl MailKind {
    pub const ALL: [Self; 7] = [
        Self::VerifyEmail,
        Self::ResetPassword,
        Self::Invitation,
        Self::PasswordChanged,
        Self::EmailChanging,
        Self::EmailChanged,
        Self::SignInsRefused,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify_email",
            Self::ResetPassword => "reset_password",
            Self::Invitation => "invitation",
            Self::PasswordChanged => "password_changed",
            Self::EmailChanging => "email_changing",
            Self::EmailChanged => "email_changed",
            Self::SignInsRefused => "sign_ins_refused",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// What the link in it is for, and how long it holds; `None` for a mail without one.
    pub const fn link(self) -> Option<(Purpose, TimeDelta)> {
        match self {
            Self::VerifyEmail => Some((Purpose::VerifyEmail, TimeDelta::hours(24))),
            Self::ResetPassword => Some((Purpose::ResetPassword, TimeDelta::hours(1))),
            Self::Invitation => Some((Purpose::ResetPassword, TimeDelta::hours(24))),
            Self::PasswordChanged | Self::EmailChanging | Self::EmailChanged | Self::SignInsRefused => None,
        }
    }

    /// Most mails of this kind that one address gets, and in what time. Each kind is counted by itself, so that nobody can
    /// keep a warning back by asking for links.
    pub const fn share(self) -> (i64, TimeDelta) {
        match self {
            Self::SignInsRefused => (1, TimeDelta::days(1)),
            _ => (5, TimeDelta::hours(1)),
        }
    }
}

/// What a mailed token is good for; the name is what is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    VerifyEmail,
    ResetPassword,
}

impl Purpose {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify_email",
            Self::ResetPassword => "reset_password",
        }
    }
}

/// A mailed token, as somebody sends it back: only looked up, by its digest.
#[derive(Clone, PartialEq, Eq)]
pub struct MailedToken(String);

impl MailedToken {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for MailedToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MailedToken(…)")
    }
}

impl Text for MailedToken {
    const RULE: Rule = Rule::free(1, 128, "3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");

    fn parse(raw: &str) -> Result<Self, Fault> {
        Ok(Self(raw.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_found_by_its_name() {
        for kind in MailKind::ALL {
            assert_eq!(MailKind::from_name(kind.as_str()), Some(kind));
        }
        assert_eq!(MailKind::from_name("newsletter"), None);
    }

    #[test]
    fn a_token_is_never_shown() {
        assert_eq!(format!("{:?}", MailedToken("secret".to_owned())), "MailedToken(…)");
    }
}
