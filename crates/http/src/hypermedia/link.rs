//! A link.

use crate::operation::schema::{schema, text};
use actix_web::http::Method;
use serde::Serialize;
use usher_domain::Rule;
use utoipa::ToSchema;

schema! {
    /// How to follow a link.
    LinkMethod = text(&Rule::one_of(&["POST", "PUT", "PATCH", "DELETE"]), "An HTTP method other than GET.").into()
}

/// A link (HAL), with `method` if it is not GET.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Link {
    /// An absolute path, to be resolved against the URL of the request.
    #[schema(example = "/v1/users/01937f3e-8b5a-7c31-9f5e-2f6f0c9b1a77")]
    href: String,
    /// The HTTP method, if it is not GET.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = LinkMethod)]
    method: Option<&'static str>,
    /// Whether `href` is a template (RFC 6570).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = true)]
    templated: Option<bool>,
    /// For `step-up`: the relations of the links that appear here once the caller has proved again who they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<Vec<String>>, example = json!(["create"]))]
    opens: Option<Vec<&'static str>>,
}

impl Link {
    pub fn to(href: String, method: &'static Method) -> Self {
        let method = (*method != Method::GET).then(|| method.as_str());
        Self { href, method, templated: None, opens: None }
    }

    pub fn get(href: String) -> Self {
        Self { href, method: None, templated: None, opens: None }
    }

    pub fn post(href: String) -> Self {
        Self { href, method: Some("POST"), templated: None, opens: None }
    }

    pub fn template(href: String) -> Self {
        Self { href, method: None, templated: Some(true), opens: None }
    }

    /// The same link, after which its representation has links with these relations.
    #[must_use]
    pub fn opening(self, relations: Vec<&'static str>) -> Self {
        Self { opens: Some(relations).filter(|relations| !relations.is_empty()), ..self }
    }
}
