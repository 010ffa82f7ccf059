//! Conversations on a virtual network: two devices, links that lose their tail, crashes at every commit, restores from backups.
//! The promises are those at the end of section "Messages" of the protocol's design.

mod amending;
mod claims;
mod crowd;
mod fake;
mod groups;
mod histories;
mod lifecycle;
mod machine;
mod mishaps;
mod parts;
mod pictures;
mod promises;
mod runs;
mod world;
