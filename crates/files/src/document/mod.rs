//! JSON: an object on each line, an array, or an object that has the users in one of its members.

mod layout;
mod meter;
mod skip;
mod stream;

pub use layout::{Layout, Outline};

use crate::{
    Each, FileFault,
    input::{LineBreak, Lines},
    mapping::Mapping,
    report::escaped,
    sources::{DocumentSource, Settings},
    unknown::Unknown,
    user::{Draft, Value},
};
use serde_json::Map;
use std::{io::BufRead, ops::ControlFlow};
use usher_domain::JsonObject;

const NOT_AN_OBJECT: &str = "is not a JSON object";

/// How the objects of a document become users.
pub struct Document<'m> {
    pub layout: Layout,
    pub source: &'static dyn DocumentSource,
    pub mapping: &'m Mapping,
}

/// An object, or why it is none.
type Object = Result<Map<String, serde_json::Value>, String>;

impl Document<'_> {
    /// Reads the users. Keys that nobody knows are added to `unknown`.
    pub fn read(
        &self,
        input: impl BufRead,
        settings: &Settings,
        unknown: &mut Unknown,
        each: &mut Each<'_>,
    ) -> Result<(), FileFault> {
        match self.layout {
            Layout::Lines => {
                let mut lines = Lines::new(input, LineBreak::Lf);
                while let Some((number, line)) = lines.next_line()? {
                    let object = line.map_err(str::to_owned).and_then(object_of_line);
                    if self.hand_on(number, line.unwrap_or_default(), object, settings, unknown, each).is_break() {
                        break;
                    }
                }
                Ok(())
            }
            Layout::Documents(path) => {
                let mut each_value = |line, value: serde_json::Value| {
                    // It is written to the file of refused users as one line.
                    let text = value.to_string();
                    let object = match value {
                        serde_json::Value::Object(object) => Ok(object),
                        _ => Err(NOT_AN_OBJECT.to_owned()),
                    };
                    self.hand_on(line, &text, object, settings, unknown, each)
                };
                stream::read(input, path, self.source.members(), &mut each_value)
            }
        }
    }

    fn hand_on(
        &self,
        line: u64,
        text: &str,
        object: Object,
        settings: &Settings,
        unknown: &mut Unknown,
        each: &mut Each<'_>,
    ) -> ControlFlow<()> {
        let mut object = match object {
            Ok(object) => object,
            Err(fault) => return each(line, text, Err(fault)),
        };
        let mapped = self.mapping.take(&mut object, self.source.inner());
        let mut draft = Draft::default();
        for key in object.keys().filter(|key| !self.is_known(key)) {
            unknown.add(key);
            if self.source.is_strict() && !self.mapping.ignores_unknown() {
                draft.refuse_unknown(key);
            }
        }
        self.source.read(&object, settings, &mut draft);
        for (field, value) in &mapped {
            draft.set_mapped(*field, Value::from(value), settings);
        }
        each(line, text, Ok(draft))
    }

    fn is_known(&self, key: &str) -> bool {
        self.source.knows(key) || self.mapping.of_key(key).is_some()
    }
}

/// Reads a line with an object.
pub fn object(line: &str) -> Result<JsonObject, String> {
    // serde's message about a value of the wrong type may have the value, which may be a secret.
    serde_json::from_str(line).map_err(|error| {
        if error.is_data() { NOT_AN_OBJECT.to_owned() } else { format!("is not JSON at column {}", error.column()) }
    })
}

fn object_of_line(line: &str) -> Object {
    let JsonObject { members } = object(line)?;
    let mut object = Map::with_capacity(members.len());
    for (key, value) in members {
        if object.contains_key(&key) {
            return Err(format!("key {} is duplicated", escaped(&key)));
        }
        object.insert(key, value);
    }
    Ok(object)
}
