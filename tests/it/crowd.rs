//! Eight people write to each other and send files while the process of one of them, whoever it is, is killed again and again: at the
//! end every pair has the same history, everything that was taken is in it once, and every file is whole.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::sync::{PoisonError, RwLock};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use tests::client::Client;
use tests::{Place, openldap, step};

use crate::office::{Office, Places, hash};

const PEOPLE: usize = 8;
const MESSAGES: usize = 2_000;
const FILES: usize = 40;
const FILE_MIB: u64 = 1;
/// One kill after so many messages, of all people together.
const KILL_EVERY: usize = 50;
/// For the last deliveries, once everybody stays.
const SETTLE: Duration = Duration::from_secs(180);

/// SplitMix64: a run can be told by its seed, as far as processes let it.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % limit as u64).unwrap_or_default()
    }
}

/// A person, whose agent may be killed while others hold the lock to read: whoever starts it again holds it alone.
struct Person {
    client: RwLock<Client>,
    login: String,
}

impl Person {
    fn with<T>(&self, work: impl FnOnce(&Client) -> T) -> T {
        work(&self.client.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// SIGKILL in the middle of whatever it does, and then a new agent.
    fn strike(&self) -> Result<()> {
        let agent = self.with(Client::agent_id).context("no agent runs")?;
        let agent = i32::try_from(agent)?;
        let agent = rustix::process::Pid::from_raw(agent).context("no process")?;
        rustix::process::kill_process(agent, rustix::process::Signal::KILL)?;
        let mut client = self.client.write().unwrap_or_else(PoisonError::into_inner);
        client.kill_agent()?;
        client.start_agent()
    }
}

/// What one person handed over: message ids by whom they are for.
type Handed = BTreeMap<usize, Vec<String>>;

/// Writes one person's share. Whoever is killed while a command runs may not be answered: what was not answered is not promised.
fn write(people: &[Person], at: usize, files: &[PathBuf], written: &SyncSender<()>) -> Result<Handed> {
    let mut dice = Dice(at as u64);
    let mut handed = Handed::new();
    for number in 0..MESSAGES / PEOPLE {
        let to = (at + 1 + dice.below(PEOPLE - 1)) % PEOPLE;
        let (person, peer) = (people.get(at).context("a person")?, people.get(to).context("a peer")?);
        let sent = person.with(|client| client.send(&peer.login, &format!("message {number} of {at}")));
        if let Ok(sent) = sent {
            handed.entry(to).or_default().push(sent.message_id);
        }
        if number % (MESSAGES / FILES) == 0
            && let Some(file) = files.get(number / (MESSAGES / FILES))
            && let Ok(sent) = person.with(|client| client.send_file(&peer.login, file))
        {
            handed.entry(to).or_default().push(sent.message_id);
        }
        let _ = written.send(());
    }
    Ok(handed)
}

/// Kills somebody after every so many messages, as long as anybody writes; how often.
fn kill(people: &[Person], written: &Receiver<()>) -> Result<usize> {
    let (mut dice, mut kills) = (Dice(99), 0);
    for (number, ()) in written.iter().enumerate() {
        if number % KILL_EVERY == KILL_EVERY - 1 {
            people.get(dice.below(PEOPLE)).context("somebody")?.strike()?;
            kills += 1;
        }
    }
    Ok(kills)
}

/// `(message id, who wrote it, what it says)`, in the order of display.
fn said(history: &[Value]) -> Vec<(String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let what = |row: &Value| if row["file"].is_object() { text(&row["file"]["name"]) } else { text(&row["text"]) };
    history.iter().map(|row| (text(&row["message_id"]), text(&row["from"]), what(row))).collect()
}

/// Waits until nothing waits in anybody's outbox and every file is here.
fn settle(people: &[Person]) -> Result<()> {
    let until = Instant::now() + SETTLE;
    for person in people {
        person.with(|client| -> Result<()> {
            let mut events = client.watch()?;
            loop {
                let waits = client.json(&["outbox"])?.len();
                let files = client.json(&["files"])?;
                // What we offered has a path from the beginning.
                let here = |row: &&Value| row["path"].is_string();
                let missing = files.len() - files.iter().filter(here).count();
                if waits == 0 && missing == 0 {
                    return Ok(());
                }
                let left = until.checked_duration_since(Instant::now());
                let left =
                    left.with_context(|| format!("{}: {waits} messages wait, {missing} files", client.login()))?;
                // Whatever happens next may have been the last.
                let _ = events.next_within(left.min(step()), "news", |_| Some(()));
            }
        })?;
    }
    Ok(())
}

fn gather(office: &Office) -> Result<Vec<Person>> {
    let mut people = Vec::new();
    for number in 0..PEOPLE {
        let login = openldap::login(number + 11);
        let downloads = office.path(&format!("downloads-{number}"));
        std::fs::create_dir(&downloads)?;
        let mut client = Client::new(&office.path(""), &login, Place::Host)?.saving_into(&downloads, 1 << 30);
        client.enroll(&office.server.code_link(&login)?)?;
        client.start_agent()?;
        people.push(Person { client: RwLock::new(client), login });
    }
    Ok(people)
}

#[test]
fn eight_people_killed_one_at_a_time_end_with_equal_histories() -> Result<()> {
    let office = Office::with_codes(Places::here())?;
    let people = gather(&office)?;
    let made = (0..FILES / PEOPLE).map(|number| office.file(&format!("annex-{number}.bin"), FILE_MIB));
    let made: Vec<_> = made.collect::<Result<_>>()?;
    let files: Vec<PathBuf> = made.iter().map(|(path, _)| path.clone()).collect();
    let (people, files) = (people.as_slice(), files.as_slice());
    let (written, news) = mpsc::sync_channel(MESSAGES);
    let (handed, kills) = std::thread::scope(|scope| -> Result<(Vec<Handed>, usize)> {
        let killer = scope.spawn(move || kill(people, &news));
        let writer = |at| {
            let written = written.clone();
            scope.spawn(move || write(people, at, files, &written))
        };
        let writers: Vec<_> = (0..PEOPLE).map(writer).collect();
        drop(written);
        let handed = writers.into_iter().map(|writer| writer.join().expect("a writer")).collect::<Result<_>>()?;
        Ok((handed, killer.join().expect("the killer")?))
    })?;
    ensure!(kills >= MESSAGES / KILL_EVERY - 1, "{kills} kills");
    let taken: usize = handed.iter().flat_map(BTreeMap::values).map(Vec::len).sum();
    ensure!(taken > MESSAGES * 9 / 10, "only {taken} messages were taken");
    settle(people)?;

    for (at, handed) in handed.iter().enumerate() {
        for to in (0..PEOPLE).filter(|to| *to != at) {
            let (ours, theirs) = (people.get(at).context("one")?, people.get(to).context("another")?);
            let here = said(&ours.with(|client| client.history(&theirs.login))?);
            let there = said(&theirs.with(|client| client.history(&ours.login))?);
            assert_eq!(here, there, "the histories of {at} and {to} differ");
            let ids: BTreeSet<&String> = here.iter().map(|(id, _, _)| id).collect();
            assert_eq!(ids.len(), here.len(), "a message stands twice");
            let promised = handed.get(&to).map(Vec::as_slice).unwrap_or_default();
            assert!(promised.iter().all(|id| ids.contains(id)), "a message that was taken is missing");
        }
    }
    let mut saved = 0;
    let originals: BTreeSet<String> = made.iter().map(|(_, hash)| hash.to_string()).collect();
    for person in people {
        for row in person.with(|client| client.json(&["files"]))? {
            if let Some(path) = row["path"].as_str().filter(|_| row["state"] == "saved") {
                saved += 1;
                ensure!(originals.contains(&hash(path.as_ref())?.to_string()), "a file is not what was sent");
            }
        }
    }
    ensure!(saved > FILES * 8 / 10, "only {saved} files were sent");
    Ok(())
}
