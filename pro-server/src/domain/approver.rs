//! What people carry between the server and the machines where their own keys are, so that the end of an identity has their
//! signatures (spec/log.md §8). Pure. Nothing here must ever sign what was not read, nor take signatures under different orders
//! for one agreement.

use minicbor::{Decode, Encode};
use protocol::codec;
use protocol::ids::{MemberId, OrganizationFingerprint};
use protocol::keys::SigningKey;
use protocol::limits::CLOCK_SKEW_MS_MAX;
use protocol::time::{DAY_MS, Timestamp};
use protocol::tlog::{Approval, IdentityOrder};

/// An order that is older is worth nothing.
pub const ORDER_LIFETIME_MS: u64 = 7 * DAY_MS;
/// A file with an order, signed or not.
const FILE_BYTES_MAX: usize = 1_024;

/// An order with one person's signature.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SignedOrder {
    #[n(0)]
    order: IdentityOrder,
    #[n(1)]
    approval: Approval,
}

/// Signatures under one order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    pub order: IdentityOrder,
    pub approvals: Vec<Approval>,
}

/// Why files are no agreement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadAgreement {
    #[error("this is no order to end an identity, or no signed one")]
    Malformed,
    #[error("these are signatures under different orders")]
    Different,
    #[error("this order is about somebody or something else, or is more than a week old; ask for a new one")]
    OtherOrder,
}

/// Reads an order that is to be signed.
pub fn order_from(bytes: &[u8]) -> Result<IdentityOrder, BadAgreement> {
    codec::decode_bounded(bytes, FILE_BYTES_MAX).map_err(|_| BadAgreement::Malformed)
}

/// The order with one more person's signature, to be carried back.
pub fn sign(order: IdentityOrder, key: &SigningKey) -> Vec<u8> {
    codec::encode(&SignedOrder { order, approval: order.approve(key) })
}

impl Agreement {
    /// What people have brought back.
    pub fn of(files: &[Vec<u8>]) -> Result<Option<Self>, BadAgreement> {
        let mut agreement: Option<Self> = None;
        for bytes in files {
            let signed: SignedOrder =
                codec::decode_bounded(bytes, FILE_BYTES_MAX).map_err(|_| BadAgreement::Malformed)?;
            let one = agreement.get_or_insert(Self { order: signed.order, approvals: Vec::new() });
            if one.order != signed.order {
                return Err(BadAgreement::Different);
            }
            one.approvals.push(signed.approval);
        }
        Ok(agreement)
    }

    /// Whether it is about this identity, and of these days.
    pub fn fits(
        &self,
        organization: OrganizationFingerprint,
        member: MemberId,
        identity_key: [u8; 32],
        now: Timestamp,
    ) -> Result<(), BadAgreement> {
        let meant = IdentityOrder { organization, member, identity_key, at: self.order.at };
        let timely = self.order.at <= now.plus_ms(CLOCK_SKEW_MS_MAX) && now.since(self.order.at) <= ORDER_LIFETIME_MS;
        if self.order == meant && timely { Ok(()) } else { Err(BadAgreement::OtherOrder) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    fn order(n: u8) -> IdentityOrder {
        let organization = OrganizationFingerprint::from_bytes([1; 32]);
        IdentityOrder { organization, member: MemberId::from_bytes([n; 16]), identity_key: [3; 32], at: NOW }
    }

    #[test]
    fn signatures_under_one_order_are_an_agreement() {
        let files = [7, 8].map(|n| sign(order(2), &SigningKey::from_bytes(&[n; 32])));
        let agreement = Agreement::of(&files).unwrap().unwrap();
        assert!(agreement.approvals.iter().all(|approval| approval.holds(&order(2))));
        assert_eq!(agreement.approvals.len(), 2);
        assert_eq!(Agreement::of(&[]), Ok(None));
        let mixed = [files[0].clone(), sign(order(9), &SigningKey::from_bytes(&[8; 32]))];
        assert_eq!(Agreement::of(&mixed), Err(BadAgreement::Different));
        assert_eq!(Agreement::of(&[codec::encode(&order(2))]), Err(BadAgreement::Malformed));

        let fits = |member, key, now| agreement.fits(order(2).organization, member, key, now);
        assert_eq!(fits(order(2).member, [3; 32], NOW.plus_ms(ORDER_LIFETIME_MS)), Ok(()));
        for (member, key, now) in [
            (order(9).member, [3; 32], NOW),
            (order(2).member, [4; 32], NOW),
            (order(2).member, [3; 32], NOW.plus_ms(ORDER_LIFETIME_MS + 1)),
            (order(2).member, [3; 32], NOW.minus_ms(DAY_MS)),
        ] {
            assert_eq!(fits(member, key, now), Err(BadAgreement::OtherOrder));
        }
    }
}
