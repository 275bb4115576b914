//! The OpenAPI document: assembled from the table of operations, so that what it says of bodies, errors, security and links
//! cannot differ from what the service does.

mod answers;
mod bodies;
mod chain;
mod examples;
mod hal;
mod parameters;
mod problems;
mod sample;
mod schemas;

pub use hal::LinkMethod;
pub use parameters::{AuditParts, ListParts, SessionId, SessionParts, UserAuditParts, UserId};
pub use schemas::{
    AuditAction, AuditEventPage, AuditOutcome, Jwks, OAuthErrorCode, OpenApiDocument, RegisteredUser, Role, Root,
    SessionPage, Status, User, UserExport, UserPage,
};

use crate::operations::{Access, OPERATIONS};
use actix_web::web::Bytes;
use utoipa::openapi::{
    Components, ContactBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, RefOr, Server,
    security::{Flow, HttpAuthScheme, HttpBuilder, OAuth2, Password, Scopes, SecurityRequirement, SecurityScheme},
    tag::TagBuilder,
};

/// The name of the security scheme: signing in with user name and password.
const SCHEME: &str = "password";

/// The name of the security scheme of services that look at tokens.
const SERVICE: &str = "service";

const ABOUT: &str = "Registers, signs in and administers the users of an application.\n\nEvery response carries the links \
    that its caller may follow at that moment, and no others: begin at `GET /v1`.";

/// Both licences are there. OpenAPI takes a URL or an SPDX expression, never both; the expression is the name.
const LICENCES: &str = "https://spdx.org/licenses/";

/// In alphabetical order, as tools expect them.
const TAGS: [(&str, &str); 5] = [
    ("accounts", "Becoming a user and signing in."),
    ("audit", "Who did what to whom."),
    ("service", "The service itself: its entry, its description, its keys, its health."),
    ("sessions", "Where a user is signed in."),
    ("users", "Users, by themselves and by admins."),
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
        .contact(Some(ContactBuilder::new().name(Some("The operator of this service")).build()))
        .license(Some(LicenseBuilder::new().name("Apache-2.0 OR MIT").url(Some(LICENCES)).build()))
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
        docs.operation.description = docs.operation.description.as_deref().map(unwrapped);
        docs.operation.security = Some(security(row.access));
        docs.operation.request_body = bodies::body(row).map(RefOr::T);
        components.schemas.extend(docs.schemas);
        components.schemas.extend(bodies::schemas(row));
        answers::complete(row, &mut docs.operation, &mut components);
        examples::complete(&mut docs.operation, &mut components);
        api.paths.add_path_operation(row.path, docs.methods, docs.operation);
    }
    api.components = Some(components);
    api
}

/// The text without the line breaks that the source has inside paragraphs.
fn unwrapped(text: &str) -> String {
    text.split("\n\n").map(|paragraph| paragraph.replace('\n', " ")).collect::<Vec<_>>().join("\n\n")
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
