//! Who stands behind the end of an identity (spec/log.md §8): the order that people sign with keys of their own, and the root's
//! word about whose signatures count. The server holds none of these keys, so it cannot agree in anybody's place. Nothing here
//! must ever count one person twice, nor a signature under another order.

use std::collections::BTreeSet;

use ed25519_dalek::{Signature, Signer as _};
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

use crate::bounded;
use crate::codec::{self, Malformed};
use crate::ids::{Hash32, MemberId, OrganizationFingerprint};
use crate::keys::{self, SigningKey, transcript};
use crate::limits::{APPROVALS_MAX, APPROVERS_BYTES_MAX, APPROVERS_MAX};
use crate::signed::{self, Document, Unverified};
use crate::time::Timestamp;

/// What people agree to: that this key of this member ends. Another key of the same member needs another order, and what they were shown of
/// who that is opens the commitment that the log has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct IdentityOrder {
    /// Whose log.
    #[n(0)]
    pub organization: OrganizationFingerprint,
    /// Who.
    #[n(1)]
    pub member: MemberId,
    /// The key that ends.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub identity_key: [u8; 32],
    /// When the order was made.
    #[n(3)]
    pub at: Timestamp,
    /// Of the member's MemberAdd: whoever agrees has seen the login that opens it.
    #[n(4)]
    pub commitment: Hash32,
}

/// One person's signature under an order.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Approval {
    /// Ed25519 public key.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub key: [u8; 32],
    /// Ed25519, over the order.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub signature: [u8; 64],
}

impl IdentityOrder {
    fn signed_bytes(&self) -> Vec<u8> {
        transcript("isoloir identity end v2", &[&codec::encode(self)])
    }

    /// Agrees.
    pub fn approve(&self, key: &SigningKey) -> Approval {
        let signature = key.sign(&self.signed_bytes()).to_bytes();
        Approval { key: key.verifying_key().to_bytes(), signature }
    }
}

impl Approval {
    /// Whether this is that key's signature under `order`.
    pub fn holds(&self, order: &IdentityOrder) -> bool {
        let Ok(key) = keys::verifying_key(&self.key) else { return false };
        key.verify_strict(&order.signed_bytes(), &Signature::from_bytes(&self.signature)).is_ok()
    }
}

/// Signed by the root: how many of whom must agree before an identity ends.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Approvers {
    /// Grows with each document.
    #[n(0)]
    pub serial: u64,
    /// So many signatures; 0 asks for none any more.
    #[n(1)]
    pub needed: u8,
    /// Ed25519 public keys, each once.
    #[cbor(n(2), decode_with = "bounded::list::<_, _, APPROVERS_MAX>")]
    pub keys: Vec<ApproverKey>,
}

/// An approver's Ed25519 public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(transparent)]
pub struct ApproverKey(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 32]);

impl Document for Approvers {
    const LABEL: &'static str = "isoloir approvers v1";
    const BYTES_MAX: usize = APPROVERS_BYTES_MAX;
}

/// Why a document names nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadApprovers {
    /// Not such a document, or not by the organization's root key.
    #[error("the list of approvers is not signed by the organization's root key")]
    Signature,
    /// A key twice, one that is no key, more signatures than keys, or more than a leaf holds.
    #[error("the list of approvers asks for more signatures than it has different keys")]
    Rules,
}

impl Approvers {
    /// Whether enough of them agreed to `order`.
    pub fn agree(&self, order: &IdentityOrder, approvals: &[Approval]) -> bool {
        let agreed: BTreeSet<ApproverKey> = approvals
            .iter()
            .filter(|approval| self.keys.contains(&ApproverKey(approval.key)) && approval.holds(order))
            .map(|approval| ApproverKey(approval.key))
            .collect();
        agreed.len() >= usize::from(self.needed)
    }

    /// Whether the list can be asked for what it says.
    pub fn check(&self) -> Result<(), BadApprovers> {
        let different: BTreeSet<_> = self.keys.iter().collect();
        let needed = usize::from(self.needed);
        let usable = self.keys.iter().all(|key| keys::verifying_key(&key.0).is_ok());
        if different.len() == self.keys.len() && needed <= self.keys.len() && needed <= APPROVALS_MAX && usable {
            Ok(())
        } else {
            Err(BadApprovers::Rules)
        }
    }

    /// As the root signs it.
    pub fn sign(&self, root: &SigningKey) -> SignedApprovers {
        SignedApprovers { root_key: root.verifying_key().to_bytes(), signed: signed::sign(self, root).into() }
    }
}

/// [`Approvers`] with the root's signature, and with the root key: whoever reads a log knows the key's fingerprint.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SignedApprovers {
    #[cbor(n(0), with = "minicbor::bytes")]
    root_key: [u8; 32],
    #[n(1)]
    signed: ByteVec,
}

impl SignedApprovers {
    /// Reads the signed form.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Malformed> {
        codec::decode_bounded(bytes, 2 * APPROVERS_BYTES_MAX)
    }

    /// The signed form.
    pub fn to_bytes(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// The list, if the root of `organization` signed it.
    pub fn verify(&self, organization: OrganizationFingerprint) -> Result<Approvers, BadApprovers> {
        if OrganizationFingerprint::of_key(&self.root_key) != organization {
            return Err(BadApprovers::Signature);
        }
        let root = keys::verifying_key(&self.root_key).map_err(|_| BadApprovers::Signature)?;
        let approvers = Unverified::<Approvers>::from_bytes(self.signed.to_vec()).verify(&root);
        let approvers = approvers.map_err(|_| BadApprovers::Signature)?;
        approvers.check().map(|()| approvers)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(n: u8) -> SigningKey {
        SigningKey::from_bytes(&[n; 32])
    }

    fn organization() -> OrganizationFingerprint {
        OrganizationFingerprint::of_key(key(1).verifying_key().as_bytes())
    }

    fn order() -> IdentityOrder {
        let at = Timestamp::from_millis(7);
        let (member, commitment) = (MemberId::from_bytes([2; 16]), Hash32::from_bytes([5; 32]));
        IdentityOrder { organization: organization(), member, identity_key: [3; 32], at, commitment }
    }

    fn approvers(needed: u8, numbers: &[u8]) -> Approvers {
        let keys = numbers.iter().map(|n| ApproverKey(key(*n).verifying_key().to_bytes())).collect();
        Approvers { serial: 1, needed, keys }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Whoever signs, and how often: what counts is how many different people of the list signed this very order.
        #[test]
        fn only_different_people_of_the_list_count(
            needed in 0_u8..4, signers in prop::collection::vec((10_u8..18, any::<bool>()), 0..8)
        ) {
            let list = approvers(needed, &[10, 11, 12, 13]);
            let another = IdentityOrder { identity_key: [9; 32], ..order() };
            let sign = |(n, right): &(u8, bool)| if *right { order().approve(&key(*n)) } else { another.approve(&key(*n)) };
            let approvals: Vec<_> = signers.iter().map(sign).collect();
            let different: BTreeSet<u8> = signers.iter().filter(|(n, right)| *right && *n < 14).map(|(n, _)| *n).collect();
            prop_assert_eq!(list.agree(&order(), &approvals), different.len() >= usize::from(needed));
        }
    }

    #[test]
    fn only_the_root_names_approvers() {
        let list = approvers(2, &[10, 11]);
        let signed = list.sign(&key(1));
        assert_eq!(SignedApprovers::from_bytes(&signed.to_bytes()).unwrap().verify(organization()), Ok(list.clone()));
        assert_eq!(list.sign(&key(2)).verify(organization()), Err(BadApprovers::Signature));
        let borrowed = SignedApprovers { root_key: signed.root_key, ..list.sign(&key(2)) };
        assert_eq!(borrowed.verify(organization()), Err(BadApprovers::Signature));
    }

    #[test]
    fn a_list_that_cannot_be_obeyed_is_none() {
        for bad in
            [approvers(3, &[10, 11]), approvers(2, &[10, 10]), approvers(9, &[10, 11, 12, 13, 14, 15, 16, 17, 18])]
        {
            assert_eq!(bad.sign(&key(1)).verify(organization()), Err(BadApprovers::Rules));
        }
        assert!(approvers(0, &[]).sign(&key(1)).verify(organization()).is_ok(), "nobody any more");
    }
}
