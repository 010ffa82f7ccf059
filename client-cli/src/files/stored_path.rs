//! Paths of the person's as the vault keeps them. They are personal: never for a log, an error or a name in the data folder.

use std::path::{Path, PathBuf};

use minicbor::{Decode, Encode};
use protocol::secret::Personal;

/// A path of the person's, kept byte for byte where the system allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPath(Personal<PathBuf>);

impl StoredPath {
    /// The path itself; never for a log.
    pub fn as_path(&self) -> &Path {
        self.0.expose()
    }
}

impl From<PathBuf> for StoredPath {
    fn from(path: PathBuf) -> Self {
        Self(Personal::new(path))
    }
}

impl<C> Encode<C> for StoredPath {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        #[cfg(unix)]
        let bytes = std::os::unix::ffi::OsStrExt::as_bytes(self.as_path().as_os_str());
        #[cfg(not(unix))]
        let text = self.as_path().to_string_lossy();
        #[cfg(not(unix))]
        let bytes = text.as_bytes();
        e.bytes(bytes)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for StoredPath {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let bytes = d.bytes()?;
        #[cfg(unix)]
        let path = PathBuf::from(<std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(bytes));
        #[cfg(not(unix))]
        let path = PathBuf::from(std::str::from_utf8(bytes).map_err(minicbor::decode::Error::custom)?);
        Ok(path.into())
    }
}
