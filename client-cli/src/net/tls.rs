//! TLS 1.3 (RFC 8446) to the organization's server. Web PKI is neither needed nor enough: the server's key counts, by the
//! SHA-256 of its SubjectPublicKeyInfo. It must never fall back to an older version, resume a session (a ticket would join
//! the two sessions of a device), or let anything secret be sent over [`Permitted::FirstContact`].

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use protocol::ids::Hash32;
use protocol::organization::{EnrollmentLink, NotALink};
use protocol::secret::Personal;
use protocol::signaling::message::{EXPORTER_BYTES, EXPORTER_LABEL};
use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls13_signature};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, PeerMisbehaved, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use sha2::{Digest, Sha256};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use x509_parser::prelude::{FromDer, X509Certificate};

/// One address of the server may take this long to answer.
const TCP_TIMEOUT: Duration = Duration::from_secs(5);
/// Addresses of one name that are tried.
const ADDRESSES_MAX: usize = 4;
/// The handshake may take this long.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// HTTP/1.1 is what a WebSocket needs.
const ALPN_HTTP: &[u8] = b"http/1.1";

/// Where the organization's server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Name or address, without brackets.
    pub host: Personal<String>,
    pub port: u16,
}

impl Endpoint {
    /// From `https://HOST:PORT`, as [`EnrollmentLink::url`] writes it.
    pub fn from_url(url: &str) -> Result<Self, NotALink> {
        // The same parser as for links; a fingerprint of zeros stands where a link has its own.
        let link: EnrollmentLink = format!("{url}#{}", "00".repeat(32)).parse()?;
        Ok(Self::from(&link))
    }

    /// `HOST:PORT` as in a Host header.
    pub fn authority(&self) -> String {
        let host = self.host.expose();
        if host.contains(':') { format!("[{host}]:{}", self.port) } else { format!("{host}:{}", self.port) }
    }
}

impl From<&EnrollmentLink> for Endpoint {
    fn from(link: &EnrollmentLink) -> Self {
        Self { host: link.host.clone(), port: link.port }
    }
}

/// Which server keys a connection may end at.
#[derive(Clone, Debug)]
pub enum Permitted {
    /// Any: only to fetch `/v1/organization`, which then says whether this connection's key is right.
    FirstContact,
    /// One of these, SHA-256 over SubjectPublicKeyInfo.
    Pinned(Vec<Hash32>),
}

/// An open connection, and what it proved.
pub struct Connection {
    pub stream: TlsStream<TcpStream>,
    /// SHA-256 of the server key's SubjectPublicKeyInfo; the handshake proved that the server holds the key.
    pub spki: Hash32,
    /// Binds signatures to this connection (RFC 5705, RFC 9266).
    pub exporter: [u8; EXPORTER_BYTES],
}

/// Why there is no connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlsError {
    #[error("the server's name is not known")]
    Name,
    #[error("the server does not answer")]
    Unreachable,
    /// Somebody stands in between, or the server changed its key without telling.
    #[error("the server showed a key that the organization does not permit")]
    Key,
    #[error("the server speaks no TLS 1.3")]
    Handshake,
}

/// Connects to the first address that answers.
pub async fn connect(endpoint: &Endpoint, permitted: &Permitted) -> Result<Connection, TlsError> {
    let name = ServerName::try_from(endpoint.host.expose().clone()).map_err(|_| TlsError::Name)?;
    let socket = dial(endpoint).await?;
    let connector = TlsConnector::from(Arc::new(config(permitted)?));
    let stream = timeout(HANDSHAKE_TIMEOUT, connector.connect(name, socket))
        .await
        .map_err(|_| TlsError::Unreachable)?
        .map_err(|error| of_handshake(&error))?;
    let (_, session) = stream.get_ref();
    let certificate = session.peer_certificates().and_then(<[_]>::first).ok_or(TlsError::Handshake)?;
    let spki = spki_sha256(certificate).ok_or(TlsError::Handshake)?;
    let exporter =
        session.export_keying_material([0; EXPORTER_BYTES], EXPORTER_LABEL, None).map_err(|_| TlsError::Handshake)?;
    Ok(Connection { stream, spki, exporter })
}

async fn dial(endpoint: &Endpoint) -> Result<TcpStream, TlsError> {
    let found = tokio::net::lookup_host((endpoint.host.expose().as_str(), endpoint.port));
    let addresses: Vec<SocketAddr> = timeout(TCP_TIMEOUT, found)
        .await
        .map_err(|_| TlsError::Name)?
        .map_err(|_| TlsError::Name)?
        .take(ADDRESSES_MAX)
        .collect();
    for address in addresses {
        if let Ok(Ok(socket)) = timeout(TCP_TIMEOUT, TcpStream::connect(address)).await {
            // Small frames must not wait for each other; without it things only get slower.
            let _ = socket.set_nodelay(true);
            return Ok(socket);
        }
    }
    Err(TlsError::Unreachable)
}

fn config(permitted: &Permitted) -> Result<ClientConfig, TlsError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = Arc::new(KeyVerifier { permitted: permitted.clone(), provider: Arc::clone(&provider) });
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|_| TlsError::Handshake)?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.resumption = Resumption::disabled();
    config.alpn_protocols = vec![ALPN_HTTP.to_vec()];
    Ok(config)
}

fn of_handshake(error: &io::Error) -> TlsError {
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<rustls::Error>());
    match cause {
        Some(rustls::Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure)) => TlsError::Key,
        Some(_) => TlsError::Handshake,
        None => TlsError::Unreachable,
    }
}

/// SHA-256 over the certificate's SubjectPublicKeyInfo (RFC 5280 §4.1).
pub fn spki_sha256(certificate: &CertificateDer<'_>) -> Option<Hash32> {
    let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
    Some(Hash32::from_bytes(Sha256::digest(parsed.tbs_certificate.subject_pki.raw).into()))
}

/// Looks at the key, never at names, dates or issuers; the handshake's signature is checked in full.
#[derive(Debug)]
struct KeyVerifier {
    permitted: Permitted,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for KeyVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let shown = spki_sha256(end_entity).ok_or(CertificateError::BadEncoding)?;
        match &self.permitted {
            Permitted::Pinned(keys) if !keys.contains(&shown) => {
                Err(CertificateError::ApplicationVerificationFailure.into())
            }
            Permitted::Pinned(_) | Permitted::FirstContact => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        // TLS 1.2 is not offered.
        Err(PeerMisbehaved::SelectedUnofferedCipherSuite.into())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use rustls::NamedGroup;
    use tokio::io::AsyncReadExt;

    use super::*;
    use crate::net::rig::{ServerKey, TlsServer};

    #[tokio::test]
    async fn the_exporter_and_the_key_are_those_of_the_server_and_the_exchange_is_hybrid() {
        let key = ServerKey::fresh();
        let server = TlsServer::bind(&key).await;
        let accepted = tokio::spawn({
            let server = server.clone();
            async move { server.accept().await }
        });
        let connection = connect(&server.endpoint(), &Permitted::FirstContact).await.unwrap();
        let accepted = accepted.await.unwrap();
        assert_eq!(connection.spki, key.spki);
        let exporter = accepted.get_ref().1.export_keying_material([0; 32], EXPORTER_LABEL, None).unwrap();
        assert_eq!(connection.exporter, exporter);
        let group = connection.stream.get_ref().1.negotiated_key_exchange_group().unwrap();
        assert_eq!(group.name(), NamedGroup::X25519MLKEM768);
    }

    #[tokio::test]
    async fn only_a_permitted_key_is_accepted() {
        let (key, other) = (ServerKey::fresh(), ServerKey::fresh());
        let server = TlsServer::bind(&key).await;
        tokio::spawn({
            let server = server.clone();
            async move {
                loop {
                    let Ok(mut stream) = server.try_accept().await else { continue };
                    tokio::spawn(async move { stream.read_u8().await });
                }
            }
        });
        let refused = connect(&server.endpoint(), &Permitted::Pinned(vec![other.spki])).await.err();
        assert_eq!(refused, Some(TlsError::Key));
        let pinned = Permitted::Pinned(vec![other.spki, key.spki]);
        assert_eq!(connect(&server.endpoint(), &pinned).await.unwrap().spki, key.spki);
    }

    /// A certificate is public: who shows it without holding its key must fail.
    #[tokio::test]
    async fn a_certificate_without_its_key_is_refused_at_first_contact_too() {
        let (key, thief) = (ServerKey::fresh(), ServerKey::fresh());
        let server = TlsServer::bind(&key.with_key_of(&thief)).await;
        tokio::spawn({
            let server = server.clone();
            async move { server.try_accept().await.map(drop) }
        });
        let refused = connect(&server.endpoint(), &Permitted::FirstContact).await.err();
        assert_eq!(refused, Some(TlsError::Handshake));
    }

    #[tokio::test]
    async fn nobody_there_is_told_from_a_name_that_does_not_exist() {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let endpoint = Endpoint { host: "127.0.0.1".to_owned().into(), port: free.port() };
        assert_eq!(connect(&endpoint, &Permitted::FirstContact).await.err(), Some(TlsError::Unreachable));
        let endpoint = Endpoint { host: "not a name".to_owned().into(), port: 1 };
        assert_eq!(connect(&endpoint, &Permitted::FirstContact).await.err(), Some(TlsError::Name));
    }

    #[test]
    fn endpoints_come_from_urls() {
        let endpoint = Endpoint::from_url("https://[::1]:8443").unwrap();
        assert_eq!((endpoint.host.expose().as_str(), endpoint.port), ("::1", 8443));
        assert_eq!(endpoint.authority(), "[::1]:8443");
        assert!(Endpoint::from_url("http://a:1").is_err());
    }
}
