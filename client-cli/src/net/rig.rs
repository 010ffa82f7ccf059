//! A server on loopback for the tests beside: it ends TLS 1.3 with a key of its own and answers HTTP as it is told.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use protocol::ids::Hash32;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::crypto::aws_lc_rs::sign::any_supported_type;
use rustls::server::ResolvesServerCert;
use rustls::sign::{CertifiedKey, SigningKey};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufStream};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::tls::{Endpoint, spki_sha256};

#[derive(Clone)]
pub struct ServerKey {
    certificate: CertificateDer<'static>,
    key: Arc<dyn SigningKey>,
    pub spki: Hash32,
}

impl ServerKey {
    pub fn fresh() -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let certificate = made.cert.der().clone();
        let der = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let spki = spki_sha256(&certificate).unwrap();
        Self { certificate, key: any_supported_type(&der).unwrap(), spki }
    }

    /// This certificate shown by one who holds another key.
    pub fn with_key_of(&self, thief: &Self) -> Self {
        Self { key: Arc::clone(&thief.key), ..self.clone() }
    }
}

impl std::fmt::Debug for ServerKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ServerKey")
    }
}

/// Shows the certificate as it is: rustls itself would refuse to load one that does not fit the key.
#[derive(Debug)]
struct Show(Arc<CertifiedKey>);

impl ResolvesServerCert for Show {
    fn resolve(&self, _hello: rustls::server::ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

#[derive(Clone)]
pub struct TlsServer {
    listener: Arc<TcpListener>,
    acceptor: TlsAcceptor,
    accepted: Arc<AtomicUsize>,
}

impl TlsServer {
    pub async fn bind(key: &ServerKey) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self { listener: Arc::new(listener), acceptor: acceptor(key), accepted: Arc::default() }
    }

    pub fn endpoint(&self) -> Endpoint {
        Endpoint { host: "127.0.0.1".to_owned().into(), port: self.listener.local_addr().unwrap().port() }
    }

    /// Connections so far.
    pub fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }

    pub async fn try_accept(&self) -> std::io::Result<TlsStream<TcpStream>> {
        self.acceptor.accept(self.accept_socket().await?).await
    }

    pub async fn accept(&self) -> TlsStream<TcpStream> {
        self.try_accept().await.unwrap()
    }

    /// The next connection ends at somebody else.
    pub async fn accept_with(&self, key: &ServerKey) -> TlsStream<TcpStream> {
        acceptor(key).accept(self.accept_socket().await.unwrap()).await.unwrap()
    }

    async fn accept_socket(&self) -> std::io::Result<TcpStream> {
        let (socket, _) = self.listener.accept().await?;
        self.accepted.fetch_add(1, Ordering::SeqCst);
        Ok(socket)
    }
}

fn acceptor(key: &ServerKey) -> TlsAcceptor {
    let shown = CertifiedKey::new(vec![key.certificate.clone()], Arc::clone(&key.key));
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(Show(Arc::new(shown))));
    config.send_tls13_tickets = 0;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    TlsAcceptor::from(Arc::new(config))
}

/// One HTTP response.
#[derive(Clone)]
pub struct Answer {
    status: u16,
    media_type: &'static str,
    body: Vec<u8>,
    connection: &'static str,
}

impl Answer {
    pub fn cbor(body: Vec<u8>) -> Self {
        Self { status: 200, media_type: "application/cbor", body, connection: "keep-alive" }
    }

    pub fn problem(status: u16, code: &str) -> Self {
        let body = format!(r#"{{"type":"urn:isoloir:problem:{code}","status":{status},"code":"{code}"}}"#);
        Self { status, media_type: "application/problem+json", body: body.into_bytes(), connection: "keep-alive" }
    }

    pub fn html(status: u16) -> Self {
        Self { status, media_type: "text/html", body: b"<p>".to_vec(), connection: "keep-alive" }
    }

    /// The server closes after this one.
    pub fn and_close(self) -> Self {
        Self { connection: "close", ..self }
    }
}

/// Answers requests by path until either end closes.
pub async fn serve_http(stream: TlsStream<TcpStream>, answer: impl Fn(&str) -> Answer) {
    let mut stream = BufStream::new(stream);
    while let Some(head) = head(&mut stream).await {
        let length = head
            .lines()
            .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok())
            .unwrap_or(0);
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await.unwrap();
        let Answer { status, media_type, body, connection } = answer(head.split(' ').nth(1).unwrap());
        let length = body.len();
        let head = format!(
            "HTTP/1.1 {status} X\r\ncontent-type: {media_type}\r\ncontent-length: {length}\r\nconnection: {connection}\r\n\r\n"
        );
        let written = async {
            stream.write_all(head.as_bytes()).await?;
            stream.write_all(&body).await?;
            stream.flush().await
        };
        if written.await.is_err() || connection == "close" {
            let _ = stream.shutdown().await;
            return;
        }
    }
}

async fn head(stream: &mut BufStream<TlsStream<TcpStream>>) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    String::from_utf8(head).ok()
}
