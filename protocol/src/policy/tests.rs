//! The rows as people write them, old documents, and what is in force for whom: the laws of layers on random ones.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::*;
use crate::codec;
use crate::directory::Group;
use crate::ids::MemberId;
use crate::time::Timestamp;

const ME: MemberId = MemberId::from_bytes([1; 16]);
const OTHER: MemberId = MemberId::from_bytes([2; 16]);

/// Values of a row, as people write them: enough for every pair to be comparable or not.
fn samples(key: PolicyKey) -> Vec<String> {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    match key.kind() {
        Kind::Choice(choices) => choices.iter().map(|choice| choice.word.to_owned()).collect(),
        Kind::Number(range) => {
            let none = range.none.map(|none| if none == NoLimit::Zero { "0" } else { "none" }.to_owned());
            [range.min, range.min + 1, range.max].map(|n| n.to_string()).into_iter().chain(none).collect()
        }
        Kind::List(list) => [list.nothing.to_owned(), list.all.to_owned()]
            .into_iter()
            .chain(["a", "b", "a,b", "b,c"].map(|items| format!("{}:{items}", list.some)))
            .collect(),
        Kind::Set(choices) => {
            choices.iter().map(|choice| choice.word.to_owned()).chain([String::from("none")]).collect()
        }
        Kind::Version => words(&["0.0.0", "0.1.0", "1.0.0"]),
        Kind::Visibility => words(&["all", "same-group", "groups:a", "groups:a,b", "groups:c", "none"]),
    }
}

#[test]
fn every_row_is_written_and_read_the_same() {
    let mut numbers = BTreeSet::new();
    for key in PolicyKey::ALL.iter().copied() {
        let row = key.row();
        assert_eq!((row.key, row.name.parse()), (key, Ok(key)));
        for number in [Some(row.number), row.kind.beside()].into_iter().flatten() {
            assert!(numbers.insert(number), "{key}: its number is another row's");
        }
        assert!(row.scopes.contains(&ScopeKind::Organization), "{key} can be set for everybody");
        for text in samples(key) {
            let policy = Policy::of(&[(key, &text)]).expect("a value");
            assert_eq!(policy.value(key), text);
            let bytes = codec::encode(&policy);
            assert_eq!(codec::decode_deterministic::<Policy>(&bytes), Ok(policy.clone()), "{key} = {text}");
            assert!(key.kind().is_as_strict(policy.at(key), &row.default), "{key}: the default permits the most");
        }
        assert_eq!(Policy::of(&[(key, "nonsense")]), Err(BadPolicy::Value(key)));
    }
    assert!(Policy::of(&[(PolicyKey::MessageRetentionDays, "3")]).is_err());
    assert!("file.sned".parse::<PolicyKey>().is_err());
}

#[test]
fn a_list_has_one_spelling_and_bounds() {
    let policy = Policy::of(&[(PolicyKey::FileSend, "types: .PDF ,docx,pdf")]).expect("a list");
    assert_eq!(policy.value(PolicyKey::FileSend), "types:docx,pdf");
    assert!(policy.file_send().holds("pdf") && !policy.file_send().holds("exe"));
    for bad in ["types:", "types:a b", "types:../x", "groups:pdf", ""] {
        assert!(Policy::of(&[(PolicyKey::FileSend, bad)]).is_err(), "{bad}");
    }
    let many = (0..=crate::limits::POLICY_LIST_ITEMS_MAX).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    assert!(Policy::of(&[(PolicyKey::FileSend, &format!("types:{many}"))]).is_err());
    let one = |head: &[u8]| [head, &[0x81, 0x63], b"pdf"].concat();
    // {0: 0, 11: ["pdf"]}: a program that knows nothing of 11 reads "off".
    let read = codec::decode::<Policy>(&one(&[0xa2, 0, 0, 11])).expect("a list");
    assert_eq!(read.value(PolicyKey::FileSend), "types:pdf");
    assert_eq!(codec::encode(&read), one(&[0xa2, 0, 0, 11]));
    // {0: 1, 11: …}, {11: …}, {0: …}
    for head in [&[0xa2, 0, 1, 11][..], &[0xa1, 11], &[0xa1, 0]] {
        assert!(codec::decode::<Policy>(&one(head)).is_err(), "{head:?}");
    }
    // {6: ["pdf", "docx"]}: out of order.
    let unordered = [&[0xa1, 6, 0x82, 0x63][..], b"pdf", &[0x64], b"docx"].concat();
    assert!(codec::decode::<Policy>(&unordered).is_err());
}

#[test]
fn a_document_from_before_there_were_layers_is_read() {
    // {0: 7, 1: 9, 2: {0: 0, 1: 5, 2: 0, 3: 30, 4: {0: 1, 1: 2, 2: 3}, 5: [1, []]}}
    let old = [
        &[0xa3, 0, 7, 1, 9, 2, 0xa6, 0, 0, 1, 5, 2, 0, 3, 0x18, 30][..],
        &[4, 0xa3, 0, 1, 1, 2, 2, 3, 5, 0x82, 1, 0x80],
    ]
    .concat();
    let document: PolicyDocument = codec::decode(&old).expect("an old document");
    assert_eq!((document.version, document.layers, document.rules().locked.len()), (7, None, 0));
    let written = |key| document.policy.value(key);
    assert_eq!(written(PolicyKey::FileSend), "off");
    assert_eq!(written(PolicyKey::FileMaxBytes), "5");
    assert_eq!(written(PolicyKey::ContactAutoAccept), "nobody");
    assert_eq!(written(PolicyKey::MessageRetentionDays), "30");
    assert_eq!(written(PolicyKey::ClientMinVersion), "1.2.3");
    assert_eq!(written(PolicyKey::DirectoryVisibility), "same-group");
    assert_eq!(codec::encode(&document), old, "and written as it was");
    let twice = [0xa2, 0, 0, 0, 1];
    assert!(codec::decode::<Policy>(&twice).is_err());
}

fn rules(locked: &[PolicyKey], rows: &[(PolicyKey, &str)]) -> Rules {
    Rules { policy: Policy::of(rows).expect("rows"), locked: locked.iter().copied().collect() }
}

#[test]
fn the_most_specific_wins_ties_go_to_the_stricter_and_a_lock_holds() {
    use PolicyKey::FileMaxBytes as Max;
    let (organization, paris, lyon, me) = (
        rules(&[], &[(Max, "100")]),
        rules(&[], &[(Max, "300")]),
        rules(&[], &[(Max, "200")]),
        rules(&[], &[(Max, "none")]),
    );
    let groups = [(ScopeKind::Group, &paris), (ScopeKind::Group, &lyon)];
    assert_eq!(effective(&organization, &groups).file_max_bytes(), Some(200));
    let all = [groups[0], groups[1], (ScopeKind::Person, &me)];
    assert_eq!(effective(&organization, &all).file_max_bytes(), None);
    let locked = rules(&[Max], &[(Max, "100")]);
    assert_eq!(effective(&locked, &all).file_max_bytes(), Some(100));
    let stricter = rules(&[], &[(Max, "50")]);
    assert_eq!(effective(&locked, &[(ScopeKind::Person, &stricter)]).file_max_bytes(), Some(50));
    let lyon_locked = rules(&[Max], &[(Max, "200")]);
    let all = [(ScopeKind::Group, &paris), (ScopeKind::Group, &lyon_locked), (ScopeKind::Person, &me)];
    assert_eq!(effective(&organization, &all).file_max_bytes(), Some(200));
}

#[test]
fn layers_are_taken_only_as_the_policy_names_them_and_only_ones_own() {
    let scopes = [Scope::Group(Group::parse("paris").expect("a group")), Scope::Person(OTHER), Scope::Person(ME)];
    let layer = |(n, scope): (u8, &Scope)| {
        Layer::new([n; 32], scope.clone(), rules(&[], &[(PolicyKey::FileMaxBytes, "5")])).to_bytes()
    };
    let layers: Vec<Vec<u8>> = (0..).zip(&scopes).map(layer).collect();
    let tree = layers_tree(&layers);
    let root = LayersRoot { count: tree.size(), root: tree.root() };
    let document = PolicyDocument::new(4, Timestamp::ZERO, Rules::default(), Some(root));
    let proven = |index: usize| ProvenLayer {
        index: index as u64,
        layer: layers[index].clone(),
        proof: tree.inclusion(index as u64, tree.size()).expect("a proof"),
    };
    let read = |version, layers: Vec<ProvenLayer>, document: &PolicyDocument| {
        PolicyLayers::read(&PolicyLayers { version, layers }.to_bytes(), document, ME)
    };
    let ours = read(4, vec![proven(0), proven(2)], &document).expect("ours");
    assert_eq!(ours.iter().map(|(scope, _)| scope.clone()).collect::<Vec<_>>(), [scopes[0].clone(), scopes[2].clone()]);
    assert_eq!(read(4, vec![proven(1)], &document), Err(BadLayers::NotOurs));
    assert_eq!(read(4, vec![proven(0), proven(0)], &document), Err(BadLayers::NotOurs));
    assert_eq!(read(3, vec![], &document), Err(BadLayers::OtherVersion));
    let forged = ProvenLayer { layer: layer((9, &scopes[2])), ..proven(2) };
    assert_eq!(read(4, vec![forged], &document), Err(BadLayers::NotNamed));
    let bare = PolicyDocument::new(4, Timestamp::ZERO, Rules::default(), None);
    assert_eq!(read(4, vec![proven(0)], &bare), Err(BadLayers::NotNamed));
}

fn any_value(key: PolicyKey) -> impl Strategy<Value = String> {
    select(samples(key))
}

fn any_rules(key: PolicyKey) -> impl Strategy<Value = Rules> {
    (any_value(key), any::<bool>(), any::<bool>()).prop_map(move |(value, is_set, is_locked)| {
        let rows: Vec<_> = is_set.then_some((key, value.as_str())).into_iter().collect();
        let locked: Vec<_> = is_locked.then_some(key).into_iter().collect();
        rules(&locked, &rows)
    })
}

fn any_layers(key: PolicyKey) -> impl Strategy<Value = Vec<(ScopeKind, Rules)>> {
    let scope = select(vec![ScopeKind::Group, ScopeKind::Group, ScopeKind::Guests, ScopeKind::Person]);
    prop::collection::vec((scope, any_rules(key)), 0..5)
}

fn any_case() -> impl Strategy<Value = (PolicyKey, Rules, Vec<(ScopeKind, Rules)>)> {
    select(PolicyKey::ALL).prop_flat_map(|key| (Just(key), any_rules(key), any_layers(key)))
}

fn in_force(key: PolicyKey, organization: &Rules, layers: &[(ScopeKind, Rules)]) -> Value {
    effective(organization, &layers.iter().map(|(scope, rules)| (*scope, rules)).collect::<Vec<_>>()).at(key).clone()
}

proptest! {
    #[test]
    fn the_strictest_is_common_to_both_whatever_the_order(key in select(PolicyKey::ALL), picks in any::<[prop::sample::Index; 3]>()) {
        let values = samples(key);
        let kind = key.kind();
        let [a, b, c] = picks.map(|pick| kind.parse(&values[pick.index(values.len())]).expect("a value"));
        let both = kind.strictest(&a, &b);
        prop_assert!(kind.is_as_strict(&both, &a) && kind.is_as_strict(&both, &b));
        prop_assert_eq!(&both, &kind.strictest(&b, &a));
        prop_assert_eq!(kind.strictest(&both, &c), kind.strictest(&a, &kind.strictest(&b, &c)));
        prop_assert_eq!(kind.strictest(&a, &a), a);
    }

    #[test]
    fn the_order_of_layers_never_matters((key, organization, layers) in any_case(), by in any::<prop::sample::Index>()) {
        let mut turned = layers.clone();
        if !turned.is_empty() {
            let by = by.index(turned.len());
            turned.rotate_left(by);
        }
        prop_assert_eq!(in_force(key, &organization, &layers), in_force(key, &organization, &turned));
        turned.reverse();
        prop_assert_eq!(in_force(key, &organization, &layers), in_force(key, &organization, &turned));
    }

    #[test]
    fn what_is_locked_is_never_loosened((key, organization, layers) in any_case()) {
        let locked = Rules { locked: [key].into(), ..organization };
        let value = in_force(key, &locked, &layers);
        prop_assert!(key.kind().is_as_strict(&value, locked.policy.at(key)));
    }

    #[test]
    fn a_restriction_never_loosens(
        (key, organization, layers) in any_case(),
        place in any::<prop::sample::Index>(),
        pick in any::<prop::sample::Index>(),
    ) {
        let before = in_force(key, &organization, &layers);
        let kind = key.kind();
        let values = samples(key);
        let other = kind.parse(&values[pick.index(values.len())]).expect("a value");
        // A value that is set becomes stricter …
        let mut all: Vec<_> = std::iter::once((ScopeKind::Organization, organization.clone())).chain(layers.clone()).collect();
        let at = place.index(all.len());
        if let Some(value) = all[at].1.policy.own(key) {
            let stricter = kind.strictest(value, &other);
            all[at].1.policy.put(key, stricter);
        }
        let after = in_force(key, &all[0].1, &all[1..]);
        prop_assert!(kind.is_as_strict(&after, &before));
        // … a lock is added …
        all[at].1.locked.insert(key);
        prop_assert!(kind.is_as_strict(&in_force(key, &all[0].1, &all[1..]), &after));
        // … or a person gets another group, whose value is as strict as what was in force.
        let mut more = layers;
        let mut rules = Rules::default();
        rules.policy.put(key, kind.strictest(&before, &other));
        more.push((ScopeKind::Group, rules));
        prop_assert!(kind.is_as_strict(&in_force(key, &organization, &more), &before));
    }

    #[test]
    fn rows_that_are_not_set_are_not_written(keys in subsequence(PolicyKey::ALL, 0..PolicyKey::ALL.len())) {
        let mut policy = Policy::default();
        for key in &keys {
            policy.put(*key, key.row().default.clone());
        }
        let read: Policy = codec::decode(&codec::encode(&policy)).expect("a policy");
        prop_assert_eq!(read.rows().map(|(key, _)| key).collect::<BTreeSet<_>>(), keys.into_iter().collect());
    }
}
