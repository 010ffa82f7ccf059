//! The client session against a server that sends anything at all, in any order.

use proptest::prelude::*;
use protocol::signaling::client::{ClientInput, ClientOutput, ClientRefused, ClientSession, RequestId};
use protocol::signaling::message::{CloseCode, ErrorCode, FetchWhat, ServerFrame, SessionKind, SessionLimits};

use super::samples::{self, NOW, Seeded};

const EXPORTER: [u8; 32] = [9; 32];

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// A server that sends any frames: the client neither panics nor hoards, and always has a next deadline.
    #[test]
    fn a_hostile_server_is_survived(
        frames in prop::collection::vec((0usize..10, any::<u64>(), any::<u64>(), prop::collection::vec(any::<u8>(), 0..50)), 0..60),
        welcomed: bool,
    ) {
        let mut client = ClientSession::new(SessionKind::Door, samples::device(1));
        let rng = &mut Seeded(3);
        let mut now = NOW;
        client.handle(now, rng, ClientInput::Start).unwrap();
        client.handle(now, rng, ClientInput::Connected { exporter: EXPORTER }).unwrap();
        let sample = samples::server_frames();
        if welcomed {
            for frame in &sample[..2] {
                client.handle(now, rng, ClientInput::Frame(frame.to_bytes())).unwrap();
            }
            let fetch = ClientInput::Fetch { id: RequestId(1), what: FetchWhat::Policy };
            client.handle(now, rng, fetch).unwrap();
        }
        for (which, a, b, bytes) in frames {
            now = now.plus_ms(a % 5_000);
            let frame = match sample[which].clone() {
                ServerFrame::Part { .. } => ServerFrame::Part { n: a % 3, offset: b % 100, total: a % 200, bytes },
                ServerFrame::Gone { .. } => ServerFrame::Gone { n: a % 5 },
                ServerFrame::Error { .. } => ServerFrame::Error { n: Some(a % 5), code: ErrorCode::Busy },
                ServerFrame::Welcome { session, nonce, news, .. } => {
                    let limits = SessionLimits {
                        subscriptions_max: a as u32, put_burst_max: b as u32, put_per_s_max: a as u32, in_flight_max: b as u32,
                    };
                    ServerFrame::Welcome { session, nonce, limits, news }
                }
                other => other,
            };
            let _ = client.handle(now, rng, ClientInput::Frame(frame.to_bytes()));
            let mut stopped = false;
            while let Some(output) = client.poll() {
                if let ClientOutput::Fetched { bytes, .. } = &output {
                    prop_assert!(bytes.len() <= protocol::limits::POLICY_BYTES_MAX);
                }
                stopped |= matches!(output, ClientOutput::Ended(_));
            }
            prop_assert!(stopped || client.deadline().is_some() || !client.is_open());
            if let Some(deadline) = client.deadline() {
                client.handle(deadline.max(now), rng, ClientInput::Tick).unwrap();
                if client.deadline().is_some_and(|next| next <= deadline) {
                    prop_assert!(false, "a deadline that was kept must move");
                }
            }
        }
    }
}

#[test]
fn an_answer_that_does_not_fit_ends_the_connection() {
    let open = || {
        let mut client = ClientSession::new(SessionKind::Door, samples::device(1));
        client.handle(NOW, &mut Seeded(1), ClientInput::Start).unwrap();
        client.handle(NOW, &mut Seeded(1), ClientInput::Connected { exporter: EXPORTER }).unwrap();
        for frame in &samples::server_frames()[..2] {
            client.handle(NOW, &mut Seeded(1), ClientInput::Frame(frame.to_bytes())).unwrap();
        }
        let fetch = ClientInput::Fetch { id: RequestId(1), what: FetchWhat::Policy };
        client.handle(NOW, &mut Seeded(1), fetch).unwrap();
        client
    };
    let too_much = protocol::limits::POLICY_BYTES_MAX as u64 + 1;
    let bad =
        [(1, 0, too_much, vec![1]), (1, 1, 3, vec![1]), (1, 0, 1, vec![1, 2]), (1, 0, 1, vec![]), (9, 0, 1, vec![1])];
    for (n, offset, total, bytes) in bad {
        let mut client = open();
        let part = ServerFrame::Part { n, offset, total, bytes }.to_bytes();
        assert_eq!(client.handle(NOW, &mut Seeded(1), ClientInput::Frame(part)), Err(ClientRefused::OutOfTurn));
        assert!(!client.is_open());
    }
    let mut client = open();
    let silent = client.deadline().map(|_| NOW.plus_ms(protocol::limits::SIGNALING_ANSWER_TIMEOUT_MS));
    client.handle(silent.unwrap(), &mut Seeded(1), ClientInput::Tick).unwrap();
    assert!(!client.is_open(), "an answer that never comes ends the connection");
}

#[test]
fn a_server_that_ends_every_session_is_asked_less_and_less_often() {
    let mut client = ClientSession::new(SessionKind::Door, samples::device(1));
    let rng = &mut Seeded(5);
    let (mut now, mut pauses) = (NOW, Vec::new());
    client.handle(now, rng, ClientInput::Start).unwrap();
    for _ in 0..12 {
        client.handle(now, rng, ClientInput::Connected { exporter: EXPORTER }).unwrap();
        for frame in &samples::server_frames()[..2] {
            client.handle(now, rng, ClientInput::Frame(frame.to_bytes())).unwrap();
        }
        let close = ServerFrame::Close { code: CloseCode::Flood };
        client.handle(now, rng, ClientInput::Frame(close.to_bytes())).unwrap();
        let until = client.deadline().unwrap();
        pauses.push(until.since(now));
        now = until;
        client.handle(now, rng, ClientInput::Tick).unwrap();
    }
    assert!(pauses[0] <= 500 && pauses[11] >= 10_000 && pauses.iter().all(|pause| *pause <= 20_000), "{pauses:?}");
    // A revoked device stays away.
    client.handle(now, rng, ClientInput::Connected { exporter: EXPORTER }).unwrap();
    let close = ServerFrame::Close { code: CloseCode::Revoked };
    client.handle(now, rng, ClientInput::Frame(close.to_bytes())).unwrap();
    assert_eq!(client.deadline(), None);
    assert!(
        std::iter::from_fn(|| client.poll()).any(|output| matches!(output, ClientOutput::Ended(CloseCode::Revoked)))
    );
}
