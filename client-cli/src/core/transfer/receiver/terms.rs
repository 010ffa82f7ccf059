//! What the receiver hears and says. Values only: they must never do anything.

use protocol::ids::{LinkId, TransferId};
use protocol::link::{FileRefusal, LinkFrame};

/// What happens to the receiver.
#[derive(Debug)]
pub enum Input {
    /// An authenticated link to a holder may be used.
    LinkUp(LinkId, Source),
    /// That link is gone.
    LinkDown(LinkId),
    /// The holder sent a piece.
    Piece {
        /// The run it claims.
        transfer: TransferId,
        /// The place it claims.
        index: u64,
        /// Still sealed.
        sealed: Vec<u8>,
    },
    /// The holder ended the run.
    Refused {
        /// The run it claims.
        transfer: TransferId,
        /// Why.
        reason: FileRefusal,
    },
    /// The shell verified and wrote this piece.
    Stored(u64),
    /// The shell could not store this piece, and drops all after it until the next [`Output::Begin`].
    StoreFailed(u64, Trouble),
    /// The first so many pieces are on disk for good.
    Synced(u64),
    /// The disk refused to sync.
    SyncFailed(Trouble),
    /// The file is where it was wanted, whoever put it there.
    Finished,
    /// It could not be put there.
    FinishFailed(Trouble),
    /// The person wants no more of it.
    Stop,
    /// The person wants no more of it for now; what is safe stays.
    Pause,
    /// So many pieces more may be asked for; none: as many as there are.
    Ration(Option<u64>),
    /// The deadline has passed.
    Tick,
}

/// Who is at the other end of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The author of the offer; nobody else can have the file.
    Only,
    /// The author of the offer, in a group.
    Author,
    /// Another member of the group, who may have it.
    Member,
}

/// What the shell does for the receiver, in this order.
#[derive(Debug, PartialEq, Eq)]
pub enum Output {
    /// Pieces of this run follow, from this index on.
    Begin(TransferId, u64),
    /// Send a frame to the holder.
    Send(LinkId, LinkFrame),
    /// Open, verify and write a piece; answer `Stored` or `StoreFailed`.
    Store(u64, Vec<u8>),
    /// Sync what was written before; answer `Synced` with this number, or `SyncFailed`.
    Sync(u64),
    /// So many pieces are written.
    Progress(u64),
    /// Record that the first so many pieces are safe.
    Persist(u64),
    /// Put the whole file where it is wanted; answer `Finished` or `FinishFailed`.
    Finish,
    /// Tell the person; the machine goes on by itself.
    Paused(Pause),
    /// The last output.
    Ended(End),
}

/// What can go wrong on the way to the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, minicbor::Encode, minicbor::Decode, thiserror::Error)]
#[cbor(index_only)]
pub enum Trouble {
    /// The piece did not open or does not belong to the file.
    #[n(0)]
    #[error("the piece is not of this file")]
    Invalid,
    /// No room.
    #[n(1)]
    #[error("the disk is full")]
    Full,
    /// Any other failure of the disk.
    #[n(2)]
    #[error("the disk failed")]
    Disk,
    /// What is on disk is no longer what was written.
    #[n(3)]
    #[error("the partial file was changed")]
    Damaged,
    /// Something is already there.
    #[n(4)]
    #[error("a file of that name exists")]
    Exists,
    /// The folder is not there or not writable.
    #[n(5)]
    #[error("the folder cannot be written")]
    Folder,
}

/// Why nothing moves for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pause {
    /// The holder asks for patience.
    Busy,
    /// The holder went silent.
    Stalled,
    /// The disk; what is there stays.
    Disk(Trouble),
    /// The author does not serve it; another member who has it is looked for.
    Refused(FileRefusal),
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The whole file is verified and where it was wanted.
    Done,
    /// The person stopped it.
    Stopped,
    /// The person paused it; what is safe stays.
    Paused,
    /// The holder does not serve it.
    Refused(FileRefusal),
    /// The holder keeps sending what does not verify.
    Faulty,
    /// It cannot be put where it was wanted; what was received stays.
    Failed(Trouble),
}
