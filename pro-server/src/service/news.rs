//! What everybody online is told after a change, and every ten seconds. It must never say who was told.

use protocol::ids::DeviceId;
use protocol::limits::{NEWS_LEAVES_BYTES_MAX, NEWS_LEAVES_MAX};
use protocol::signaling::field::{LeafBytes, News};

use super::published::{DeviceStanding, Published, Why};

/// Bulletins that a slow listener may be behind; then it misses some and goes by the newest.
pub const BULLETINS_MAX: usize = 256;

/// One change, or a heartbeat.
#[derive(Debug, Clone)]
pub struct Bulletin {
    /// For every session, the same bytes to all.
    pub news: News,
    /// Devices whose sessions end now, and why.
    pub ended: Vec<(DeviceId, Why)>,
}

impl Published {
    /// The newest state without leaves: the heartbeat, and what a session learns first.
    pub fn news(&self) -> News {
        News {
            checkpoint: self.checkpoint.note().to_vec(),
            first: self.checkpoint.checkpoint().size,
            leaves: Vec::new(),
            policy_version: self.policy.version,
            directory_version: self.people.version(),
        }
    }

    /// A bulletin that leaves nothing out.
    pub fn whole(&self) -> Bulletin {
        let ended = |(device, standing): (&DeviceId, &DeviceStanding)| match standing {
            DeviceStanding::Ended(why) => Some((*device, *why)),
            DeviceStanding::Live { .. } => None,
        };
        Bulletin { news: self.news(), ended: self.devices.iter().filter_map(ended).collect() }
    }

    /// The newest state with the leaves of the change that led to it, if they fit.
    pub(super) fn news_with(&self, first: u64, leaves: Vec<Vec<u8>>) -> News {
        let bytes: usize = leaves.iter().map(Vec::len).sum();
        if leaves.len() > NEWS_LEAVES_MAX || bytes > NEWS_LEAVES_BYTES_MAX {
            return self.news();
        }
        News { first, leaves: leaves.into_iter().map(LeafBytes).collect(), ..self.news() }
    }
}
