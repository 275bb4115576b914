//! Representations of resources.

use crate::{
    hypermedia::{
        forms::Templates,
        link::Link,
        links::{Links, ResourceView},
        media::{self, Media},
    },
    operation::Operation,
    problem::Problem,
    request::AuthorizedRequest,
};
use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};
use serde::Serialize;

/// Initial capacity for one resource: more than the representation of a user for an admin.
const RESOURCE_BYTES: usize = 2048;

/// A resource's own members, then its links and forms.
#[derive(Serialize)]
pub struct Representation<'a, T> {
    #[serde(flatten)]
    resource: T,
    #[serde(rename = "_links")]
    links: Links<ResourceView<'a>>,
    #[serde(rename = "_templates", skip_serializing_if = "Option::is_none")]
    templates: Option<Templates<'a>>,
}

impl<'a, T> Representation<'a, T> {
    pub fn new(resource: T, view: ResourceView<'a>, more: Vec<(&'static str, Link)>, media: Media) -> Self {
        let templates = (media == Media::HalForms).then_some(Templates(view));
        Self { resource, links: view.links(more), templates }
    }
}

impl<O: Operation> AuthorizedRequest<O> {
    /// A response with a representation in the negotiated media type.
    pub fn send(
        &self,
        status: StatusCode,
        headers: &[(header::HeaderName, String)],
        body: &impl Serialize,
    ) -> Result<HttpResponse, Problem> {
        self.send_many(status, headers, body, 1)
    }

    /// The same for a representation that embeds so many resources, so that its buffer seldom grows.
    pub fn send_many(
        &self,
        status: StatusCode,
        headers: &[(header::HeaderName, String)],
        body: &impl Serialize,
        resources: usize,
    ) -> Result<HttpResponse, Problem> {
        let mut bytes = Vec::with_capacity(resources * RESOURCE_BYTES);
        serde_json::to_writer(&mut bytes, body).map_err(|error| Problem::Internal(error.to_string()))?;
        let mut response = HttpResponse::build(status);
        response.content_type(self.media.name()).insert_header((header::VARY, media::VARY));
        for (name, value) in headers {
            response.insert_header((name.clone(), value.as_str()));
        }
        Ok(response.body(bytes))
    }
}
