//! Properties of texts from untrusted input, for the fuzzer (`fuzz/`). Each function accepts any bytes. `fuzz/corpus` keeps
//! inputs that reached new code; the tests replay them.

#![allow(clippy::missing_panics_doc, reason = "a violated property panics")]

use crate::{
    EmailAddress, Fault, NewPassword, Text, Username, checked,
    cursor::{Cursor, IdCursor, RoleCursor, UserCursor, UserKey, seal},
    fold::{fold, is_invisible, nfkc, trim},
    page::{UserFilter, UserOrder},
};
use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

/// The blocks whose letters are Latin; all others are of other scripts.
const LATIN: [std::ops::RangeInclusive<char>; 6] = [
    '\0'..='\u{2af}',
    '\u{1d00}'..='\u{1dbf}',
    '\u{1e00}'..='\u{1eff}',
    '\u{2c60}'..='\u{2c7f}',
    '\u{a720}'..='\u{a7ff}',
    '\u{ab30}'..='\u{ab6f}',
];

/// An accepted username is readable, is accepted again as stored, and is found however it is typed.
pub fn usernames(data: &[u8]) {
    let Ok(raw) = str::from_utf8(data) else { return };
    let Some(name) = accepted::<Username>(raw) else { return };
    let (stored, key) = (name.as_str(), name.key());
    check_stored_form::<Username>(raw, stored);
    assert_eq!(fold(trim(raw)), key, "{raw:?}");
    assert_eq!(fold(&key), key, "{raw:?}");
    assert!((3..=32).contains(&stored.chars().count()), "{stored:?}");
    assert!(key.len() <= 384, "{key:?}");
    assert!(stored.starts_with(char::is_alphanumeric), "{stored:?}");
    let is_allowed =
        |character: char| character.is_alphanumeric() || is_combining_mark(character) || ".-_".contains(character);
    assert!(stored.chars().all(is_allowed), "{stored:?}");
    let latin = |character: char| LATIN.iter().any(|block| block.contains(&character));
    let mut letters = stored.chars().filter(|character| character.is_alphabetic() && !is_combining_mark(*character));
    if stored.contains(|character: char| character.is_ascii_alphabetic()) {
        assert!(letters.all(latin), "{stored:?} mixes letters that look alike");
    }
    assert_eq!(accepted::<EmailAddress>(stored), None, "{stored:?} is both a username and an address");
}

/// The same for an e-mail address; and no part of it can end a header, a quotation or a list of addresses.
pub fn emails(data: &[u8]) {
    let Ok(raw) = str::from_utf8(data) else { return };
    let Some(address) = accepted::<EmailAddress>(raw) else { return };
    let stored = address.as_str();
    check_stored_form::<EmailAddress>(raw, stored);
    assert!(stored.len() <= 254, "{stored:?}");
    assert!(stored.starts_with(|first: char| first.is_ascii_alphanumeric()), "{stored:?}");
    assert!(!stored.contains(|character: char| "\"(),:;<>[\\]".contains(character)), "{stored:?}");
    let parts: Vec<&str> = stored.split('@').collect();
    let [local, domain] = parts[..] else { panic!("{stored:?} has not one @") };
    assert!(!local.is_empty() && domain.split('.').count() > 1 && domain.split('.').all(|label| !label.is_empty()));
    assert!(domain.parse::<std::net::Ipv4Addr>().is_err(), "{stored:?}");
    check_key_of_spellings(raw, &address);
}

/// Addresses have the same key if and only if mail to them goes to the same mailbox. Mail servers use the ASCII form of a
/// domain.
fn check_key_of_spellings(raw: &str, address: &EmailAddress) {
    let key = address.key();
    assert_eq!(EmailAddress::typed_key(raw), key, "{raw:?}");
    assert_eq!(EmailAddress::stored(key.clone()).key(), key, "{raw:?}");
    let Some((local, domain)) = address.as_str().rsplit_once('@') else { panic!("{raw:?} has no @") };
    let Ok(ascii) = idna::domain_to_ascii(domain) else { panic!("{domain:?} has no ASCII form") };
    let (of_key, part) = key.rsplit_once('@').unwrap_or_default();
    assert_eq!((of_key, idna::domain_to_ascii(part).ok()), (fold(local).as_str(), Some(ascii.clone())), "{raw:?}");
    let spelled = EmailAddress::stored(format!("{local}@{ascii}"));
    assert_eq!(spelled.key(), key, "{raw:?}");
    assert!(spelled.is_same_mailbox(address), "{raw:?}");
}

/// Two spellings of a text fold to the same, and folding is idempotent.
pub fn folding(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let folded = fold(text);
    assert_eq!(fold(&folded), folded, "{text:?}");
    assert_eq!(nfkc(&folded), folded, "{text:?}");
    let (composed, decomposed) = (text.nfc().collect::<String>(), text.nfd().collect::<String>());
    let (plain, apart) = (nfkc(text), text.nfkd().collect::<String>());
    // ı is the only letter whose upper case is that of another letter. In upper case, an iota subscript becomes a letter
    // that takes the marks after it, so they must be in canonical order.
    if !text.contains('ı') {
        assert_eq!(fold(&decomposed.to_uppercase()), folded, "{text:?} in upper case");
    }
    for spelling in [composed, decomposed, plain, apart, text.to_lowercase()] {
        assert_eq!(fold(&spelling), folded, "{text:?} as {spelling:?}");
    }
    let needle = UserFilter { q: Some(text.to_owned()), ..UserFilter::default() }.needle();
    assert_eq!(needle.unwrap_or_default(), folded);
}

/// A text is not a cursor, or it is the only spelling of one that Postgres can look up and that belongs to one list only.
/// The input is used as a cursor and as the bytes in one.
pub fn cursors(data: &[u8]) {
    if let Ok(text) = str::from_utf8(data) {
        cursor(text);
    }
    // With its checksum, which the fuzzer would not find.
    cursor(&seal(data.to_vec()));
}

fn cursor(text: &str) {
    let (of_users, by_id, of_roles) = (UserCursor::decode(text), IdCursor::decode(text), RoleCursor::decode(text));
    let lists = [of_users.is_some(), by_id.is_some(), of_roles.is_some()];
    assert!(lists.into_iter().filter(|belongs| *belongs).count() <= 1, "{text:?} belongs to two lists");
    if let Some(cursor) = of_roles {
        check_only_spelling(text, &cursor);
        assert_eq!(RoleCursor::decode(&cursor.encode()), Some(cursor));
    }
    if let Some(cursor) = by_id {
        check_only_spelling(text, &cursor);
        assert_eq!(IdCursor::decode(&cursor.encode()), Some(cursor));
    }
    let Some(cursor) = of_users else { return };
    check_only_spelling(text, &cursor);
    let orders = UserOrder::NAMES.iter().filter_map(|name| UserOrder::from_name(name));
    assert!(orders.filter(|order| cursor.suits(*order, &UserFilter::default())).count() <= 1, "{cursor:?}");
    match cursor.key() {
        UserKey::Text(text) => assert!(!text.is_empty() && !text.contains('\0'), "{text:?}"),
        // 4714-11-24 BC.
        UserKey::Time(Some(time), _) => assert!(time.timestamp() >= -210_866_803_200, "{time:?}"),
        UserKey::Time(None, _) => {}
    }
    assert_eq!(UserCursor::decode(&cursor.encode()), Some(cursor));
}

fn check_only_spelling(text: &str, cursor: &impl Cursor) {
    assert_eq!(cursor.encode(), text);
    assert!(cursor.position() >= 0, "{text:?}");
    assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)), "{text:?}");
}

/// An accepted password is stored as sent, is read whole by bcrypt, and is not its owner's name. The first line is the
/// password, the second the username, the third the e-mail address.
pub fn passwords(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let mut lines = text.splitn(3, '\n');
    let raw = lines.next().unwrap_or_default();
    let Some(password) = accepted::<NewPassword>(raw) else { return };
    assert_eq!(password.as_str(), raw);
    assert!(raw.chars().count() >= 8 && raw.len() <= 72 && !raw.contains('\0'), "{raw:?}");
    let names: Vec<&str> = lines.collect();
    if let Err(fault) = password.reject_personal(&names) {
        check_fault(&fault);
    }
    for mut names in [vec![raw], vec!["ada", raw]] {
        if checked::<Username>(raw).is_ok() || checked::<EmailAddress>(raw).is_ok() {
            assert!(password.reject_personal(&names).is_err(), "{raw:?} is its owner's name");
            names.reverse();
            assert!(password.reject_personal(&names).is_err(), "{raw:?} is its owner's name");
        }
    }
}

/// The parsed text, if it is valid; checks the fault otherwise.
fn accepted<T: Text>(raw: &str) -> Option<T> {
    checked(raw).inspect_err(check_fault).ok()
}

fn check_fault(fault: &Fault) {
    assert!(fault.code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{fault:?}");
    assert!(!fault.detail.is_empty() && !fault.detail.contains(char::is_control), "{fault:?}");
}

/// A stored name is accepted again unchanged, has only visible characters, and is found by the text that was sent.
fn check_stored_form<T: Text + PartialEq + std::fmt::Debug>(raw: &str, stored: &str) {
    assert_eq!(nfkc(stored), stored, "{raw:?}");
    assert_eq!(
        checked::<T>(stored).ok(),
        checked::<T>(raw).ok(),
        "{raw:?} is stored as {stored:?}, which is refused or changed"
    );
    for character in stored.chars() {
        assert!(!is_invisible(character) && !character.is_whitespace(), "{stored:?}");
        let shown = is_combining_mark(character) || "'\"".contains(character) || character.escape_debug().count() == 1;
        assert!(shown, "{stored:?} has {character:?}");
    }
    assert_eq!(checked::<T>(&format!("\u{feff} {raw}\t\u{200b}")).ok(), checked::<T>(raw).ok(), "{raw:?}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use usher_fuzz_corpus::replay;

    #[test]
    fn the_properties_hold_for_the_corpus() {
        replay("usernames", usernames);
        replay("emails", emails);
        replay("folding", folding);
        replay("cursors", cursors);
        replay("passwords", passwords);
    }
}
