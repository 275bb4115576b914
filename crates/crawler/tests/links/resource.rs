//! What a representation is of.

use crate::{
    document::Document,
    policy_table::{ITEMS, KINDS, REGISTRATION},
};
use std::collections::BTreeMap;

/// The values of the parameters of a path: `id`, the user's, and those of
/// [`SUB_RESOURCES`](crate::policy_table::SUB_RESOURCES).
pub type Parameters = BTreeMap<String, String>;

/// A kind of resource, and the path parameters of one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    pub kind: &'static str,
    pub parameters: Parameters,
}

impl Resource {
    /// What a representation is of; `within` is the list that contains it, and the resource that the list belongs to.
    pub fn of(
        representation: &usher_crawler::Resource,
        within: Option<&(String, usher_crawler::Resource)>,
        document: &Document,
    ) -> Self {
        let Some(location) = representation.location() else {
            if representation.value["public_key"].is_object() {
                return Self::of_options(representation, document);
            }
            let Some((list, page)) = within else {
                // A role whose caller has just lost the permission to read it.
                if let (true, Some(name)) =
                    (representation.value["built_in"].is_boolean(), representation.value["name"].as_str())
                {
                    return Self { kind: "role", parameters: Parameters::from([("name".to_owned(), name.to_owned())]) };
                }
                // A sub-resource that has just been created or changed: its links name it, and its user before it.
                let created = representation.links().into_iter().find_map(|link| {
                    let (_, parameters) = document.reached(&link.method, &link.href)?;
                    let (_, kind, _) = ITEMS.iter().rev().find(|(.., name)| parameters.contains_key(*name))?;
                    Some(Self { kind, parameters })
                });
                return created.unwrap_or_else(|| Self { kind: REGISTRATION, parameters: Parameters::new() });
            };
            let (_, kind, name) = ITEMS.iter().find(|(known, ..)| known == list).expect("every list is known");
            let mut parameters = Self::of(page, None, document).parameters;
            parameters.insert((*name).to_owned(), representation.value["id"].as_str().unwrap().to_owned());
            return Self { kind, parameters };
        };
        let (operation, parameters) = document.reached("GET", &location).expect("self leads to an operation");
        let kind = KINDS.iter().find(|(id, _)| *id == operation).expect("every kind of resource is known").1;
        Self { kind, parameters }
    }

    /// The options of a ceremony: their link names whom they are for.
    fn of_options(representation: &usher_crawler::Resource, document: &Document) -> Self {
        let links = representation.links();
        let kind =
            if links.iter().any(|link| link.relation == "step-up") { "step-up-options" } else { "passkey-options" };
        let reached = links.iter().find_map(|link| document.reached(&link.method, &link.href));
        Self { kind, parameters: reached.map(|(_, parameters)| parameters).unwrap_or_default() }
    }
}
