//! The files of a directory key that takes the place of another: the new one waits beside the one in force until the root's word about it
//! is there. Killed at any moment, the folder holds the key that the root's newest word is about.

use std::fs;
use std::io;
use std::path::Path;
use std::time::SystemTime;

use data_encoding::HEXLOWER;
use protocol::keys::{self, SigningKey, VerifyingKey};
use protocol::organization::DirectoryKey;
use protocol::signed::Unverified;
use protocol::time::{DAY_MS, Timestamp};

use super::{
    DIRECTORY_FORMER, DIRECTORY_PRIVATE, DIRECTORY_SIGNED, DIRECTORY_WAITING, Former, Keys, KeysFault, Statement,
    drop_first, hex_line, read_key, read_text,
};
use crate::clock::Ambient;
use crate::unix;

/// After this long a key that waits is not taken for a new request: the way to the root key and back takes no longer.
const WAITS_MS_MAX: u64 = 2 * DAY_MS;

/// The key that waits.
pub(super) fn waiting(folder: &Path) -> Result<Option<SigningKey>, KeysFault> {
    match read_key(folder, DIRECTORY_WAITING) {
        Ok(key) => Ok(Some(SigningKey::from_bytes(&key))),
        Err(KeysFault::Io(io::ErrorKind::NotFound)) => Ok(None),
        Err(fault) => Err(fault),
    }
}

/// Keys that were replaced, without the one in force.
pub(super) fn former(folder: &Path, root: &VerifyingKey, current: &DirectoryKey) -> Result<Vec<Former>, KeysFault> {
    let text = match read_text(folder, DIRECTORY_FORMER) {
        Err(KeysFault::Io(io::ErrorKind::NotFound)) => return Ok(Vec::new()),
        text => text?,
    };
    let damaged = KeysFault::Damaged(DIRECTORY_FORMER);
    let mut former: Vec<Former> = Vec::new();
    for line in text.lines() {
        let signed = HEXLOWER.decode(line.as_bytes()).map_err(|_| damaged)?;
        let said = Unverified::<DirectoryKey>::from_bytes(signed.clone()).verify(root).map_err(|_| damaged)?;
        let key = keys::verifying_key(&said.key).map_err(|_| damaged)?;
        if said.key != current.key {
            former.retain(|earlier| earlier.key != key);
            former.push(Former { key, signed });
        }
    }
    Ok(former)
}

impl Keys {
    /// The key that waits to take the place of the one in force; made if there is none, or if it has waited so long that it may
    /// have been seen too. For whoever has the turn.
    pub(in crate::service) fn successor(&self, ambient: &Ambient) -> Result<SigningKey, KeysFault> {
        self.settle_successor()?;
        if let Some(key) = self.waiting()?
            && !self.has_waited(ambient)?
        {
            return Ok(key);
        }
        let key = keys::signing_key(&mut ambient.rng());
        unix::write_private(&self.folder.join(DIRECTORY_WAITING), hex_line(key.as_bytes()).as_bytes())?;
        Ok(key)
    }

    fn has_waited(&self, ambient: &Ambient) -> Result<bool, KeysFault> {
        let made = fs::metadata(self.folder.join(DIRECTORY_WAITING))?.modified()?;
        let made_ms = made.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_millis();
        let made = Timestamp::from_millis(u64::try_from(made_ms).unwrap_or(u64::MAX));
        Ok(ambient.now().since(made) > WAITS_MS_MAX)
    }

    /// The key that waits, if one was made.
    pub(in crate::service) fn waiting(&self) -> Result<Option<SigningKey>, KeysFault> {
        waiting(&self.folder)
    }

    /// The one in force among those that were replaced: before another takes its place.
    pub(in crate::service) fn keep_former(&self, next: &mut Statement) -> Result<(), KeysFault> {
        let before = self.statement.load();
        next.former.push(Former { key: before.signer.verifying_key(), signed: before.signed.clone() });
        let text: String = next.former.iter().map(|former| format!("{}\n", HEXLOWER.encode(&former.signed))).collect();
        Ok(unix::write_private(&self.folder.join(DIRECTORY_FORMER), text.as_bytes())?)
    }

    /// Puts the root's new word about the directory key in the place of the old one, in one step.
    pub(in crate::service) fn put_statement(&self, signed: &[u8]) -> Result<(), KeysFault> {
        let text = format!("{}\n", HEXLOWER.encode(signed));
        Ok(unix::write_private(&self.folder.join(DIRECTORY_SIGNED), text.as_bytes())?)
    }

    /// What was begun and is over leaves nothing behind.
    pub(in crate::service) fn settle(&self) -> Result<(), KeysFault> {
        self.settle_successor()?;
        self.folder.parent().map_or(Ok(()), drop_first)
    }

    /// The key that waited lies where the one before it lay; that one is gone. Nothing happens while the one in force lies there.
    pub(in crate::service) fn settle_successor(&self) -> Result<(), KeysFault> {
        let in_force = self.statement.load().key.key;
        let Some(waiting) = self.waiting()?.filter(|key| key.verifying_key().to_bytes() == in_force) else {
            return Ok(());
        };
        let lies = SigningKey::from_bytes(&*read_key(&self.folder, DIRECTORY_PRIVATE)?);
        if lies != waiting {
            fs::rename(self.folder.join(DIRECTORY_WAITING), self.folder.join(DIRECTORY_PRIVATE))?;
            fs::File::open(&self.folder)?.sync_all()?;
        }
        Ok(())
    }
}
