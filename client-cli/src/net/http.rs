//! HTTP/1.1 (RFC 9112) over one TLS connection to the organization's server: a few bounded requests, one after the other.
//! It must never follow a redirect, open another connection, or read a body beyond its cap.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{ACCEPT, CONTENT_TYPE, HOST, HeaderMap, RETRY_AFTER};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;
use tokio_util::task::AbortOnDropHandle;
use zeroize::Zeroizing;

/// A whole exchange; the server may have to ask a slow directory.
const EXCHANGE_TIMEOUT: Duration = Duration::from_secs(30);
/// Header fields and their bytes that a response may have.
const HEADERS_MAX: usize = 64;
const HEAD_BYTES_MAX: usize = 16 * 1024;
/// A problem document.
const PROBLEM_BYTES_MAX: usize = 16 * 1024;
/// A code or request id in a problem.
const WORD_BYTES_MAX: usize = 64;

const CBOR: &str = "application/cbor";
const PROBLEM: &str = "application/problem+json";

/// The server said no, in its own words reduced to what is stable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub status: u16,
    /// The stable code: lower case and hyphens.
    pub code: String,
    pub retry_after_s: Option<u32>,
    /// Random id under which the server may have logged its own failure.
    pub request: Option<String>,
}

/// Why an exchange gave no document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum HttpError {
    /// The connection ended or the time was over.
    Interrupted,
    /// Not the HTTP of the specification.
    Protocol,
    Problem(Problem),
}

/// One connection.
pub(super) struct Http {
    sender: SendRequest<Full<Bytes>>,
    authority: String,
    _driver: AbortOnDropHandle<()>,
}

impl Http {
    pub(super) async fn over(stream: TlsStream<TcpStream>, authority: String) -> Result<Self, HttpError> {
        let (sender, connection) = http1::Builder::new()
            .max_headers(HEADERS_MAX)
            .max_buf_size(HEAD_BYTES_MAX)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|_| HttpError::Protocol)?;
        let driver = tokio::spawn(async move {
            // How it ended is what the exchange under way, or the next one, reports.
            let _ = connection.await;
        });
        Ok(Self { sender, authority, _driver: AbortOnDropHandle::new(driver) })
    }

    /// Whether the server has closed the connection meanwhile.
    pub(super) async fn is_over(&mut self) -> bool {
        self.sender.ready().await.is_err()
    }

    pub(super) async fn get(&mut self, path: &str, bytes_max: usize) -> Result<Bytes, HttpError> {
        self.exchange(Method::GET, path, Bytes::new(), bytes_max).await
    }

    /// The body is wiped from our memory when it was sent.
    pub(super) async fn post(
        &mut self,
        path: &str,
        body: Zeroizing<Vec<u8>>,
        bytes_max: usize,
    ) -> Result<Bytes, HttpError> {
        self.exchange(Method::POST, path, Bytes::from_owner(body), bytes_max).await
    }

    async fn exchange(
        &mut self,
        method: Method,
        path: &str,
        body: Bytes,
        bytes_max: usize,
    ) -> Result<Bytes, HttpError> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, &self.authority)
            .header(CONTENT_TYPE, CBOR)
            .header(ACCEPT, format!("{CBOR}, {PROBLEM}"))
            .body(Full::new(body))
            .map_err(|_| HttpError::Protocol)?;
        timeout(EXCHANGE_TIMEOUT, async {
            self.sender.ready().await.map_err(|_| HttpError::Interrupted)?;
            let response = self.sender.send_request(request).await.map_err(|error| of_hyper(&error))?;
            document(response, bytes_max).await
        })
        .await
        .map_err(|_| HttpError::Interrupted)?
    }
}

fn of_hyper(error: &hyper::Error) -> HttpError {
    if error.is_parse() { HttpError::Protocol } else { HttpError::Interrupted }
}

async fn document<B>(response: Response<B>, bytes_max: usize) -> Result<Bytes, HttpError>
where
    B: hyper::body::Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let (head, body) = response.into_parts();
    let is = |media_type: &str| head.headers.get(CONTENT_TYPE).is_some_and(|value| value == media_type);
    if head.status == StatusCode::OK && is(CBOR) {
        return collect(body, bytes_max).await;
    }
    if head.status.is_success() || head.status.is_redirection() || !is(PROBLEM) {
        return Err(HttpError::Protocol);
    }
    let body = collect(body, PROBLEM_BYTES_MAX).await?;
    Err(problem(head.status, &head.headers, &body).map_or(HttpError::Protocol, HttpError::Problem))
}

async fn collect<B>(body: B, bytes_max: usize) -> Result<Bytes, HttpError>
where
    B: hyper::body::Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let collected = Limited::new(body, bytes_max).collect().await;
    collected.map(|body| body.to_bytes()).map_err(|_| HttpError::Protocol)
}

/// RFC 9457; members that we do not know are ignored, text for people is ours to write.
fn problem(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Option<Problem> {
    #[derive(Deserialize)]
    struct Document {
        code: String,
        request: Option<String>,
    }
    let document: Document = serde_json::from_slice(body).ok()?;
    let retry_after_s = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    Some(Problem {
        status: status.as_u16(),
        code: word(document.code)?,
        retry_after_s,
        request: document.request.and_then(word),
    })
}

/// Only what can do no harm in a terminal or a log.
fn word(text: String) -> Option<String> {
    let harmless = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (text.len() <= WORD_BYTES_MAX && !text.is_empty() && text.bytes().all(harmless)).then_some(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn problems_keep_their_code_and_nothing_that_could_harm() {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, "30".parse().unwrap());
        let body =
            br#"{"type":"urn:x","title":"T","status":429,"code":"too-many-attempts","request":"00ff","new":[1]}"#;
        let expected = Problem {
            status: 429,
            code: "too-many-attempts".to_owned(),
            retry_after_s: Some(30),
            request: Some("00ff".to_owned()),
        };
        assert_eq!(problem(StatusCode::TOO_MANY_REQUESTS, &headers, body), Some(expected));
        for hostile in [r#"{"code":"\u001b[2J"}"#, r#"{"code":""}"#, r#"{"code":7}"#, "{}", "", "[1"] {
            assert_eq!(problem(StatusCode::BAD_REQUEST, &HeaderMap::new(), hostile.as_bytes()), None);
        }
    }

    proptest! {
        #[test]
        fn no_body_panics(body: Vec<u8>) {
            let _ = problem(StatusCode::BAD_REQUEST, &HeaderMap::new(), &body);
        }
    }
}
