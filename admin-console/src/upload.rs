//! A form with a file (RFC 7578): bounded, read into memory, never written to a disk. The token of the session must come before
//! the file, so that nobody else's megabytes are read.

use actix_multipart::Multipart;
use actix_web::dev::Payload;
use actix_web::{Error, FromRequest, HttpRequest};
use futures_util::StreamExt as _;
use futures_util::future::LocalBoxFuture;

use crate::form::{CSRF_FIELD, FORM_BYTES_MAX, Form};
use crate::problem::Problem;
use crate::visit::Signed;

/// Largest file.
pub const FILE_BYTES_MAX: usize = 8 * 1_024 * 1_024;
/// The file's field.
pub const FILE_FIELD: &str = "file";

/// A file from a page of this very session.
pub struct Upload {
    pub signed: Signed,
    pub file: File,
}

/// What was sent as the file.
pub enum File {
    /// Perhaps empty.
    Whole(Vec<u8>),
    /// Larger than [`FILE_BYTES_MAX`].
    TooLarge,
}

impl FromRequest for Upload {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let signed = Signed::from_request(&request, &mut Payload::None).await?;
            let parts = Multipart::from_request(&request, &mut payload).await?;
            match read(&signed, parts).await {
                Some(file) => Ok(Self { file, signed }),
                None => Err(signed.problem(&Problem::stale_form(signed.words()))),
            }
        })
    }
}

/// None when the form is not of this session, is broken, or ends early.
async fn read(signed: &Signed, mut parts: Multipart) -> Option<File> {
    let mut is_ours = false;
    while let Some(part) = parts.next().await {
        let mut part = part.ok()?;
        match part.name()? {
            CSRF_FIELD => {
                let token = bounded(&mut part, FORM_BYTES_MAX).await?;
                is_ours = Form::of_field(CSRF_FIELD, String::from_utf8(token).ok()?).is_of(&signed.session);
            }
            FILE_FIELD if is_ours => {
                // The rest is not read: the answer says so, and the connection ends.
                return Some(bounded(&mut part, FILE_BYTES_MAX).await.map_or(File::TooLarge, File::Whole));
            }
            _ => return None,
        }
    }
    None
}

/// None when there is more, or when it breaks off.
async fn bounded(part: &mut actix_multipart::Field, bytes_max: usize) -> Option<Vec<u8>> {
    let mut read = Vec::new();
    while let Some(chunk) = part.next().await {
        let chunk = chunk.ok()?;
        if read.len().saturating_add(chunk.len()) > bytes_max {
            return None;
        }
        read.extend_from_slice(&chunk);
    }
    Some(read)
}
