//! A directory that answers from a script, over TLS, for what real ones do once in ten years.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use pro_server::directory::fault::LdapFault;
use pro_server::directory::ldap::{LdapDirectory, Reading};
use rcgen::{CertificateParams, KeyPair};
use rustls::ServerConfig;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::ber::{self, Request, bound, done, entry};
use super::{NOW, directory};

pub const PEOPLE: &str = "ou=people,dc=example";
pub const GROUPS: &str = "ou=groups,dc=example";
pub const SYNC: &str = "1.3.6.1.4.1.4203.1.9.1.1";

/// What happens on a request.
pub enum Act {
    Say(Vec<u8>),
    /// The connection ends here.
    Cut,
    /// Nothing more ever comes.
    Hang,
    /// What comes next takes its time.
    Pause(Duration),
}

pub struct Scripted {
    pub url: String,
    pub folder: TempDir,
}

impl Scripted {
    /// `answer` gets each search that is not for the root DSE; signing in succeeds.
    pub async fn start(
        root: &'static [&'static str],
        answer: impl Fn(&Request) -> Vec<Act> + Send + Sync + 'static,
    ) -> Self {
        Self::start_with(move |request: &Request| match request.operation {
            ber::BIND => vec![Act::Say(bound(request.id, 0, ""))],
            ber::SEARCH if request.base.is_empty() => {
                let values: Vec<Vec<u8>> = root.iter().map(|oid| oid.as_bytes().to_vec()).collect();
                let said = entry(
                    request.id,
                    "",
                    &[("supportedControl", values.clone()), ("supportedCapabilities", values)],
                    &[],
                );
                vec![Act::Say(said), Act::Say(done(request.id, 0, &[]))]
            }
            ber::SEARCH => answer(request),
            _ => vec![Act::Cut],
        })
        .await
    }

    pub async fn start_with(answer: impl Fn(&Request) -> Vec<Act> + Send + Sync + 'static) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let key = KeyPair::generate().expect("a key");
        let certificate =
            CertificateParams::new(vec!["localhost".to_owned()]).expect("names").self_signed(&key).expect("signed");
        fs::write(folder.path().join("ca.pem"), certificate.pem()).expect("written");
        fs::write(folder.path().join("password"), "password").expect("written");
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config =
            ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().expect("versions");
        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
        let chain: Vec<CertificateDer<'static>> = vec![certificate.der().clone()];
        let config = config.with_no_client_auth().with_single_cert(chain, key).expect("a configuration");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("ldaps://localhost:{}", listener.local_addr().expect("an address").port());
        let answer = Arc::new(answer);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(acceptor.clone(), stream, Arc::clone(&answer)));
            }
        });
        Self { url, folder }
    }

    pub fn configuration(&self) -> String {
        let path = |name: &str| self.folder.path().join(name).display().to_string();
        format!(
            "[directory.ldap]\nurl = {:?}\nca_file = {:?}\nbind_dn = \"cn=svc\"\nbind_password_file = {:?}\nbase_dn = {PEOPLE:?}\n",
            self.url,
            path("ca.pem"),
            path("password")
        )
    }

    pub fn adapter(&self, lines: &str) -> LdapDirectory {
        directory(self.folder.path(), &format!("{}{lines}\n", self.configuration()))
    }

    pub async fn fault(&self, lines: &str) -> Option<LdapFault> {
        self.adapter(lines).read(Reading::Whole, NOW).await.err()
    }
}

async fn serve(acceptor: TlsAcceptor, stream: TcpStream, answer: Arc<impl Fn(&Request) -> Vec<Act>>) {
    let Ok(mut stream) = acceptor.accept(stream).await else { return };
    let mut received = Vec::new();
    loop {
        let mut piece = [0; 4096];
        match stream.read(&mut piece).await {
            Ok(length) if length > 0 => received.extend(&piece[..length]),
            _ => return,
        }
        while let Some((_, content, rest)) = ber::split(&received) {
            let (request, rest) = (ber::request(content).expect("a request"), rest.to_vec());
            received = rest;
            for act in answer(&request) {
                match act {
                    Act::Say(bytes) => stream.write_all(&bytes).await.expect("sent"),
                    Act::Cut => return,
                    Act::Hang => std::future::pending().await,
                    Act::Pause(pause) => tokio::time::sleep(pause).await,
                }
            }
        }
    }
}

pub fn person(request: &Request, number: u8, controls: &[Vec<u8>]) -> Act {
    let login = format!("notary{number}");
    let value = |value: &str| vec![value.as_bytes().to_vec()];
    let id = format!(
        "{0:02x}{0:02x}{0:02x}{0:02x}-{0:02x}{0:02x}-{0:02x}{0:02x}-{0:02x}{0:02x}-{0:02x}{0:02x}{0:02x}{0:02x}{0:02x}{0:02x}",
        number
    );
    let attributes = [("entryUUID", value(&id)), ("uid", value(&login)), ("cn", value("Notary"))];
    Act::Say(entry(request.id, &format!("uid={login},{PEOPLE}"), &attributes, controls))
}

pub fn end(request: &Request, code: u32, controls: &[Vec<u8>]) -> Act {
    Act::Say(done(request.id, code, controls))
}
