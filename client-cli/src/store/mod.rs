//! The vault: everything the client keeps, in one encrypted file. Deleted secrets must become unreadable, free pages included.

pub mod mls;
