//! RFC 5424 messages over TLS (RFC 5425) or plain TCP (RFC 6587 §3.4.1). Such a server sends nothing: only that its connection still
//! stands says that it is there, so this reads along all the time to hear it end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use rustix::net::sockopt;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadHalf, WriteHalf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::config::audit::{SyslogSecurity, SyslogSink};
use crate::domain::sink::{Message, UNSURE_MS};
use crate::telemetry::rfc3339;
use crate::tls::client::trusting;

use super::{SinkFault, acknowledged};

/// From nothing to a connection that takes messages.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// For a page to leave this machine.
const SEND_TIMEOUT: Duration = Duration::from_secs(30);
/// After so long without an acknowledgement the connection is given up (RFC 5482); below [`UNSURE_MS`].
const UNACKNOWLEDGED_MS_MAX: u32 = 20_000;
const _: () = assert!((UNACKNOWLEDGED_MS_MAX as u64) < UNSURE_MS, "what is not acknowledged is unsure");

trait Stream: AsyncRead + AsyncWrite + Send + Sync + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Sync + Unpin> Stream for S {}

/// A connection to a syslog server.
pub(super) struct SyslogStream {
    host: String,
    reads: ReadHalf<Box<dyn Stream>>,
    writes: WriteHalf<Box<dyn Stream>>,
    /// Ours and theirs.
    ends: (SocketAddr, SocketAddr),
}

impl SyslogStream {
    /// `host` is this server's name in the messages.
    pub(super) async fn open(config: &SyslogSink, host: &str) -> Result<Self, SinkFault> {
        let connected = tokio::time::timeout(CONNECT_TIMEOUT, connect(config)).await;
        let (stream, ends) = connected.unwrap_or(Err(SinkFault::Timeout))?;
        let (reads, writes) = tokio::io::split(stream);
        Ok(Self { host: host.to_owned(), reads, writes, ends })
    }

    /// How many bytes there were to send.
    pub(super) async fn send(&mut self, messages: &[Message]) -> Result<u64, SinkFault> {
        let frame = |message: &Message| message.syslog(&rfc3339(message.at), &self.host);
        let bytes: Vec<u8> = messages.iter().flat_map(frame).collect();
        let writes = &mut self.writes;
        let sending = async {
            writes.write_all(&bytes).await?;
            writes.flush().await
        };
        let sent = tokio::select! {
            biased;
            fault = ended(&mut self.reads) => return Err(fault),
            sent = tokio::time::timeout(SEND_TIMEOUT, sending) => sent,
        };
        match sent {
            Ok(Ok(())) => Ok(bytes.len() as u64),
            // What the other end said last tells more than that it takes nothing more.
            Ok(Err(_)) => Err(ended(&mut self.reads).now_or_never().unwrap_or(SinkFault::Broke)),
            Err(_) => Err(SinkFault::Timeout),
        }
    }

    /// Where the kernel says nothing of it, its time limit for acknowledgements stands alone.
    pub(super) async fn unacknowledged_bytes(&self) -> u64 {
        let (local, remote) = self.ends;
        let read = tokio::task::spawn_blocking(move || acknowledged::unacknowledged_bytes(local, remote)).await;
        read.ok().flatten().unwrap_or_default()
    }

    /// Returns when the server ends the connection.
    pub(super) async fn broken(&mut self) -> SinkFault {
        ended(&mut self.reads).await
    }
}

async fn ended(reads: &mut ReadHalf<Box<dyn Stream>>) -> SinkFault {
    let mut ignored = [0; 512];
    loop {
        match reads.read(&mut ignored).await {
            Ok(0) => return SinkFault::Broke,
            Ok(_) => {}
            Err(error) => return broken(&error),
        }
    }
}

/// What the end of a connection says. A certificate of ours that is refused in TLS 1.3 comes as an alert on a connection that stood.
fn broken(error: &std::io::Error) -> SinkFault {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(rustls::Error::AlertReceived(_)) => SinkFault::CertificateRefused,
        _ => SinkFault::Broke,
    }
}

type Connected = (Box<dyn Stream>, (SocketAddr, SocketAddr));

async fn connect(config: &SyslogSink) -> Result<Connected, SinkFault> {
    let tcp = TcpStream::connect((config.host.as_str(), config.port)).await.map_err(|_| SinkFault::Unreachable)?;
    tcp.set_nodelay(true).map_err(|_| SinkFault::Unreachable)?;
    // Before anything counts as arrived, its packets have been acknowledged: a network that is gone breaks the connection first.
    sockopt::set_tcp_user_timeout(&tcp, UNACKNOWLEDGED_MS_MAX).map_err(|_| SinkFault::Unreachable)?;
    let ends = tcp.local_addr().and_then(|local| Ok((local, tcp.peer_addr()?))).map_err(|_| SinkFault::Broke)?;
    let SyslogSecurity::Tls { ca_file, certificate } = &config.security else { return Ok((Box::new(tcp), ends)) };
    let unusable = |_| SinkFault::OwnFiles;
    let builder = trusting(ca_file.as_deref()).map_err(|_| SinkFault::OwnFiles)?;
    let tls = match certificate {
        Some(files) => {
            let chain = CertificateDer::pem_file_iter(&files.certificate_file).map_err(unusable)?;
            let chain = chain.collect::<Result<Vec<_>, _>>().map_err(unusable)?;
            let key = PrivateKeyDer::from_pem_file(&files.key_file).map_err(unusable)?;
            builder.with_client_auth_cert(chain, key).map_err(|_| SinkFault::OwnFiles)?
        }
        None => builder.with_no_client_auth(),
    };
    let name = ServerName::try_from(config.host.clone()).map_err(|_| SinkFault::Unreachable)?;
    let stream = TlsConnector::from(Arc::new(tls)).connect(name, tcp).await.map_err(|error| {
        match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            Some(rustls::Error::InvalidCertificate(_)) => SinkFault::Certificate,
            Some(rustls::Error::AlertReceived(_)) => SinkFault::CertificateRefused,
            _ => SinkFault::Unreachable,
        }
    })?;
    Ok((Box::new(stream), ends))
}
