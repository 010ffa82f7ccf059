//! What people carry between the server and the machines where their own keys are, so that the end of an identity has their
//! signatures (spec/log.md §8). Pure. Nothing here must ever sign what was not read, nor take signatures under different orders
//! for one agreement.

use minicbor::{Decode, Encode};
use protocol::codec;
use protocol::ids::{MemberId, OrganizationFingerprint};
use protocol::keys::SigningKey;
use protocol::limits::{CLOCK_SKEW_MS_MAX, IDENTITY_ORDER_LIFETIME_MS};
use protocol::secret::{Personal, Secret};
use protocol::time::Timestamp;
use protocol::tlog::{Approval, IdentityOrder, member_commitment};

/// A file with an order, signed or not.
const FILE_BYTES_MAX: usize = 1_024;

/// An order, and what shows whoever is to sign it whose identity it is: login and salt open the commitment that the order names.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Asked {
    #[n(0)]
    pub order: IdentityOrder,
    /// As the server has it now.
    #[n(1)]
    pub login: Personal<String>,
    #[cbor(n(2), with = "minicbor::bytes")]
    salt: [u8; 32],
}

/// How whoever signs knows whose identity ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// The log binds the login to the person.
    Login,
    /// The person said their id, in another way than this file.
    Id,
}

/// Why an order is not signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotShown {
    #[error("the login of this order is not the one that the log binds to the person whose identity it ends")]
    OtherLogin,
    #[error("this order ends the identity of somebody else")]
    OtherPerson,
    #[error("this order is more than a week old, or of a time to come")]
    Stale,
}

impl Asked {
    pub fn new(order: IdentityOrder, login: Personal<String>, salt: &Secret<[u8; 32]>) -> Self {
        Self { order, login, salt: *salt.expose() }
    }

    /// As a file carries it.
    pub fn to_bytes(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// Reads an order that is to be signed.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BadAgreement> {
        codec::decode_bounded(bytes, FILE_BYTES_MAX).map_err(|_| BadAgreement::Malformed)
    }

    /// Whose identity it ends, for whoever is asked: by the login, or by the id that the person told them.
    pub fn shows(&self, id: Option<MemberId>, now: Timestamp) -> Result<Shown, NotShown> {
        if !is_timely(self.order.at, now) {
            return Err(NotShown::Stale);
        }
        if id.is_some_and(|id| id != self.order.member) {
            return Err(NotShown::OtherPerson);
        }
        let opened = member_commitment(&Secret::new(self.salt), self.order.member, self.login.expose());
        match (opened == self.order.commitment, id) {
            (true, _) => Ok(Shown::Login),
            (false, Some(_)) => Ok(Shown::Id),
            (false, None) => Err(NotShown::OtherLogin),
        }
    }
}

fn is_timely(at: Timestamp, now: Timestamp) -> bool {
    at <= now.plus_ms(CLOCK_SKEW_MS_MAX) && now.since(at) <= IDENTITY_ORDER_LIFETIME_MS
}

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
        let meant = IdentityOrder { organization, member, identity_key, ..self.order };
        if self.order == meant && is_timely(self.order.at, now) { Ok(()) } else { Err(BadAgreement::OtherOrder) }
    }
}

#[cfg(test)]
mod tests {
    use protocol::ids::Hash32;
    use protocol::time::DAY_MS;

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    fn order(n: u8) -> IdentityOrder {
        let (organization, member) = (OrganizationFingerprint::from_bytes([1; 32]), MemberId::from_bytes([n; 16]));
        let commitment = member_commitment(&Secret::new([6; 32]), member, "h.roux");
        IdentityOrder { organization, member, identity_key: [3; 32], at: NOW, commitment }
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
        assert_eq!(fits(order(2).member, [3; 32], NOW.plus_ms(IDENTITY_ORDER_LIFETIME_MS)), Ok(()));
        for (member, key, now) in [
            (order(9).member, [3; 32], NOW),
            (order(2).member, [4; 32], NOW),
            (order(2).member, [3; 32], NOW.plus_ms(IDENTITY_ORDER_LIFETIME_MS + 1)),
            (order(2).member, [3; 32], NOW.minus_ms(DAY_MS)),
        ] {
            assert_eq!(fits(member, key, now), Err(BadAgreement::OtherOrder));
        }
    }

    #[test]
    fn nobody_signs_what_was_shown_to_be_about_somebody_else() {
        let salt = Secret::new([6; 32]);
        let asked = |login: &str| Asked::new(order(2), login.to_owned().into(), &salt);
        let read = Asked::from_bytes(&asked("h.roux").to_bytes()).unwrap();
        assert_eq!(read.shows(None, NOW), Ok(Shown::Login));
        assert_eq!(asked("c.dupont").shows(None, NOW), Err(NotShown::OtherLogin), "a server that means h.roux");
        let other_salt = Asked::new(order(2), String::from("h.roux").into(), &Secret::new([7; 32]));
        assert_eq!(other_salt.shows(None, NOW), Err(NotShown::OtherLogin));
        let another = Asked { order: IdentityOrder { commitment: Hash32::from_bytes([0; 32]), ..order(2) }, ..read };
        assert_eq!(another.shows(None, NOW), Err(NotShown::OtherLogin));
        // Who was renamed since is known by what they say themselves.
        assert_eq!(asked("h.roux-new").shows(Some(order(2).member), NOW), Ok(Shown::Id));
        assert_eq!(asked("h.roux-new").shows(Some(order(3).member), NOW), Err(NotShown::OtherPerson));
        assert_eq!(asked("h.roux").shows(Some(order(3).member), NOW), Err(NotShown::OtherPerson));
        for now in [NOW.plus_ms(IDENTITY_ORDER_LIFETIME_MS + 1), NOW.minus_ms(DAY_MS)] {
            assert_eq!(asked("h.roux").shows(None, now), Err(NotShown::Stale));
        }
    }
}
