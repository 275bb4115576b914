//! Makes a username of any text.

use usher_domain::{Username, checked};

const MIN_CHARS: usize = 3;
const MAX_CHARS: usize = 32;

/// A valid username that is similar to a text; `None` if nothing of the text can be used.
pub fn stem_of(text: &str) -> Option<String> {
    let all = || text.chars().filter(|character| !matches!(character, '\'' | '’'));
    // If the letters are of several scripts, only those of English are kept.
    let attempts = [similar(all()), similar(all().filter(char::is_ascii))];
    attempts.into_iter().flatten().find(|name| checked::<Username>(name).is_ok())
}

/// The letters and digits of a text, with a hyphen for what is between them, and a dot for white space.
fn similar(characters: impl Iterator<Item = char>) -> Option<String> {
    let mut name = String::new();
    for character in characters {
        let allowed = match character {
            '.' | '_' | '-' => character,
            character if character.is_alphanumeric() => character,
            character if character.is_whitespace() => '.',
            _ => '-',
        };
        if allowed.is_alphanumeric() || name.ends_with(char::is_alphanumeric) {
            name.push(allowed);
        }
    }
    let name = cut(&name, 0);
    let is_short = name.chars().count() < MIN_CHARS;
    (!name.is_empty()).then(|| if is_short { format!("{name}-user") } else { name.to_owned() })
}

/// The beginning of a name that leaves room for an ending of this length, without punctuation at its end.
pub fn cut(name: &str, ending: usize) -> &str {
    let end = name.char_indices().nth(MAX_CHARS - ending).map_or(name.len(), |(at, _)| at);
    name[..end].trim_end_matches(['.', '_', '-'])
}
