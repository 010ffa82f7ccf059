//! HTTP/1.1 over TLS (RFC 9110, RFC 8446) to somebody whom the configuration names: an identity provider, a webhook. One bounded
//! request for each connection. It must never follow a redirect, speak without TLS, read beyond its cap, or log what it carried.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST, HeaderValue};
use hyper::{Method, Request, Uri};
use hyper_util::rt::TokioIo;
use protocol::secret::Secret;
use rustls_pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_util::task::AbortOnDropHandle;
use zeroize::Zeroizing;

use crate::tls::client::{NoRoots, trusting};

/// From nothing to the last byte of the answer.
const EXCHANGE_TIMEOUT: Duration = Duration::from_secs(10);
/// A provider's metadata, keys, tokens, what it says of a person; what a webhook answers is not looked at.
const ANSWER_BYTES_MAX: usize = 512 * 1_024;
const HEADERS_MAX: usize = 100;
const HEAD_BYTES_MAX: usize = 64 * 1_024;
const HTTPS_PORT: u16 = 443;

/// Why an exchange gave nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HttpFault {
    #[error("it cannot be reached")]
    Unreachable,
    #[error("its certificate is not trusted")]
    Certificate,
    #[error("it did not answer in time")]
    Timeout,
    #[error("its answer is larger than any that is expected")]
    TooLarge,
    #[error("its answer is no HTTP")]
    Protocol,
}

/// `https://HOST[:PORT]/…`, and nothing that a browser would treat in another way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpsUrl {
    text: String,
    uri: Uri,
}

impl HttpsUrl {
    pub fn parse(text: &str) -> Option<Self> {
        let uri: Uri = text.parse().ok()?;
        let fits = uri.scheme_str() == Some("https")
            && uri.host().is_some_and(|host| !host.is_empty())
            && uri.authority().is_some_and(|authority| {
                // A port that is none would be read as if there were no port.
                let port = authority.as_str().strip_prefix(authority.host()).unwrap_or_default();
                !authority.as_str().contains('@')
                    && (port.is_empty() || authority.port_u16().is_some_and(|port| port > 0))
            })
            && !text.contains('#')
            && text.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then(|| Self { text: text.to_owned(), uri })
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// What was answered, whatever its status.
pub struct Reply {
    pub status: u16,
    pub body: Zeroizing<Vec<u8>>,
}

/// What is sent along.
pub enum Sent<'a> {
    Nothing,
    /// With the token as bearer (RFC 6750 §2.1).
    Bearer(&'a Secret<String>),
    /// A form, with the client's credentials as Basic (RFC 7617) if there are any.
    Form {
        pairs: &'a [(&'a str, &'a str)],
        basic: Option<Secret<String>>,
    },
    /// A text that a program reads.
    Plain(Vec<u8>),
    /// JSON, with a header that proves who wrote it.
    Signed {
        json: Vec<u8>,
        header: &'static str,
        signature: String,
    },
}

/// A cheap clone.
#[derive(Clone)]
pub struct HttpClient {
    tls: TlsConnector,
}

impl HttpClient {
    /// Trusts the roots in `ca_file`, or those of the system.
    pub fn new(ca_file: Option<&Path>) -> Result<Self, NoRoots> {
        let config = trusting(ca_file)?.with_no_client_auth();
        Ok(Self { tls: TlsConnector::from(Arc::new(config)) })
    }

    /// GET, or POST where a form or JSON is sent.
    pub async fn exchange(&self, url: &HttpsUrl, sent: Sent<'_>) -> Result<Reply, HttpFault> {
        let request = request(url, sent).ok_or(HttpFault::Protocol)?;
        let done = tokio::time::timeout(EXCHANGE_TIMEOUT, self.over_new_connection(url, request)).await;
        done.unwrap_or(Err(HttpFault::Timeout))
    }

    /// Whether somebody answers there whose certificate is trusted. Nothing is asked.
    pub async fn reach(&self, url: &HttpsUrl) -> Result<(), HttpFault> {
        let reached = tokio::time::timeout(EXCHANGE_TIMEOUT, self.connect(url)).await;
        reached.unwrap_or(Err(HttpFault::Timeout)).map(drop)
    }

    async fn connect(&self, url: &HttpsUrl) -> Result<TlsStream<TcpStream>, HttpFault> {
        let host = url.uri.host().unwrap_or_default();
        let name = host.trim_start_matches('[').trim_end_matches(']');
        let port = url.uri.port_u16().unwrap_or(HTTPS_PORT);
        let tcp = TcpStream::connect((name, port)).await.map_err(|_| HttpFault::Unreachable)?;
        let name = ServerName::try_from(name.to_owned()).map_err(|_| HttpFault::Unreachable)?;
        self.tls.connect(name, tcp).await.map_err(|error| of_tls(&error))
    }

    async fn over_new_connection(&self, url: &HttpsUrl, request: Request<Full<Bytes>>) -> Result<Reply, HttpFault> {
        let stream = self.connect(url).await?;
        let handshake =
            http1::Builder::new().max_headers(HEADERS_MAX).max_buf_size(HEAD_BYTES_MAX).handshake(TokioIo::new(stream));
        let (mut sender, connection) = handshake.await.map_err(|_| HttpFault::Protocol)?;
        let _driver = AbortOnDropHandle::new(tokio::spawn(async move {
            // How it ended is what the exchange reports.
            let _ = connection.await;
        }));
        let response = sender.send_request(request).await.map_err(|error| of_hyper(&error))?;
        let status = response.status().as_u16();
        let body = Limited::new(response.into_body(), ANSWER_BYTES_MAX).collect().await;
        let body = body.map_err(|error| match error.downcast_ref::<http_body_util::LengthLimitError>() {
            Some(_) => HttpFault::TooLarge,
            None => HttpFault::Protocol,
        })?;
        Ok(Reply { status, body: Zeroizing::new(body.to_bytes().to_vec()) })
    }
}

fn request(url: &HttpsUrl, sent: Sent<'_>) -> Option<Request<Full<Bytes>>> {
    let path = url.uri.path_and_query().map_or("/", |path| path.as_str());
    let request = Request::builder()
        .uri(path)
        .header(HOST, url.uri.authority()?.as_str())
        .header(ACCEPT, "application/json")
        .header("user-agent", "isoloir");
    let secret = |text: String| {
        let mut value = HeaderValue::from_str(&text).ok()?;
        value.set_sensitive(true);
        Some(value)
    };
    match sent {
        Sent::Nothing => request.body(Full::default()).ok(),
        Sent::Bearer(token) => {
            let value = secret(format!("Bearer {}", token.expose()))?;
            request.header(AUTHORIZATION, value).body(Full::default()).ok()
        }
        Sent::Form { pairs, basic } => {
            let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
            let mut request = request.method(Method::POST).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
            if let Some(basic) = basic {
                let encoded = data_encoding::BASE64.encode(basic.expose().as_bytes());
                request = request.header(AUTHORIZATION, secret(format!("Basic {encoded}"))?);
            }
            request.body(Full::new(Bytes::from_owner(Zeroizing::new(body.into_bytes())))).ok()
        }
        Sent::Plain(text) => {
            let request = request.method(Method::POST).header(CONTENT_TYPE, "text/plain; charset=utf-8");
            request.body(Full::new(Bytes::from(text))).ok()
        }
        Sent::Signed { json, header, signature } => {
            let request = request.method(Method::POST).header(CONTENT_TYPE, "application/json");
            request.header(header, signature).body(Full::new(Bytes::from(json))).ok()
        }
    }
}

fn of_tls(error: &std::io::Error) -> HttpFault {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(rustls::Error::InvalidCertificate(_)) => HttpFault::Certificate,
        _ => HttpFault::Unreachable,
    }
}

fn of_hyper(error: &hyper::Error) -> HttpFault {
    if error.is_parse() { HttpFault::Protocol } else { HttpFault::Unreachable }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_https_addresses() {
        for good in ["https://id.example/realms/a", "https://[::1]:8443/", "https://id.example/a?b=c"] {
            assert!(HttpsUrl::parse(good).is_some(), "{good}");
        }
        for bad in [
            "http://id.example/",
            "https://",
            "https://user@id.example/",
            "https://id.example/#a",
            "file:///etc/passwd",
            "/realms/a",
            "",
            "https://id.example/a b",
            "https://id.example:99999/",
            "https://id.example:0/",
            "https://id.example:/",
            "https://[::1]:99999/",
        ] {
            assert!(HttpsUrl::parse(bad).is_none(), "{bad}");
        }
    }
}
