//! New passwords.

#[cfg(test)]
mod tests;

use crate::fold::fold;
use crate::{Fault, Rule, Text};
use std::fmt;
use validator::{ValidateDoesNotContain as _, ValidateLength as _};
use zxcvbn::{
    Entropy,
    feedback::{Feedback, Warning},
    zxcvbn,
};

/// Minimum number of characters (ASVS 6.2.1).
const MIN_CHARS: usize = 8;
/// Maximum number of bytes of UTF-8: bcrypt ignores the rest.
const MAX_BYTES: usize = 72;
/// A password that is found with fewer guesses is refused: each of the 30,000 common passwords that zxcvbn knows, and
/// common variations of them (`Password123!`, `hunter2hunter2`).
const MIN_GUESSES: u64 = 100_000;
/// Longer passwords are not estimated: no common password is longer, and the work grows with the square of the length.
const MAX_ESTIMATED_CHARS: usize = 24;
/// Maximum number of ways to read a text like `p4$$w0rd` as letters; each costs as much as a password without such signs.
/// All ten digits together have this many.
const MAX_READINGS: usize = 16;
/// The letters for which zxcvbn accepts more than one sign.
const LOOKALIKES: [(char, &str); 7] =
    [('a', "4@"), ('c', "({[<"), ('g', "69"), ('i', "1!|"), ('l', "1|7"), ('s', "$5"), ('t', "+7")];
/// Minimum number of characters of a name that is looked for: a shorter one may be in a random password by chance.
const MIN_NAME_CHARS: usize = 3;
/// Maximum number of names that are looked for, so that an address with a hundred hyphens costs no more.
const MAX_NAMES: usize = 24;

/// A new password for an account: at least eight characters, at most 72 bytes of UTF-8, exactly as sent, of any
/// composition, not easy to guess. [`NewPassword::reject_personal`] checks it against its owner's names.
///
/// A password to sign in with is not of this type: it is only compared.
pub struct NewPassword(String);

impl NewPassword {
    /// The password, to be hashed and dropped.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Refuses a password made of its owner's names or addresses: in any case, in parts or together, reversed, with digits and
    /// punctuation around them, or one that is easy to guess for an attacker who knows them.
    pub fn reject_personal(&self, personal: &[&str]) -> Result<(), Fault> {
        let names = names_in(personal);
        let known: Vec<&str> = names.iter().map(String::as_str).collect();
        if is_made_of(&fold(&self.0), &names) || easy_to_guess(&self.0, &known).is_some() {
            return Err(Fault::new("too_personal", "must not be made of your own username or e-mail address"));
        }
        Ok(())
    }
}

impl fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewPassword(…)")
    }
}

impl Text for NewPassword {
    const RULE: Rule =
        Rule { format: Some("password"), ..Rule::free(MIN_CHARS, MAX_BYTES, "correct horse battery staple") };

    fn parse(raw: &str) -> Result<Self, Fault> {
        if !raw.validate_does_not_contain("\0") {
            return Err(Fault::new("contains_nul", "must not contain the character NUL (U+0000)"));
        }
        if !raw.as_bytes().validate_length(None, Some(MAX_BYTES as u64), None) {
            let detail =
                format!("must have at most {MAX_BYTES} bytes of UTF-8, where some characters are several bytes");
            return Err(Fault::new("too_long", detail));
        }
        match easy_to_guess(raw, &[]) {
            Some(entropy) => Err(weakness(&entropy)),
            None => Ok(Self(raw.to_owned())),
        }
    }
}

/// Why a password is easy to guess for an attacker who knows these names; `None` if it is not.
fn easy_to_guess(password: &str, names: &[&str]) -> Option<Entropy> {
    if password.chars().nth(MAX_ESTIMATED_CHARS).is_some() {
        return None;
    }
    Some(zxcvbn(&readable(password), names)).filter(|entropy| entropy.guesses() < MIN_GUESSES)
}

/// `text` without signs that would give it more readings than [`MAX_READINGS`]: each of them is replaced by a character
/// that is no lookalike, always the same for the same sign.
fn readable(text: &str) -> String {
    let mut read = String::new();
    let mut replace = |sign: char| {
        if read.contains(sign) || !LOOKALIKES.iter().any(|(_, signs)| signs.contains(sign)) {
            return sign;
        }
        read.push(sign);
        if readings(&read) <= MAX_READINGS {
            return sign;
        }
        read.pop();
        char::from_u32(0xe000 + u32::from(sign)).unwrap_or(sign)
    };
    text.chars().map(&mut replace).collect()
}

/// An upper bound for the ways to read a text: one for each choice of a sign for each letter, and twice as many for each
/// sign that can stand for two letters.
fn readings(text: &str) -> usize {
    let choices = LOOKALIKES.iter().map(|(_, signs)| signs.chars().filter(|&sign| text.contains(sign)).count().max(1));
    let ambiguous = ['1', '|', '7'].into_iter().filter(|&sign| text.contains(sign)).map(|_| 2);
    choices.chain(ambiguous).product()
}

/// The fault of a password that is easy to guess, with advice.
fn weakness(entropy: &Entropy) -> Fault {
    let feedback = entropy.feedback();
    let common = matches!(
        feedback.and_then(Feedback::warning),
        Some(Warning::ThisIsATop10Password | Warning::ThisIsATop100Password | Warning::ThisIsACommonPassword)
    );
    let (code, what) =
        if common { ("too_common", "is a common password") } else { ("too_weak", "is too easy to guess") };
    let advice = feedback.map(ToString::to_string).unwrap_or_default();
    Fault::new(code, format!("{what}. {advice}").trim_end().to_owned())
}

/// The names and addresses, folded, as a whole and in parts, the longest first.
fn names_in(personal: &[&str]) -> Vec<String> {
    let mut names = Vec::new();
    for text in personal {
        let whole = fold(text);
        let (local, domain) = whole.split_once('@').unwrap_or((&whole, ""));
        // `com` in a password does not make it personal.
        let domain = domain.rsplit_once('.').map_or("", |(domain, _)| domain);
        let parts = [local, domain].into_iter().flat_map(|part| part.split(|c: char| !c.is_alphanumeric()));
        names.extend([whole.as_str(), local, domain].into_iter().chain(parts).map(str::to_owned));
    }
    names.retain(|name| name.chars().take(MIN_NAME_CHARS).count() == MIN_NAME_CHARS);
    names.sort_unstable_by(|one, other| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
    names.dedup();
    names.truncate(MAX_NAMES);
    names
}

/// Whether only digits and punctuation are left of a (folded) password without the names, forwards or backwards, and the
/// names are at least half of it.
fn is_made_of(password: &str, names: &[String]) -> bool {
    let mut rest = password.to_owned();
    for name in names {
        let reversed: String = name.chars().rev().collect();
        // The gap keeps the parts on both sides from forming another name.
        rest = rest.replace(name.as_str(), "\0").replace(&reversed, "\0");
    }
    let left = rest.chars().filter(|&character| character != '\0').count();
    left * 2 <= password.chars().count() && !rest.chars().any(char::is_alphabetic)
}
