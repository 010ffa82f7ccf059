//! What happens to a peer, what is to be done about it, and how far the acquaintance is. Values only.

use protocol::envelope::AnnounceReason;
use protocol::ids::LinkId;

/// How far the acquaintance with a device is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(index_only)]
pub enum Relation {
    /// Nothing yet.
    #[n(0)]
    Stranger,
    /// We asked, no answer yet.
    #[n(1)]
    Contacting,
    /// They asked, the person has not decided.
    #[n(2)]
    Asked,
    /// Both sides may connect.
    #[n(3)]
    Accepted,
    /// The person refused; a new contact may ask again.
    #[n(4)]
    Refused,
    /// The person blocked the device; it gets silence.
    #[n(5)]
    Blocked,
    /// The organization revoked the device.
    #[n(6)]
    Revoked,
}

/// What the person decides about somebody who asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Talk to them.
    Accept,
    /// Not now.
    Refuse,
    /// Never; they get silence.
    Block,
}

/// What can happen to a peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// Something waits for the peer.
    Want,
    /// Nothing waits any more.
    Satisfied,
    /// Our own signaling session can carry envelopes.
    SignalingUp,
    /// It cannot.
    SignalingDown,
    /// A verified first contact of theirs; `accept` is the policy's answer for colleagues.
    Contacted(AutoDecision),
    /// A verified acceptance of our contact.
    Accepted,
    /// The person decided.
    Decide(Decision),
    /// A verified announcement.
    Announced(AnnounceReason),
    /// A verified offer.
    Offered(LinkId),
    /// A verified answer to an offer of ours.
    Answered(LinkId),
    /// Nobody owns the address of our last envelope now.
    Gone,
    /// Both MACs of a link held.
    LinkOpened(LinkId),
    /// An open link ended.
    LinkClosed(LinkId),
    /// A link did not come up.
    SetupFailed(LinkId),
    /// Anything arrived on the open link.
    Heard,
    /// The organization revoked the device.
    Revoked,
    /// A deadline passed.
    Tick,
}

/// Whether a first contact is accepted without asking the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AutoDecision {
    /// The policy accepts colleagues.
    Accept,
    /// The person is asked.
    Ask,
}

/// What the engine has to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// Put our stored Contact to the front door.
    PutContact,
    /// Put our stored Accept to their reply address.
    PutAccept,
    /// Put an announcement.
    PutAnnounce(AnnounceReason),
    /// Make an offer under this link id and put it.
    MakeOffer(LinkId),
    /// Answer the offer with this link id and put the answer.
    MakeAnswer(LinkId),
    /// Go on with the answer to our offer.
    UseAnswer(LinkId),
    /// Forget a link that is being set up.
    DropSetup(LinkId),
    /// Send a ping on the open link.
    Probe,
    /// Close an open link.
    CloseLink(LinkId),
    /// Remember the relation.
    Relation(Relation),
    /// Ask the person about a new contact.
    AskPerson,
    /// The link's state, as people see it, changed.
    LinkState(LinkState),
}

/// A link's state as people see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LinkState {
    /// No link.
    Closed,
    /// Being set up.
    Connecting,
    /// Messages flow.
    Open,
}
