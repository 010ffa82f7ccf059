//! What a running server says of the witnesses of its audit.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::audit::Witnessed;
use crate::service::cosigners::WitnessView;

/// A witness of the audit.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct WitnessRow {
    pub name: String,
    /// Entries that it has seen, by its newest cosignature.
    pub entries: Option<u64>,
    /// When it said so, by its own clock.
    pub time_ms: Option<u64>,
    /// What keeps it from saying more, by a stable word.
    pub fault: Option<String>,
    /// Since when.
    pub fault_since_ms: Option<u64>,
}

impl From<WitnessView> for WitnessRow {
    fn from(witness: WitnessView) -> Self {
        WitnessRow {
            name: witness.name,
            entries: witness.said.map(|(entries, _)| entries),
            time_ms: witness.said.map(|(_, time)| time.as_millis()),
            fault: witness.fault.map(|(fault, _)| fault.to_owned()),
            fault_since_ms: witness.fault.map(|(_, since)| since.as_millis()),
        }
    }
}

/// What a witness says of an audit that was checked.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct WitnessedRow {
    pub name: String,
    /// Entries under the newest checkpoint that it cosigned; none if there is no such one.
    pub entries: Option<u64>,
    /// When it did, by its own clock.
    pub time_ms: Option<u64>,
}

impl From<&Witnessed> for WitnessedRow {
    fn from(witnessed: &Witnessed) -> Self {
        WitnessedRow {
            name: witnessed.key.name().to_owned(),
            entries: witnessed.said.map(|(size, _)| size),
            time_ms: witnessed.said.map(|(_, time)| time.as_millis()),
        }
    }
}
