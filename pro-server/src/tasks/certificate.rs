//! Keeps the shown certificate and the published list of permitted keys in step with the customer's files. A key is permitted
//! before it is shown, and the one before stays permitted for connections that still have it. A bad file changes nothing.

use std::fs;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use protocol::ids::Hash32;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::config::CertificateFiles;
use crate::service::Services;
use crate::telemetry::{count, names};
use crate::tls::{Identity, Shown, TlsError};

/// How often the files are looked at.
const POLL: Duration = Duration::from_secs(5);

/// The TLS keys that clients may meet here.
#[derive(Debug, Clone)]
pub struct Permitted(Arc<ArcSwap<Vec<Hash32>>>);

impl Permitted {
    pub fn new(identity: &Identity) -> Self {
        Permitted(Arc::new(ArcSwap::from_pointee(vec![identity.spki])))
    }

    pub fn keys(&self) -> Arc<Vec<Hash32>> {
        self.0.load_full()
    }

    fn add(&self, spki: Hash32) {
        let mut keys = vec![spki];
        keys.extend(self.0.load().iter().find(|before| **before != spki));
        self.0.store(Arc::new(keys));
    }
}

/// The certificate of a running server.
#[derive(Clone)]
pub struct Certificate {
    pub files: CertificateFiles,
    pub shown: Arc<Shown>,
    pub permitted: Permitted,
    /// Asks for a reload now.
    pub reload: Arc<Notify>,
    pub services: Services,
}

impl Certificate {
    pub async fn run(self, stop: CancellationToken) {
        let mut seen = stamp(&self.files);
        loop {
            tokio::select! {
                () = tokio::time::sleep(POLL) => {
                    let now = stamp(&self.files);
                    if now == seen {
                        continue;
                    }
                    seen = now;
                }
                () = self.reload.notified() => seen = stamp(&self.files),
                () = stop.cancelled() => return,
            }
            self.load().await;
        }
    }

    async fn load(&self) {
        match replace(&self.files, &self.shown, &self.permitted) {
            Ok(()) => {
                count(names::CERTIFICATE_RELOADS);
                tracing::info!("the certificate was read again");
                if let Err(error) = self.services.note_tls_certificate_changed().await {
                    tracing::error!(code = error.code(), "the audit misses a certificate change: {error}");
                }
            }
            Err(error) => tracing::warn!("the certificate stays as it was: {error}"),
        }
    }
}

fn replace(files: &CertificateFiles, shown: &Shown, permitted: &Permitted) -> Result<(), TlsError> {
    let identity = Identity::from_files(files)?;
    permitted.add(identity.spki);
    shown.replace(&identity);
    Ok(())
}

type Stamp = [Option<(u64, SystemTime)>; 2];

fn stamp(files: &CertificateFiles) -> Stamp {
    [&files.certificate_file, &files.key_file].map(|file| {
        let metadata = fs::metadata(file).ok()?;
        Some((metadata.len(), metadata.modified().ok()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(files: &CertificateFiles) {
        let made = rcgen::generate_simple_self_signed(["chat.example".to_owned()]).expect("made");
        fs::write(&files.certificate_file, made.cert.pem()).expect("written");
        fs::write(&files.key_file, made.signing_key.serialize_pem()).expect("written");
    }

    #[test]
    fn the_list_follows_and_a_bad_file_changes_nothing() {
        let folder = tempfile::tempdir().expect("a temp folder");
        let files = CertificateFiles {
            certificate_file: folder.path().join("cert.pem"),
            key_file: folder.path().join("key.pem"),
        };
        write(&files);
        let first = Identity::from_files(&files).expect("valid");
        let (shown, permitted) = (Shown::new(&first), Permitted::new(&first));
        write(&files);
        let second = Identity::from_files(&files).expect("valid");
        replace(&files, &shown, &permitted).expect("replaced");
        assert_eq!(*permitted.keys(), [second.spki, first.spki]);
        fs::write(&files.key_file, "damaged").expect("written");
        replace(&files, &shown, &permitted).expect_err("refused");
        assert_eq!(*permitted.keys(), [second.spki, first.spki]);
        write(&files);
        replace(&files, &shown, &permitted).expect("replaced");
        assert_eq!(permitted.keys().len(), 2);
        assert_eq!(permitted.keys().get(1), Some(&second.spki));
    }
}
