//! How one operation leads to the next: the document's links. They are the links of the representations, read off the same
//! table, for tools that want to know before they ask. None has a body to send: openapi-generator refuses a document where a
//! link's body is an object.

use super::{answers::schema, problems::takes_condition};
use crate::operations::{Kind, OPERATIONS, Row};
use utoipa::openapi::{
    Response,
    link::{Link, LinkBuilder},
};

/// What a schema is a representation of, and where the parameters of the operations on it stand.
struct Source {
    schema: &'static str,
    kind: Kind,
    parameters: &'static [(&'static str, &'static str)],
}

const SOURCES: &[Source] = &[
    Source { schema: "Root", kind: Kind::Service, parameters: &[] },
    Source { schema: "RegisteredUser", kind: Kind::Registration, parameters: &[] },
    Source { schema: "RegisteredUser", kind: Kind::User, parameters: &[("id", "$response.body#/id")] },
    Source { schema: "User", kind: Kind::User, parameters: &[("id", "$response.body#/id")] },
    Source { schema: "UserPage", kind: Kind::Users, parameters: &[] },
    Source { schema: "UserPage", kind: Kind::User, parameters: &[("id", "$response.body#/_embedded/users/0/id")] },
    Source { schema: "SessionPage", kind: Kind::Sessions, parameters: &[("id", "$request.path.id")] },
    Source {
        schema: "SessionPage",
        kind: Kind::Session,
        parameters: &[("id", "$request.path.id"), ("session_id", "$response.body#/_embedded/sessions/0/id")],
    },
];

/// Adds to a success what can be done next.
pub fn lead_on(from: &Row, response: &mut Response) {
    let Some(schema) = schema(response) else { return };
    let tagged = response.headers.contains_key("ETag");
    for source in SOURCES.iter().filter(|source| source.schema == schema) {
        for to in
            OPERATIONS.iter().filter(|to| to.id != from.id && to.offers.iter().any(|offer| offer.on == source.kind))
        {
            response.links.insert(to.id.to_owned(), link(to, source, tagged).into());
        }
    }
}

fn link(to: &Row, source: &Source, tagged: bool) -> Link {
    let mut link =
        LinkBuilder::new().operation_id(to.id).description((to.docs)().operation.summary.unwrap_or_default());
    for (name, place) in source.parameters.iter().filter(|(name, _)| to.path.contains(&format!("{{{name}}}"))) {
        link = link.parameter(*name, *place);
    }
    if tagged && takes_condition(to) {
        link = link.parameter("If-Match", "$response.header.ETag");
    }
    link.build()
}
