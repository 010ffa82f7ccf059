//! `[tls]`: the customer's own certificate. Without it the server makes its own (`http::tls`).

use std::path::PathBuf;

use super::problem::ProblemKind;
use super::reader::Section;

/// Two PEM files, read again whenever they change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateFiles {
    /// The chain, leaf first.
    pub certificate_file: PathBuf,
    pub key_file: PathBuf,
}

pub fn read(mut section: Section<'_>) -> Option<CertificateFiles> {
    let (certificate, key) = (section.has("certificate_file"), section.has("key_file"));
    let certificate_file = section.file("certificate_file");
    let key_file = section.file("key_file");
    match (certificate, key) {
        (true, false) => section.problem("certificate_file", ProblemKind::Needs("tls.key_file")),
        (false, true) => section.problem("key_file", ProblemKind::Needs("tls.certificate_file")),
        (true, true) | (false, false) => {}
    }
    section.finish();
    Some(CertificateFiles { certificate_file: certificate_file?, key_file: key_file? })
}
