//! Everything that is stored about a user, for that user.

use super::UserMembers;
use crate::{
    middleware::request_context,
    operation::{
        Exported, operation,
        response::Download,
        schema::{self, NamedSchema, described, list, members, schema},
    },
    problem::Problem,
    request::{AuthorizedRequest, time::Time},
    resources::{
        api_keys::ApiKeyResource, audit::AuditEventResource, factors::FactorResource, sessions::SessionResource,
    },
};
use actix_web::{HttpResponse, http::header, web::Bytes};
use futures_util::stream;
use serde::Serialize;
use std::{any::Any, borrow::Cow, fmt::Display};
use tokio::sync::mpsc;
use tracing::field::display;
use usher_domain::{User, policy::Principal};
use usher_persistence::{self as persistence, Account, Error, Export, ExportList, Part};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{KnownFormat, ObjectBuilder, Ref, RefOr, Schema, SchemaFormat, Type},
};

/// A mail to the user.
#[derive(Serialize, ToSchema)]
#[schema(as = ExportedMail)]
pub struct ExportedMail<'a> {
    /// The kind of mail
    #[schema(example = "verify_email")]
    kind: &'a str,
    /// The recipient's address
    #[schema(example = "ada@example.com")]
    address: &'a str,
    /// The time it was queued
    #[schema(value_type = DateTime<Utc>, example = "2026-01-02T03:04:05.678Z")]
    created_at: Time,
    /// The time of the next delivery attempt; null if it has been sent
    #[schema(value_type = Option<DateTime<Utc>>, required, example = json!(null))]
    due_at: Option<Time>,
    /// The client address of the request that caused it
    #[schema(required, example = "192.0.2.7")]
    origin: Option<&'a str>,
}

impl<'a> ExportedMail<'a> {
    /// The mail as its owner, `reader`, sees it: addresses of other users are shown to admins only.
    fn new(mail: &'a persistence::ExportedMail, reader: &Principal) -> Self {
        let shown = !mail.by_another || matches!(reader, Principal::User(caller) if caller.rights.admin);
        Self {
            kind: &mail.kind,
            address: &mail.address,
            created_at: Time(mail.created_at),
            due_at: mail.due_at.map(Time),
            origin: mail.origin.as_deref().filter(|_| shown),
        }
    }
}

/// A mailed link that is still valid. The token itself is not stored.
#[derive(Serialize, ToSchema)]
#[schema(as = ExportedLink)]
pub struct ExportedLink<'a> {
    /// The purpose
    #[schema(example = "verify_email")]
    purpose: &'a str,
    /// The address that it was mailed to
    #[schema(example = "ada@example.com")]
    address: &'a str,
    /// When it expires
    #[schema(value_type = DateTime<Utc>, example = "2026-01-03T03:04:05.678Z")]
    expires_at: Time,
}

impl<'a> From<&'a persistence::ExportedLink> for ExportedLink<'a> {
    fn from(link: &'a persistence::ExportedLink) -> Self {
        Self { purpose: &link.purpose, address: &link.address, expires_at: Time(link.expires_at) }
    }
}

schema! {
    /// A user, as exported.
    ExportedUser = members(UserMembers::schema())
}

/// The lists of the file, in their order.
const LISTS: &[List] = &[
    List::of::<SessionResource>(),
    List::of::<ApiKeyResource>(),
    List::of::<FactorResource>(),
    List::of::<AuditEventResource>(),
];

/// A list of the file.
struct List {
    name: &'static str,
    about: &'static str,
    /// The name of the schema of an item.
    item: &'static str,
    schema: fn() -> RefOr<Schema>,
    other_schemas: fn(&mut Vec<NamedSchema>),
    rows: ExportList,
    write: fn(&mut Reader, &dyn Any) -> serde_json::Result<()>,
}

impl List {
    const fn of<R: Exported>() -> Self {
        Self {
            name: R::ITEMS,
            about: R::ABOUT,
            item: R::EXPORTED_NAME,
            schema: R::exported_schema,
            other_schemas: R::Members::schemas,
            rows: ExportList::of::<R::Row>(),
            write: Reader::items::<R>,
        }
    }
}

/// Everything that is kept about a user.
pub struct UserExport;

impl PartialSchema for UserExport {
    fn schema() -> RefOr<Schema> {
        let mut at = described(Type::String, "The time of the export", "2026-01-02T03:04:05.678Z");
        at.format = Some(SchemaFormat::KnownFormat(KnownFormat::DateTime));
        let export = ObjectBuilder::new()
            .description(Some("All stored data of a user, except hashes of passwords and tokens."))
            .property("exported_at", at)
            .property("user", Ref::from_schema_name("ExportedUser"))
            .property("mail", list("Queued and recently sent mail", "ExportedMail"))
            .property("mailed_links", list("Mailed links that are still valid", "ExportedLink"))
            .required("exported_at")
            .required("user")
            .required("mail")
            .required("mailed_links");
        let add =
            |export: ObjectBuilder, of: &List| export.property(of.name, list(of.about, of.item)).required(of.name);
        LISTS.iter().fold(export, add).build().into()
    }
}

impl ToSchema for UserExport {
    fn name() -> Cow<'static, str> {
        "UserExport".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schema::add::<ExportedUser>(schemas);
        schema::add::<ExportedMail<'_>>(schemas);
        schema::add::<ExportedLink<'_>>(schemas);
        schemas.extend(LISTS.iter().map(|list| (list.item.to_owned(), (list.schema)())));
        UserMembers::schemas(schemas);
        for list in LISTS {
            (list.other_schemas)(schemas);
        }
    }
}

operation! {
    /// Export a user's data
    ///
    /// Returns a consistent snapshot of the user's data, for the user alone: the account, queued mail, sessions, API
    /// keys, second factors without their secrets, and every audit event by or about the user, as the user may see it. Hashes
    /// of passwords and tokens are excluded. The response is streamed; a response that is not complete JSON was interrupted.
    ExportUser
}

pub async fn handle(request: AuthorizedRequest<ExportUser>) -> Result<Download<UserExport>, Problem> {
    let export = request
        .service
        .database
        .export_user(request.target.user.id, LISTS.iter().map(|list| list.rows).collect())
        .await?;
    let Export { account, parts } = export.ok_or(Problem::NoSuchResource)?;
    request.still_allowed().await?;
    let disposition = format!("attachment; filename=\"{}\"", file_name(&account.user));
    let text = head(&account, &request.principal).map_err(unwritable)?;
    let reader = Reader { request, parts, text, list: None, is_empty: true, is_complete: false };
    Ok(Download::new(
        HttpResponse::Ok()
            .content_type("application/json")
            .insert_header((header::CONTENT_DISPOSITION, disposition))
            .streaming(stream::try_unfold(reader, Reader::next)),
    ))
}

/// A name that every file system and every header field takes.
fn file_name(user: &User) -> String {
    let name = user.username.as_str();
    if name.is_ascii() { format!("usher-{name}.json") } else { format!("usher-{}.json", user.id) }
}

fn unwritable(error: impl Display) -> Problem {
    Problem::Internal(error.to_string())
}

/// The file up to its first list.
fn head(account: &Account, reader: &Principal) -> serde_json::Result<Vec<u8>> {
    let Account { user, at, mail, links } = account;
    let mail: Vec<_> = mail.iter().map(|mail| ExportedMail::new(mail, reader)).collect();
    let links: Vec<_> = links.iter().map(ExportedLink::from).collect();
    let mut text = b"{".to_vec();
    member(&mut text, "exported_at", &Time(*at))?;
    member(&mut text, "user", &UserMembers::new(user, true))?;
    member(&mut text, "mail", &mail)?;
    member(&mut text, "mailed_links", &links)?;
    Ok(text)
}

fn member(text: &mut Vec<u8>, name: &str, value: &impl Serialize) -> serde_json::Result<()> {
    serde_json::to_writer(&mut *text, name)?;
    text.push(b':');
    serde_json::to_writer(&mut *text, value)?;
    text.push(b',');
    Ok(())
}

/// A file that is written as it is read.
struct Reader {
    request: AuthorizedRequest<ExportUser>,
    parts: mpsc::Receiver<Result<Part, Error>>,
    /// What has been written but not sent.
    text: Vec<u8>,
    /// The list that is being written.
    list: Option<&'static str>,
    /// Whether the list has no items yet.
    is_empty: bool,
    is_complete: bool,
}

impl Reader {
    /// What is sent next. After an error the connection is closed, so that the client does not take the file for complete.
    async fn next(mut self) -> Result<Option<(Bytes, Self)>, Box<dyn std::error::Error>> {
        if self.is_complete {
            return Ok(None);
        }
        match self.proceed().await {
            Ok(()) => Ok(Some((std::mem::take(&mut self.text).into(), self))),
            Err(problem) => {
                let request_id = request_context::request_id(&self.request.http_request).map(display);
                tracing::warn!(request_id, ?problem, "export interrupted");
                Err(format!("{problem:?}").into())
            }
        }
    }

    async fn proceed(&mut self) -> Result<(), Problem> {
        let broken = || Error::Unavailable("the export ended early".to_owned());
        let part = self.parts.recv().await.ok_or_else(broken)??;
        // The policy is asked for every part: a user who has been signed out since gets no more.
        self.request.still_allowed().await?;
        self.write(&part).map_err(unwritable)
    }

    fn write(&mut self, part: &Part) -> serde_json::Result<()> {
        match part {
            Part::Rows { list, rows } => {
                let Some(list) = LISTS.get(*list) else { return Ok(()) };
                self.begin(list.name);
                (list.write)(self, &**rows)
            }
            Part::End => {
                self.text.extend_from_slice(b"]}");
                self.is_complete = true;
                Ok(())
            }
        }
    }

    /// Begins a list, unless it has been begun; the list before it ends.
    fn begin(&mut self, list: &'static str) {
        if self.list == Some(list) {
            return;
        }
        self.text.extend_from_slice(if self.list.is_some() { b"],\"" } else { b"\"" });
        self.text.extend_from_slice(list.as_bytes());
        self.text.extend_from_slice(b"\":[");
        (self.list, self.is_empty) = (Some(list), true);
    }

    fn items<R: Exported>(&mut self, rows: &dyn Any) -> serde_json::Result<()> {
        for row in rows.downcast_ref::<Vec<R::Row>>().into_iter().flatten() {
            if !std::mem::take(&mut self.is_empty) {
                self.text.push(b',');
            }
            R::write(row, &self.request.principal, &mut self.text)?;
        }
        Ok(())
    }
}
