//! Somebody else under a known login, another key than the one that was shown, and rules about people and files that come later than
//! what they forbid.

use std::path::Path;

use protocol::directory::{Have, List, Person as Listed, digest};
use protocol::ids::{ConversationId, FileId};
use protocol::message::FileOffer;
use protocol::policy::{Policy, PolicyKey};

use super::*;
use crate::core::identity::Bond;
use crate::core::outbox::{Refusal, Standing};
use crate::core::peer::{AutoDecision, Input, Relation};
use crate::engine::port::Decision;
use crate::engine::requests::Refused;
use crate::files::records::{Destination, FetchRecord, FetchState, OfferReceived, OfferState};
use crate::store::Reading as _;
use crate::store::tables::{FETCHES, IDENTITIES, LOGINS, OFFERS_RECEIVED};

/// The organization shows these people.
fn list(engine: &mut Engine, people: &[(&Person, &str)]) {
    let listed = people.iter().map(|(person, login)| Listed {
        member: person.member,
        login: (*login).to_owned().into(),
        name: (*login).to_uppercase().into(),
    });
    let mut listed: Vec<Listed> = listed.collect();
    listed.sort_by_key(|person| person.member);
    let (hash, have) = (digest(&listed), Have { version: 1, class: Hash32::from_bytes([0; 32]) });
    let changed: Vec<MemberId> = listed.iter().map(|person| person.member).collect();
    engine.trust.use_list(List::kept(have, listed, hash).unwrap(), hash);
    engine.follow_logins(&changed).unwrap();
}

/// Both talk to each other.
fn talk(engine: &mut Engine, person: &Person) {
    meet(engine, person);
    engine.drive(person.device(), Input::Decide(crate::core::peer::Decision::Accept)).unwrap();
    engine.peers.get_mut(&person.device()).unwrap().record.relation = Relation::Accepted;
    engine.keep_peer(person.device()).unwrap();
    engine.meet_identity(person.member).unwrap();
}

/// As a folder that was written before logins were kept.
fn forget_logins(engine: &mut Engine) {
    engine.vault.write(|tx| tx.remove_all(&LOGINS, crate::store::Span::all())).unwrap();
    engine.logins = Logins::default();
}

pub(super) fn code<T>(answer: Result<T, Refused>) -> String {
    match answer {
        Err(Refused::Fault(fault)) => fault.code,
        Err(Refused::Engine(error)) => panic!("{error}"),
        Ok(_) => String::from("done"),
    }
}

fn standing(engine: &Engine, person: &Person) -> Standing {
    engine.acquaintances().standing(engine.own_access(), person.member, clock::now())
}

fn number(engine: &Engine, person: &Person) -> String {
    engine.safety_number_with(person.member).unwrap()
}

/// The organization, our device's disk, the engine, a colleague called Bob, and a new member.
pub(super) fn world() -> (Organization, Arc<SmallDisk>, Engine, Person, Person) {
    let mut organization = Organization::new();
    let (_, disk) = device(&mut organization);
    let (bob, newcomer) = (organization.colleague(), organization.colleague());
    let mut engine = open(&disk);
    organization.tell(&mut engine).unwrap();
    list(&mut engine, &[(&bob, "bob")]);
    talk(&mut engine, &bob);
    (organization, disk, engine, bob, newcomer)
}

#[tokio::test]
async fn nothing_goes_to_a_new_member_under_a_known_login_before_the_person_says_so() {
    for former in [Some("bob.old"), None] {
        let (mut organization, disk, mut engine, bob, newcomer) = world();
        assert_eq!(engine.find_recipient("Bob"), Ok(bob.member));
        if former.is_none() {
            organization.push(&Leaf::DeviceRevoke { device: bob.device() });
            organization.tell(&mut engine).unwrap();
        }
        let mut events = engine.events.subscribe();
        let mut people = vec![(&newcomer, "Bob")];
        people.extend(former.map(|login| (&bob, login)));
        list(&mut engine, &people);

        // The name goes on to mean whom it meant, and nothing is sent to it: perhaps the other one was meant.
        assert_eq!(told(&mut events, "identity-reset"), 1);
        assert_eq!(engine.find("bob"), Ok(bob.member));
        let refused = engine.find_recipient("bob").unwrap_err();
        assert_eq!((refused.code.as_str(), refused.detail), ("login-reassigned", Some(newcomer.member.to_string())));
        assert_eq!(engine.login_of(newcomer.member), newcomer.member.to_string(), "nobody is shown under their name");
        assert_eq!(engine.login_of(bob.member), former.unwrap_or("bob"));
        let contacts = engine.contacts();
        assert!(contacts.as_array().unwrap().iter().any(|row| row["identity_reset"]["state"] == "reassigned"));

        // The new one is not let in by itself, and nothing that waits goes there.
        meet(&mut engine, &newcomer);
        assert_eq!(engine.auto_decision(newcomer.device(), None), AutoDecision::Ask);
        assert_eq!((engine.bond(newcomer.member), standing(&engine, &newcomer)), (Bond::Reassigned, Standing::Held));
        let who = newcomer.member.to_string();
        assert_eq!(engine.find_recipient(&who).unwrap_err().code, "login-reassigned");
        engine.drive(newcomer.device(), Input::Contacted(AutoDecision::Accept)).unwrap();
        assert_eq!(engine.bond(newcomer.member), Bond::Reassigned, "an acceptance by the policy is not the person's");

        // The person says so, for the key whose number they saw; that outlives a restart.
        assert_eq!(code(engine.decide(&who, Decision::Accept, None)), "safety-number-needed");
        let other = number(&engine, &bob);
        assert_eq!(code(engine.decide(&who, Decision::Accept, Some(&other))), "safety-number-other");
        let shown = number(&engine, &newcomer);
        assert_eq!(code(engine.decide(&who, Decision::Accept, Some(&shown))), "done");
        drop(engine);
        let mut engine = open(&disk);
        organization.tell(&mut engine).unwrap();
        list(&mut engine, &people);
        assert_eq!(engine.find_recipient("bob"), Ok(newcomer.member));
        assert_eq!(engine.login_of(newcomer.member), "Bob");
        assert_eq!(engine.bond(bob.member), Bond::Holds, "there is nothing to decide about the one of before");
        assert_eq!(engine.login_of(bob.member), former.map_or(bob.member.to_string(), str::to_owned));
    }
}

#[tokio::test]
async fn an_acquaintance_who_is_renamed_into_a_known_login_is_held_as_well() {
    let (_, _, mut engine, bob, eve) = world();
    list(&mut engine, &[(&bob, "bob"), (&eve, "eve")]);
    talk(&mut engine, &eve);
    assert_eq!(standing(&engine, &eve), Standing::Accepted);
    list(&mut engine, &[(&bob, "robert"), (&eve, "bob")]);
    assert_eq!(standing(&engine, &eve), Standing::Held);
    assert_eq!(engine.login_of(eve.member), eve.member.to_string(), "what she writes is not shown as Bob's");
    assert_eq!((standing(&engine, &bob), engine.login_of(bob.member)), (Standing::Accepted, String::from("robert")));
    assert_eq!(engine.find_recipient("robert"), Ok(bob.member), "who is only renamed is followed");
}

#[tokio::test]
async fn a_folder_of_before_asks_about_the_one_whom_the_directory_names_now() {
    let (organization, disk, mut engine, bob, newcomer) = world();
    list(&mut engine, &[(&newcomer, "bob")]);
    talk(&mut engine, &newcomer);
    for device in [bob.device(), newcomer.device()] {
        engine.peers.get_mut(&device).unwrap().record.login = String::from("bob").into();
        engine.keep_peer(device).unwrap();
    }
    drop(engine);
    let mut engine = open(&disk);
    organization.tell(&mut engine).unwrap();
    list(&mut engine, &[(&newcomer, "bob")]);
    forget_logins(&mut engine);
    engine.remember_logins().unwrap();
    assert_eq!((engine.find("bob"), engine.bond(newcomer.member)), (Ok(bob.member), Bond::Reassigned));
}

#[tokio::test]
async fn only_the_number_that_was_shown_is_confirmed() {
    let (mut organization, _, mut engine, mut bob, _) = world();
    assert_eq!(code(engine.verify("bob", Some(true), None)), "safety-number-needed");
    let shown = number(&engine, &bob);
    let spoken: String = shown.chars().filter(char::is_ascii_digit).collect();
    assert_eq!(code(engine.verify("bob", Some(true), Some(&spoken))), "done");
    organization.reset_identity(&mut bob);
    organization.tell(&mut engine).unwrap();
    meet(&mut engine, &bob);
    assert_eq!(code(engine.verify("bob", Some(true), Some(&shown))), "safety-number-other");
    assert_eq!(code(engine.decide("bob", Decision::Accept, Some(&shown))), "safety-number-other");
    assert_eq!(engine.bond(bob.member), Bond::Replaced, "nothing was gone on with");
    let now = number(&engine, &bob);
    assert_eq!(code(engine.verify("bob", Some(true), Some(&now))), "done");
    assert_eq!(engine.bond(bob.member), Bond::Holds);
}

#[tokio::test]
async fn what_will_never_be_sent_does_not_wait_for_a_decision() {
    let (mut organization, _, mut engine, mut bob, _) = world();
    organization.reset_identity(&mut bob);
    organization.tell(&mut engine).unwrap();
    assert_eq!(standing(&engine, &bob), Standing::Held);
    organization.push(&Leaf::DeviceRevoke { device: bob.device() });
    organization.tell(&mut engine).unwrap();
    assert_eq!(standing(&engine, &bob), Standing::Ended(Refusal::PeerRevoked));
    assert_eq!(engine.find_recipient("bob").unwrap_err().code, "person-left");
}

#[tokio::test]
async fn a_folder_of_before_knows_people_by_the_key_that_is_in_force() {
    let (mut organization, disk, mut engine, mut bob, _) = world();
    for _ in 0..4 {
        organization.reset_identity(&mut bob);
        organization.tell(&mut engine).unwrap();
        talk(&mut engine, &bob);
    }
    engine.vault.write(|tx| tx.remove_all(&IDENTITIES, crate::store::Span::all())).unwrap();
    drop(engine);
    let mut engine = open(&disk);
    organization.tell(&mut engine).unwrap();
    assert_eq!(engine.identities.known(bob.member), Some(bob.identity.verifying_key().to_bytes()));
}

#[tokio::test]
async fn a_rule_about_folders_ends_what_was_wanted_elsewhere_before_it() {
    let (_, _, mut engine, bob, _) = world();
    let folder = tempfile::tempdir().unwrap();
    let (inside, outside) = (folder.path().join("inside"), folder.path().join("outside"));
    for folder in [&inside, &outside] {
        std::fs::create_dir(folder).unwrap();
    }
    engine.options.downloads = Some(inside.clone());
    let want = |n: u8, to: &Path| {
        let file = FileId::from_bytes([n; 16]);
        let (conversation, holder): (ConversationId, DeviceId) = (engine.conversation_with(bob.member), bob.device());
        let name = String::from("deed.pdf").into();
        let root = Hash32::from_bytes([2; 32]);
        let offer = FileOffer { file, name, bytes: 1, media_type: String::new(), root, key: [3; 32], folder: None };
        let wanted = FetchRecord::new(file, Some(Destination::Folder { folder: to.to_path_buf().into() }));
        let write = |tx: &mut crate::store::WriteTx<'_>| -> Result<(), VaultError> {
            tx.put(
                &OFFERS_RECEIVED,
                file.as_bytes(),
                &OfferReceived { conversation, holder, offer, state: OfferState::Open },
            )?;
            tx.put(&FETCHES, file.as_bytes(), &wanted)
        };
        engine.vault.write(write).unwrap();
        file
    };
    let files = [want(1, &inside), want(2, &outside)];
    let states = |engine: &Engine| {
        files.map(|file| engine.vault.read(|tx| tx.get(&FETCHES, file.as_bytes())).unwrap().unwrap().state)
    };
    engine.stop_receiving_files().unwrap();
    assert_eq!(states(&engine), [FetchState::Wanted, FetchState::Wanted]);
    engine.trust.keep_obeying(Policy::of(&[(PolicyKey::FileSaveLocation, "folder")]).unwrap());
    engine.stop_receiving_files().unwrap();
    assert_eq!(states(&engine), [FetchState::Wanted, FetchState::Canceled]);
}

#[tokio::test]
async fn a_login_that_two_strangers_bear_reaches_neither_before_the_person_says_whom_they_mean() {
    let (mut organization, _disk, mut engine, bob, one) = world();
    let other = organization.colleague();
    organization.tell(&mut engine).unwrap();
    list(&mut engine, &[(&bob, "bob"), (&one, "Anna"), (&other, "anna")]);
    let refused = engine.find_recipient("anna").unwrap_err();
    let detail = refused.detail.unwrap();
    assert_eq!(refused.code, "login-shared");
    for person in [&one, &other] {
        assert!(detail.contains(&person.member.to_string()), "{detail}");
        assert_eq!(engine.find_recipient(&person.member.to_string()), Ok(person.member));
    }
    assert_eq!(engine.trust.people().count(), 3, "both are shown");

    engine.give_login(one.member).unwrap();
    assert_eq!(engine.find("anna"), Ok(one.member), "the person said so");
    list(&mut engine, &[(&bob, "bob"), (&one, "Anna")]);
    assert_eq!(engine.find_recipient("anna"), Ok(one.member), "nobody shares it any more");
}
