//! What an image of the agent's memory shows: before it is locked the keys and names that it works with, and after it none of them.

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;

use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use argon2::{Algorithm, Argon2, Params, Version};
use hkdf::Hkdf;
use memchr::memmem;
use sha2::Sha256;

use super::enrolled::{Device, NAME, PASSPHRASE, object};

/// Read at a time.
const CHUNK_BYTES: usize = 1 << 20;

/// The vault key and the key that it gives for blocks, taken out of the file by its description alone (`store/header.rs`).
fn vault_keys(device: &Device) -> [[u8; 32]; 2] {
    let head = fs::read(device.data().join("vault")).unwrap();
    let (clear, slot) = (&head[..64], &head[64..64 + 256]);
    let number = |at: usize| u32::from_be_bytes(clear[at..at + 4].try_into().unwrap());
    let params = Params::new(number(12), number(16), number(20), Some(32)).unwrap();
    let mut key = [0; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(PASSPHRASE.as_bytes(), &clear[24..56], &mut key)
        .unwrap();
    let place = [b"isoloir-vault-slot-v1".as_slice(), clear, &[0]].concat();
    let payload = Payload { msg: &slot[12..], aad: &place };
    let plain = Aes256Gcm::new(&key.into()).decrypt(Nonce::from_slice(&slot[..12]), payload).unwrap();
    let vault_key: [u8; 32] = plain[1..33].try_into().unwrap();
    let mut blocks = [0; 32];
    Hkdf::<Sha256>::new(Some(&[]), &vault_key).expand(b"isoloir-vault-blocks-v1", &mut blocks).unwrap();
    [vault_key, blocks]
}

/// How often each of these stands in the memory of a process.
fn found(process: u32, wanted: &[&[u8]]) -> Vec<usize> {
    let longest = wanted.iter().map(|one| one.len()).max().unwrap_or_default();
    let maps = fs::read_to_string(format!("/proc/{process}/maps")).unwrap();
    let memory = File::open(format!("/proc/{process}/mem")).unwrap();
    let mut counts = vec![0; wanted.len()];
    let mut bytes_read = 0;
    for line in maps.lines().filter(|line| line.split_whitespace().nth(1).unwrap().starts_with('r')) {
        let (start, end) = line.split_whitespace().next().unwrap().split_once('-').unwrap();
        let [start, end] = [start, end].map(|address| u64::from_str_radix(address, 16).unwrap());
        let mut at = start;
        let mut kept: Vec<u8> = Vec::new();
        while at < end {
            let mut chunk = vec![0; CHUNK_BYTES.min(usize::try_from(end - at).unwrap())];
            // What the kernel shows to nobody (vvar and the like) is nobody's secret.
            let Ok(read) = memory.read_at(&mut chunk, at) else { break };
            if read == 0 {
                break;
            }
            chunk.truncate(read);
            at += read as u64;
            bytes_read += read;
            kept.extend(chunk);
            for (count, one) in counts.iter_mut().zip(wanted) {
                *count += memmem::find_iter(&kept, one).count();
            }
            let rest = kept.len().saturating_sub(longest.saturating_sub(1));
            kept.drain(..rest);
        }
    }
    assert!(bytes_read > CHUNK_BYTES, "{bytes_read} bytes are no image of a process");
    counts
}

#[test]
fn after_a_lock_no_key_and_no_name_is_in_the_memory_of_the_agent() {
    let device = Device::new();
    let [vault_key, blocks] = vault_keys(&device);
    let wanted: [&[u8]; 5] = [&blocks, &device.seed, NAME.as_bytes(), PASSPHRASE.as_bytes(), &vault_key];
    let agent = device.agent(&[]);
    let process = agent.0.id();
    assert_eq!(object(&device.with("passphrase", &["whoami"]))["name"], NAME);

    let open = found(process, &wanted);
    for (at, what) in ["the key of the vault's blocks", "the device's key", "the person's name"].iter().enumerate() {
        assert!(open[at] > 0, "the control found {what}");
    }
    // It is wiped as soon as its keys are derived, and the passphrase as soon as it was tried.
    assert_eq!(open[4], 0, "the vault key itself");

    for round in 0..2 {
        let locked = device.command().arg("lock").output().unwrap();
        assert_eq!((locked.status.code(), object(&locked)["state"].as_str()), (Some(0), Some("locked")));
        assert_eq!(found(process, &wanted), [0; 5], "of round {round}, in the memory of process {process}");
        assert_eq!(object(&device.command().arg("status").output().unwrap())["state"], "locked");
        assert_eq!(device.command().arg("whoami").output().unwrap().status.code(), Some(4));

        let wrong = device.with("wrong", &["unlock"]);
        assert_eq!((wrong.status.code(), object(&wrong)["error"].as_str()), (Some(5), Some("wrong-passphrase")));
        assert_eq!(found(process, &wanted), [0; 5], "after a wrong passphrase");
        assert_eq!(device.with("passphrase", &["unlock"]).status.code(), Some(0));
        assert_eq!(object(&device.command().arg("whoami").output().unwrap())["name"], NAME);
        assert!(found(process, &wanted)[0] > 0, "it is the same process, open again");
    }
}

#[test]
fn an_agent_that_begins_locked_has_never_opened_anything() {
    let device = Device::new();
    let [vault_key, blocks] = vault_keys(&device);
    let agent = device.agent(&["--locked"]);
    let wanted: [&[u8]; 4] = [&blocks, &device.seed, NAME.as_bytes(), &vault_key];
    assert_eq!(found(agent.0.id(), &wanted), [0; 4]);
    assert_eq!(device.command().arg("send").args(["somebody", "something"]).output().unwrap().status.code(), Some(4));
    assert_eq!(device.with("passphrase", &["unlock"]).status.code(), Some(0));
    assert_eq!(object(&device.command().arg("whoami").output().unwrap())["name"], NAME);
}
