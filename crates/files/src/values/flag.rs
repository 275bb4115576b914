//! True and false.

/// True and false: of programs and databases, and of Excel and people in the languages in which it writes them.
const WORDS: [(&str, &str); 21] = [
    ("true", "false"),
    ("t", "f"),
    ("1", "0"),
    ("yes", "no"),
    ("y", "n"),
    ("on", "off"),
    ("wahr", "falsch"),
    ("ja", "nein"),
    ("vrai", "faux"),
    ("oui", "non"),
    ("verdadero", "falso"),
    ("sí", "no"),
    ("vero", "falso"),
    ("verdadeiro", "falso"),
    ("sim", "não"),
    ("waar", "onwaar"),
    ("ja", "nee"),
    ("prawda", "fałsz"),
    ("sant", "falskt"),
    ("pravda", "nepravda"),
    ("истина", "ложь"),
];

/// The flag that a text means.
pub fn flag(text: &str) -> Option<bool> {
    match text {
        "true" => return Some(true),
        "false" => return Some(false),
        _ => {}
    }
    let text = text.trim().to_lowercase();
    WORDS.iter().find_map(|(yes, no)| if text == *yes { Some(true) } else { (text == *no).then_some(false) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_is_read_as_programs_and_spreadsheets_of_several_languages_write_it() {
        for (text, expected) in [
            ("true", Some(true)),
            ("TRUE", Some(true)),
            ("WAHR", Some(true)),
            ("VRAI", Some(true)),
            ("t", Some(true)),
            ("1", Some(true)),
            (" Yes ", Some(true)),
            ("SÍ", Some(true)),
            ("ИСТИНА", Some(true)),
            ("FALSCH", Some(false)),
            ("FAUX", Some(false)),
            ("FAŁSZ", Some(false)),
            ("f", Some(false)),
            ("0", Some(false)),
            ("", None),
            ("2", None),
            ("maybe", None),
        ] {
            assert_eq!(flag(text), expected, "{text:?}");
        }
    }

    #[test]
    fn no_word_means_both() {
        for (yes, _) in WORDS {
            assert!(WORDS.iter().all(|(_, no)| *no != yes), "{yes}");
        }
    }
}
