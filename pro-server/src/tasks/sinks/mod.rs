//! The audit on its way to where the organization keeps it: one loop for each destination, which reads from the database what has not
//! arrived, in order, at least once. A destination that is away keeps nobody waiting but itself. It must never hold entries in memory
//! beyond a page, nor log what it carries.

mod acknowledged;
mod file;
mod syslog;
mod webhook;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use protocol::time::Timestamp;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::config::audit::{SinkConfig, SinkTo};
use crate::domain::sink::{Message, Progress};
use crate::service::sinks::{Page, PageEnd};
use crate::service::{ServiceError, Services};
use crate::telemetry::{count, names};

use file::FileWriter;
use syslog::SyslogStream;
use webhook::Webhook;

/// Entries that are read and sent together.
const PAGE_ENTRIES: u32 = 256;
/// Before a destination that failed is tried again: at first …
const PAUSE_MIN: Duration = Duration::from_millis(500);
/// … and at most, doubled each time.
const PAUSE_MAX: Duration = Duration::from_secs(60);
/// Whoever answers nothing is believed to take entries once the connection has stood for so long: in TLS 1.3 a certificate of ours is
/// refused after the handshake has ended for us, a round trip later.
const SETTLE_MS: u64 = 2_000;

/// Why entries do not arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SinkFault {
    #[error("the destination cannot be reached; check its address and the network between")]
    Unreachable,
    #[error("the destination does not answer in time; check its load and the network between")]
    Timeout,
    #[error("the destination's certificate is not trusted; set ca_file to the roots that signed it")]
    Certificate,
    #[error("ca_file, certificate_file or key_file holds nothing usable")]
    OwnFiles,
    #[error("the destination broke the connection; it is tried again")]
    Broke,
    #[error(
        "the destination refuses this server in the TLS handshake; check certificate_file and key_file, and its own log"
    )]
    CertificateRefused,
    #[error("the destination refuses with HTTP status {status}; its own log says why")]
    Refused { status: u16 },
    #[error("the file cannot be written; check its folder's rights and the space on its disk")]
    File(std::io::ErrorKind),
    #[error("another program, or another destination, has the file locked; give each destination a path of its own")]
    FileTaken,
    #[error("the path is a link, a folder or a device; only a regular file is written")]
    NotAFile,
    #[error("the audit cannot be read; the database says why")]
    Database,
    #[error("the audit lacks entries that were signed; run pro-server audit verify")]
    EntriesMissing,
    #[error("rows that nobody signed are beyond the end of the audit, and are not sent; run pro-server audit verify")]
    EntriesBeyond,
}

impl SinkFault {
    /// A stable word for scripts and translations.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unreachable => "sink-unreachable",
            Self::Timeout => "sink-timeout",
            Self::Certificate => "sink-certificate",
            Self::OwnFiles => "sink-own-files",
            Self::Broke => "sink-broke",
            Self::CertificateRefused => "sink-certificate-refused",
            Self::Refused { .. } => "sink-refused",
            Self::File(_) => "sink-file",
            Self::FileTaken => "sink-file-taken",
            Self::NotAFile => "sink-not-a-file",
            Self::Database => "sink-database",
            Self::EntriesMissing => "sink-entries-missing",
            Self::EntriesBeyond => "sink-entries-beyond",
        }
    }
}

impl From<ServiceError> for SinkFault {
    fn from(_: ServiceError) -> Self {
        Self::Database
    }
}

/// What stands at the other end.
enum Destination {
    File(FileWriter),
    Syslog(SyslogStream),
    Webhook(Webhook),
}

/// Whether the other end says what it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Receipt {
    /// What was handed over has arrived.
    Given,
    /// It says nothing. So many bytes were handed over.
    None { bytes: u64 },
}

impl Destination {
    async fn open(to: &SinkTo, host: &str, turn: &Turn) -> Result<Self, SinkFault> {
        Ok(match to {
            SinkTo::File(config) => Self::File(FileWriter::open(config, turn).await?),
            SinkTo::Syslog(config) => Self::Syslog(SyslogStream::open(config, host).await?),
            SinkTo::Webhook(config) => Self::Webhook(Webhook::new(config)?),
        })
    }

    async fn send(&mut self, messages: Vec<Message>, now: Timestamp) -> Result<Receipt, SinkFault> {
        match self {
            Self::File(file) => file.append(messages).await.map(|()| Receipt::Given),
            Self::Syslog(stream) => stream.send(&messages).await.map(|bytes| Receipt::None { bytes }),
            Self::Webhook(hook) => hook.send(&messages, now).await.map(|()| Receipt::Given),
        }
    }

    /// Whether it says what it has.
    fn answers(&self) -> bool {
        match self {
            Self::File(_) | Self::Webhook(_) => true,
            Self::Syslog(_) => false,
        }
    }

    /// Bytes that the other machine has not acknowledged.
    async fn unacknowledged_bytes(&self) -> u64 {
        match self {
            Self::Syslog(stream) => stream.unacknowledged_bytes().await,
            Self::File(_) | Self::Webhook(_) => 0,
        }
    }

    /// Returns when the connection ends by itself; never if there is none.
    async fn broken(&mut self) -> SinkFault {
        match self {
            Self::Syslog(stream) => stream.broken().await,
            Self::File(_) | Self::Webhook(_) => std::future::pending().await,
        }
    }
}

/// Held by whoever writes a file: a disk that hangs is waited for once, and not by ever more threads.
type Turn = Arc<tokio::sync::Mutex<()>>;

/// Sends to one destination until `stop`. `host` is this server's name in syslog messages.
pub async fn run(services: Services, sink: SinkConfig, host: String, stop: CancellationToken) {
    let (mut pause, turn) = (PAUSE_MIN, Turn::default());
    while !stop.is_cancelled() {
        let mut lane = Lane {
            services: &services,
            sink: &sink,
            host: &host,
            turn: &turn,
            began: Instant::now(),
            outcome: Outcome::Nothing,
            end: PageEnd::InOrder,
            settles_ms: None,
        };
        let ended = stop.run_until_cancelled(lane.deliver()).await;
        let (Some(fault), outcome) = (ended, lane.outcome) else { return };
        troubled(&services, &sink.name, fault);
        pause = if outcome == Outcome::Arrived { PAUSE_MIN } else { (pause * 2).min(PAUSE_MAX) };
        let _ = stop.run_until_cancelled(tokio::time::sleep(pause)).await;
    }
}

/// Says what is wrong, if that is news.
fn troubled(services: &Services, sink: &str, fault: SinkFault) {
    if services.sink_fares(sink, Some(fault.code())) {
        count(names::AUDIT_SINKS_FAILED);
        tracing::warn!(sink, code = fault.code(), "the audit does not arrive as it should: {fault}");
    }
}

/// Whether the destination could be sent to, as far as can be told without sending anything.
pub async fn reach(to: &SinkTo) -> Result<(), SinkFault> {
    match to {
        SinkTo::File(config) => file::look(&config.path),
        SinkTo::Syslog(config) => SyslogStream::open(config, "-").await.map(drop),
        SinkTo::Webhook(config) => Webhook::new(config)?.reach().await,
    }
}

/// Whether a connection was of any use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Nothing,
    Arrived,
}

/// One connection's worth of sending.
struct Lane<'s> {
    services: &'s Services,
    sink: &'s SinkConfig,
    host: &'s str,
    turn: &'s Turn,
    began: Instant,
    outcome: Outcome,
    /// Of the page that was read last.
    end: PageEnd,
    /// When a connection without answers is believed to be one; none if it is.
    settles_ms: Option<u64>,
}

impl Lane<'_> {
    /// Until something goes wrong.
    async fn deliver(&mut self) -> SinkFault {
        match self.go_on().await {
            Ok(never) => match never {},
            Err(fault) => fault,
        }
    }

    async fn go_on(&mut self) -> Result<Infallible, SinkFault> {
        let (services, to) = (self.services, &self.sink.to);
        let mut progress = Progress::from(services.sink_opened(&self.sink.name, to.kind()).await?);
        let mut destination = Destination::open(to, self.host, self.turn).await?;
        self.settles_ms = (!destination.answers()).then(|| self.now_ms().saturating_add(SETTLE_MS));
        loop {
            // Before the page: what is signed later may be in it already, and not the other way round.
            let entries = services.audit_entries();
            let room = u32::try_from(progress.room()).unwrap_or(u32::MAX).min(PAGE_ENTRIES);
            let page = match room {
                0 => Vec::new(),
                room => {
                    let Page { messages, end } = services.sink_page(progress.next(), room).await?;
                    self.end = end;
                    messages
                }
            };
            if let Some(last) = page.last().map(|message| message.index) {
                match destination.send(page, services.now()).await? {
                    Receipt::Given => {
                        progress.arrived(last);
                        self.confirm(&progress).await?;
                    }
                    Receipt::None { bytes } => progress.sent(last, bytes, self.now_ms()),
                }
                self.fares();
            } else {
                if room > 0 && entries > progress.next() {
                    return Err(SinkFault::EntriesMissing);
                }
                self.fares();
                self.news(&progress, &mut destination).await?;
            }
            self.look(&mut progress, &mut destination).await?;
        }
    }

    /// Returns when there is something to send or to look at.
    async fn news(&self, progress: &Progress, destination: &mut Destination) -> Result<(), SinkFault> {
        let grown = async {
            match progress.room() {
                0 => std::future::pending().await,
                _ => self.services.audit_reaches(progress.next()).await,
            }
        };
        let due = async {
            match progress.deadline_ms().into_iter().chain(self.settles_ms).min() {
                Some(deadline_ms) => tokio::time::sleep_until(self.began + Duration::from_millis(deadline_ms)).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            // A connection that has ended confirms nothing.
            biased;
            fault = destination.broken() => Err(fault),
            () = grown => Ok(()),
            () = due => Ok(()),
        }
    }

    /// Whether the connection stands, and anything of what was sent without a receipt counts as arrived by now, as long as more is sent
    /// as well.
    async fn look(&mut self, progress: &mut Progress, destination: &mut Destination) -> Result<(), SinkFault> {
        let now_ms = self.now_ms();
        let is_due = |deadline_ms: Option<u64>| deadline_ms.is_some_and(|deadline_ms| now_ms >= deadline_ms);
        let (settles, is_old_enough) = (is_due(self.settles_ms), is_due(progress.deadline_ms()));
        if !settles && !is_old_enough {
            return Ok(());
        }
        if let Some(fault) = destination.broken().now_or_never() {
            return Err(fault);
        }
        if settles {
            self.settles_ms = None;
            self.fares();
        }
        if is_old_enough && progress.stands(destination.unacknowledged_bytes().await, now_ms) {
            self.confirm(progress).await?;
        }
        Ok(())
    }

    async fn confirm(&mut self, progress: &Progress) -> Result<(), SinkFault> {
        self.services.sink_confirmed(&self.sink.name, progress.confirmed()).await?;
        self.outcome = Outcome::Arrived;
        Ok(())
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Says how it goes, as soon as that is known.
    fn fares(&self) {
        if self.settles_ms.is_some() {
            return;
        }
        let (services, name) = (self.services, &self.sink.name);
        match self.end {
            PageEnd::InOrder if services.sink_fares(name, None) => {
                tracing::info!(sink = name, "the audit arrives again");
            }
            PageEnd::Beyond => troubled(services, name, SinkFault::EntriesBeyond),
            PageEnd::InOrder => {}
        }
    }
}
