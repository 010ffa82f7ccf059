//! What the server shows at this moment, in memory, replaced as a whole after each commit: readers never wait for a writer.

use std::collections::BTreeMap;
use std::sync::Arc;

use protocol::ids::{Address, DeviceId, MemberId};
use protocol::policy::PolicyDocument;
use protocol::tlog::SignedCheckpoint;

use crate::domain::people::People;
use crate::domain::policy::Layers;
use crate::domain::roll::Roll;

/// Why a device counts no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The device itself is revoked or replaced.
    Revoked,
    /// Its person is suspended, or left the directory.
    Suspended,
}

/// Where a device stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceStanding {
    Live {
        member: MemberId,
        /// The only address of its door session.
        front_door: Address,
    },
    Ended(Why),
}

/// The published state.
#[derive(Debug, Clone)]
pub struct Published {
    /// The newest signed checkpoint, heartbeats included.
    pub checkpoint: SignedCheckpoint,
    pub policy: PolicyDocument,
    /// The signed policy document.
    pub policy_bytes: Arc<[u8]>,
    /// The rules of groups and persons that it names.
    pub layers: Arc<Layers>,
    /// Everybody ever known.
    pub roll: Roll,
    /// The newest version of the list of people.
    pub people: Arc<People>,
    /// Every device that was ever enrolled.
    pub devices: Arc<BTreeMap<DeviceId, DeviceStanding>>,
    /// The stream of devices ends here: every place before it is stored, and belongs to this state or a later one.
    pub devices_until: u64,
}
