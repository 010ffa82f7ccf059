//! The head of the vault's file: the vault key, wrapped by what opens it, and the two slots of the root key.
//! Must never keep a root key that a newer one replaced: its slot is overwritten, which is what deletes everything under it. Must
//! never be without a whole copy of the header: one is durable before the other is written.
//! Sources: RFC 5869 (HKDF), `docs/adr/0003-deletion-by-key.md`.
//!
//! ```text
//!      0  header, copy 0      magic, format, unlock kind, Argon2id parameters, salt, 8 key slots, checksum
//!   4096  header, copy 1
//!   8192  root slot 0         generation, sealed root key; random bytes when blank
//!  12288  root slot 1
//!  16384  blocks              see block.rs
//! ```
//! A key slot in use looks like the random bytes of one that is not: further slots can come by migration.

use std::io;

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::VaultError;
use super::medium::Medium;
use super::opener::{KIND_KEY_FILE, KIND_PASSPHRASE, KdfCost, Opener, SALT_BYTES, derive};
use super::seal::{KEY_BYTES, SEAL_BYTES, Sealer, fill_random, random_key};

/// The format that this version writes; it reads no other.
pub const FORMAT_VERSION: u16 = 1;

pub(crate) const HEAD_BYTES: u64 = 16384;
const MAGIC: &[u8; 8] = b"ISOLOIRV";
const SECTOR_BYTES: usize = 4096;
const HEADER_OFFSETS: [u64; 2] = [0, 4096];
const ROOT_OFFSETS: [u64; 2] = [8192, 12288];
const CLEAR_BYTES: usize = 64;
const KEY_SLOTS: usize = 8;
const KEY_SLOT_BYTES: usize = 256;
const CHECKSUM_BYTES: usize = 32;
const GENERATION_BYTES: usize = 8;
const ROOT_SEALED_BYTES: usize = KEY_BYTES + SEAL_BYTES;
/// What a key slot holds: a role, then the vault key, then room.
const SLOT_PLAIN_BYTES: usize = KEY_SLOT_BYTES - SEAL_BYTES;
const ROLE_VAULT: u8 = 1;

const MARK_BYTES: usize = 16;
/// By which an opener that was tried is known again.
pub(crate) type Mark = [u8; MARK_BYTES];

/// With what a vault opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    Passphrase,
    /// A file beside it: whoever can read the folder can open it.
    KeyFile,
}

/// The keys that the vault key gives.
#[derive(Debug)]
pub(crate) struct VaultKeys {
    pub(crate) blocks: Sealer,
    roots: Sealer,
}

impl VaultKeys {
    fn of(vault_key: &[u8]) -> Result<Self, VaultError> {
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        derive(&[], vault_key, b"isoloir-vault-blocks-v1", &mut key)?;
        let blocks = Sealer::new(&key);
        derive(&[], vault_key, b"isoloir-vault-roots-v1", &mut key)?;
        Ok(Self { blocks, roots: Sealer::new(&key) })
    }
}

/// Writes the head of a new vault; both root slots are blank afterwards.
pub(crate) fn create(medium: &dyn Medium, opener: &Opener<'_>, cost: KdfCost) -> Result<VaultKeys, VaultError> {
    let vault_key = random_key::<KEY_BYTES>();
    let header = header_of(&vault_key, opener, cost)?;
    medium.resize(HEAD_BYTES)?;
    for offset in HEADER_OFFSETS {
        medium.write_at(offset, &header)?;
    }
    for slot in [RootSlot::Even, RootSlot::Odd] {
        slot.blank(medium)?;
    }
    VaultKeys::of(vault_key.as_slice())
}

/// A header in which the vault key is wrapped anew, under a fresh salt.
fn header_of(vault_key: &[u8; KEY_BYTES], opener: &Opener<'_>, cost: KdfCost) -> Result<Vec<u8>, VaultError> {
    let salt = *random_key::<SALT_BYTES>();
    let clear = clear_part(opener.kind(), cost, &salt);
    let mut plain = Zeroizing::new(Vec::with_capacity(SLOT_PLAIN_BYTES));
    plain.push(ROLE_VAULT);
    plain.extend_from_slice(vault_key);
    plain.resize(SLOT_PLAIN_BYTES, 0);
    let slot = Sealer::new(&*opener.key(&salt, cost)?).seal(&slot_place(&clear, 0), &plain);

    let mut header = clear.to_vec();
    header.extend_from_slice(&slot);
    let used = header.len();
    header.resize(SECTOR_BYTES - CHECKSUM_BYTES, 0);
    fill_random(header.get_mut(used..).unwrap_or_default());
    let checksum = Sha256::digest(&header);
    header.extend_from_slice(&checksum);
    Ok(header)
}

/// What an opener makes of the present header's salt: it cost what a guess costs, and says of itself nothing about being right.
pub(crate) struct Derived {
    header: Vec<u8>,
    key: Zeroizing<[u8; KEY_BYTES]>,
}

impl Derived {
    pub(crate) fn of(medium: &dyn Medium, opener: &Opener<'_>) -> Result<Self, VaultError> {
        let header = intact_header(medium)?;
        let clear = Clear::parse(&header)?;
        match (clear.kind, opener.kind()) {
            (KIND_PASSPHRASE, KIND_KEY_FILE) => return Err(VaultError::PassphraseNeeded),
            (KIND_KEY_FILE, KIND_PASSPHRASE) => return Err(VaultError::KeyFileNeeded),
            (found, given) if found != given => return Err(VaultError::Damaged),
            _ => {}
        }
        let key = opener.key(&clear.salt, clear.cost)?;
        Ok(Self { header, key })
    }

    /// By which it is known again. Whoever wants to learn the opener from it pays for each guess what a guess at the vault costs.
    pub(crate) fn mark(&self) -> Mark {
        let hash = Sha256::new().chain_update(b"isoloir-vault-wrong-v1").chain_update(*self.key).finalize();
        let mut mark = Mark::default();
        mark.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
        mark
    }

    fn unwrap(&self, opener: &Opener<'_>) -> Result<Zeroizing<[u8; KEY_BYTES]>, VaultError> {
        let clear = Clear::parse(&self.header)?;
        let sealer = Sealer::new(&self.key);
        let slots = self.header.get(CLEAR_BYTES..).unwrap_or_default();
        for (number, slot) in (0u8..).zip(slots.chunks_exact(KEY_SLOT_BYTES).take(KEY_SLOTS)) {
            if let Ok(plain) = sealer.open(&slot_place(&clear.bytes, number), slot)
                && let Some((&ROLE_VAULT, rest)) = plain.split_first()
                && let Some((vault_key, _)) = rest.split_first_chunk::<KEY_BYTES>()
            {
                return Ok(Zeroizing::new(*vault_key));
            }
        }
        Err(opener.refused())
    }
}

/// Unwraps the vault key of an existing vault.
pub(crate) fn open(medium: &dyn Medium, opener: &Opener<'_>) -> Result<VaultKeys, VaultError> {
    open_by(medium, opener, &Derived::of(medium, opener)?)
}

/// Unwraps the vault key of an existing vault, and finishes a rewrapping that was cut short.
pub(crate) fn open_by(medium: &dyn Medium, opener: &Opener<'_>, derived: &Derived) -> Result<VaultKeys, VaultError> {
    let vault_key = derived.unwrap(opener)?;
    let header = &derived.header;
    for offset in HEADER_OFFSETS {
        let mut copy = vec![0; SECTOR_BYTES];
        medium.read_at(offset, &mut copy)?;
        if copy != *header {
            medium.write_at(offset, header)?;
            medium.sync()?;
        }
    }
    VaultKeys::of(vault_key.as_slice())
}

/// Wraps the vault key anew: `next` opens the vault from then on, and `present` does not. A kill in between leaves one of them.
pub(crate) fn rewrap(
    medium: &dyn Medium,
    present: (&Opener<'_>, &Derived),
    next: &Opener<'_>,
    cost: KdfCost,
) -> Result<(), VaultError> {
    let (opener, derived) = present;
    let header = header_of(&*derived.unwrap(opener)?, next, cost)?;
    // The first whole copy counts: from the first sync on it is this one.
    for offset in HEADER_OFFSETS {
        medium.write_at(offset, &header)?;
        medium.sync()?;
    }
    Ok(())
}

/// With what the vault opens; anybody who can read the file may know.
pub(crate) fn protection(medium: &dyn Medium) -> Result<Protection, VaultError> {
    match Clear::parse(&intact_header(medium)?)?.kind {
        KIND_PASSPHRASE => Ok(Protection::Passphrase),
        KIND_KEY_FILE => Ok(Protection::KeyFile),
        _ => Err(VaultError::Damaged),
    }
}

/// Overwrites every key of the head: nothing of the vault can be read any more, by anybody.
pub(crate) fn destroy(medium: &dyn Medium) -> io::Result<()> {
    let mut noise = [0; SECTOR_BYTES];
    for offset in HEADER_OFFSETS.into_iter().chain(ROOT_OFFSETS) {
        fill_random(&mut noise);
        medium.write_at(offset, &noise)?;
    }
    medium.sync()
}

fn intact_header(medium: &dyn Medium) -> Result<Vec<u8>, VaultError> {
    if medium.len_bytes()? < HEAD_BYTES {
        return Err(VaultError::Damaged);
    }
    for offset in HEADER_OFFSETS {
        let mut header = vec![0; SECTOR_BYTES];
        medium.read_at(offset, &mut header)?;
        if let Some((content, checksum)) = header.split_last_chunk::<CHECKSUM_BYTES>()
            && content.starts_with(MAGIC)
            && Sha256::digest(content).as_slice() == checksum
        {
            return Ok(header);
        }
    }
    Err(VaultError::Damaged)
}

struct Clear {
    bytes: [u8; CLEAR_BYTES],
    kind: u8,
    cost: KdfCost,
    salt: [u8; SALT_BYTES],
}

fn clear_part(kind: u8, cost: KdfCost, salt: &[u8; SALT_BYTES]) -> [u8; CLEAR_BYTES] {
    let parts: [&[u8]; 8] = [
        MAGIC,
        &FORMAT_VERSION.to_be_bytes(),
        &[kind],
        &[0],
        &cost.memory_kib.to_be_bytes(),
        &cost.passes.to_be_bytes(),
        &cost.lanes.to_be_bytes(),
        salt,
    ];
    let mut clear = [0; CLEAR_BYTES];
    for (to, from) in clear.iter_mut().zip(parts.concat()) {
        *to = from;
    }
    clear
}

impl Clear {
    fn parse(header: &[u8]) -> Result<Self, VaultError> {
        let bytes = *header.first_chunk::<CLEAR_BYTES>().ok_or(VaultError::Damaged)?;
        let mut rest = bytes.get(MAGIC.len()..).ok_or(VaultError::Damaged)?;
        let found = u16::from_be_bytes(take(&mut rest)?);
        if found != FORMAT_VERSION {
            return Err(VaultError::UnknownFormat { found, known: FORMAT_VERSION });
        }
        let [kind, _] = take(&mut rest)?;
        let cost = KdfCost {
            memory_kib: u32::from_be_bytes(take(&mut rest)?),
            passes: u32::from_be_bytes(take(&mut rest)?),
            lanes: u32::from_be_bytes(take(&mut rest)?),
        };
        if !cost.is_sane() {
            return Err(VaultError::Damaged);
        }
        let salt = take(&mut rest)?;
        Ok(Self { bytes, kind, cost, salt })
    }
}

fn take<const N: usize>(from: &mut &[u8]) -> Result<[u8; N], VaultError> {
    let (head, rest) = from.split_first_chunk::<N>().ok_or(VaultError::Damaged)?;
    *from = rest;
    Ok(*head)
}

fn slot_place(clear: &[u8; CLEAR_BYTES], number: u8) -> Vec<u8> {
    [b"isoloir-vault-slot-v1".as_slice(), clear, &[number]].concat()
}

/// Where the root key of a generation lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RootSlot {
    Even,
    Odd,
}

impl RootSlot {
    pub(crate) fn of(generation: u64) -> Self {
        if generation.is_multiple_of(2) { Self::Even } else { Self::Odd }
    }

    pub(crate) fn other(self) -> Self {
        match self {
            Self::Even => Self::Odd,
            Self::Odd => Self::Even,
        }
    }

    fn offset(self) -> u64 {
        let [even, odd] = ROOT_OFFSETS;
        match self {
            Self::Even => even,
            Self::Odd => odd,
        }
    }

    /// Overwrites whatever key was here. Durable after the next sync.
    pub(crate) fn blank(self, medium: &dyn Medium) -> io::Result<()> {
        let mut noise = [0; SECTOR_BYTES];
        fill_random(&mut noise);
        medium.write_at(self.offset(), &noise)
    }
}

fn root_place(generation: u64) -> Vec<u8> {
    [b"isoloir-vault-root-v1".as_slice(), &generation.to_be_bytes()].concat()
}

impl VaultKeys {
    /// Puts the root key of a generation into its slot, durably.
    pub(crate) fn store_root(&self, medium: &dyn Medium, generation: u64, root: &[u8; KEY_BYTES]) -> io::Result<()> {
        let slot = RootSlot::of(generation);
        slot.blank(medium)?;
        let mut bytes = generation.to_be_bytes().to_vec();
        self.roots.seal_into(&root_place(generation), root, &mut bytes);
        medium.write_at(slot.offset(), &bytes)?;
        medium.sync()
    }

    /// The root key of a generation, if its slot holds it.
    pub(crate) fn load_root(
        &self,
        medium: &dyn Medium,
        generation: u64,
    ) -> Result<Zeroizing<[u8; KEY_BYTES]>, VaultError> {
        let mut bytes = [0; GENERATION_BYTES + ROOT_SEALED_BYTES];
        medium.read_at(RootSlot::of(generation).offset(), &mut bytes)?;
        let sealed = bytes.get(GENERATION_BYTES..).unwrap_or_default();
        let plain = self.roots.open(&root_place(generation), sealed).map_err(|_| VaultError::Damaged)?;
        let root = plain.first_chunk::<KEY_BYTES>().ok_or(VaultError::Damaged)?;
        Ok(Zeroizing::new(*root))
    }

    /// Whether a slot still holds a root key, of any generation.
    pub(crate) fn is_blank(&self, medium: &dyn Medium, slot: RootSlot) -> io::Result<bool> {
        let mut bytes = [0; GENERATION_BYTES + ROOT_SEALED_BYTES];
        medium.read_at(slot.offset(), &mut bytes)?;
        let Some((generation, sealed)) = bytes.split_first_chunk::<GENERATION_BYTES>() else {
            return Ok(true);
        };
        Ok(self.roots.open(&root_place(u64::from_be_bytes(*generation)), sealed).is_err())
    }
}
