//! What every operation can answer, read off its row: the forms of its representation, and each error that can befall it.

use crate::{
    body::Encoding,
    operations::{Access, Answer, Row},
};
use actix_web::http::Method;
use usher_domain::policy::Action;
use utoipa::openapi::{
    ContentBuilder, HeaderBuilder, ObjectBuilder, Ref, RefOr, Response, ResponseBuilder, Type, path::Operation,
};

/// Completes the answers of an operation, of which its file names only the success.
pub fn complete(row: &Row, operation: &mut Operation) {
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        if row.answer == Answer::Representation {
            every_form(response);
        }
        headers(row, status, response);
    }
    for (status, description) in errors(row) {
        let schema = if row.encoding == Encoding::Form && matches!(status, "400" | "401") {
            ("application/json", "OAuthError")
        } else {
            ("application/problem+json", "Problem")
        };
        operation.responses.responses.insert(status.to_owned(), RefOr::T(problem(status, description, schema)));
    }
}

/// The same representation as JSON, as HAL and, with its forms, as HAL-FORMS.
fn every_form(response: &mut Response) {
    let Some(content) = response.content.get("application/json").cloned() else { return };
    for media in ["application/hal+json", "application/prs.hal-forms+json"] {
        response.content.insert(media.to_owned(), content.clone());
    }
}

fn headers(row: &Row, status: &str, response: &mut Response) {
    let mut add = |name: &str, description: &str| {
        let text = ObjectBuilder::new().schema_type(Type::String).build();
        let header = HeaderBuilder::new().schema(Some(text)).description(Some(description)).build();
        response.headers.insert(name.to_owned(), header.into());
    };
    let of_a_user = row.answer == Answer::Representation && (row.path.contains("{id}") || status == "201");
    if of_a_user || row.path == "/v1/me" {
        add("ETag", "The version of the user, for `If-Match`");
    }
    if status == "201" || status == "303" {
        add("Location", "Where it is");
    }
}

fn errors(row: &Row) -> Vec<(&'static str, &'static str)> {
    let unsafe_method = !row.method.is_safe();
    let names_one = row.path.contains("{id}");
    let rules: [(bool, &str, &str); 12] = [
        (true, "400", "The input is not valid; all that is wrong with it is named"),
        (row.access == Access::Service, "401", "No credential of a service, or a wrong one"),
        (
            matches!(row.access, Access::Member | Access::Guest),
            "401",
            "No access token, or one that is not valid any more",
        ),
        (row.access == Access::Member || row.action == Action::Register, "403", "The caller may not do this"),
        (names_one, "404", "There is no such user"),
        (row.answer == Answer::Representation, "406", "`Accept` names no form that the representation comes in"),
        (unsafe_method && row.encoding != Encoding::Form, "409", "The state is in the way"),
        (unsafe_method && names_one, "412", "`If-Match` does not hold: the user has changed"),
        (unsafe_method, "413", "The body is too large"),
        (unsafe_method, "415", "The body is of another media type"),
        (row.method == Method::POST && row.access == Access::Anyone, "429", "Too many attempts"),
        (true, "503", "The database is away or the service is at its limit; try again later"),
    ];
    rules.into_iter().filter(|(holds, ..)| *holds).map(|(_, status, description)| (status, description)).collect()
}

fn problem(status: &str, description: &str, (media, schema): (&str, &str)) -> Response {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(schema))).build();
    let response = ResponseBuilder::new().description(description).content(media, content);
    let text = |about: &str| {
        HeaderBuilder::new()
            .schema(Some(ObjectBuilder::new().schema_type(Type::String).build()))
            .description(Some(about))
            .build()
    };
    match status {
        "401" => response.header("WWW-Authenticate", text("How to authenticate")).build(),
        "429" | "503" => response.header("Retry-After", text("Seconds to wait")).build(),
        _ => response.build(),
    }
}
