//! The server session against a client that does anything at all, in any order, with a judge who knows what may come out.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;
use protocol::ids::{Address, SessionId};
use protocol::keys;
use protocol::signaling::message::{ClientFrame, CloseCode, FetchWhat, ServerFrame, SessionKind};
use protocol::signaling::proof;
use protocol::signaling::server::{Input, Output, Refused, ServerSession, Terms, Verdict};
use protocol::time::{DAY_MS, Timestamp};

use super::samples::{self, LIMITS, NOW, Seeded};

const EXPORTER: [u8; 32] = [9; 32];

fn terms() -> Terms {
    Terms {
        organization: samples::organization(),
        directory_keys: samples::directory().verifying_key().into(),
        exporter: EXPORTER,
        limits: LIMITS,
    }
}

/// What a client may do, rightly or wrongly.
#[derive(Debug, Clone)]
enum Step {
    Hello { kind: SessionKind, right_nonce: bool, right_exporter: bool, right_kind: bool },
    Sub { key: u8, right_session: bool },
    Unsub { key: u8 },
    Put { n_step: i8, to: u8 },
    Fetch { n_step: i8 },
    Renew { n_step: i8 },
    Beat,
    Noise(Vec<u8>),
    Verdict { live: bool },
    Deliver { to: u8 },
    Gone { n: u64 },
    Lost { key: u8 },
    Answer { n: u64, bytes: usize },
    Wait { ms: u64 },
    News,
    End,
}

fn step() -> impl Strategy<Value = Step> {
    let kind = prop_oneof![Just(SessionKind::Door), Just(SessionKind::Relationship)];
    let honest = prop::bool::weighted(0.8);
    prop_oneof![
        3 => (kind, honest, honest, honest).prop_map(|(kind, right_nonce, right_exporter, right_kind)| {
            Step::Hello { kind, right_nonce, right_exporter, right_kind }
        }),
        4 => (0u8..12, honest).prop_map(|(key, right_session)| Step::Sub { key, right_session }),
        1 => (0u8..12).prop_map(|key| Step::Unsub { key }),
        6 => (-1i8..5, any::<u8>()).prop_map(|(n_step, to)| Step::Put { n_step: n_step.max(-1), to }),
        3 => (0i8..5).prop_map(|n_step| Step::Fetch { n_step }),
        1 => (0i8..5).prop_map(|n_step| Step::Renew { n_step }),
        1 => Just(Step::Beat),
        1 => prop::collection::vec(any::<u8>(), 0..40).prop_map(Step::Noise),
        3 => prop::bool::weighted(0.9).prop_map(|live| Step::Verdict { live }),
        2 => (0u8..12).prop_map(|to| Step::Deliver { to }),
        1 => (0u64..20).prop_map(|n| Step::Gone { n }),
        1 => (0u8..12).prop_map(|key| Step::Lost { key }),
        2 => (0u64..20, 0usize..200_000).prop_map(|(n, bytes)| Step::Answer { n, bytes }),
        2 => (0u64..20_000).prop_map(|ms| Step::Wait { ms }),
        1 => Just(Step::News),
        1 => Just(Step::End),
    ]
}

/// Key 0 owns the device's front door.
fn address_key(n: u8) -> keys::SigningKey {
    samples::key(n.wrapping_add(200))
}

fn address(n: u8) -> Address {
    Address::of_key(address_key(n).verifying_key().as_bytes())
}

/// A server session with a judge beside it who knows what may come out.
struct Judged {
    session: ServerSession,
    now: Timestamp,
    nonce: [u8; 32],
    welcome: Option<(SessionId, [u8; 32])>,
    kind: Option<SessionKind>,
    authentic: bool,
    live: bool,
    over: bool,
    n: u64,
    owned: BTreeSet<Address>,
    asked: u64,
    answered: u64,
    routed: u32,
    opened_at: Timestamp,
}

impl Judged {
    fn new() -> Self {
        let mut session = ServerSession::new(NOW, terms(), &mut Seeded(7));
        let Some(Output::Send(bytes)) = session.poll() else { panic!("the server speaks first") };
        let Ok(ServerFrame::Challenge { nonce, .. }) = ServerFrame::from_bytes(&bytes) else {
            panic!("with CHALLENGE")
        };
        Self {
            session,
            now: NOW,
            nonce,
            welcome: None,
            kind: None,
            authentic: false,
            live: false,
            over: false,
            n: 0,
            owned: BTreeSet::new(),
            asked: 0,
            answered: 0,
            routed: 0,
            opened_at: NOW,
        }
    }

    fn input(&mut self, step: &Step) -> Input {
        let frame = |frame: ClientFrame| Input::Frame(frame.to_bytes());
        match step {
            Step::Hello { kind, right_nonce, right_exporter, right_kind } => {
                let nonce = if *right_nonce { self.nonce } else { [0; 32] };
                let exporter = if *right_exporter { EXPORTER } else { [0; 32] };
                let signed_kind = match (kind, right_kind) {
                    (kind, true) => *kind,
                    (SessionKind::Door, false) => SessionKind::Relationship,
                    (SessionKind::Relationship, false) => SessionKind::Door,
                };
                self.authentic |= *right_nonce && *right_exporter && *right_kind;
                let ClientFrame::Hello { version, release, auth, .. } =
                    samples::hello(1, &nonce, &exporter, signed_kind)
                else {
                    unreachable!("a HELLO")
                };
                frame(ClientFrame::Hello { version, kind: *kind, release, auth })
            }
            Step::Sub { key, right_session } => {
                let (session, nonce) = self.welcome.unwrap_or((SessionId::from_bytes([0; 16]), [0; 32]));
                let session = if *right_session { session } else { SessionId::from_bytes([1; 16]) };
                let key = address_key(*key);
                let signature = proof::sub(&key, &nonce, session, &[3; 32]);
                frame(ClientFrame::Sub { key: key.verifying_key().to_bytes(), put_key: [3; 32], signature })
            }
            Step::Unsub { key } => frame(ClientFrame::Unsub { address: address(*key) }),
            Step::Put { n_step, to } => {
                let n = self.n.saturating_add_signed(i64::from(*n_step));
                frame(ClientFrame::Put {
                    n,
                    address: Address::from_bytes([*to; 16]),
                    mac: [0; 32],
                    envelope: vec![0; 10],
                })
            }
            Step::Fetch { n_step } => {
                let n = self.n.saturating_add_signed(i64::from(*n_step));
                frame(ClientFrame::Fetch { n, what: FetchWhat::Directory { have: None } })
            }
            Step::Renew { n_step } => {
                let n = self.n.saturating_add_signed(i64::from(*n_step));
                frame(ClientFrame::Renew { n, request: vec![0; 10] })
            }
            Step::Beat => frame(ClientFrame::Beat),
            Step::Noise(bytes) => Input::Frame(bytes.clone()),
            Step::Verdict { live: true } => {
                Input::Verdict(Verdict::Live { front_door: address(0), news: samples::news() })
            }
            Step::Verdict { live: false } => Input::Verdict(Verdict::Refused(CloseCode::Revoked)),
            Step::Deliver { to } => Input::Deliver { address: address(*to), envelope: vec![1; 10] },
            Step::Gone { n } => Input::Gone { n: *n },
            Step::Lost { key } => Input::Lost { address: address(*key) },
            Step::Answer { n, bytes } => Input::Fetched { n: *n, answer: Ok(vec![0; *bytes].into()) },
            Step::Wait { ms } => {
                self.now = self.now.plus_ms(*ms);
                Input::Tick
            }
            Step::News => Input::News(ServerFrame::News { news: samples::news() }.to_bytes().into()),
            Step::End => Input::End(CloseCode::Draining),
        }
    }

    fn take(&mut self, step: &Step) {
        let input = self.input(step);
        let is_live_verdict = matches!(step, Step::Verdict { live: true });
        let result = self.session.handle(self.now, input);
        if is_live_verdict && result.is_ok() {
            (self.live, self.opened_at) = (true, self.now);
        }
        while let Some(output) = self.session.poll() {
            assert!(!self.over, "nothing comes after Close");
            self.judge(step, output);
        }
        assert_eq!(self.session.deadline().is_none(), self.over, "a session always ends by itself");
    }

    fn judge(&mut self, step: &Step, output: Output) {
        match output {
            Output::Authenticate(hello) => {
                assert!(self.authentic, "nobody is asked about a device that proved nothing");
                assert_eq!(hello.certificate.body(), &samples::certificate_body(1));
                self.kind = Some(hello.kind);
            }
            Output::Own { address, .. } => {
                assert!(self.live && matches!(step, Step::Sub { right_session: true, .. }));
                assert_eq!(address == self::address(0), self.kind == Some(SessionKind::Door));
                self.owned.insert(address);
                assert!(self.owned.len() <= LIMITS.subscriptions_max as usize);
            }
            Output::Disown { address } => assert!(self.owned.remove(&address)),
            Output::Route(route) => {
                assert!(self.live && self.kind == Some(SessionKind::Relationship));
                assert!(route.n > self.n, "numbers increase");
                self.n = route.n;
                self.routed += 1;
                let allowed = u64::from(LIMITS.put_burst_max)
                    + self.now.since(self.opened_at) * u64::from(LIMITS.put_per_s_max) / 1_000;
                assert!(u64::from(self.routed) <= allowed, "over the rate");
            }
            Output::Fetch { n, .. } | Output::Renew { n, .. } => {
                assert!(self.live && self.kind == Some(SessionKind::Door));
                assert!(n > self.n, "numbers increase");
                self.n = n;
                self.asked += 1;
                assert!(self.asked - self.answered <= u64::from(LIMITS.in_flight_max));
            }
            Output::Send(bytes) => self.judge_frame(&bytes),
            Output::Close(_) => self.over = true,
        }
    }

    fn judge_frame(&mut self, bytes: &Arc<[u8]>) {
        match ServerFrame::from_bytes(bytes).expect("the server sends frames") {
            ServerFrame::Welcome { session, nonce, news, .. } => {
                assert!(self.live && news.leaves.is_empty());
                self.welcome = Some((session, nonce));
            }
            ServerFrame::Deliver { address, .. } => assert!(self.owned.contains(&address)),
            ServerFrame::Lost { address } => assert!(self.owned.remove(&address)),
            ServerFrame::Gone { n } => assert!(self.live && n > 0),
            ServerFrame::Part { offset, total, bytes, .. } => {
                self.answered += u64::from(offset + bytes.len() as u64 == total);
            }
            // A refused request uses its number up.
            ServerFrame::Error { n, .. } => self.n = n.unwrap_or(self.n).max(self.n),
            ServerFrame::News { .. } | ServerFrame::Renewed { .. } => assert!(self.live),
            ServerFrame::Close { .. } => {}
            ServerFrame::Challenge { .. } => panic!("CHALLENGE comes once"),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn a_hostile_client_gets_nothing_that_it_has_no_right_to(steps in prop::collection::vec(step(), 0..60)) {
        let mut judged = Judged::new();
        for step in &steps {
            judged.take(step);
        }
    }

    /// The same, from an open session on, where the steps go deeper.
    #[test]
    fn nor_once_it_is_in(door: bool, steps in prop::collection::vec(step(), 0..80)) {
        let kind = if door { SessionKind::Door } else { SessionKind::Relationship };
        let mut judged = Judged::new();
        judged.take(&Step::Hello { kind, right_nonce: true, right_exporter: true, right_kind: true });
        judged.take(&Step::Verdict { live: true });
        prop_assert!(judged.welcome.is_some());
        for step in &steps {
            judged.take(step);
        }
    }
}

#[test]
fn frames_of_another_connection_are_of_no_use() {
    let mut first = Judged::new();
    let hello =
        Step::Hello { kind: SessionKind::Relationship, right_nonce: true, right_exporter: true, right_kind: true };
    let recorded_hello = first.input(&hello);
    first.take(&hello);
    first.take(&Step::Verdict { live: true });
    let recorded_sub = first.input(&Step::Sub { key: 1, right_session: true });

    // The same HELLO on a second connection: another nonce, another exporter.
    let mut second = ServerSession::new(NOW, Terms { exporter: [8; 32], ..terms() }, &mut Seeded(8));
    assert_eq!(second.handle(NOW, recorded_hello), Err(Refused::Signature));
    // The same SUB in a second session of the same device.
    let mut third = ServerSession::new(NOW, terms(), &mut Seeded(9));
    let Some(Output::Send(bytes)) = third.poll() else { panic!("CHALLENGE") };
    let Ok(ServerFrame::Challenge { nonce, .. }) = ServerFrame::from_bytes(&bytes) else { panic!("CHALLENGE") };
    let hello = samples::hello(1, &nonce, &EXPORTER, SessionKind::Relationship);
    third.handle(NOW, Input::Frame(hello.to_bytes())).unwrap();
    third.handle(NOW, Input::Verdict(Verdict::Live { front_door: address(0), news: samples::news() })).unwrap();
    assert_eq!(third.handle(NOW, recorded_sub), Err(Refused::Signature));
}

#[test]
fn an_expired_certificate_is_for_its_renewal_alone_and_a_foreign_or_early_one_for_nothing() {
    let greeted = |at: Timestamp| {
        let mut session = ServerSession::new(at, terms(), &mut Seeded(7));
        let Some(Output::Send(bytes)) = session.poll() else { panic!("CHALLENGE") };
        let Ok(ServerFrame::Challenge { nonce, .. }) = ServerFrame::from_bytes(&bytes) else { panic!("CHALLENGE") };
        (session, nonce)
    };
    let body = samples::certificate_body(1);
    let (late, early) = (body.not_after.plus_ms(400 * DAY_MS), body.not_before.minus_ms(DAY_MS));
    for (at, kind, opens) in [
        (late, SessionKind::Door, true),
        (late, SessionKind::Relationship, false),
        (early, SessionKind::Door, false),
        (early, SessionKind::Relationship, false),
    ] {
        let (mut session, nonce) = greeted(at);
        let answer = session.handle(at, Input::Frame(samples::hello(1, &nonce, &EXPORTER, kind).to_bytes()));
        assert_eq!(answer, if opens { Ok(()) } else { Err(Refused::Certificate) });
        assert_eq!(
            matches!(session.poll(), Some(Output::Authenticate(_))),
            opens,
            "its caller says whether it is live"
        );
    }
    // However long it was away, it has to prove its key, and here.
    let (mut session, nonce) = greeted(late);
    let elsewhere = samples::hello(1, &nonce, &[0; 32], SessionKind::Door).to_bytes();
    assert_eq!(session.handle(late, Input::Frame(elsewhere)), Err(Refused::Signature));
    let (_, nonce) = greeted(NOW);
    let hello = samples::hello(1, &nonce, &EXPORTER, SessionKind::Door).to_bytes();
    let foreign = Terms { organization: protocol::ids::OrganizationFingerprint::from_bytes([0; 32]), ..terms() };
    let mut session = ServerSession::new(NOW, foreign, &mut Seeded(7));
    assert_eq!(session.handle(NOW, Input::Frame(hello)), Err(Refused::Certificate));
}

/// Whoever asks and asks is told to wait; who has waited is answered again.
#[test]
fn requests_have_a_rate() {
    let mut judged = Judged::new();
    let hello = Step::Hello { kind: SessionKind::Door, right_nonce: true, right_exporter: true, right_kind: true };
    for step in [hello, Step::Verdict { live: true }] {
        judged.take(&step);
    }
    let ask = |judged: &mut Judged| {
        let asked = judged.asked;
        judged.take(&Step::Fetch { n_step: 1 });
        let is_asked = judged.asked > asked;
        judged.take(&Step::Answer { n: judged.n, bytes: 1 });
        is_asked
    };
    let burst = (0..600).take_while(|_| ask(&mut judged)).count();
    assert_eq!(burst, 512);
    judged.take(&Step::Wait { ms: 1_000 });
    assert_eq!((0..40).take_while(|_| ask(&mut judged)).count(), 32);
}
