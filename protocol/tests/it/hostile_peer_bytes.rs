//! Every parser of what two devices exchange, against any bytes, sealed ones included.

use hpke_rs::hpke_types::{AeadAlgorithm, KdfAlgorithm, KemAlgorithm};
use hpke_rs::rustcrypto::HpkeRustCrypto;
use hpke_rs::{Hpke, HpkePublicKey, Mode};
use protocol::codec;
use protocol::envelope::{self, AnnounceReason, EnvelopeBody, Recipient};
use protocol::ids::Address;
use protocol::keys;
use protocol::lane::{ApplicationBody, LaneEntry};
use protocol::link::LinkFrame;

use super::attack::{Damage, TEST_TIME, attack, comes_back, damaged, decodes};
use super::samples::{self, NOW, peer};

#[test]
fn envelope_bodies() {
    let bodies: Vec<_> = peer::envelope_bodies().iter().map(codec::encode).collect();
    attack(&bodies, decodes::<EnvelopeBody>);
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

#[test]
fn link_frames_and_lane_entries() {
    let frames: Vec<_> = peer::link_frames().iter().map(LinkFrame::to_bytes).collect();
    attack(&frames, |bytes| {
        comes_back(LinkFrame::from_bytes(bytes), LinkFrame::to_bytes, |bytes| LinkFrame::from_bytes(bytes).ok())
    });
    let entries: Vec<_> = peer::lane_entries().iter().map(codec::encode).collect();
    attack(&entries, decodes::<LaneEntry>);
}

#[test]
fn application_bodies() {
    let bodies: Vec<_> = peer::application_bodies().iter().map(ApplicationBody::to_padded).collect();
    attack(&bodies, |bytes| {
        comes_back(ApplicationBody::from_padded(bytes), ApplicationBody::to_padded, |bytes| {
            ApplicationBody::from_padded(bytes).ok()
        })
    });
}
