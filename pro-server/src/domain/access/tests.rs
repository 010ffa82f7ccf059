//! Who gets which grant, and over whom.

use super::*;

const ID: AdministratorId = AdministratorId::from_bytes([1; 16]);

fn with(roles: &[&str]) -> SignedIn {
    let roles = roles.iter().map(|role| role.parse().expect("a role")).collect();
    SignedIn::new(ID, roles, Hash32::sha256(b"session"), Proved::Always)
}

fn group(name: &str) -> Group {
    Group::parse(name).expect("a group")
}

/// Each permission and each role, by hand: a change of the table in `access.rs` is meant.
#[test]
fn every_permission_has_the_roles_that_it_is_meant_to_have() {
    let golden = [
        ("PeopleRead", "owner people auditor help-desk"),
        ("PeopleWrite", "owner people"),
        ("PeopleImport", "owner people"),
        ("DeviceWrite", "owner people"),
        ("LostDevice", "owner people help-desk"),
        ("NewcomerCode", "owner people help-desk"),
        ("CodeWrite", "owner people"),
        ("PolicyRead", "owner people policy auditor"),
        ("PolicyRules", "owner policy auditor"),
        ("PolicyWrite", "owner policy"),
        ("DirectoryRead", "owner people auditor"),
        ("DirectoryRun", "owner people"),
        ("AuditRead", "owner auditor"),
        ("AuditErase", "owner"),
        ("PersonExport", "owner"),
        ("AdministratorRead", "owner auditor"),
        ("AdministratorWrite", "owner"),
        ("ApprovalRead", "owner people policy auditor"),
        ("IntegrationRead", "owner people auditor"),
        ("IntegrationWrite", "owner"),
        ("IntegrationRevoke", "owner"),
        ("PushBrakeRelease", "owner people"),
        ("PeoplePush", "owner"),
        ("ServerKeep", "owner"),
    ];
    let told = |roles: &[Role]| roles.iter().map(|role| role.name()).collect::<Vec<_>>().join(" ");
    let mut missing = Vec::new();
    for (name, _, roles, _) in PERMISSIONS {
        match golden.iter().find(|(known, _)| known == name) {
            Some((_, meant)) => assert_eq!(told(roles), *meant, "{name}"),
            None => missing.push(*name),
        }
    }
    assert!(missing.is_empty(), "who has these is written nowhere: {missing:?}");
}

#[test]
fn no_permission_acts_as_a_person_and_the_help_desk_has_three() {
    for (name, _, roles, _) in PERMISSIONS {
        for forbidden in ["Impersonat", "SignInAs", "Enroll", "Message", "Contact", "Inbox"] {
            assert!(!name.contains(forbidden), "{name}");
        }
        assert!(roles.contains(&Role::Owner), "{name}: an owner has everything");
    }
    let of_help_desk = PERMISSIONS.iter().filter(|(_, _, roles, _)| roles.contains(&Role::HelpDesk));
    let names: Vec<&str> = of_help_desk.map(|(name, ..)| *name).collect();
    assert_eq!(names, ["PeopleRead", "LostDevice", "NewcomerCode"]);
}

#[test]
fn an_auditor_looks_and_an_owner_acts() {
    let (owner, auditor) = (with(&["owner"]), with(&["auditor"]));
    assert!(owner.grant::<PeopleWrite>().is_ok_and(|grant| *grant.actor() == Party::Administrator(ID)));
    assert!(auditor.may::<PeopleRead>() && auditor.may::<AuditRead>());
    for refused in [
        auditor.grant::<PeopleWrite>().err(),
        auditor.grant::<DeviceWrite>().err(),
        auditor.grant::<NewcomerCode>().err(),
        auditor.grant::<PolicyWrite>().err(),
        auditor.grant::<DirectoryRun>().err(),
        auditor.grant::<AdministratorWrite>().err(),
    ] {
        assert_eq!(refused, Some(NotGranted));
    }
    assert!(!with(&[]).may::<PeopleRead>(), "without a role there is nothing");
}

#[test]
fn a_role_over_a_group_reaches_its_people_and_nothing_of_the_organization() {
    let clerk = with(&["people:lyon"]);
    let reach = clerk.grant::<PeopleWrite>().expect("over a group").reach().clone();
    assert!(reach.holds(&[group("lyon"), group("paris")].into()));
    assert!(!reach.holds(&[group("paris")].into()) && !reach.holds(&BTreeSet::new()));
    assert!(!clerk.may::<DirectoryRun>() && !clerk.may::<PeopleImport>() && !clerk.may::<IntegrationRead>());
    assert!(!with(&["auditor:lyon"]).may::<AuditRead>(), "the audit is of everybody");

    let several = with(&["people:lyon", "help-desk:paris"]);
    let groups = |names: &[&str]| Reach::Groups(names.iter().map(|name| group(name)).collect());
    let of = |reach: Result<Reach, NotGranted>| reach.expect("over groups");
    assert_eq!(of(several.grant::<LostDevice>().map(|g| g.reach().clone())), groups(&["lyon", "paris"]));
    assert_eq!(of(several.grant::<PeopleWrite>().map(|g| g.reach().clone())), groups(&["lyon"]));
    let wide = with(&["auditor", "people:lyon"]);
    assert_eq!(of(wide.grant::<PeopleRead>().map(|g| g.reach().clone())), Reach::Everybody);
    assert_eq!(of(wide.grant::<PeopleWrite>().map(|g| g.reach().clone())), groups(&["lyon"]));
}

#[test]
fn a_policy_of_a_group_is_for_whoever_has_the_group() {
    let of_lyon = with(&["policy:lyon"]).grant::<PolicyWrite>().expect("over a group");
    assert_eq!(of_lyon.may_set(Some(&group("lyon"))), Ok(()));
    assert_eq!(of_lyon.may_set(Some(&group("paris"))), Err(NotGranted));
    assert_eq!(of_lyon.may_set(None), Err(NotGranted), "the organization's own rows reach everybody");
    let everywhere = with(&["policy"]).grant::<PolicyWrite>().expect("over everybody");
    assert!(everywhere.may_set(None).is_ok() && everywhere.may_set(Some(&group("paris"))).is_ok());
    // Whoever looks at everything and changes one group drafts for that group.
    let both = with(&["auditor", "policy:lyon"]);
    let (read, write) = (both.grant::<PolicyRules>().expect("reads"), both.grant::<PolicyWrite>().expect("writes"));
    assert_eq!(read.reach(), &Reach::Everybody);
    assert_eq!(read.narrowed_to(&write).reach(), &Reach::Groups([group("lyon")].into()));
}

#[test]
fn a_program_does_what_its_token_was_made_for() {
    let with = |scope| Integration::new(IntegrationId::from_bytes([2; 16]), scope);
    let (pushes, reads, acts) = (with(Scope::Provisioning), with(Scope::Read), with(Scope::Administer));
    assert!(pushes.grant::<PeoplePush>().is_ok_and(|grant| *grant.actor() == Party::Integration(pushes.id())));
    assert_eq!(pushes.grant::<PeopleRead>().err(), Some(OutOfScope(Scope::Provisioning)));
    assert!(reads.grant::<PeopleRead>().is_ok() && acts.grant::<PeopleRead>().is_ok());
    assert!(reads.grant::<PeopleWrite>().is_err() && acts.grant::<PeopleWrite>().is_ok());
    for who in [reads, acts] {
        assert!(who.grant::<PeoplePush>().is_err());
    }
    for only_people in [
        acts.grant::<AdministratorWrite>().err(),
        acts.grant::<IntegrationWrite>().err(),
        acts.grant::<AuditErase>().err(),
        acts.grant::<ServerKeep>().err(),
    ] {
        assert_eq!(only_people, Some(OutOfScope(Scope::Administer)));
    }
}

#[test]
fn a_stranger_on_the_machine_gets_nothing() {
    assert_eq!(LocalAdministrator::of_peer(1001, 1000), Err(NotAdministrator));
    assert!(LocalAdministrator::of_peer(1000, 1000).is_ok());
    let root = LocalAdministrator::of_peer(0, 1000).map(LocalAdministrator::grant::<PolicyWrite>);
    assert!(root.is_ok_and(|grant| *grant.actor() == Party::LocalAdministrator { uid: 0 }));
}
