//! A TLS server on loopback for the tests beside: it ends TLS 1.3 with a key of its own.

use std::sync::Arc;

use protocol::ids::Hash32;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::crypto::aws_lc_rs::sign::any_supported_type;
use rustls::server::ResolvesServerCert;
use rustls::sign::{CertifiedKey, SigningKey};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
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
}

impl TlsServer {
    pub async fn bind(key: &ServerKey) -> Self {
        let shown = CertifiedKey::new(vec![key.certificate.clone()], Arc::clone(&key.key));
        let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(Show(Arc::new(shown))));
        config.send_tls13_tickets = 0;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self { listener: Arc::new(listener), acceptor: TlsAcceptor::from(Arc::new(config)) }
    }

    pub fn endpoint(&self) -> Endpoint {
        Endpoint { host: "127.0.0.1".to_owned().into(), port: self.listener.local_addr().unwrap().port() }
    }

    pub async fn try_accept(&self) -> std::io::Result<TlsStream<TcpStream>> {
        let (socket, _) = self.listener.accept().await?;
        self.acceptor.accept(socket).await
    }

    pub async fn accept(&self) -> TlsStream<TcpStream> {
        self.try_accept().await.unwrap()
    }
}
