//! Everything that a policy says, for everybody and at each narrower scope, and the layers that it is published as. Pure. What is
//! told to one person must never say whom another layer is about.

use std::collections::{BTreeMap, BTreeSet};

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use protocol::codec;
use protocol::directory::{Group, Visibility};
use protocol::ids::MemberId;
use protocol::policy::{
    Layer, LayersRoot, Policy, PolicyDocument, PolicyKey, PolicyLayers, ProvenLayer, Rules, Scope, ScopeKind,
    effective, layers_tree,
};
use protocol::time::Timestamp;
use protocol::tlog::MerkleTree;

use crate::domain::sync::Telling;

/// What a draft says, and what a published policy said.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings {
    /// For everybody.
    pub organization: Rules,
    /// For narrower scopes.
    pub layers: BTreeMap<Scope, Rules>,
}

impl From<Policy> for Settings {
    fn from(policy: Policy) -> Self {
        Self { organization: Rules { policy, locked: BTreeSet::new() }, layers: BTreeMap::new() }
    }
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct Stored {
    #[n(0)]
    organization: PolicyDocument,
    #[n(1)]
    layers: Vec<ByteVec>,
}

impl Settings {
    /// The rules of a scope; none is the organization.
    pub fn at(&self, scope: Option<&Scope>) -> Option<&Rules> {
        match scope {
            None => Some(&self.organization),
            Some(scope) => self.layers.get(scope),
        }
    }

    /// The rules of a scope, to be changed.
    pub fn at_mut(&mut self, scope: Option<&Scope>) -> &mut Rules {
        match scope {
            None => &mut self.organization,
            Some(scope) => self.layers.entry(scope.clone()).or_default(),
        }
    }

    /// Without what says nothing: layers without rows, locks of rows that are not set there.
    #[must_use]
    pub fn tidied(mut self) -> Self {
        for rules in self.layers.values_mut().chain([&mut self.organization]) {
            let policy = &rules.policy;
            rules.locked.retain(|key| policy.own(*key).is_some());
        }
        self.layers.retain(|_, rules| !rules.policy.is_empty());
        self
    }

    /// What somebody sees whose reach ends at these groups: what holds for everybody, and the rules of those groups.
    #[must_use]
    pub fn within(mut self, own: Option<&BTreeSet<Group>>) -> Self {
        self.layers.retain(|scope, _| is_inside(scope, own));
        self
    }

    /// A draft of somebody who sees no more than these groups, as a whole: of what is beyond it says nothing, which stays as it is.
    #[must_use]
    pub fn beside(mut self, current: &Self, own: Option<&BTreeSet<Group>>) -> Self {
        for (scope, rules) in current.layers.iter().filter(|(scope, _)| !is_inside(scope, own)) {
            self.layers.entry(scope.clone()).or_insert_with(|| rules.clone());
        }
        self
    }

    /// What an earlier version said of these groups, and of nobody else, among what is in force; without groups all that it said.
    #[must_use]
    pub fn back_to(self, past: Self, own: Option<&BTreeSet<Group>>) -> Self {
        if own.is_none() {
            return past;
        }
        let mut back = self;
        back.layers.retain(|scope, _| !is_inside(scope, own));
        back.layers.extend(past.within(own).layers);
        back
    }

    /// What a draft that was made from `before` changes, done to what is in force `now`; nothing if what it depends on has changed since.
    pub fn carried_over(&self, before: &Self, now: &Self) -> Option<Self> {
        let (own, meanwhile) = (before.changed(self), before.changed(now));
        if own.iter().any(|scope| meanwhile.iter().any(|other| depends_on(*scope, *other))) {
            return None;
        }
        let mut next = now.clone();
        for scope in own {
            match (scope, self.at(scope)) {
                (None, _) => next.organization = self.organization.clone(),
                (Some(scope), Some(rules)) => drop(next.layers.insert(scope.clone(), rules.clone())),
                (Some(scope), None) => drop(next.layers.remove(scope)),
            }
        }
        Some(next)
    }

    /// The scopes whose rules are not the same there; none is the organization.
    pub fn changed<'s>(&'s self, other: &'s Self) -> BTreeSet<Option<&'s Scope>> {
        let layers = self.layers.keys().chain(other.layers.keys()).map(Some);
        std::iter::once(None).chain(layers).filter(|scope| self.at(*scope) != other.at(*scope)).collect()
    }

    /// What is in force for a colleague with these groups.
    pub fn in_force(&self, member: MemberId, groups: &BTreeSet<Group>) -> Policy {
        let layers = self.layers.iter().filter(|(scope, _)| scope.is_about(member, groups));
        let layers: Vec<(ScopeKind, &Rules)> = layers.map(|(scope, rules)| (scope.kind(), rules)).collect();
        effective(&self.organization, &layers)
    }

    /// Every value that is set for a row, with its scope.
    pub fn set_for(&self, key: PolicyKey) -> impl Iterator<Item = (Option<&Scope>, &Rules)> {
        let layers = self.layers.iter().map(|(scope, rules)| (Some(scope), rules));
        std::iter::once((None, &self.organization))
            .chain(layers)
            .filter(move |(_, rules)| rules.policy.own(key).is_some())
    }

    /// As it is stored.
    pub fn to_bytes(&self) -> Vec<u8> {
        let layers = self.layers.iter().map(|(scope, rules)| Layer::new([0; 32], scope.clone(), rules.clone()));
        let organization = PolicyDocument::new(0, Timestamp::ZERO, self.organization.clone(), None);
        codec::encode(&Stored { organization, layers: layers.map(|layer| layer.to_bytes().into()).collect() })
    }

    /// As it was stored.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let stored: Stored = codec::decode(bytes).ok()?;
        let layers = stored.layers.iter().map(|layer| codec::decode::<Layer>(layer).ok());
        let layers: BTreeMap<_, _> =
            layers.map(|layer| layer.map(|l| (l.scope.clone(), l.rules()))).collect::<Option<_>>()?;
        Some(Self { organization: stored.organization.rules(), layers })
    }
}

/// Whether a scope is one of these groups; without groups each is.
pub fn is_inside(scope: &Scope, own: Option<&BTreeSet<Group>>) -> bool {
    match (own, scope) {
        (None, _) => true,
        (Some(own), Scope::Group(group)) => own.contains(group),
        (Some(_), Scope::Person(_) | Scope::Guests) => false,
    }
}

/// Whether what the rules of a scope do to people depends on those of another: everybody's stand behind all narrower ones and are held
/// back by them, and a person has those of groups.
fn depends_on(scope: Option<&Scope>, other: Option<&Scope>) -> bool {
    match (scope, other) {
        (None, _) | (_, None) | (Some(Scope::Person(_)), Some(Scope::Group(_))) => true,
        (Some(scope), Some(other)) => scope == other,
    }
}

/// The layers of a published policy, each under its salt.
#[derive(Debug, Clone, Default)]
pub struct Layers {
    encoded: Vec<Vec<u8>>,
    tree: MerkleTree,
    places: BTreeMap<Scope, (usize, Rules)>,
}

impl Layers {
    /// Those of `settings`, each with a salt of its own. Their order says nothing: it is that of the salts.
    pub fn draw(settings: &Settings, mut salt: impl FnMut() -> [u8; 32]) -> Self {
        let layers = settings.layers.iter().map(|(scope, rules)| Layer::new(salt(), scope.clone(), rules.clone()));
        let mut layers: Vec<Layer> = layers.collect();
        layers.sort_unstable_by_key(|layer| layer.salt);
        Self::of(layers.iter().map(Layer::to_bytes).collect(), layers)
    }

    fn of(encoded: Vec<Vec<u8>>, layers: Vec<Layer>) -> Self {
        let tree = layers_tree(&encoded);
        let places = layers.into_iter().enumerate().map(|(at, layer)| (layer.scope.clone(), (at, layer.rules())));
        Self { tree, places: places.collect(), encoded }
    }

    /// As they were stored.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let encoded: Vec<ByteVec> = codec::decode(bytes).ok()?;
        let encoded: Vec<Vec<u8>> = encoded.into_iter().map(Vec::from).collect();
        let layers = encoded.iter().map(|layer| codec::decode::<Layer>(layer).ok()).collect::<Option<_>>()?;
        Some(Self::of(encoded, layers))
    }

    /// As they are stored.
    pub fn to_bytes(&self) -> Vec<u8> {
        codec::encode(&self.encoded.iter().map(|layer| ByteVec::from(layer.clone())).collect::<Vec<_>>())
    }

    /// What the policy names.
    pub fn root(&self) -> Option<LayersRoot> {
        (!self.encoded.is_empty()).then(|| LayersRoot { count: self.tree.size(), root: self.tree.root() })
    }

    /// Of each, how long it is.
    pub fn bytes(&self) -> impl Iterator<Item = usize> {
        self.encoded.iter().map(Vec::len)
    }

    pub fn is_empty(&self) -> bool {
        self.encoded.is_empty()
    }

    /// Whether this group has rules of its own.
    pub fn has_group(&self, group: &Group) -> bool {
        !self.is_empty() && self.places.contains_key(&Scope::Group(group.clone()))
    }

    /// Whether people's groups decide who sees whom, for anybody.
    pub fn looks_at_groups(&self, organization: &Policy) -> bool {
        let is_by_group = |(scope, (_, rules)): (&Scope, &(usize, Rules))| {
            let sets = rules.policy.own(PolicyKey::DirectoryVisibility).is_some();
            sets && (scope.kind() == ScopeKind::Group || rules.policy.visibility().is_by_group())
        };
        organization.visibility().is_by_group() || self.places.iter().any(is_by_group)
    }

    /// Of which groups losing one takes something from a person.
    pub fn telling(&self, organization: &Policy) -> Telling {
        let mut groups = BTreeSet::new();
        for scope in self.places.keys() {
            if let Scope::Group(group) = scope {
                groups.insert(group.clone());
            }
        }
        for policy in self.places.values().map(|(_, rules)| &rules.policy).chain([organization]) {
            match policy.visibility() {
                Visibility::SameGroup => return Telling::Every,
                Visibility::Groups(shown) => groups.extend(shown.iter().cloned()),
                Visibility::All | Visibility::Nobody => {}
            }
        }
        Telling::These(groups)
    }

    /// With the rules for everybody, all that was published.
    pub fn settings(&self, organization: Rules) -> Settings {
        let layers = self.places.iter().map(|(scope, (_, rules))| (scope.clone(), rules.clone())).collect();
        Settings { organization, layers }
    }

    fn about<'l>(
        &'l self,
        member: MemberId,
        groups: &'l BTreeSet<Group>,
    ) -> impl Iterator<Item = (&'l Scope, &'l (usize, Rules))> {
        let groups = groups.iter().map(|group| Scope::Group(group.clone()));
        let scopes = groups.chain([Scope::Person(member)]).take(if self.is_empty() { 0 } else { usize::MAX });
        scopes.filter_map(|scope| self.places.get_key_value(&scope))
    }

    /// Whose rules apply to a colleague with these groups.
    pub fn scopes_of<'l>(&'l self, member: MemberId, groups: &'l BTreeSet<Group>) -> impl Iterator<Item = &'l Scope> {
        self.about(member, groups).map(|(scope, _)| scope)
    }

    /// What is in force for a colleague with these groups.
    pub fn in_force(&self, organization: &Rules, member: MemberId, groups: &BTreeSet<Group>) -> Policy {
        let layers: Vec<_> = self.about(member, groups).map(|(scope, (_, rules))| (scope.kind(), rules)).collect();
        effective(organization, &layers)
    }

    /// The layers that apply to a colleague with these groups, each proved.
    pub fn answer(&self, version: u64, member: MemberId, groups: &BTreeSet<Group>) -> PolicyLayers {
        let mut places: Vec<usize> = self.about(member, groups).map(|(_, (at, _))| *at).collect();
        places.sort_unstable();
        let proven = |at: usize| {
            let layer = self.encoded.get(at)?.clone();
            let proof = self.tree.inclusion(at as u64, self.tree.size())?;
            Some(ProvenLayer { index: at as u64, layer, proof })
        };
        PolicyLayers { version, layers: places.into_iter().filter_map(proven).collect() }
    }
}
