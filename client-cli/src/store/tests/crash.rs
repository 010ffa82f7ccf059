//! A kill or a power loss at every moment: what was acknowledged is there, nothing is there by half, and shredding completes.
//! A disk that fills up or fails: a typed error, the old state, and on from there when it works again.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use rand_chacha::ChaCha8Rng;
use rand_core::{RngCore, SeedableRng};

use super::{NOTES, ROOM, TEXTS, write};
use crate::store::examiner::{recoverable, sealed, sealed_count, shows, watch, watch_on};
use crate::store::medium::Medium;
use crate::store::memory::Memory;
use crate::store::{Reading, Span, Vault, VaultError};

#[derive(Clone, Debug)]
pub(super) enum Step {
    Write(u64, Vec<u8>),
    Resize(u64),
    Sync,
    /// This many transactions were acknowledged.
    Acknowledged(u64),
}

/// Remembers every step in its order.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    pub memory: Memory,
    pub steps: Mutex<Vec<Step>>,
    seals: Mutex<Vec<usize>>,
}

impl Recorder {
    fn note(&self, step: Step) {
        self.steps.lock().unwrap().push(step);
        self.seals.lock().unwrap().push(sealed_count());
    }
}

impl Medium for Recorder {
    fn len_bytes(&self) -> io::Result<u64> {
        self.memory.len_bytes()
    }

    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.memory.read_at(offset, out)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.note(Step::Write(offset, bytes.to_vec()));
        self.memory.write_at(offset, bytes)
    }

    fn resize(&self, len_bytes: u64) -> io::Result<()> {
        self.note(Step::Resize(len_bytes));
        self.memory.resize(len_bytes)
    }

    fn sync(&self) -> io::Result<()> {
        self.note(Step::Sync);
        Ok(())
    }
}

const TRANSACTIONS: u64 = 14;
/// How many texts are kept at a time.
const KEPT: u64 = 3;

fn text(number: u64) -> String {
    format!("text-{number:04}-{}", "z".repeat(2000))
}

/// The file before, and every step of a series of transactions with shreddings between them.
fn recorded() -> (Vec<u8>, Vec<Step>) {
    let (before, steps, _) = watched();
    (before, steps)
}

/// The same, and how much had been sealed at each step.
fn watched() -> (Vec<u8>, Vec<Step>, Vec<usize>) {
    let recorder = Arc::new(Recorder::default());
    let vault = Vault::create_on(recorder.clone()).unwrap();
    let before = recorder.memory.bytes().clone();
    recorder.steps.lock().unwrap().clear();
    recorder.seals.lock().unwrap().clear();
    for number in 1..=TRANSACTIONS {
        write(&vault, |tx| {
            tx.put(&NOTES, &0, &number.to_string())?;
            tx.put(&TEXTS, &(ROOM, number), &text(number))?;
            tx.remove(&TEXTS, &(ROOM, number.saturating_sub(KEPT)))
        });
        recorder.note(Step::Acknowledged(number));
        if number % 4 == 0 {
            vault.shred().unwrap();
        }
    }
    vault.close().unwrap();
    let (steps, seals) = (recorder.steps.lock().unwrap().clone(), recorder.seals.lock().unwrap().clone());
    (before, steps, seals)
}

/// What of the steps since the last sync a power loss leaves behind.
pub(super) enum Loss {
    /// A kill: the system still writes everything.
    Nothing,
    /// The last write stops half-way.
    TornLast,
    /// Any of them may be missing or torn.
    Any(Box<ChaCha8Rng>),
}

pub(super) fn after(before: &[u8], steps: &[Step], loss: Loss) -> (Memory, u64) {
    let memory = Memory::holding(before.to_vec());
    let durable = steps.iter().rposition(|step| matches!(step, Step::Sync)).unwrap_or_default();
    let (mut loss, mut acknowledged) = (loss, 0);
    for (index, step) in steps.iter().enumerate() {
        match step {
            Step::Acknowledged(number) => acknowledged = *number,
            Step::Sync => {}
            Step::Resize(len_bytes) => memory.resize(*len_bytes).unwrap(),
            Step::Write(offset, bytes) => {
                let kept = match &mut loss {
                    Loss::Nothing => bytes.len(),
                    Loss::TornLast if index + 1 == steps.len() => bytes.len() / 2,
                    Loss::TornLast => bytes.len(),
                    Loss::Any(_) if index < durable => bytes.len(),
                    Loss::Any(rng) => match rng.next_u32() % 3 {
                        0 => 0,
                        1 => usize::try_from(rng.next_u32()).unwrap() % (bytes.len() + 1),
                        _ => bytes.len(),
                    },
                };
                memory.write_at(*offset, &bytes[..kept]).unwrap();
            }
        }
    }
    (memory, acknowledged)
}

fn check(memory: Memory, acknowledged: u64, what: &str) -> (Vault, u64) {
    let medium = Arc::new(memory);
    let vault = Vault::open_on(medium).unwrap_or_else(|error| panic!("{what}: {error:?}"));
    assert!(!vault.is_dirty(), "{what}: opening completes the shredding");
    let (number, texts) = vault
        .read(|tx| {
            let number: u64 = tx.get(&NOTES, &0)?.map_or(0, |text| text.parse().unwrap());
            let texts: Result<Vec<_>, VaultError> = tx.scan(&TEXTS, Span::under(&ROOM)).collect();
            Ok::<_, VaultError>((number, texts?))
        })
        .unwrap_or_else(|error| panic!("{what}: {error:?}"));
    assert!(number == acknowledged || number == acknowledged + 1, "{what}: {number} after {acknowledged}");
    let expected: Vec<_> = (number.saturating_sub(KEPT - 1).max(1)..=number).map(|n| ((ROOM, n), text(n))).collect();
    assert_eq!(texts, expected, "{what}");
    (vault, number)
}

#[test]
fn a_kill_or_power_loss_at_any_step_loses_nothing_acknowledged() {
    let (before, steps) = recorded();
    assert!(steps.len() > 200, "{} steps", steps.len());
    for end in 0..=steps.len() {
        let done = &steps[..end];
        let (memory, acknowledged) = after(&before, done, Loss::Nothing);
        check(memory, acknowledged, &format!("kill at {end}"));
        if let Some(Step::Write(..)) = done.last() {
            let (memory, acknowledged) = after(&before, done, Loss::TornLast);
            check(memory, acknowledged, &format!("torn at {end}"));
        }
        if !matches!(done.last(), Some(Step::Sync)) {
            let rng = ChaCha8Rng::seed_from_u64(u64::try_from(end).unwrap());
            let (memory, acknowledged) = after(&before, done, Loss::Any(Box::new(rng)));
            check(memory, acknowledged, &format!("power loss at {end}"));
        }
    }
}

#[test]
fn a_kill_at_any_step_leaves_nothing_deleted_once_open_again() {
    watch();
    let (before, steps, seals) = watched();
    let history = sealed();
    for end in (1..=steps.len()).step_by(7) {
        // What was sealed after the kill belongs to another future.
        watch_on(&history[..seals[end - 1]]);
        let (memory, acknowledged) = after(&before, &steps[..end], Loss::Nothing);
        let (vault, number) = check(memory, acknowledged, &format!("kill at {end}"));
        let found = recoverable(&vault);
        for gone in 1..=number.saturating_sub(KEPT) {
            assert!(!shows(&found, text(gone).as_bytes()), "kill at {end}: text {gone}");
        }
        if number > 0 {
            assert!(shows(&found, text(number).as_bytes()), "control: text {number} is alive");
        }
    }
}

/// A second crash while recovering from the first.
#[test]
fn recovery_can_be_killed_too() {
    let (before, steps) = recorded();
    for end in (5..steps.len()).step_by(23) {
        let (memory, acknowledged) = after(&before, &steps[..end], Loss::Nothing);
        let first = memory.bytes().clone();
        let recorder = Arc::new(Recorder { memory, ..Recorder::default() });
        drop(Vault::open_on(recorder.clone()).unwrap());
        let recovery = recorder.steps.lock().unwrap().clone();
        for end in (0..=recovery.len()).step_by(3) {
            let rng = ChaCha8Rng::seed_from_u64(u64::try_from(end).unwrap());
            let (memory, _) = after(&first, &recovery[..end], Loss::Any(Box::new(rng)));
            check(memory, acknowledged, &format!("recovery killed at {end}"));
        }
    }
}

/// Refuses to grow beyond a quota, or every write, or every sync.
#[derive(Debug)]
struct Failing {
    memory: Memory,
    quota_bytes: AtomicU64,
    writes_left: AtomicU64,
}

impl Failing {
    fn new() -> Arc<Self> {
        Arc::new(Self { memory: Memory::default(), quota_bytes: u64::MAX.into(), writes_left: u64::MAX.into() })
    }

    fn spend(&self) -> io::Result<()> {
        let left = self.writes_left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        left.map(|_| ()).map_err(|_| io::Error::other("the disk is gone"))
    }
}

impl Medium for Failing {
    fn len_bytes(&self) -> io::Result<u64> {
        self.memory.len_bytes()
    }

    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.memory.read_at(offset, out)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.spend()?;
        if offset + bytes.len() as u64 > self.quota_bytes.load(Ordering::Relaxed) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.memory.write_at(offset, bytes)
    }

    fn resize(&self, len_bytes: u64) -> io::Result<()> {
        self.memory.resize(len_bytes)
    }

    fn sync(&self) -> io::Result<()> {
        self.spend()
    }
}

#[test]
fn a_full_disk_is_said_and_the_old_state_stays() {
    let medium = Failing::new();
    let vault = Vault::create_on(medium.clone()).unwrap();
    write(&vault, |tx| tx.put(&NOTES, &1, &"before".to_owned()));
    medium.quota_bytes.store(medium.len_bytes().unwrap(), Ordering::Relaxed);
    let large = "x".repeat(8 * 1024 * 1024);
    for _ in 0..2 {
        let full: Result<(), VaultError> = vault.write(|tx| {
            tx.put(&NOTES, &1, &"lost".to_owned())?;
            tx.put(&NOTES, &2, &large)
        });
        assert!(matches!(full, Err(VaultError::DiskFull)), "{full:?}");
        assert_eq!(vault.read(|tx| tx.get(&NOTES, &1)).unwrap().as_deref(), Some("before"));
    }
    write(&vault, |tx| tx.put(&NOTES, &3, &"small".to_owned()));
    medium.quota_bytes.store(u64::MAX, Ordering::Relaxed);
    write(&vault, |tx| tx.put(&NOTES, &2, &large));
    assert_eq!(vault.read(|tx| tx.get(&NOTES, &3)).unwrap().as_deref(), Some("small"));
}

#[test]
fn a_disk_that_fails_at_any_step_takes_nothing_along() {
    for allowed in 0..40 {
        let medium = Failing::new();
        let vault = Vault::create_on(medium.clone()).unwrap();
        write(&vault, |tx| tx.put(&NOTES, &1, &"before".to_owned()));
        medium.writes_left.store(allowed, Ordering::Relaxed);
        let failed: Result<(), VaultError> = vault.write(|tx| tx.put(&NOTES, &1, &"after".to_owned()));
        let shredded = vault.shred();
        assert!(failed.is_err() || shredded.is_err() || allowed > 20, "{allowed}");
        medium.writes_left.store(u64::MAX, Ordering::Relaxed);

        let now = vault.read(|tx| tx.get(&NOTES, &1)).unwrap();
        let known = ["before", "after"].contains(&now.as_deref().unwrap_or_default());
        assert!(known && (failed.is_err() || now.as_deref() == Some("after")), "{allowed}: {now:?}");
        write(&vault, |tx| tx.put(&NOTES, &2, &"on".to_owned()));
        vault.shred().unwrap();
        drop(vault);
        let vault = Vault::open_on(medium).unwrap();
        assert_eq!(vault.read(|tx| tx.get(&NOTES, &1)).unwrap(), now, "{allowed}");
        assert_eq!(vault.read(|tx| tx.get(&NOTES, &2)).unwrap().as_deref(), Some("on"));
    }
}
