//! What a running server says of the destinations of its audit.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::service::sinks::SinkView;

/// A destination of the audit.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct SinkRow {
    pub name: String,
    /// `file`, `syslog` or `webhook`. Called so because every row has a `kind` of its own.
    pub to: String,
    /// Entries that have arrived.
    pub confirmed: u64,
    /// Entries that have not.
    pub waiting: u64,
    /// What keeps it from getting them, by a stable word.
    pub fault: Option<String>,
    /// Since when.
    pub fault_since_ms: Option<u64>,
}

impl From<SinkView> for SinkRow {
    fn from(sink: SinkView) -> Self {
        SinkRow {
            name: sink.name,
            to: sink.kind.to_owned(),
            confirmed: sink.confirmed,
            waiting: sink.waiting,
            fault: sink.fault.map(|(fault, _)| fault.to_owned()),
            fault_since_ms: sink.fault.map(|(_, since)| since.as_millis()),
        }
    }
}
