//! Which directory keys the log names (spec/certificate.md §1). The log alone never says which of them is in force: the root does.

use super::Facts;

impl Facts {
    /// Serial and key of the directory.
    pub fn directory_key(&self) -> Option<(u64, [u8; 32])> {
        self.directory_keys.last().copied()
    }

    /// Keys that came before the one with this `serial`: in the log, and so under the word of the key in force.
    pub fn directory_keys_before(&self, serial: u64) -> impl Iterator<Item = [u8; 32]> {
        self.directory_keys.iter().filter(move |(earlier, _)| *earlier < serial).map(|(_, key)| *key)
    }
}
