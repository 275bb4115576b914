//! What changing the e-mail address of a user means.

use crate::{EmailAddress, User};

/// What happens to a user's address when an update sends one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmailChange {
    /// It is the address in use: nothing changes.
    Unchanged,
    /// Another spelling of the address in use: it takes effect at once, needs no confirmation and changes nothing else.
    Respelled,
    /// Another user's new address: it takes effect at once, is not verified, and withdraws a pending one.
    Replaced,
    /// One's own new address: it waits in `pending_email` until it is confirmed. The address in use stays.
    NeedsConfirmation,
    /// One's own new address, which is pending already: nothing changes.
    AlreadyPending,
}

impl EmailChange {
    /// Decides what `new` means for `user`. `is_self` if users change their own address.
    pub fn decide(user: &User, is_self: bool, new: &EmailAddress) -> Self {
        if *new == user.email {
            Self::Unchanged
        } else if new.is_same_mailbox(&user.email) {
            Self::Respelled
        } else if !is_self {
            Self::Replaced
        } else if user.pending_email.as_ref() == Some(new) {
            Self::AlreadyPending
        } else {
            Self::NeedsConfirmation
        }
    }

    /// Whether the request must include the current password: a stolen session must not be enough to take over the account.
    /// An address that is pending already needs it as well.
    pub const fn needs_password(self) -> bool {
        matches!(self, Self::NeedsConfirmation | Self::AlreadyPending)
    }

    /// Whether the answer can reveal that another user has the address.
    pub const fn reveals_accounts(self) -> bool {
        !matches!(self, Self::Unchanged | Self::Respelled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Clock, Role, Status, checked};

    fn email(text: &str) -> EmailAddress {
        checked(text).unwrap()
    }

    fn user(address: &str, pending: Option<&str>) -> User {
        let (id, created_at) = Clock::default().new_id();
        User {
            id,
            external_id: None,
            username: checked("ada").unwrap(),
            email: email(address),
            email_key: email(address).key(),
            email_verified: true,
            pending_email: pending.map(email),
            role: Role::USER,
            status: Status::Active,
            version: 1,
            created_at,
            updated_at: created_at,
            last_login_at: None,
            last_admin: false,
            last_verified_admin: false,
            has_factors: false,
            rate_limited: false,
        }
    }

    #[test]
    fn sending_the_address_in_use_changes_nothing() {
        for (is_self, pending) in [(true, None), (false, None), (true, Some("new@example.com"))] {
            let decided = EmailChange::decide(&user("ada@example.com", pending), is_self, &email("ada@example.com"));
            assert_eq!(decided, EmailChange::Unchanged);
            assert!(!decided.needs_password() && !decided.reveals_accounts());
        }
    }

    #[test]
    fn another_spelling_of_the_mailbox_takes_effect_at_once_without_a_password() {
        for (used, new) in [("ada@münchen.de", "ada@xn--mnchen-3ya.de"), ("ada@example.com", "ada@EXAMPLE.com")] {
            for is_self in [true, false] {
                let decided = EmailChange::decide(&user(used, None), is_self, &email(new));
                assert_eq!(decided, EmailChange::Respelled, "{new}");
                assert!(!decided.needs_password() && !decided.reveals_accounts());
            }
        }
    }

    #[test]
    fn a_local_part_in_another_case_is_another_mailbox() {
        let ada = user("ada@example.com", None);
        assert_eq!(EmailChange::decide(&ada, true, &email("Ada@example.com")), EmailChange::NeedsConfirmation);
        assert_eq!(EmailChange::decide(&ada, false, &email("Ada@example.com")), EmailChange::Replaced);
    }

    #[test]
    fn the_own_new_address_needs_the_password_and_a_confirmation() {
        let ada = user("ada@example.com", Some("first@example.com"));
        let new = EmailChange::decide(&ada, true, &email("second@example.com"));
        let pending = EmailChange::decide(&ada, true, &email("first@example.com"));
        assert_eq!((new, pending), (EmailChange::NeedsConfirmation, EmailChange::AlreadyPending));
        assert!(new.needs_password() && new.reveals_accounts());
        assert!(pending.needs_password() && pending.reveals_accounts());
    }

    #[test]
    fn the_address_of_another_user_is_replaced_at_once_without_a_password() {
        for pending in [None, Some("new@example.com")] {
            let decided = EmailChange::decide(&user("ada@example.com", pending), false, &email("new@example.com"));
            assert_eq!(decided, EmailChange::Replaced);
            assert!(!decided.needs_password() && decided.reveals_accounts());
        }
    }
}
