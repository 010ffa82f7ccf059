//! The virtual network: clients, connections, and a small hub that stands for the server's address table.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use protocol::ids::Address;
use protocol::keys::{self, SigningKey};
use protocol::secret::Secret;
use protocol::signaling::client::{ClientInput, ClientOutput, ClientRefused, ClientSession, RequestId};
use protocol::signaling::message::{FetchWhat, News, ServerFrame, SessionKind};
use protocol::signaling::server::{Input, Output, ServerSession, Terms, Verdict};
use protocol::time::Timestamp;

use crate::samples::{self, LIMITS, NOW, Seeded};

pub const TICK_MS: u64 = 50;
pub const DOCUMENT_BYTES: usize = 150_000;
pub const CAPABILITY: [u8; 32] = [3; 32];

pub type ConnectionId = usize;

/// One connection as the network and the server see it.
pub struct Connection {
    owner: usize,
    pub session: ServerSession,
    to_server: VecDeque<(Timestamp, Vec<u8>)>,
    to_client: VecDeque<(Timestamp, Vec<u8>)>,
    server_up: bool,
    client_up: bool,
}

pub struct Client {
    pub session: ClientSession,
    pub kind: SessionKind,
    pub person: u8,
    pub connection: Option<ConnectionId>,
    pub delivered: Vec<(Address, Vec<u8>)>,
    pub gone: Vec<RequestId>,
    pub fetched: usize,
    pub news: u64,
}

pub struct World {
    pub now: Timestamp,
    pub rng: Seeded,
    pub clients: Vec<Client>,
    connections: Vec<Connection>,
    pub owners: BTreeMap<Address, (ConnectionId, Secret<[u8; 32]>)>,
    routed: BTreeSet<Vec<u8>>,
}

/// What happens to the network.
#[derive(Debug, Clone, Copy)]
pub enum Fault {
    /// Both ends learn that the connection is gone.
    Cut,
    /// The client learns it, the server does not.
    HalfOpen,
    /// The server learns it, the client does not.
    Silent,
}

pub fn front_door(person: u8) -> SigningKey {
    samples::key(person.wrapping_add(150))
}

pub fn relationship(person: u8) -> SigningKey {
    samples::key(person.wrapping_add(200))
}

pub fn address(key: &SigningKey) -> Address {
    Address::of_key(key.verifying_key().as_bytes())
}

impl World {
    pub fn new(people: u8, seed: u64) -> Self {
        let mut world = Self {
            now: NOW,
            rng: Seeded(seed),
            clients: Vec::new(),
            connections: Vec::new(),
            owners: BTreeMap::new(),
            routed: BTreeSet::new(),
        };
        for person in 0..people {
            for (kind, key) in
                [(SessionKind::Door, front_door(person)), (SessionKind::Relationship, relationship(person))]
            {
                let mut session = ClientSession::new(kind, samples::device(person));
                let put_key = keys::put_key(&CAPABILITY, address(&key));
                session.handle(NOW, &mut world.rng, ClientInput::Own { key, put_key }).unwrap();
                session.handle(NOW, &mut world.rng, ClientInput::Start).unwrap();
                world.clients.push(Client {
                    session,
                    kind,
                    person,
                    connection: None,
                    delivered: vec![],
                    gone: vec![],
                    fetched: 0,
                    news: 0,
                });
            }
        }
        world
    }

    pub fn tick(&mut self) {
        self.now = self.now.plus_ms(TICK_MS);
        for id in 0..self.connections.len() {
            self.deliver(id);
            let is_due = self.connections[id].session.deadline().is_some_and(|deadline| deadline <= self.now);
            if self.connections[id].server_up && is_due {
                self.server(id, Input::Tick);
            }
        }
        for index in 0..self.clients.len() {
            if self.clients[index].session.deadline().is_some_and(|deadline| deadline <= self.now) {
                self.client(index, ClientInput::Tick).unwrap();
            }
            self.pump(index);
        }
        if self.now.since(NOW).is_multiple_of(10_000) {
            let news: Arc<[u8]> = ServerFrame::News { news: samples::news() }.to_bytes().into();
            for id in 0..self.connections.len() {
                // A session that is not open yet refuses NEWS; WELCOME will tell it.
                self.server(id, Input::News(news.clone()));
            }
        }
    }

    pub fn deliver(&mut self, id: ConnectionId) {
        let now = self.now;
        let due = |queue: &mut VecDeque<(Timestamp, Vec<u8>)>| {
            queue.front().is_some_and(|(at, _)| *at <= now).then(|| queue.pop_front()).flatten()
        };
        while let Some((_, bytes)) = due(&mut self.connections[id].to_server) {
            self.server(id, Input::Frame(bytes));
        }
        while let Some((_, bytes)) = due(&mut self.connections[id].to_client) {
            let owner = self.connections[id].owner;
            if self.connections[id].client_up && self.clients[owner].connection == Some(id) {
                // After a Disconnect by the client itself the rest is thrown away.
                let _ = self.client(owner, ClientInput::Frame(bytes));
                self.pump(owner);
            }
        }
    }

    pub fn client(&mut self, index: usize, input: ClientInput) -> Result<(), ClientRefused> {
        self.clients[index].session.handle(self.now, &mut self.rng, input)
    }

    pub fn pump(&mut self, index: usize) {
        while let Some(output) = self.clients[index].session.poll() {
            let (now, client) = (self.now, &mut self.clients[index]);
            match output {
                ClientOutput::Connect => self.connect(index),
                ClientOutput::Send(bytes) => {
                    let id = client.connection.expect("sends only while connected");
                    let at = now.plus_ms(protocol::signaling::pace::spread_ms(200, &mut self.rng));
                    let connection = &mut self.connections[id];
                    if connection.server_up {
                        let at = connection.to_server.back().map_or(at, |(last, _)| at.max(*last));
                        connection.to_server.push_back((at, bytes));
                    }
                }
                ClientOutput::Disconnect => self.fail(index, Fault::Cut),
                ClientOutput::Delivered { address, envelope } => client.delivered.push((address, envelope)),
                ClientOutput::Gone(id) => client.gone.push(id),
                ClientOutput::News(News { .. }) => client.news += 1,
                ClientOutput::Fetched { bytes, .. } => {
                    assert_eq!(bytes, vec![5; DOCUMENT_BYTES]);
                    client.fetched += 1;
                }
                ClientOutput::Online(_) | ClientOutput::Offline { .. } | ClientOutput::Lost { .. } => {}
                ClientOutput::Ended(code) => panic!("ended with {code:?}"),
                ClientOutput::Renewed { .. } | ClientOutput::Failed { .. } => panic!("nothing was asked that fails"),
            }
        }
    }

    pub fn connect(&mut self, index: usize) {
        let id = self.connections.len();
        let exporter = [id as u8; 32];
        let terms = Terms {
            organization: samples::organization(),
            directory_keys: samples::directory().verifying_key().into(),
            exporter,
            limits: LIMITS,
        };
        let session = ServerSession::new(self.now, terms, &mut self.rng);
        self.clients[index].connection = Some(id);
        self.connections.push(Connection {
            owner: index,
            session,
            to_server: VecDeque::new(),
            to_client: VecDeque::new(),
            server_up: true,
            client_up: true,
        });
        self.drain(id);
        self.client(index, ClientInput::Connected { exporter }).unwrap();
    }

    /// Something happens to the current connection of a client.
    pub fn fail(&mut self, index: usize, fault: Fault) {
        let Some(id) = self.clients[index].connection else { return };
        if matches!(fault, Fault::Cut | Fault::Silent) {
            self.server(id, Input::Disconnected);
            self.close_server_end(id);
        }
        if matches!(fault, Fault::Cut | Fault::HalfOpen) {
            self.connections[id].client_up = false;
            self.connections[id].to_client.clear();
            self.clients[index].connection = None;
            self.client(index, ClientInput::Disconnected).unwrap();
        }
    }

    pub fn close_server_end(&mut self, id: ConnectionId) {
        self.connections[id].server_up = false;
        self.connections[id].to_server.clear();
        self.owners.retain(|_, (owner, _)| *owner != id);
    }

    pub fn server(&mut self, id: ConnectionId, input: Input) {
        if self.connections[id].server_up {
            let _ = self.connections[id].session.handle(self.now, input);
            self.drain(id);
        }
    }

    pub fn drain(&mut self, id: ConnectionId) {
        while let Some(output) = self.connections[id].session.poll() {
            match output {
                Output::Send(bytes) => {
                    let at = self.now.plus_ms(protocol::signaling::pace::spread_ms(200, &mut self.rng));
                    let connection = &mut self.connections[id];
                    let at = connection.to_client.back().map_or(at, |(last, _)| at.max(*last));
                    connection.to_client.push_back((at, bytes.to_vec()));
                }
                Output::Authenticate(hello) => {
                    let person = self.clients[self.connections[id].owner].person;
                    assert_eq!(hello.certificate.body().device, samples::device_id(person));
                    let front_door = address(&front_door(person));
                    self.server(id, Input::Verdict(Verdict::Live { front_door, news: samples::news() }));
                }
                Output::Own { address, put_key } => {
                    let before = self.owners.insert(address, (id, put_key));
                    if let Some((old, _)) = before.filter(|(old, _)| *old != id) {
                        self.server(old, Input::Lost { address });
                    }
                }
                Output::Disown { address } => drop(self.owners.remove(&address)),
                Output::Route(route) => {
                    assert!(self.routed.insert(route.envelope.clone()), "an envelope is routed once");
                    let owner = self.owners.get(&route.address).filter(|(_, key)| route.is_authentic(key));
                    match owner.map(|(owner, _)| *owner) {
                        Some(owner) => {
                            let deliver = Input::Deliver { address: route.address, envelope: route.envelope };
                            self.server(owner, deliver);
                        }
                        None => self.server(id, Input::Gone { n: route.n }),
                    }
                }
                Output::Fetch { n, .. } => {
                    let answer = Ok(vec![5; DOCUMENT_BYTES].into());
                    self.server(id, Input::Fetched { n, answer });
                }
                Output::Renew { .. } => panic!("nobody renews here"),
                Output::Close(_) => self.close_server_end(id),
            }
        }
    }

    /// From each person to each other; answers how many were taken.
    pub fn put_all(&mut self, round: u8) -> usize {
        let mut taken = 0;
        let people: Vec<_> = self.clients.iter().map(|client| client.person).collect();
        for index in 0..self.clients.len() {
            let from = people[index];
            if self.clients[index].kind != SessionKind::Relationship {
                continue;
            }
            for to in people.iter().copied().filter(|to| *to != from).collect::<BTreeSet<_>>() {
                let address = address(&relationship(to));
                let put_key = keys::put_key(&CAPABILITY, address);
                let envelope = vec![round, from, to];
                let put = ClientInput::Put { id: RequestId(u64::from(to)), address, put_key, envelope };
                taken += usize::from(self.client(index, put).is_ok());
            }
            self.pump(index);
        }
        taken
    }

    pub fn fetch_all(&mut self) {
        for index in 0..self.clients.len() {
            let fetch = ClientInput::Fetch { id: RequestId(1), what: FetchWhat::Directory { have: None } };
            match self.client(index, fetch) {
                Ok(()) => self.pump(index),
                Err(refused) => assert_ne!(self.clients[index].kind, SessionKind::Door, "{refused}"),
            }
        }
    }

    pub fn check_deliveries(&self) {
        for client in &self.clients {
            let mut seen = BTreeSet::new();
            for (at, envelope) in &client.delivered {
                assert_eq!(*at, address(&relationship(client.person)), "to the right address");
                assert_eq!(envelope[2], client.person, "to the right person");
                assert!(seen.insert(envelope), "once");
            }
        }
    }
}
