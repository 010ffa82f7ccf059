//! A vault in memory, for tests: everything as in a file, without the file. Must never be used where something is to last.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use zeroize::Zeroizing;

use super::header;
use super::medium::Medium;
use super::opener::{KEY_FILE_BYTES, KdfCost, Opener};
use super::{Vault, VaultError};

#[derive(Debug, Default)]
pub(crate) struct Memory(Mutex<Vec<u8>>);

impl Memory {
    #[cfg(test)]
    pub(crate) fn holding(bytes: Vec<u8>) -> Self {
        Self(Mutex::new(bytes))
    }

    pub(crate) fn bytes(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The key file that a vault in memory opens with.
pub(crate) fn key_file() -> Zeroizing<[u8; KEY_FILE_BYTES]> {
    Zeroizing::new([7; KEY_FILE_BYTES])
}

impl Vault {
    /// A vault in memory, for tests.
    pub fn ephemeral() -> Result<Self, VaultError> {
        Self::create_on(Arc::new(Memory::default()))
    }

    pub(crate) fn create_on(medium: Arc<dyn Medium>) -> Result<Self, VaultError> {
        let keys = header::create(&*medium, &Opener::KeyFile(&key_file()), KdfCost::MINIMAL)?;
        Self::initialize(medium.clone(), keys)?;
        Self::open_on(medium)
    }

    pub(crate) fn open_on(medium: Arc<dyn Medium>) -> Result<Self, VaultError> {
        let keys = header::open(&*medium, &Opener::KeyFile(&key_file()))?;
        Self::on(medium, keys, None)
    }
}

fn range(offset: u64, len: usize, bytes_len: usize) -> io::Result<std::ops::Range<usize>> {
    let start = usize::try_from(offset).map_err(io::Error::other)?;
    let end = start.checked_add(len).ok_or(io::ErrorKind::InvalidInput)?;
    if end <= bytes_len { Ok(start..end) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

impl Medium for Memory {
    fn len_bytes(&self) -> io::Result<u64> {
        Ok(self.bytes().len() as u64)
    }

    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let bytes = self.bytes();
        let range = range(offset, out.len(), bytes.len())?;
        out.copy_from_slice(bytes.get(range).ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn write_at(&self, offset: u64, new: &[u8]) -> io::Result<()> {
        let mut bytes = self.bytes();
        let end = range(offset, new.len(), usize::MAX)?.end;
        if bytes.len() < end {
            bytes.resize(end, 0);
        }
        let range = range(offset, new.len(), end)?;
        bytes.get_mut(range).ok_or(io::ErrorKind::UnexpectedEof)?.copy_from_slice(new);
        Ok(())
    }

    fn resize(&self, len_bytes: u64) -> io::Result<()> {
        self.bytes().resize(usize::try_from(len_bytes).map_err(io::Error::other)?, 0);
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}

/// A disk whose room a test takes and gives back.
#[cfg(test)]
#[derive(Debug)]
pub(crate) struct SmallDisk {
    memory: Memory,
    room_bytes: std::sync::atomic::AtomicU64,
}

#[cfg(test)]
impl SmallDisk {
    const BALLAST: super::Table<u64, super::SecretBytes> = super::Table::new(250, "ballast");

    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { memory: Memory::default(), room_bytes: u64::MAX.into() })
    }

    /// Takes all the room there is: the file grows no more, and what is free in it is filled.
    pub(crate) fn fill(&self, vault: &Vault) {
        self.room_bytes.store(self.memory.bytes().len() as u64, std::sync::atomic::Ordering::Relaxed);
        let mut key = 0;
        for bytes in [1 << 16, 1 << 12, 1 << 8] {
            let value = super::SecretBytes::new(vec![0; bytes]);
            while vault.write(|tx| tx.put(&Self::BALLAST, &key, &value)).is_ok() {
                key += 1;
            }
        }
    }

    pub(crate) fn make_room(&self) {
        self.room_bytes.store(u64::MAX, std::sync::atomic::Ordering::Relaxed);
    }
}

#[cfg(test)]
impl Medium for SmallDisk {
    fn len_bytes(&self) -> io::Result<u64> {
        self.memory.len_bytes()
    }

    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.memory.read_at(offset, out)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        if offset + bytes.len() as u64 > self.room_bytes.load(std::sync::atomic::Ordering::Relaxed) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.memory.write_at(offset, bytes)
    }

    fn resize(&self, len_bytes: u64) -> io::Result<()> {
        self.memory.resize(len_bytes)
    }

    fn sync(&self) -> io::Result<()> {
        self.memory.sync()
    }
}
