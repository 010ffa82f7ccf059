//! What opens a vault is exchanged whole or not at all, whenever the process is killed; and wrong passphrases count, whatever is done
//! about the counting.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use protocol::secret::Secret;
use protocol::time::Timestamp;
use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;

use super::crash::{Loss, Recorder, Step, after};
use super::{NOTES, write};
use crate::store::attempts::AttemptsFile;
use crate::store::header;
use crate::store::medium::Medium;
use crate::store::memory::Memory;
use crate::store::opener::Opener;
use crate::store::{ATTEMPTS_FILE, KEY_FILE, KdfCost, Protection, Reading, Unlock, VAULT_FILE, Vault, VaultError};

fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

fn passphrase(text: &str) -> Unlock {
    Unlock::Passphrase(secret(text))
}

fn vault(unlock: &Unlock) -> (tempfile::TempDir, Vault) {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::create_with(folder.path(), unlock, KdfCost::MINIMAL).unwrap();
    write(&vault, |tx| tx.put(&NOTES, &1, &"kept".to_owned()));
    (folder, vault)
}

fn opens(folder: &Path, unlock: &Unlock) -> bool {
    match Vault::open(folder, unlock) {
        Ok(vault) => {
            assert_eq!(vault.read(|tx| tx.get(&NOTES, &1)).unwrap().as_deref(), Some("kept"));
            vault.close().unwrap();
            true
        }
        Err(_) => false,
    }
}

/// Tries made so far, the last one long ago, so that no test waits.
fn counted(folder: &Path, failures: u32) {
    let mut file = AttemptsFile::open(&folder.join(ATTEMPTS_FILE)).unwrap();
    let mut attempts = file.known();
    (attempts.failures, attempts.last) = (failures, Timestamp::ZERO);
    file.keep(attempts).unwrap();
}

fn failures(folder: &Path) -> u32 {
    AttemptsFile::open(&folder.join(ATTEMPTS_FILE)).unwrap().known().failures
}

#[test]
fn a_passphrase_is_set_changed_and_removed_and_the_content_stays() {
    let (folder, vault) = vault(&Unlock::KeyFile);
    let old_key_file = fs::read(folder.path().join(KEY_FILE)).unwrap();
    vault.change_unlock(&Unlock::KeyFile, &passphrase("first"), KdfCost::MINIMAL).unwrap();
    assert_eq!(vault.protection().unwrap(), Protection::Passphrase);
    vault.close().unwrap();
    assert!(!folder.path().join(KEY_FILE).exists());
    fs::write(folder.path().join(KEY_FILE), old_key_file).unwrap();
    assert!(!opens(folder.path(), &Unlock::KeyFile), "the old key file is worth nothing");
    assert!(opens(folder.path(), &passphrase("first")));

    let vault = Vault::open(folder.path(), &passphrase("first")).unwrap();
    let wrong = vault.change_unlock(&passphrase("wrong"), &passphrase("second"), KdfCost::MINIMAL);
    assert!(matches!(wrong, Err(VaultError::WrongPassphrase { left: None })));
    vault.change_unlock(&passphrase("first"), &passphrase("second"), KdfCost::MINIMAL).unwrap();
    write(&vault, |tx| tx.put(&NOTES, &2, &"after".to_owned()));
    vault.close().unwrap();
    assert!(!opens(folder.path(), &passphrase("first")));
    assert!(opens(folder.path(), &passphrase("second")));

    let vault = Vault::open(folder.path(), &passphrase("second")).unwrap();
    vault.change_unlock(&passphrase("second"), &Unlock::KeyFile, KdfCost::MINIMAL).unwrap();
    vault.close().unwrap();
    assert_eq!(Vault::protection_of(folder.path()).unwrap(), Protection::KeyFile);
    assert!(opens(folder.path(), &Unlock::KeyFile));
    assert!(!opens(folder.path(), &passphrase("second")));
}

#[test]
fn a_kill_or_power_loss_at_any_step_of_a_change_leaves_one_passphrase_that_opens() {
    let (old, new) = (secret("old"), secret("new"));
    let (old, new) = (Opener::Passphrase(&old), Opener::Passphrase(&new));
    let recorder = Arc::new(Recorder::default());
    let vault_key = header::create(&*recorder, &old, KdfCost::MINIMAL).unwrap();
    let root = [7; 32];
    vault_key.store_root(&*recorder, 4, &root).unwrap();
    let before = recorder.memory.bytes().clone();
    recorder.steps.lock().unwrap().clear();
    let derived = header::Derived::of(&*recorder, &old).unwrap();
    header::rewrap(&*recorder, (&old, &derived), &new, KdfCost::MINIMAL).unwrap();
    let steps = recorder.steps.lock().unwrap().clone();
    assert_eq!(steps.iter().filter(|step| matches!(step, Step::Write(..))).count(), 2);

    let holds = |memory: &Memory, opener| match header::open(memory, opener) {
        Ok(keys) => {
            assert_eq!(keys.load_root(memory, 4).unwrap().as_slice(), root, "it is the same vault");
            true
        }
        Err(error) => {
            assert!(matches!(error, VaultError::WrongPassphrase { .. }), "{error:?}");
            false
        }
    };
    for end in 0..=steps.len() {
        for seed in 0..40 {
            let loss = match seed {
                0 => Loss::Nothing,
                1 => Loss::TornLast,
                seed => Loss::Any(Box::new(ChaCha8Rng::seed_from_u64(seed))),
            };
            let (memory, _) = after(&before, &steps[..end], loss);
            let (is_new, is_old) = (holds(&memory, &new), holds(&memory, &old));
            assert!(is_new != is_old, "killed at {end} ({seed}): new {is_new}, old {is_old}");
            assert!(is_new || end < steps.len(), "a finished change is there");
            // It is open now, and the change finished or forgotten: whichever copy is lost next, the other is the same.
            for copy in [0, 4096] {
                let damaged = Memory::holding(memory.bytes().clone());
                damaged.write_at(copy, &[0; 64]).unwrap();
                assert_eq!((holds(&damaged, &new), holds(&damaged, &old)), (is_new, is_old), "killed at {end}");
            }
        }
    }
}

#[test]
fn a_change_cut_short_beside_the_header_is_finished_by_the_next_opening() {
    // The passphrase is set, and the kill came before the key file was gone.
    let (folder, vault) = vault(&Unlock::KeyFile);
    let key_file = fs::read(folder.path().join(KEY_FILE)).unwrap();
    vault.change_unlock(&Unlock::KeyFile, &passphrase("set"), KdfCost::MINIMAL).unwrap();
    vault.close().unwrap();
    fs::write(folder.path().join(KEY_FILE), &key_file).unwrap();
    assert!(opens(folder.path(), &passphrase("set")));
    assert!(!folder.path().join(KEY_FILE).exists());
    // The key file is made, and the kill came before the header named it.
    fs::write(folder.path().join(KEY_FILE), [5; 32]).unwrap();
    assert!(!opens(folder.path(), &Unlock::KeyFile));
    assert!(opens(folder.path(), &passphrase("set")));
}

#[test]
fn a_try_counts_before_it_is_made_and_success_begins_anew() {
    let (folder, vault) = vault(&passphrase("right"));
    vault.close().unwrap();
    for tries in 1..=3 {
        assert!(!opens(folder.path(), &passphrase(&format!("wrong {tries}"))));
        assert_eq!(failures(folder.path()), tries);
    }
    let soon = Vault::open(folder.path(), &passphrase("right"));
    assert!(matches!(soon, Err(VaultError::Later { wait_ms: 1..=1_000 })), "{soon:?}");
    assert_eq!(failures(folder.path()), 3, "who comes too early has not tried");
    counted(folder.path(), 3);
    assert!(opens(folder.path(), &passphrase("right")));
    assert_eq!(failures(folder.path()), 0);
}

#[test]
fn the_last_try_destroys_the_keys_and_then_the_files() {
    let (folder, vault) = vault(&passphrase("right"));
    vault.wipe_after(Some(3)).unwrap();
    vault.close().unwrap();
    fs::create_dir(folder.path().join("incoming")).unwrap();
    fs::write(folder.path().join("incoming").join("part"), "a canary").unwrap();
    fs::write(folder.path().join("not ours"), "stays").unwrap();
    let image = fs::File::open(folder.path().join(VAULT_FILE)).unwrap();
    for left in [2, 1] {
        let wrong = Vault::open(folder.path(), &passphrase(&format!("wrong {left}")));
        assert!(matches!(wrong, Err(VaultError::WrongPassphrase { left: Some(found) }) if found == left), "{wrong:?}");
    }
    assert!(matches!(Vault::open(folder.path(), &passphrase("wrong")), Err(VaultError::Wiped)));
    // Whoever holds the file still has nothing: its keys were overwritten.
    let held = crate::store::medium::Unlocked(image);
    let right = secret("right");
    assert!(matches!(header::open(&held, &Opener::Passphrase(&right)), Err(VaultError::Damaged)));
    let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["not ours"]);
    assert!(matches!(Vault::open(folder.path(), &right_again()), Err(VaultError::Missing)));
    // The folder can be used again, and begins to count anew.
    Vault::create_with(folder.path(), &passphrase("new"), KdfCost::MINIMAL).unwrap();
    assert_eq!(AttemptsFile::open(&folder.path().join(ATTEMPTS_FILE)).unwrap().known(), Default::default());
}

fn right_again() -> Unlock {
    passphrase("right")
}

#[test]
fn a_service_with_an_old_passphrase_tries_it_once_and_destroys_nothing() {
    let (folder, vault) = vault(&passphrase("right"));
    vault.wipe_after(Some(3)).unwrap();
    vault.close().unwrap();
    for _ in 0..20 {
        let wrong = Vault::open(folder.path(), &passphrase("of last year"));
        assert!(matches!(wrong, Err(VaultError::WrongPassphrase { left: Some(2) })), "{wrong:?}");
    }
    // A person in between, and the service again.
    assert!(matches!(
        Vault::open(folder.path(), &passphrase("typo")),
        Err(VaultError::WrongPassphrase { left: Some(1) })
    ));
    assert!(matches!(
        Vault::open(folder.path(), &passphrase("of last year")),
        Err(VaultError::WrongPassphrase { left: Some(1) })
    ));
    assert!(opens(folder.path(), &passphrase("right")));
    let begun_anew = Vault::open(folder.path(), &passphrase("of last year"));
    assert!(matches!(begun_anew, Err(VaultError::WrongPassphrase { left: Some(2) })), "{begun_anew:?}");
    // Under another passphrase it is another try.
    let vault = Vault::open(folder.path(), &passphrase("right")).unwrap();
    vault.change_unlock(&passphrase("right"), &passphrase("of last year"), KdfCost::MINIMAL).unwrap();
    vault.close().unwrap();
    assert!(opens(folder.path(), &passphrase("of last year")));
}

#[test]
fn what_is_known_of_wrong_ones_is_forgotten_if_it_is_torn() {
    let (folder, vault) = vault(&passphrase("right"));
    vault.close().unwrap();
    for number in 0..6 {
        counted(folder.path(), 0);
        assert!(!opens(folder.path(), &passphrase(&number.to_string())));
    }
    counted(folder.path(), 0);
    assert!(!opens(folder.path(), &passphrase("5")) && failures(folder.path()) == 0, "the latest are known");
    let path = folder.path().join(ATTEMPTS_FILE);
    let mut bytes = fs::read(&path).unwrap();
    bytes[8_192] ^= 1;
    fs::write(&path, bytes).unwrap();
    assert!(!opens(folder.path(), &passphrase("5")) && failures(folder.path()) == 1);
}

#[test]
fn who_holds_a_vault_is_alone_before_anything_was_opened() {
    let (folder, vault) = vault(&passphrase("right"));
    vault.close().unwrap();
    let claim = Vault::claim(folder.path()).unwrap();
    assert_eq!(claim.protection().unwrap(), Protection::Passphrase);
    assert!(matches!(Vault::claim(folder.path()), Err(VaultError::InUse)));
    assert!(matches!(claim.open(&passphrase("wrong")), Err(VaultError::WrongPassphrase { .. })));
    let opened = claim.open(&passphrase("right")).unwrap();
    assert!(matches!(claim.open(&passphrase("right")), Err(VaultError::InUse)));
    drop(claim);
    assert!(matches!(Vault::claim(folder.path()), Err(VaultError::InUse)), "the vault holds it");
    opened.close().unwrap();
    assert!(Vault::claim(folder.path()).is_ok());
}

#[test]
fn whoever_kills_the_program_in_the_middle_of_a_try_has_used_it_up() {
    let (folder, vault) = vault(&passphrase("right"));
    vault.wipe_after(Some(3)).unwrap();
    vault.close().unwrap();
    // Counted three times, and killed each time before the passphrase was tried.
    counted(folder.path(), 3);
    assert!(matches!(Vault::open(folder.path(), &passphrase("right")), Err(VaultError::Wiped)));
    assert!(!folder.path().join(VAULT_FILE).exists());
}

#[test]
fn a_destruction_cut_short_goes_on() {
    let (folder, vault) = vault(&passphrase("right"));
    vault.wipe_after(Some(3)).unwrap();
    vault.close().unwrap();
    counted(folder.path(), 3);
    // The keys are gone, and the kill came before the files were.
    let path = folder.path().join(VAULT_FILE);
    let mut bytes = fs::read(&path).unwrap();
    bytes[..16384].fill(9);
    fs::write(&path, bytes).unwrap();
    let image = fs::read(&path).unwrap();
    // Whoever comes by first goes on with it, whatever they want.
    assert!(matches!(Vault::protection_of(folder.path()), Err(VaultError::Wiped)));
    assert!(!path.exists() && !folder.path().join(ATTEMPTS_FILE).exists());
    assert!(matches!(Vault::protection_of(folder.path()), Err(VaultError::Missing)));
    // The file is gone, too, and the kill came before the rest was.
    fs::write(folder.path().join(ATTEMPTS_FILE), []).unwrap();
    let mut attempts = AttemptsFile::open(&folder.path().join(ATTEMPTS_FILE)).unwrap();
    attempts.keep(crate::core::attempts::Attempts { failures: 3, wipe_after: Some(3), ..Default::default() }).unwrap();
    fs::create_dir(folder.path().join("incoming")).unwrap();
    assert!(matches!(Vault::claim(folder.path()), Err(VaultError::Wiped)));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    // Somebody who begins anew in the middle of it begins with nothing.
    fs::write(&path, image).unwrap();
    counted(folder.path(), 3);
    let mut attempts = AttemptsFile::open(&folder.path().join(ATTEMPTS_FILE)).unwrap();
    attempts.keep(crate::core::attempts::Attempts { failures: 3, wipe_after: Some(3), ..Default::default() }).unwrap();
    Vault::create_with(folder.path(), &passphrase("new"), KdfCost::MINIMAL).unwrap();
}

#[test]
fn a_torn_count_is_the_one_before() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(ATTEMPTS_FILE);
    counted(folder.path(), 4);
    counted(folder.path(), 5);
    let whole = fs::read(&path).unwrap();
    for torn in 0..32 {
        let mut bytes = whole.clone();
        // The newest record is the one at the front, being the second.
        bytes[torn] ^= 0xff;
        fs::write(&path, bytes).unwrap();
        assert_eq!(failures(folder.path()), 4);
    }
}
