//! The committed vectors of `spec/vectors/`: another implementation must come to the same bytes, and so must this one tomorrow.
//! After a wanted change: `ISOLOIR_WRITE_VECTORS=1 cargo test -p isoloir-protocol --test it vectors`, then read the difference.

mod lists;

use std::path::PathBuf;

use data_encoding::HEXLOWER;
use protocol::certificate::{self, DeviceCertificate};
use protocol::directory::{self, DirectoryUpdate, Group, List, Visibility};
use protocol::envelope::{self, AnnounceReason, EnvelopeBody, Recipient};
use protocol::ids::{Address, DeviceId, Hash32, LinkId};
use protocol::keys;
use protocol::link::{self, Channel, LinkContext, LinkKey, Role};
use protocol::signaling::message::SessionKind;
use protocol::signaling::proof;
use protocol::signed::{self, Unverified};
use protocol::time::Timestamp;
use protocol::tlog::{
    Checkpoint, Leaf, MerkleTree, SignedCheckpoint, VerifiedReset, check_consistency, check_inclusion, leaf_hash,
};
use serde_json::{Value, json};

use super::examples;
use super::samples::{self, NOW, ORIGIN};

const WRITE: &str = "ISOLOIR_WRITE_VECTORS";

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("spec/vectors").join(name)
}

fn committed(name: &str) -> Value {
    let text =
        std::fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("{name}: {error}; {WRITE}=1 writes it"));
    serde_json::from_str(&text).unwrap()
}

fn write(name: &str, vector: &Value) {
    std::fs::write(path(name), serde_json::to_string_pretty(vector).unwrap() + "\n").unwrap();
}

fn is_writing() -> bool {
    std::env::var_os(WRITE).is_some()
}

/// A construction without entropy: the committed vector is what the code makes now.
fn holds(name: &str, made: &Value) {
    if is_writing() {
        write(name, made);
    }
    assert_eq!(&committed(name), made, "{name} no longer holds; {WRITE}=1 writes it anew, if that is wanted");
}

fn hex(bytes: impl AsRef<[u8]>) -> String {
    HEXLOWER.encode(bytes.as_ref())
}

fn bytes(vector: &Value, field: &str) -> Vec<u8> {
    HEXLOWER.decode(vector[field].as_str().unwrap_or_else(|| panic!("{field} is hex")).as_bytes()).unwrap()
}

fn array<const N: usize>(vector: &Value, field: &str) -> [u8; N] {
    bytes(vector, field).try_into().unwrap()
}

#[test]
fn certificate_vector() {
    let (member, device, directory) = (samples::identity_key(1), samples::device_key(1), samples::directory());
    let body = samples::certificate_body(1);
    let request = certificate::request(&body, &member, &device);
    let (signed, issued) = certificate::countersign(&request, &directory).unwrap();
    holds(
        "certificate.json",
        &json!({
            "organization_root_public": hex(samples::key(100).verifying_key()),
            "organization": body.organization.to_string(),
            "member": body.member.to_string(),
            "device": body.device.to_string(),
            "identity_private": hex(member.to_bytes()),
            "device_private": hex(device.to_bytes()),
            "directory_private": hex(directory.to_bytes()),
            "not_before_ms": body.not_before.as_millis(),
            "not_after_ms": body.not_after.as_millis(),
            "envelope_key_hash": body.envelope_key_hash.to_string(),
            "body": hex(protocol::codec::encode(&body)),
            "request": hex(&request),
            "certificate": hex(&signed),
            "certificate_hash": issued.hash().to_string(),
        }),
    );
    let vector = committed("certificate.json");
    let read = Unverified::<DeviceCertificate>::from_bytes(bytes(&vector, "certificate"));
    let read = read.verify(samples::organization(), &directory.verifying_key()).unwrap();
    assert_eq!(read.body(), &body);
}

#[test]
fn checkpoint_vector() {
    let leaves = samples::leaves();
    let mut tree = MerkleTree::new();
    for leaf in &leaves {
        tree.append(&leaf.to_bytes());
    }
    let key = samples::directory();
    let (size, old_size, index) = (tree.size(), 5, 3);
    let signed = Checkpoint { origin: ORIGIN.into(), size, root: tree.root(), time: NOW }.sign(&key).unwrap();
    let inclusion = tree.inclusion(index, size).unwrap();
    let consistency = tree.consistency(old_size, size).unwrap();
    let hashes = |hashes: &[Hash32]| hashes.iter().map(ToString::to_string).collect::<Vec<_>>();
    holds(
        "checkpoint.json",
        &json!({
            "private": hex(key.to_bytes()),
            "public": hex(key.verifying_key()),
            "verifier_key": signed_note::new_ed25519_verifier_key(ORIGIN, &key.verifying_key()),
            "leaves": leaves.iter().map(|leaf| hex(leaf.to_bytes())).collect::<Vec<_>>(),
            "leaf_hashes": leaves.iter().map(|leaf| leaf_hash(&leaf.to_bytes()).to_string()).collect::<Vec<_>>(),
            "roots": (0..=size).map(|size| tree.root_at(size).unwrap().to_string()).collect::<Vec<_>>(),
            "inclusion": { "index": index, "size": size, "proof": hashes(&inclusion) },
            "consistency": { "old_size": old_size, "size": size, "proof": hashes(&consistency) },
            "note": String::from_utf8(signed.note().to_vec()).unwrap(),
        }),
    );
    let vector = committed("checkpoint.json");
    let note = vector["note"].as_str().unwrap().as_bytes();
    let read = Unverified::<SignedCheckpoint>::from_bytes(note).verify(ORIGIN, &key.verifying_key()).unwrap();
    let root = read.checkpoint().root;
    assert!(check_inclusion(&inclusion, index, leaf_hash(&leaves[3].to_bytes()), size, root));
    assert!(check_consistency(&consistency, old_size, tree.root_at(old_size).unwrap(), size, root));
}

#[test]
fn log_reset_vector() {
    let (root, reset) = (samples::key(100), samples::log_reset());
    let signed = reset.sign(&root);
    holds(
        "log-reset.json",
        &json!({
            "root_private": hex(root.to_bytes()),
            "organization": samples::organization().to_string(),
            "old_origin": reset.old_origin,
            "old_size": reset.old_size,
            "old_root": reset.old_root.to_string(),
            "new_origin": reset.new_origin,
            "reason": 0,
            "time_ms": reset.time.as_millis(),
            "newest_size": reset.newest.map(|end| end.size),
            "newest_root": reset.newest.map(|end| end.root.to_string()),
            "document": hex(protocol::codec::encode(&reset)),
            "signed": hex(&signed),
            "leaf": hex(Leaf::LogReset { document: Hash32::sha256(&signed) }.to_bytes()),
        }),
    );
    let committed = Unverified::<VerifiedReset>::from_bytes(bytes(&committed("log-reset.json"), "signed"));
    let read = committed.verify(samples::organization(), &root.verifying_key()).unwrap();
    assert_eq!(read.document(), &reset);
}

/// HPKE draws entropy, so the sealed bytes are committed and must open; what opens is compared.
#[test]
fn envelope_vector() {
    let (sender, recipient) = (samples::device_key(1), samples::envelope_keys(2));
    let (device, address) = (samples::device_id(2), Address::from_bytes([7; 16]));
    let body = EnvelopeBody::Announce { reason: AnnounceReason::Online };
    let expiry = NOW.plus_ms(30_000);
    if is_writing() {
        let to = Recipient { device, address, key: recipient.public() };
        let sealed = envelope::seal(&body, to, samples::device_id(1), &sender, expiry).unwrap();
        write(
            "envelope.json",
            &json!({
                "sender_device_private": hex(sender.to_bytes()),
                "sender_device": samples::device_id(1).to_string(),
                "recipient_device": device.to_string(),
                "recipient_seed": hex(recipient.seed().expose()),
                "recipient_public": hex(recipient.public().as_bytes()),
                "address": address.to_string(),
                "expiry_ms": expiry.as_millis(),
                "body": hex(protocol::codec::encode(&body)),
                "envelope": hex(&sealed),
                "envelope_hash": envelope::hash(&sealed).to_string(),
            }),
        );
    }
    let vector = committed("envelope.json");
    assert_eq!(array(&vector, "recipient_seed"), *recipient.seed().expose());
    assert_eq!(bytes(&vector, "recipient_public"), recipient.public().as_bytes());
    assert_eq!(bytes(&vector, "body"), protocol::codec::encode(&body));
    let sealed = bytes(&vector, "envelope");
    assert_eq!(vector["envelope_hash"], envelope::hash(&sealed).to_string());
    let opened = envelope::open(&sealed, device, address, &recipient, NOW).unwrap();
    let replayable_until = expiry.plus_ms(protocol::limits::CLOCK_SKEW_MS_MAX);
    assert_eq!((opened.claimed_sender(), opened.replayable_until()), (samples::device_id(1), replayable_until));
    assert_eq!(opened.verify(&sender.verifying_key()), Ok(body));
}

/// The encapsulation is committed and must decapsulate; the key schedule from there on has no entropy.
#[test]
fn link_key_vector() {
    let one_time = samples::envelope_keys(9);
    let context = LinkContext {
        link: LinkId::from_bytes([1; 16]),
        offerer: DeviceId::from_bytes([2; 16]),
        answerer: DeviceId::from_bytes([3; 16]),
        offerer_fingerprint: [4; 32],
        answerer_fingerprint: [5; 32],
        offer_envelope: Hash32::from_bytes([6; 32]),
        answer_envelope: Hash32::from_bytes([7; 32]),
    };
    let encapsulation = if is_writing() {
        link::encapsulate(one_time.public()).unwrap().0
    } else {
        bytes(&committed("link-key.json"), "encapsulation")
    };
    let secret = link::decapsulate(&encapsulation, &one_time).unwrap();
    let key = LinkKey::derive(&secret, &context);
    let mac = |role, channel| hex(key.auth_mac(role, channel));
    holds(
        "link-key.json",
        &json!({
            "one_time_seed": hex(one_time.seed().expose()),
            "one_time_public": hex(one_time.public().as_bytes()),
            "encapsulation": hex(&encapsulation),
            "secret": hex(secret.expose()),
            "link": context.link.to_string(),
            "offerer": context.offerer.to_string(),
            "answerer": context.answerer.to_string(),
            "offerer_fingerprint": hex(context.offerer_fingerprint),
            "answerer_fingerprint": hex(context.answerer_fingerprint),
            "offer_envelope_hash": context.offer_envelope.to_string(),
            "answer_envelope_hash": context.answer_envelope.to_string(),
            "link_key": hex(key.expose()),
            "mac_offerer_control": mac(Role::Offerer, Channel::Control),
            "mac_offerer_bulk": mac(Role::Offerer, Channel::Bulk),
            "mac_answerer_control": mac(Role::Answerer, Channel::Control),
            "mac_answerer_bulk": mac(Role::Answerer, Channel::Bulk),
        }),
    );
}

#[test]
fn signaling_vector() {
    let (device, address_key) = (samples::device_key(1), samples::key(200));
    let session = protocol::ids::SessionId::from_bytes([4; 16]);
    let address = Address::of_key(address_key.verifying_key().as_bytes());
    let put_key = keys::put_key(&[3; 32], address);
    let (client_frames, server_frames) = examples::signaling_frames();
    let frames = |frames: Vec<(&'static str, Vec<u8>)>| {
        frames.into_iter().map(|(name, bytes)| json!({ "kind": name, "bytes": hex(bytes) })).collect::<Vec<_>>()
    };
    holds(
        "signaling.json",
        &json!({
            "device_private": hex(device.to_bytes()),
            "challenge_nonce": hex([1; 32]),
            "exporter": hex([2; 32]),
            "hello_signature_door": hex(proof::hello(&device, &[1; 32], &[2; 32], SessionKind::Door)),
            "address_private": hex(address_key.to_bytes()),
            "address": address.to_string(),
            "welcome_nonce": hex([5; 32]),
            "session": session.to_string(),
            "capability": hex([3; 32]),
            "put_key": hex(put_key.expose()),
            "sub_signature": hex(proof::sub(&address_key, &[5; 32], session, put_key.expose())),
            "put_n": 9,
            "put_envelope": hex(b"envelope"),
            "put_mac": hex(proof::put(&put_key, session, 9, address, b"envelope")),
            "client_frames": frames(client_frames.iter().map(|f| (f.name(), f.to_bytes())).collect()),
            "server_frames": frames(server_frames.iter().map(|f| (f.name(), f.to_bytes())).collect()),
        }),
    );
    assert_eq!(NOW, Timestamp::from_millis(1_700_000_000_000), "samples are made at a fixed time");
}

#[test]
fn directory_vector() {
    let key = samples::directory();
    let update = samples::directory_update();
    let change = DirectoryUpdate {
        version: 5,
        base: Some(4),
        people: vec![samples::person(3)],
        removed: vec![samples::person(1).member],
        digest: directory::digest(&[samples::person(2), samples::person(3)]),
        ..update.clone()
    };
    let salt = update.salt.unwrap();
    let own = ["paris", "lyon"].map(|name| Group::parse(name).unwrap()).into();
    let classes = ["all", "same-group", "groups:lyon", "none"].map(|rule| {
        let written: Visibility = rule.parse().unwrap();
        json!({
            "rule": rule,
            "encoded": hex(protocol::codec::encode(&written)),
            "class": directory::class(&written, &own).to_string(),
        })
    });
    holds(
        "directory.json",
        &json!({
            "directory_private": hex(key.to_bytes()),
            "reader_groups": ["lyon", "paris"],
            "classes": classes,
            "person": hex(protocol::codec::encode(&samples::person(1))),
            "complete": hex(protocol::codec::encode(&update)),
            "complete_signed": hex(signed::sign(&update, &key)),
            "digest": update.digest.to_string(),
            "salt": hex(salt),
            "commitment": directory::commitment(&salt, update.version, update.digest).to_string(),
            "change": hex(protocol::codec::encode(&change)),
            "digest_after_change": change.digest.to_string(),
            "card_signed": hex(signed::sign(&samples::card(), &key)),
            "batch_signed": hex(signed::sign(&samples::device_batch(), &key)),
            "groups": hex(protocol::codec::encode(&samples::directory_groups())),
            "groups_signed": hex(signed::sign(&samples::directory_groups(), &key)),
            "answer": hex(samples::directory_answer().to_bytes()),
        }),
    );
    let (list, _) = List::after(None, update).unwrap();
    assert!(List::after(Some(&list), change).is_ok());
}
