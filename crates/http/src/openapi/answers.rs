//! What an operation answers: the forms of its representation, its header fields, its errors, and where it leads.

use super::{
    chain, parameters,
    problems::{self, header},
};
use crate::{
    media::Media,
    operations::{Answer, Row},
};
use utoipa::openapi::{Components, Ref, RefOr, Response, Type, path::Operation};

/// Completes an operation, of whose answers its file names only the success.
pub fn complete(row: &Row, operation: &mut Operation, components: &mut Components) {
    if problems::takes_condition(row) {
        operation.parameters.get_or_insert_default().push(parameters::if_match().into());
    }
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        if row.answer == Answer::Representation {
            every_form(response);
        }
        headers(row, status, response);
        chain::lead_on(row, response);
    }
    for failure in problems::failures(row) {
        let response = match failure.name {
            Some(name) => {
                components.responses.insert(name.to_owned(), failure.response.into());
                Ref::from_response_name(name).into()
            }
            None => RefOr::T(failure.response),
        };
        operation.responses.responses.insert(failure.status.to_string(), response);
    }
}

/// The same representation as JSON, as HAL and, with its forms, as HAL-FORMS.
fn every_form(response: &mut Response) {
    let Some(content) = response.content.get(Media::Json.name()).cloned() else { return };
    for media in [Media::Hal, Media::HalForms] {
        response.content.insert(media.name().to_owned(), content.clone());
    }
}

fn headers(row: &Row, status: &str, response: &mut Response) {
    let schema = schema(response).unwrap_or_default();
    let mut add =
        |name: &str, about: &str| response.headers.insert(name.to_owned(), header(about, Type::String).into());
    if matches!(schema.as_str(), "User" | "RegisteredUser") {
        add("ETag", "The version of the user, for `If-Match`");
    }
    if schema == "User" && status == "200" {
        add("Content-Location", "Where the user is whom the answer shows");
    }
    if schema == "UserExport" {
        add("Content-Disposition", "The name of the file");
    }
    if schema.ends_with("Page") {
        add("Link", "The links to other pages (RFC 8288)");
    }
    if status == "201" || status == "303" {
        add("Location", "Where it is");
    }
    if row.answer == Answer::Representation {
        add("Vary", "What the answer depends on beside the URL");
    }
}

/// The name of the schema that the response has.
pub fn schema(response: &Response) -> Option<String> {
    let RefOr::T(content) = response.content.get(Media::Json.name())? else { return None };
    let RefOr::Ref(reference) = content.schema.as_ref()? else { return None };
    Some(reference.ref_location.rsplit('/').next()?.to_owned())
}
