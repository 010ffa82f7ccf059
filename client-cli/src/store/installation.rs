//! The installation's counter: a small file beside the vault that says how far this installation has come, so that a vault
//! restored from a backup is known as one. It must be left out of backups, and must never be ahead of a commit.
//! Written at each commit without waiting for the disk: a power loss may leave it behind the vault, which is harmless.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::medium::FILE_MODE;

const COUNT_BYTES: usize = 8;
const CHECKSUM_BYTES: usize = 8;
const RECORD_BYTES: usize = COUNT_BYTES + CHECKSUM_BYTES;
/// Two records in turn, so that one is whole whatever happens.
const RECORD_OFFSETS: [u64; 2] = [0, 4096];

#[derive(Debug)]
pub(crate) struct Installation(File);

impl Installation {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(FILE_MODE).open(path).map(Self)
    }

    /// The highest count recorded; `None` if there is none, as after a restore to another machine.
    pub(crate) fn count(&self) -> io::Result<Option<u64>> {
        let mut highest = None;
        for offset in RECORD_OFFSETS {
            let mut record = [0; RECORD_BYTES];
            match self.0.read_exact_at(&mut record, offset) {
                Ok(()) => highest = highest.max(parse(&record)),
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {}
                Err(error) => return Err(error),
            }
        }
        Ok(highest)
    }

    /// Counts from zero again, durably: a new vault.
    pub(crate) fn restart(&self) -> io::Result<()> {
        self.0.set_len(0)?;
        self.record(0)?;
        self.sync()
    }

    pub(crate) fn record(&self, count: u64) -> io::Result<()> {
        let [even, odd] = RECORD_OFFSETS;
        let mut record = count.to_be_bytes().to_vec();
        record.extend_from_slice(&checksum(count));
        self.0.write_all_at(&record, if count.is_multiple_of(2) { even } else { odd })
    }

    pub(crate) fn sync(&self) -> io::Result<()> {
        self.0.sync_all()
    }
}

fn checksum(count: u64) -> [u8; CHECKSUM_BYTES] {
    let mut checksum = [0; CHECKSUM_BYTES];
    for (to, from) in checksum.iter_mut().zip(Sha256::digest(count.to_be_bytes())) {
        *to = from;
    }
    checksum
}

fn parse(record: &[u8; RECORD_BYTES]) -> Option<u64> {
    let (count, rest) = record.split_first_chunk::<COUNT_BYTES>()?;
    let count = u64::from_be_bytes(*count);
    (rest == checksum(count)).then_some(count)
}
