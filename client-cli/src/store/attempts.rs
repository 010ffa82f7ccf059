//! Where tries of the passphrase are counted: a small file beside the vault. It must be durable before a try is made, and whole
//! whatever happens: two records in turn, as in `installation`. It stops somebody at the keyboard; whoever copies the folder can try
//! as often as Argon2id lets them.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use protocol::time::Timestamp;
use sha2::{Digest, Sha256};

use super::header::Mark;
use super::medium::FILE_MODE;
use crate::core::attempts::Attempts;

/// Sequence number, failures, time of the last one, limit; 0 is no limit.
const CONTENT_BYTES: usize = 8 + 4 + 8 + 4;
const CHECKSUM_BYTES: usize = 8;
const RECORD_BYTES: usize = CONTENT_BYTES + CHECKSUM_BYTES;
const RECORD_OFFSETS: [u64; 2] = [0, 4096];

/// Where it stands which of them were wrong, since one was right.
const WRONG_OFFSET: u64 = 8192;
/// So many are known again, the latest.
const WRONG_MAX: usize = 4;
const WRONG_BYTES: usize = WRONG_MAX * size_of::<Mark>();

/// The file, open.
#[derive(Debug)]
pub(crate) struct AttemptsFile {
    file: File,
    sequence: u64,
    known: Attempts,
    wrong: Vec<Mark>,
}

impl AttemptsFile {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(FILE_MODE).open(path)?;
        let mut newest = (0, Attempts::default());
        for offset in RECORD_OFFSETS {
            let mut record = [0; RECORD_BYTES];
            match file.read_exact_at(&mut record, offset) {
                Ok(()) => newest = parse(&record).filter(|(sequence, _)| *sequence > newest.0).unwrap_or(newest),
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {}
                Err(error) => return Err(error),
            }
        }
        let (sequence, known) = newest;
        let wrong = wrong_in(&file)?;
        Ok(Self { file, sequence, known, wrong })
    }

    pub(crate) fn known(&self) -> Attempts {
        self.known
    }

    /// Whether this one was tried, and was wrong.
    pub(crate) fn knows_wrong(&self, mark: &Mark) -> bool {
        self.wrong.contains(mark)
    }

    /// Knows a wrong one again; with none, that one was right.
    pub(crate) fn note_wrong(&mut self, mark: Option<Mark>) -> io::Result<()> {
        match mark {
            Some(mark) => self.wrong.push(mark),
            None if self.wrong.is_empty() => return Ok(()),
            None => self.wrong.clear(),
        }
        let excess = self.wrong.len().saturating_sub(WRONG_MAX);
        self.wrong.drain(..excess);
        let mut bytes = self.wrong.concat();
        bytes.resize(WRONG_BYTES, 0);
        let checksum = Sha256::digest(&bytes);
        bytes.extend(checksum.iter().take(CHECKSUM_BYTES));
        self.file.write_all_at(&bytes, WRONG_OFFSET)?;
        self.file.sync_data()
    }

    /// Durable when it returns.
    pub(crate) fn keep(&mut self, attempts: Attempts) -> io::Result<()> {
        if attempts == self.known {
            return Ok(());
        }
        let sequence = self.sequence.wrapping_add(1);
        let [even, odd] = RECORD_OFFSETS;
        let offset = if sequence.is_multiple_of(2) { even } else { odd };
        self.file.write_all_at(&record(sequence, attempts), offset)?;
        self.file.sync_data()?;
        (self.sequence, self.known) = (sequence, attempts);
        Ok(())
    }
}

/// Whatever is torn is forgotten: what is tried again counts again.
fn wrong_in(file: &File) -> io::Result<Vec<Mark>> {
    let mut bytes = [0; WRONG_BYTES + CHECKSUM_BYTES];
    match file.read_exact_at(&mut bytes, WRONG_OFFSET) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(Vec::new()),
        Err(error) => return Err(error),
    }
    let (marks, checksum) = bytes.split_at(WRONG_BYTES);
    if !Sha256::digest(marks).starts_with(checksum) {
        return Ok(Vec::new());
    }
    let marks = marks.chunks_exact(size_of::<Mark>()).filter_map(|mark| Mark::try_from(mark).ok());
    Ok(marks.filter(|mark| *mark != Mark::default()).collect())
}

fn record(sequence: u64, attempts: Attempts) -> Vec<u8> {
    let mut bytes = sequence.to_be_bytes().to_vec();
    bytes.extend_from_slice(&attempts.failures.to_be_bytes());
    bytes.extend_from_slice(&attempts.last.as_millis().to_be_bytes());
    bytes.extend_from_slice(&attempts.wipe_after.unwrap_or_default().to_be_bytes());
    let checksum = Sha256::digest(&bytes);
    bytes.extend(checksum.iter().take(CHECKSUM_BYTES));
    bytes
}

fn parse(record: &[u8; RECORD_BYTES]) -> Option<(u64, Attempts)> {
    let (content, checksum) = record.split_at_checked(CONTENT_BYTES)?;
    if Sha256::digest(content).get(..CHECKSUM_BYTES)? != checksum {
        return None;
    }
    let (sequence, rest) = content.split_first_chunk()?;
    let (failures, rest) = rest.split_first_chunk()?;
    let (last, rest) = rest.split_first_chunk()?;
    let (limit, _) = rest.split_first_chunk()?;
    let attempts = Attempts {
        failures: u32::from_be_bytes(*failures),
        last: Timestamp::from_millis(u64::from_be_bytes(*last)),
        wipe_after: Some(u32::from_be_bytes(*limit)).filter(|limit| *limit > 0),
    };
    Some((u64::from_be_bytes(*sequence), attempts))
}
