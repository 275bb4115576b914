//! Comparing texts: without regard to case and to the different Unicode spellings of the same text.

// Rust's `to_lowercase` is not case folding: it keeps ß and ς, and its result depends on the surrounding letters. The data
// of ICU4X comes from the Unicode Consortium. All of it except the case mapping is in the build anyway, for
// internationalised domain names.
use icu_casemap::CaseMapper;
use icu_properties::{CodePointSetData, props::DefaultIgnorableCodePoint};
use unicode_normalization::UnicodeNormalization as _;

/// The NFKC case folding of a text: two texts are the same name if and only if their foldings are equal (the compatibility
/// caseless match, D146 of the Unicode Standard, in its composed form). Folding is idempotent.
///
/// Invisible characters are kept: names with such characters are refused, so a search for one finds nothing instead of
/// everything.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let cases = CaseMapper::new();
    let decomposed: String = text.nfd().collect();
    // Folding once is not enough: the decomposition of a compatibility character may contain upper case (㎒ is MHz).
    let once: String = cases.fold_string(&decomposed).nfkd().collect();
    cases.fold_string(&once).nfkc().collect()
}

/// The form in which names are stored (NFKC): `ﬁ` is `fi`, and a letter with its accent is one character.
pub(crate) fn nfkc(text: &str) -> String {
    text.nfkc().collect()
}

/// The text without surrounding white space, and without the zero-width characters that keyboards, messengers and copied
/// text leave at its ends. No name begins or ends with either.
pub fn trim(text: &str) -> &str {
    text.trim_matches(|character: char| {
        character.is_whitespace()
            || matches!(
                character,
                // Soft hyphen, directional marks and controls, zero-width characters and joiners, byte order mark.
                '\u{ad}'
                    | '\u{61c}'
                    | '\u{180e}'
                    | '\u{200b}'..='\u{200f}'
                    | '\u{202a}'..='\u{202e}'
                    | '\u{2060}'..='\u{2064}'
                    | '\u{2066}'..='\u{206f}'
                    | '\u{feff}'
            )
    })
}

/// Whether the character is invisible: control characters, and those that Unicode says to ignore in display (zero-width,
/// directional controls, fillers, variation selectors, tags).
pub(crate) fn is_invisible(character: char) -> bool {
    character.is_control() || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use unicode_normalization::char::is_combining_mark;

    #[test]
    fn texts_that_differ_only_in_case_or_spelling_fold_to_the_same() {
        for (one, other) in [
            ("Ada", "ada"),
            ("Straße", "STRASSE"),
            ("ΣΊΣΥΦΟΣ", "σίσυφος"),
            ("Ａｄａ", "ada"),
            ("ﬁne", "FINE"),
            ("e\u{301}", "É"),
            ("ſ", "S"),
            ("\u{212a}", "k"),
            ("㎒", "mhz"),
            ("ᾳ", "ΑΙ"),
            ("\u{1f80}", "\u{3b1}\u{345}\u{313}"),
        ] {
            assert_eq!(fold(one), fold(other), "{one} and {other}");
        }
        assert_ne!(fold("ı"), fold("i"));
        assert_ne!(fold("а"), fold("a"), "a Cyrillic letter is not a Latin one");
    }

    #[test]
    fn folding_is_idempotent_for_each_character_beside_others() {
        let companies = ["", "a", "\u{301}", "\u{345}", "\u{3b1}\u{345}", "\u{307}", "\u{1100}", "\u{1161}"];
        for character in ('\0'..='\u{1ffff}').filter(|&character| is_changeable(character)) {
            for company in companies {
                for text in [format!("{character}{company}"), format!("{company}{character}")] {
                    let once = fold(&text);
                    assert_eq!(fold(&once), once, "{text:?}");
                }
            }
        }
    }

    /// Whether folding can change it: others, such as ideographs, stay the same everywhere.
    fn is_changeable(character: char) -> bool {
        let text = character.to_string();
        let hangul = matches!(character, '\u{ac00}'..='\u{d7a3}');
        !hangul && (is_combining_mark(character) || fold(&text) != text || text.nfkd().ne([character]))
    }

    #[test]
    fn folding_ignores_the_case_and_spelling_of_each_character() {
        for character in '\0'..='\u{1ffff}' {
            let text = character.to_string();
            let folded = fold(&text);
            assert_eq!(fold(&nfkc(&text)), folded, "{text:?} in NFKC");
            assert_eq!(fold(&text.nfd().collect::<String>()), folded, "{text:?} in NFD");
            // ı is the one letter whose upper case is another letter's.
            if character != 'ı' {
                assert_eq!(fold(&text.to_uppercase()), folded, "{text:?} in upper case");
            }
            assert_eq!(fold(&text.to_lowercase()), folded, "{text:?} in lower case");
        }
    }

    #[test]
    fn white_space_and_zero_width_characters_are_trimmed_at_both_ends_only() {
        for edge in
            " \t\r\n\u{b}\u{c}\u{85}\u{a0}\u{ad}\u{1680}\u{180e}\u{2003}\u{200b}\u{200e}\u{202c}\u{2028}\u{2060}\u{2069}\u{3000}\u{feff}"
                .chars()
        {
            assert_eq!(trim(&format!("{edge}{edge}ada {edge}")), "ada", "{edge:?}");
            let inside = format!("a{edge}a");
            assert_eq!(trim(&inside), inside, "{edge:?}");
        }
        for kept in ["\0ada", "ada\u{7f}", "\u{3164}ada", "ada\u{fe0f}"] {
            assert_eq!(trim(kept), kept, "{kept:?}");
        }
    }

    #[test]
    fn invisible_characters_are_recognised() {
        for invisible in "\0\n\u{7f}\u{ad}\u{34f}\u{61c}\u{115f}\u{180e}\u{200b}\u{200d}\u{200e}\u{202e}\u{2060}\u{2066}\u{3164}\u{fe0f}\u{feff}\u{ffa0}\u{e0041}".chars() {
            assert!(is_invisible(invisible), "{invisible:?}");
        }
        for visible in "a- ß語\u{301}".chars() {
            assert!(!is_invisible(visible), "{visible:?}");
        }
    }

    proptest! {
        #[test]
        fn folding_is_idempotent(text in any::<String>()) {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }
    }
}
