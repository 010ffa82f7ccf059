//! `[[audit.witnesses]]`: who else vouches for the audit (C2SP tlog-witness). Each has a key, which is compared with its answers.

use std::path::PathBuf;

use protocol::tlog::WitnessKey;

use super::audit::https_url;
use super::problem::{Expected, ProblemKind};
use super::reader::Section;

/// Witnesses of one server.
pub const WITNESSES_MAX: usize = 8;

/// One witness.
#[derive(Debug, Clone)]
pub struct WitnessConfig {
    /// Its name stands in it.
    pub key: WitnessKey,
    /// Under which it takes `add-checkpoint`.
    pub url: String,
    /// Roots that signed its certificate, or those of the system.
    pub ca_file: Option<PathBuf>,
}

pub(super) fn read(section: &mut Section<'_>) -> Vec<WitnessConfig> {
    let mut witnesses: Vec<WitnessConfig> = Vec::new();
    section.tables("witnesses", WITNESSES_MAX, |_, witness| {
        let ca_file = witness.file("ca_file");
        let url = https_url(witness);
        let key = witness.required_text("key").and_then(|text| {
            let key = text.parse::<WitnessKey>();
            if key.is_err() {
                witness.problem("key", ProblemKind::Wrong(Expected::WitnessKey));
            }
            key.ok()
        });
        let (Some(key), Some(url)) = (key, url) else { return };
        if witnesses.iter().any(|other| other.key.name() == key.name()) {
            witness.problem("key", ProblemKind::Wrong(Expected::UniqueName));
        }
        witnesses.push(WitnessConfig { key, url, ca_file });
    });
    witnesses
}
