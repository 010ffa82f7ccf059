//! Whose turn it is to move: few fetches have a link at once, the others wait. A colleague who does not serve must never keep the
//! files of others waiting: whose files move least goes first, and of one colleague's files the one that waited longest.

use protocol::ids::{DeviceId, FileId};

/// Fetches that have a link at once. Each may have 4 MiB under way.
pub const FETCHES_AT_ONCE_MAX: usize = 4;

/// A fetch, as far as it matters here.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// Which.
    pub file: FileId,
    /// Whose file it is.
    pub holder: DeviceId,
    /// When it had its last turn, counted in turns.
    pub turn: u64,
    /// What it does now.
    pub stand: Stand,
}

/// What a fetch does now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stand {
    /// It has a link.
    Moving,
    /// It would run if it had one, and one to its holder is open.
    Ready,
    /// Neither.
    Resting,
}

/// The fetch that gets a link now.
pub fn next(places: &[Place]) -> Option<FileId> {
    let moving = || places.iter().filter(|place| place.stand == Stand::Moving);
    if moving().count() >= FETCHES_AT_ONCE_MAX {
        return None;
    }
    let of_holder = |holder: DeviceId| moving().filter(|place| place.holder == holder).count();
    let ready = places.iter().filter(|place| place.stand == Stand::Ready);
    ready.min_by_key(|place| (of_holder(place.holder), place.turn)).map(|place| place.file)
}
