//! The documents: the policy, the same bytes for everybody, and the layers that apply to one person, each proved against the root in
//! it. Whose rows are set, and how, is seen by nobody whom they are not about: layers are committed to with a salt.

use std::collections::BTreeSet;
use std::fmt;

use minicbor::{Decode, Decoder, Encode, Encoder};

use super::Policy;
use super::layers::{Rules, Scope};
use super::rows::PolicyKey;
use crate::bounded;
use crate::codec::{self, Malformed};
use crate::ids::{Hash32, MemberId};
use crate::limits::{
    LAYERS_PER_PERSON_MAX, POLICY_BYTES_MAX, POLICY_LAYER_BYTES_MAX, POLICY_LAYERS_ANSWER_BYTES_MAX, POLICY_LAYERS_MAX,
    PROOF_HASHES_MAX,
};
use crate::signed::Document;
use crate::time::Timestamp;
use crate::tlog::{MerkleTree, check_inclusion, leaf_hash};

/// Rows that are locked: their numbers, ascending. Nothing is written where there are none; unknown numbers are ignored.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Locked(BTreeSet<PolicyKey>);

impl<C> Encode<C> for Locked {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        let numbers: BTreeSet<u32> = self.0.iter().map(|key| key.row().number).collect();
        numbers.encode(e, ctx)
    }

    fn is_nil(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'b, C> Decode<'b, C> for Locked {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, minicbor::decode::Error> {
        let numbers = bounded::list::<_, u32, 256>(d, ctx)?;
        Ok(Self(numbers.into_iter().filter_map(PolicyKey::numbered).collect()))
    }

    fn nil() -> Option<Self> {
        Some(Self::default())
    }
}

/// All layers of narrower scopes, in one hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct LayersRoot {
    /// How many there are.
    #[n(0)]
    pub count: u64,
    /// Merkle root (RFC 9162 §2.1) over their encodings.
    #[n(1)]
    pub root: Hash32,
}

/// A published policy.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct PolicyDocument {
    /// Grows with each publication.
    #[n(0)]
    pub version: u64,
    /// When it was published.
    #[n(1)]
    pub issued: Timestamp,
    /// The rows of the organization.
    #[n(2)]
    pub policy: Policy,
    #[n(3)]
    locked: Locked,
    /// Of narrower scopes, if there are any.
    #[n(4)]
    pub layers: Option<LayersRoot>,
}

impl PolicyDocument {
    /// Of these rules for everybody, and layers of which only the root is told.
    pub fn new(version: u64, issued: Timestamp, organization: Rules, layers: Option<LayersRoot>) -> Self {
        let Rules { policy, locked } = organization;
        Self { version, issued, policy, locked: Locked(locked), layers }
    }

    /// What holds for everybody.
    pub fn rules(&self) -> Rules {
        Rules { policy: self.policy.clone(), locked: self.locked.0.clone() }
    }
}

impl Document for PolicyDocument {
    const LABEL: &'static str = "isoloir policy v1";
    const BYTES_MAX: usize = POLICY_BYTES_MAX;
}

/// The rules of one narrower scope.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Layer {
    /// Fresh for each version: whoever sees the root cannot test guesses.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub salt: [u8; 32],
    /// Whom it is about.
    #[n(1)]
    pub scope: Scope,
    #[n(2)]
    policy: Policy,
    #[n(3)]
    locked: Locked,
}

impl Layer {
    /// These rules at this scope.
    pub fn new(salt: [u8; 32], scope: Scope, rules: Rules) -> Self {
        Self { salt, scope, policy: rules.policy, locked: Locked(rules.locked) }
    }

    /// What it says.
    pub fn rules(&self) -> Rules {
        Rules { policy: self.policy.clone(), locked: self.locked.0.clone() }
    }

    /// The bytes that the root commits to.
    pub fn to_bytes(&self) -> Vec<u8> {
        codec::encode(self)
    }
}

/// The tree over all layers of a version, in the order that they are given in.
pub fn layers_tree(layers: &[Vec<u8>]) -> MerkleTree {
    MerkleTree::from_leaf_hashes(layers.iter().map(|layer| leaf_hash(layer)))
}

/// A layer with its proof against the root.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ProvenLayer {
    /// Its place.
    #[n(0)]
    pub index: u64,
    /// A [`Layer`].
    #[n(1)]
    #[cbor(encode_with = "minicbor::bytes::encode", decode_with = "bounded::bytes::<_, POLICY_LAYER_BYTES_MAX>")]
    pub layer: Vec<u8>,
    /// The hashes, from the leaf upwards.
    #[n(2)]
    #[cbor(decode_with = "bounded::list::<_, _, PROOF_HASHES_MAX>")]
    pub proof: Vec<Hash32>,
}

impl fmt::Debug for ProvenLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProvenLayer({})", self.index)
    }
}

/// The layers that apply to whoever asked.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct PolicyLayers {
    /// Of which version of the policy.
    #[n(0)]
    pub version: u64,
    /// Ascending by their places.
    #[n(1)]
    #[cbor(decode_with = "bounded::list::<_, _, LAYERS_PER_PERSON_MAX>")]
    pub layers: Vec<ProvenLayer>,
}

/// Why layers were not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadLayers {
    /// Not such an answer.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// Of another version of the policy.
    #[error("the layers are of another version of the policy")]
    OtherVersion,
    /// The policy does not name one of them.
    #[error("the policy does not name this layer")]
    NotNamed,
    /// One is about somebody else, or one scope comes twice.
    #[error("the layer is somebody else's")]
    NotOurs,
}

impl PolicyLayers {
    /// The bytes that PARTs carry.
    pub fn to_bytes(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// What the layers say to `me`, if the policy names each of them.
    pub fn read(bytes: &[u8], policy: &PolicyDocument, me: MemberId) -> Result<Vec<(Scope, Rules)>, BadLayers> {
        let answer: Self = codec::decode_bounded(bytes, POLICY_LAYERS_ANSWER_BYTES_MAX)?;
        if answer.version != policy.version {
            return Err(BadLayers::OtherVersion);
        }
        let root = policy.layers.filter(|root| root.count <= POLICY_LAYERS_MAX as u64);
        let (mut scopes, mut rules) = (BTreeSet::new(), Vec::with_capacity(answer.layers.len()));
        for proven in answer.layers {
            let hash = leaf_hash(&proven.layer);
            let is_named = root.is_some_and(|root| {
                proven.index < root.count && check_inclusion(&proven.proof, proven.index, hash, root.count, root.root)
            });
            if !is_named {
                return Err(BadLayers::NotNamed);
            }
            let layer: Layer = codec::decode(&proven.layer)?;
            let is_ours = match &layer.scope {
                Scope::Group(_) => true,
                Scope::Guests => false,
                Scope::Person(member) => *member == me,
            };
            if !is_ours || !scopes.insert(layer.scope.clone()) {
                return Err(BadLayers::NotOurs);
            }
            rules.push((layer.scope.clone(), layer.rules()));
        }
        Ok(rules)
    }
}
