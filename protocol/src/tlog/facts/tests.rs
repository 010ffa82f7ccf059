//! The rules of the log, leaf by leaf: what counts, what is refused, and what no later leaf undoes.

use super::*;
use crate::limits::{CLOCK_SKEW_MS_MAX, IDENTITY_ORDER_LIFETIME_MS};

const MEMBER: MemberId = MemberId::from_bytes([1; 16]);

fn device(n: u8) -> DeviceId {
    DeviceId::from_bytes([n; 16])
}

fn add_device(n: u8) -> Leaf {
    Leaf::DeviceAdd { member: MEMBER, device: device(n), certificate: Hash32::from_bytes([n; 32]) }
}

fn facts(leaves: &[Leaf]) -> Facts {
    let mut facts = Facts::default();
    for leaf in leaves {
        facts.apply(leaf).unwrap();
    }
    facts
}

fn enrolled() -> Vec<Leaf> {
    vec![
        Leaf::MemberAdd { member: MEMBER, commitment: Hash32::from_bytes([0; 32]) },
        Leaf::IdentitySet { member: MEMBER, identity_key: [1; 32] },
        add_device(1),
    ]
}

#[test]
fn a_revocation_is_for_good() {
    let mut facts = facts(&enrolled());
    assert!(facts.is_live(device(1)));
    facts.apply(&Leaf::DeviceRevoke { device: device(1) }).unwrap();
    assert!(!facts.is_live(device(1)));
    let renew = Leaf::DeviceRenew { device: device(1), certificate: Hash32::from_bytes([9; 32]) };
    assert_eq!(facts.apply(&renew), Err(LeafRefused::UnknownDevice));
    assert_eq!(facts.apply(&add_device(1)), Err(LeafRefused::DeviceTwice));
    assert!(!facts.is_live(device(1)));
}

#[test]
fn a_reset_ends_earlier_devices_and_lets_a_new_one_in() {
    let mut facts = facts(&enrolled());
    let same = Leaf::IdentityReset { member: MEMBER, identity_key: [1; 32] };
    assert_eq!(facts.apply(&same), Err(LeafRefused::Identity));
    facts.apply(&Leaf::IdentityReset { member: MEMBER, identity_key: [2; 32] }).unwrap();
    assert!(!facts.is_live(device(1)));
    facts.apply(&add_device(2)).unwrap();
    assert!(facts.is_live(device(2)));
    assert_eq!((facts.identity_key(MEMBER), facts.identity_resets(MEMBER)), (Some([2; 32]), 1));
}

#[test]
fn a_second_device_without_a_sponsor_never_counts() {
    let mut facts = facts(&enrolled());
    facts.apply(&add_device(2)).unwrap();
    assert_eq!(facts.device(device(2)).map(|record| record.standing), Some(Standing::Unsponsored));
    facts.apply(&Leaf::DeviceRevoke { device: device(1) }).unwrap();
    assert!(!facts.is_live(device(2)));
}

#[test]
fn a_revocation_of_an_earlier_log_stays_and_breaks_nothing() {
    let before = {
        let mut facts = facts(&enrolled());
        facts.apply(&Leaf::DeviceRevoke { device: device(1) }).unwrap();
        facts
    };
    let mut after = Facts::default();
    after.bar(before.ended_devices());
    for leaf in enrolled() {
        after.apply(&leaf).unwrap();
    }
    assert!(!after.is_live(device(1)) && after.is_ended(device(1)));
    assert_eq!(after.live_devices(MEMBER).count(), 0);
    // The server, which has forgotten it, may renew the device: this log is not broken by that, and the device not back.
    let renew = Leaf::DeviceRenew { device: device(1), certificate: Hash32::from_bytes([9; 32]) };
    assert_eq!(after.apply(&renew), Ok(()));
    assert!(!after.is_live(device(1)));
    // Who remembers nothing says the same about a second device.
    after.apply(&add_device(2)).unwrap();
    assert!(!after.is_live(device(2)));
    assert_eq!(after.ended_devices(), [device(1)].into());
}

#[test]
fn what_an_honest_server_never_writes_is_refused() {
    let mut facts = facts(&enrolled());
    let stranger = MemberId::from_bytes([8; 16]);
    let hash = Hash32::from_bytes([0; 32]);
    let refused = [
        (Leaf::MemberAdd { member: MEMBER, commitment: hash }, LeafRefused::MemberTwice),
        (Leaf::IdentitySet { member: MEMBER, identity_key: [3; 32] }, LeafRefused::Identity),
        (Leaf::IdentitySet { member: stranger, identity_key: [3; 32] }, LeafRefused::UnknownMember),
        (Leaf::IdentityReset { member: stranger, identity_key: [3; 32] }, LeafRefused::UnknownMember),
        (Leaf::DeviceAdd { member: stranger, device: device(5), certificate: hash }, LeafRefused::UnknownMember),
        (Leaf::DeviceRevoke { device: device(5) }, LeafRefused::UnknownDevice),
    ];
    for (leaf, why) in refused {
        assert_eq!(facts.apply(&leaf), Err(why), "{leaf:?}");
    }
    facts.apply(&Leaf::PolicyPublish { version: 2, hash }).unwrap();
    assert_eq!(facts.apply(&Leaf::PolicyPublish { version: 2, hash }), Err(LeafRefused::Version));
    assert_eq!(facts.policy(), Some((2, hash)));
}

fn end(key: u8, approvals: Vec<Approval>) -> Leaf {
    Leaf::IdentityEnd { member: MEMBER, identity_key: [key; 32], at: Timestamp::from_millis(7), approvals }
}

#[test]
fn an_identity_that_ended_counts_no_more_until_another_one_is_set() {
    let mut facts = facts(&enrolled());
    assert_eq!(facts.apply(&end(9, vec![])), Err(LeafRefused::Identity), "another key than the member's");
    facts.apply(&end(1, vec![])).unwrap();
    assert!(!facts.is_live(device(1)));
    assert_eq!((facts.identity_key(MEMBER), facts.identity_ended(MEMBER)), (None, Some(Timestamp::from_millis(7))));
    for silent in [
        add_device(2),
        end(1, vec![]),
        Leaf::IdentitySet { member: MEMBER, identity_key: [2; 32] },
        Leaf::IdentityReset { member: MEMBER, identity_key: [1; 32] },
    ] {
        assert_eq!(facts.apply(&silent), Err(LeafRefused::Identity), "{silent:?}");
    }
    facts.apply(&Leaf::IdentityReset { member: MEMBER, identity_key: [2; 32] }).unwrap();
    facts.apply(&add_device(2)).unwrap();
    assert!(facts.is_live(device(2)) && !facts.is_live(device(1)));
    assert_eq!((facts.identity_key(MEMBER), facts.identity_ended(MEMBER)), (Some([2; 32]), None));
    assert_eq!((facts.identity_resets(MEMBER), facts.identity_reset_at(MEMBER)), (1, Some(Timestamp::from_millis(7))));
    // Whoever took the first key does not come back by way of the end of the second.
    facts.apply(&end(2, vec![])).unwrap();
    let back = Leaf::IdentityReset { member: MEMBER, identity_key: [1; 32] };
    assert_eq!(facts.apply(&back), Err(LeafRefused::Identity));
    assert!(facts.was_ended(MEMBER, &[1; 32]) && !facts.was_ended(MEMBER, &[3; 32]));
}

#[test]
fn where_the_root_named_approvers_no_identity_is_reset_without_them() {
    let keys = [1, 10, 11].map(|seed| crate::keys::SigningKey::from_bytes(&[seed; 32]));
    let [root, claire, marc] = &keys;
    let organization = OrganizationFingerprint::of_key(root.verifying_key().as_bytes());
    let list = |serial, needed| {
        let keys = [claire, marc].map(|key| super::super::identity_end::ApproverKey(key.verifying_key().to_bytes()));
        Leaf::ApproversSet { document: Approvers { serial, needed, keys: keys.to_vec() }.sign(root) }
    };
    let mut facts = Facts::of(organization);
    for leaf in enrolled() {
        facts.apply(&leaf).unwrap();
    }
    facts.apply(&list(5, 2)).unwrap();
    assert_eq!(facts.apply(&list(5, 0)), Err(LeafRefused::Approvers), "not newer");
    let stranger = Facts::of(OrganizationFingerprint::from_bytes([9; 32])).apply(&list(5, 2));
    assert_eq!(stranger, Err(LeafRefused::Approvers), "another organization's root");

    let reset = Leaf::IdentityReset { member: MEMBER, identity_key: [2; 32] };
    assert_eq!(facts.apply(&reset), Err(LeafRefused::Unapproved), "a silent one");
    let (at, commitment) = (Timestamp::from_millis(7), facts.commitment(MEMBER).unwrap());
    let order = IdentityOrder { organization, member: MEMBER, identity_key: [1; 32], at, commitment };
    let (one, other) = (order.approve(claire), order.approve(marc));
    for too_few in [vec![], vec![one.clone()], vec![one.clone(), one.clone()], vec![one.clone(), order.approve(root)]] {
        assert_eq!(facts.apply(&end(1, too_few)), Err(LeafRefused::Unapproved));
    }
    let of_another = IdentityOrder { commitment: Hash32::from_bytes([9; 32]), ..order };
    let shown_another = [claire, marc].map(|key| of_another.approve(key)).to_vec();
    assert_eq!(facts.apply(&end(1, shown_another)), Err(LeafRefused::Unapproved), "they were shown somebody else");
    let both = end(1, vec![one, other]);
    let week = at.plus_ms(IDENTITY_ORDER_LIFETIME_MS + CLOCK_SKEW_MS_MAX);
    assert_eq!(facts.apply_since(week.plus_ms(1), &both), Err(LeafRefused::Unapproved), "kept back for too long");
    facts.apply_since(week, &both).unwrap();
    facts.apply(&reset).unwrap();
    // The next one needs signatures of its own: these were under the first key.
    let again = [claire, marc].map(|key| order.approve(key));
    assert_eq!(facts.apply(&end(2, again.to_vec())), Err(LeafRefused::Unapproved));
    facts.apply(&list(6, 0)).unwrap();
    facts.apply(&end(2, vec![])).unwrap();
}
