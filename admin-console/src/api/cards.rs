//! Enrollment cards: one-time codes for a whole department, on a page made for printing. It must never carry a code twice.

use protocol::secret::Personal;
use protocol::time::Timestamp;

use super::EnrollmentCode;

/// How many people of somewhere have no device yet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Nobody has made a code for them, or it has expired.
    pub without_code: u64,
    /// A code that was made for them is still good.
    pub with_code: u64,
}

/// A group of the directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardGroup {
    pub name: Personal<String>,
    pub waiting: Waiting,
}

/// For whom cards can be made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CardChoices {
    pub everybody: Waiting,
    /// By name; groups in which nobody waits are left out.
    pub groups: Vec<CardGroup>,
}

/// What becomes of codes that are still good.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum EarlierCodes {
    /// Whoever has one gets no card.
    #[default]
    Keep,
    /// Whoever has one gets a card, and the earlier code is worth nothing. What was made at this moment or later is not earlier.
    Replace { made_before: Option<Timestamp> },
}

/// For whom cards are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardOrder {
    /// Everybody if none.
    pub group: Option<Personal<String>>,
    pub earlier: EarlierCodes,
}

/// Cards, shown once, never stored.
#[derive(Debug, Clone, Default)]
pub struct Cards {
    /// At most [`super::CARDS_MAX`], in the order of (login, id).
    pub cards: Vec<EnrollmentCode>,
    /// People of this order for whom none was made this time.
    pub left: u64,
    /// When the first cards of the order were made: what is left goes on from there.
    pub began: Option<Timestamp>,
}
