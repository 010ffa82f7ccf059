//! The backup's encryption: a passphrase, Argon2id (RFC 9106), then AES-256-GCM in 64 KiB chunks as STREAM (Hoang, Reyhanitabar,
//! Rogaway, Vizár 2015), so that neither a cut nor a swapped chunk goes unseen. Must never write plain bytes, nor hand out any that
//! were not authenticated.

use std::io::{self, Read, Write};

use aes_gcm::Aes256Gcm;
use aes_gcm::aead::stream::{DecryptorBE32, EncryptorBE32};
use aes_gcm::aead::{KeyInit as _, Payload};
use argon2::{Algorithm, Argon2, Params, Version};
use protocol::secret::Secret;
use zeroize::Zeroizing;

/// First bytes of every backup.
const MAGIC: &[u8; 8] = b"ISOLBKUP";
/// The only format so far.
const FORMAT: u8 = 1;
const SALT_BYTES: usize = 16;
/// STREAM adds a counter of four bytes and the mark of the last chunk to it.
const NONCE_BYTES: usize = 7;
const CHECK_BYTES: usize = 32;
const HEADER_BYTES: usize = 8 + 1 + 12 + SALT_BYTES + NONCE_BYTES;
const CHUNK_BYTES: usize = 64 * 1024;
const TAG_BYTES: usize = 16;
const SEALED_CHUNK_BYTES: usize = CHUNK_BYTES + TAG_BYTES;

/// Work for one guess of the passphrase: 128 MiB, three passes. A header may ask for at most eight times that.
const COST: Cost = Cost { memory_kib: 128 * 1024, passes: 3, lanes: 1 };
const MEMORY_KIB_MAX: u32 = 1024 * 1024;
const PASSES_MAX: u32 = 12;
const LANES_MAX: u32 = 16;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

/// Why a file is not a usable backup, or could not be written out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadBackup {
    #[error("this is no backup of pro-server")]
    NoBackup,
    #[error("the backup was made by a newer program (format {0})")]
    NewerFormat(u8),
    #[error("the passphrase is wrong")]
    Passphrase,
    #[error("the backup is damaged or incomplete")]
    Damaged,
    #[error("the backup cannot be read: {0}")]
    Read(io::ErrorKind),
    #[error("the files cannot be written: {0}")]
    Write(io::ErrorKind),
    #[error("there is not enough memory to derive the key")]
    Memory,
}

impl BadBackup {
    /// What a failed read inside a backup means: [`Opener`] tells damage as `InvalidData`, and an end too early is damage too.
    pub fn of_read(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => Self::Damaged,
            kind => Self::Read(kind),
        }
    }
}

struct Header {
    cost: Cost,
    salt: [u8; SALT_BYTES],
    nonce: [u8; NONCE_BYTES],
}

impl Header {
    fn to_bytes(&self) -> [u8; HEADER_BYTES] {
        let mut bytes = Vec::with_capacity(HEADER_BYTES);
        bytes.extend_from_slice(MAGIC);
        bytes.push(FORMAT);
        for number in [self.cost.memory_kib, self.cost.passes, self.cost.lanes] {
            bytes.extend_from_slice(&number.to_be_bytes());
        }
        bytes.extend_from_slice(&self.salt);
        bytes.extend_from_slice(&self.nonce);
        let mut header = [0; HEADER_BYTES];
        for (to, from) in header.iter_mut().zip(bytes) {
            *to = from;
        }
        header
    }

    fn of_bytes(bytes: &[u8; HEADER_BYTES]) -> Result<Self, BadBackup> {
        let (magic, rest) = bytes.split_first_chunk::<8>().ok_or(BadBackup::NoBackup)?;
        let (format, rest) = rest.split_first().ok_or(BadBackup::NoBackup)?;
        if magic != MAGIC {
            return Err(BadBackup::NoBackup);
        }
        if *format != FORMAT {
            return Err(BadBackup::NewerFormat(*format));
        }
        let mut rest = rest;
        let mut number = || -> Result<u32, BadBackup> {
            let (number, after) = rest.split_first_chunk::<4>().ok_or(BadBackup::Damaged)?;
            rest = after;
            Ok(u32::from_be_bytes(*number))
        };
        let cost = Cost { memory_kib: number()?, passes: number()?, lanes: number()? };
        if cost.memory_kib > MEMORY_KIB_MAX || cost.passes > PASSES_MAX || cost.lanes > LANES_MAX {
            return Err(BadBackup::Damaged);
        }
        let (salt, rest) = rest.split_first_chunk().ok_or(BadBackup::Damaged)?;
        let nonce = rest.first_chunk().ok_or(BadBackup::Damaged)?;
        Ok(Self { cost, salt: *salt, nonce: *nonce })
    }

    /// The key of the chunks, and the value that tells a wrong passphrase from a damaged file.
    fn keys(&self, passphrase: &Secret<String>) -> Result<(Aes256Gcm, [u8; CHECK_BYTES]), BadBackup> {
        let Cost { memory_kib, passes, lanes } = self.cost;
        let params = Params::new(memory_kib, passes, lanes, Some(64)).map_err(|_| BadBackup::Damaged)?;
        let mut derived = Zeroizing::new([0; 64]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase.expose().as_bytes(), &self.salt, derived.as_mut())
            .map_err(|_| BadBackup::Memory)?;
        let (key, check) = derived.split_first_chunk::<32>().ok_or(BadBackup::Damaged)?;
        let check: &[u8; 32] = check.first_chunk().ok_or(BadBackup::Damaged)?;
        let check = blake3::keyed_hash(check, &self.to_bytes());
        Ok((Aes256Gcm::new(key.into()), *check.as_bytes()))
    }
}

/// Writes a backup: everything written to it is sealed. Only after [`Sealer::finish`] it is one.
pub struct Sealer<W: Write> {
    encryptor: EncryptorBE32<Aes256Gcm>,
    header: [u8; HEADER_BYTES],
    chunk: Zeroizing<Vec<u8>>,
    to: W,
}

impl<W: Write> Sealer<W> {
    /// Writes the head of the file. `fill` gives entropy.
    pub fn new(mut to: W, passphrase: &Secret<String>, fill: impl Fn(&mut [u8])) -> Result<Self, BadBackup> {
        let mut header = Header { cost: COST, salt: [0; SALT_BYTES], nonce: [0; NONCE_BYTES] };
        fill(&mut header.salt);
        fill(&mut header.nonce);
        let (aead, check) = header.keys(passphrase)?;
        let bytes = header.to_bytes();
        let written = to.write_all(&bytes).and_then(|()| to.write_all(&check));
        written.map_err(|error| BadBackup::Write(error.kind()))?;
        let encryptor = EncryptorBE32::from_aead(aead, &header.nonce.into());
        Ok(Self { encryptor, header: bytes, chunk: Zeroizing::new(Vec::with_capacity(CHUNK_BYTES)), to })
    }

    /// Seals what is left as the last chunk; the writer again, to be synced.
    pub fn finish(mut self) -> io::Result<W> {
        let payload = Payload { msg: &self.chunk, aad: &self.header };
        let sealed = self.encryptor.encrypt_last(payload).map_err(|_| io::ErrorKind::InvalidData)?;
        self.to.write_all(&sealed)?;
        Ok(self.to)
    }
}

impl<W: Write> Write for Sealer<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.chunk.len() == CHUNK_BYTES {
            // More follows, so this chunk is not the last one.
            let payload = Payload { msg: &self.chunk, aad: &self.header };
            let sealed = self.encryptor.encrypt_next(payload).map_err(|_| io::ErrorKind::InvalidData)?;
            self.to.write_all(&sealed)?;
            self.chunk.clear();
        }
        let taken = bytes.len().min(CHUNK_BYTES - self.chunk.len());
        self.chunk.extend_from_slice(bytes.get(..taken).unwrap_or_default());
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// Reads a backup; what it hands out was authenticated, and its end is the end that was written.
pub struct Opener<R: Read> {
    /// `None` once the last chunk was opened.
    decryptor: Option<DecryptorBE32<Aes256Gcm>>,
    header: [u8; HEADER_BYTES],
    /// The next sealed chunk: whether it is the last one shows only when nothing follows.
    sealed: Vec<u8>,
    plain: Zeroizing<Vec<u8>>,
    taken: usize,
    from: R,
}

impl<R: Read> Opener<R> {
    /// Reads the head of the file and tries the passphrase.
    pub fn new(mut from: R, passphrase: &Secret<String>) -> Result<Self, BadBackup> {
        let (mut bytes, mut check) = ([0; HEADER_BYTES], [0; CHECK_BYTES]);
        let short = |error: io::Error| match error.kind() {
            io::ErrorKind::UnexpectedEof => BadBackup::NoBackup,
            kind => BadBackup::Read(kind),
        };
        from.read_exact(&mut bytes).map_err(short)?;
        let header = Header::of_bytes(&bytes)?;
        from.read_exact(&mut check).map_err(BadBackup::of_read)?;
        let (aead, expected) = header.keys(passphrase)?;
        // BLAKE3 hashes compare in constant time.
        if blake3::Hash::from_bytes(expected) != blake3::Hash::from_bytes(check) {
            return Err(BadBackup::Passphrase);
        }
        let sealed = read_chunk(&mut from).map_err(BadBackup::of_read)?;
        Ok(Self {
            decryptor: Some(DecryptorBE32::from_aead(aead, &header.nonce.into())),
            header: bytes,
            sealed,
            plain: Zeroizing::new(Vec::new()),
            taken: 0,
            from,
        })
    }

    /// Opens the next chunk; nothing when the last one was opened.
    fn advance(&mut self) -> io::Result<()> {
        let Some(mut decryptor) = self.decryptor.take() else { return Ok(()) };
        let following = read_chunk(&mut self.from)?;
        let payload = Payload { msg: &self.sealed, aad: &self.header };
        let opened = if following.is_empty() {
            decryptor.decrypt_last(payload)
        } else {
            let opened = decryptor.decrypt_next(payload);
            self.decryptor = Some(decryptor);
            opened
        };
        self.plain = Zeroizing::new(opened.map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?);
        (self.taken, self.sealed) = (0, following);
        Ok(())
    }
}

impl<R: Read> Read for Opener<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        while self.taken == self.plain.len() && self.decryptor.is_some() {
            self.advance()?;
        }
        let mut rest = self.plain.get(self.taken..).unwrap_or_default();
        let read = rest.read(to)?;
        self.taken += read;
        Ok(read)
    }
}

fn read_chunk(from: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut chunk = Vec::new();
    from.by_ref().take(SEALED_CHUNK_BYTES as u64).read_to_end(&mut chunk)?;
    Ok(chunk)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passphrase(text: &str) -> Secret<String> {
        Secret::new(text.to_owned())
    }

    /// Cheaper than real ones: the cost is part of the header.
    fn sealed(content: &[u8]) -> Vec<u8> {
        let header = Header {
            cost: Cost { memory_kib: 64, passes: 1, lanes: 1 },
            salt: [1; SALT_BYTES],
            nonce: [2; NONCE_BYTES],
        };
        let (aead, check) = header.keys(&passphrase("right")).expect("derived");
        let mut to = header.to_bytes().to_vec();
        to.extend_from_slice(&check);
        let mut sealer = Sealer {
            encryptor: EncryptorBE32::from_aead(aead, &header.nonce.into()),
            header: header.to_bytes(),
            chunk: Zeroizing::new(Vec::new()),
            to,
        };
        sealer.write_all(content).expect("written");
        sealer.finish().expect("finished")
    }

    fn opened(bytes: &[u8]) -> Result<Vec<u8>, BadBackup> {
        let mut content = Vec::new();
        Opener::new(bytes, &passphrase("right"))?.read_to_end(&mut content).map_err(BadBackup::of_read)?;
        Ok(content)
    }

    #[test]
    fn what_was_sealed_comes_back_at_every_length() {
        for length in [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES] {
            let content: Vec<u8> = (0..length).map(|index| index as u8).collect();
            assert_eq!(opened(&sealed(&content)), Ok(content), "{length}");
        }
    }

    #[test]
    fn cut_swapped_and_changed_backups_are_refused() {
        let content = vec![7; 3 * CHUNK_BYTES];
        let whole = sealed(&content);
        let head = HEADER_BYTES + CHECK_BYTES;
        for length in [head, head + 1, head + SEALED_CHUNK_BYTES, whole.len() - 1] {
            assert_eq!(opened(&whole[..length]), Err(BadBackup::Damaged), "{length}");
        }
        assert_eq!(opened(&whole[..3]), Err(BadBackup::NoBackup));
        assert_eq!(opened(&[whole.clone(), vec![0]].concat()), Err(BadBackup::Damaged));
        let mut swapped = whole.clone();
        let (first, rest) = swapped[head..].split_at_mut(SEALED_CHUNK_BYTES);
        first.swap_with_slice(&mut rest[..SEALED_CHUNK_BYTES]);
        assert_eq!(opened(&swapped), Err(BadBackup::Damaged));
        for index in (0..whole.len()).step_by(997).chain(0..head) {
            let mut changed = whole.clone();
            changed[index] ^= 1;
            assert!(opened(&changed).is_err(), "byte {index}");
        }
    }

    #[test]
    fn a_wrong_passphrase_and_a_foreign_file_are_told_apart() {
        let whole = sealed(b"content");
        let wrong = Opener::new(whole.as_slice(), &passphrase("wrong")).err();
        assert_eq!(wrong, Some(BadBackup::Passphrase));
        assert_eq!(opened(&[0x50; 200]), Err(BadBackup::NoBackup));
        let mut newer = whole.clone();
        newer[8] = 9;
        assert_eq!(opened(&newer), Err(BadBackup::NewerFormat(9)));
        let mut greedy = whole;
        greedy[9..13].copy_from_slice(&u32::MAX.to_be_bytes());
        assert_eq!(opened(&greedy), Err(BadBackup::Damaged));
    }
}
