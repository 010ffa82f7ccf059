//! The server and the two clients of the demonstration, and each act with them. All of it stands in one temporary folder and
//! ends with it.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Map, Value};
use tempfile::TempDir;
use tests::client::{Client, Events};
use tests::server::{Server, Setup};
use tests::{Place, Process, binary};

use super::report::{Equality, Report};
use super::words::Words;

const PEOPLE: usize = 40;
/// Messages in each direction after the first.
const MESSAGES: usize = 50;
const FILE_MIB: u64 = 64;
/// The receiver is killed when this much of the second file is there: a kill loses at most 8 MiB or a second of it.
const KILL_AT_BYTES: u64 = 32 << 20;
const AUTO_SAVE_BYTES_MAX: u64 = 1 << 30;
const FILE_TIMEOUT: Duration = Duration::from_secs(300);

/// Everything that runs. Fields are dropped in this order: clients, server, folder.
pub struct Stage {
    first: Client,
    second: Client,
    server: Server,
    downloads: PathBuf,
    folder: TempDir,
}

/// Table name → rows, as `server-rows` prints them.
type Stored = Map<String, Value>;

fn login(person: usize) -> String {
    format!("notary{person:02}")
}

impl Stage {
    /// Starts the server with nothing configured.
    pub fn open() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("isoloir-demo-").tempdir()?;
        let downloads = folder.path().join("downloads");
        fs::create_dir(&downloads)?;
        let server = Setup::in_folder(folder.path().join("server")).start()?;
        let first = Client::new(folder.path(), &login(3), Place::Host)?;
        let second = Client::new(folder.path(), &login(7), Place::Host)?;
        let second = second.saving_into(&downloads, AUTO_SAVE_BYTES_MAX);
        Ok(Self { first, second, server, downloads, folder })
    }

    /// Imports an organization.
    pub fn people(&self, words: &Words) -> Result<()> {
        words.step("demo-served", &[("url", self.server.ready().url.clone().into())]);
        let file = self.folder.path().join("people.csv");
        let mut csv = String::from("login,name,mail\n");
        for person in 1..=PEOPLE {
            let login = login(person);
            csv.push_str(&format!("{login},Notary {person:02},{login}@example.test\n"));
        }
        fs::write(&file, csv)?;
        self.server.admin(&[Path::new("people").as_os_str(), Path::new("import").as_os_str(), file.as_os_str()])?;
        words.step("demo-imported", &[("people", PEOPLE.into())]);
        Ok(())
    }

    /// Enrolls both with one-time codes and starts their agents.
    pub fn enroll(&mut self, words: &Words, report: &mut Report) -> Result<()> {
        for client in [&mut self.first, &mut self.second] {
            client.enroll(&self.server.code_link(client.login())?)?;
            client.start_agent()?;
            report.enrolled += 1;
            words.step("demo-enrolled", &[("login", client.login().to_owned().into())]);
        }
        Ok(())
    }

    /// The first message: first contact, a link, delivery.
    pub fn first_message(&self, words: &Words, report: &mut Report) -> Result<()> {
        let mut events = self.first.watch()?;
        report.sent += 1;
        let taken = timed_message(&self.first, &mut events, self.second.login(), &words.text("demo-hello", &[]))?;
        report.first_message = taken;
        report.delivered.push(taken);
        let status = self.first.status()?;
        report.path = status["links"][0]["path"].as_str().context("the status shows no path")?.to_owned();
        words.step("demo-first-message", &[("path", report.path.clone().into())]);
        Ok(())
    }

    /// Messages in turn, each timed from the command to its delivery.
    pub fn messages(&self, words: &Words, report: &mut Report) -> Result<()> {
        let mut pairs =
            [(&self.first, self.first.watch()?, &self.second), (&self.second, self.second.watch()?, &self.first)];
        for number in 1..=MESSAGES {
            for (from, events, to) in &mut pairs {
                report.sent += 1;
                report.delivered.push(timed_message(from, events, to.login(), &format!("Page {number}"))?);
            }
        }
        words.step(
            "demo-messages",
            &[
                ("sent", report.sent.into()),
                ("delivered", report.delivered.len().into()),
                ("p50", report.percentile_ms(50).into()),
                ("p99", report.percentile_ms(99).into()),
            ],
        );
        Ok(())
    }

    /// A file from the first to the second, timed from the offer until it is saved.
    pub fn file(&self, words: &Words, report: &mut Report) -> Result<()> {
        let (path, original) = self.random_file("deed.pdf")?;
        let mut events = self.second.watch()?;
        let started = Instant::now();
        let offered = self.first.send_file(self.second.login(), &path)?;
        let saved = saved(&mut events, &offered.file_id.context("no file_id")?)?;
        report.file_duration = started.elapsed();
        report.file_bytes = fs::metadata(&saved)?.len();
        report.blake3_equal = Equality::of(original, hash(&saved)?);
        words.step(
            "demo-file",
            &[
                ("mebibytes", FILE_MIB.into()),
                ("rate", format!("{:.0}", report.mib_per_s()).into()),
                ("equal", report.blake3_equal.word().into()),
            ],
        );
        Ok(())
    }

    /// Another file; its receiver is killed in the middle, started again, and must end with the same bytes.
    pub fn kill_and_resume(&mut self, words: &Words, report: &mut Report) -> Result<()> {
        let (path, original) = self.random_file("annex.pdf")?;
        let mut events = self.second.watch()?;
        let offered = self.first.send_file(self.second.login(), &path)?;
        let file_id = offered.file_id.context("no file_id")?;
        let there = events.next("the middle of the file", |event| {
            let done = progress(event, &file_id)?;
            (done >= KILL_AT_BYTES).then_some(done)
        })?;
        ensure!(there < FILE_MIB << 20, "the file was whole before its receiver could be killed");
        self.second.kill_agent()?;
        drop(events);
        words.step("demo-killed", &[("mebibytes", (there >> 20).into())]);

        self.second.start_agent()?;
        let mut events = self.second.watch()?;
        let from = events.next("the file to go on", |event| progress(event, &file_id))?;
        let saved = match self.already_saved(&file_id)? {
            Some(path) => path,
            None => saved(&mut events, &file_id)?,
        };
        let whole = Equality::of(original, hash(&saved)?);
        // From the beginning would be another transfer, not the same one resumed.
        report.resumed_after_kill = if from > 0 { whole } else { Equality::Unequal };
        let equal = whole.word();
        words.step("demo-resumed", &[("mebibytes", (from >> 20).into()), ("equal", equal.into())]);
        Ok(())
    }

    /// Every row of the server's database.
    pub fn stored(&self) -> Result<Stored> {
        let mut command = Command::new(binary::built("server-rows")?);
        command.arg(self.server.data());
        let printed = Process::run("server-rows", command, tests::step())?.success("server-rows")?;
        Ok(serde_json::from_str(&printed.stdout.concat())?)
    }

    /// What of it has changed since.
    pub fn compare(&self, before: &Stored, words: &Words, report: &mut Report) -> Result<()> {
        let after = self.stored()?;
        let rows = |stored: &Stored, table: &str| stored.get(table).and_then(Value::as_array).map_or(0, Vec::len);
        let mut changed = Map::new();
        for table in before.keys().chain(after.keys()).filter(|table| before.get(*table) != after.get(*table)) {
            let counts = serde_json::json!({ "before": rows(before, table), "after": rows(&after, table) });
            changed.insert(table.clone(), counts);
        }
        report.stored = Value::Object(changed);
        if report.stored == Value::Object(Map::new()) {
            words.step("demo-stored-nothing", &[]);
        } else {
            words.step("demo-stored-something", &[("tables", report.stored.to_string().into())]);
        }
        Ok(())
    }

    /// Two commands that open a chat of the two, one in each of two terminals.
    pub fn chat_commands(&self) -> [String; 2] {
        [(&self.first, &self.second), (&self.second, &self.first)]
            .map(|(client, other)| command_line(client, &format!("chat {}", other.login())))
    }

    /// The same for scripts.
    pub fn script_commands(&self) -> [String; 2] {
        let send = format!("send {} \"…\"", self.second.login());
        [command_line(&self.second, "watch"), command_line(&self.first, &send)]
    }

    /// The one-time link with which the first administrator opens the console.
    pub fn console_url(&self) -> Option<&str> {
        self.server.ready().console_url.as_deref()
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A file that looks random, and its hash.
    fn random_file(&self, name: &str) -> Result<(PathBuf, blake3::Hash)> {
        let path = self.folder.path().join(name);
        let mut file = File::create(&path)?;
        let mut random = blake3::Hasher::new().update(name.as_bytes()).finalize_xof();
        let mut hasher = blake3::Hasher::new();
        let mut block = vec![0_u8; 1 << 20];
        for _ in 0..FILE_MIB {
            random.fill(&mut block);
            hasher.update(&block);
            file.write_all(&block)?;
        }
        Ok((path, hasher.finalize()))
    }

    /// Where the file was saved, when that is already so: its last event may have come before we listened again.
    fn already_saved(&self, file_id: &str) -> Result<Option<PathBuf>> {
        let history = self.second.history(self.first.login())?;
        let file = history.iter().map(|message| &message["file"]).find(|file| file["file_id"] == file_id);
        Ok(file
            .filter(|file| file["state"] == "saved")
            .and_then(|file| file["path"].as_str())
            .map(|path| self.resolve(path)))
    }

    fn resolve(&self, path: &str) -> PathBuf {
        self.downloads.join(path)
    }
}

fn command_line(client: &Client, rest: &str) -> String {
    let program = binary::built("isoloir").map_or_else(|_| String::from("isoloir"), |path| path.display().to_string());
    let (data, file) = (client.data().display(), client.passphrase_file().display());
    format!("{program} --data {data} --passphrase-file {file} {rest}")
}

fn timed_message(from: &Client, events: &mut Events, to: &str, text: &str) -> Result<Duration> {
    let started = Instant::now();
    let sent = from.send(to, text)?;
    events.delivered(&sent.message_id)?;
    Ok(started.elapsed())
}

/// The verified bytes of this file so far, when the event is about it.
fn progress(event: &Value, file_id: &str) -> Option<u64> {
    (event["file_id"] == file_id).then(|| event["verified_bytes"].as_u64()).flatten()
}

fn saved(events: &mut Events, file_id: &str) -> Result<PathBuf> {
    events.next_within(FILE_TIMEOUT, "the whole file", |event| {
        let done = event["file_id"] == file_id && event["state"] == "saved";
        done.then(|| event["path"].as_str().map(PathBuf::from)).flatten()
    })
}

fn hash(path: &Path) -> Result<blake3::Hash> {
    let mut hasher = blake3::Hasher::new();
    io::copy(&mut File::open(path)?, &mut hasher)?;
    Ok(hasher.finalize())
}
