//! Where the users are in a JSON document.

use super::{meter::Meter, skip::Skip};
use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::{
    cell::{Cell, RefCell},
    fmt,
};

/// Where the users are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Layout {
    /// An object on each line.
    Lines,
    /// A document, or several one after the other, and the way to the users in each.
    Documents(&'static [Step]),
}

/// A step on the way from a document to its users.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// Each element of an array.
    Each,
    /// The member of an object that has the users.
    Member,
}

impl Layout {
    /// What a person may want to know of it, if it is not the usual one.
    pub fn describe(self) -> Option<&'static str> {
        match self {
            Self::Lines => None,
            Self::Documents(_) => Some("one JSON document"),
        }
    }
}

const ARRAY: Layout = Layout::Documents(&[Step::Each]);
const MEMBER: Layout = Layout::Documents(&[Step::Member, Step::Each]);
const ARRAY_OF_MEMBERS: Layout = Layout::Documents(&[Step::Each, Step::Member, Step::Each]);
const OBJECTS: Layout = Layout::Documents(&[]);

/// What the beginning of a document tells.
#[derive(Default, Debug)]
pub struct Outline {
    is_array: bool,
    /// The keys of the first object, as far as they were read.
    pub keys: Vec<String>,
    /// Those of them whose value is an array.
    arrays: Vec<String>,
    /// Whether the first object was read to its end.
    is_complete: bool,
}

impl Outline {
    /// Reads the beginning of a document, which may be cut anywhere.
    pub fn of(head: &str) -> Self {
        let outline = RefCell::default();
        // An error is the end of what can be read.
        let mut deserializer = serde_json::Deserializer::from_str(head);
        drop(First { outline: &outline, in_array: false }.deserialize(&mut deserializer));
        outline.into_inner()
    }

    /// Where the users are, if a document has them in one of `members`.
    pub fn layout(&self, head: &str, members: &[&str]) -> Layout {
        let has_member = self.arrays.iter().any(|key| members.contains(&key.as_str()));
        // No user is as long as the beginning of the file, so an object that is longer is a document.
        match (self.is_array, has_member || !self.is_complete) {
            (true, true) if has_member || !self.keys.is_empty() => ARRAY_OF_MEMBERS,
            (true, _) => ARRAY,
            (false, _) if head.lines().take(LINES).any(is_object) && !has_member => Layout::Lines,
            (false, true) => MEMBER,
            (false, false) => OBJECTS,
        }
    }
}

/// Lines of which one is an object if the file has an object on each line, even if some are damaged.
const LINES: usize = 20;

fn is_object(line: &str) -> bool {
    line.trim_start().starts_with('{') && serde_json::from_str::<IgnoredAny>(line).is_ok()
}

/// Reads the keys of the first object.
struct First<'o> {
    outline: &'o RefCell<Outline>,
    in_array: bool,
}

impl<'de> DeserializeSeed<'de> for First<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for First<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array or an object")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        if self.in_array {
            return Err(de::Error::custom("an array of arrays"));
        }
        self.outline.borrow_mut().is_array = true;
        elements.next_element_seed(First { in_array: true, ..self })?;
        Err(de::Error::custom("enough was read"))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(key) = members.next_key::<String>()? {
            let is_array = Cell::new(false);
            let value = members.next_value_seed(Skip { meter: &Meter::new(), is_array: &is_array });
            let mut outline = self.outline.borrow_mut();
            if is_array.get() {
                outline.arrays.push(key.clone());
            }
            outline.keys.push(key);
            value?;
        }
        self.outline.borrow_mut().is_complete = true;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(head: &str, layout: Layout) {
        assert_eq!(Outline::of(head).layout(head, &["users"]), layout, "{head}");
    }

    #[test]
    fn users_are_found_in_lines_arrays_objects_and_members() {
        check("{\"email\": \"a\"}\n{\"email\": \"b\"}\n", Layout::Lines);
        check("{\"email\": \"a\"}", Layout::Lines);
        check("{\"email\": \"a\", \n{\"email\": \"b\"}\n", Layout::Lines);
        check("{\n\"email\": \"a\"\n}\n{\n\"email\": \"b\"\n}", OBJECTS);
        check(" [\n{\"email\": \"a\"}, ", ARRAY);
        check("[]", ARRAY);
        check("[1]", ARRAY);
        check("{\"realm\": 1, \"users\": [{\"email\": ", MEMBER);
        check("{\"users\": []}", MEMBER);
        check("[{\"realm\": true, \"users\": [", ARRAY_OF_MEMBERS);
    }

    #[test]
    fn an_object_that_is_longer_than_what_was_read_is_a_document() {
        check("{\n\"realm\": \"acme\", \"clients\": [{\"id\": 1}, ", MEMBER);
        check("[{\n\"realm\": \"acme\", \"clients\": [{\"id\": 1}, ", ARRAY_OF_MEMBERS);
    }

    #[test]
    fn the_keys_of_the_first_object_are_told() {
        for head in ["[{\"a\": {\"x\": 1}, \"b\": [1], \"c\": ", "{\"a\": null, \"b\": [], \"c\": 1.5}"] {
            let outline = Outline::of(head);
            assert_eq!((outline.keys.join(""), outline.arrays.join("")), ("abc".to_owned(), "b".to_owned()), "{head}");
        }
    }
}
