//! Pictures of groups at the door: base64 in and out, and only what looks like a picture. Nothing here decodes one.

use data_encoding::BASE64;
use protocol::limits::GROUP_PICTURE_BYTES_MAX;
use serde_json::{Value, json};

use super::Engine;
use super::port::Fault;
use super::requests::Refused;

/// How the files begin that a picture may be: JPEG (ISO/IEC 10918-1, B.1.1.3) and PNG (RFC 2083, section 3.1).
const BEGINNINGS: [&[u8]; 2] = [&[0xff, 0xd8, 0xff], b"\x89PNG\r\n\x1a\n"];

/// The bytes that somebody wants as a group's picture.
pub(super) fn taken(text: &str) -> Result<Vec<u8>, Fault> {
    let bytes = BASE64.decode(text.as_bytes()).map_err(|_| Fault::new("picture-unreadable"))?;
    if bytes.len() > GROUP_PICTURE_BYTES_MAX {
        return Err(Fault::with("picture-too-large", GROUP_PICTURE_BYTES_MAX));
    }
    if !BEGINNINGS.iter().any(|beginning| bytes.starts_with(beginning)) {
        return Err(Fault::new("picture-unreadable"));
    }
    Ok(bytes)
}

impl Engine {
    /// A group's picture, for whoever shows it.
    pub(super) fn group_picture(&self, group: &str) -> Result<Value, Refused> {
        let group = self.group(self.group_named(group)?)?;
        let picture = self.vault.read(|tx| self.conversations.picture(tx, &group))?;
        Ok(json!({"group_id": group.roster.conversation(), "picture": picture.map(|bytes| BASE64.encode(&bytes))}))
    }
}
