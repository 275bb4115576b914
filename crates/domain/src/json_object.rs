//! A JSON object as it was sent, for readers that report duplicate members.

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::Value;
use std::fmt;

/// A JSON object. No other JSON value is one.
#[derive(Debug, Clone, PartialEq)]
pub struct JsonObject {
    /// The members in the order in which they were sent, duplicates included.
    pub members: Vec<(String, Value)>,
}

impl<'de> Deserialize<'de> for JsonObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ObjectVisitor;
        impl<'de> Visitor<'de> for ObjectVisitor {
            type Value = JsonObject;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<JsonObject, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(JsonObject { members })
            }
        }
        deserializer.deserialize_map(ObjectVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_keep_their_order_and_duplicates_and_no_other_value_is_an_object() {
        let object: JsonObject = serde_json::from_str(r#"{"b": 1, "a": null, "b": "two"}"#).unwrap();
        let expected = [("b", Value::from(1)), ("a", Value::Null), ("b", Value::from("two"))];
        assert_eq!(object.members, expected.map(|(name, value)| (name.to_owned(), value)));
        for other in ["[]", r#"[["a", 1]]"#, "null", "\"text\"", "1"] {
            assert!(serde_json::from_str::<JsonObject>(other).unwrap_err().is_data(), "{other}");
        }
    }
}
