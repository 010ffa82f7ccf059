//! Two peer machines on a virtual network: they meet, collide, lose each other and find each other again.

use super::*;
use proptest::prelude::*;
use rand_core::SeedableRng as _;

type Rng = rand_chacha::ChaCha12Rng;

fn device(n: u8) -> DeviceId {
    DeviceId::from_bytes([n; 16])
}

fn drain(peer: &mut Peer) -> Vec<Output> {
    std::iter::from_fn(|| peer.poll()).collect()
}

const NOW: Timestamp = Timestamp::from_millis(1_000_000);

#[test]
fn a_stranger_gets_no_answer_to_an_offer() {
    let mut rng = Rng::seed_from_u64(1);
    for relation in [Relation::Stranger, Relation::Contacting, Relation::Asked, Relation::Refused, Relation::Blocked] {
        let mut peer = Peer::new(device(1), device(2), relation);
        peer.handle(NOW, &mut rng, Input::Offered(LinkId::from_bytes([9; 16])));
        assert_eq!(drain(&mut peer), [], "{relation:?}");
    }
}

#[test]
fn revocation_closes_the_link_and_nothing_opens_it_again() {
    let mut rng = Rng::seed_from_u64(1);
    let mut peer = Peer::new(device(1), device(2), Relation::Accepted);
    let link = LinkId::from_bytes([9; 16]);
    peer.handle(NOW, &mut rng, Input::SignalingUp);
    peer.handle(NOW, &mut rng, Input::Offered(link));
    peer.handle(NOW, &mut rng, Input::LinkOpened(link));
    drain(&mut peer);
    peer.handle(NOW, &mut rng, Input::Revoked);
    let outputs = drain(&mut peer);
    assert!(outputs.contains(&Output::CloseLink(link)), "{outputs:?}");
    assert!(outputs.contains(&Output::Relation(Relation::Revoked)));
    for input in [Input::Want, Input::Offered(LinkId::from_bytes([8; 16])), Input::Contacted(AutoDecision::Accept)] {
        peer.handle(NOW, &mut rng, input);
        assert_eq!(drain(&mut peer), [], "{input:?}");
    }
}

#[test]
fn an_old_link_stays_until_the_new_one_is_open() {
    let mut rng = Rng::seed_from_u64(1);
    let mut peer = Peer::new(device(1), device(2), Relation::Accepted);
    let (old, new) = (LinkId::from_bytes([8; 16]), LinkId::from_bytes([9; 16]));
    peer.handle(NOW, &mut rng, Input::Offered(old));
    peer.handle(NOW, &mut rng, Input::LinkOpened(old));
    peer.handle(NOW, &mut rng, Input::Offered(new));
    assert!(!drain(&mut peer).contains(&Output::CloseLink(old)));
    peer.handle(NOW, &mut rng, Input::LinkOpened(new));
    assert!(drain(&mut peer).contains(&Output::CloseLink(old)));
    peer.handle(NOW, &mut rng, Input::LinkClosed(old));
    assert_eq!(peer.link_state(), LinkState::Open);
}

/// What one side put into the other's mailbox.
#[derive(Debug, Clone, Copy)]
enum Mail {
    Contact,
    Accept,
    Announce(AnnounceReason),
    Offer(LinkId),
    Answer(LinkId),
}

struct Pair {
    peers: [Peer; 2],
    mail: [Vec<Mail>; 2],
    now: Timestamp,
    rng: Rng,
    answered: [Option<LinkId>; 2],
}

impl Pair {
    fn new(seed: u64) -> Self {
        let peers =
            [Peer::new(device(1), device(2), Relation::Stranger), Peer::new(device(2), device(1), Relation::Stranger)];
        Self { peers, mail: [vec![], vec![]], now: NOW, rng: Rng::seed_from_u64(seed), answered: [None, None] }
    }

    fn give(&mut self, side: usize, input: Input) {
        self.peers[side].handle(self.now, &mut self.rng, input);
        for output in drain(&mut self.peers[side]) {
            let mail = match output {
                Output::PutContact => Mail::Contact,
                Output::PutAccept => Mail::Accept,
                Output::PutAnnounce(reason) => Mail::Announce(reason),
                Output::MakeOffer(link) => Mail::Offer(link),
                Output::MakeAnswer(link) => {
                    self.answered[side] = Some(link);
                    Mail::Answer(link)
                }
                Output::UseAnswer(link) => {
                    if self.answered[1 - side] == Some(link) {
                        self.give(side, Input::LinkOpened(link));
                        self.give(1 - side, Input::LinkOpened(link));
                    }
                    continue;
                }
                Output::DropSetup(link) => {
                    if self.answered[side] == Some(link) {
                        self.answered[side] = None;
                    }
                    continue;
                }
                Output::CloseLink(link) => {
                    self.give(1 - side, Input::LinkClosed(link));
                    continue;
                }
                Output::Probe | Output::Relation(_) | Output::AskPerson | Output::LinkState(_) => continue,
            };
            self.mail[1 - side].push(mail);
        }
    }

    fn deliver(&mut self, side: usize) {
        for mail in std::mem::take(&mut self.mail[side]) {
            let input = match mail {
                Mail::Contact => Input::Contacted(AutoDecision::Accept),
                Mail::Accept => Input::Accepted,
                Mail::Announce(reason) => Input::Announced(reason),
                Mail::Offer(link) => Input::Offered(link),
                Mail::Answer(link) => Input::Answered(link),
            };
            self.give(side, input);
        }
    }

    fn advance(&mut self, ms: u64) {
        self.now = self.now.plus_ms(ms);
        self.give(0, Input::Tick);
        self.give(1, Input::Tick);
    }
}

proptest! {
    /// Whatever is lost on the way, both end on one and the same open link once the network holds.
    #[test]
    fn both_find_each_other_whatever_is_lost(seed: u64, steps in proptest::collection::vec((0u8..8, 0usize..2), 0..60)) {
        let mut pair = Pair::new(seed);
        for (step, side) in steps {
            match step {
                0 => pair.give(side, Input::Want),
                1 => pair.give(side, Input::SignalingUp),
                2 => pair.give(side, Input::SignalingDown),
                3 => pair.mail[side].clear(),
                4 => if let Some(link) = pair.peers[side].open_link() {
                    pair.give(0, Input::LinkClosed(link));
                    pair.give(1, Input::LinkClosed(link));
                },
                5 => pair.give(side, Input::Gone),
                6 => pair.advance(5_000),
                _ => pair.deliver(side),
            }
        }
        for side in [0, 1] {
            pair.give(side, Input::SignalingUp);
            pair.give(side, Input::Want);
        }
        for _ in 0..2_000 {
            pair.deliver(0);
            pair.deliver(1);
            pair.advance(1_000);
            if pair.peers[0].open_link().is_some() && pair.peers[0].open_link() == pair.peers[1].open_link() {
                break;
            }
        }
        prop_assert!(pair.peers[0].open_link().is_some());
        prop_assert_eq!(pair.peers[0].open_link(), pair.peers[1].open_link());
    }
}
