//! What holds of every text that a stranger sends, for the fuzzer (`fuzz/`) to break. Each function takes whatever bytes
//! there are; `fuzz/corpus` keeps those that once led somewhere new, and the tests go through them again.

#![allow(clippy::missing_panics_doc, reason = "a broken property is told by a panic")]

use crate::{
    EmailAddress, Fault, NewPassword, Text, Username, checked,
    cursor::{Cursor, IdCursor, UserCursor, UserKey, seal},
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

/// A username that is taken is one that everybody can read, that is taken again as it is kept, and that its owner finds
/// however it is typed.
pub fn usernames(data: &[u8]) {
    let Ok(raw) = str::from_utf8(data) else { return };
    let Some(name) = accepted::<Username>(raw) else { return };
    let (kept, key) = (name.as_str(), name.key());
    is_kept_well::<Username>(raw, kept);
    assert_eq!(fold(trim(raw)), key, "{raw:?}");
    assert_eq!(fold(&key), key, "{raw:?}");
    assert!((3..=32).contains(&kept.chars().count()), "{kept:?}");
    assert!(key.len() <= 384, "{key:?}");
    assert!(kept.starts_with(char::is_alphanumeric), "{kept:?}");
    let belongs =
        |character: char| character.is_alphanumeric() || is_combining_mark(character) || ".-_".contains(character);
    assert!(kept.chars().all(belongs), "{kept:?}");
    let latin = |character: char| LATIN.iter().any(|block| block.contains(&character));
    let mut letters = kept.chars().filter(|character| character.is_alphabetic() && !is_combining_mark(*character));
    if kept.contains(|character: char| character.is_ascii_alphabetic()) {
        assert!(letters.all(latin), "{kept:?} mixes letters that look alike");
    }
    assert_eq!(accepted::<EmailAddress>(kept), None, "a name to sign in with is one or the other");
}

/// The same of an e-mail address; and nothing in one ends a header, a quotation or a list of addresses.
pub fn emails(data: &[u8]) {
    let Ok(raw) = str::from_utf8(data) else { return };
    let Some(address) = accepted::<EmailAddress>(raw) else { return };
    let kept = address.as_str();
    is_kept_well::<EmailAddress>(raw, kept);
    assert!(kept.len() <= 254, "{kept:?}");
    assert!(kept.starts_with(|first: char| first.is_ascii_alphanumeric()), "{kept:?}");
    assert!(!kept.contains(|character: char| "\"(),:;<>[\\]".contains(character)), "{kept:?}");
    let parts: Vec<&str> = kept.split('@').collect();
    let [local, domain] = parts[..] else { panic!("{kept:?} has not one @") };
    assert!(!local.is_empty() && domain.split('.').count() > 1 && domain.split('.').all(|label| !label.is_empty()));
    assert!(domain.parse::<std::net::Ipv4Addr>().is_err(), "{kept:?}");
    has_one_key_however_it_is_spelled(raw, &address);
}

/// Mail servers know a domain by its ASCII form: addresses have one key if and only if mail to them goes to one mailbox.
fn has_one_key_however_it_is_spelled(raw: &str, address: &EmailAddress) {
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

/// Two spellings of a text fold to the same, and folding twice is folding once.
pub fn folding(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let folded = fold(text);
    assert_eq!(fold(&folded), folded, "{text:?}");
    assert_eq!(nfkc(&folded), folded, "{text:?}");
    let (composed, decomposed) = (text.nfc().collect::<String>(), text.nfd().collect::<String>());
    let (plain, apart) = (nfkc(text), text.nfkd().collect::<String>());
    // ı is the one letter whose upper case is another letter's; and in capitals a iota below is a letter that takes the marks
    // after it, so they must be in order.
    if !text.contains('ı') {
        assert_eq!(fold(&decomposed.to_uppercase()), folded, "{text:?} in upper case");
    }
    for spelling in [composed, decomposed, plain, apart, text.to_lowercase()] {
        assert_eq!(fold(&spelling), folded, "{text:?} as {spelling:?}");
    }
    let needle = UserFilter { q: Some(text.to_owned()), ..UserFilter::default() }.needle();
    assert_eq!(needle.unwrap_or_default(), folded);
}

/// A text is no cursor, or the only spelling of one that Postgres can look up and that suits one list alone. Taken as a
/// cursor and as the bytes in one.
pub fn cursors(data: &[u8]) {
    if let Ok(text) = str::from_utf8(data) {
        cursor(text);
    }
    // With its checksum, which no fuzzer would hit upon.
    cursor(&seal(data.to_vec()));
}

fn cursor(text: &str) {
    let (of_users, by_id) = (UserCursor::decode(text), IdCursor::decode(text));
    assert!(of_users.is_none() || by_id.is_none(), "{text:?} is of two lists");
    if let Some(cursor) = by_id {
        is_the_only_spelling(text, &cursor);
        assert_eq!(IdCursor::decode(&cursor.encode()), Some(cursor));
    }
    let Some(cursor) = of_users else { return };
    is_the_only_spelling(text, &cursor);
    let orders = UserOrder::NAMES.iter().filter_map(|name| UserOrder::from_name(name));
    assert!(orders.filter(|order| cursor.suits(*order, &UserFilter::default())).count() <= 1, "{cursor:?}");
    match cursor.key() {
        UserKey::Text(text) => assert!(!text.is_empty() && !text.contains('\0'), "{text:?}"),
        // 4714-11-24 BC.
        UserKey::Time(Some(time), _) => assert!(time.timestamp() >= -210_866_803_200, "{time:?}"),
        UserKey::Time(None, _) | UserKey::Id(_) => {}
    }
    assert_eq!(UserCursor::decode(&cursor.encode()), Some(cursor));
}

fn is_the_only_spelling(text: &str, cursor: &impl Cursor) {
    assert_eq!(cursor.encode(), text);
    assert!(cursor.position() >= 0, "{text:?}");
    assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)), "{text:?}");
}

/// A password that is taken is kept as it was sent, is one that bcrypt reads to its end, and is not its owner's name. The
/// first line is the password, the second the username, the third the e-mail address.
pub fn passwords(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let mut lines = text.splitn(3, '\n');
    let raw = lines.next().unwrap_or_default();
    let Some(password) = accepted::<NewPassword>(raw) else { return };
    assert_eq!(password.as_str(), raw);
    assert!(raw.chars().count() >= 8 && raw.len() <= 72 && !raw.contains('\0'), "{raw:?}");
    let names: Vec<&str> = lines.collect();
    if let Err(fault) = password.unlike(&names) {
        is_told_well(&fault);
    }
    for mut names in [vec![raw], vec!["ada", raw]] {
        if checked::<Username>(raw).is_ok() || checked::<EmailAddress>(raw).is_ok() {
            assert!(password.unlike(&names).is_err(), "{raw:?} is its owner's name");
            names.reverse();
            assert!(password.unlike(&names).is_err(), "{raw:?} is its owner's name");
        }
    }
}

/// The text as its type takes it; what is wrong with it is told in words that can be shown.
fn accepted<T: Text>(raw: &str) -> Option<T> {
    checked(raw).inspect_err(is_told_well).ok()
}

fn is_told_well(fault: &Fault) {
    assert!(fault.code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{fault:?}");
    assert!(!fault.detail.is_empty() && !fault.detail.contains(char::is_control), "{fault:?}");
}

/// A name as it is kept: taken again unchanged, of characters that can be seen, and found by whoever types what was sent.
fn is_kept_well<T: Text + PartialEq + std::fmt::Debug>(raw: &str, kept: &str) {
    assert_eq!(nfkc(kept), kept, "{raw:?}");
    assert_eq!(
        checked::<T>(kept).ok(),
        checked::<T>(raw).ok(),
        "{raw:?} is kept as {kept:?}, which is refused or changed"
    );
    for character in kept.chars() {
        assert!(!is_invisible(character) && !character.is_whitespace(), "{kept:?}");
        let shown = is_combining_mark(character) || "'\"".contains(character) || character.escape_debug().count() == 1;
        assert!(shown, "{kept:?} has {character:?}");
    }
    assert_eq!(checked::<T>(&format!("\u{feff} {raw}\t\u{200b}")).ok(), checked::<T>(raw).ok(), "{raw:?}");
}

#[cfg(test)]
#[path = "../../../fuzz/replay.rs"]
mod replay;

#[cfg(test)]
mod tests {
    use super::{replay::replay, *};

    #[test]
    fn what_the_fuzzer_once_found_holds() {
        replay("usernames", usernames);
        replay("emails", emails);
        replay("folding", folding);
        replay("cursors", cursors);
        replay("passwords", passwords);
    }
}
