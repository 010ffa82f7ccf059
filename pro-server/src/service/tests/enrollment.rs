//! Enrolling, repeating, replacing, and being refused.

use protocol::certificate::DeviceCertificate;
use protocol::enrollment::IdentityStep;
use protocol::policy::{Policy, PolicyKey, Version};
use protocol::signaling::field::CloseCode;
use protocol::signaling::server::Verdict;
use protocol::tlog::{check_inclusion, leaf_hash};

use super::*;
use crate::identity::code::CODE_LIFETIME_MS;
use crate::service::enrollment::TICKET_LIFETIME_MS;

fn certificate(world: &World, bytes: &[u8]) -> DeviceCertificate {
    let certificate = Unverified::<DeviceCertificate>::from_bytes(bytes.to_vec());
    certificate.verify(world.services.fingerprint(), &world.services.directory_key()).expect("a certificate")
}

fn admit(world: &World, bytes: &[u8]) -> Result<Address, CloseCode> {
    match world.services.admit(&certificate(world, bytes), Version::current()) {
        Verdict::Live { front_door, .. } => Ok(front_door),
        Verdict::Refused(code) => Err(code),
    }
}

#[tokio::test]
async fn a_device_is_certified_logged_proven_and_published() {
    let world = World::with(&["notary03"]).await;
    let client = Client::new(1);
    let done = world.enroll("notary03", &client).await;

    let certificate = certificate(&world, &done.certificate);
    assert_eq!(certificate.body().device, client.id());
    let facts = world.facts().await;
    assert_eq!(facts.check_certificate(&certificate), Ok(()));

    let note = Unverified::<SignedCheckpoint>::from_bytes(done.checkpoint);
    let origin = protocol::organization::log_origin(world.services.fingerprint(), 0);
    let signed = note.verify(&origin, &world.services.directory_key()).expect("signed");
    let (size, root) = (signed.checkpoint().size, signed.checkpoint().root);
    assert_eq!(done.leaves.len(), 2, "IdentitySet and DeviceAdd");
    for leaf in &done.leaves {
        assert!(check_inclusion(&leaf.proof, leaf.index, leaf_hash(&leaf.leaf), size, root));
    }

    assert_eq!(world.devices(&client, 0).await.0, [client.id()]);
    assert!(admit(&world, &done.certificate).is_ok());
}

#[tokio::test]
async fn a_repeat_after_a_crash_finds_what_was_done() {
    let mut world = World::with(&["notary03"]).await;
    let client = Client::new(1);
    let code = world.code("notary03").await;
    let begun = world.services.begin_enrollment(&client.begin(&code)).await.expect("begun");
    let finish = client.finish(&world, &begun);
    // The server dies before finish: the code is not spent.
    world.restart().await;
    assert_eq!(world.services.finish_enrollment(&finish).await, Err(Denial::Ticket.into()));
    let begun = world.services.begin_enrollment(&client.begin(&code)).await.expect("begun again");
    let done = world.services.finish_enrollment(&client.finish(&world, &begun)).await.expect("finished");
    // The answer is lost: the same device asks with the spent code.
    world.import(&["notary04"]).await;
    world.restart().await;
    let begun = world.services.begin_enrollment(&client.begin(&code)).await.expect("begun a third time");
    assert_eq!(begun.identity, IdentityStep::Same);
    let again = world.services.finish_enrollment(&client.finish(&world, &begun)).await.expect("finished again");
    assert_eq!(again.certificate, done.certificate);
    assert_eq!(again.leaves[0].index, done.leaves[0].index);
    assert_eq!(world.facts().await.live_devices(begun.member).count(), 1);
}

#[tokio::test]
async fn a_code_is_for_one_device_and_for_some_days() {
    let world = World::with(&["notary03"]).await;
    let code = world.code("notary03").await;
    let (first, second) = (Client::new(1), Client::new(2));
    let [one, two] = [&first, &second].map(|client| client.begin(&code));
    let one = world.services.begin_enrollment(&one).await.expect("begun");
    let two = world.services.begin_enrollment(&two).await.expect("begun, nothing is spent yet");
    let (one, two) = (first.finish(&world, &one), second.finish(&world, &two));
    let (one, two) = tokio::join!(world.services.finish_enrollment(&one), world.services.finish_enrollment(&two));
    assert_eq!([one.is_ok(), two.is_ok()].iter().filter(|ok| **ok).count(), 1, "exactly one wins");
    let late = world.services.begin_enrollment(&Client::new(3).begin(&code)).await;
    assert_eq!(late.err(), Some(Denial::Code.into()));

    let world = World::with(&["notary03"]).await;
    let withdrawn = world.code("notary03").await;
    let code = world.code("notary03").await;
    let refused = world.services.begin_enrollment(&first.begin(&withdrawn)).await.err();
    assert_eq!(refused, Some(Denial::Code.into()));
    world.ambient.advance_ms(CODE_LIFETIME_MS);
    let refused = world.services.begin_enrollment(&first.begin(&code)).await.err();
    assert_eq!(refused, Some(Denial::Code.into()));
}

#[tokio::test]
async fn a_ticket_ends_and_a_made_up_one_is_nothing() {
    let world = World::with(&["notary03"]).await;
    let client = Client::new(1);
    let begun = world.services.begin_enrollment(&client.begin(&world.code("notary03").await)).await.expect("begun");
    let mut finish = client.finish(&world, &begun);
    finish.ticket = Secret::new([0; 32]);
    assert_eq!(world.services.finish_enrollment(&finish).await, Err(Denial::Ticket.into()));
    world.ambient.advance_ms(TICKET_LIFETIME_MS);
    let finish = client.finish(&world, &begun);
    assert_eq!(world.services.finish_enrollment(&finish).await, Err(Denial::Ticket.into()));
}

#[tokio::test]
async fn a_request_for_anything_else_is_refused_and_costs_nothing() {
    let world = World::with(&["notary03"]).await;
    let client = Client::new(1);
    let begun = world.services.begin_enrollment(&client.begin(&world.code("notary03").await)).await.expect("begun");
    let before = world.services.checkpoint().checkpoint().size;
    let right = client.body(&world, begun.member);
    let wrong = [
        CertificateBody { member: MemberId::from_bytes([0; 16]), ..right.clone() },
        CertificateBody { organization: OrganizationFingerprint::from_bytes([0; 32]), ..right.clone() },
        CertificateBody { envelope_key_hash: Hash32::from_bytes([0; 32]), ..right.clone() },
        CertificateBody { not_before: NOW.plus_ms(DAY_MS), ..right.clone() },
        CertificateBody { not_before: NOW.minus_ms(9 * DAY_MS), not_after: NOW.minus_ms(DAY_MS), ..right },
    ];
    for body in wrong {
        let finish = Finish { request: client.request(&body), ..client.finish(&world, &begun) };
        assert_eq!(world.services.finish_enrollment(&finish).await, Err(Fault::RequestMismatch.into()));
    }
    let other_device = Client::new(2);
    let finish = Finish { ticket: begun.ticket.clone(), ..other_device.finish(&world, &begun) };
    assert_eq!(world.services.finish_enrollment(&finish).await, Err(Fault::RequestMismatch.into()));
    assert_eq!(world.services.checkpoint().checkpoint().size, before);
    world.services.finish_enrollment(&client.finish(&world, &begun)).await.expect("the right one still works");
}

#[tokio::test]
async fn a_new_device_by_code_ends_the_old_one_and_resets_the_identity() {
    let world = World::with(&["notary03"]).await;
    let (old, new) = (Client::new(1), Client::new(2));
    let first = world.enroll("notary03", &old).await;
    let mut news = world.services.subscribe();
    let second = world.enroll("notary03", &new).await;
    let facts = world.facts().await;
    let member = certificate(&world, &second.certificate).body().member;
    assert_eq!((facts.is_live(old.id()), facts.is_live(new.id())), (false, true));
    assert_eq!(facts.identity_resets(member), 1);
    assert_eq!(admit(&world, &first.certificate), Err(CloseCode::Revoked));
    let mut ended = Vec::new();
    while let Ok(bulletin) = news.try_recv() {
        ended.extend(bulletin.ended.clone());
    }
    assert_eq!(ended, [(old.id(), Why::Revoked)]);
    // A device is never taken back.
    let code = world.code("notary03").await;
    let back = world.services.begin_enrollment(&old.begin(&code)).await.err();
    assert_eq!(back, Some(Denial::DeviceRevoked.into()));
}

#[tokio::test]
async fn an_identity_that_is_reset_ends_at_once_and_only_another_one_comes_after_it() {
    let world = World::with(&["notary03"]).await;
    let (old, new) = (Client::new(1), Client::new(2));
    let first = world.enroll("notary03", &old).await;
    let member = certificate(&world, &first.certificate).body().member;
    let stale = world.code("notary03").await;
    let code = world.services.reset_identity(&grant(), "notary03", None).await.expect("ended").code;
    let facts = world.facts().await;
    assert_eq!((facts.is_live(old.id()), facts.identity_key(member)), (false, None));
    assert_eq!(facts.identity_reset_at(member), Some(NOW));
    assert_eq!(admit(&world, &first.certificate), Err(CloseCode::Revoked));
    let refused = world.services.begin_enrollment(&new.begin(&stale)).await.err();
    assert_eq!(refused, Some(Denial::Code.into()), "a code of before was for the identity that ended");
    // Once more, because the first code was lost: the identity ends once.
    let size = world.services.checkpoint().checkpoint().size;
    world.services.reset_identity(&grant(), "notary03", None).await.expect("another code");
    assert_eq!(world.services.checkpoint().checkpoint().size, size);
    assert!(world.services.begin_enrollment(&new.begin(&code)).await.is_err(), "the newest code counts");

    // Whoever took the key comes back under it with a device of their own.
    let code = world.code("notary03").await;
    let thief = Client { identity: old.identity.clone(), ..Client::new(3) };
    let begun = world.services.begin_enrollment(&thief.begin(&code)).await.expect("begun");
    let refused = world.services.finish_enrollment(&thief.finish(&world, &begun)).await.err();
    assert_eq!(refused, Some(Fault::RequestMismatch.into()));
    let begun = world.services.begin_enrollment(&new.begin(&code)).await.expect("begun");
    world.services.finish_enrollment(&new.finish(&world, &begun)).await.expect("another key");
    let facts = world.facts().await;
    assert_eq!((facts.is_live(new.id()), facts.identity_resets(member)), (true, 1));
}

#[tokio::test]
async fn where_the_root_named_approvers_no_identity_ends_without_their_signatures() {
    use protocol::tlog::{ApproverKey, Approvers};

    use crate::domain::approver::{Agreement, sign};

    let world = World::with(&["notary03"]).await;
    let (old, new) = (Client::new(1), Client::new(2));
    world.enroll("notary03", &old).await;
    let root = world.services.inner.keys.root_private(world.folder.path()).expect("read").expect("there");
    let people = [10, 11].map(|seed| SigningKey::from_bytes(&[seed; 32]));
    let keys = people.iter().map(|key| ApproverKey(key.verifying_key().to_bytes())).collect();
    let list = Approvers { serial: 1, needed: 2, keys };
    let by_another = list.sign(&people[0]).to_bytes();
    assert_eq!(world.services.set_approvers(&grant(), &by_another).await, Err(Fault::Approvers.into()));
    let named = list.sign(&root).to_bytes();
    assert_eq!(world.services.set_approvers(&grant(), &named).await, Ok(2));
    assert_eq!(world.services.set_approvers(&grant(), &named).await, Err(Fault::Approvers.into()), "not newer");

    let unapproved = || ServiceError::from(Denial::Unapproved);
    assert_eq!(world.services.create_code(&grant(), "notary03").await.err(), Some(unapproved()));
    assert_eq!(world.services.reset_identity(&grant(), "notary03", None).await.err(), Some(unapproved()));
    let asked = world.services.identity_order(&grant(), "notary03").await.expect("an order");
    assert_eq!(asked.shows(None, NOW), Ok(crate::domain::approver::Shown::Login), "the log binds the login");
    let order = asked.order;
    let signed = people.each_ref().map(|key| sign(order, key));
    let agreement = |files: &[Vec<u8>]| Agreement::of(files).expect("signed").expect("one");
    for too_few in [vec![signed[0].clone()], vec![signed[0].clone(); 2]] {
        let refused = world.services.reset_identity(&grant(), "notary03", Some(&agreement(&too_few))).await;
        assert_eq!(refused.err(), Some(unapproved()));
    }
    assert!(world.facts().await.is_live(old.id()), "nothing was changed");
    let made = world.services.reset_identity(&grant(), "notary03", Some(&agreement(&signed))).await;
    let begun = world.services.begin_enrollment(&new.begin(&made.expect("two agreed").code)).await.expect("begun");
    world.services.finish_enrollment(&new.finish(&world, &begun)).await.expect("enrolled");
    assert!(world.facts().await.is_live(new.id()));
    let again = world.services.reset_identity(&grant(), "notary03", Some(&agreement(&signed))).await;
    assert_eq!(again.err(), Some(Fault::Order.into()), "signatures are good for one identity");
}

#[tokio::test]
async fn without_a_directory_no_password_is_taken() {
    let world = World::with(&["notary03"]).await;
    let password = Secret::new("canary-password".to_owned());
    let credential = Credential::Password { login: "notary03".into(), password };
    let refused = world.services.begin_enrollment(&Begin { credential, device: Client::new(1).id() }).await.err();
    assert_eq!(refused, Some(Denial::NoPasswords.into()));
}

#[tokio::test]
async fn a_renewal_keeps_the_keys_and_changes_the_time() {
    let world = World::with(&["notary03"]).await;
    let client = Client::new(1);
    let done = world.enroll("notary03", &client).await;
    let member = certificate(&world, &done.certificate).body().member;
    world.ambient.advance_ms(30 * DAY_MS);
    let body = client.body(&world, member);
    let renewed = world.services.renew_device(client.id(), &client.request(&body)).await.expect("renewed");
    assert_eq!(world.facts().await.check_certificate(&certificate(&world, &renewed)), Ok(()));
    // Whoever was away for longer than the certificate lasts is the same as before.
    world.ambient.advance_ms(100 * DAY_MS);
    let body = client.body(&world, member);
    let renewed = world.services.renew_device(client.id(), &client.request(&body)).await.expect("however late");
    assert_eq!(world.facts().await.check_certificate(&certificate(&world, &renewed)), Ok(()));
    assert_eq!(world.facts().await.identity_resets(member), 0);
    // The answer was lost, or the device asks for no reason: nothing more is put into the log that is for good.
    let size = world.services.checkpoint().checkpoint().size;
    let again = world.services.renew_device(client.id(), &client.request(&body)).await;
    assert_eq!(again, Ok(renewed.clone()));
    world.ambient.advance_ms(DAY_MS - 1);
    let soon = client.request(&client.body(&world, member));
    assert_eq!(world.services.renew_device(client.id(), &soon).await, Ok(renewed));
    assert_eq!(world.services.checkpoint().checkpoint().size, size);
    world.ambient.advance_ms(1);
    let body = client.body(&world, member);
    world.services.renew_device(client.id(), &client.request(&body)).await.expect("renewed a day later");
    assert_eq!(world.services.checkpoint().checkpoint().size, size + 1);
    let stolen = Client { device: client.device.clone(), ..Client::new(2) };
    let other_identity = stolen.request(&stolen.body(&world, member));
    let refused = world.services.renew_device(client.id(), &other_identity).await.err();
    assert_eq!(refused, Some(Fault::RequestMismatch.into()));
    world.services.revoke_device(&grant(), client.id(), None).await.expect("revoked");
    let refused = world.services.renew_device(client.id(), &client.request(&body)).await.err();
    assert_eq!(refused, Some(Denial::DeviceRevoked.into()));
}

#[tokio::test]
async fn no_certificate_is_signed_for_longer_than_the_policy_says() {
    let world = World::with(&["notary03", "notary04"]).await;
    let client = Client::new(1);
    let done = world.enroll("notary03", &client).await;
    let member = certificate(&world, &done.certificate).body().member;
    let policy = Policy::of(&[(PolicyKey::IdentityCertLifetimeDays, "7")]).expect("rows");
    world.services.publish_policy(&grant(), policy, 1).await.expect("published");
    let too_long = client.body(&world, member);
    let refused = world.services.renew_device(client.id(), &client.request(&too_long)).await.err();
    assert_eq!(refused, Some(Fault::CertificateTooLong.into()));
    let body = CertificateBody { not_after: NOW.plus_ms(7 * DAY_MS), ..too_long };
    let renewed = world.services.renew_device(client.id(), &client.request(&body)).await.expect("a shorter one");
    assert_eq!(certificate(&world, &renewed).body().not_after, NOW.plus_ms(7 * DAY_MS));

    let other = Client::new(2);
    let begun = world.services.begin_enrollment(&other.begin(&world.code("notary04").await)).await.expect("begun");
    assert_eq!(begun.lifetime_ms, Some(7 * DAY_MS));
    let refused = world.services.finish_enrollment(&other.finish(&world, &begun)).await.err();
    assert_eq!(refused, Some(Fault::CertificateTooLong.into()));
    let body = CertificateBody { not_after: NOW.plus_ms(7 * DAY_MS), ..other.body(&world, begun.member) };
    let finish = Finish { request: other.request(&body), ..other.finish(&world, &begun) };
    world.services.finish_enrollment(&finish).await.expect("not longer");
}

#[tokio::test]
async fn wrong_codes_hold_nobody_up_who_has_a_right_one() {
    let mut world = World::with(&["notary03", "notary04"]).await;
    let (early, client) = (world.code("notary03").await, Client::new(1));
    world.restart().await;
    let late = world.code("notary04").await;
    let wrong = crate::identity::code::Code::draw(&world.ambient).text();
    let refused = loop {
        match world.services.begin_enrollment(&client.begin(&wrong)).await.err() {
            Some(ServiceError::Denied(Denial::Code)) => {}
            other => break other,
        }
    };
    assert!(matches!(refused, Some(ServiceError::Denied(Denial::TooMany(_)))), "{refused:?}");
    for code in [&early, &late] {
        world.services.begin_enrollment(&client.begin(code)).await.expect("begun");
    }
    world.code("notary03").await;
    let withdrawn = world.services.begin_enrollment(&client.begin(&early)).await.err();
    assert_eq!(withdrawn, Some(Denial::Code.into()));
    let again = world.services.begin_enrollment(&client.begin(&early)).await.err();
    assert!(matches!(again, Some(ServiceError::Denied(Denial::TooMany(_)))), "now it is like a wrong one: {again:?}");
}
