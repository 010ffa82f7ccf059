//! Every cap that both ends must know, with its unit last. A cap that only one side knows lives with that side.

/// Signed documents: the organization document.
pub const ORGANIZATION_DOCUMENT_BYTES_MAX: usize = 64 * 1024;
/// A signed device certificate.
pub const CERTIFICATE_BYTES_MAX: usize = 4 * 1024;
/// A signed policy document.
pub const POLICY_BYTES_MAX: usize = 256 * 1024;
/// Things that one row of the policy names: groups, extensions.
pub const POLICY_LIST_ITEMS_MAX: usize = 64;
/// Groups and persons with rules of their own.
pub const POLICY_LAYERS_MAX: usize = 4_096;
/// The rules of one group or person.
pub const POLICY_LAYER_BYTES_MAX: usize = 64 * 1024;
/// Rules that apply to one person beside the organization's: one for each group, one for guests, one of their own.
pub const LAYERS_PER_PERSON_MAX: usize = 514;
/// One answer to FETCH of the layers.
pub const POLICY_LAYERS_ANSWER_BYTES_MAX: usize = 2 * 1024 * 1024;
/// People of one directory.
pub const PEOPLE_MAX: usize = 200_000;
/// A signed list of people: the most people, with the longest names, fit.
pub const DIRECTORY_BYTES_MAX: usize = 192 * 1024 * 1024;
/// A signed card: who a member is.
pub const CARD_BYTES_MAX: usize = 1_024;
/// What a person is told of the groups that they are in, signed: as many as a person has, with as many people as a conversation holds.
pub const DIRECTORY_GROUPS_BYTES_MAX: usize = 512 * 1024;
/// A client asks the directory again this long after it last did, for its person's groups.
pub const DIRECTORY_GROUPS_MS: u64 = 5 * 60 * 1_000;
/// One answer to FETCH of the directory: a list of people, a card and the reader's groups.
pub const DIRECTORY_ANSWER_BYTES_MAX: usize = 193 * 1024 * 1024;
/// Devices in one batch; a client asks again for the rest.
pub const DEVICES_PER_BATCH_MAX: usize = 512;
/// A signed batch of devices.
pub const DEVICE_BATCH_BYTES_MAX: usize = 3 * 1024 * 1024;
/// The name of a group, in UTF-8.
pub const GROUP_BYTES_MAX: usize = 256;
/// Groups of one person.
pub const GROUPS_PER_PERSON_MAX: usize = 512;
/// Groups that the policy shows to everybody.
pub const VISIBLE_GROUPS_MAX: usize = 64;
/// A signed checkpoint note.
pub const CHECKPOINT_BYTES_MAX: usize = 4 * 1024;
/// A log's origin line, in UTF-8.
pub const ORIGIN_BYTES_MAX: usize = 256;
/// Leaves of one log.
pub const LOG_LEAVES_MAX: u64 = 1 << 32;
/// A signed LogReset.
pub const LOG_RESET_BYTES_MAX: usize = 2 * 1024;
/// An order to end an identity that is older when the end is logged has nobody's signature any more.
pub const IDENTITY_ORDER_LIFETIME_MS: u64 = 7 * crate::time::DAY_MS;
/// Signatures under the end of one identity.
pub const APPROVALS_MAX: usize = 8;
/// People whom the root may name to agree to that.
pub const APPROVERS_MAX: usize = 16;
/// The root's signed word about them.
pub const APPROVERS_BYTES_MAX: usize = 1_024;
/// Hashes in an inclusion or consistency proof.
pub const PROOF_HASHES_MAX: usize = 64;
/// Leaves that a client holds before a checkpoint covers them.
pub const STAGED_LEAVES_MAX: usize = 4 * 1024 * 1024;
/// All of them together.
pub const STAGED_BYTES_MAX: usize = 256 * 1024 * 1024;
/// Checkpoints from peers that a client keeps until its own log is long enough to judge them.
pub const UNJUDGED_CHECKPOINTS_MAX: usize = 16;
/// One leaf of the transparency log.
pub const LEAF_BYTES_MAX: usize = 2 * 1024;
/// Leaves in one answer; a client asks again for the rest.
pub const LEAVES_PER_FETCH_MAX: usize = 4_096;

/// One answer to FETCH of the log: a checkpoint and its leaves.
pub const LOG_BATCH_BYTES_MAX: usize = 9 * 1024 * 1024;

/// A device certificate lives at most this long.
pub const CERTIFICATE_LIFETIME_MS_MAX: u64 = 90 * crate::time::DAY_MS;
/// A directory key lives at most this long.
pub const DIRECTORY_KEY_LIFETIME_MS_MAX: u64 = 366 * crate::time::DAY_MS;
/// How far two clocks may be apart.
pub const CLOCK_SKEW_MS_MAX: u64 = 5 * 60 * 1_000;

/// A sealed envelope that carries a short body.
pub const ENVELOPE_SHORT_BYTES: usize = 4 * 1024;
/// A sealed envelope that carries a contact, an accept, an offer or an answer.
pub const ENVELOPE_LONG_BYTES: usize = 16 * 1024;
/// An envelope is valid at most this long after it was made.
pub const ENVELOPE_LIFETIME_MS_MAX: u64 = 60 * 1_000;

/// One signaling frame.
pub const SIGNALING_FRAME_BYTES_MAX: usize = 80 * 1024;
/// Versions that a CHALLENGE offers.
pub const SIGNALING_VERSIONS_MAX: usize = 8;
/// Leaves in one NEWS; a client fetches what does not fit.
pub const NEWS_LEAVES_MAX: usize = 256;
/// Bytes of all leaves in one NEWS.
pub const NEWS_LEAVES_BYTES_MAX: usize = 64 * 1024;
/// The part of a fetched document in one frame.
pub const FETCH_PART_BYTES_MAX: usize = 64 * 1024;
/// Addresses that one session may own.
pub const SUBSCRIPTIONS_PER_SESSION_MAX: usize = 4_096;
/// Frames waiting for one socket on the server; a full queue is a typed refusal to the sender.
pub const SESSION_QUEUE_FRAMES_MAX: usize = 256;
/// PUT frames of one session: a burst of this many …
pub const PUTS_BURST_MAX: u32 = 256;
/// … then this many per second.
pub const PUTS_PER_SECOND_MAX: u32 = 32;
/// PUT frames to front doors by one device in a day. With contact tokens it becomes 32; without them repeats count too.
pub const FRONT_DOOR_PUTS_PER_DAY_MAX: u32 = 512;
/// A HELLO must come this soon after the CHALLENGE.
pub const HELLO_TIMEOUT_MS: u64 = 10_000;
/// A client says that it is there this often.
pub const SIGNALING_BEAT_MS: u64 = 20_000;
/// A side that hears nothing for this long takes the session for dead.
pub const SIGNALING_SILENCE_MS: u64 = 45_000;
/// A FETCH or RENEW that makes no progress for this long ends the session.
pub const SIGNALING_ANSWER_TIMEOUT_MS: u64 = 30_000;
/// FETCHes and RENEWs of one session without an answer.
pub const REQUESTS_IN_FLIGHT_MAX: u32 = 4;
/// The server publishes a checkpoint at least this often.
pub const HEARTBEAT_MS: u64 = 10_000;
/// A checkpoint older than this: "revocations unknown since …".
pub const CHECKPOINT_STALE_MS: u64 = 60_000;
/// A checkpoint older than this: nothing is sent and links close.
pub const CHECKPOINT_EXPIRED_MS: u64 = crate::time::DAY_MS;

/// One frame on a link's data channel.
pub const LINK_FRAME_BYTES_MAX: usize = 128 * 1024;
/// The first frame, a MAC, must come this soon.
pub const LINK_AUTH_TIMEOUT_MS: u64 = 10_000;

/// An SDP in an offer or answer.
pub const SDP_BYTES_MAX: usize = 10 * 1024;
/// One lane entry: a Welcome with its ratchet tree, a commit, or a message.
pub const LANE_ENTRY_BYTES_MAX: usize = 120 * 1024;
/// Un-acknowledged entries that a lane keeps.
pub const LANE_ENTRIES_MAX: usize = 2_000;
/// Bytes of un-acknowledged ciphertext that a lane keeps.
pub const LANE_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// Ciphertext is kept at most this long for a device that does not answer.
pub const LANE_AGE_MS_MAX: u64 = 30 * crate::time::DAY_MS;
/// The owner updates its leaf after this many messages …
pub const LANE_UPDATE_MESSAGES: u64 = 100;
/// … or this long.
pub const LANE_UPDATE_MS: u64 = crate::time::DAY_MS;
/// Members of a group.
pub const ROSTER_MEMBERS_MAX: usize = 32;
/// Devices with a leaf in a lane, its owner's with them.
pub const LANE_DEVICES_MAX: usize = 32;
/// Operations of one roster.
pub const ROSTER_OPERATIONS_MAX: u64 = 1_024;
/// Of them the last ones take nobody in and raise nobody: more than what is left to take from a full roster.
pub const ROSTER_OPERATIONS_RESERVED: u64 = 128;
/// Operations in one frame; a device asks again for the rest.
pub const ROSTER_OPERATIONS_PER_FRAME_MAX: usize = 32;
/// A signed operation of a roster.
pub const ROSTER_SIGNED_BYTES_MAX: usize = 2 * 1024;
/// What people call a group, in UTF-8.
pub const GROUP_NAME_BYTES_MAX: usize = 128;
/// Bytes of a group's picture (JPEG or PNG).
pub const GROUP_PICTURE_BYTES_MAX: usize = 64 * 1024;
/// Earlier messages that a message names as its causes.
pub const HEADS_MAX: usize = 8;
/// Application bodies are padded to multiples of this.
pub const APPLICATION_PADDING_BYTES: usize = 256;

/// A text message, in UTF-8.
pub const MESSAGE_TEXT_BYTES_MAX: usize = 64 * 1024;
/// A file name in an offer, in UTF-8.
pub const FILE_NAME_BYTES_MAX: usize = 255;
/// A media type in an offer.
pub const MEDIA_TYPE_BYTES_MAX: usize = 127;
/// People whom one message mentions.
pub const MENTIONS_MAX: usize = 64;
/// A reaction, in UTF-8.
pub const REACTION_BYTES_MAX: usize = 64;
/// A message that goes away after it was read is there at most this long then: 366 days.
pub const MESSAGE_LIFETIME_S_MAX: u32 = 366 * 24 * 60 * 60;
/// Files of one folder that is offered.
pub const FOLDER_FILES_MAX: usize = 512;
/// Folders between a file and the folder that is offered.
pub const FOLDER_DEPTH_MAX: usize = 16;
/// Bytes of a file in one piece, the unit that is verified, sealed and sent.
pub const FILE_PIECE_BYTES: usize = 64 * 1024;
/// Pieces that a receiver lets be under way in one transfer (4 MiB); a holder counts no more credit than this.
pub const FILE_CREDIT_PIECES_MAX: u32 = 64;
/// Transfers that a holder serves at once on one link; one more is a typed refusal.
pub const FILE_TRANSFERS_PER_LINK_MAX: usize = 8;

/// A login, in UTF-8.
pub const LOGIN_BYTES_MAX: usize = 256;
/// A person's name, in UTF-8.
pub const NAME_BYTES_MAX: usize = 512;
/// A mail address, in UTF-8.
pub const MAIL_BYTES_MAX: usize = 320;
/// Capabilities named in a certificate.
pub const CAPABILITIES_MAX: usize = 16;
