//! The strongest adversary that deletion has to withstand, for tests: every byte string ever sealed, in any page or copy of the
//! file at any time, and every key that the file as it is now gives to who can open it.

use std::cell::RefCell;

use super::Vault;
use super::catalog::BUCKET_ID_BYTES;
use super::header;
use super::memory::{Memory, key_file};
use super::opener::Opener;
use super::seal::{KEY_BYTES, NotAuthentic, Sealer};

/// What was sealed: for which place, and the sealed bytes.
pub(crate) type Noted = (Vec<u8>, Vec<u8>);

thread_local! {
    static SEALED: RefCell<Option<Vec<Noted>>> = const { RefCell::new(None) };
}

/// Starts to remember what this thread seals.
pub(crate) fn watch() {
    SEALED.set(Some(Vec::new()));
}

/// Goes on from an earlier moment.
pub(crate) fn watch_on(noted: &[Noted]) {
    SEALED.set(Some(noted.to_vec()));
}

pub(crate) fn sealed_count() -> usize {
    SEALED.with_borrow(|all| all.as_ref().map_or(0, Vec::len))
}

pub(super) fn note(place: &[u8], sealed: &[u8]) {
    SEALED.with_borrow_mut(|all| {
        if let Some(all) = all {
            all.push((place.to_vec(), sealed.to_vec()));
        }
    });
}

/// Everything sealed since [`watch`].
pub(crate) fn sealed() -> Vec<Noted> {
    SEALED.with_borrow(|all| all.clone().unwrap_or_default())
}

/// Everything in the clear that the adversary gets: pages of any time (the vault key opens them), and whatever the root keys
/// that the file holds *now* lead to. The history of the root slots is the one thing withheld: they are overwritten in place.
pub(crate) fn recoverable(vault: &Vault) -> Vec<Vec<u8>> {
    let image = image(vault);
    let keys = header::open(&image, &Opener::KeyFile(&key_file())).unwrap();
    let (mut readable, mut unopened) = (Vec::new(), Vec::new());
    for (place, sealed) in sealed() {
        if place.starts_with(b"isoloir-vault-root") || place.starts_with(b"isoloir-vault-slot") {
            continue;
        }
        match keys.blocks.open(&place, &sealed) {
            Ok(page) => readable.push(page.to_vec()),
            Err(NotAuthentic) => unopened.push((place, sealed)),
        }
    }
    let mut frontier: Vec<[u8; KEY_BYTES]> =
        (0..GENERATIONS).filter_map(|generation| keys.load_root(&image, generation).ok()).map(|key| *key).collect();
    assert!(!frontier.is_empty(), "the file has a root key");
    while let Some(key) = frontier.pop() {
        let sealer = Sealer::new(&key);
        unopened.retain(|(place, sealed)| {
            let Ok(plain) = sealer.open(place, sealed) else {
                return true;
            };
            frontier.extend(keys_in(place, &plain));
            readable.push(plain.to_vec());
            false
        });
    }
    readable
}

const GENERATIONS: u64 = 256;

fn keys_in(place: &[u8], plain: &[u8]) -> Vec<[u8; KEY_BYTES]> {
    if place.starts_with(b"isoloir-vault-shelf-keys") {
        return plain.chunks_exact(KEY_BYTES).map(|key| key.try_into().unwrap()).collect();
    }
    let (mut keys, mut rest) = (Vec::new(), plain);
    if place.starts_with(b"isoloir-vault-shelf-v1") {
        while !rest.is_empty() {
            let (entry, after) = rest.split_at(BUCKET_ID_BYTES + 2 * KEY_BYTES + 2);
            keys.push(entry[BUCKET_ID_BYTES..][..KEY_BYTES].try_into().unwrap());
            let place_len = u16::from_be_bytes(entry[entry.len() - 2..].try_into().unwrap());
            rest = &after[usize::from(place_len)..];
        }
    }
    keys
}

/// The file as it is now.
pub(crate) fn image(vault: &Vault) -> Memory {
    let mut bytes = vec![0; usize::try_from(vault.medium.len_bytes().unwrap()).unwrap()];
    vault.medium.read_at(0, &mut bytes).unwrap();
    Memory::holding(bytes)
}

pub(crate) fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

/// Whether a canary shows anywhere, as it is or in hexadecimal.
pub(crate) fn shows(found: &[Vec<u8>], canary: &[u8]) -> bool {
    let hex = data_encoding::HEXLOWER.encode(canary);
    found.iter().any(|bytes| contains(bytes, canary) || contains(bytes, hex.as_bytes()))
}

/// The pages ever written, opened with the vault key: what rows look like without their buckets' keys.
pub(crate) fn pages(vault: &Vault) -> Vec<Vec<u8>> {
    let keys = header::open(&image(vault), &Opener::KeyFile(&key_file())).unwrap();
    let opened = sealed().into_iter().filter_map(|(place, sealed)| keys.blocks.open(&place, &sealed).ok());
    opened.map(|page| page.to_vec()).collect()
}
