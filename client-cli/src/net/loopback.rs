//! Where the system's browser comes back to after a sign-in (RFC 8252 §7.3): an ephemeral port of the loopback interface, open for one
//! answer. It must never listen beyond loopback, believe an answer without the right state, or read more than its cap.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use protocol::enrollment::{Callback, LOOPBACK_PATH};
use protocol::ids::Hash32;
use protocol::secret::Secret;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use zeroize::Zeroizing;

/// The head of a request; a browser's is far smaller.
const HEAD_BYTES_MAX: usize = 32 * 1024;
/// Browsers open connections that they may never use.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(10);
/// Connections at one time; further ones wait in the kernel.
const CONNECTIONS_MAX: usize = 8;

/// What the person reads in the browser: plain text of ours.
#[derive(Clone, Copy, Debug)]
pub struct Pages<'a> {
    pub done: &'a str,
    pub refused: &'a str,
    pub not_asked: &'a str,
}

/// What came back.
#[derive(Debug)]
pub enum Answered {
    Code(Callback),
    /// The person or the provider said no.
    Refused,
}

/// Open ports, closed when dropped.
pub struct Loopback {
    four: TcpListener,
    /// `localhost` may mean this one first.
    six: Option<TcpListener>,
    port: u16,
}

/// The port is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the port that the browser comes back to is in use")]
pub struct PortTaken;

impl Loopback {
    /// On the port that the provider insists on, or on any free one.
    pub async fn bind(port: Option<u16>) -> Result<Self, PortTaken> {
        let at = SocketAddr::from((Ipv4Addr::LOCALHOST, port.unwrap_or_default()));
        let four = TcpListener::bind(at).await.map_err(|_| PortTaken)?;
        let port = four.local_addr().map_err(|_| PortTaken)?.port();
        let six = TcpListener::bind(SocketAddr::from((Ipv6Addr::LOCALHOST, port))).await.ok();
        Ok(Self { four, six, port })
    }

    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Waits until the browser brings the answer that carries `state`. Whoever brings anything else is told so, and waited on.
    pub async fn answer(self, state: &Secret<String>, pages: Pages<'_>) -> Answered {
        let mut open = FuturesUnordered::new();
        loop {
            tokio::select! {
                Some(answered) = open.next(), if !open.is_empty() => {
                    if let Some(answered) = answered {
                        return answered;
                    }
                }
                stream = self.accept(), if open.len() < CONNECTIONS_MAX => {
                    if let Ok(stream) = stream {
                        open.push(async move {
                            timeout(CONNECTION_TIMEOUT, serve(stream, state, pages)).await.ok().flatten()
                        });
                    }
                }
            }
        }
    }

    async fn accept(&self) -> std::io::Result<TcpStream> {
        let Some(six) = &self.six else { return self.four.accept().await.map(|(stream, _)| stream) };
        tokio::select! {
            accepted = self.four.accept() => accepted.map(|(stream, _)| stream),
            accepted = six.accept() => accepted.map(|(stream, _)| stream),
        }
    }
}

async fn serve(mut stream: TcpStream, state: &Secret<String>, pages: Pages<'_>) -> Option<Answered> {
    let mut head = Zeroizing::new(Vec::with_capacity(HEAD_BYTES_MAX));
    while !head.ends_with(b"\r\n\r\n") {
        let mut limited = (&mut stream).take((HEAD_BYTES_MAX - head.len()) as u64);
        if limited.read_buf(&mut *head).await.ok()? == 0 {
            return None;
        }
    }
    let target = std::str::from_utf8(&head).ok().and_then(target);
    let answered = target.and_then(|target| read(target, state));
    let (status, text) = match &answered {
        Some(Answered::Code(_)) => ("200 OK", pages.done),
        Some(Answered::Refused) => ("200 OK", pages.refused),
        None => ("404 Not Found", pages.not_asked),
    };
    let response = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
         X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\nContent-Security-Policy: default-src 'none'\r\n\
         Connection: close\r\n\r\n{text}",
        text.len()
    );
    // A browser that does not read it has brought its answer all the same.
    let _ = stream.write_all(response.as_bytes()).await;
    let _ = stream.shutdown().await;
    answered
}

/// What a GET asks for (RFC 9112 §3).
fn target(head: &str) -> Option<&str> {
    let mut words = head.lines().next()?.split(' ');
    match (words.next(), words.next(), words.next(), words.next()) {
        (Some("GET"), Some(target), Some("HTTP/1.1" | "HTTP/1.0"), None) => Some(target),
        _ => None,
    }
}

/// The answer to the sign-in with this state, and to no other one.
fn read(target: &str, state: &Secret<String>) -> Option<Answered> {
    let (path, query) = target.split_once('?')?;
    if path != LOOPBACK_PATH {
        return None;
    }
    let value = |wanted: &str| {
        let mut found = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == wanted);
        let value = found.next()?.1.into_owned();
        // Two of one are nobody's answer.
        if found.next().is_some() { None } else { Some(value) }
    };
    let brought = Secret::new(value("state")?);
    // By their hashes: how long it takes says nothing about the state.
    if Hash32::sha256(brought.expose().as_bytes()) != Hash32::sha256(state.expose().as_bytes()) {
        return None;
    }
    match (value("code"), value("error")) {
        (Some(code), None) => {
            Some(Answered::Code(Callback { code: Secret::new(code), state: brought, issuer: value("iss") }))
        }
        (None, Some(_)) => Some(Answered::Refused),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGES: Pages<'_> = Pages { done: "done", refused: "refused", not_asked: "not asked" };

    async fn get(port: u16, target: &str) -> String {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.expect("open");
        stream.write_all(format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes()).await.expect("sent");
        let mut text = String::new();
        stream.read_to_string(&mut text).await.expect("answered");
        text
    }

    #[tokio::test]
    async fn only_the_answer_with_the_state_counts_whoever_else_knocks() {
        let loopback = Loopback::bind(None).await.expect("a free port");
        let port = loopback.port();
        let state = Secret::new("right".to_owned());
        let _silent = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.expect("open");
        let browser = async {
            for wrong in [
                "/",
                "/signed-in",
                "/signed-in?code=a",
                "/signed-in?code=a&state=wrong",
                "/other?code=a&state=right",
                "/signed-in?state=right&state=right&code=a",
                "/signed-in?state=right",
                "/signed-in?error=a&state=wrong",
            ] {
                assert!(get(port, wrong).await.starts_with("HTTP/1.1 404"), "{wrong}");
            }
            get(port, "/signed-in?code=a%2Fb&state=right&iss=https%3A%2F%2Fid.example").await
        };
        let (answered, page) = tokio::join!(loopback.answer(&state, PAGES), browser);
        let Answered::Code(callback) = answered else { panic!("a code") };
        assert_eq!((callback.code.expose().as_str(), callback.issuer.as_deref()), ("a/b", Some("https://id.example")));
        assert!(page.ends_with("done") && !page.contains("a/b"));
        assert!(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_err(), "the port is closed afterwards");
    }

    #[tokio::test]
    async fn a_refusal_is_an_answer_too() {
        let loopback = Loopback::bind(None).await.expect("a free port");
        let (port, state) = (loopback.port(), Secret::new("right".to_owned()));
        let (answered, _) =
            tokio::join!(loopback.answer(&state, PAGES), get(port, "/signed-in?error=access_denied&state=right"));
        assert!(matches!(answered, Answered::Refused));
    }

    #[test]
    fn no_request_panics() {
        let state = Secret::new("s".to_owned());
        for text in
            ["", "GET", "GET  HTTP/1.1", "GET /signed-in?%ff%fe HTTP/1.1", "POST /signed-in?state=s&code=a HTTP/1.1"]
        {
            assert!(target(text).and_then(|target| read(target, &state)).is_none(), "{text}");
        }
    }
}
