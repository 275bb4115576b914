//! How texts are compared: in any case, and in any of the ways in which Unicode can spell the same thing.

// Rust's own `to_lowercase` is no case folding: it leaves ß and ς, and its answer depends on the letters around. The
// data of ICU4X comes from the Unicode Consortium, and all of it but the case mapping is in the build for the sake of
// internationalised domain names.
use icu_casemap::CaseMapper;
use icu_properties::{CodePointSetData, props::DefaultIgnorableCodePoint};
use unicode_normalization::UnicodeNormalization as _;

/// The NFKC case folding of a text: two texts are the same name if and only if their foldings are equal (the
/// compatibility caseless match, D146 of the Unicode Standard, in its composed form). Folding twice is folding once.
///
/// Nothing is left out, not even what is invisible: names that hold such characters are refused, so a search for one
/// finds nothing, rather than everything.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let cases = CaseMapper::new();
    let decomposed: String = text.nfd().collect();
    // Folding once is not enough: what a compatibility character stands for may have a case of its own (㎒ is MHz).
    let once: String = cases.fold_string(&decomposed).nfkd().collect();
    cases.fold_string(&once).nfkc().collect()
}

/// The form in which names are kept (NFKC): `ﬁ` is `fi`, and a letter with its accent is one character.
pub(crate) fn nfkc(text: &str) -> String {
    text.nfkc().collect()
}

/// The text without the white space around it, and without the characters of no width that keyboards, messengers and copied
/// text leave at its ends. No name begins or ends with either.
pub fn trim(text: &str) -> &str {
    text.trim_matches(|character: char| {
        character.is_whitespace()
            || matches!(
                character,
                // Soft hyphen, marks and switches of the direction of writing, zero width and joiners, byte order mark.
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

/// Whether a reader would see nothing: control characters, and what Unicode says to ignore in display (of no width,
/// switching the direction of writing, fillers, variation selectors, tags).
pub(crate) fn is_invisible(character: char) -> bool {
    character.is_control() || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use unicode_normalization::char::is_combining_mark;

    #[test]
    fn what_differs_only_in_case_or_in_spelling_folds_to_the_same() {
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
    fn folding_any_character_in_company_twice_is_folding_it_once() {
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

    /// Whether folding has to do with it: the others (ideographs, say) are themselves wherever they stand.
    fn is_changeable(character: char) -> bool {
        let text = character.to_string();
        let hangul = matches!(character, '\u{ac00}'..='\u{d7a3}');
        !hangul && (is_combining_mark(character) || fold(&text) != text || text.nfkd().ne([character]))
    }

    #[test]
    fn folding_any_character_forgets_its_case_and_its_spelling() {
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
    fn white_space_and_what_has_no_width_is_trimmed_at_both_ends_only() {
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
    fn what_cannot_be_seen_is_invisible() {
        for invisible in "\0\n\u{7f}\u{ad}\u{34f}\u{61c}\u{115f}\u{180e}\u{200b}\u{200d}\u{200e}\u{202e}\u{2060}\u{2066}\u{3164}\u{fe0f}\u{feff}\u{ffa0}\u{e0041}".chars() {
            assert!(is_invisible(invisible), "{invisible:?}");
        }
        for visible in "a- ß語\u{301}".chars() {
            assert!(!is_invisible(visible), "{visible:?}");
        }
    }

    proptest! {
        #[test]
        fn folding_twice_is_folding_once(text in any::<String>()) {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }
    }
}
