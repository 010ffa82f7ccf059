//! The server's side of TLS 1.3 (RFC 8446): which certificate it shows, how it changes while serving, and the exporter of a
//! connection. Never TLS 1.2, never a session ticket (a ticket would join two sessions), never a client's address.

pub mod client;

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use arc_swap::ArcSwap;
use protocol::ids::Hash32;
use protocol::signaling::message::{EXPORTER_BYTES, EXPORTER_LABEL};
use protocol::time::Timestamp;
use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256};
use rustls::crypto::aws_lc_rs;
use rustls::server::{ClientHello, NoServerSessionStorage, ResolvesServerCert, ServerConfig};
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::server::TlsStream;

use crate::clock::Ambient;
use crate::config::CertificateFiles;

/// The only application protocol so far (RFC 7301); another one would be told apart by its name here.
pub const ALPN_HTTP: &[u8] = b"http/1.1";
/// A PEM file larger than this is refused.
const PEM_BYTES_MAX: u64 = 1024 * 1024;
/// File of the server's own key in the data folder.
const OWN_KEY_FILE: &str = "tls-key.pem";

#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("{file} cannot be read: {kind}")]
    Unreadable { file: String, kind: io::ErrorKind },
    #[error("{file} holds no usable {what}")]
    Unusable { file: String, what: &'static str },
    #[error("the key does not belong to the certificate")]
    Mismatch,
    #[error("the server's own certificate cannot be made")]
    OwnCertificate,
    #[error("TLS cannot be set up: {0}")]
    Setup(#[from] rustls::Error),
}

/// A certificate chain with its key, and the hash by which clients know the key.
#[derive(Debug, Clone)]
pub struct Identity {
    certified: Arc<CertifiedKey>,
    /// SHA-256 of the SubjectPublicKeyInfo, as in `OrganizationDocument`.
    pub spki: Hash32,
}

impl Identity {
    /// The customer's certificate.
    pub fn from_files(files: &CertificateFiles) -> Result<Self, TlsError> {
        let file = |path: &Path| path.display().to_string();
        let pem = read_bounded(&files.certificate_file)?;
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&pem)
            .collect::<Result<_, _>>()
            .map_err(|_| TlsError::Unusable { file: file(&files.certificate_file), what: "certificate" })?;
        let pem = zeroize::Zeroizing::new(read_bounded(&files.key_file)?);
        let key = PrivateKeyDer::from_pem_slice(&pem)
            .map_err(|_| TlsError::Unusable { file: file(&files.key_file), what: "private key" })?;
        Self::new(chain, key, &file(&files.certificate_file))
    }

    /// The server's own: a P-256 key kept in `data`, and a certificate for `host` made anew at each start. Its dates say
    /// nothing: clients check the key against the organization's signed and expiring list.
    pub fn own(data: &Path, host: &str, ambient: &Ambient) -> Result<Self, TlsError> {
        let path = data.join(OWN_KEY_FILE);
        let pem = match fs::read(&path) {
            Ok(pem) => zeroize::Zeroizing::new(pem),
            Err(error) if error.kind() == io::ErrorKind::NotFound => make_key(&path, ambient)?,
            Err(error) => return Err(unreadable(&path, &error)),
        };
        let key = PrivatePkcs8KeyDer::from_pem_slice(&pem)
            .map_err(|_| TlsError::Unusable { file: path.display().to_string(), what: "private key" })?;
        let pair = KeyPair::from_pkcs8_der_and_sign_algo(&key, &PKCS_ECDSA_P256_SHA256)
            .map_err(|_| TlsError::OwnCertificate)?;
        let mut names = vec![host.to_owned()];
        if host != "localhost" {
            names.push("localhost".to_owned());
        }
        let certificate = CertificateParams::new(names)
            .and_then(|params| params.self_signed(&pair))
            .map_err(|_| TlsError::OwnCertificate)?;
        Self::new(vec![certificate.der().clone()], key.into(), OWN_KEY_FILE)
    }

    /// The certificate itself, in DER.
    pub fn leaf(&self) -> CertificateDer<'static> {
        self.certified.cert.first().cloned().unwrap_or_else(|| CertificateDer::from(Vec::new()))
    }

    fn new(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>, file: &str) -> Result<Self, TlsError> {
        let unusable = |what| TlsError::Unusable { file: file.to_owned(), what };
        let leaf = chain.first().ok_or_else(|| unusable("certificate"))?;
        let spki = spki_hash(leaf).ok_or_else(|| unusable("certificate"))?;
        let key = aws_lc_rs::sign::any_supported_type(&key).map_err(|_| unusable("private key"))?;
        let certified = CertifiedKey::new(chain, key);
        certified.keys_match().map_err(|_| TlsError::Mismatch)?;
        Ok(Identity { certified: Arc::new(certified), spki })
    }
}

fn make_key(path: &Path, ambient: &Ambient) -> Result<zeroize::Zeroizing<Vec<u8>>, TlsError> {
    use p256::pkcs8::EncodePrivateKey as _;
    let key = p256::SecretKey::random(&mut ambient.rng());
    let pem = key.to_pkcs8_pem(p256::pkcs8::LineEnding::LF).map_err(|_| TlsError::OwnCertificate)?;
    crate::unix::write_private(path, pem.as_bytes()).map_err(|error| unreadable(path, &error))?;
    Ok(zeroize::Zeroizing::new(pem.as_bytes().to_vec()))
}

fn read_bounded(path: &Path) -> Result<Vec<u8>, TlsError> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    fs::File::open(path)
        .and_then(|file| file.take(PEM_BYTES_MAX).read_to_end(&mut bytes))
        .map_err(|error| unreadable(path, &error))?;
    Ok(bytes)
}

fn unreadable(path: &Path, error: &io::Error) -> TlsError {
    TlsError::Unreadable { file: path.display().to_string(), kind: error.kind() }
}

fn spki_hash(certificate: &CertificateDer<'_>) -> Option<Hash32> {
    use x509_parser::prelude::FromDer as _;
    let (_, parsed) = x509_parser::certificate::X509Certificate::from_der(certificate).ok()?;
    Some(Hash32::sha256(parsed.public_key().raw))
}

/// The certificate shown to new connections; swapping it touches no connection that is open.
#[derive(Debug)]
pub struct Shown(ArcSwap<CertifiedKey>);

impl Shown {
    pub fn new(identity: &Identity) -> Self {
        Shown(ArcSwap::new(identity.certified.clone()))
    }

    pub fn replace(&self, identity: &Identity) {
        self.0.store(identity.certified.clone());
    }

    /// When the shown certificate ends.
    pub fn not_after(&self) -> Option<Timestamp> {
        use x509_parser::prelude::FromDer as _;
        let certified = self.0.load();
        let (_, leaf) = x509_parser::certificate::X509Certificate::from_der(certified.cert.first()?).ok()?;
        let seconds = u64::try_from(leaf.validity().not_after.timestamp()).ok()?;
        Some(Timestamp::from_millis(seconds.saturating_mul(1_000)))
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

/// TLS 1.3 only, X25519MLKEM768 first (the provider's order with `prefer-post-quantum`), no resumption of any kind.
pub fn server_config(shown: Arc<Shown>) -> Result<ServerConfig, TlsError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_no_client_auth()
        .with_cert_resolver(shown);
    config.alpn_protocols = vec![ALPN_HTTP.to_vec()];
    config.send_tls13_tickets = 0;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.max_early_data_size = 0;
    Ok(config)
}

/// What HELLO signs of its connection (RFC 8446 §7.5). In the connection's extensions of every request.
#[derive(Clone, Copy)]
pub struct Exporter(pub [u8; EXPORTER_BYTES]);

impl Exporter {
    pub fn of<S>(stream: &TlsStream<S>) -> Option<Self> {
        let value = [0; EXPORTER_BYTES];
        let (_, connection) = stream.get_ref();
        connection.export_keying_material(value, EXPORTER_LABEL, None).ok().map(Exporter)
    }
}

#[cfg(test)]
mod tests {
    use protocol::time::Timestamp;

    use super::*;

    fn ambient(seed: u8) -> Ambient {
        Ambient::fixed(Timestamp::from_millis(1_700_000_000_000), [seed; 32])
    }

    #[test]
    fn the_own_key_stays_and_depends_on_the_injected_entropy_alone() {
        let folders = [0, 1, 2].map(|_| tempfile::tempdir().expect("a temp folder"));
        let own = |folder: usize, seed| {
            Identity::own(folders[folder].path(), "127.0.0.1", &ambient(seed)).expect("made").spki
        };
        let first = own(0, 1);
        assert_eq!(own(0, 9), first, "kept over starts");
        assert_eq!(own(1, 1), first, "the same seed, the same key");
        assert_ne!(own(2, 2), first);
    }

    #[test]
    fn a_key_of_another_certificate_is_refused() {
        let folder = tempfile::tempdir().expect("a temp folder");
        let files = CertificateFiles {
            certificate_file: folder.path().join("cert.pem"),
            key_file: folder.path().join("key.pem"),
        };
        let make = || rcgen::generate_simple_self_signed(["chat.example".to_owned()]).expect("made");
        let (one, two) = (make(), make());
        fs::write(&files.certificate_file, one.cert.pem()).expect("written");
        fs::write(&files.key_file, two.signing_key.serialize_pem()).expect("written");
        assert!(matches!(Identity::from_files(&files), Err(TlsError::Mismatch)));
        fs::write(&files.key_file, one.signing_key.serialize_pem()).expect("written");
        Identity::from_files(&files).expect("they belong together");
        fs::write(&files.key_file, "no key").expect("written");
        assert!(matches!(Identity::from_files(&files), Err(TlsError::Unusable { .. })));
    }
}
