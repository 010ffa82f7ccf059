//! A person with a device in the crowd, and a message as the test knows it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use ed25519_dalek::SigningKey;
use protocol::ids::{DeviceId, MemberId, MessageId};
use protocol::link::LinkFrame;

use super::super::Conversations;
use super::parts::{HISTORY, WORDS};
use crate::store::tables::OUTBOX;
use crate::store::{Reading as _, Span, Vault, VaultError};

pub(super) struct Machine<C> {
    pub member: MemberId,
    pub device: DeviceId,
    pub key: SigningKey,
    pub vault: Vault,
    pub backup: Option<(Vault, usize)>,
    pub talk: Conversations<C>,
    /// Frames on their way here, by who sent them.
    pub inbox: VecDeque<(usize, LinkFrame)>,
    /// How far its clock is ahead of the others, in milliseconds.
    pub ahead: i64,
}

/// A message as the test knows it.
pub(super) struct Sent {
    pub author: usize,
    pub id: MessageId,
    /// Who was in the group when it was written, as its author knew it.
    pub to: Vec<usize>,
    /// For whom nothing is promised any more: somebody was restored, or went.
    pub excused: BTreeSet<usize>,
    pub refused: bool,
    /// What it does.
    pub does: Does,
}

/// What a message does.
pub(super) enum Does {
    /// It says something, of which these are the newest words.
    Says(Words),
    /// It says something else in the place of another one.
    Edits,
}

/// What a message says by now.
pub(super) struct Words {
    /// How often it was edited.
    pub version: u64,
    /// The edit that told it last.
    pub told_by: Option<usize>,
    /// Its author was restored, and may say something else.
    pub unsure: bool,
}

impl<C> Machine<C> {
    pub(super) fn has(&self, message: MessageId) -> bool {
        self.vault.read(|tx| tx.get(&HISTORY, message.as_bytes())).unwrap().is_some()
    }

    pub(super) fn history(&self) -> BTreeMap<[u8; 16], (u64, u64)> {
        self.vault.read(|tx| tx.scan(&HISTORY, Span::all()).collect::<Result<_, VaultError>>()).unwrap()
    }

    /// What a message says here.
    pub(super) fn words(&self, message: MessageId) -> Option<u64> {
        self.vault.read(|tx| tx.get(&WORDS, message.as_bytes())).unwrap()
    }

    /// What waits here, and for whom.
    pub(super) fn owed(&self) -> BTreeMap<MessageId, Vec<MemberId>> {
        let rows = self.vault.read(|tx| tx.scan(&OUTBOX, Span::all()).collect::<Result<Vec<_>, VaultError>>()).unwrap();
        rows.into_iter().map(|(_, row)| (row.message, row.owed)).collect()
    }
}
