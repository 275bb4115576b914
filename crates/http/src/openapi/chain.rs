//! How one operation leads to the next: the document's links. They are the links of the representations, derived from the same
//! table, for tools that want to know before they ask. None has a body to send: openapi-generator refuses a document where a
//! link's body is an object.

use crate::operation::{
    OperationSpec, Table,
    response::{Content, Shown},
};
use utoipa::openapi::{Response, link::LinkBuilder};

/// Adds to a success what can be done next.
pub fn lead_on(table: Table, from: &OperationSpec, content: &Content, response: &mut Response) {
    let tagged = response.headers.contains_key("ETag");
    for shown in &content.shows {
        for to in table.iter().filter(|to| to.id != from.id && to.relation_on(shown.kind).is_some()) {
            let filter = to.affordances.iter().find(|affordance| affordance.on == shown.kind);
            let mut link = link(from, to, shown, tagged);
            if let Some(filter) = filter.and_then(|affordance| affordance.filter)
                && let Some((_, place)) = shown.parameters.iter().find(|(name, _)| *name == filter.by)
            {
                link = link.parameter(filter.parameter, place.as_str());
            }
            response.links.insert(to.id.to_owned(), link.build().into());
        }
    }
}

fn link(from: &OperationSpec, to: &OperationSpec, shown: &Shown, tagged: bool) -> LinkBuilder {
    let mut link = LinkBuilder::new().operation_id(to.id).description(to.summary());
    for parameter in to.path_parameters {
        let name = parameter.name;
        let is_known = from.path_parameters.iter().any(|known| known.name == name);
        if let Some((_, place)) = shown.parameters.iter().find(|(shown, _)| *shown == name) {
            link = link.parameter(name, place.as_str());
        } else if is_known {
            link = link.parameter(name, format!("$request.path.{name}"));
        }
    }
    if tagged && to.conditional {
        link = link.parameter("If-Match", "$response.header.ETag");
    }
    link
}
