//! `pro-server witness`: a small witness of other servers' audits, for a machine that their administrators do not govern. Must never run in a
//! server's own data folder.

use std::io::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;

use data_encoding::BASE64;
use protocol::tlog::LogKey;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::Failure;
use super::offline::{self, Site};
use super::show::tell;
use crate::cli::arguments::Output;
use crate::clock::Ambient;
use crate::config::CertificateFiles;
use crate::tls::{self, Identity, Shown};
use crate::unix;
use crate::witness::{Witness, WitnessFault, forget, serve};
use crate::words::Words;

/// What to do.
#[derive(Debug)]
pub enum Order {
    Serve(Serve),
    /// What was cosigned of this log.
    Forget {
        origin: String,
    },
}

/// A witness as it is started.
#[derive(Debug)]
pub struct Serve {
    pub listen: SocketAddr,
    pub name: String,
    /// In the certificate that it makes itself.
    pub host: String,
    pub logs: Vec<LogKey>,
    pub certificate: Option<CertificateFiles>,
}

/// For servers that have to trust the certificate that the witness made itself.
const CERTIFICATE_FILE: &str = "tls-certificate.pem";
const READY_FILE: &str = "ready.json";
/// RFC 7468 §2.
const PEM_COLUMNS: usize = 64;

pub fn run(words: &Words, output: Output, site: Site<'_>, order: Order) -> Result<(), Failure> {
    let folder = site.data;
    if folder.join("keys").exists() {
        // It would vouch for itself.
        return Err(Failure::Usage(
            words.say_with("witness-at-home", &[("folder", folder.display().to_string().into())]),
        ));
    }
    match order {
        Order::Serve(order) => serve_witness(words, folder, &order),
        Order::Forget { origin } => {
            let gone = forget(folder, &origin).map_err(|error| folder_failure(words, folder, error.kind()))?;
            let state = if gone { "forgotten" } else { "unknown" };
            match output {
                Output::Json => tell!("{}", json!({ "state": state, "origin": origin })),
                Output::People => {
                    tell!("{}", words.say_with(&format!("witness-{state}"), &[("origin", origin.into())]))
                }
            }
            Ok(())
        }
    }
}

fn folder_failure(words: &Words, folder: &Path, kind: std::io::ErrorKind) -> Failure {
    let folder = folder.display().to_string();
    Failure::Said(words.say_with("serve-folder", &[("folder", folder.into()), ("reason", kind.to_string().into())]))
}

fn serve_witness(words: &Words, folder: &Path, order: &Serve) -> Result<(), Failure> {
    let ambient = Ambient::system();
    crate::telemetry::install(ambient.clone());
    let _lock = offline::make_and_lock(words, folder)?;
    let witness = Witness::open(folder, &order.name, order.logs.clone(), &ambient).map_err(|fault| match fault {
        WitnessFault::Folder(kind) => folder_failure(words, folder, kind),
        WitnessFault::Key | WitnessFault::Name => Failure::Other(fault.into()),
    })?;
    let identity = identity(folder, order, &ambient).map_err(|error| Failure::Other(error.into()))?;
    let tls = tls::server_config(Arc::new(Shown::new(&identity))).map_err(|error| Failure::Other(error.into()))?;
    let listener = TcpListener::bind(order.listen).map_err(|error| {
        let (address, reason) = (order.listen.to_string(), error.kind().to_string());
        Failure::Said(words.say_with("serve-listen", &[("address", address.into()), ("reason", reason.into())]))
    })?;
    let address = listener.local_addr().map_err(anyhow::Error::from)?;
    let key = witness.key().to_string();
    actix_rt::System::new()
        .block_on(async {
            let mut requests = unix::Requests::listen()?;
            let stop = CancellationToken::new();
            let serving = serve::serve(listener, Arc::new(tls), Arc::new(witness), ambient, stop.clone());
            let serving = actix_rt::spawn(serving);
            let ready = json!({
                "url": format!("https://{}:{}", order.host, address.port()), "key": key, "pid": std::process::id(),
            });
            unix::write_private(&folder.join(READY_FILE), format!("{ready}\n").as_bytes())?;
            // Whoever started it may have stopped reading; the witness serves.
            drop(writeln!(std::io::stdout(), "{}\n\n{key}\n", words.say("witness-serving")));
            while requests.next().await != unix::Request::Stop {}
            stop.cancel();
            let _ = std::fs::remove_file(folder.join(READY_FILE));
            serving.await.unwrap_or(Ok(()))
        })
        .map_err(|error: std::io::Error| folder_failure(words, folder, error.kind()))
}

/// The operator's certificate, or one that the witness makes and writes beside its key.
fn identity(folder: &Path, order: &Serve, ambient: &Ambient) -> Result<Identity, tls::TlsError> {
    if let Some(files) = &order.certificate {
        return Identity::from_files(files);
    }
    let identity = Identity::own(folder, &order.host, ambient)?;
    let text = BASE64.encode(&identity.leaf());
    let lines: Vec<&str> =
        text.as_bytes().chunks(PEM_COLUMNS).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    let pem = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"));
    let file = folder.join(CERTIFICATE_FILE);
    unix::write_private(&file, pem.as_bytes())
        .map_err(|error| tls::TlsError::Unreadable { file: file.display().to_string(), kind: error.kind() })?;
    Ok(identity)
}
