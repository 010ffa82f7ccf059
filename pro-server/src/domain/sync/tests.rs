//! The promises of a plan: whole or not at all, never a lock-out, never a login twice.

use std::collections::BTreeSet;

use proptest::prelude::*;
use protocol::directory::Group;
use protocol::policy::{Policy, PolicyKey, Rules, Scope};

use super::*;
use crate::domain::member::Lock;
use crate::domain::policy::{Layers, Settings};
use crate::domain::withheld::NoAccess;

const LIMITS: Limits = Limits { brake_percent: 10, brake_minimum: 2 };
const MEASURE: Measure<'_> = Measure { limits: LIMITS, telling: &Telling::NONE, spent: 0 };

fn seen(id: u8, login: &str) -> Seen {
    let profile = Profile::parse(login, "Notary", "").expect("sample");
    Seen { external_id: ExternalId::parse(&format!("id-{id:03}")).expect("sample"), profile: profile.into(), place: 0 }
}

fn member(id: u8, login: &str, listing: Listing, lock: Lock) -> Member {
    let Seen { external_id, profile, .. } = seen(id, login);
    Member {
        id: MemberId::from_bytes([id; 16]),
        source: Source::LDAP,
        external_id,
        profile,
        listing,
        lock,
        identity_key: None,
    }
}

fn staff(count: u8) -> Vec<Member> {
    (0..count).map(|id| member(id, &format!("n{id}"), Listing::Listed, Lock::Open)).collect()
}

fn plan(
    source: Source,
    coverage: Coverage,
    known: &[Member],
    observation: &Observation,
    measure: Measure<'_>,
) -> Planned {
    super::plan(source, coverage, &Roll::new(known.to_vec()), observation, measure)
}

fn run(known: &[Member], seen: Vec<Seen>) -> Result<Plan, Brake> {
    plan(Source::LDAP, Coverage::Whole, known, &Observation { seen, ..Observation::default() }, MEASURE)
        .heeding_the_brake()
}

/// What the service does with a plan, on plain values.
fn apply(known: &mut Vec<Member>, plan: &Plan) {
    for member in known.iter_mut() {
        if plan.suspend.contains(&member.id) {
            member.listing = Listing::Absent;
        }
        if plan.restore.contains(&member.id) {
            member.listing = Listing::Listed;
        }
        if let Some((_, profile)) = plan.update.iter().find(|(id, _)| *id == member.id) {
            member.profile = profile.clone();
        }
    }
    for entry in &plan.add {
        let id = MemberId::from_bytes([100 + known.len() as u8; 16]);
        known.push(Member {
            id,
            profile: entry.profile.clone(),
            external_id: entry.external_id.clone(),
            ..member(0, "x", Listing::Listed, Lock::Open)
        });
    }
}

#[test]
fn an_empty_directory_locks_nobody_out() {
    assert_eq!(run(&staff(1), vec![]), Err(Brake::Empty { listed: 1 }));
    assert_eq!(run(&[], vec![]), Ok(Plan::default()));
}

#[test]
fn the_larger_of_both_limits_holds() {
    let keep = |from: u8, to: u8| (from..to).map(|id| seen(id, &format!("n{id}"))).collect::<Vec<_>>();
    assert_eq!(run(&staff(10), keep(2, 10)).map(|plan| plan.suspend.len()), Ok(2));
    assert_eq!(run(&staff(10), keep(3, 10)), Err(Brake::TooMany { hit: 3, allowed: 2 }));
    assert_eq!(run(&staff(50), keep(5, 50)).map(|plan| plan.suspend.len()), Ok(5));
    assert_eq!(run(&staff(50), keep(6, 50)), Err(Brake::TooMany { hit: 6, allowed: 5 }));
}

#[test]
fn an_entry_that_became_unreadable_suspends_nobody() {
    let skipped = Skipped {
        place: 1,
        external_id: Some(seen(0, "n0").external_id),
        login: None,
        reason: SkipReason::Unusable(Attribute::Name),
    };
    let observation = Observation { seen: vec![seen(1, "n1")], skipped: vec![skipped], ..Observation::default() };
    let plan =
        plan(Source::LDAP, Coverage::Whole, &staff(2), &observation, MEASURE).heeding_the_brake().expect("no brake");
    assert_eq!((plan.suspend.len(), plan.skipped.len(), plan.unchanged), (0, 1, 1));
}

/// An entry whose id cannot be read.
fn nameless(login: Option<&str>) -> Skipped {
    let login = login.map(|login| Login::parse(login).expect("sample"));
    Skipped { place: 1, external_id: None, login, reason: SkipReason::SeveralValues(Attribute::Id) }
}

#[test]
fn whose_id_cannot_be_read_is_known_by_the_login() {
    let seen = (1..9).map(|id| seen(id, &format!("n{id}"))).collect();
    let observation = Observation { seen, skipped: vec![nameless(Some("n0"))], ..Observation::default() };
    let planned = plan(Source::LDAP, Coverage::Whole, &staff(10), &observation, MEASURE);
    let plan = planned.heeding_the_brake().expect("no brake");
    assert_eq!(plan.suspend, [MemberId::from_bytes([9; 16])], "the one who is not shown at all");
}

#[test]
fn while_entries_cannot_be_told_apart_nobody_goes_without_a_word() {
    let whole: Vec<Seen> = (0..10).map(|id| seen(id, &format!("n{id}"))).collect();
    let shows = |seen: &[Seen], skipped: &[Skipped], emptied_places| {
        let (seen, skipped) = (seen.to_vec(), skipped.to_vec());
        let observation = Observation { seen, skipped, emptied_places, ..Observation::default() };
        plan(Source::LDAP, Coverage::Whole, &staff(10), &observation, MEASURE).heeding_the_brake()
    };
    let nameless = [nameless(None)];
    assert!(shows(&whole, &nameless, 0).is_ok_and(|plan| plan.is_empty()), "nobody is missing");
    assert_eq!(shows(&whole[1..], &nameless, 0), Err(Brake::Doubtful { hit: 1 }));
    assert!(shows(&whole[1..], &[], 0).is_ok_and(|plan| plan.suspend.len() == 1));
    assert_eq!(shows(&whole[1..], &[], 1), Err(Brake::Doubtful { hit: 1 }), "a base that showed people shows none");
    assert!(shows(&whole, &[], 1).is_ok_and(|plan| plan.is_empty()), "they have all moved to another one");
}

#[test]
fn who_was_shown_a_moment_ago_stays_until_the_next_run() {
    let known = staff(10);
    let first = Observation { seen: (1..10).map(|id| seen(id, &format!("n{id}"))).collect(), ..Observation::default() };
    let missing = first.missing(Source::LDAP, &Roll::new(known.clone()));
    assert_eq!(missing.len(), 1);
    let mut second =
        Observation { seen: (2..9).map(|id| seen(id, &format!("n{id}"))).collect(), ..Observation::default() };
    second.in_doubt = second.missing(Source::LDAP, &Roll::new(known.clone())).difference(&missing).cloned().collect();
    let planned = plan(Source::LDAP, Coverage::Whole, &known, &second, MEASURE).heeding_the_brake().expect("no brake");
    assert_eq!(planned.suspend, [MemberId::from_bytes([0; 16])]);
}

#[test]
fn a_controller_that_may_lag_takes_access_only_by_closing_an_account_and_gives_none_back() {
    let mut known = staff(10);
    known[9].listing = Listing::Absent;
    let closed = WithoutAccess { place: 1, external_id: known[1].external_id.clone(), cause: NoAccess::Disabled };
    let observation = |controller| Observation {
        seen: (2..10).map(|id| seen(id, &format!("n{id}"))).collect(),
        without_access: vec![closed.clone()],
        controller,
        ..Observation::default()
    };
    let planned = |controller| {
        plan(Source::LDAP, Coverage::Whole, &known, &observation(controller), MEASURE)
            .heeding_the_brake()
            .expect("no brake")
    };
    let (lagging, settled) = (planned(Controller::MayLag), planned(Controller::Settled));
    assert_eq!((lagging.suspend, lagging.restore), (vec![MemberId::from_bytes([1; 16])], vec![]));
    assert_eq!((settled.suspend.len(), settled.restore.len()), (2, 1));
}

#[test]
fn an_import_of_a_part_suspends_nobody() {
    let observation = Observation { seen: vec![seen(9, "new")], ..Observation::default() };
    let plan =
        plan(Source::LDAP, Coverage::Part, &staff(3), &observation, MEASURE).heeding_the_brake().expect("no brake");
    assert_eq!((plan.add.len(), plan.suspend.len()), (1, 0));
}

#[test]
fn a_new_entry_takes_over_the_login_of_one_that_left() {
    let plan = run(&staff(2), vec![seen(7, "n0"), seen(1, "n1")]).expect("no brake");
    assert_eq!((plan.add.len(), plan.suspend.len()), (1, 1));
}

#[test]
fn an_entry_without_access_is_as_good_as_absent() {
    let without = |cause| WithoutAccess { place: 1, external_id: seen(0, "n0").external_id, cause };
    let shown = |without_access| Observation { seen: vec![seen(1, "n1")], without_access, ..Observation::default() };
    let absent = plan(Source::LDAP, Coverage::Whole, &staff(2), &shown(Vec::new()), MEASURE)
        .heeding_the_brake()
        .expect("no brake");
    assert_eq!(absent.suspend.len(), 1);
    for cause in [NoAccess::Disabled, NoAccess::Expired, NoAccess::OutsideGroup] {
        let plan = plan(Source::LDAP, Coverage::Whole, &staff(2), &shown(vec![without(cause)]), MEASURE);
        let plan = plan.heeding_the_brake().expect("no brake");
        assert_eq!((&plan.suspend, plan.withheld.total()), (&absent.suspend, 1), "{cause}");
        assert_eq!(plan.digest(), absent.digest(), "it does the same");
    }
    let all = Observation { without_access: vec![without(NoAccess::Disabled)], ..Observation::default() };
    let braked = plan(Source::LDAP, Coverage::Whole, &staff(1), &all, MEASURE).heeding_the_brake();
    assert_eq!(braked, Err(Brake::Empty { listed: 1 }), "a group that nobody is in locks nobody out");
}

#[test]
fn who_is_known_by_two_sources_belongs_to_the_first() {
    let elsewhere = Member { source: Source::SCIM, ..member(9, "anna", Listing::Listed, Lock::Open) };
    let plan = run(&[elsewhere], vec![seen(1, "anna"), seen(2, "bruno"), seen(3, "cleo"), seen(4, "cleo")]);
    let plan = plan.expect("no brake");
    let reasons: Vec<(ExternalId, SkipReason)> =
        plan.skipped.iter().filter_map(|skipped| Some((skipped.external_id.clone()?, skipped.reason))).collect();
    let id = |id| seen(id, "x").external_id;
    let (twice, elsewhere) = (SkipReason::DuplicateLogin, SkipReason::LoginElsewhere);
    assert_eq!(reasons, [(id(1), elsewhere), (id(3), twice), (id(4), twice)]);
    assert_eq!(plan.add.iter().map(|seen| seen.profile.login.expose()).collect::<Vec<_>>(), ["bruno"]);
}

#[test]
fn a_digest_names_the_groups_too() {
    let grouped = |group: &str| {
        let mut entry = seen(1, "anna");
        Arc::make_mut(&mut entry.profile).groups = BTreeSet::from([Group::parse(group).expect("sample")]);
        run(&[], vec![entry]).expect("no brake").digest()
    };
    assert_ne!(grouped("paris"), grouped("lyon"));
    assert_eq!(grouped("paris"), grouped("paris"));
}

#[test]
fn ten_small_runs_may_not_do_what_one_may_not() {
    let keep = |from: u8| (from..50).map(|id| seen(id, &format!("n{id}"))).collect::<Vec<_>>();
    let leave = |known: &[Member], from: u8, spent: u64| {
        let observation = Observation { seen: keep(from), ..Observation::default() };
        plan(Source::LDAP, Coverage::Whole, known, &observation, Measure { spent, ..MEASURE }).heeding_the_brake()
    };
    let mut known = staff(50);
    for gone in 1..=5 {
        let plan = leave(&known, gone, u64::from(gone) - 1).expect("each alone is small");
        assert_eq!(plan.suspend.len(), 1);
        apply(&mut known, &plan);
    }
    assert_eq!(leave(&known, 6, 5), Err(Brake::TooMany { hit: 1, allowed: 0 }));
    assert!(leave(&known, 5, 5).is_ok(), "a run that takes nothing from anybody goes on");
}

#[test]
fn who_loses_their_groups_counts_as_hit() {
    let group = |name: &str| Group::parse(name).expect("sample");
    let grouped = |id: u8, names: &[&str]| {
        let mut entry = seen(id, &format!("n{id}"));
        Arc::make_mut(&mut entry.profile).groups = names.iter().map(|name| group(name)).collect();
        entry
    };
    let known: Vec<Member> = (0..10)
        .map(|id| Member {
            profile: grouped(id, &["paris", "all"]).profile,
            ..member(id, "x", Listing::Listed, Lock::Open)
        })
        .collect();
    let blast = |names: &[&str], telling: &Telling| {
        let observation =
            &Observation { seen: (0..10).map(|id| grouped(id, names)).collect(), ..Observation::default() };
        plan(Source::LDAP, Coverage::Whole, &known, observation, Measure { telling, ..MEASURE })
    };
    let with = |visibility: &str, scope: &str, row: (PolicyKey, &str)| {
        let everybody = Policy::of(&[(PolicyKey::DirectoryVisibility, visibility)]).expect("a rule");
        let mut settings = Settings::from(everybody);
        let rules = Rules { policy: Policy::of(&[row]).expect("a rule"), ..Rules::default() };
        settings.layers.insert(scope.parse::<Scope>().expect("a scope"), rules);
        Layers::draw(&settings, || [0; 32]).telling(&settings.organization.policy)
    };
    let plain = |visibility| with(visibility, "group:nowhere", (PolicyKey::FileSend, "all"));
    let (all, same, by_paris) = (plain("all"), plain("same-group"), plain("groups:paris"));
    let ruled = with("all", "group:paris", (PolicyKey::FileSend, "all"));
    let one_looks = with("all", "group:nowhere", (PolicyKey::DirectoryVisibility, "same-group"));
    for (names, rule, hit) in [
        (&[][..], &all, 10),
        (&["all"], &all, 0),
        (&["all"], &same, 10),
        (&["all"], &by_paris, 10),
        (&["paris"], &by_paris, 0),
        (&["paris", "all", "more"], &same, 0),
        (&["all"], &ruled, 10),
        (&["paris"], &ruled, 0),
        (&["all"], &one_looks, 10),
    ] {
        let planned = blast(names, rule);
        assert_eq!((planned.blast.access, planned.blast.groups), (0, hit), "{names:?} under {rule:?}");
        assert_eq!(planned.brake.is_some(), hit > planned.blast.allowed);
    }
}

proptest! {
    /// A plan, applied, is complete: the same observation plans nothing more. A brake comes with no plan at all.
    #[test]
    fn a_run_is_whole_and_repeats_to_nothing(
        people in prop::collection::btree_map(0_u8..40, (0_u8..30, any::<bool>(), any::<bool>()), 0..30),
        entries in prop::collection::vec((0_u8..40, 0_u8..30), 0..40),
    ) {
        let mut taken = BTreeSet::new();
        let mut known: Vec<Member> = people.iter().map(|(id, (login, listed, locked))| {
            let free = taken.insert(*login);
            let listing = if *listed && free { Listing::Listed } else { Listing::Absent };
            member(*id, &format!("n{login}"), listing, if *locked { Lock::Locked } else { Lock::Open })
        }).collect();
        let before = known.clone();
        let observation: Vec<Seen> = entries.iter().map(|(id, login)| seen(*id, &format!("n{login}"))).collect();
        let Ok(first) = run(&known, observation.clone()) else { return Ok(()) };

        let losing = before.iter().filter(|m| first.suspend.contains(&m.id) && m.lock == Lock::Open).count();
        let listed = before.iter().filter(|m| m.may_take_part()).count();
        prop_assert!(losing <= (listed / 10).max(2));

        apply(&mut known, &first);
        let logins: Vec<&str> = known.iter().filter(|m| m.listing == Listing::Listed).map(|m| m.profile.login.expose()).collect();
        prop_assert_eq!(logins.iter().collect::<BTreeSet<_>>().len(), logins.len(), "a login was given twice");
        for (was, is) in before.iter().zip(&known) {
            prop_assert_eq!(was.lock, is.lock, "a run touched a manual lock");
        }
        let again = run(&known, observation);
        prop_assert!(again.is_ok_and(|p| p.suspend.is_empty()));
    }

    #[test]
    fn the_order_of_entries_does_not_matter(entries in prop::collection::vec((0_u8..10, 0_u8..6), 0..20)) {
        let forward: Vec<Seen> = entries.iter().map(|(id, login)| seen(*id, &format!("n{login}"))).collect();
        let backward: Vec<Seen> = forward.iter().rev().cloned().collect();
        prop_assert_eq!(run(&staff(6), forward), run(&staff(6), backward));
    }
}
