//! What a resource offers this caller: the operations of the table whose decision is *allow*. Nothing else can put a link
//! there.

use crate::{
    operations::{Kind, OPERATIONS, Row},
    service::Site,
};
use actix_web::http::Method;
use serde::{
    Serialize,
    ser::{SerializeMap, Serializer},
};
use usher_domain::policy::{self, Action, Actor, Decision, Resource};
use utoipa::ToSchema;
use uuid::Uuid;

/// A link (HAL; `method` where it is not GET).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Link {
    /// An absolute path, to be resolved against the URL of the request.
    #[schema(example = "/v1/users/01937f3e-8b5a-7c31-9f5e-2f6f0c9b1a77")]
    href: String,
    /// The method to follow it with, where that is not GET.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = crate::openapi::LinkMethod)]
    method: Option<String>,
    /// Whether `href` is a template (RFC 6570).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = true)]
    templated: Option<bool>,
}

impl Link {
    pub fn to(href: String, method: &Method) -> Self {
        let method = (*method != Method::GET).then(|| method.as_str().to_owned());
        Self { href, method, templated: None }
    }

    pub fn get(href: String) -> Self {
        Self::to(href, &Method::GET)
    }

    pub fn template(href: String) -> Self {
        Self { href, method: None, templated: Some(true) }
    }
}

/// A resource as this caller sees it now.
#[derive(Clone, Copy)]
pub struct Seen<'a> {
    pub site: &'a Site,
    pub actor: &'a Actor,
    pub kind: Kind,
    pub resource: Resource<'a>,
}

impl Seen<'_> {
    /// The rows offered, each with its relation.
    pub fn offers(&self) -> impl Iterator<Item = (&'static str, &'static Row)> {
        OPERATIONS
            .iter()
            .flat_map(|row| row.offers.iter().map(move |offer| (offer, *row)))
            .filter(|(offer, row)| offer.on == self.kind && self.allows(row.action))
            .map(|(offer, row)| (offer.relation, row))
    }

    /// Whether this caller may do that here now.
    pub fn allows(&self, action: Action) -> bool {
        let resource = match self.resource {
            // Somebody who has just registered is not signed in as that user.
            Resource::User { user: Some(user), .. } if self.kind == Kind::Registration => {
                Resource::Registered { user, verified_email: self.site.verified_email }
            }
            resource => resource,
        };
        policy::may(self.actor, action, &resource) == Decision::Allow
    }

    pub fn href(&self, row: &Row) -> String {
        let (user, session) = match &self.resource {
            Resource::User { id, .. } => (*id, Uuid::nil()),
            Resource::Session { owner, session } => (*owner, session.map(|session| session.id).unwrap_or_default()),
            Resource::Service { .. } | Resource::Users | Resource::Registered { .. } => {
                return self.site.href(row.path);
            }
        };
        // A page has hundreds of links: each is put together in one go.
        let mut href = self.site.href("");
        for part in row.path.split(['{', '}']) {
            match part {
                "id" => href.push_str(user.as_hyphenated().encode_lower(&mut [0; 36])),
                "session_id" => href.push_str(session.as_hyphenated().encode_lower(&mut [0; 36])),
                text => href.push_str(text),
            }
        }
        href
    }

    /// Its links, `more` first.
    pub fn links(self, more: Vec<(&'static str, Link)>) -> Links<Self> {
        Links { seen: self, more }
    }
}

/// The `_links` of a representation.
pub struct Links<S> {
    seen: S,
    more: Vec<(&'static str, Link)>,
}

impl Serialize for Links<Seen<'_>> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (relation, link) in &self.more {
            map.serialize_entry(relation, link)?;
        }
        for (relation, row) in self.seen.offers() {
            map.serialize_entry(relation, &Link::to(self.seen.href(row), &row.method))?;
        }
        map.end()
    }
}

/// The present value of a field, where the resource has it: sending it back is no change.
pub fn present<'a>(resource: &Resource<'a>, field: &str) -> Option<&'a str> {
    let Resource::User { user: Some(user), .. } = resource else { return None };
    match field {
        "username" => Some(user.username.as_str()),
        "email" => Some(user.email.as_str()),
        "role" => Some(user.role.as_str()),
        _ => None,
    }
}
