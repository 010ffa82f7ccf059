//! One world from its founding to its stop: one driver that does one thing at a time and waits for its effect, on a fixed clock.
//! Writes everything that the server kept or emitted into a folder.

use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};

use pro_server::app::{App, Running};
use pro_server::clock::Ambient;
use pro_server::config::http::PublicUrl;
use pro_server::telemetry;
use protocol::ids::{Address, SessionId};
use protocol::keys::{SigningKey, put_key};
use protocol::policy::{Policy, PolicyKey};
use protocol::signaling::field::{CloseCode, SessionKind};
use protocol::signaling::message::ServerFrame;
use protocol::time::Timestamp;
use tests::postgres::{Database, Engine};

use super::leak::{Leak, Leaking};
use super::plan::{LETTERS, Letter, PEOPLE, Person, Place, Plan, SUSPENDED, World};
use crate::home::Home;
use crate::{CAPABILITY, Device, Session, enroll_known, grant, metrics};

/// 2026-01-05.
const START: Timestamp = Timestamp::from_millis(1_767_571_200_000);
/// Of time between two operations; all together stay below a session's silence.
const STEP_MS: u64 = 100;
const SEED: [u8; 32] = [42; 32];
/// An address that nobody owns, and its put key.
const NOBODY: (Address, [u8; 32]) = (Address::from_bytes([9; 16]), [1; 32]);

/// What the server logged.
#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("nobody panics with it").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Lives through a world; what it left is then below `out`.
pub async fn live(world: World, engine: Engine, leak: Leak, out: &Path) {
    let ambient = Ambient::fixed(START, SEED);
    // The same name in both worlds: each has a PostgreSQL of its own.
    let database = (engine == Engine::Postgres).then(|| Database::named("world").expect("a database"));
    let (log, home) = (Captured::default(), Home::with(database));
    let writer = log.clone();
    let subscriber = telemetry::subscriber(ambient.clone(), "trace", move || writer.clone());
    tracing::subscriber::set_global_default(subscriber).expect("the only world of this process");
    let mut config = home.configuration();
    // The port is the system's choice; with a name of its own the server's documents do not hold it.
    config.http.public_url = PublicUrl::parse("https://isoloir.test");
    let running = App::start(config, ambient.clone()).await.expect("started");

    let csv: String = PEOPLE.iter().map(|login| format!("{login},Notary,\n")).collect();
    let csv = format!("login,name,mail\n{csv}");
    running.services.import_people(&grant(), csv.as_bytes()).await.expect("imported");
    let mut devices = Vec::new();
    let entropy = ambient.stream("clients");
    for login in PEOPLE {
        ambient.advance_ms(STEP_MS);
        devices.push(enroll_known(&running, login, &entropy).await);
    }
    let leaking = Leaking::start(leak, &home).await;
    let mut town = Town::new(&running, ambient.clone(), devices, world.plan(), leaking);
    town.communicate().await;

    std::fs::write(out.join("metrics"), metrics(&running).await).expect("written");
    std::fs::write(out.join("audit.jsonl"), audit(&running).await).expect("written");
    // What kill -9 would leave: nothing of the server runs on, and it has not tidied up.
    town.leaking.end().await;
    seize(&home, &out.join("killed"));
    drop(town);
    running.stop().await.expect("stopped");
    seize(&home, &out.join("stopped"));
    std::fs::write(out.join("log"), &*log.0.lock().expect("nobody panics with it")).expect("written");
}

/// One session of a person, and the number of its last PUT or FETCH.
struct Seat {
    session: Session,
    n: u64,
}

impl Seat {
    async fn put(&mut self, (address, key): (Address, [u8; 32]), envelope_bytes: usize) -> u64 {
        self.n += 1;
        self.session.put(self.n, address, key, &vec![7; envelope_bytes]).await;
        self.n
    }

    fn id(&self) -> SessionId {
        self.session.id
    }
}

/// Everybody at home in one world.
struct Town<'r> {
    running: &'r Running,
    ambient: Ambient,
    devices: Vec<Device>,
    plan: &'static Plan,
    doors: [Option<Seat>; PEOPLE.len()],
    relationships: [Option<Seat>; PEOPLE.len()],
    leaking: Leaking,
}

impl<'r> Town<'r> {
    fn new(
        running: &'r Running,
        ambient: Ambient,
        devices: Vec<Device>,
        plan: &'static Plan,
        leaking: Leaking,
    ) -> Self {
        let (doors, relationships) = Default::default();
        Town { running, ambient, devices, plan, doors, relationships, leaking }
    }

    /// Sessions, envelopes, and administrative acts in between.
    async fn communicate(&mut self) {
        let plan = self.plan;
        for person in plan.arrivals {
            self.relationships[person] = Some(self.open(person, SessionKind::Relationship).await);
            if person != plan.away {
                self.doors[person] = Some(self.open(person, SessionKind::Door).await);
            }
        }
        let (before, after) = plan.letters.split_at(LETTERS / 2);
        for letter in before {
            self.send(letter).await;
        }
        let draft = Policy::of(&[(PolicyKey::MessageRetentionDays, "30")]).expect("rows");
        self.running.services.publish_policy(&grant(), draft, 1).await.expect("published");
        let again = self.open(plan.again, SessionKind::Relationship).await;
        let former = self.relationships[plan.again].replace(again);
        closed(former, CloseCode::Replaced).await;
        for letter in after {
            self.send(letter).await;
        }
        self.stray().await;
        self.running.services.suspend_person(&grant(), PEOPLE[SUSPENDED]).await.expect("suspended");
        closed(self.doors[SUSPENDED].take(), CloseCode::Suspended).await;
        closed(self.relationships[SUSPENDED].take(), CloseCode::Suspended).await;
    }

    async fn open(&mut self, person: Person, kind: SessionKind) -> Seat {
        self.ambient.advance_ms(STEP_MS);
        let (place, device) = match kind {
            SessionKind::Door => (Place::FrontDoor, &self.devices[person]),
            SessionKind::Relationship => (Place::Relationship, &self.devices[person]),
        };
        let mut session = Session::open(self.running, device, kind).await.expect("welcome");
        let (_, put_key) = self.address(person, place);
        session.own(&self.key(person, place), put_key).await;
        session.settle(1).await;
        Seat { session, n: 1 }
    }

    fn key(&self, person: Person, place: Place) -> SigningKey {
        match place {
            Place::FrontDoor => self.devices[person].door.clone(),
            Place::Relationship => {
                let mut seed = self.plan.seed;
                seed[0] = u8::try_from(person).expect("few people");
                SigningKey::from_bytes(&seed)
            }
        }
    }

    fn address(&self, person: Person, place: Place) -> (Address, [u8; 32]) {
        let address = Address::of_key(self.key(person, place).verifying_key().as_bytes());
        (address, *put_key(&CAPABILITY, address).expose())
    }

    /// Puts an envelope and waits until it is there.
    async fn send(&mut self, letter: &Letter) {
        self.ambient.advance_ms(STEP_MS);
        let to = self.address(letter.to, letter.place);
        let sender = self.relationships[letter.from].as_mut().expect("online");
        sender.put(to, letter.envelope_bytes).await;
        let seats = match letter.place {
            Place::FrontDoor => &mut self.doors,
            Place::Relationship => &mut self.relationships,
        };
        let receiver = seats[letter.to].as_mut().expect("online");
        match receiver.session.socket.next_but_news().await {
            Some(ServerFrame::Deliver { address, envelope }) => {
                assert_eq!((address, envelope.len()), (to.0, letter.envelope_bytes));
            }
            other => panic!("{other:?}"),
        }
        self.leaking.delivered(to.0, receiver.id()).await;
    }

    /// Nobody owns that address; nobody is behind that door, which is silent: the answer to a later PUT comes first.
    async fn stray(&mut self) {
        self.ambient.advance_ms(STEP_MS);
        let door = self.address(self.plan.away, Place::FrontDoor);
        let sender = self.relationships[self.plan.stray].as_mut().expect("online");
        sender.put(door, protocol::limits::ENVELOPE_LONG_BYTES).await;
        let last = sender.put(NOBODY, protocol::limits::ENVELOPE_SHORT_BYTES).await;
        match sender.session.socket.next_but_news().await {
            Some(ServerFrame::Gone { n }) => assert_eq!(n, last),
            other => panic!("{other:?}"),
        }
    }
}

async fn closed(seat: Option<Seat>, expected: CloseCode) {
    let mut seat = seat.expect("online");
    match seat.session.socket.next_but_news().await {
        Some(ServerFrame::Close { code }) => assert_eq!(code, expected),
        other => panic!("{other:?}"),
    }
    assert!(seat.session.socket.next().await.is_none(), "the WebSocket is closed");
}

/// The audit as it is exported.
async fn audit(running: &Running) -> String {
    let mut export = running.services.export_audit(&grant()).await.expect("an export");
    let mut text = String::new();
    while let Some(lines) = export.next_page().await.expect("a page") {
        text.extend(lines.iter().map(|line| format!("{line}\n")));
    }
    text
}

/// Takes what a thief of the machine gets: the data folder and, on PostgreSQL, every table of the database.
fn seize(home: &Home, to: &Path) {
    copy(home.data(), to);
    if let Some(database) = home.database() {
        database.seize(&to.join("tables")).expect("seized");
    }
}

/// Copies a data folder as it stands. Two files hold what differs between two runs of anything, and only that is taken out:
/// - `ready.json` (there while the server runs) names the process, whose number is the system's choice.
/// - `server.db-shm`, SQLite's index of the write-ahead log ("WAL-mode File Format" §2.1): its header, in two
///   copies of 48 bytes, ends in the checksum of the last frame, the log's two random salts and the header's own checksum.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir(to).expect("made");
    for entry in std::fs::read_dir(from).expect("listed") {
        let entry = entry.expect("an entry");
        let (kind, path, name) = (entry.file_type().expect("a kind"), entry.path(), entry.file_name());
        if kind.is_dir() {
            copy(&path, &to.join(name));
        } else if kind.is_file() {
            let bytes = std::fs::read(&path).expect("read");
            let (name, bytes) = match name.to_str().expect("UTF-8") {
                "ready.json" => ("ready.json", without_process(bytes)),
                // Under a name that the comparison does not leave out.
                "server.db-shm" => ("wal-index", without_salts(bytes)),
                name => (name, bytes),
            };
            std::fs::write(to.join(name), bytes).expect("written");
        }
    }
}

fn without_process(bytes: Vec<u8>) -> Vec<u8> {
    let text = String::from_utf8(bytes).expect("JSON");
    let pid = format!("\"pid\":{}", std::process::id());
    assert!(text.contains(&pid), "{text}");
    text.replace(&pid, "\"pid\":0").into_bytes()
}

fn without_salts(mut bytes: Vec<u8>) -> Vec<u8> {
    for header in [0, 48] {
        bytes[header + 24..header + 48].fill(0);
    }
    bytes
}
