//! Usernames for people who have none elsewhere, or one that cannot be used here.

mod stem;

use crate::user::{Draft, Field};
use stem::{cut, stem_of};
use usher_domain::{Username, checked};

/// Where usernames come from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Rule {
    /// From the file.
    #[default]
    Column,
    /// From the e-mail address, up to the `@`.
    EmailLocalPart,
    /// From the whole e-mail address.
    Email,
}

/// How users are named.
#[derive(Clone, Copy, Default)]
pub struct Naming {
    pub rule: Rule,
    /// Whether a username that is invalid or taken is replaced by a similar one.
    pub fixes: bool,
}

impl Naming {
    /// The usernames to try for a user; `None` if only that of the file will do.
    pub fn usernames(self, draft: &Draft<'_>) -> Option<Usernames> {
        let email = draft.get(Field::Email).as_text().unwrap_or_default();
        let local_part = local_part(email);
        let given = draft.get(Field::Username).as_text().unwrap_or_default();
        let key = if email.is_empty() { given } else { email };
        match self.rule {
            Rule::EmailLocalPart if !email.is_empty() => Some(Usernames::similar_to(&[local_part], key)),
            Rule::Email if !email.is_empty() => Some(Usernames::similar_to(&[email, local_part], key)),
            Rule::Column if self.fixes && !key.is_empty() => Some(match checked::<Username>(given) {
                Ok(username) => Usernames::given(&username, key),
                Err(_) => Usernames::similar_to(&[self::local_part(given), local_part], key),
            }),
            Rule::Column | Rule::EmailLocalPart | Rule::Email => None,
        }
    }
}

fn local_part(email: &str) -> &str {
    email.rsplit_once('@').map_or(email, |(local, _)| local)
}

/// Usernames for one user, to be tried one after the other until one is free: `ada`, `ada-2` to `ada-9`, and one that only
/// this user can have. They are the same in each import of a file.
#[derive(Default, Debug, Clone)]
pub struct Usernames {
    stem: String,
    /// What tells the user from others.
    key: u32,
    is_given: bool,
    tried: u32,
}

/// The numbers after a name, and that of the name with the key.
const NUMBERED: u32 = 9;
const WITH_KEY: u32 = NUMBERED + 1;

impl Usernames {
    /// The name of the file, then similar ones.
    fn given(username: &Username, key: &str) -> Self {
        Self { stem: username.as_str().to_owned(), key: crc32fast::hash(key.as_bytes()), is_given: true, tried: 0 }
    }

    /// Names similar to the first of these texts that can be made one.
    fn similar_to(texts: &[&str], key: &str) -> Self {
        let stem = texts.iter().find_map(|text| stem_of(text)).unwrap_or_else(|| "user".to_owned());
        Self { stem, key: crc32fast::hash(key.as_bytes()), is_given: false, tried: 0 }
    }

    /// Whether the name is that of the file, and not one that was made for the user.
    pub fn is_given(&self) -> bool {
        self.stem.is_empty() || (self.is_given && self.tried <= 1)
    }
}

impl Iterator for Usernames {
    type Item = Username;

    fn next(&mut self) -> Option<Username> {
        while !self.stem.is_empty() && self.tried < WITH_KEY {
            self.tried += 1;
            let ending = match self.tried {
                1 => String::new(),
                // Digits are of every script.
                WITH_KEY => format!("-{:010}", self.key),
                number => format!("-{number}"),
            };
            if let Ok(username) = checked(&format!("{}{ending}", cut(&self.stem, ending.len()))) {
                return Some(username);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(rule: Rule, fixes: bool, username: &str, email: &str) -> Option<Vec<String>> {
        let mut draft = Draft::default();
        draft.set(Field::Username, username);
        draft.set(Field::Email, email);
        let usernames = Naming { rule, fixes }.usernames(&draft)?;
        Some(usernames.map(|username| username.as_str().to_owned()).collect())
    }

    #[test]
    fn usernames_are_made_of_addresses_and_are_different_for_each_address() {
        let made = names(Rule::EmailLocalPart, false, "", "hedda@example.com").unwrap();
        assert_eq!(made[..3], ["hedda", "hedda-2", "hedda-3"]);
        assert_eq!(made.len(), 10);
        let other = names(Rule::EmailLocalPart, false, "", "hedda@example.org").unwrap();
        assert_eq!(made[..9], other[..9]);
        assert_ne!(made[9], other[9]);
        assert_eq!(names(Rule::Email, false, "", "hedda@example.com").unwrap()[0], "hedda-example.com");
        assert_eq!(names(Rule::EmailLocalPart, false, "", ""), None);
    }

    #[test]
    fn a_username_of_the_file_is_kept_if_it_can_be() {
        assert_eq!(names(Rule::Column, false, "Svea", "svea@example.com"), None);
        assert_eq!(names(Rule::Column, true, "Svea", "svea@example.com").unwrap()[..2], ["Svea", "Svea-2"]);
    }

    #[test]
    fn a_username_that_cannot_be_used_is_replaced_by_a_similar_one() {
        for (given, made) in [
            ("tobias@example.org", "tobias"),
            ("kiosk+2", "kiosk-2"),
            ("jo", "jo-user"),
            ("Anna Meyer", "Anna.Meyer"),
            ("O'Neil", "ONeil"),
            ("_ada_", "ada"),
            ("a.very.long.name.from.an.old.intranet", "a.very.long.name.from.an.old.int"),
            ("аda", "da-user"),
            ("ärger", "ärger"),
            ("++", "someone"),
            ("", "someone"),
        ] {
            assert_eq!(names(Rule::Column, true, given, "someone@example.com").unwrap()[0], made, "{given:?}");
        }
        assert_eq!(names(Rule::Column, true, "++", "").unwrap()[0], "user");
    }

    #[test]
    fn all_names_that_are_tried_are_valid_and_different() {
        let longest = "x".repeat(32);
        for given in [longest.as_str(), "abc.d", "漢字漢字"] {
            let mut names = names(Rule::Column, true, given, "x@example.com").unwrap();
            let count = names.len();
            names.sort();
            names.dedup();
            assert_eq!((names.len(), count), (10, 10), "{names:?}");
        }
    }
}
