//! A device in a folder, enrolled in an organization whose server is not there, and the program over it.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use client_cli::account::{Account, DeviceKeys};
use client_cli::clock;
use client_cli::store::tables::{ACCOUNT, DEVICE_KEYS};
use client_cli::store::{KdfCost, Unlock, Vault, VaultError};
use protocol::certificate::{CERTIFICATE_VERSION, CertificateBody, countersign, request};
use protocol::ids::{MemberId, OrganizationFingerprint};
use protocol::keys::SigningKey;
use protocol::organization::log_origin;
use protocol::secret::Secret;
use protocol::time::DAY_MS;
use rand_core::OsRng;
use serde_json::Value;
use tempfile::TempDir;

pub const PASSPHRASE: &str = "the passphrase of Zerline 7319";
pub const NAME: &str = "Zerline Canary-Überall 5502";

/// The folder goes with it.
pub struct Device {
    folder: TempDir,
    /// Seed of the device's signature key.
    pub seed: [u8; 32],
}

impl Device {
    /// Protected by [`PASSPHRASE`].
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        fs::create_dir(&data).unwrap();
        fs::write(folder.path().join("passphrase"), format!("{PASSPHRASE}\n")).unwrap();
        fs::write(folder.path().join("wrong"), "another passphrase\n").unwrap();
        let unlock = Unlock::Passphrase(Secret::new(PASSPHRASE.to_owned()));
        let vault = Vault::create_with(&data, &unlock, KdfCost::MINIMAL).unwrap();
        let keys = DeviceKeys::generate(&mut OsRng);
        let account = account(&keys);
        let write = |tx: &mut client_cli::store::WriteTx<'_>| -> Result<(), VaultError> {
            tx.put(&DEVICE_KEYS, &(), &keys)?;
            tx.put(&ACCOUNT, &(), &account)
        };
        vault.write(write).unwrap();
        vault.close().unwrap();
        Self { folder, seed: keys.signature().unwrap().to_bytes() }
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The program, its passphrase not given.
    pub fn command(&self) -> Command {
        let mut command = program(&self.data());
        command.arg("--json");
        command
    }

    /// Runs a command with the passphrase of this file.
    pub fn with(&self, file: &str, arguments: &[&str]) -> Output {
        self.command().arg("--passphrase-file").arg(self.file(file)).args(arguments).output().unwrap()
    }

    /// Starts an agent and waits until it serves.
    pub fn agent(&self, arguments: &[&str]) -> Running {
        let mut command = self.command();
        command.arg("--passphrase-file").arg(self.file("passphrase")).arg("agent").args(arguments);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut ready = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut ready).unwrap();
        assert_eq!(ready, "ready\n");
        Running(child)
    }
}

/// The program over a data folder, speaking English.
pub fn program(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_isoloir"));
    command.env("LC_ALL", "C").arg("--data").arg(data).stdin(Stdio::null());
    command
}

/// A process that ends with this.
pub struct Running(pub Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The one object that a command printed.
pub fn object(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

fn account(keys: &DeviceKeys) -> Account {
    let [root, directory] = [1, 2].map(|seed| SigningKey::from_bytes(&[seed; 32]));
    let organization = OrganizationFingerprint::of_key(root.verifying_key().as_bytes());
    let (member, now) = (MemberId::random(&mut OsRng), clock::now());
    let body = CertificateBody {
        version: CERTIFICATE_VERSION,
        organization,
        member,
        device: keys.device().unwrap(),
        signature_key: keys.signature().unwrap().verifying_key().to_bytes(),
        identity_key: keys.identity().unwrap().verifying_key().to_bytes(),
        envelope_key_hash: keys.envelope().unwrap().public().hash(),
        not_before: now.minus_ms(1_000),
        not_after: now.plus_ms(80 * DAY_MS),
        capabilities: Vec::new(),
    };
    let asked = request(&body, &keys.identity().unwrap(), &keys.signature().unwrap());
    let (certificate, _) = countersign(&asked, &directory).unwrap();
    Account {
        url: "https://127.0.0.1:1".into(),
        organization,
        member,
        login: "z.canary".into(),
        name: NAME.into(),
        certificate,
        log_origin: log_origin(organization, 0),
        directory_key: directory.verifying_key().to_bytes(),
        tls_keys: Vec::new(),
        enrolled: now,
        directory_key_serial: None,
        directory_key_until: None,
        former_directory_keys: Vec::new(),
    }
}
