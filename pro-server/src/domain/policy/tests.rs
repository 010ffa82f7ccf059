//! Drafts that may not be published, what counts as a weakening, and that no loosening is missed.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::select;
use protocol::directory::Group;
use protocol::ids::MemberId;
use protocol::policy::{PolicyLayers, Rules, Weakening};

use super::*;

const NOW: Timestamp = Timestamp::from_millis(1_000_000_000);
const ME: MemberId = MemberId::from_bytes([1; 16]);

fn rules(locked: &[PolicyKey], rows: &[(PolicyKey, &str)]) -> Rules {
    Rules { policy: Policy::of(rows).expect("rows"), locked: locked.iter().copied().collect() }
}

fn for_all(rows: &[(PolicyKey, &str)]) -> Settings {
    Policy::of(rows).expect("rows").into()
}

fn group(name: &str) -> Group {
    Group::parse(name).expect("a group")
}

fn current() -> PolicyDocument {
    PolicyDocument::new(4, NOW, Rules::default(), None)
}

#[test]
fn every_fault_of_a_draft_is_told() {
    let mut draft = for_all(&[(PolicyKey::ClientMinVersion, "900.0.0")]);
    draft.layers.insert(Scope::Guests, rules(&[], &[(PolicyKey::FileSend, "off")]));
    let expected = [
        BadDraft::Stale { current: 4, expected: 3 },
        BadDraft::LocksEverybodyOut,
        BadDraft::NoGuests,
        BadDraft::ClockWentBack,
    ];
    assert_eq!(check(&current(), 3, &draft, Timestamp::ZERO), Err(expected.to_vec()));
    assert_eq!(check(&current(), 4, &Settings::default(), NOW), Ok(()));
    let next = next_document(&current(), &Settings::default(), &Layers::default(), NOW);
    assert_eq!((next.version, next.layers), (5, None));
}

#[test]
fn more_than_anybody_could_be_told_is_refused() {
    let mut draft = Settings::default();
    for n in 0..=POLICY_LAYERS_MAX {
        draft.layers.insert(Scope::Group(group(&n.to_string())), rules(&[], &[(PolicyKey::FileSend, "off")]));
    }
    assert_eq!(check(&current(), 4, &draft, NOW), Err(vec![BadDraft::TooMuch]));
    draft.layers.pop_first();
    assert_eq!(check(&current(), 4, &draft, NOW), Ok(()));
}

#[test]
fn what_permits_more_is_found_and_what_permits_less_is_not() {
    let open = Settings::default();
    let strict = for_all(&[
        (PolicyKey::FileSend, "off"),
        (PolicyKey::FileMaxBytes, "5"),
        (PolicyKey::ContactAutoAccept, "nobody"),
        (PolicyKey::ClientMinVersion, "0.1.0"),
        (PolicyKey::DirectoryVisibility, "none"),
    ]);
    assert_eq!(loosened(&open, &strict), None);
    assert_eq!(loosened(&strict, &strict), None);
    for (key, value) in strict.organization.policy.rows() {
        let mut looser = strict.clone();
        looser.organization.policy.unset(key);
        assert_eq!(loosened(&strict, &looser), Some(key), "{value:?}");
    }
    // Longer keeps more than was promised, and shorter deletes.
    for (before, after) in [("30", "7"), ("30", "0"), ("0", "30")] {
        let [before, after] = [before, after].map(|days| for_all(&[(PolicyKey::MessageRetentionDays, days)]));
        assert_eq!(loosened(&before, &after), Some(PolicyKey::MessageRetentionDays));
    }
}

#[test]
fn an_exception_is_a_weakening_and_a_restriction_is_none() {
    let with = |scope: &str, locked: &[PolicyKey], value: &str| {
        let mut settings = for_all(&[(PolicyKey::FileMaxBytes, "100")]);
        let scope = scope.parse().expect("a scope");
        settings.layers.insert(scope, rules(locked, &[(PolicyKey::FileMaxBytes, value)]));
        settings
    };
    let plain = for_all(&[(PolicyKey::FileMaxBytes, "100")]);
    let max = Some(PolicyKey::FileMaxBytes);
    assert_eq!(loosened(&plain, &with("group:paris", &[], "50")), None);
    assert_eq!(loosened(&plain, &with("group:paris", &[], "200")), max);
    assert_eq!(loosened(&with("group:paris", &[], "50"), &plain), max);
    assert_eq!(loosened(&with("group:paris", &[], "200"), &plain), None);
    let mut locked = with("group:paris", &[], "200");
    locked.organization.locked.insert(PolicyKey::FileMaxBytes);
    assert_eq!(loosened(&locked, &with("group:paris", &[], "200")), max, "unlocked, the group has more");
}

#[test]
fn a_lock_that_would_have_clients_delete_is_a_weakening() {
    let retention = PolicyKey::MessageRetentionDays;
    let mut kept = for_all(&[(retention, "7")]);
    kept.layers.insert(Scope::Group(group("archive")), rules(&[], &[(retention, "3650")]));
    let mut locked = kept.clone();
    locked.organization.locked.insert(retention);
    assert_eq!(loosened(&kept, &locked), Some(retention), "the archive keeps seven days from now on");
    locked.layers.clear();
    kept.layers.clear();
    assert_eq!(loosened(&kept, &locked), None, "nothing stands below it");
}

#[test]
fn layers_are_told_to_those_they_are_about_alone_and_survive_storage() {
    let mut settings = for_all(&[(PolicyKey::FileMaxBytes, "100")]);
    for (n, scope) in
        [Scope::Group(group("paris")), Scope::Group(group("lyon")), Scope::Person(ME)].into_iter().enumerate()
    {
        settings.layers.insert(scope, rules(&[], &[(PolicyKey::FileMaxBytes, &n.to_string())]));
    }
    let mut salts = [7u8, 3, 5].into_iter();
    let layers = Layers::draw(&settings, || [salts.next().expect("three"); 32]);
    let layers = Layers::from_bytes(&layers.to_bytes()).expect("stored");
    let document = next_document(&current(), &settings, &layers, NOW);
    let groups: BTreeSet<Group> = [group("paris"), group("nowhere")].into();
    let told = PolicyLayers::read(&layers.answer(5, ME, &groups).to_bytes(), &document, ME).expect("proved");
    let scopes: BTreeSet<Scope> = told.into_iter().map(|(scope, _)| scope).collect();
    assert_eq!(scopes, [Scope::Group(group("paris")), Scope::Person(ME)].into());
    assert_eq!(layers.in_force(&settings.organization, ME, &groups).file_max_bytes(), Some(2));
    let other = MemberId::from_bytes([2; 16]);
    assert_eq!(layers.in_force(&settings.organization, other, &groups).file_max_bytes(), Some(0));
    assert_eq!(layers.settings(document.rules()), settings);
    assert_eq!(Settings::from_bytes(&settings.to_bytes()), Some(settings));
}

fn any_rules(key: PolicyKey) -> impl Strategy<Value = Rules> {
    let values = match key {
        PolicyKey::DirectoryVisibility => vec!["all", "same-group", "groups:a", "groups:a,b", "none"],
        PolicyKey::MessageRetentionDays => vec!["0", "7", "30", "3650"],
        _ => vec!["none", "1", "2", "3"],
    };
    (select(values), any::<bool>(), any::<bool>()).prop_map(move |(value, is_set, is_locked)| {
        let locked: Vec<_> = is_locked.then_some(key).into_iter().collect();
        let rows: Vec<_> = is_set.then_some((key, value)).into_iter().collect();
        rules(&locked, &rows)
    })
}

fn any_settings(key: PolicyKey) -> impl Strategy<Value = Settings> {
    (any_rules(key), any_rules(key), any_rules(key), any_rules(key)).prop_map(|(organization, a, b, me)| {
        let layers = [(Scope::Group(group("a")), a), (Scope::Group(group("b")), b), (Scope::Person(ME), me)];
        Settings { organization, layers: layers.into() }.tidied()
    })
}

fn any_change() -> impl Strategy<Value = (PolicyKey, Settings, Settings)> {
    let key = select(vec![PolicyKey::FileMaxBytes, PolicyKey::DirectoryVisibility, PolicyKey::MessageRetentionDays]);
    key.prop_flat_map(|key| (Just(key), any_settings(key), any_settings(key)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_loosening_for_anybody_is_missed((key, before, after) in any_change()) {
        if weakened(&before, &after).is_empty() {
            for member in [ME, MemberId::from_bytes([2; 16])] {
                for groups in [&[][..], &["a"], &["b"], &["a", "b"]] {
                    let groups = groups.iter().map(|name| group(name)).collect();
                    let (was, is) = (before.in_force(member, &groups), after.in_force(member, &groups));
                    prop_assert!(key.kind().is_as_strict(is.at(key), was.at(key)));
                    if key.row().weakening == Weakening::EitherWay {
                        prop_assert_eq!(is.at(key), was.at(key));
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_carried_over_changes_its_own_scopes_and_leaves_all_others_as_they_are(
        (key, before, draft) in any_change(), seed in any_settings(PolicyKey::FileMaxBytes),
    ) {
        let now = if key == PolicyKey::FileMaxBytes { seed } else { before.clone() };
        let Some(next) = draft.carried_over(&before, &now) else {
            prop_assert!(now != before && draft != before);
            return Ok(());
        };
        for scope in [None, Some(Scope::Group(group("a"))), Some(Scope::Group(group("b"))), Some(Scope::Person(ME))] {
            let of = |settings: &Settings| settings.at(scope.as_ref()).cloned();
            if of(&before) == of(&draft) {
                prop_assert_eq!(of(&next), of(&now));
            } else {
                prop_assert_eq!(of(&next), of(&draft));
                prop_assert_eq!(of(&now), of(&before));
            }
        }
    }
}
