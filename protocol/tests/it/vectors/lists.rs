//! Vectors that list one of each: what is written today is what was committed, and what was committed is read as what it was.

use std::collections::BTreeSet;

use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use blake3::hazmat::{Mode, merge_subtrees_root};
use minicbor::{Decode, Encode};
use protocol::audit::{AuditEntry, AuditEvent, Party, SealedParty};
use protocol::codec;
use protocol::enrollment::{Begin, Begun, Finish, Finished, Providers, SignIn, SignInBegun};
use protocol::envelope::EnvelopeBody;
use protocol::ids::{Hash32, MemberId};
use protocol::lane::{ApplicationBody, LaneAck, LaneEntry};
use protocol::limits::FILE_PIECE_BYTES;
use protocol::link::LinkFrame;
use protocol::message::FileOffer;
use protocol::organization::OrganizationDocument;
use protocol::policy::{PolicyDocument, PolicyLayers};
use protocol::signaling::message::{ClientFrame, ServerFrame};
use protocol::signed::{self, Unverified};
use protocol::tlog::{ForkEvidence, LogBatch, leaf_hash};
use serde_json::{Value, json};

use super::super::examples;
use super::super::samples::{self, NOW, ORIGIN, file, office, peer};
use super::{array, bytes, committed, hex, holds};

/// Each of a list with its bytes.
fn listed<T: Encode<()>>(values: &[T], mut about: impl FnMut(&T) -> Value) -> Vec<Value> {
    let with_bytes = |value: &T| {
        let mut item = about(value);
        item["bytes"] = hex(codec::encode(value)).into();
        item
    };
    values.iter().map(with_bytes).collect()
}

fn read<T: for<'b> Decode<'b, ()>>(vector: &Value, list: &str) -> Vec<T> {
    let items = vector[list].as_array().unwrap_or_else(|| panic!("{list} is a list"));
    items.iter().map(|item| codec::decode(&bytes(item, "bytes")).unwrap()).collect()
}

#[test]
fn audit_vector() {
    let (events, entries, key) = (office::audit_events(), office::audit_entries(), office::party_key());
    let party = |sealed: &SealedParty| hex(codec::encode(&sealed.open(&key).unwrap()));
    let about = |entry: &AuditEntry| {
        json!({
            "time_ms": entry.at.as_millis(),
            "what": entry.event,
            "subject": entry.subject.as_ref().map(party),
            "actor": party(&entry.actor),
            "leaf_hash": leaf_hash(&codec::encode(entry)).to_string(),
        })
    };
    holds(
        "audit.json",
        &json!({
            "party_key": hex(key.expose()),
            "parties": listed(&office::parties(), |_| json!({})),
            "events": listed(&events, |event| json!({ "number": office::audit_number(event), "what": event })),
            "entries": listed(&entries, about),
        }),
    );
    let vector = committed("audit.json");
    assert_eq!(read::<AuditEvent>(&vector, "events"), events);
    assert_eq!(read::<AuditEntry>(&vector, "entries"), entries);
    assert_eq!(read::<Party>(&vector, "parties"), office::parties());
    let numbers: BTreeSet<u32> = events.iter().map(office::audit_number).collect();
    assert_eq!(
        numbers,
        (0..=27).chain(30..=34).chain(40..=43).chain(50..=51).chain(70..=82).collect(),
        "an event without a vector, or a number that is new"
    );
    for (event, listed) in events.iter().zip(vector["events"].as_array().unwrap()) {
        // [number, [fields]]
        let encoded = bytes(listed, "bytes");
        assert_eq!(minicbor::Decoder::new(&encoded[1..]).u32().unwrap(), office::audit_number(event));
    }
}

/// The seal from its primitives: another implementation has nothing else.
#[test]
fn sealed_party_of_the_audit_vector() {
    let key = array::<32>(&committed("audit.json"), "party_key");
    for entry in read::<AuditEntry>(&committed("audit.json"), "entries") {
        let payload = Payload { msg: &entry.actor.ciphertext, aad: &entry.actor.pseudonym };
        let plain = Aes256Gcm::new(&key.into()).decrypt(Nonce::from_slice(&entry.actor.nonce), payload).unwrap();
        let party = codec::encode(&entry.actor.open(&key.into()).unwrap());
        assert_eq!((plain.len(), &plain[..party.len()]), (32, &party[..]));
        assert!(plain[party.len()..].iter().all(|byte| *byte == 0));
    }
}

#[test]
fn enrollment_vector() {
    let named = |rule: &'static str, bytes: Vec<u8>| json!({ "rule": rule, "bytes": hex(bytes) });
    let mut documents: Vec<_> = office::begins().iter().map(|begin| named("begin", codec::encode(begin))).collect();
    documents.push(named("providers", codec::encode(&office::providers())));
    documents.extend(office::sign_ins().iter().map(|sign_in| named("sign-in", codec::encode(sign_in))));
    documents.extend(office::sign_ins_begun().iter().map(|begun| named("sign-in-begun", codec::encode(begun))));
    documents.extend(office::begun().iter().map(|begun| named("begun", codec::encode(begun))));
    documents.push(named("finish", codec::encode(&office::finish())));
    documents.push(named("finished", codec::encode(&office::finished())));
    holds("enrollment.json", &json!({ "documents": documents }));
    for document in committed("enrollment.json")["documents"].as_array().unwrap() {
        let bytes = bytes(document, "bytes");
        let again = match document["rule"].as_str().unwrap() {
            "begin" => codec::encode(&codec::decode::<Begin>(&bytes).unwrap()),
            "providers" => codec::encode(&codec::decode::<Providers>(&bytes).unwrap()),
            "sign-in" => codec::encode(&codec::decode::<SignIn>(&bytes).unwrap()),
            "sign-in-begun" => codec::encode(&codec::decode::<SignInBegun>(&bytes).unwrap()),
            "begun" => codec::encode(&codec::decode::<Begun>(&bytes).unwrap()),
            "finish" => codec::encode(&codec::decode::<Finish>(&bytes).unwrap()),
            "finished" => codec::encode(&codec::decode::<Finished>(&bytes).unwrap()),
            rule => panic!("no such document: {rule}"),
        };
        assert_eq!(again, bytes);
    }
}

#[test]
fn documents_vector() {
    let (root, directory) = (samples::key(100), samples::directory());
    let signed_policies = office::policies().iter().map(|policy| hex(signed::sign(policy, &directory))).collect();
    let signed =
        |policies: Vec<String>| policies.into_iter().map(|bytes| json!({ "bytes": bytes })).collect::<Vec<_>>();
    holds(
        "documents.json",
        &json!({
            "root_private": hex(root.to_bytes()),
            "directory_private": hex(directory.to_bytes()),
            "time_ms": NOW.as_millis(),
            "tls_key_hash": office::tls_keys().spki_sha256[0].to_string(),
            "organization": listed(&office::organization_documents(), |_| json!({})),
            "policy": listed(&office::policies(), |_| json!({})),
            "policy_layers": listed(&[office::policy_layers_answer()], |_| json!({})),
            "policy_signed": signed(signed_policies),
            "log_batch": listed(&[office::log_batch()], |_| json!({})),
            "fork_evidence": listed(&office::fork_evidence(), |_| json!({})),
        }),
    );
    let vector = committed("documents.json");
    assert_eq!(read::<LogBatch>(&vector, "log_batch"), [office::log_batch()]);
    for document in read::<OrganizationDocument>(&vector, "organization") {
        let spki = office::tls_keys().spki_sha256[0];
        let trusted = document.verify(samples::organization(), spki, NOW).unwrap();
        assert_eq!(trusted.directory_key, directory.verifying_key());
    }
    for evidence in read::<ForkEvidence>(&vector, "fork_evidence") {
        assert_eq!(evidence.verify(ORIGIN, &directory.verifying_key().into()), Ok(()));
    }
    assert_eq!(read::<PolicyDocument>(&vector, "policy"), office::policies());
    let (layered, reader) = (office::policies().pop().expect("layers"), MemberId::from_bytes([3; 16]));
    let layers = bytes(&vector["policy_layers"][0], "bytes");
    assert_eq!(PolicyLayers::read(&layers, &layered, reader).map(|layers| layers.len()), Ok(2));
    for (policy, item) in office::policies().into_iter().zip(vector["policy_signed"].as_array().unwrap()) {
        let read = Unverified::<PolicyDocument>::from_bytes(bytes(item, "bytes")).verify(&directory.verifying_key());
        assert_eq!(read, Ok(policy));
    }
}

#[test]
fn envelope_bodies_vector() {
    let bodies = peer::envelope_bodies();
    holds("envelope-bodies.json", &json!({ "bodies": listed(&bodies, |body| json!({ "kind": format!("{body:?}") })) }));
    assert_eq!(read::<EnvelopeBody>(&committed("envelope-bodies.json"), "bodies"), bodies);
}

#[test]
fn link_frames_vector() {
    let frames = peer::link_frames();
    holds("link-frames.json", &json!({ "frames": listed(&frames, |frame| json!({ "kind": frame.name() })) }));
    let vector = committed("link-frames.json");
    for (frame, item) in frames.iter().zip(vector["frames"].as_array().unwrap()) {
        assert_eq!(LinkFrame::from_bytes(&bytes(item, "bytes")).as_ref(), Ok(frame));
    }
}

/// A later version may add an element at the end: it is passed over.
#[test]
fn a_longer_frame_of_a_later_version_is_read() {
    for frame in peer::link_frames() {
        // [kind, [fields]], both heads in one byte; the kind is one byte below 24.
        let mut longer = frame.to_bytes();
        longer[2] += 1;
        longer.push(0xf5);
        let fills_a_field = matches!(frame, LinkFrame::LaneReset { known_generation: None, .. });
        assert_eq!(LinkFrame::from_bytes(&longer).is_ok(), !fills_a_field, "{frame:?}");
    }
}

#[test]
fn lane_vector() {
    let (entries, bodies, ack) = (peer::lane_entries(), peer::application_bodies(), peer::lane_ack());
    let members = [1, 2].map(|n| samples::certificate_body(n).member.to_string());
    let about = |body: &ApplicationBody| json!({ "padded": hex(body.to_padded()) });
    holds(
        "lane.json",
        &json!({
            "members": members,
            "conversation": peer::conversation().to_string(),
            "device": peer::lane().device.to_string(),
            "generation": peer::lane().generation,
            "entries": listed(&entries, |entry| json!({ "seq": entry.seq, "hash": entry.hash().to_string() })),
            "ack": hex(codec::encode(&ack)),
            "bodies": listed(&bodies, about),
        }),
    );
    let vector = committed("lane.json");
    assert_eq!(read::<LaneEntry>(&vector, "entries"), entries);
    assert_eq!(codec::decode::<LaneAck>(&bytes(&vector, "ack")), Ok(ack));
    assert_eq!(read::<ApplicationBody>(&vector, "bodies"), bodies);
    for (body, item) in bodies.into_iter().zip(vector["bodies"].as_array().unwrap()) {
        assert_eq!(ApplicationBody::from_padded(&bytes(item, "padded")), Ok(body));
    }
}

#[test]
fn file_vector() {
    let offer = peer::file_offer();
    let pieces = [0, 1].map(|index| {
        let (payload, sealed) = (file::payload(index), file::sealed_piece(index));
        json!({
            "index": index,
            "siblings": [hex(&payload[..32])],
            "payload_sha256": Hash32::sha256(&payload).to_string(),
            "sealed_sha256": Hash32::sha256(&sealed).to_string(),
        })
    });
    holds(
        "file.json",
        &json!({
            "content": "byte i is the low byte of i / 256 + i",
            "content_bytes": file::CONTENT_BYTES,
            "root": offer.root.to_string(),
            "file_key": hex(offer.key),
            "offer": hex(codec::encode(&offer)),
            "transfer": peer::TRANSFER.to_string(),
            "holder": samples::device_id(1).to_string(),
            "receiver": samples::device_id(2).to_string(),
            "transfer_key": hex(file::transfer_key()),
            "pieces": pieces,
            "last_piece_sealed": hex(file::sealed_piece(1)),
        }),
    );
    let vector = committed("file.json");
    assert_eq!(codec::decode::<FileOffer>(&bytes(&vector, "offer")), Ok(offer));
    let last = file::opened_piece(1, &bytes(&vector, "last_piece_sealed"));
    assert_eq!(last[32..], file::content()[FILE_PIECE_BYTES..]);
    let [of_first, of_last] = [0, 1].map(|index| file::payload(index)[..32].try_into().unwrap());
    let root = merge_subtrees_root(&of_last, &of_first, Mode::Hash);
    assert_eq!(vector["root"], root.to_hex().as_str(), "each one's sibling is the other");
}

/// The other direction of what `signaling.json` holds.
#[test]
fn signaling_frames_of_the_vector_are_read() {
    let vector = committed("signaling.json");
    let listed =
        |list: &str| vector[list].as_array().unwrap().iter().map(|item| bytes(item, "bytes")).collect::<Vec<_>>();
    let client: Result<Vec<_>, _> =
        listed("client_frames").iter().map(|bytes| ClientFrame::from_bytes(bytes)).collect();
    let server: Result<Vec<_>, _> =
        listed("server_frames").iter().map(|bytes| ServerFrame::from_bytes(bytes)).collect();
    assert_eq!((client, server), (Ok(examples::signaling_frames().0), Ok(examples::signaling_frames().1)));
}
