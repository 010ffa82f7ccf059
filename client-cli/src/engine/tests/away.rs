//! Devices that were away for longer than their certificates last: they renew, and nobody takes them for somebody else.

use super::*;
use crate::core::identity::Bond;
use crate::core::outbox::Standing;
use crate::core::peer::Relation;

fn asked(commands: &mut mpsc::Receiver<SignalCommand>) -> Vec<SignalCommand> {
    std::iter::from_fn(|| commands.try_recv().ok()).collect()
}

#[tokio::test]
async fn a_device_that_comes_back_renews_before_anything_else_and_is_no_stranger() {
    let mut organization = Organization::new();
    let (mut me, disk) = device(&mut organization);
    organization.renew(&mut me, clock::now().minus_ms(DAY_MS));
    let mut engine = open(&disk);
    engine.me.account.certificate = me.certificate.clone();
    let ((door, mut at_door), (relationship, mut at_relationship)) = (mpsc::channel(64), mpsc::channel(64));
    (engine.door, engine.relationship) = (door, relationship);
    organization.tell(&mut engine).unwrap();

    // The door opens, the other session is refused: that is no loss of the enrollment, and nobody is asked about it.
    engine.set_server(SessionKind::Relationship, Server::Refused(CloseCode::Unauthenticated)).unwrap();
    assert!(!engine.is_unknown_to_server());
    engine.server = Server::Online;
    engine.keep_certificate(clock::now()).unwrap();
    let renews = asked(&mut at_door).into_iter().filter(|command| matches!(command, SignalCommand::Renew { .. }));
    assert_eq!(renews.count(), 1);

    // With the new certificate in the log, the other session is opened as well.
    organization.renew(&mut me, clock::now().plus_ms(DAY_MS));
    organization.tell(&mut engine).unwrap();
    engine.on_renewed(me.certificate.clone()).unwrap();
    assert!(!engine.is_overdue(clock::now()));
    let commands = asked(&mut at_relationship);
    assert!(
        matches!(commands.as_slice(), [SignalCommand::Certificate(own), SignalCommand::Start] if *own == me.certificate)
    );
}

#[tokio::test]
async fn a_peer_who_was_away_is_waited_for_and_no_reset_is_seen() {
    let mut organization = Organization::new();
    let (_, disk) = device(&mut organization);
    let mut colleague = organization.colleague();
    let mut engine = open(&disk);
    organization.tell(&mut engine).unwrap();
    meet(&mut engine, &colleague);
    engine.peers.get_mut(&colleague.device()).unwrap().record.relation = Relation::Accepted;
    engine.keep_peer(colleague.device()).unwrap();
    engine.meet_identity(colleague.member).unwrap();
    let member = colleague.member;
    let standing = |engine: &Engine| engine.acquaintances().standing(engine.own_access(), member, clock::now());
    assert_eq!(standing(&engine), Standing::Accepted);

    organization.renew(&mut colleague, clock::now().minus_ms(DAY_MS));
    organization.tell(&mut engine).unwrap();
    let mut events = engine.events.subscribe();
    let _ = engine.trust.take_device(colleague.certificate.clone(), colleague.envelope.public().clone(), None);
    assert_eq!(standing(&engine), Standing::Unmet, "not to be reached until it is renewed");
    assert_eq!(engine.bond(member), Bond::Holds);
    assert!(!engine.acquaintances().has_left(member));

    organization.renew(&mut colleague, clock::now().plus_ms(DAY_MS));
    organization.tell(&mut engine).unwrap();
    let taken = engine.trust.take_device(colleague.certificate.clone(), colleague.envelope.public().clone(), None);
    assert_eq!(taken, Ok(colleague.device()));
    assert_eq!((standing(&engine), engine.bond(member)), (Standing::Accepted, Bond::Holds));
    assert_eq!(told(&mut events, "identity-reset"), 0);
}
