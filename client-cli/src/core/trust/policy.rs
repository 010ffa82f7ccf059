//! The policy in force for this device's person: the document that the log names, and the layers that it names and that apply to us.
//! A newer one counts only once all of it is here; until then the one before does. It must never go back to an older one.

use protocol::ids::{Hash32, MemberId};
use protocol::policy::{Policy, PolicyDocument, PolicyLayers, Rules, Scope, ScopeKind, effective};
use protocol::signed::Unverified;

use super::{Disbelief, Trust};

/// A policy that is here whole.
#[derive(Debug)]
pub(super) struct InForce {
    document: PolicyDocument,
    hash: Hash32,
    /// That apply to us.
    layers: Vec<(Scope, Rules)>,
    effective: Policy,
}

impl InForce {
    fn new((document, hash): (PolicyDocument, Hash32), layers: Vec<(Scope, Rules)>) -> Self {
        let of_kind: Vec<(ScopeKind, &Rules)> = layers.iter().map(|(scope, rules)| (scope.kind(), rules)).collect();
        let effective = effective(&document.rules(), &of_kind);
        Self { document, hash, layers, effective }
    }
}

/// A policy whose layers are not here yet.
#[derive(Debug)]
pub(super) struct Coming {
    document: PolicyDocument,
    hash: Hash32,
    bytes: Vec<u8>,
}

impl Trust {
    /// What is in force for us; the defaults before the first policy was heard.
    pub fn policy(&self) -> Policy {
        self.obeyed().cloned().unwrap_or_default()
    }

    /// `contact.verify_required`.
    pub fn requires_verification(&self) -> bool {
        self.obeyed().is_some_and(Policy::requires_verification)
    }

    fn obeyed(&self) -> Option<&Policy> {
        self.policy.as_ref().map(|policy| &policy.effective).or(self.obeyed_before.as_ref())
    }

    /// What was in force before a restart, from our own vault. Where its document cannot be believed any more (the log was fetched
    /// anew, the key is another one), it is obeyed until a policy that can be is here: nothing is ever loosened by a loss.
    pub fn keep_obeying(&mut self, policy: Policy) {
        self.obeyed_before = Some(policy);
    }

    /// Version of the policy in force.
    pub fn policy_version(&self) -> Option<u64> {
        self.policy.as_ref().map(|policy| policy.document.version)
    }

    /// The groups, or the person, whose rules apply to us beside those for everybody.
    pub fn policy_scopes(&self) -> impl Iterator<Item = &Scope> {
        self.policy.iter().flat_map(|policy| policy.layers.iter().map(|(scope, _)| scope))
    }

    pub(super) fn has_newest_policy(&self) -> bool {
        self.facts().policy() == self.policy.as_ref().map(|policy| (policy.document.version, policy.hash))
    }

    /// Whether only the layers of the newest policy are missing.
    pub fn is_policy_coming(&self) -> bool {
        let coming = self.coming.as_ref().map(|coming| (coming.document.version, coming.hash));
        coming.is_some() && coming == self.facts().policy()
    }

    /// Takes a policy document, if the log names exactly it. It is in force at once unless it names layers.
    pub fn take_policy(&mut self, bytes: &[u8]) -> Result<PolicyDocument, Disbelief> {
        let (document, hash) = (Unverified::<PolicyDocument>::from_bytes(bytes), Hash32::sha256(bytes));
        let document = self.signed(|key| document.verify(key))?;
        if self.facts().policy() != Some((document.version, hash)) {
            return Err(Disbelief::NotInLog);
        }
        if self.fork().is_some() {
            return Err(Disbelief::Forked);
        }
        if document.layers.is_some() {
            self.coming = Some(Coming { document: document.clone(), hash, bytes: bytes.to_vec() });
        } else {
            self.coming = None;
            self.policy = Some(InForce::new((document.clone(), hash), Vec::new()));
        }
        Ok(document)
    }

    /// Takes the layers of the policy that is coming, and puts all of it in force. Answers the signed document, to be kept beside.
    pub fn take_policy_layers(&mut self, me: MemberId, bytes: &[u8]) -> Result<Vec<u8>, Disbelief> {
        if !self.is_policy_coming() {
            return Err(Disbelief::NotInLog);
        }
        if self.fork().is_some() {
            return Err(Disbelief::Forked);
        }
        let Some(coming) = &self.coming else { return Err(Disbelief::NotInLog) };
        let layers = PolicyLayers::read(bytes, &coming.document, me)?;
        let Some(Coming { document, hash, bytes }) = self.coming.take() else { return Err(Disbelief::NotInLog) };
        self.policy = Some(InForce::new((document, hash), layers));
        Ok(bytes)
    }

    /// Takes back the policy that was in force before a restart. If the log has named a newer one since, that is fetched; until it
    /// is here, this one is obeyed.
    pub fn remember_policy(&mut self, me: MemberId, document: &[u8], layers: Option<&[u8]>) -> Result<(), Disbelief> {
        let (hash, document) = (Hash32::sha256(document), Unverified::<PolicyDocument>::from_bytes(document));
        let document = self.signed(|key| document.verify(key))?;
        if self.facts().policy().is_none_or(|(version, _)| version < document.version) {
            return Err(Disbelief::NotInLog);
        }
        let layers = match (&document.layers, layers) {
            (None, _) => Vec::new(),
            (Some(_), Some(layers)) => PolicyLayers::read(layers, &document, me)?,
            (Some(_), None) => return Err(Disbelief::NotInLog),
        };
        self.policy = Some(InForce::new((document, hash), layers));
        Ok(())
    }
}
