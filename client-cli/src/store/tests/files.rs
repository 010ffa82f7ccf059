//! The vault in its folder: who can open it, and what is said to who cannot.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use protocol::secret::Secret;

use super::{NOTES, write};
use crate::store::{Continuity, INSTALLATION_FILE, KEY_FILE, KdfCost, Reading, Unlock, VAULT_FILE, Vault, VaultError};

fn passphrase(text: &str) -> Unlock {
    Unlock::Passphrase(Secret::new(text.to_owned()))
}

fn created(unlock: &Unlock) -> (tempfile::TempDir, Vault) {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::create_with(folder.path(), unlock, KdfCost::MINIMAL).unwrap();
    (folder, vault)
}

fn note(vault: &Vault) -> Option<String> {
    vault.read(|tx| tx.get(&NOTES, &1)).unwrap()
}

#[test]
fn a_closed_vault_opens_with_its_passphrase_only() {
    let (folder, vault) = created(&passphrase("right"));
    write(&vault, |tx| tx.put(&NOTES, &1, &"kept".to_owned()));
    vault.close().unwrap();

    let wrong = Vault::open(folder.path(), &passphrase("wrong"));
    assert!(matches!(wrong, Err(VaultError::WrongPassphrase { left: None })));
    assert!(matches!(Vault::open(folder.path(), &Unlock::KeyFile), Err(VaultError::PassphraseNeeded)));
    let vault = Vault::open(folder.path(), &passphrase("right")).unwrap();
    assert_eq!(note(&vault).as_deref(), Some("kept"));
    assert_eq!(vault.continuity(), Continuity::Continued);
}

#[test]
fn a_key_file_opens_without_a_person() {
    let (folder, vault) = created(&Unlock::KeyFile);
    write(&vault, |tx| tx.put(&NOTES, &1, &"kept".to_owned()));
    vault.close().unwrap();

    assert!(matches!(Vault::open(folder.path(), &passphrase("any")), Err(VaultError::KeyFileNeeded)));
    assert_eq!(note(&Vault::open(folder.path(), &Unlock::KeyFile).unwrap()).as_deref(), Some("kept"));
    fs::write(folder.path().join(KEY_FILE), [1; 32]).unwrap();
    assert!(matches!(Vault::open(folder.path(), &Unlock::KeyFile), Err(VaultError::WrongKeyFile)));
}

#[test]
fn files_are_the_owners_alone() {
    let (folder, _vault) = created(&Unlock::KeyFile);
    for name in [VAULT_FILE, KEY_FILE, INSTALLATION_FILE] {
        let mode = fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn one_process_at_a_time() {
    let (folder, vault) = created(&Unlock::KeyFile);
    assert!(matches!(Vault::open(folder.path(), &Unlock::KeyFile), Err(VaultError::InUse)));
    drop(vault);
    Vault::open(folder.path(), &Unlock::KeyFile).unwrap();
}

#[test]
fn an_existing_vault_is_not_replaced() {
    let (folder, vault) = created(&Unlock::KeyFile);
    write(&vault, |tx| tx.put(&NOTES, &1, &"kept".to_owned()));
    assert!(matches!(Vault::create(folder.path(), &Unlock::KeyFile), Err(VaultError::Exists)));
    assert_eq!(note(&vault).as_deref(), Some("kept"));
    let empty = tempfile::tempdir().unwrap();
    assert!(matches!(Vault::open(empty.path(), &Unlock::KeyFile), Err(VaultError::Missing)));
}

#[test]
fn a_vault_from_a_backup_is_known_as_one() {
    let (folder, vault) = created(&Unlock::KeyFile);
    let path = folder.path().join(VAULT_FILE);
    write(&vault, |tx| tx.put(&NOTES, &1, &"old".to_owned()));
    let backup = fs::read(&path).unwrap();
    write(&vault, |tx| tx.put(&NOTES, &1, &"new".to_owned()));
    drop(vault);

    fs::write(&path, backup).unwrap();
    for _ in 0..3 {
        let vault = Vault::open(folder.path(), &Unlock::KeyFile).unwrap();
        assert_eq!(vault.continuity(), Continuity::Restored, "until it is accepted");
        write(&vault, |tx| tx.put(&NOTES, &2, &"still old".to_owned()));
    }
    let vault = Vault::open(folder.path(), &Unlock::KeyFile).unwrap();
    write(&vault, |tx| {
        tx.accept_restored();
        tx.remove(&NOTES, &1)
    });
    assert_eq!(vault.continuity(), Continuity::Continued);
    drop(vault);
    assert_eq!(Vault::open(folder.path(), &Unlock::KeyFile).unwrap().continuity(), Continuity::Continued);
    fs::remove_file(folder.path().join(INSTALLATION_FILE)).unwrap();
    assert_eq!(Vault::open(folder.path(), &Unlock::KeyFile).unwrap().continuity(), Continuity::Restored);
}

#[test]
fn a_later_format_is_named() {
    let (folder, vault) = created(&Unlock::KeyFile);
    drop(vault);
    let path = folder.path().join(VAULT_FILE);
    let mut bytes = fs::read(&path).unwrap();
    for copy in bytes.chunks_exact_mut(4096).take(2) {
        copy[9] = 2;
        let checksum = <sha2::Sha256 as sha2::Digest>::digest(&copy[..4096 - 32]);
        copy[4096 - 32..].copy_from_slice(&checksum);
    }
    fs::write(&path, bytes).unwrap();
    let later = Vault::open(folder.path(), &Unlock::KeyFile);
    assert!(matches!(later, Err(VaultError::UnknownFormat { found: 2, known: 1 })));
}
