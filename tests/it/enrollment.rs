//! Enrollment: the server proves itself before any secret leaves the client, and refuses what it must.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::Result;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, ServerConfig, ServerConnection, StreamOwned};
use tests::openldap::{self, OpenLdap};
use tests::postgres::Engine;

use crate::office::{Office, Places};

/// Largest request that the relay reads.
const REQUEST_BYTES_MAX: usize = 1 << 20;
/// More wrong passwords in a row than anybody types.
const GUESSES: usize = 30;

/// Somebody between client and server, with a certificate of their own, who reads everything and passes it on.
struct Relay {
    address: SocketAddr,
    read: Arc<Mutex<Vec<u8>>>,
}

impl Relay {
    fn start(server: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        let read = Arc::new(Mutex::new(Vec::new()));
        let (theirs, ours) = (Arc::new(certificate()?), Arc::new(believe_anybody()));
        let journal = Arc::clone(&read);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (theirs, ours, journal) = (Arc::clone(&theirs), Arc::clone(&ours), Arc::clone(&journal));
                // A connection that the client breaks off is what this test hopes for.
                thread::spawn(move || drop(pass_on(stream, server, &theirs, &ours, &journal)));
            }
        });
        Ok(Self { address, read })
    }

    fn read(&self) -> Vec<u8> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// One request at a time, both ways, until somebody hangs up.
fn pass_on(
    client: TcpStream,
    server: SocketAddr,
    theirs: &Arc<ServerConfig>,
    ours: &Arc<ClientConfig>,
    journal: &Mutex<Vec<u8>>,
) -> Result<()> {
    client.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut client = StreamOwned::new(ServerConnection::new(Arc::clone(theirs))?, client);
    let upstream = TcpStream::connect(server)?;
    upstream.set_read_timeout(Some(Duration::from_millis(500)))?;
    let connection = ClientConnection::new(Arc::clone(ours), ServerName::try_from("localhost")?)?;
    let mut upstream = StreamOwned::new(connection, upstream);
    let mut block = vec![0_u8; REQUEST_BYTES_MAX];
    loop {
        let length = client.read(&mut block)?;
        if length == 0 {
            return Ok(());
        }
        let request = block.get(..length).unwrap_or_default();
        journal.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(request);
        upstream.write_all(request)?;
        let mut answer = Vec::new();
        // The answer ends when nothing more comes: this relay does not read HTTP.
        while let Ok(length @ 1..) = upstream.read(&mut block) {
            answer.extend_from_slice(block.get(..length).unwrap_or_default());
        }
        client.write_all(&answer)?;
    }
}

fn certificate() -> Result<ServerConfig> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()])?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    Ok(ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)?)
}

pub fn believe_anybody() -> ClientConfig {
    #[derive(Debug)]
    struct Anybody(rustls::crypto::CryptoProvider);
    impl ServerCertVerifier for Anybody {
        fn verify_server_cert(
            &self,
            _: &CertificateDer<'_>,
            _: &[CertificateDer<'_>],
            _: &ServerName<'_>,
            _: &[u8],
            _: UnixTime,
        ) -> Result<ServerCertVerified, rustls::Error> {
            Ok(ServerCertVerified::assertion())
        }
        fn verify_tls12_signature(
            &self,
            _: &[u8],
            _: &CertificateDer<'_>,
            _: &rustls::DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, rustls::Error> {
            Ok(HandshakeSignatureValid::assertion())
        }
        fn verify_tls13_signature(
            &self,
            _: &[u8],
            _: &CertificateDer<'_>,
            _: &rustls::DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, rustls::Error> {
            Ok(HandshakeSignatureValid::assertion())
        }
        fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
            self.0.signature_verification_algorithms.supported_schemes()
        }
    }
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    ClientConfig::builder_with_provider(Arc::new(provider.clone()))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .expect("the provider speaks TLS 1.3")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anybody(provider)))
        .with_no_client_auth()
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

fn office(engine: Engine) -> Result<Office> {
    let office = Office::closed(Places::on(engine), Some(OpenLdap::start(6)?), "(objectClass=inetOrgPerson)")?;
    office.server.admin(&["sync"])?;
    Ok(office)
}

tests::on_both_engines! {
    no_password_leaves_when_somebody_stands_between,
    another_organization_is_refused,
    wrong_and_empty_passwords_are_refused_and_limited,
    a_password_alone_enrolls_the_first_device_only,
    a_code_works_once_and_for_one_person,
}

fn no_password_leaves_when_somebody_stands_between(engine: Engine) -> Result<()> {
    let office = office(engine)?;
    let password = openldap::password(1);
    let relay = Relay::start(office.server.address())?;
    let fingerprint = &office.server.ready().organization_fingerprint;
    let link = format!("https://{}/#{fingerprint}", relay.address);
    let refused = office.first.ask_to_enroll(&link, &password)?;
    assert_eq!(refused.code, Some(1), "{}", refused.stderr);
    let read = relay.read();
    assert!(contains(&read, b"/v1/organization"), "the relay reads what passes");
    assert!(!contains(&read, password.as_bytes()), "the password has left the client");

    // Without the relay the same client and password do enroll.
    office.first.enroll_with_password(&office.server.link(), &password)
}

fn another_organization_is_refused(engine: Engine) -> Result<()> {
    let office = office(engine)?;
    let fingerprint = "0".repeat(64);
    let link = format!("{}/#{fingerprint}", office.server.ready().url.trim_end_matches('/'));
    let refused = office.first.ask_to_enroll(&link, &openldap::password(1))?;
    assert_eq!(refused.code, Some(1), "{}", refused.stderr);
    Ok(())
}

fn wrong_and_empty_passwords_are_refused_and_limited(engine: Engine) -> Result<()> {
    let office = office(engine)?;
    let link = office.server.link();
    for wrong in ["", "another password"] {
        assert_eq!(office.first.ask_to_enroll(&link, wrong)?.code, Some(1), "{wrong:?}");
    }
    // Guessing is pointless soon: for a while even the right password is not tried.
    for guess in 0..GUESSES {
        assert_eq!(office.first.ask_to_enroll(&link, &format!("guess {guess}"))?.code, Some(1));
    }
    let limited = office.first.ask_to_enroll(&link, &openldap::password(1))?;
    assert_eq!(limited.code, Some(1), "{GUESSES} guesses in a row were all tried");
    Ok(())
}

fn a_password_alone_enrolls_the_first_device_only(engine: Engine) -> Result<()> {
    let office = office(engine)?;
    let link = office.server.link();
    let kept = office.server.code_link(office.first.login())?;
    office.first.enroll_with_password(&link, &openldap::password(1))?;
    // Whoever made a code for a newcomer, and kept it, does not become them later.
    let refused = office.second.ask(&["enroll", &kept])?;
    assert_eq!(refused.code, Some(1), "a code that was not needed");
    let elsewhere = tests::Client::new(&office.path("elsewhere"), &openldap::login(1), tests::Place::Host)?;
    let refused = elsewhere.ask_to_enroll(&link, &openldap::password(1))?;
    assert_eq!(refused.code, Some(1), "{}", refused.stderr);
    Ok(())
}

fn a_code_works_once_and_for_one_person(engine: Engine) -> Result<()> {
    let office = office(engine)?;
    let link = office.server.code_link(office.first.login())?;
    office.first.enroll(&link)?;
    let again = office.second.ask(&["enroll", &link])?;
    assert_eq!(again.code, Some(1), "{}", again.stderr);
    let mangled = office.server.code_link(office.second.login())?;
    let mangled = &mangled[..mangled.len() - 2];
    assert_eq!(office.second.ask(&["enroll", mangled])?.code.map(|code| code == 1 || code == 2), Some(true));
    Ok(())
}
