//! Our side of TLS where the server is somebody's client (RFC 8446): directories, identity providers, destinations of the audit. It must
//! never trust a certificate that no root has signed.

use std::path::Path;
use std::sync::Arc;

use rustls::client::WantsClientCert;
use rustls::{ClientConfig, ConfigBuilder, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;

/// There is no usable root certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no usable root certificate")]
pub struct NoRoots;

/// A client that trusts the roots in `ca_file` (PEM, every one of them usable), or those of the system.
pub fn trusting(ca_file: Option<&Path>) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>, NoRoots> {
    let mut roots = RootCertStore::empty();
    match ca_file {
        Some(path) => {
            for certificate in CertificateDer::pem_file_iter(path).map_err(|_| NoRoots)? {
                roots.add(certificate.map_err(|_| NoRoots)?).map_err(|_| NoRoots)?;
            }
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    if roots.is_empty() {
        return Err(NoRoots);
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    Ok(builder.map_err(|_| NoRoots)?.with_root_certificates(roots))
}
