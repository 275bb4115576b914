//! The OpenAPI document: assembled from the table of operations, so that what it says of bodies, errors, security and links
//! cannot differ from what the service does.

mod answers;
mod schemas;

pub use schemas::{AnyObject, Jwks, ListParts, Role, Root, Status, User, UserId, UserPage};

use crate::{
    body::Field,
    operations::{Access, OPERATIONS, Row},
};
use actix_web::web::Bytes;
use serde_json::{Map, Value};
use utoipa::openapi::{
    Components, ContentBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, Ref, RefOr, Required, Server,
    request_body::RequestBodyBuilder,
    security::{Flow, HttpAuthScheme, HttpBuilder, OAuth2, Password, Scopes, SecurityRequirement, SecurityScheme},
    tag::TagBuilder,
};

/// The name of the security scheme: signing in with user name and password.
const SCHEME: &str = "password";

/// The name of the security scheme of services that look at tokens.
const SERVICE: &str = "service";

const ABOUT: &str = "Registers, signs in and administers the users of an application.\n\nEvery response carries the links \
    that its caller may follow at that moment, and no others: begin at `GET /v1`.";

const TAGS: [(&str, &str); 3] = [
    ("accounts", "Becoming a user and signing in."),
    ("users", "Users, by themselves and by admins."),
    ("service", "The service itself: its entry, its description, its keys, its health."),
];

/// The document as it is served.
pub struct Document {
    bytes: Bytes,
}

impl Document {
    pub fn new(prefix: &str) -> Self {
        // The document is made of our own definitions; one that cannot be written would be seen by every test.
        Self { bytes: document(prefix).to_json().unwrap_or_default().into() }
    }

    pub fn bytes(&self) -> Bytes {
        self.bytes.clone()
    }
}

/// The OpenAPI document of a service whose paths the world sees behind `prefix`.
pub fn document(prefix: &str) -> OpenApi {
    let info = InfoBuilder::new()
        .title("usher")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(ABOUT))
        .license(Some(LicenseBuilder::new().name("Apache-2.0 OR MIT").identifier(Some("Apache-2.0 OR MIT")).build()))
        .build();
    let token_url = format!("{prefix}/v1/oauth/token");
    let scheme = OAuth2::with_description(
        [Flow::Password(Password::new(token_url, Scopes::new()))],
        "Sign in with user name (or e-mail address) and password.",
    );
    let mut components = Components::new();
    components.add_security_scheme(SCHEME, SecurityScheme::OAuth2(scheme));
    let service = HttpBuilder::new()
        .scheme(HttpAuthScheme::Basic)
        .description(Some("The credential of a service that looks at tokens, as the operator has given it."))
        .build();
    components.add_security_scheme(SERVICE, SecurityScheme::Http(service));
    components.schemas.extend(schemas::shared());
    let mut api = OpenApiBuilder::new()
        .info(info)
        .servers(Some([Server::new(if prefix.is_empty() { "/" } else { prefix })]))
        .tags(Some(TAGS.map(|(name, about)| TagBuilder::new().name(name).description(Some(about)).build())))
        .build();
    for row in OPERATIONS {
        let mut docs = (row.docs)();
        docs.operation.operation_id = Some(row.id.to_owned());
        docs.operation.security = Some(security(row.access));
        docs.operation.request_body = body(row).map(RefOr::T);
        answers::complete(row, &mut docs.operation);
        components.schemas.extend(docs.schemas);
        if let Some(name) = row.body.name {
            components.schemas.extend(schemas::body(name, row));
        }
        api.paths.add_path_operation(row.path, docs.methods, docs.operation);
    }
    api.components = Some(components);
    api
}

fn security(access: Access) -> Vec<SecurityRequirement> {
    let signed_in = SecurityRequirement::new(SCHEME, Vec::<String>::new());
    match access {
        Access::Anyone => Vec::new(),
        Access::Guest => vec![SecurityRequirement::default(), signed_in],
        Access::Member => vec![signed_in],
        Access::Service => vec![SecurityRequirement::new(SERVICE, Vec::<String>::new())],
    }
}

fn body(row: &Row) -> Option<utoipa::openapi::request_body::RequestBody> {
    let name = row.body.name?;
    let content =
        ContentBuilder::new().schema(Some(Ref::from_schema_name(name))).example(Some(example(row.fields))).build();
    Some(
        RequestBodyBuilder::new()
            .description(Some(row.body.description))
            .required(Some(Required::True))
            .content(row.encoding.media_type(), content)
            .build(),
    )
}

/// A body that the service would take: what is required, or, where nothing is, the first field.
fn example(fields: &[Field]) -> Value {
    let required = fields.iter().filter(|field| field.required).count();
    let shown = fields.iter().enumerate().filter(|(n, field)| field.required || (required == 0 && *n == 0));
    Value::Object(
        shown.map(|(_, field)| (field.name.to_owned(), Value::from(field.rule.example))).collect::<Map<_, _>>(),
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_document_that_is_kept_is_the_one_that_the_code_makes() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../openapi/openapi.json");
        let kept = std::fs::read_to_string(path).unwrap();
        let made = super::document("").to_pretty_json().unwrap();
        assert!(kept.trim_end() == made, "openapi/openapi.json is not what the code makes; run `make openapi`");
    }
}
