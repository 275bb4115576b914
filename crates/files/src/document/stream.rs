//! Reads the users of a JSON document one by one, however long the document is.

use super::{
    layout::Step,
    meter::{Meter, Metered},
    skip::Skip,
};
use crate::FileFault;
use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use std::{cell::Cell, fmt, io::BufRead, ops::ControlFlow};

/// Hands on each element with the number of its first line, until there is no more or `each` breaks.
///
/// # Errors
/// The document is not JSON, or has no users where they should be.
pub fn read(
    input: impl BufRead,
    path: &[Step],
    members: &[&str],
    each: &mut dyn FnMut(u64, Value) -> ControlFlow<()>,
) -> Result<(), FileFault> {
    let meter = Meter::new();
    let mut deserializer = serde_json::Deserializer::from_reader(Metered { input, meter: &meter });
    let progress = Progress { has_stopped: Cell::new(false), has_found: Cell::new(false) };
    loop {
        match deserializer.end() {
            Ok(()) => break,
            // There is more.
            Err(error) if error.is_syntax() => {}
            Err(error) => return Err(fault(error)),
        }
        let users = Users { path, members, meter: &meter, progress: &progress, each: &mut *each };
        match users.deserialize(&mut deserializer) {
            Ok(()) => {}
            Err(_) if progress.has_stopped.get() => return Ok(()),
            Err(error) => return Err(fault(error)),
        }
    }
    if path.contains(&Step::Member) && !progress.has_found.get() {
        let members = members.iter().map(|member| format!("{member:?}")).collect::<Vec<_>>().join(" or ");
        return Err(FileFault::Content(format!("the document has no member {members} with an array of users")));
    }
    Ok(())
}

fn fault(error: serde_json::Error) -> FileFault {
    // serde's message about a value of the wrong type may have the value, which may be a secret.
    let place = format!("at line {}, column {}", error.line(), error.column());
    match error.classify() {
        serde_json::error::Category::Io => FileFault::Read(error.into()),
        serde_json::error::Category::Data => FileFault::Content(format!("the document has no array of users {place}")),
        serde_json::error::Category::Eof => {
            FileFault::Content(format!("the document ends too early, {place}; the file may be cut off"))
        }
        serde_json::error::Category::Syntax => FileFault::Content(format!("the file is not JSON {place}")),
    }
}

struct Progress {
    /// Whether the receiver wants no more.
    has_stopped: Cell<bool>,
    /// Whether a member with users was found.
    has_found: Cell<bool>,
}

/// The rest of the way to the users.
struct Users<'s> {
    path: &'s [Step],
    members: &'s [&'s str],
    meter: &'s Meter,
    progress: &'s Progress,
    each: &'s mut dyn FnMut(u64, Value) -> ControlFlow<()>,
}

impl Users<'_> {
    /// The way from here on.
    fn rest(&mut self) -> Users<'_> {
        let path = self.path.get(1..).unwrap_or_default();
        Users { path, members: self.members, meter: self.meter, progress: self.progress, each: &mut *self.each }
    }
}

impl<'de> DeserializeSeed<'de> for Users<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        match self.path.first() {
            Some(Step::Each) => deserializer.deserialize_seq(self),
            Some(Step::Member) => deserializer.deserialize_map(self),
            None => {
                self.meter.reset();
                let line = self.meter.line();
                let element = Value::deserialize(deserializer)?;
                if (self.each)(line, element).is_break() {
                    self.progress.has_stopped.set(true);
                    return Err(de::Error::custom("stopped"));
                }
                self.meter.reset();
                Ok(())
            }
        }
    }
}

impl<'de> Visitor<'de> for Users<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of users")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut elements: A) -> Result<(), A::Error> {
        while elements.next_element_seed(self.rest())?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<(), A::Error> {
        while let Some(key) = entries.next_key::<String>()? {
            self.meter.reset();
            if self.members.contains(&key.as_str()) {
                self.progress.has_found.set(true);
                entries.next_value_seed(self.rest())?;
            } else {
                entries.next_value_seed(Skip { meter: self.meter, is_array: &Cell::new(false) })?;
                self.meter.reset();
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::meter::MAX_OBJECT_BYTES;
    use serde_json::json;

    fn users(text: &str, path: &[Step]) -> Result<Vec<(u64, Value)>, String> {
        let mut all = Vec::new();
        let mut each = |line, value| {
            all.push((line, value));
            ControlFlow::Continue(())
        };
        read(text.as_bytes(), path, &["users", "Users"], &mut each).map_err(|fault| fault.to_string())?;
        Ok(all)
    }

    #[test]
    fn users_are_read_where_they_are_with_their_lines() {
        let expected = vec![(2, json!({"a": 1})), (4, json!(7))];
        for (text, path) in [
            ("[\n{\"a\": 1},\n\n7]", &[Step::Each][..]),
            ("\n{\"a\": 1}\n\n7\n", &[]),
            (
                "{\"x\": [[{\"users\": [1]}], \"users\", null, 1.5], \"users\": [\n{\"a\": 1}, \n\n7], \"y\": {}}",
                &[Step::Member, Step::Each],
            ),
            ("[{\"Users\": [\n{\"a\": 1}]}, \n\n{\"users\": [7]}]", &[Step::Each, Step::Member, Step::Each]),
        ] {
            assert_eq!(users(text, path), Ok(expected.clone()), "{text}");
        }
    }

    #[test]
    fn a_document_that_is_not_as_expected_is_refused_without_its_values() {
        for (text, path, fault) in [
            ("[{\"a\": }]", &[Step::Each][..], "the file is not JSON at line 1, column 8"),
            ("[{},\n{", &[Step::Each], "the document ends too early, at line 2, column 1; the file may be cut off"),
            (
                "{\"a\": [1]}",
                &[Step::Member, Step::Each],
                "the document has no member \"users\" or \"Users\" with an array of users",
            ),
            (
                "{\"users\": \"secret\"}",
                &[Step::Member, Step::Each],
                "the document has no array of users at line 1, column 18",
            ),
            ("[{}] x", &[Step::Each], "the file is not JSON at line 1, column 6"),
        ] {
            assert_eq!(users(text, path).unwrap_err(), fault, "{text}");
        }
    }

    #[test]
    fn a_document_is_as_long_as_it_wants_but_none_of_its_users_and_texts_is() {
        let long = "x".repeat(MAX_OBJECT_BYTES);
        let path = [Step::Member, Step::Each];
        let many = format!("[{}1]", "[1], ".repeat(MAX_OBJECT_BYTES));
        assert_eq!(users(&format!("{{\"x\": {many}, \"users\": [1]}}"), &path).unwrap().len(), 1);
        for text in [
            format!("{{\"x\": \"{long}\", \"users\": []}}"),
            format!("{{\"users\": [{{\"a\": \"{long}\"}}]}}"),
            format!("{{\"{long}\": 1, \"users\": []}}"),
        ] {
            assert!(users(&text, &path).unwrap_err().ends_with("is longer than 1048576 bytes"));
        }
        let deep = format!("{{\"x\": {}", "[".repeat(10_000));
        assert!(users(&deep, &path).unwrap_err().starts_with("the file is not JSON at line 1, column "));
    }

    #[test]
    fn reading_stops_when_the_receiver_wants_no_more() {
        let mut count = 0;
        let mut each = |_, _| {
            count += 1;
            ControlFlow::Break(())
        };
        read(&b"[1, 2, nonsense"[..], &[Step::Each], &[], &mut each).unwrap();
        assert_eq!(count, 1);
    }
}
