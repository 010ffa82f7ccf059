//! Who is in a group: operations, each signed by a device of the one member who holds the pen, chained by hash and folded into a
//! [`Roster`]. Source: `spec/roster.md`. Pure: whose device a key is, and who has left the organization, are arguments. It must never
//! take an operation out of order, from anybody but the pen-holder, or come to two answers from the same operations.

use minicbor::{Decode, Encode};

use crate::bounded;
use crate::codec;
use crate::directory::Group;
use crate::ids::{ConversationId, DeviceId, Hash32, MemberId};
use crate::keys::{self, SigningKey};
use crate::limits::{GROUP_NAME_BYTES_MAX, ROSTER_MEMBERS_MAX, ROSTER_SIGNED_BYTES_MAX};
use crate::secret::Personal;
use crate::signed::{self, Document, NotSigned, Unverified};
use crate::time::Timestamp;

mod fold;

pub use fold::{Membership, Roster};

/// What an operation changes.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum RosterChange {
    /// The group begins; whoever signs it is in it, an administrator, and holds the pen.
    #[n(0)]
    Create {
        /// Drawn by the creator; the group's id is a hash of it.
        #[cbor(n(0), with = "minicbor::bytes")]
        nonce: [u8; 32],
        /// 1 to [`GROUP_NAME_BYTES_MAX`] bytes.
        #[n(1)]
        name: Personal<String>,
        /// The others, each once.
        #[cbor(n(2), decode_with = "bounded::list::<_, _, ROSTER_MEMBERS_MAX>")]
        members: Vec<MemberId>,
        /// The group of the directory with which it is kept in step; none: people choose who is in it.
        #[n(3)]
        directory: Option<Group>,
    },
    /// Somebody joins.
    #[n(1)]
    Add {
        /// Who.
        #[n(0)]
        member: MemberId,
    },
    /// Somebody goes: removed by another member, or by their own wish.
    #[n(2)]
    Remove {
        /// Who; never the pen-holder.
        #[n(0)]
        member: MemberId,
    },
    /// A member becomes an administrator.
    #[n(3)]
    Promote {
        /// Who.
        #[n(0)]
        member: MemberId,
    },
    /// An administrator becomes a member like the others.
    #[n(4)]
    Demote {
        /// Who; never the pen-holder.
        #[n(0)]
        member: MemberId,
    },
    /// The pen goes to another member, who is an administrator from then on.
    #[n(5)]
    Transfer {
        /// To whom.
        #[n(0)]
        member: MemberId,
    },
    /// The group is called something else.
    #[n(6)]
    Rename {
        /// 1 to [`GROUP_NAME_BYTES_MAX`] bytes.
        #[n(0)]
        name: Personal<String>,
    },
    /// The group has another picture, or none.
    #[n(8)]
    Picture {
        /// SHA-256 of its bytes; whoever has them hands them to members who ask.
        #[n(0)]
        picture: Option<Hash32>,
    },
    /// The pen-holder has left the organization: the next in line takes the pen.
    #[n(7)]
    Succeed {},
}

impl RosterChange {
    /// Whether a member may ask the pen-holder for it, as far as its form goes.
    pub fn is_request(&self) -> bool {
        match self {
            Self::Create { .. } | Self::Succeed {} => false,
            Self::Rename { name } => is_name(name.expose()),
            Self::Add { .. }
            | Self::Remove { .. }
            | Self::Promote { .. }
            | Self::Demote { .. }
            | Self::Transfer { .. }
            | Self::Picture { .. } => true,
        }
    }
}

/// One change of a roster.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RosterOperation {
    /// Of which group.
    #[n(0)]
    pub conversation: ConversationId,
    /// 0, 1, 2, … without gaps.
    #[n(1)]
    pub number: u64,
    /// [`SignedOperation::hash`] of the one before; zeros for the first.
    #[n(2)]
    pub previous: Hash32,
    /// When it was signed, for people; it orders nothing.
    #[n(3)]
    pub time: Timestamp,
    /// On whose wish: the pen-holder's, or of somebody who asked for it.
    #[n(4)]
    pub by: MemberId,
    /// What.
    #[n(5)]
    pub change: RosterChange,
}

impl Document for RosterOperation {
    const LABEL: &'static str = "isoloir roster operation v1";
    const BYTES_MAX: usize = ROSTER_SIGNED_BYTES_MAX;
}

/// A member goes by their own word, whoever holds the pen and wherever they are.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Departure {
    /// From which group.
    #[n(0)]
    pub conversation: ConversationId,
    /// Who.
    #[n(1)]
    pub member: MemberId,
    /// How many operations they knew: somebody who is added again afterwards is in again.
    #[n(2)]
    pub known: u64,
    /// When.
    #[n(3)]
    pub time: Timestamp,
}

impl Document for Departure {
    const LABEL: &'static str = "isoloir roster departure v1";
    const BYTES_MAX: usize = 512;
}

/// A document of a roster with the key that signed it; whose device that is, the log says.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Signed {
    /// Ed25519 public key of the device.
    #[cbor(n(0), with = "minicbor::bytes")]
    key: [u8; 32],
    /// COSE_Sign1.
    #[cbor(
        n(1),
        encode_with = "minicbor::bytes::encode",
        decode_with = "bounded::bytes::<_, ROSTER_SIGNED_BYTES_MAX>"
    )]
    signed: Vec<u8>,
}

impl Signed {
    /// Signs a document.
    pub fn new<T: Document>(document: &T, key: &SigningKey) -> Self {
        Self { key: key.verifying_key().to_bytes(), signed: signed::sign(document, key) }
    }

    /// SHA-256 of the encoding.
    pub fn hash(&self) -> Hash32 {
        Hash32::sha256(&codec::encode(self))
    }

    /// The document, and the device whose key signed it.
    pub fn open<T: Document>(&self) -> Result<(DeviceId, T), NotSigned> {
        let key = keys::verifying_key(&self.key).map_err(|_| NotSigned::Signature)?;
        let document = Unverified::<T>::from_bytes(self.signed.clone()).verify(&key)?;
        Ok((DeviceId::of_key(&self.key), document))
    }
}

/// Why an operation or a departure does not belong where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Misplaced {
    /// Of another group, or not the next one.
    #[error("not the next operation of this group")]
    Order,
    /// Not signed by whoever may write it.
    #[error("signed by somebody who does not hold the pen")]
    Signer,
    /// Whoever asked for it may not.
    #[error("on the wish of somebody who may not ask for it")]
    Wish,
    /// It says what is so already, or cannot be.
    #[error("the roster cannot change like this")]
    Change,
    /// One more than a roster holds.
    #[error("the roster is full")]
    Full,
}

/// Whether a group may be called so.
pub fn is_name(name: &str) -> bool {
    !name.trim().is_empty() && name.len() <= GROUP_NAME_BYTES_MAX && !name.chars().any(char::is_control)
}

#[cfg(test)]
mod tests;
