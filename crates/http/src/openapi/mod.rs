//! The OpenAPI document, built from the table of operations. This module names no resource: what it says about
//! parameters, bodies, answers, errors, security and links comes from the rows and their types.

mod answers;
mod bodies;
mod chain;
mod decisions;
mod examples;
mod hal;
mod parameters;
mod problems;

use crate::{
    hypermedia::link::Link,
    operation::{
        Authentication, OperationSpec, Table, operation_for,
        schema::{NamedSchema, add},
    },
    problem::{OAuthError, OAuthErrorCode, ProblemDocument, ProblemLinks},
    request::faults::InputFault,
};
use usher_domain::policy::Action;
use utoipa::openapi::{
    Components, ContactBuilder, HttpMethod, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, Server,
    path::{Operation, OperationBuilder},
    security::{Flow, HttpAuthScheme, HttpBuilder, OAuth2, Password, Scopes, SecurityRequirement, SecurityScheme},
    tag::TagBuilder,
};

// The names of the security schemes.
/// Signing in with username and password.
const PASSWORD: &str = "password";
/// A token or key that the caller has already.
const BEARER: &str = "bearer";
/// The credentials of a service that introspects tokens.
const SERVICE: &str = "service";

const ABOUT: &str = "Registers, signs in and administers the users of an application.\n\nEvery response carries the links \
    that its caller may follow at that moment, and no others: begin at `GET /v1`.";

/// Both licences are there. OpenAPI takes a URL or an SPDX expression, never both; the expression is the name.
const LICENCES: &str = "https://spdx.org/licenses/";

/// The OpenAPI document of a service with these operations, whose paths the world sees behind `prefix`. `tags` are the groups
/// of operations, each with its description.
pub fn document(table: Table, tags: &[(&str, &str)], prefix: &str) -> OpenApi {
    let info = InfoBuilder::new()
        .title("usher")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(ABOUT))
        .contact(Some(ContactBuilder::new().name(Some("The operator of this service")).build()))
        .license(Some(LicenseBuilder::new().name("Apache-2.0 OR MIT").url(Some(LICENCES)).build()))
        .build();
    let mut components = Components::new();
    security_schemes(table, prefix, &mut components);
    components.schemas.extend(shared());
    components.schemas.extend(hal::schemas());
    let tags = tags.iter().map(|(name, about)| TagBuilder::new().name(*name).description(Some(*about)).build());
    let mut api = OpenApiBuilder::new()
        .info(info)
        .servers(Some([Server::new(if prefix.is_empty() { "/" } else { prefix })]))
        .tags(Some(tags))
        .build();
    for spec in table {
        let operation = operation(table, spec, &mut components);
        api.paths.add_path_operation(spec.path, vec![method(spec)], operation);
    }
    api.components = Some(components);
    api
}

fn operation(table: Table, spec: &OperationSpec, components: &mut Components) -> Operation {
    let (parameters, named) = parameters::of(spec);
    components.schemas.extend(named);
    components.schemas.extend(bodies::schemas(spec));
    let mut operation = OperationBuilder::new()
        .tag(spec.tag)
        .operation_id(Some(spec.id))
        .summary(Some(spec.summary()))
        .description(spec.description())
        .parameters(Some(parameters).filter(|parameters| !parameters.is_empty()))
        .request_body(bodies::body(spec))
        .securities(Some(security(spec.authentication)))
        .build();
    answers::complete(table, spec, &mut operation, components);
    examples::complete(&mut operation, components);
    operation
}

/// The schemas that belong to no operation.
fn shared() -> Vec<NamedSchema> {
    let mut schemas = Vec::new();
    add::<Link>(&mut schemas);
    add::<ProblemDocument>(&mut schemas);
    add::<ProblemLinks>(&mut schemas);
    add::<InputFault>(&mut schemas);
    add::<OAuthError>(&mut schemas);
    add::<OAuthErrorCode>(&mut schemas);
    schemas
}

fn security_schemes(table: Table, prefix: &str, components: &mut Components) {
    let token = operation_for(table, Action::IssueToken).map_or("", |spec| spec.path);
    let scheme = OAuth2::with_description(
        [Flow::Password(Password::new(format!("{prefix}{token}"), Scopes::new()))],
        "Sign in with username (or e-mail address) and password.",
    );
    components.add_security_scheme(PASSWORD, SecurityScheme::OAuth2(scheme));
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some(
            "An access token, for example from a sign-in with a second factor, which `password` cannot ask for; or an API key.",
        ))
        .build();
    components.add_security_scheme(BEARER, SecurityScheme::Http(bearer));
    let service = HttpBuilder::new()
        .scheme(HttpAuthScheme::Basic)
        .description(Some("Client credentials for token introspection, configured by the operator."))
        .build();
    components.add_security_scheme(SERVICE, SecurityScheme::Http(service));
}

fn security(authentication: Authentication) -> Vec<SecurityRequirement> {
    let by = |scheme| SecurityRequirement::new(scheme, Vec::<String>::new());
    match authentication {
        Authentication::None => Vec::new(),
        Authentication::Optional => vec![SecurityRequirement::default(), by(PASSWORD), by(BEARER)],
        Authentication::Required => vec![by(PASSWORD), by(BEARER)],
        Authentication::Client => vec![by(SERVICE)],
    }
}

fn method(spec: &OperationSpec) -> HttpMethod {
    match spec.method.as_str() {
        "POST" => HttpMethod::Post,
        "PUT" => HttpMethod::Put,
        "PATCH" => HttpMethod::Patch,
        "DELETE" => HttpMethod::Delete,
        _ => HttpMethod::Get,
    }
}
