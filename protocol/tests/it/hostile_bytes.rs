//! Every parser of the wire against any bytes: noise, and valid samples with damage. Nothing panics, nothing that was refused
//! leaves a trace, and what is accepted means the same when it is written again. Bounded; runs on stable as an ordinary test.

use std::time::Duration;

use hpke_rs::hpke_types::{AeadAlgorithm, KdfAlgorithm, KemAlgorithm};
use hpke_rs::rustcrypto::HpkeRustCrypto;
use hpke_rs::{Hpke, HpkePublicKey, Mode};
use protocol::audit::{AuditEntry, AuditEvent, Party, SealedParty};
use protocol::certificate::{self, DeviceCertificate};
use protocol::codec;
use protocol::directory::{DirectorySnapshot, FrontDoor};
use protocol::enrollment::{Begin, Begun, Credential, Finish, Finished, IdentityStep, ProvenLeaf};
use protocol::envelope::{self, AnnounceReason, EnvelopeBody, Recipient};
use protocol::ids::{Address, ConversationId, DeviceId, FileId, Hash32, LaneId, LinkId, MessageId, TransferId};
use protocol::keys;
use protocol::lane::{ApplicationBody, EntryKind, FileOffer, HybridClock, LaneEntry, MessageBody};
use protocol::link::LinkFrame;
use protocol::organization::{DirectoryKey, EnrollmentLink, OrganizationDocument, TlsKeys};
use protocol::policy::{Policy, PolicyDocument};
use protocol::signaling::message::{ClientFrame, LeafBytes, ServerFrame};
use protocol::signed::{self, Unverified};
use protocol::time::Timestamp;
use protocol::tlog::{ForkEvidence, Leaf, LogBatch, PrefixProof, SignedCheckpoint};

use super::samples::{self, NOW, ORIGIN};

const ITERATIONS: usize = 3_000;
const TEST_TIME: Duration = Duration::from_secs(5);
const NOISE_BYTES_MAX: usize = 1_024;

/// One damage to a valid sample.
#[derive(Debug, Clone, Copy, bolero::TypeGenerator)]
enum Damage {
    Set {
        at: u16,
        byte: u8,
    },
    Insert {
        at: u16,
        byte: u8,
    },
    Remove {
        at: u16,
    },
    Cut {
        at: u16,
    },
    /// Writes a CBOR head that claims an enormous length.
    Claim {
        at: u16,
        major: u8,
    },
}

fn damaged(sample: &[u8], damages: &[Damage]) -> Vec<u8> {
    let mut bytes = sample.to_vec();
    for damage in damages.iter().take(8) {
        let (Damage::Set { at, .. }
        | Damage::Insert { at, .. }
        | Damage::Remove { at }
        | Damage::Cut { at }
        | Damage::Claim { at, .. }) = *damage;
        let at = usize::from(at) % bytes.len().max(1);
        match *damage {
            _ if bytes.is_empty() => {}
            Damage::Set { byte, .. } => bytes[at] = byte,
            Damage::Insert { byte, .. } => bytes.insert(at, byte),
            Damage::Remove { .. } => drop(bytes.remove(at)),
            Damage::Cut { .. } => bytes.truncate(at),
            Damage::Claim { major, .. } => {
                let head = [(major << 5) | 27, 0x0f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
                bytes.splice(at..at, head);
            }
        }
    }
    bytes
}

/// `parse` must accept every sample, and must come through noise and damage.
fn attack(samples: &[Vec<u8>], parse: impl Fn(&[u8]) -> bool + std::panic::RefUnwindSafe) {
    for sample in samples {
        assert!(parse(sample), "a valid sample is refused");
    }
    bolero::check!().with_iterations(ITERATIONS).with_test_time(TEST_TIME).with_max_len(NOISE_BYTES_MAX).for_each(
        |noise: &[u8]| {
            parse(noise);
        },
    );
    bolero::check!().with_iterations(ITERATIONS).with_test_time(TEST_TIME).with_type::<(u8, Vec<Damage>)>().for_each(
        |(which, damages)| {
            parse(&damaged(&samples[usize::from(*which) % samples.len()], damages));
        },
    );
}

/// Accepted bytes, written again and read again, are the same document.
fn comes_back<T: PartialEq, E>(
    read: Result<T, E>,
    write: impl Fn(&T) -> Vec<u8>,
    again: impl Fn(&[u8]) -> Option<T>,
) -> bool {
    match read {
        Ok(value) => {
            assert!(again(&write(&value)).is_some_and(|same| same == value));
            true
        }
        Err(_) => false,
    }
}

fn decodes<T>(bytes: &[u8]) -> bool
where
    T: PartialEq + minicbor::Encode<()> + for<'b> minicbor::Decode<'b, ()>,
{
    comes_back(codec::decode::<T>(bytes), codec::encode, |bytes| codec::decode(bytes).ok())
}

#[test]
fn client_frames() {
    let samples: Vec<_> = samples::client_frames().iter().map(ClientFrame::to_bytes).collect();
    attack(&samples, |bytes| {
        comes_back(ClientFrame::from_bytes(bytes), ClientFrame::to_bytes, |bytes| ClientFrame::from_bytes(bytes).ok())
    });
}

#[test]
fn server_frames() {
    let samples: Vec<_> = samples::server_frames().iter().map(ServerFrame::to_bytes).collect();
    attack(&samples, |bytes| {
        comes_back(ServerFrame::from_bytes(bytes), ServerFrame::to_bytes, |bytes| ServerFrame::from_bytes(bytes).ok())
    });
}

#[test]
fn certificates() {
    let (genuine, issued) = samples::certificate(1);
    let key = samples::directory().verifying_key();
    attack(std::slice::from_ref(&genuine), |bytes| {
        let read = Unverified::<DeviceCertificate>::from_bytes(bytes).verify(samples::organization(), &key);
        // Whatever else verifies says the same thing: nobody can change a certificate and keep its signatures.
        read.is_ok_and(|read| {
            assert_eq!(read.body(), issued.body());
            true
        })
    });
}

#[test]
fn certificate_requests() {
    attack(&[samples::certificate_request(1)], |bytes| {
        certificate::verify_request(bytes).is_ok_and(|body| {
            assert_eq!(body, samples::certificate_body(1));
            true
        })
    });
}

#[test]
fn checkpoints_and_notes() {
    let genuine = samples::checkpoint();
    let key = samples::directory().verifying_key();
    attack(&[genuine.note().to_vec()], |bytes| {
        Unverified::<SignedCheckpoint>::from_bytes(bytes).verify(ORIGIN, &key).is_ok_and(|read| {
            assert_eq!(read.checkpoint(), genuine.checkpoint());
            true
        })
    });
}

#[test]
fn leaves_batches_and_evidence() {
    let samples: Vec<_> = samples::leaves().iter().map(Leaf::to_bytes).collect();
    attack(&samples, |bytes| {
        Leaf::from_bytes(bytes).is_ok_and(|leaf| {
            assert_eq!(leaf.to_bytes(), bytes, "a leaf has one encoding");
            true
        })
    });
    let leaves = samples.into_iter().map(LeafBytes).collect();
    let batch = LogBatch { checkpoint: samples::checkpoint().note().to_vec(), first: 3, leaves };
    attack(&[batch.to_bytes()], |bytes| {
        comes_back(LogBatch::from_bytes(bytes), LogBatch::to_bytes, |bytes| LogBatch::from_bytes(bytes).ok())
    });
    let note = samples::checkpoint().note().to_vec();
    let hash = Hash32::from_bytes([9; 32]);
    let prefix = Some(PrefixProof { root: hash, hashes: vec![hash; 4] });
    let key = samples::directory().verifying_key();
    attack(&[codec::encode(&ForkEvidence { a: note.clone(), b: note, prefix })], |bytes| {
        codec::decode::<ForkEvidence>(bytes).is_ok_and(|evidence| {
            assert!(evidence.verify(ORIGIN, &key).is_err(), "one history is no fork");
            true
        })
    });
}

#[test]
fn policies_and_snapshots() {
    let key = samples::directory();
    let policy = PolicyDocument { version: 3, issued: NOW, policy: Policy::default() };
    attack(&[signed::sign(&policy, &key)], |bytes| {
        Unverified::<PolicyDocument>::from_bytes(bytes).verify(&key.verifying_key()).is_ok_and(|read| {
            assert_eq!(read, policy);
            true
        })
    });
    attack(&[codec::encode(&policy)], decodes::<PolicyDocument>);
    let entry = protocol::directory::DirectoryEntry {
        member: samples::certificate_body(1).member,
        login: "notary03".into(),
        name: "Notary 03".into(),
        devices: vec![protocol::directory::DeviceEntry {
            certificate: samples::certificate(1).0,
            envelope_key: samples::envelope_keys(1).public().clone(),
            front_door: FrontDoor { address: Address::from_bytes([1; 16]), capability: [2; 32] },
        }],
    };
    let snapshot = DirectorySnapshot { version: 1, issued: NOW, entries: vec![entry.clone(), entry] };
    attack(&[codec::encode(&snapshot)], decodes::<DirectorySnapshot>);
}

#[test]
fn organization_documents_and_enrollment_links() {
    let root = samples::key(100);
    let directory = samples::directory();
    let directory_key = DirectoryKey {
        serial: 1,
        key: directory.verifying_key().to_bytes(),
        not_before: Timestamp::ZERO,
        not_after: Timestamp::from_millis(30_000_000_000),
    };
    let spki = Hash32::sha256(b"spki");
    let tls_keys = TlsKeys { spki_sha256: vec![spki], not_after: Timestamp::from_millis(20_000_000_000) };
    let signed_key = signed::sign(&directory_key, &root);
    let document = OrganizationDocument::new(&root.verifying_key(), signed_key, &tls_keys, &directory, 0);
    attack(&[codec::encode(&document)], |bytes| {
        OrganizationDocument::from_bytes(bytes)
            .map_err(drop)
            .and_then(|read| read.verify(samples::organization(), spki, Timestamp::from_millis(1_000)).map_err(drop))
            .is_ok_and(|trusted| {
                assert_eq!(trusted.directory_key, directory.verifying_key());
                true
            })
    });
    let fingerprint = samples::organization();
    let links = [
        format!("https://isoloir.example:8443/#{fingerprint}.ABCD-EFGH"),
        format!("https://[2001:db8::1]:443/#{fingerprint}"),
    ];
    attack(&links.map(String::into_bytes), |bytes| {
        let Ok(text) = std::str::from_utf8(bytes) else { return false };
        text.parse::<EnrollmentLink>().is_ok_and(|link| {
            let again = link.to_text().expose().parse::<EnrollmentLink>().expect("a link of ours is a link");
            assert_eq!((again.fingerprint, again.port), (link.fingerprint, link.port));
            true
        })
    });
}

/// Written, read, and written again: the same bytes. For documents whose secrets are not to be compared.
fn writes_the_same<T: minicbor::Encode<()> + for<'b> minicbor::Decode<'b, ()>>(bytes: &[u8]) -> bool {
    codec::decode::<T>(bytes).is_ok_and(|value| {
        let written = codec::encode(&value);
        assert!(codec::decode::<T>(&written).is_ok_and(|again| codec::encode(&again) == written));
        true
    })
}

#[test]
fn enrollment_requests_and_answers() {
    let front_door = FrontDoor { address: Address::from_bytes([1; 16]), capability: [2; 32] };
    let password = Credential::Password { login: "notary03".into(), password: "canary".to_owned().into() };
    let code = Credential::Code { code: "ABCD-EFGH".to_owned().into() };
    let begin = [password, code].map(|credential| Begin { credential, device: samples::device_id(1) });
    attack(&begin.map(|begin| codec::encode(&begin)), writes_the_same::<Begin>);
    let begun = Begun {
        ticket: [3; 32].into(),
        member: samples::certificate_body(1).member,
        login: "notary03".into(),
        name: "Notary 03".into(),
        identity: IdentityStep::First,
    };
    attack(&[codec::encode(&begun)], writes_the_same::<Begun>);
    let finish = Finish {
        ticket: [3; 32].into(),
        request: samples::certificate_request(1),
        envelope_key: samples::envelope_keys(1).public().as_bytes().to_vec(),
        front_door,
    };
    attack(&[codec::encode(&finish)], writes_the_same::<Finish>);
    let leaf = samples::leaves()[0].to_bytes();
    let finished = Finished {
        certificate: samples::certificate(1).0,
        leaves: vec![ProvenLeaf { index: 0, leaf, proof: vec![Hash32::from_bytes([1; 32])] }],
        checkpoint: samples::checkpoint().note().to_vec(),
    };
    attack(&[codec::encode(&finished)], decodes::<Finished>);
}

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

#[test]
fn audit_entries() {
    let mut rng = samples::Seeded(1);
    let actor = SealedParty::seal(&Party::Server, [1; 16], &[2; 32].into(), &mut rng);
    let entry = AuditEntry { at: NOW, event: AuditEvent::ServerStarted { version: (1, 2, 3) }, subject: None, actor };
    attack(&[codec::encode(&entry)], |bytes| {
        codec::decode::<AuditEntry>(bytes).is_ok_and(|entry| {
            let _ = entry.actor.open(&[2; 32].into());
            true
        })
    });
}
