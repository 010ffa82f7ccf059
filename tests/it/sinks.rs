//! The audit arrives where the organization keeps it, in order and at least once, whatever goes away meanwhile: a real rsyslog over
//! TLS that is stopped, a webhook that refuses at first, a file, and the server itself, killed.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use data_encoding::HEXLOWER;
use hmac::{Hmac, Mac as _};
use rcgen::{CertificateParams, KeyPair};
use regex::Regex;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use serde_json::Value;
use tests::rsyslog::Rsyslog;
use tests::server::{Server, Setup};
use tests::step;

const PEOPLE: &str = "id,login,name,mail\n1,notary001,Notary 1,notary001@example.test\n";
/// Pages that wait to be looked at.
const PAGES_MAX: usize = 64;
const SECRET: &str = "a secret that both ends know";

fn server(folder: &Path, audit: &str) -> Result<Server> {
    let config = folder.join("server.toml");
    fs::write(&config, audit)?;
    let server = Setup { config: Some(config), ..Setup::in_folder(folder.join("server")) }.start()?;
    let people = folder.join("people.csv");
    fs::write(&people, PEOPLE)?;
    server.admin(&["people".as_ref(), "import".as_ref(), people.as_os_str()])?;
    Ok(server)
}

/// Each is an entry.
fn acts(server: &Server, count: usize) -> Result<()> {
    (0..count).try_for_each(|_| server.code_link("notary001").map(drop))
}

/// The index of the newest entry.
fn newest(server: &Server) -> Result<u64> {
    let lines = server.admin(&["--json", "audit", "list"])?;
    let last: Value = serde_json::from_str(lines.last().context("an empty audit")?)?;
    last["index"].as_u64().with_context(|| format!("no index in {last}"))
}

/// The destination as the administrator sees it.
fn shown(server: &Server, name: &str) -> Result<Value> {
    let lines = server.admin(&["--json", "audit", "sinks"])?;
    let rows = lines.iter().map(|line| serde_json::from_str::<Value>(line)).collect::<Result<Vec<_>, _>>()?;
    rows.into_iter().find(|row| row["name"] == name).context("no such destination")
}

/// Everything that one run of rsyslog gets up to this entry: each message is RFC 5424, and each entry follows the one before it.
fn received(rsyslog: &mut Rsyslog, last: u64) -> Result<Vec<u64>> {
    let form =
        Regex::new(r"^<(109|105)>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \S+ isoloir - [a-z_]{1,32} - (\{.*\})$")?;
    let mut got: Vec<u64> = Vec::new();
    rsyslog.next_message(|line| {
        let entry = form.captures(line).and_then(|parts| serde_json::from_str::<Value>(&parts[2]).ok());
        let index = entry.as_ref().and_then(|entry| entry["index"].as_u64())?;
        got.push(index);
        (index == last).then_some(())
    })?;
    ensure!(got.windows(2).all(|pair| pair[0] + 1 == pair[1]), "not in order: {got:?}");
    Ok(got)
}

#[test]
fn an_rsyslog_that_is_stopped_for_a_while_misses_nothing() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut rsyslog = Rsyslog::start()?;
    let siem = format!(
        "[[audit.sinks]]\nname = \"siem\"\nkind = \"syslog\"\nurl = \"tls://localhost:{}\"\nca_file = {:?}\n",
        rsyslog.port(),
        rsyslog.ca_file().display().to_string()
    );
    let server = server(folder.path(), &siem)?;
    acts(&server, 3)?;
    let first = received(&mut rsyslog, newest(&server)?)?;
    ensure!(first.first() == Some(&0), "from the first entry on: {first:?}");

    acts(&server, 2)?;
    rsyslog.stop()?;
    server
        .awaited_log(step(), |log| log.iter().any(|line| line.contains("the audit does not arrive")).then_some(()))?;
    acts(&server, 20)?;
    let waiting = shown(&server, "siem")?;
    ensure!(waiting["fault"].is_string() && waiting["waiting"].as_u64() >= Some(20), "{waiting}");

    rsyslog.start_again()?;
    let second = received(&mut rsyslog, newest(&server)?)?;
    let all = first.last().is_some_and(|last| second.first().is_some_and(|next| *next <= last + 1));
    ensure!(all, "between {first:?} and {second:?} something is missing");
    server.awaited_log(step(), |log| log.iter().any(|line| line.contains("the audit arrives again")).then_some(()))?;
    ensure!(shown(&server, "siem")?["fault"].is_null());
    Ok(())
}

/// A syslog server that wants a certificate which nobody has: in TLS 1.3 it says so when the handshake has ended for the other side.
/// Each connection that it refused comes out of the channel.
fn strict_syslog(folder: &Path) -> Result<(u16, Receiver<()>)> {
    let new = || -> Result<_> {
        let key = KeyPair::generate()?;
        let certificate = CertificateParams::new(vec!["localhost".to_owned()])?.self_signed(&key)?;
        Ok((certificate, key))
    };
    let ((own, own_key), (wanted, _), (offered, offered_key)) = (new()?, new()?, new()?);
    fs::write(folder.join("syslog-ca.pem"), own.pem())?;
    fs::write(folder.join("client.pem"), offered.pem())?;
    fs::write(folder.join("client.key"), offered_key.serialize_pem())?;
    let mut roots = RootCertStore::empty();
    roots.add(wanted.der().clone())?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone()).build()?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(own_key.serialize_der()));
    let tls = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![own.der().clone()], key)?;
    let (listener, (refused, refusals)) = (TcpListener::bind(("127.0.0.1", 0))?, mpsc::sync_channel(PAGES_MAX));
    let port = listener.local_addr()?.port();
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let Ok(mut connection) = ServerConnection::new(Arc::new(tls.clone())) else { return };
            while connection.is_handshaking() && connection.complete_io(&mut stream).is_ok() {}
            if connection.is_handshaking() && refused.send(()).is_err() {
                return;
            }
        }
    });
    Ok((port, refusals))
}

#[test]
fn a_server_that_refuses_our_certificate_is_never_said_to_get_the_audit() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (port, refusals) = strict_syslog(folder.path())?;
    let siem = format!(
        "[[audit.sinks]]\nname = \"siem\"\nkind = \"syslog\"\nurl = \"tls://localhost:{port}\"\nca_file = \"syslog-ca.pem\"\n\
         certificate_file = \"client.pem\"\nkey_file = \"client.key\"\n"
    );
    let server = server(folder.path(), &siem)?;
    for _ in 0..3 {
        refusals.recv_timeout(step()).context("it is not tried again")?;
    }
    let log = server.awaited_log(step(), |log| {
        log.iter().any(|line| line.contains("the audit does not arrive")).then(|| log.clone())
    })?;
    ensure!(!log.iter().any(|line| line.contains("the audit arrives again")), "nothing ever arrived");
    let sink = shown(&server, "siem")?;
    ensure!(sink["fault"].as_str().is_some_and(|fault| fault.starts_with("sink-")) && sink["confirmed"] == 0, "{sink}");
    Ok(())
}

/// An HTTPS server that refuses the first requests and then says yes: what it accepted comes out of the channel.
fn webhook(folder: &Path, refusals: usize) -> Result<(u16, Receiver<Value>)> {
    let key = KeyPair::generate()?;
    let certificate = CertificateParams::new(vec!["localhost".to_owned()])?.self_signed(&key)?;
    fs::write(folder.join("hook-ca.pem"), certificate.pem())?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)?;
    let (listener, (accepted, hooked)) = (TcpListener::bind(("127.0.0.1", 0))?, mpsc::sync_channel(PAGES_MAX));
    let port = listener.local_addr()?.port();
    thread::spawn(move || {
        for (number, stream) in listener.incoming().map_while(Result::ok).enumerate() {
            let Ok(connection) = ServerConnection::new(Arc::new(tls.clone())) else { return };
            let answer = if number < refusals { Answer::No } else { Answer::Yes };
            // Whoever hangs up comes again.
            let _ = take(StreamOwned::new(connection, stream), answer, &accepted);
        }
    });
    Ok((port, hooked))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Answer {
    Yes,
    No,
}

fn take(
    mut stream: StreamOwned<ServerConnection, std::net::TcpStream>,
    answer: Answer,
    accepted: &SyncSender<Value>,
) -> Result<()> {
    let mut request = Vec::new();
    let (head, body) = loop {
        let mut block = [0; 16 * 1_024];
        let read = stream.read(&mut block)?;
        ensure!(read > 0, "no whole request");
        request.extend_from_slice(&block[..read]);
        let text = String::from_utf8_lossy(&request).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = header(head, "content-length").context("no length")?.parse::<usize>()?;
        if body.len() >= length {
            break (head.to_owned(), body.to_owned());
        }
    };
    let signature = header(&head, "isoloir-signature").context("no signature")?;
    let (time, code) = signature.strip_prefix("t=").and_then(|rest| rest.split_once(",v1=")).context("no code")?;
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(SECRET.as_bytes())?;
    mac.update(format!("{time}.{body}").as_bytes());
    mac.verify_slice(&HEXLOWER.decode(code.as_bytes())?)?;
    let status = if answer == Answer::Yes { "204 No Content" } else { "503 Service Unavailable" };
    if answer == Answer::Yes {
        accepted.send(serde_json::from_str(&body)?)?;
    }
    write!(stream, "HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")?;
    stream.flush()?;
    Ok(())
}

fn header<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    let lines = head.lines().filter_map(|line| line.split_once(": "));
    lines.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

#[test]
fn a_webhook_and_a_file_have_everything_though_the_server_is_killed() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (port, hooked) = webhook(folder.path(), 2)?;
    fs::write(folder.path().join("hook-secret"), SECRET)?;
    let file = folder.path().join("audit.jsonl");
    let mut server = server(
        folder.path(),
        &format!(
            "[[audit.sinks]]\nname = \"hook\"\nkind = \"webhook\"\nurl = \"https://localhost:{port}/audit\"\n\
             secret_file = \"hook-secret\"\nca_file = \"hook-ca.pem\"\n\
             [[audit.sinks]]\nname = \"file\"\nkind = \"file\"\npath = {:?}\n",
            file.display().to_string()
        ),
    )?;
    acts(&server, 5)?;
    server.kill()?;
    server.start()?;
    acts(&server, 5)?;
    let export = folder.path().join("export.jsonl");
    server.admin(&["audit".as_ref(), "export".as_ref(), export.as_os_str()])?;
    let last = newest(&server)?;

    let mut got: Vec<u64> = Vec::new();
    while got.last() != Some(&last) {
        let page = hooked.recv_timeout(step()).context("the webhook misses something")?;
        let entries = page["entries"].as_array().context("no entries")?;
        got.extend(entries.iter().filter_map(|entry| entry["index"].as_u64()));
    }
    // A server that was killed between the answer and its note of it sends a page once more, from its first entry on.
    let goes_on = got.windows(2).all(|pair| pair[1] <= pair[0] + 1);
    ensure!(goes_on && got.first() == Some(&0), "{got:?}");

    let until = Instant::now() + step();
    while shown(&server, "file")?["confirmed"].as_u64() <= Some(last) {
        ensure!(Instant::now() < until, "the file misses something");
    }
    let exported = fs::read_to_string(&export)?;
    let written = fs::read_to_string(&file)?;
    // What was written before the kill and not noted is written once more.
    let mut lines: Vec<&str> = written.lines().collect();
    let number = |line: &str| serde_json::from_str::<Value>(line).ok().and_then(|entry| entry["index"].as_u64());
    lines.sort_by_key(|line| number(line));
    lines.dedup();
    let entries: Vec<&str> = exported.lines().filter(|line| number(line).is_some()).collect();
    ensure!(lines == entries, "the file is not what is exported");
    Ok(())
}
