//! The audit on its way to where the organization keeps it: one loop for each destination, which reads from the database what has not
//! arrived, in order, at least once. A destination that is away keeps nobody waiting but itself. It must never hold entries in memory
//! beyond a page, nor log what it carries.

mod file;
mod syslog;
mod webhook;

use std::time::Duration;

use protocol::time::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::config::audit::{SinkConfig, SinkTo};
use crate::domain::sink::{Message, Progress};
use crate::service::{ServiceError, Services};
use crate::telemetry::{count, names};

use file::FileWriter;
use syslog::SyslogStream;
use webhook::Webhook;

/// Entries that are read and sent together.
const PAGE_ENTRIES: usize = 256;
/// Before a destination that failed is tried again: at first …
const PAUSE_MIN: Duration = Duration::from_millis(500);
/// … and at most, doubled each time.
const PAUSE_MAX: Duration = Duration::from_secs(60);

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
    #[error("the destination refuses with HTTP status {status}; its own log says why")]
    Refused { status: u16 },
    #[error("the file cannot be written; check its folder's rights and the space on its disk")]
    File(std::io::ErrorKind),
    #[error("the audit cannot be read; the database says why")]
    Database,
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
            Self::Refused { .. } => "sink-refused",
            Self::File(_) => "sink-file",
            Self::Database => "sink-database",
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
    /// It says nothing.
    None,
}

impl Destination {
    async fn open(to: &SinkTo, host: &str) -> Result<Self, SinkFault> {
        Ok(match to {
            SinkTo::File(config) => Self::File(FileWriter::open(config).await?),
            SinkTo::Syslog(config) => Self::Syslog(SyslogStream::open(config, host).await?),
            SinkTo::Webhook(config) => Self::Webhook(Webhook::new(config)?),
        })
    }

    async fn send(&mut self, messages: Vec<Message>, now: Timestamp) -> Result<Receipt, SinkFault> {
        match self {
            Self::File(file) => file.append(messages).await.map(|()| Receipt::Given),
            Self::Syslog(stream) => stream.send(&messages).await.map(|()| Receipt::None),
            Self::Webhook(hook) => hook.send(&messages, now).await.map(|()| Receipt::Given),
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

/// Sends to one destination until `stop`. `host` is this server's name in syslog messages.
pub async fn run(services: Services, sink: SinkConfig, host: String, stop: CancellationToken) {
    let mut pause = PAUSE_MIN;
    while !stop.is_cancelled() {
        let mut lane = Lane { services: &services, sink: &sink, host: &host, outcome: Outcome::Nothing };
        let ended = stop.run_until_cancelled(lane.deliver()).await;
        let (Some(fault), outcome) = (ended, lane.outcome) else { return };
        if services.sink_fares(&sink.name, Some(fault.code())) {
            count(names::AUDIT_SINKS_FAILED);
            tracing::warn!(sink = sink.name, code = fault.code(), "the audit does not arrive: {fault}");
        }
        pause = if outcome == Outcome::Sent { PAUSE_MIN } else { (pause * 2).min(PAUSE_MAX) };
        let _ = stop.run_until_cancelled(tokio::time::sleep(pause)).await;
    }
}

/// Whether a connection was of any use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Nothing,
    Sent,
}

/// One connection's worth of sending.
struct Lane<'s> {
    services: &'s Services,
    sink: &'s SinkConfig,
    host: &'s str,
    outcome: Outcome,
}

impl Lane<'_> {
    /// Until something goes wrong.
    async fn deliver(&mut self) -> SinkFault {
        match self.go_on().await {
            Ok(never) => match never {},
            Err(fault) => fault,
        }
    }

    async fn go_on(&mut self) -> Result<std::convert::Infallible, SinkFault> {
        let (services, name) = (self.services, self.sink.name.as_str());
        let mut progress = Progress::from(services.sink_opened(name, self.sink.to.kind()).await?);
        let mut destination = Destination::open(&self.sink.to, self.host).await?;
        self.fares_well();
        loop {
            let room = progress.room().min(PAGE_ENTRIES);
            let page = match room {
                0 => Vec::new(),
                room => services.sink_messages(progress.next(), u32::try_from(room).unwrap_or(u32::MAX)).await?,
            };
            if let Some(last) = page.last().map(|message| message.index) {
                match destination.send(page, services.now()).await? {
                    Receipt::Given => {
                        progress.arrived(last);
                        services.sink_confirmed(name, progress.confirmed()).await?;
                    }
                    Receipt::None => progress.sent(last, services.now()),
                }
                self.fares_well();
                self.outcome = Outcome::Sent;
                continue;
            }
            let grown = async {
                match room {
                    0 => std::future::pending().await,
                    _ => services.audit_reaches(progress.next()).await,
                }
            };
            tokio::select! {
                () = grown => {}
                () = due(services, progress.deadline()) => {
                    if progress.stands(services.now()) {
                        services.sink_confirmed(name, progress.confirmed()).await?;
                    }
                }
                fault = destination.broken() => return Err(fault),
            }
        }
    }

    fn fares_well(&self) {
        if self.services.sink_fares(&self.sink.name, None) {
            tracing::info!(sink = self.sink.name, "the audit arrives again");
        }
    }
}

async fn due(services: &Services, deadline: Option<Timestamp>) {
    match deadline {
        Some(deadline) => tokio::time::sleep(Duration::from_millis(deadline.since(services.now()))).await,
        None => std::future::pending().await,
    }
}
