//! Resources as they are sent.

use crate::{
    call::Call,
    forms::Templates,
    links::{Link, Links, Seen},
    media::{self, Media},
    operations::{Kind, Operation},
    problem::Problem,
    service::Site,
    time::Time,
};
use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};
use serde::Serialize;
use usher_domain::{
    User,
    policy::{Actor, Member, Resource},
};
use utoipa::ToSchema;
use uuid::Uuid;

/// Bytes that a user takes as an admin sees one, with room to spare.
const A_USER: usize = 2048;

/// A resource's own members, then its links and forms.
#[derive(Serialize)]
pub struct Representation<'a, T> {
    #[serde(flatten)]
    resource: T,
    #[serde(rename = "_links")]
    links: Links<Seen<'a>>,
    #[serde(rename = "_templates", skip_serializing_if = "Option::is_none")]
    templates: Option<Templates<'a>>,
}

impl<'a, T> Representation<'a, T> {
    pub fn new(resource: T, seen: Seen<'a>, more: Vec<(&'static str, Link)>, media: Media) -> Self {
        let templates = (media == Media::HalForms).then_some(Templates(seen));
        Self { resource, links: seen.links(more), templates }
    }
}

/// A user as the caller sees one.
#[derive(Serialize, ToSchema)]
pub struct UserMembers<'a> {
    /// The user's id, a UUIDv7 (RFC 9562 §5.7)
    #[schema(example = "01937f3e-8b5a-7c31-9f5e-2f6f0c9b1a77")]
    id: Uuid,
    /// The name to sign in with
    #[schema(example = "ada")]
    username: &'a str,
    /// The e-mail address
    #[schema(example = "ada@example.com")]
    email: &'a str,
    /// Whether the user has confirmed the address
    #[schema(example = true)]
    email_verified: bool,
    /// The user's own new address, until it is confirmed
    #[schema(required, example = json!(null))]
    pending_email: Option<&'a str>,
    /// What the user may do in general
    #[schema(value_type = crate::openapi::Role)]
    role: &'static str,
    /// Whether the user may sign in
    #[schema(value_type = crate::openapi::Status)]
    status: &'static str,
    /// When the user was made
    #[schema(value_type = DateTime<Utc>, example = "2026-01-02T03:04:05.678Z")]
    created_at: Time,
    /// When username, e-mail addresses, role, status or `email_verified` last changed
    #[schema(value_type = DateTime<Utc>, example = "2026-01-02T03:04:05.678Z")]
    updated_at: Time,
    /// When the user last signed in
    #[schema(value_type = Option<DateTime<Utc>>, required, example = "2026-01-02T03:04:05.678Z")]
    last_login_at: Option<Time>,
}

impl<'a> From<&'a User> for UserMembers<'a> {
    fn from(user: &'a User) -> Self {
        Self {
            id: user.id,
            username: user.username.as_str(),
            email: user.email.as_str(),
            email_verified: user.email_verified,
            pending_email: user.pending_email.as_ref().map(usher_domain::EmailAddress::as_str),
            role: user.role.as_str(),
            status: user.status.as_str(),
            created_at: Time(user.created_at),
            updated_at: Time(user.updated_at),
            last_login_at: user.last_login_at.map(Time),
        }
    }
}

/// A user as `actor` sees one, alone or in a page.
pub fn user<'a>(
    site: &'a Site,
    actor: &'a Actor,
    kind: Kind,
    user: &'a User,
    media: Media,
) -> Representation<'a, UserMembers<'a>> {
    let resource = Resource::User { id: user.id, user: Some(user) };
    Representation::new(user.into(), Seen { site, actor, kind, resource }, Vec::new(), media)
}

/// The entity tag of a user (RFC 9110 §8.8.3): strong, and the same in every form.
fn etag(user: &User) -> String {
    format!("\"{}\"", user.version)
}

impl<O: Operation> Call<O> {
    /// The user, as the caller may see it after this operation. Clients that keep what they have read learn from
    /// `Content-Location` of whom they have just read it, whatever they have asked (RFC 9110 §8.7).
    pub fn user(&self, user: &User) -> Result<HttpResponse, Problem> {
        let actor = self.actor_after(user);
        let body = self::user(&self.service.site, &actor, Kind::User, user, self.media);
        let headers = [(header::ETAG, etag(user)), (header::CONTENT_LOCATION, self.place(user))];
        self.send(StatusCode::OK, &headers, &body)
    }

    /// Where a user is.
    fn place(&self, user: &User) -> String {
        self.service.site.href(&format!("/v1/users/{}", user.id))
    }

    /// The caller, whose own role may be what has just changed.
    fn actor_after(&self, user: &User) -> Actor {
        match self.actor {
            Actor::Member(member) if member.id == user.id => Actor::Member(Member { role: user.role, ..member }),
            actor => actor,
        }
    }

    /// A new user, and where to find it.
    pub fn created(&self, kind: Kind, user: &User) -> Result<HttpResponse, Problem> {
        let body = self::user(&self.service.site, &self.actor, kind, user, self.media);
        self.send(StatusCode::CREATED, &[(header::ETAG, etag(user)), (header::LOCATION, self.place(user))], &body)
    }

    /// A representation in the form that was negotiated.
    pub fn send(
        &self,
        status: StatusCode,
        headers: &[(header::HeaderName, String)],
        body: &impl Serialize,
    ) -> Result<HttpResponse, Problem> {
        let mut bytes = Vec::with_capacity(A_USER);
        serde_json::to_writer(&mut bytes, body).map_err(|error| Problem::Internal(error.to_string()))?;
        let mut response = HttpResponse::build(status);
        response.content_type(self.media.name()).insert_header((header::VARY, media::VARY));
        for (name, value) in headers {
            response.insert_header((name.clone(), value.as_str()));
        }
        Ok(response.body(bytes))
    }
}
