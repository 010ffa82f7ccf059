//! Request bodies: bounded in bytes and time, wiped from memory afterwards because they may hold a password.

use std::time::Duration;

use actix_web::http::header;
use actix_web::{HttpRequest, web};
use futures_util::StreamExt as _;
use protocol::codec;
use zeroize::Zeroizing;

use super::State;
use super::error::{CBOR, Code, Problem};

/// For the whole body.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// The CBOR document in the body, at most `bytes_max` long.
pub async fn document<T>(
    state: &State,
    request: &HttpRequest,
    payload: web::Payload,
    bytes_max: usize,
) -> Result<T, Problem>
where
    T: for<'b> minicbor::Decode<'b, ()>,
{
    let media_type = request.headers().get(header::CONTENT_TYPE);
    if media_type.is_none_or(|value| value.as_bytes() != CBOR.as_bytes()) {
        return Err(state.problem(Code::WrongMediaType));
    }
    let read = tokio::time::timeout(BODY_TIMEOUT, read(payload, bytes_max)).await;
    let bytes = read.unwrap_or(Err(Code::TooSlow)).map_err(|code| state.problem(code))?;
    codec::decode(&bytes).map_err(|_| state.problem(Code::Malformed))
}

/// The bytes of the body, at most `bytes_max`, in time.
pub async fn bytes(request: &HttpRequest, payload: web::Payload, bytes_max: usize) -> Result<Zeroizing<Vec<u8>>, Code> {
    let length = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if length.is_some_and(|length: usize| length > bytes_max) {
        return Err(Code::TooLarge);
    }
    let read = tokio::time::timeout(BODY_TIMEOUT, read(payload, length.unwrap_or(bytes_max))).await;
    read.unwrap_or(Err(Code::TooSlow))
}

/// The form in the body (`application/x-www-form-urlencoded`), at most `bytes_max` long.
pub async fn form(
    state: &State,
    request: &HttpRequest,
    payload: web::Payload,
    bytes_max: usize,
) -> Result<Zeroizing<Vec<u8>>, Problem> {
    let media_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = media_type.and_then(|value| value.split(';').next()).map(str::trim);
    if essence != Some("application/x-www-form-urlencoded") {
        return Err(state.problem(Code::WrongMediaType));
    }
    let read = tokio::time::timeout(BODY_TIMEOUT, read(payload, bytes_max)).await;
    read.unwrap_or(Err(Code::TooSlow)).map_err(|code| state.problem(code))
}

async fn read(mut payload: web::Payload, bytes_max: usize) -> Result<Zeroizing<Vec<u8>>, Code> {
    // Never grown: growing would leave copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(bytes_max));
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| Code::Malformed)?;
        if bytes.len() + chunk.len() > bytes_max {
            return Err(Code::TooLarge);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}
