//! The pictures of groups: everybody in it gets the one that the roster names, whoever brings it, and nobody else gets any.

use protocol::ids::Hash32;
use protocol::link::LinkFrame;
use protocol::roster::RosterChange;

use super::super::{Handled, Outcome};
use super::crowd::Crowd;
use super::fake::Fake;
use super::world::Commit;

/// This machine gives the group another picture.
fn set(crowd: &mut Crowd<Fake>, at: usize, bytes: &[u8]) {
    let conversation = crowd.roster(at).unwrap().roster.conversation();
    crowd.call(at, Commit::Whole, |talk, tx, around| {
        let picture = talk.propose_picture(tx, conversation, bytes.to_vec())?;
        talk.change_group(tx, around, conversation, RosterChange::Picture { picture: Some(picture) })
    });
}

fn shown(crowd: &Crowd<Fake>, at: usize) -> Option<Vec<u8>> {
    let group = crowd.roster(at)?;
    let machine = &crowd.machines[at];
    machine.vault.read(|tx| machine.talk.picture(tx, &group)).unwrap()
}

#[test]
fn a_picture_comes_to_everybody_in_the_group_and_to_whoever_joins() {
    let mut crowd = Crowd::fake(21, 4);
    crowd.begin(0, &[1, 2]);
    crowd.settle();
    crowd.unlink(0, 2);
    set(&mut crowd, 0, b"first");
    crowd.settle();
    assert_eq!([0, 1, 2].map(|at| shown(&crowd, at)), [(); 3].map(|()| Some(b"first".to_vec())));
    // An administrator who does not hold the pen has the bytes; the pen-holder names them.
    let one = crowd.machines[1].member;
    crowd.change(0, Commit::Whole, RosterChange::Promote { member: one });
    crowd.settle();
    set(&mut crowd, 1, b"second");
    crowd.settle();
    let three = crowd.machines[3].member;
    crowd.change(0, Commit::Whole, RosterChange::Add { member: three });
    crowd.settle();
    assert_eq!([0, 1, 2, 3].map(|at| shown(&crowd, at)), [(); 4].map(|()| Some(b"second".to_vec())));
    crowd.change(0, Commit::Whole, RosterChange::Picture { picture: None });
    crowd.settle();
    assert_eq!([0, 1, 2, 3].map(|at| shown(&crowd, at)), [(); 4].map(|()| None));
    crowd.check();
}

#[test]
fn only_what_the_roster_names_is_kept_and_strangers_get_nothing() {
    let mut crowd = Crowd::fake(22, 3);
    crowd.begin(0, &[1]);
    crowd.settle();
    set(&mut crowd, 0, b"the picture");
    crowd.settle();
    let group = crowd.roster(1).unwrap();
    let conversation = group.roster.conversation();
    let picture = Hash32::sha256(b"the picture");
    let (zero, two) = (crowd.machines[0].device, crowd.machines[2].device);
    let mut answers = Vec::new();
    for (from, frame) in [
        (zero, LinkFrame::Picture { conversation, bytes: b"another one".to_vec() }),
        (two, LinkFrame::PictureWanted { conversation, picture }),
    ] {
        let mut said = usize::MAX;
        crowd.call(1, Commit::Whole, |talk, tx, around| match talk.on_link_frame(tx, around, from, frame)? {
            Handled::Lanes(out) => {
                said = out.frames.len();
                Ok(out)
            }
            Handled::Other(_) => panic!("it is about a group"),
        });
        answers.push(said);
    }
    assert_eq!(shown(&crowd, 1), Some(b"the picture".to_vec()));
    assert_eq!(answers, [0, 0], "nothing was said to either");
}

#[test]
fn whoever_asks_early_has_it_when_it_comes_and_nobody_gets_more_than_a_share() {
    let mut crowd = Crowd::fake(23, 3);
    crowd.begin(0, &[1, 2]);
    crowd.settle();
    let one = crowd.machines[1].member;
    crowd.change(0, Commit::Whole, RosterChange::Promote { member: one });
    crowd.settle();
    // The pen-holder names what only the administrator has, and the third is linked with the pen-holder alone.
    crowd.unlink(1, 2);
    set(&mut crowd, 1, b"early");
    crowd.settle_without(usize::MAX);
    assert_eq!(shown(&crowd, 2), Some(b"early".to_vec()));

    let conversation = crowd.roster(1).unwrap().roster.conversation();
    let (from, picture) = (crowd.machines[0].device, Hash32::sha256(b"early"));
    let mut given = 0;
    for _ in 0..200 {
        crowd.call(1, Commit::Whole, |talk, tx, around| {
            match talk.on_link_frame(tx, around, from, LinkFrame::PictureWanted { conversation, picture })? {
                Handled::Lanes(out) => {
                    given += out.frames.len();
                    Ok(Outcome::default())
                }
                Handled::Other(_) => panic!("it is about a group"),
            }
        });
    }
    assert!((1..=64).contains(&given), "{given}");
}
