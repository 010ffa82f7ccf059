//! A client of the tests: TLS that trusts no authority and shows the server's key, HTTP by hand, WebSocket frames of signaling.

use std::net::SocketAddr;
use std::sync::Arc;

use futures_util::{SinkExt as _, StreamExt as _};
use protocol::ids::Hash32;
use protocol::signaling::message::{ClientFrame, EXPORTER_LABEL, ServerFrame};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls13_signature};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Bytes, Message};

#[derive(Debug)]
struct AnyServer(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyServer {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::General("TLS 1.2".to_owned()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// One TLS connection.
pub async fn connect(address: SocketAddr) -> TlsStream<TcpStream> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&[&rustls::version::TLS13])
        .expect("TLS 1.3")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AnyServer(provider)))
        .with_no_client_auth();
    let stream = TcpStream::connect(address).await.expect("connected");
    let name = ServerName::from(address.ip());
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.expect("TLS")
}

/// SHA-256 of the server's SubjectPublicKeyInfo.
pub fn spki(stream: &TlsStream<TcpStream>) -> Hash32 {
    use x509_parser::prelude::FromDer as _;
    let chain = stream.get_ref().1.peer_certificates().expect("a certificate");
    let (_, leaf) = x509_parser::certificate::X509Certificate::from_der(&chain[0]).expect("X.509");
    Hash32::sha256(leaf.public_key().raw)
}

pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

/// One request on a connection that stays open; the answer must have a Content-Length.
pub async fn ask(stream: &mut TlsStream<TcpStream>, head: &str, body: &[u8]) -> Answer {
    let request = format!("{head}\r\nHost: x\r\nContent-Length: {}\r\n\r\n", body.len());
    stream.write_all(request.as_bytes()).await.expect("sent");
    stream.write_all(body).await.expect("sent");
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        assert_ne!(stream.read_buf(&mut bytes).await.expect("read"), 0, "closed before the answer");
    };
    let head = String::from_utf8(bytes[..end].to_vec()).expect("ASCII").to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("a length");
    let length: usize = length.trim().parse().expect("a number");
    let mut body = bytes.split_off(end + 4);
    while body.len() < length {
        assert_ne!(stream.read_buf(&mut body).await.expect("read"), 0, "closed within the answer");
    }
    Answer { status: head[9..12].parse().expect("a status"), head, body }
}

/// CBOR there and back.
pub async fn post<T: for<'b> minicbor::Decode<'b, ()>>(
    stream: &mut TlsStream<TcpStream>,
    path: &str,
    body: &impl minicbor::Encode<()>,
) -> T {
    let head = format!("POST {path} HTTP/1.1\r\nContent-Type: application/cbor");
    let answer = ask(stream, &head, &protocol::codec::encode(body)).await;
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    protocol::codec::decode(&answer.body).expect("CBOR")
}

/// A signaling socket.
pub struct Socket {
    inner: WebSocketStream<TlsStream<TcpStream>>,
    pub exporter: [u8; 32],
}

impl Socket {
    pub async fn open(address: SocketAddr) -> Self {
        let stream = connect(address).await;
        let exporter = stream.get_ref().1.export_keying_material([0; 32], EXPORTER_LABEL, None).expect("exporter");
        let url = format!("wss://{address}/v1/signal");
        let (inner, _) = tokio_tungstenite::client_async(url, stream).await.expect("WebSocket");
        Socket { inner, exporter }
    }

    /// The next frame; `None` when the server has closed.
    pub async fn next(&mut self) -> Option<ServerFrame> {
        loop {
            match self.inner.next().await {
                Some(Ok(Message::Binary(bytes))) => return Some(ServerFrame::from_bytes(&bytes).expect("a frame")),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                Some(Ok(_)) => {}
            }
        }
    }

    /// The next frame that is no NEWS.
    pub async fn next_but_news(&mut self) -> Option<ServerFrame> {
        loop {
            match self.next().await {
                Some(ServerFrame::News { .. }) => {}
                other => return other,
            }
        }
    }

    pub async fn send(&mut self, frame: &ClientFrame) {
        self.raw(frame.to_bytes()).await;
    }

    pub async fn raw(&mut self, bytes: Vec<u8>) {
        self.inner.send(Message::Binary(Bytes::from(bytes))).await.expect("sent");
    }

    pub async fn text(&mut self, text: &str) {
        self.inner.send(Message::text(text)).await.expect("sent");
    }
}
