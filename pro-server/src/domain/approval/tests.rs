//! Who may agree to what, and that a request says in one way what would be done.

use protocol::audit::AdministratorRole;

use super::*;
use crate::domain::access::{Behind, LocalAdministrator, PolicyWrite};
use crate::domain::console::Sessions;
use crate::domain::policy::Settings;

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

fn owner(number: u8) -> crate::domain::access::SignedIn {
    let roles = [Assignment::everywhere(AdministratorRole::Owner)].into();
    Sessions::default().open(Hash32::sha256(&[number]), AdministratorId::from_bytes([number; 16]), roles, None, NOW)
}

fn asked_by(asker: Party) -> Request {
    let act = Act::Policy { based_on: 3, settings: Settings::default().to_bytes().into() };
    let expires = NOW.plus_ms(APPROVAL_LIFETIME_MS);
    let (outcome, decider, decided) = (Outcome::Waits, None, None);
    Request { number: 7, act, salt: [7; 16], asker, asked: NOW, expires, outcome, decider, decided }
}

#[test]
fn another_person_agrees_to_what_was_shown_within_a_day() {
    let (claire, marc) = (owner(1), owner(2));
    let request = asked_by(claire.party());
    let shown = request.hash();
    let agreed = request.agree(&marc, shown, NOW).expect("another owner");
    assert!(agreed.grant::<PolicyWrite>(&marc).is_ok_and(|grant| grant.behind() == Behind::Two));
    assert!(marc.grant::<PolicyWrite>().is_ok_and(|grant| grant.behind() == Behind::One), "the control");
    let refused = |who, shown, now| request.agree(who, shown, now).err();
    assert_eq!(refused(&claire, shown, NOW), Some(Undecidable::Oneself));
    assert_eq!(refused(&marc, Hash32::sha256(b"other"), NOW), Some(Undecidable::OtherAct));
    assert_eq!(refused(&marc, shown, request.expires), Some(Undecidable::Expired));
    for outcome in [Outcome::Agreed, Outcome::Done, Outcome::Refused, Outcome::Stale, Outcome::Open] {
        let decided = Request { outcome, ..request.clone() };
        assert_eq!(decided.agree(&marc, shown, NOW).err(), Some(Undecidable::Decided), "{outcome:?}");
        assert_eq!(decided.refuse(NOW), Err(Undecidable::Decided));
    }
}

#[test]
fn the_servers_machine_is_one_person_and_not_two() {
    let local = |uid| LocalAdministrator::of_peer(uid, uid).expect("local");
    let request = asked_by(local(0).party());
    assert_eq!(request.agree(&local(998), request.hash(), NOW).err(), Some(Undecidable::Oneself));
    assert!(request.agree(&owner(1), request.hash(), NOW).is_ok());
    let other = asked_by(owner(1).party());
    assert!(other.agree(&local(0), other.hash(), NOW).is_ok());
}

#[test]
fn many_losses_are_counted_for_each_and_forgotten_after_a_day() {
    let mut losses = Losses::default();
    let (one, other) = (owner(1).party(), owner(2).party());
    for _ in 0..LOSSES_MAX {
        assert!(!losses.is_spent(&one, NOW));
        losses.note(&one, NOW);
    }
    assert!(losses.is_spent(&one, NOW) && !losses.is_spent(&other, NOW));
    assert!(!losses.is_spent(&one, NOW.plus_ms(LOSS_WINDOW_MS)));
}

#[test]
fn what_is_opened_is_opened_for_the_asker_and_that_act_alone() {
    let (claire, marc) = (owner(1).party(), owner(2).party());
    let act = Act::ExportPerson(MemberId::from_bytes([1; 16]));
    let open = Request { act: act.clone(), outcome: Outcome::Open, decided: Some(NOW), ..asked_by(claire.clone()) };
    assert!(open.opens(&claire, &act, NOW));
    assert!(!open.opens(&marc, &act, NOW) && !open.opens(&claire, &Act::QuorumOff, NOW));
    assert!(!open.opens(&claire, &act, NOW.plus_ms(OPEN_MS)));
    assert!(!Request { outcome: Outcome::Done, ..open }.opens(&claire, &act, NOW), "once");
}

#[test]
fn the_same_act_of_two_requests_has_two_hashes() {
    let one = asked_by(owner(1).party());
    let other = Request { salt: [8; 16], ..one.clone() };
    assert_ne!(one.hash(), other.hash());
    assert!(!one.act.names(MemberId::from_bytes([1; 16])));
    assert!(Act::Code(MemberId::from_bytes([1; 16])).names(MemberId::from_bytes([1; 16])));
}

#[test]
fn a_run_names_who_loses_access_and_one_of_before_keeps_its_hash() {
    #[derive(Encode)]
    enum Before {
        #[n(4)]
        Run {
            #[n(0)]
            source: String,
            #[n(1)]
            plan: Hash32,
        },
    }
    let (source, plan) = ("ldap".to_owned(), Hash32::sha256(b"a plan"));
    let bare = Act::Run { source: source.clone(), plan, effect: None };
    assert_eq!(bare.to_bytes(), codec::encode(&Before::Run { source: source.clone(), plan }));
    let leavers = vec![MemberId::from_bytes([1; 16])];
    let effect = Some(RunEffect { access: 1, leavers, ..RunEffect::default() });
    let whole = Act::Run { source, plan, effect };
    assert_eq!(minicbor::decode::<Act>(&whole.to_bytes()).expect("decodes"), whole);
    assert!(whole.names(MemberId::from_bytes([1; 16])) && !whole.names(MemberId::from_bytes([2; 16])));
    assert!(!bare.names(MemberId::from_bytes([1; 16])));
}

#[test]
fn an_act_says_what_it_is_in_one_way() {
    let acts = [
        Act::Code(MemberId::from_bytes([1; 16])),
        Act::ReleaseBrake,
        Act::AddAdministrator(vec!["help-desk:lyon".parse().expect("a role")]),
        Act::Policy { based_on: 3, settings: Settings::default().to_bytes().into() },
    ];
    for act in acts {
        assert_eq!(minicbor::decode::<Act>(&act.to_bytes()).expect("decodes"), act);
    }
}
