//! The rival: the same file over TLS 1.3 and one TCP connection, with the TLS library and the provider of the product, nothing
//! around it: no end-to-end seal, no verification, no resume. Also the floor of opening a connection and of a round trip.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use data_encoding::BASE64;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, StreamOwned};

use crate::{Words, percentile_us, print, usage};

const NAME: &str = "localhost";
const BLOCK_BYTES: usize = 64 * 1024;
const PING_BYTES: usize = 64;
const ECHO: u8 = b'e';
const STORE: u8 = b's';

/// Takes connections until one has brought a file: `--to PATH`.
pub fn serve(words: &Words) -> anyhow::Result<()> {
    let to = Path::new(words.value("--to").context("--to PATH")?);
    let (config, certificate) = server_config()?;
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let port = listener.local_addr()?.port();
    print(&serde_json::json!({"port": port, "certificate": BASE64.encode(&certificate)}))?;
    loop {
        let (stream, _) = listener.accept()?;
        stream.set_nodelay(true)?;
        let mut stream = StreamOwned::new(ServerConnection::new(Arc::clone(&config))?, stream);
        let mut what = [0];
        stream.read_exact(&mut what)?;
        if what == [STORE] {
            return store(&mut stream, to);
        }
        let mut ping = [0; PING_BYTES];
        while stream.read_exact(&mut ping).is_ok() {
            stream.write_all(&ping)?;
        }
    }
}

fn store(stream: &mut (impl Read + Write), to: &Path) -> anyhow::Result<()> {
    let before = usage::cpu_s();
    let mut bytes = [0; 8];
    stream.read_exact(&mut bytes)?;
    let mut left = u64::from_be_bytes(bytes);
    let mut file = File::create(to)?;
    let mut block = vec![0; BLOCK_BYTES];
    while left > 0 {
        let read = stream.read(&mut block)?;
        ensure!(read > 0, "the file was cut");
        file.write_all(&block[..read])?;
        left = left.saturating_sub(read as u64);
    }
    file.sync_all()?;
    stream.write_all(&[1])?;
    stream.flush()?;
    print(&serde_json::json!({"cpu_s": usage::cpu_s() - before, "peak_rss_kib": usage::peak_rss_kib()}))
}

/// `--port N --certificate BASE64 --file PATH --opens N --pings N`.
pub fn drive(words: &Words) -> anyhow::Result<()> {
    let port = u16::try_from(words.number("--port", 0)?)?;
    let certificate = BASE64.decode(words.value("--certificate").context("--certificate")?.as_bytes())?;
    let config = client_config(certificate.into())?;
    let (mut opened, mut pinged) = (Vec::new(), Vec::new());
    for _ in 0..words.number("--opens", 1)? {
        let started = Instant::now();
        let mut stream = connect(&config, port, ECHO)?;
        ping(&mut stream)?;
        opened.push(started.elapsed());
    }
    let mut stream = connect(&config, port, ECHO)?;
    ping(&mut stream)?;
    for _ in 0..words.number("--pings", 1_000)? {
        let started = Instant::now();
        ping(&mut stream)?;
        pinged.push(started.elapsed());
    }
    drop(stream);
    opened.sort();
    pinged.sort();
    let before = usage::cpu_s();
    let started = Instant::now();
    let mut file = File::open(words.value("--file").context("--file")?)?;
    let mut stream = connect(&config, port, STORE)?;
    stream.write_all(&file.metadata()?.len().to_be_bytes())?;
    let mut block = vec![0; BLOCK_BYTES];
    loop {
        let read = file.read(&mut block)?;
        if read == 0 {
            break;
        }
        stream.write_all(&block[..read])?;
    }
    stream.flush()?;
    stream.read_exact(&mut [0])?;
    print(&serde_json::json!({
        "open_p50_us": percentile_us(&opened, 50),
        "rtt_p50_us": percentile_us(&pinged, 50),
        "rtt_p99_us": percentile_us(&pinged, 99),
        "seconds": started.elapsed().as_secs_f64(),
        "cpu_s": usage::cpu_s() - before,
        "peak_rss_kib": usage::peak_rss_kib(),
    }))
}

type Stream = StreamOwned<ClientConnection, TcpStream>;

fn connect(config: &Arc<ClientConfig>, port: u16, what: u8) -> anyhow::Result<Stream> {
    let stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_nodelay(true)?;
    let session = ClientConnection::new(Arc::clone(config), ServerName::try_from(NAME)?)?;
    let mut stream = StreamOwned::new(session, stream);
    stream.write_all(&[what])?;
    Ok(stream)
}

fn ping(stream: &mut Stream) -> anyhow::Result<()> {
    stream.write_all(&[7; PING_BYTES])?;
    Ok(stream.read_exact(&mut [0; PING_BYTES])?)
}

fn server_config() -> anyhow::Result<(Arc<ServerConfig>, CertificateDer<'static>)> {
    let made = rcgen::generate_simple_self_signed([String::from(NAME)])?;
    let certificate = made.cert.der().clone();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).map_err(anyhow::Error::msg)?;
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate.clone()], key)?;
    Ok((Arc::new(config), certificate))
}

fn client_config(certificate: CertificateDer<'static>) -> anyhow::Result<Arc<ClientConfig>> {
    let mut roots = RootCertStore::empty();
    roots.add(certificate)?;
    Ok(Arc::new(ClientConfig::builder().with_root_certificates(roots).with_no_client_auth()))
}

/// Two ends without a socket between them.
struct Ends {
    client: ClientConnection,
    server: ServerConnection,
    wire: Vec<u8>,
}

impl Ends {
    fn open(client: &Arc<ClientConfig>, server: &Arc<ServerConfig>) -> anyhow::Result<Self> {
        let client = ClientConnection::new(Arc::clone(client), ServerName::try_from(NAME)?)?;
        let mut ends = Self { client, server: ServerConnection::new(Arc::clone(server))?, wire: Vec::new() };
        while ends.client.is_handshaking() || ends.server.is_handshaking() || ends.server.wants_write() {
            ends.carry_to_server()?;
            ends.carry_to_client()?;
        }
        Ok(ends)
    }

    fn carry_to_server(&mut self) -> anyhow::Result<()> {
        self.wire.clear();
        while self.client.wants_write() {
            self.client.write_tls(&mut self.wire)?;
        }
        let mut unread = self.wire.as_slice();
        while !unread.is_empty() {
            self.server.read_tls(&mut unread)?;
            self.server.process_new_packets()?;
        }
        Ok(())
    }

    fn carry_to_client(&mut self) -> anyhow::Result<()> {
        self.wire.clear();
        while self.server.wants_write() {
            self.server.write_tls(&mut self.wire)?;
        }
        let mut unread = self.wire.as_slice();
        while !unread.is_empty() {
            self.client.read_tls(&mut unread)?;
            self.client.process_new_packets()?;
        }
        Ok(())
    }
}

/// `--count N`: memory of so many server ends after their handshake, without sockets.
pub fn hold(words: &Words) -> anyhow::Result<()> {
    let count = words.number("--count", 100)?;
    let (server, certificate) = server_config()?;
    let client = client_config(certificate)?;
    drop(Ends::open(&client, &server)?);
    let before = usage::rss_kib();
    let mut held = Vec::with_capacity(count);
    for _ in 0..count {
        held.push(Ends::open(&client, &server)?.server);
    }
    let grown = usage::rss_kib().saturating_sub(before) as f64;
    print(&serde_json::json!({"session_kib": grown / held.len() as f64}))
}

/// What one end spends on taking a record of an envelope's size from a TCP connection and giving it back.
pub fn echo() -> anyhow::Result<()> {
    const ECHOES: usize = 20_000;
    const RECORD_BYTES: usize = protocol::limits::ENVELOPE_SHORT_BYTES;
    let (server, certificate) = server_config()?;
    let client = client_config(certificate)?;
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let port = listener.local_addr()?.port();
    let echoing = std::thread::spawn(move || -> anyhow::Result<()> {
        let (stream, _) = listener.accept()?;
        stream.set_nodelay(true)?;
        let mut stream = StreamOwned::new(ServerConnection::new(server)?, stream);
        stream.read_exact(&mut [0])?;
        let mut record = vec![0; RECORD_BYTES];
        while stream.read_exact(&mut record).is_ok() {
            stream.write_all(&record)?;
        }
        Ok(())
    });
    let mut stream = connect(&client, port, ECHO)?;
    let mut record = vec![7; RECORD_BYTES];
    let before = usage::cpu_s();
    for _ in 0..ECHOES {
        stream.write_all(&record)?;
        stream.read_exact(&mut record)?;
    }
    let both_ends = usage::cpu_s() - before;
    drop(stream);
    echoing.join().map_err(|_| anyhow::Error::msg("the echo ended"))??;
    // Both ends are in this process and do the same work.
    print(&serde_json::json!({"cpu_us": both_ends * 1e6 / 2.0 / ECHOES as f64}))
}
