//! Reads the body: media type, content coding, size, and the time that it takes to arrive.

use super::{body::Encoding, size_limits::MAX_BODY_BYTES};
use crate::{operation::OperationSpec, problem::Problem};
use actix_web::{
    HttpMessage as _, HttpRequest,
    body::{BodyStream, to_bytes_limited},
    dev::Payload,
    http::{
        Method,
        header::{self, HeaderMap},
    },
    web::Bytes,
};
use futures_util::FutureExt as _;
use std::{pin::pin, time::Duration};

/// Maximum time for a body to arrive.
const BODY_READ_TIMEOUT: Duration = Duration::from_secs(15);

/// A body that has arrived.
pub struct ReceivedBody {
    pub bytes: Bytes,
    /// Whether it was not there yet when it was first asked for.
    pub was_awaited: bool,
}

/// Reads the body of an operation that has one.
pub async fn read_body(spec: &OperationSpec, request: &HttpRequest, payload: Payload) -> Result<ReceivedBody, Problem> {
    if spec.method.is_safe() {
        return Ok(ReceivedBody { bytes: Bytes::new(), was_awaited: false });
    }
    let has_media_type = request.headers().contains_key(header::CONTENT_TYPE);
    let media_type = has_media_type.then(|| request.content_type().to_ascii_lowercase());
    let is_supported = media_type.as_deref().is_some_and(|media_type| supports(spec, media_type));
    let unsupported = || Problem::UnsupportedMediaType(spec.body.encoding.media_type());
    if spec.body.encoding != Encoding::None && has_media_type && !is_supported {
        return Err(unsupported());
    }
    let body = receive(payload).await?;
    if !body.bytes.is_empty() && !is_supported {
        return Err(unsupported());
    }
    if !body.bytes.is_empty() && is_coded(request.headers()) {
        return Err(Problem::UnsupportedMediaType("sent without a content coding"));
    }
    Ok(body)
}

fn supports(spec: &OperationSpec, media_type: &str) -> bool {
    match media_type {
        // Sent by HAL clients that do not know forms.
        "application/hal+json" => spec.body.encoding != Encoding::Form,
        "application/merge-patch+json" => spec.method == Method::PATCH,
        media_type => media_type == spec.body.encoding.media_type(),
    }
}

async fn receive(payload: Payload) -> Result<ReceivedBody, Problem> {
    let mut receiving = pin!(to_bytes_limited(BodyStream::new(payload), MAX_BODY_BYTES));
    let (received, was_awaited) = match receiving.as_mut().now_or_never() {
        Some(received) => (received, false),
        None => match tokio::time::timeout(BODY_READ_TIMEOUT, receiving).await {
            Ok(received) => (received, true),
            Err(_) => return Err(Problem::TimedOut),
        },
    };
    match received {
        Ok(Ok(bytes)) => Ok(ReceivedBody { bytes, was_awaited }),
        Ok(Err(error)) => Err(Problem::Malformed(format!("The body could not be read: {error}.").into())),
        Err(_) => Err(Problem::BodyTooLarge),
    }
}

/// Whether the body is in a content coding, such as gzip (RFC 9110 §8.4). No operation decodes one.
fn is_coded(headers: &HeaderMap) -> bool {
    let codings = headers.get_all(header::CONTENT_ENCODING).map(|value| value.to_str().unwrap_or_default());
    codings
        .flat_map(|value| value.split(',').map(str::trim))
        .any(|coding| !matches!(coding.to_ascii_lowercase().as_str(), "" | "identity"))
}
