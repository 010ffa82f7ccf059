//! Asks a witness to cosign each new checkpoint of the audit (C2SP tlog-witness). A witness that is away keeps nobody waiting; one that has
//! seen another audit is an alarm. It must never believe an answer that the witness's key did not sign.

use std::convert::Infallible;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::config::witness::WitnessConfig;
use crate::https::{HttpClient, HttpFault, HttpsUrl, Reply, Sent};
use crate::service::audit::stored_question;
use crate::service::{ServiceError, Services};
use crate::storage::Location;

/// Before a witness that failed is asked again: at first …
const PAUSE_MIN: Duration = Duration::from_millis(500);
/// … and at most, doubled each time.
const PAUSE_MAX: Duration = Duration::from_secs(15);
/// Times that a witness may say for one checkpoint that it has seen another size.
const SIZES_TOLD_MAX: usize = 3;

/// Why there is no cosignature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WitnessFault {
    #[error("the witness cannot be reached; check its url and the network between")]
    Unreachable,
    #[error("the witness's certificate is not trusted; set ca_file to the roots that signed it")]
    Certificate,
    #[error("ca_file holds nothing usable")]
    OwnFiles,
    #[error(
        "the witness does not watch this log; give its operator the key that pro-server --json audit checkpoint shows"
    )]
    UnknownLog,
    #[error(
        "the witness knows another key of this log; give its operator the key that pro-server --json audit checkpoint shows"
    )]
    OtherKey,
    #[error("the witness answered what no witness answers (HTTP status {status}); its own log says why")]
    Refused { status: u16 },
    #[error(
        "what the witness answered is not signed by its key; compare key with what the witness shows when it starts"
    )]
    NotSigned,
    #[error(
        "the witness has seen {seen} entries of this audit, and here are only {entries}: this server was put back to an earlier state"
    )]
    Ahead { seen: u64, entries: u64 },
    #[error(
        "the witness has seen another audit under the same name: this one was put back and went on in another way, or was forged"
    )]
    Forked,
    #[error("the audit cannot be read; the database says why")]
    Database,
}

impl WitnessFault {
    /// A stable word for scripts and translations.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unreachable => "witness-unreachable",
            Self::Certificate => "witness-certificate",
            Self::OwnFiles => "witness-own-files",
            Self::UnknownLog => "witness-unknown-log",
            Self::OtherKey => "witness-other-key",
            Self::Refused { .. } => "witness-refused",
            Self::NotSigned => "witness-not-signed",
            Self::Ahead { .. } => "witness-ahead",
            Self::Forked => "witness-forked",
            Self::Database => "witness-database",
        }
    }

    const fn contradicts(self) -> bool {
        matches!(self, Self::Ahead { .. } | Self::Forked)
    }
}

impl From<ServiceError> for WitnessFault {
    fn from(_: ServiceError) -> Self {
        Self::Database
    }
}

impl From<HttpFault> for WitnessFault {
    fn from(fault: HttpFault) -> Self {
        match fault {
            HttpFault::Certificate => Self::Certificate,
            HttpFault::Unreachable | HttpFault::Timeout | HttpFault::TooLarge | HttpFault::Protocol => {
                Self::Unreachable
            }
        }
    }
}

/// Asks one witness until `stop`.
pub async fn run(services: Services, witness: WitnessConfig, stop: CancellationToken) {
    let mut pause = PAUSE_MIN;
    while !stop.is_cancelled() {
        let mut asking = Asking { services: &services, witness: &witness, cosigned: 0 };
        let Some(fault) = stop.run_until_cancelled(asking.until_a_fault()).await else { return };
        pause = if asking.cosigned > 0 { PAUSE_MIN } else { (pause * 2).min(PAUSE_MAX) };
        if services.witness_fares(&witness.key, Some(fault.code())) {
            let name = witness.key.name();
            tracing::warn!(witness = name, code = fault.code(), "the audit is not cosigned: {fault}");
            if fault.contradicts() {
                services.witness_contradicts().await;
            }
        }
        let _ = stop.run_until_cancelled(tokio::time::sleep(pause)).await;
    }
}

struct Asking<'s> {
    services: &'s Services,
    witness: &'s WitnessConfig,
    cosigned: u64,
}

impl Asking<'_> {
    async fn until_a_fault(&mut self) -> WitnessFault {
        match self.go_on().await {
            Ok(never) => match never {},
            Err(fault) => fault,
        }
    }

    async fn go_on(&mut self) -> Result<Infallible, WitnessFault> {
        let (services, key) = (self.services, &self.witness.key);
        let mut seen = services.witness_opened(key).await?;
        let client = HttpClient::new(self.witness.ca_file.as_deref()).map_err(|_| WitnessFault::OwnFiles)?;
        let address = format!("{}/add-checkpoint", self.witness.url.trim_end_matches('/'));
        let url = HttpsUrl::parse(&address).ok_or(WitnessFault::Unreachable)?;
        loop {
            // At the start even if nothing is new: a server that was put back is to hear of it before it writes anything.
            seen = self.ask(&client, &url, seen).await?;
            self.cosigned = self.cosigned.saturating_add(1);
            if services.witness_fares(key, None) {
                tracing::info!(witness = key.name(), "the audit is cosigned again");
            }
            services.audit_reaches(seen).await;
        }
    }

    /// How many entries the witness has seen afterwards.
    async fn ask(&self, client: &HttpClient, url: &HttpsUrl, seen: u64) -> Result<u64, WitnessFault> {
        let mut old_size = seen;
        for _ in 0..SIZES_TOLD_MAX {
            let asked = self.services.ask_witness(old_size).await?;
            let reply = client.exchange(url, Sent::Plain(asked.body.clone())).await?;
            match Word::of(&reply, old_size, asked.size)? {
                Word::Cosigned => {
                    let is_signed = self.services.witnessed(&self.witness.key, &asked, &reply.body).await?;
                    return if is_signed { Ok(asked.size) } else { Err(WitnessFault::NotSigned) };
                }
                Word::Knows(size) => old_size = size,
            }
        }
        Err(WitnessFault::Refused { status: 409 })
    }
}

/// What a witness answers that contradicts nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    Cosigned,
    /// It goes on from another size than it was told.
    Knows(u64),
}

impl Word {
    /// Of the question whether the first `size` entries go on from the first `old_size`.
    fn of(reply: &Reply, old_size: u64, size: u64) -> Result<Self, WitnessFault> {
        match reply.status {
            200 => Ok(Self::Cosigned),
            409 => {
                let told = std::str::from_utf8(&reply.body).ok().and_then(|body| body.trim().parse::<u64>().ok());
                let told = told.ok_or(WitnessFault::Refused { status: 409 })?;
                if told > size {
                    return Err(WitnessFault::Ahead { seen: told, entries: size });
                }
                // It knows this size, and another tree of it.
                if told == old_size { Err(WitnessFault::Forked) } else { Ok(Self::Knows(told)) }
            }
            422 => Err(WitnessFault::Forked),
            403 => Err(WitnessFault::OtherKey),
            404 => Err(WitnessFault::UnknownLog),
            status => Err(WitnessFault::Refused { status }),
        }
    }
}

/// Whether a witness can be reached, and has seen nothing that is not in the audit at `store`. It is asked as the server that writes there
/// asks it, and what it answers is not kept.
pub async fn examine(witness: &WitnessConfig, store: Option<&Location>) -> Result<(), WitnessFault> {
    let client = HttpClient::new(witness.ca_file.as_deref()).map_err(|_| WitnessFault::OwnFiles)?;
    let address = format!("{}/add-checkpoint", witness.url.trim_end_matches('/'));
    let url = HttpsUrl::parse(&address).ok_or(WitnessFault::Unreachable)?;
    let (mut known, mut before) = (None, None);
    for _ in 0..SIZES_TOLD_MAX {
        let question = match store {
            // A database that cannot be read is told of elsewhere.
            Some(store) => stored_question(store, known).await.unwrap_or_default(),
            None => None,
        };
        let Some((question, size)) = question else { return Ok(client.reach(&url).await?) };
        let reply = client.exchange(&url, Sent::Plain(question.to_bytes())).await?;
        match Word::of(&reply, question.old_size, size) {
            Ok(Word::Cosigned) => return Ok(()),
            Ok(Word::Knows(size)) => known = Some(size),
            // A server that runs may have gone on meanwhile.
            Err(WitnessFault::Ahead { .. }) if before.replace(size).is_none_or(|before| before < size) => known = None,
            Err(fault) => return Err(fault),
        }
    }
    Err(WitnessFault::Refused { status: 409 })
}
