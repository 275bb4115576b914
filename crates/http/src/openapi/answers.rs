//! What an operation answers: the forms of its representation, its header fields, its errors, and where it leads.

use super::{
    chain,
    problems::{self, header},
};
use crate::{
    hypermedia::media::Media,
    operation::{OperationSpec, Table, response::Content},
};
use utoipa::openapi::{Components, ContentBuilder, Ref, RefOr, Response, ResponseBuilder, Type, path::Operation};

/// Adds the answers of an operation, and the schemas that they refer to.
pub fn complete(table: Table, spec: &OperationSpec, operation: &mut Operation, components: &mut Components) {
    let content = (spec.response.content)();
    let mut success = success(spec, &content);
    chain::lead_on(table, spec, &content, &mut success);
    for links in &content.links {
        let name = format!("{}Links", links.name);
        components.schemas.insert(name, super::hal::links(table, links).into());
    }
    components.schemas.extend(content.schemas);
    let responses = &mut operation.responses.responses;
    responses.insert(spec.response.status.to_string(), success.into());
    for error in problems::error_responses(spec) {
        let response = match error.name {
            Some(name) => {
                components.responses.insert(name.to_owned(), error.response.into());
                Ref::from_response_name(name).into()
            }
            None => RefOr::T(error.response),
        };
        responses.insert(error.status.to_string(), response);
    }
}

fn success(spec: &OperationSpec, content: &Content) -> Response {
    let mut response = ResponseBuilder::new().description(spec.response.description);
    if let Some(schema) = &content.schema {
        let body = ContentBuilder::new().schema(Some(Ref::from_schema_name(schema))).build();
        // The same representation as JSON, as HAL and, with its forms, as HAL-FORMS.
        let negotiated = [Media::Json, Media::Hal, Media::HalForms];
        let media = if spec.response.negotiated { &negotiated[..] } else { &negotiated[..1] };
        for media in media {
            response = response.content(media.name(), body.clone());
        }
    }
    for (name, about) in &content.headers {
        response = response.header(*name, header(about, Type::String));
    }
    response.build()
}
