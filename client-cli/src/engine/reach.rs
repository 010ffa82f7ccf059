//! When others were last reached: what a person is told while something waits for them. It is what this device saw itself; nobody else
//! is asked, and nobody is told.

use protocol::ids::{DeviceId, MemberId};
use protocol::time::Timestamp;

use super::{Engine, EngineError};
use crate::clock;
use crate::core::peer::LinkState;
use crate::store::tables::REACHED;
use crate::store::{Reading as _, VaultError};

/// How old what is kept of an open link may be: a device that loses its power forgets no more.
const REACHED_EVERY_MS: u64 = 10 * 60 * 1_000;

impl Engine {
    /// A link opened, or was open until now.
    pub(super) fn note_reached(&self, device: DeviceId) -> Result<(), EngineError> {
        match self.vault.write(|tx| tx.put(&REACHED, device.as_bytes(), &clock::now())) {
            // It is a courtesy, and no reason to close links.
            Ok(()) | Err(VaultError::DiskFull) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Keeps that the links that are open still are.
    pub(super) fn note_open_links(&self, now: Timestamp) -> Result<(), EngineError> {
        let open = self.peers.values().filter(|peer| peer.machine.link_state() == LinkState::Open);
        for device in open.map(|peer| peer.record.device).collect::<Vec<_>>() {
            let kept = self.vault.read(|tx| tx.get(&REACHED, device.as_bytes()))?;
            if kept.is_none_or(|kept| now.since(kept) >= REACHED_EVERY_MS) {
                self.note_reached(device)?;
            }
        }
        Ok(())
    }

    /// When one of a person's devices was last reached, in milliseconds since 1970.
    pub(super) fn reached_ms(&self, member: MemberId) -> Result<Option<u64>, EngineError> {
        let devices: Vec<DeviceId> = self.peers_of(member).map(|peer| peer.record.device).collect();
        let kept = self.vault.read(|tx| -> Result<Vec<Option<Timestamp>>, VaultError> {
            devices.iter().map(|device| tx.get(&REACHED, device.as_bytes())).collect()
        })?;
        Ok(kept.into_iter().flatten().max().map(Timestamp::as_millis))
    }
}
