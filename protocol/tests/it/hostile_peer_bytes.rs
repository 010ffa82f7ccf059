//! Every parser of what two devices exchange, against any bytes, sealed ones included.

use hpke_rs::hpke_types::{AeadAlgorithm, KdfAlgorithm, KemAlgorithm};
use hpke_rs::rustcrypto::HpkeRustCrypto;
use hpke_rs::{Hpke, HpkePublicKey, Mode};
use protocol::codec;
use protocol::envelope::{self, AnnounceReason, EnvelopeBody, Recipient};
use protocol::ids::{Address, ConversationId, DeviceId, FileId, Hash32, LaneId, LinkId, MessageId, TransferId};
use protocol::keys;
use protocol::lane::{ApplicationBody, EntryKind, FileOffer, HybridClock, LaneEntry, MessageBody};
use protocol::link::LinkFrame;

use super::attack::{Damage, TEST_TIME, attack, comes_back, damaged, decodes};
use super::samples::{self, NOW};

#[test]
fn envelope_bodies() {
    let grant = envelope::AddressGrant { address: Address::from_bytes([1; 16]), capability: [2; 32] };
    let envelope_key = samples::envelope_keys(1).public().clone();
    let link = LinkId::from_bytes([3; 16]);
    let contact = protocol::ids::ContactId::from_bytes([4; 16]);
    let certificate = samples::certificate(1).0;
    let bodies = [
        EnvelopeBody::Contact {
            contact,
            certificate: certificate.clone(),
            envelope_key: envelope_key.clone(),
            reply: grant.clone(),
            card: Some(protocol::signed::sign(&samples::card(), &samples::directory())),
        },
        EnvelopeBody::Accept { contact, certificate, reply: grant },
        EnvelopeBody::Announce { reason: AnnounceReason::Online },
        EnvelopeBody::Offer { link, one_time_key: envelope_key, fingerprint: [5; 32], sdp: "v=0".to_owned().into() },
        EnvelopeBody::Answer {
            link,
            encapsulation: vec![6; 1_120],
            fingerprint: [7; 32],
            sdp: "v=0".to_owned().into(),
        },
    ];
    attack(&bodies.map(|body| codec::encode(&body)), decodes::<EnvelopeBody>);
}

/// What a sender who seals as he likes can do: any plaintext, under the right key and for the right address.
#[test]
fn plaintext_of_an_envelope() {
    let (device, address, keys) = (samples::device_id(2), Address::from_bytes([1; 16]), samples::envelope_keys(2));
    let to = Recipient { device, address, key: keys.public() };
    let body = EnvelopeBody::Announce { reason: AnnounceReason::Waiting };
    let genuine =
        envelope::seal(&body, to, samples::device_id(1), &samples::device_key(1), NOW.plus_ms(30_000)).unwrap();
    let plain_bytes = genuine.len() - keys::ENCAPSULATION_BYTES - 16;
    bolero::check!().with_iterations(500).with_test_time(TEST_TIME).with_type::<(u8, Vec<u8>)>().for_each(
        |(length, noise)| {
            // A plausible length, then a plausible map, then noise.
            let mut plain = vec![0, 0, 0, *length, 0xa4, 0x00, 0x50];
            plain.extend_from_slice(noise);
            plain.resize(plain_bytes, 0);
            let sealed = seal_raw(&plain, to);
            assert_eq!(sealed.len(), genuine.len());
            if let Ok(opened) = envelope::open(&sealed, device, address, &keys, NOW) {
                assert!(opened.verify(&samples::device_key(1).verifying_key()).is_err(), "nobody signed this");
            }
        },
    );
    let opened = envelope::open(&genuine, device, address, &keys, NOW).unwrap();
    assert_eq!(opened.verify(&samples::device_key(1).verifying_key()), Ok(body));
    bolero::check!().with_iterations(500).with_test_time(TEST_TIME).with_type::<Vec<Damage>>().for_each(|damages| {
        let bytes = damaged(&genuine, damages);
        assert!(bytes == genuine || envelope::open(&bytes, device, address, &keys, NOW).is_err());
    });
}

fn seal_raw(plain: &[u8], to: Recipient<'_>) -> Vec<u8> {
    let mut hpke = Hpke::<HpkeRustCrypto>::new(
        Mode::Base,
        KemAlgorithm::XWingDraft06,
        KdfAlgorithm::HkdfSha256,
        AeadAlgorithm::Aes256Gcm,
    );
    let public = HpkePublicKey::new(to.key.as_bytes().to_vec());
    let (encapsulation, mut context) = hpke.setup_sender(&public, b"isoloir envelope v1", None, None, None).unwrap();
    let associated = keys::transcript("isoloir envelope to v1", &[to.device.as_bytes(), to.address.as_bytes()]);
    [encapsulation, context.seal(&associated, plain).unwrap()].concat()
}

fn lane_entry() -> LaneEntry {
    let lane = LaneId {
        device: DeviceId::from_bytes([1; 16]),
        conversation: ConversationId::from_bytes([2; 16]),
        generation: 3,
    };
    LaneEntry { lane, seq: 4, kind: EntryKind::Application, bytes: vec![5; 300], previous: Hash32::from_bytes([6; 32]) }
}

#[test]
fn link_frames_and_lane_entries() {
    let entry = lane_entry();
    let transfer = TransferId::from_bytes([8; 16]);
    let frames = [
        LinkFrame::Ping { number: 1 },
        LinkFrame::Checkpoint { note: samples::checkpoint().note().to_vec() },
        LinkFrame::Leaves { from: 1, leaves: vec![vec![1, 2, 3].into()] },
        LinkFrame::KeyPackage { lane: entry.lane, bytes: vec![1; 100] },
        LinkFrame::LaneEntry(entry.clone()),
        LinkFrame::Seen { messages: vec![MessageId::from_bytes([1; 16]); 3] },
        LinkFrame::FilePiece { transfer, index: 1, sealed: vec![7; 500] },
        LinkFrame::Certificate { certificate: samples::certificate(1).0 },
    ];
    attack(&frames.map(|frame| frame.to_bytes()), |bytes| {
        comes_back(LinkFrame::from_bytes(bytes), LinkFrame::to_bytes, |bytes| LinkFrame::from_bytes(bytes).ok())
    });
    attack(&[codec::encode(&entry)], decodes::<LaneEntry>);
}

#[test]
fn application_bodies() {
    let offer = FileOffer {
        file: FileId::from_bytes([1; 16]),
        name: "minutes.pdf".into(),
        bytes: 10,
        media_type: "application/pdf".into(),
        root: Hash32::from_bytes([2; 32]),
        key: [3; 32],
    };
    let bodies = [MessageBody::Text { text: "hello".into() }, MessageBody::FileOffer(offer)];
    let samples = bodies.map(|body| {
        let body = ApplicationBody {
            conversation: ConversationId::from_bytes([1; 16]),
            message: MessageId::from_bytes([2; 16]),
            generation: 0,
            seq: 1,
            clock: HybridClock { ms: 5, count: 0 },
            heads: vec![MessageId::from_bytes([4; 16])],
            roster: Hash32::from_bytes([3; 32]),
            body,
        };
        body.to_padded()
    });
    attack(&samples, |bytes| {
        comes_back(ApplicationBody::from_padded(bytes), ApplicationBody::to_padded, |bytes| {
            ApplicationBody::from_padded(bytes).ok()
        })
    });
}
