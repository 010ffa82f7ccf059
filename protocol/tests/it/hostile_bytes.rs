//! Every parser of what a client and a server exchange, against any bytes.

use protocol::audit::{AuditEntry, AuditEvent};
use protocol::certificate::{self, DeviceCertificate};
use protocol::codec;
use protocol::directory::{self, Card, DeviceBatch, DirectoryAnswer, DirectoryGroups, DirectoryUpdate, List};
use protocol::enrollment::{Begin, Begun, Finish, Finished, Providers, SignIn, SignInBegun};
use protocol::ids::{Hash32, MemberId};
use protocol::organization::{DirectoryKey, EnrollmentLink, OrganizationDocument, TlsKeys};
use protocol::policy::{PolicyDocument, PolicyLayers};
use protocol::signaling::message::{ClientFrame, LeafBytes, ServerFrame};
use protocol::signed::{self, Unverified};
use protocol::time::Timestamp;
use protocol::tlog::{ForkEvidence, Leaf, LogBatch, LogReset, PrefixProof, SignedCheckpoint, VerifiedReset};

use super::attack::{attack, comes_back, decodes, writes_the_same};
use super::samples::{self, ORIGIN, office};

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
            assert!(evidence.verify(ORIGIN, &key.into()).is_err(), "one history is no fork");
            true
        })
    });
}

#[test]
fn log_resets() {
    let (root, genuine) = (samples::key(100), samples::log_reset());
    attack(&[genuine.sign(&root)], |bytes| {
        let read = Unverified::<VerifiedReset>::from_bytes(bytes);
        read.verify(samples::organization(), &root.verifying_key()).is_ok_and(|read| {
            assert_eq!(read.document(), &genuine, "nobody can change a reset and keep its signature");
            true
        })
    });
    attack(&[codec::encode(&genuine)], decodes::<LogReset>);
}

#[test]
fn policies() {
    let key = samples::directory();
    let policy = office::policies().pop().expect("with lists, locks and layers");
    attack(&[signed::sign(&policy, &key)], |bytes| {
        Unverified::<PolicyDocument>::from_bytes(bytes).verify(&key.verifying_key()).is_ok_and(|read| {
            assert_eq!(read, policy);
            true
        })
    });
    attack(&[codec::encode(&policy)], decodes::<PolicyDocument>);
    let reader = MemberId::from_bytes([3; 16]);
    attack(&[office::policy_layers_answer().to_bytes()], |bytes| PolicyLayers::read(bytes, &policy, reader).is_ok());
}

#[test]
fn lists_of_people_cards_and_devices() {
    let key = samples::directory();
    let (update, card, batch) = (samples::directory_update(), samples::card(), samples::device_batch());
    attack(&[codec::encode(&update)], decodes::<DirectoryUpdate>);
    attack(&[codec::encode(&batch)], decodes::<DeviceBatch>);
    attack(&[signed::sign(&card, &key)], |bytes| {
        Unverified::<Card>::from_bytes(bytes).verify(&key.verifying_key()).is_ok_and(|read| {
            assert_eq!(read, card);
            true
        })
    });
    let groups = samples::directory_groups();
    attack(&[codec::encode(&groups)], decodes::<DirectoryGroups>);
    attack(&[samples::directory_answer().to_bytes()], |bytes| {
        let Ok(read) = DirectoryAnswer::from_bytes(bytes) else { return false };
        if let Some(told) = read.groups {
            let told = Unverified::<DirectoryGroups>::from_bytes(told).verify(&key.verifying_key());
            assert!(told.is_err() || told == Ok(groups.clone()));
        }
        let read = Unverified::<DirectoryUpdate>::from_bytes(read.update).verify(&key.verifying_key());
        // Whatever a changed update says, it leads to the list that it names, or to none.
        read.is_ok_and(|read| {
            let named = read.digest;
            List::after(None, read).is_ok_and(|(list, _)| {
                assert_eq!(directory::digest(list.people()), named);
                true
            })
        })
    });
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
    let document = OrganizationDocument::new(&root.verifying_key(), signed_key, &tls_keys, &directory, None);
    let reset = Unverified::<VerifiedReset>::from_bytes(samples::log_reset().sign(&root));
    let reset = reset.verify(samples::organization(), &root.verifying_key()).expect("a reset of ours");
    let later = OrganizationDocument {
        log_origin: reset.document().new_origin.clone(),
        log_reset: Some(reset.bytes().to_vec().into()),
        ..document.clone()
    };
    attack(&[codec::encode(&document), codec::encode(&later)], |bytes| {
        OrganizationDocument::from_bytes(bytes)
            .map_err(drop)
            .and_then(|read| read.verify(samples::organization(), spki, Timestamp::from_millis(1_000)).map_err(drop))
            .is_ok_and(|trusted| {
                assert_eq!(trusted.directory_key, directory.verifying_key());
                assert!(trusted.log_reset.is_none_or(|shown| shown == reset), "only the root starts another log");
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

#[test]
fn enrollment_requests_and_answers() {
    attack(&office::begins().map(|begin| codec::encode(&begin)), writes_the_same::<Begin>);
    attack(&[codec::encode(&office::providers())], writes_the_same::<Providers>);
    attack(&office::sign_ins().map(|sign_in| codec::encode(&sign_in)), writes_the_same::<SignIn>);
    attack(&office::sign_ins_begun().map(|begun| codec::encode(&begun)), writes_the_same::<SignInBegun>);
    attack(&office::begun().map(|begun| codec::encode(&begun)), writes_the_same::<Begun>);
    attack(&[codec::encode(&office::finish())], writes_the_same::<Finish>);
    attack(&[codec::encode(&office::finished())], decodes::<Finished>);
}

#[test]
fn audit_entries() {
    let entries: Vec<_> = office::audit_entries().iter().map(codec::encode).collect();
    attack(&entries, |bytes| {
        codec::decode::<AuditEntry>(bytes).is_ok_and(|entry| {
            let _ = entry.actor.open(&office::party_key());
            true
        })
    });
    let events: Vec<_> = office::audit_events().iter().map(codec::encode).collect();
    attack(&events, decodes::<AuditEvent>);
}
