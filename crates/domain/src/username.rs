//! Usernames: the name with which a user signs in and that others see.

#[cfg(test)]
mod tests;

use crate::fold::{fold, is_invisible, nfkc, trim};
use crate::{Fault, Rule, Text, text::check_length};
use unicode_normalization::char::is_combining_mark;
use unicode_security::{GeneralSecurityProfile as _, MixedScript as _, mixed_script::AugmentedScriptSet};

/// Minimum number of characters, as sent and as stored.
const MIN: usize = 3;
/// Maximum number of characters, as sent and as stored.
const MAX: usize = 32;
/// Maximum number of marks on one letter. Hebrew and Thai need two or three, Burmese four.
const MAX_MARKS: usize = 4;

/// 3 to 32 letters and digits of one script, and `.`, `_`, `-`, beginning with a letter or digit. So it is never an e-mail
/// address or a spreadsheet formula, and does not resemble another name by mixing scripts.
///
/// Stored in NFKC. The letters are those that UTS #39 allows (Identifier Status): the scripts in common use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Username(String);

impl Username {
    /// The name as stored and shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A name from the database, which was parsed before it was stored.
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    /// The key by which names are compared: two users cannot have the same. At most 384 bytes.
    pub fn key(&self) -> String {
        fold(&self.0)
    }
}

impl Text for Username {
    const RULE: Rule = Rule {
        name: None,
        // A pattern cannot express what NFKC does to characters beyond ASCII, so it accepts them. It has no escape whose
        // meaning depends on a flag.
        pattern: Some(r"^[^\x00-\x2F\x3A-\x40\x5B-\x60\x7B-\x7F][^\x00-\x2C\x2F\x3A-\x40\x5B-\x5E\x60\x7B-\x7F]*$"),
        ..Rule::free(MIN, MAX, "ada")
    };

    fn trimmed(raw: &str) -> &str {
        trim(raw)
    }

    fn parse(raw: &str) -> Result<Self, Fault> {
        if raw.chars().any(is_invisible) {
            return Err(Fault::new("invisible_character", "must not contain control or invisible characters"));
        }
        let name = nfkc(raw);
        check_characters(&name)?;
        check_scripts(&name)?;
        // The rule counted the characters as sent; NFKC turns ﷺ into 18 characters, and a letter with its accent into one.
        check_length(&name, MIN, MAX)?;
        Ok(Self(name))
    }
}

/// Allows letters, digits, `.`, `_`, `-`, and marks on letters that need them.
fn check_characters(name: &str) -> Result<(), Fault> {
    if !name.starts_with(|first| is_letter(first) || is_digit(first)) {
        return Err(Fault::new("bad_start", "must begin with a letter or a digit"));
    }
    let mut before = '\0';
    let mut marks = 0;
    for character in name.chars() {
        if is_combining_mark(character) {
            marks += 1;
            let carried = is_letter(before) || (is_combining_mark(before) && before != character);
            if !carried || marks > MAX_MARKS || !is_needed_mark(character, marks) {
                return Err(Fault::new(
                    "bad_character",
                    "must not have accents or other marks where no letter needs them",
                ));
            }
        } else if is_letter(character) || is_digit(character) || matches!(character, '.' | '_' | '-') {
            marks = 0;
        } else {
            let detail = format!("may have letters, digits, “.”, “_” and “-” only, not {character:?}");
            return Err(Fault::new("bad_character", detail));
        }
        before = character;
    }
    Ok(())
}

/// A letter of any script. The apostrophe ʼ is a letter in Unicode, but looks like punctuation.
fn is_letter(character: char) -> bool {
    character.is_ascii_alphabetic()
        || (character.is_alphabetic()
            && character.identifier_allowed()
            && !is_combining_mark(character)
            && !AugmentedScriptSet::for_char(character).is_all()
            && character != '\u{2bc}')
}

/// A decimal digit of any script.
fn is_digit(character: char) -> bool {
    character.is_ascii_digit()
        || (character.is_numeric() && !character.is_alphabetic() && character.identifier_allowed())
}

/// Marks belong to their script, except for the accents of U+0300 to U+036F, which fit any. NFKC has merged those with
/// their letters where it could. A letter may have one of the others (Guaraní g̃, Yorùbá ẹ́), but not one that only makes
/// it look like another letter: a dot on an i, a stroke through an o.
fn is_needed_mark(mark: char, nth: usize) -> bool {
    mark.identifier_allowed()
        && match mark {
            '\u{307}' | '\u{334}'..='\u{338}' => false,
            '\u{300}'..='\u{36f}' => nth == 1,
            _ => true,
        }
}

/// Allows letters of one script (Japanese and Korean, which use several, count as one: UTS #39 §5.1) and digits of one kind
/// (§5.3: the ৪ of Bengali is a four). ASCII digits are allowed with any script.
fn check_scripts(name: &str) -> Result<(), Fault> {
    if !name.is_single_script() {
        return Err(Fault::new("mixed_scripts", "must use the letters of one script"));
    }
    // Each kind of decimal digits has its own block of sixteen code points.
    let mut kinds = name.chars().filter(|&character| is_digit(character)).map(|digit| u32::from(digit) >> 4);
    let first = kinds.next();
    if kinds.any(|kind| Some(kind) != first) {
        return Err(Fault::new("mixed_scripts", "must use the digits of one script"));
    }
    Ok(())
}
