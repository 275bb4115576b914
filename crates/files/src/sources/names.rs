//! The columns of a table and the keys of an object that a source knows.

/// What a source does with the names that it knows. All others are reported, all at once.
#[derive(Clone, Copy)]
pub struct Names {
    /// Names that are read.
    pub read: &'static [&'static str],
    /// Names that are ignored on purpose. A `*` at the end of one stands for anything.
    pub ignored: &'static [&'static str],
}

impl Names {
    /// Whether the source knows a name.
    pub fn has(&self, name: &str) -> bool {
        let is_ignored = |known: &&str| known.strip_suffix('*').map_or(*known == name, |start| name.starts_with(start));
        self.read.contains(&name) || self.ignored.iter().any(is_ignored)
    }
}

/// A name of a column in one spelling for all: lower case, with one `_` for spaces and hyphens and between the words of camel case.
/// `E-Mail Verified` and `eMailVerified` are `e_mail_verified`, `User name [Required]` is `user_name_[required]`.
pub fn normalized(name: &str) -> String {
    let mut normal = String::with_capacity(name.len() + 4);
    let mut after_lower = false;
    for character in name.trim().chars() {
        if character.is_whitespace() || matches!(character, '-' | '_') {
            if !normal.ends_with('_') {
                normal.push('_');
            }
            after_lower = false;
            continue;
        }
        if after_lower && character.is_uppercase() {
            normal.push('_');
        }
        after_lower = character.is_lowercase() || character.is_numeric();
        normal.extend(character.to_lowercase());
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_has_one_spelling_whatever_its_case_and_its_spaces() {
        for (name, normal) in [
            ("email_verified", "email_verified"),
            (" Email  Verified\u{a0}", "email_verified"),
            ("EMAIL-VERIFIED", "email_verified"),
            ("emailVerified", "email_verified"),
            ("First Name [Required]", "first_name_[required]"),
            ("cognito:username", "cognito:username"),
            ("", ""),
        ] {
            assert_eq!(normalized(name), normal, "{name:?}");
        }
    }
}
